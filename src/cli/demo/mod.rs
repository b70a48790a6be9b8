//! `stipple demo`: a directory to look around in, filled through the API, with certificates that its
//! academies really signed.

mod cases;
mod fill;
mod past;
mod plan;
mod scalp;
mod words;
mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use self::fill::Academy;
use self::past::{Listed, Past};
use self::plan::Part;
use self::world::World;
use super::{Failure, Outcome, Purpose, SettingsArgs, open, progress, say, serve};
use crate::academies;
use crate::accounts::{self, NewToken, Role, Secret, Subject};
use crate::api::LocalCaller;
use crate::app::App;
use crate::certificates::trust::{self, TrustFile};
use crate::platform::changes;
use crate::practitioners;
use crate::signing::keys::KeyFile;

/// Listings, the first of all, whose practitioners reply to reviews.
const KEEPERS: usize = 24;

/// How the demo is made.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many practitioners to invent; reviews and cases stay at some hundreds, however many
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=200_000))]
    practitioners: u32,
    /// The same seed invents the same people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fill the data directory and stop, without serving it
    #[arg(long)]
    fill_only: bool,
}

pub(super) async fn run(settings: &SettingsArgs, args: DemoArgs) -> Outcome {
    let mut config = settings.load()?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    config.listen = listener.local_addr()?;
    let marker = config.data_dir.join("demo.json");
    let is_filled = marker.exists();
    // A demo moves with its address: nobody has published links to it.
    if is_filled && config.public_url.is_empty() {
        config.public_url = format!("http://{}", config.listen);
    }
    let unfinished = || -> Failure {
        format!(
            "{} holds data that is not a finished demo; give `stipple demo` a directory of its own with --data-dir, \
             and a database of its own if it is on PostgreSQL",
            marker.parent().unwrap_or(&marker).display()
        )
        .into()
    };
    if !is_filled && config.data_dir.join("stipple.db").exists() {
        return Err(unfinished());
    }
    let app = open(config, Purpose::Serve { moved: is_filled }).await?;
    // On PostgreSQL the folder does not tell.
    if !is_filled && changes::latest(&mut app.db.read().await?).await? > 0 {
        return Err(unfinished());
    }
    if is_filled {
        say(format_args!("The demo in {} is there already.", app.config.data_dir.display()));
    } else {
        fill_all(&app, &args).await?;
    }
    announce(&app, &marker)?;
    if args.fill_only {
        app.db.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    serve::serve(app, listener).await?;
    Ok(ExitCode::SUCCESS)
}

/// Invents, registers, lists, signs and submits; then writes `demo.json`, which says that it is done.
async fn fill_all(app: &App, args: &DemoArgs) -> Result<(), Failure> {
    let world = World::load()?;
    let api = LocalCaller::new(app);
    let operator = token(app, Role::Operator, None, "demo operator").await?;
    let academies = fill::academies(app, &api, &operator, &world).await?;
    let people = plan::people(&world, args.practitioners as usize, args.seed, app.clock.today());
    let bar = progress(people.len() as u64, "inventing practitioners");
    let mut demo = Demo::new(app);
    let mut listed = Vec::with_capacity(people.len());
    for person in &people {
        let number = fill::listing(&api, &operator, person).await?;
        let mut signed = Vec::new();
        for award in &person.certificates {
            let academy = &academies[award.academy];
            signed.push(fill::certificate(app, &api, &operator, academy, award, number).await?);
        }
        if fill::is_named(person.part) {
            demo.add(person.part, &number.to_string(), &signed)?;
        }
        listed.push(Listed { part: person.part, number });
        bar.inc(1);
    }
    bar.finish_and_clear();
    say(format_args!("{} practitioners and {} academies were invented.", people.len(), academies.len()));
    remember(app, args, &mut demo, &listed, &operator).await?;
    finish(app, demo, &academies, operator).await
}

/// Invents what happened before today: reviews, and cases.
async fn remember(
    app: &App,
    args: &DemoArgs,
    demo: &mut Demo,
    listed: &[Listed],
    operator: &Secret,
) -> Result<(), Failure> {
    let other = token(app, Role::Operator, None, "demo operator for appeals").await?;
    let mut keepers = BTreeMap::new();
    for (at, one) in listed.iter().enumerate().take(KEEPERS) {
        let mut conn = app.db.read().await?;
        let listing = practitioners::load(&mut conn, one.number).await?.ok_or("a listing is gone")?;
        drop(conn);
        let subject = Subject { id: listing.id, name: one.number.to_string() };
        keepers.insert(at, token(app, Role::Practitioner, Some(subject), "demo keeper").await?);
    }
    let bar = progress(2, "inventing reviews and cases");
    let past = Past::new(app, operator);
    demo.reviews = past::write_reviews(&past, listed, &keepers, &other, args.seed).await?;
    bar.inc(1);
    let (cases, picture) = cases::show(&past, listed, args.seed).await?;
    demo.cases = cases;
    bar.finish_and_clear();
    if let Some(picture) = picture {
        demo.file("picture", "picture.jpg", &picture, false)?;
    }
    say(format_args!(
        "Reviews and cases were invented too; nobody wrote them, and nobody sat for the photos."
    ));
    Ok(())
}

async fn finish(app: &App, mut demo: Demo, academies: &[Academy], operator: Secret) -> Result<(), Failure> {
    let trust = trust_file(app, academies).await?;
    demo.file("trust", "trust.json", &serde_json::to_vec_pretty(&trust)?, false)?;
    for academy in academies {
        let mut conn = app.db.read().await?;
        let issuer = academies::issuer_by_slug(&mut conn, &app.config.issuer_host, &academy.slug)
            .await?
            .ok_or("an academy of the demo is gone")?;
        let document = serde_json::to_vec_pretty(&issuer.did_document(app.clock.now()))?;
        demo.file(
            &format!("did:{}", academy.slug),
            &format!("academies/{}.did.json", academy.slug),
            &document,
            false,
        )?;
        let key = KeyFile { did: academy.did.clone(), key: academy.key.clone() }.to_json();
        demo.file(
            &format!("key:{}", academy.slug),
            &format!("academies/{}.key.json", academy.slug),
            &key,
            true,
        )?;
    }
    let mut conn = app.db.read().await?;
    let first = &academies[0];
    let academy =
        academies::academy_by_slug(&mut conn, &first.slug).await?.ok_or("the first academy is gone")?;
    let novice = demo.number(Part::Novice)?;
    let listing = practitioners::load(&mut conn, novice.parse()?).await?.ok_or("the novice is gone")?;
    drop(conn);
    let academy_subject = Subject { id: academy.id, name: academy.slug.clone() };
    let academy_token = token(app, Role::Academy, Some(academy_subject), "demo academy").await?;
    let listing_subject = Subject { id: listing.id, name: listing.number.to_string() };
    let practitioner_token =
        token(app, Role::Practitioner, Some(listing_subject), "demo practitioner").await?;
    let tokens = json!({
        "operator": operator.reveal(),
        "academy": academy_token.reveal(),
        "practitioner": practitioner_token.reveal(),
    });
    demo.write(&tokens, &first.slug)
}

async fn token(app: &App, role: Role, subject: Option<Subject>, label: &str) -> Result<Secret, Failure> {
    let new = NewToken { role, subject, label: label.to_owned(), expires_at: None };
    let mut tx = app.db.write().await?;
    let (_, secret) = accounts::create(&mut tx, &app.ids, new, app.clock.now()).await?;
    tx.commit().await?;
    Ok(secret)
}

/// What `demo.json` points at, gathered while the demo is made.
struct Demo {
    data_dir: PathBuf,
    base_url: String,
    numbers: Map<String, Value>,
    files: Map<String, Value>,
    reviews: Map<String, Value>,
    cases: Map<String, Value>,
}

impl Demo {
    fn new(app: &App) -> Self {
        Self {
            data_dir: app.config.data_dir.clone(),
            base_url: app.config.public_url.clone(),
            numbers: Map::new(),
            files: Map::new(),
            reviews: Map::new(),
            cases: Map::new(),
        }
    }

    /// A person worth pointing at, with their certificates as files.
    fn add(&mut self, part: Part, number: &str, signed: &[(String, Vec<u8>)]) -> Result<(), Failure> {
        self.numbers.insert(part.word().to_owned(), number.into());
        for (at, (certificate, bytes)) in signed.iter().enumerate() {
            let word = if at == 0 { part.word().to_owned() } else { format!("{}_{}", part.word(), at + 1) };
            self.numbers.insert(format!("{word}_certificate"), certificate.as_str().into());
            self.file(&word, &format!("certificates/{certificate}.json"), bytes, false)?;
        }
        Ok(())
    }

    fn file(&mut self, word: &str, name: &str, bytes: &[u8], secret: bool) -> Result<(), Failure> {
        let path = self.data_dir.join("demo").join(name);
        fill::write(&path, bytes, secret)?;
        let path = std::path::absolute(path)?;
        self.files.insert(word.to_owned(), path.display().to_string().into());
        Ok(())
    }

    fn number(&self, part: Part) -> Result<&str, Failure> {
        self.numbers
            .get(part.word())
            .and_then(Value::as_str)
            .ok_or_else(|| "a named person is missing".into())
    }

    fn write(&self, tokens: &Value, academy: &str) -> Result<(), Failure> {
        let demo = json!({
            "base_url": self.base_url,
            "tokens": tokens,
            "academy": academy,
            "numbers": self.numbers,
            "files": self.files,
            "reviews": self.reviews,
            "cases": self.cases,
        });
        replace(&self.data_dir.join("demo.json"), &demo)
    }
}

/// Whole or not there: it is what says that the demo is done.
fn replace(marker: &Path, demo: &Value) -> Result<(), Failure> {
    let part = marker.with_extension("json.part");
    fill::write(&part, &serde_json::to_vec_pretty(demo)?, true)?;
    Ok(std::fs::rename(part, marker)?)
}

/// The recognised academies as a trust file, for checking certificates without a network.
async fn trust_file(app: &App, academies: &[Academy]) -> Result<TrustFile, Failure> {
    let mut trusted = Vec::new();
    for academy in academies {
        let mut conn = app.db.read().await?;
        let issuer = academies::issuer_by_slug(&mut conn, &app.config.issuer_host, &academy.slug).await?;
        trusted.extend(issuer.map(|issuer| crate::certificates::trusted(&issuer)));
    }
    Ok(TrustFile {
        r#type: trust::TYPE.to_owned(),
        registry: app.config.public_url.clone(),
        written: app.clock.now(),
        academies: trusted,
    })
}

fn announce(app: &App, marker: &Path) -> Result<(), Failure> {
    let mut demo: Value = serde_json::from_slice(&std::fs::read(marker)?)?;
    let url = &app.config.public_url;
    if demo["base_url"] != **url {
        demo["base_url"] = url.as_str().into();
        replace(marker, &demo)?;
    }
    let certificate = demo["files"]["corrections"].as_str().unwrap_or_default();
    let trust = demo["files"]["trust"].as_str().unwrap_or_default();
    let academy = demo["academy"].as_str().unwrap_or_default();
    let token = demo["tokens"]["academy"].as_str().unwrap_or_default();
    let key = demo["files"][format!("key:{academy}")].as_str().unwrap_or_default();
    say(format_args!(
        "\n  Look around:    {url}/\n  Near Leeds:     {url}/find?near=Leeds\n  \
         Sign:           {url}/sign?academy={academy}#token={token}\n                  with {key}\n  \
         The API:        {url}/docs\n  Tokens, numbers, files:  {}\n\n  Check a certificate without the network:\n    \
         stipple certificate verify {certificate} --trust {trust}\n",
        marker.display()
    ));
    Ok(())
}
