//! `stipple certificate sign`: the academy's tool. It builds the document itself, computes both
//! hashes itself, shows a person what it says, and only then signs. It never signs a hash or a
//! form that somebody else computed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use crate::certificates::document::{
    Award, CourseLink, CourseVersion, Document, Trainer, criteria_of, listing_urn, trainer_urn,
};
use crate::certificates::verdict::{
    self, CheckName, CheckOutcome, Issuer, IssuerRecord, KeyRecord, Knowledge, Question, Recognition,
};
use crate::cli::files::{self, Readers, plain};
use crate::cli::key::read_key;
use crate::cli::{Failure, Outcome, note, say};
use crate::platform::clock::{Clock, Ts};
use crate::platform::id::{Ids, Number, NumberKind};
use crate::platform::problem::Fault;
use crate::signing::digest::Digest;
use crate::signing::json::{self, Limits, Tree};
use crate::signing::keys::KeyFile;
use crate::signing::proof::{self, Options, Purpose, Suite};
use crate::signing::status::Entry;

/// The largest course version that is read, in bytes.
const MAX_COURSE: usize = 256 * 1024;

/// What to sign, and with which key.
#[derive(Debug, Args)]
pub(in crate::cli) struct SignArgs {
    /// The key file of `stipple key new`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A document somebody prepared, to be signed as it is after its form was checked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "awarded", "listing", "trainer", "academy", "valid_until"])]
    draft: Option<PathBuf>,
    /// The course version, as the directory serves it at its address
    #[arg(long, value_name = "FILE", required_unless_present = "draft")]
    course: Option<PathBuf>,
    /// The address of the course, …/courses/CRS-…, or of its version; needed unless the file names it
    #[arg(long, value_name = "URL")]
    course_url: Option<String>,
    /// The holder's full name
    #[arg(long, required_unless_present = "draft")]
    name: Option<String>,
    /// The day of the award, 2026-03-01
    #[arg(long, value_name = "DATE", required_unless_present = "draft")]
    awarded: Option<String>,
    /// The number of the holder's listing, SMP-…, where you know it
    #[arg(long, value_name = "NUMBER")]
    listing: Option<String>,
    /// The academy's name as it signs itself; made from its DID where it is left out
    #[arg(long, value_name = "NAME")]
    academy: Option<String>,
    /// Who taught: a number (TRN-… or SMP-…) or a URL
    #[arg(long, value_name = "NUMBER", requires = "trainer_name")]
    trainer: Option<String>,
    /// The trainer's name
    #[arg(long, value_name = "NAME", requires = "trainer")]
    trainer_name: Option<String>,
    /// The number of the paper certificate it stands for, where there was one
    #[arg(long, value_name = "TEXT", conflicts_with = "draft")]
    old_number: Option<String>,
    /// The last day it is valid; for good where it is left out
    #[arg(long, value_name = "DATE")]
    valid_until: Option<String>,
    /// The status list entry to name, as the directory gave it: …/status/1#4711
    #[arg(long, value_name = "URL#N", conflicts_with = "draft")]
    status: Option<String>,
    /// Where to write the certificate; standard output where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sign without asking
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &SignArgs) -> Outcome {
    let clock = Clock::system();
    let key = read_key(&args.key)?;
    let now = Ts::from_micros(clock.now().seconds() * 1_000_000);
    let course = args.course.as_deref().map(CourseFile::read).transpose()?;
    let draft = match &args.draft {
        Some(path) => read_draft(path)?,
        None => Value::Object(build(args, &key, course.as_ref(), now, &Ids::system(clock))?.to_credential()),
    };
    check(&draft, &key, course.as_ref(), now)?;
    let tree = Tree::of(&draft);
    let shown = Document::read_draft(&tree).map(|document| show(&document, course.is_some()));
    for line in shown.unwrap_or_default() {
        // What is asked about goes where the question goes, so that output can be a file.
        note(&line);
    }
    if !args.yes && !files::confirm("Sign this?")? {
        return Err("nothing was signed".into());
    }
    let signed = sign(draft, &key, now)?;
    let text = serde_json::to_string_pretty(&signed)?;
    match &args.out {
        Some(path) => {
            files::write_new(path, format!("{text}\n").as_bytes(), Readers::Everybody)?;
            say(format_args!("signed               {}", path.display()));
        }
        None => say(text),
    }
    Ok(ExitCode::SUCCESS)
}

fn read_draft(path: &Path) -> Result<Value, Failure> {
    let bytes = files::read(path, Limits::CERTIFICATE.bytes)?;
    json::parse(&bytes, Limits::CERTIFICATE).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// A course version in a file: the object that its address answers, or one with that address:
/// `{"url": "…/courses/CRS-…/versions/…", "version": {…}}`.
pub(super) struct CourseFile {
    url: Option<String>,
    pub(super) version: Value,
    pub(super) hash: Digest,
}

impl CourseFile {
    fn read(path: &Path) -> Result<Self, Failure> {
        Self::of_bytes(&files::read(path, MAX_COURSE)?)
            .map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// Reads what a file has, or what the address of a course version answers.
    pub(super) fn of_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        let mut value = json::parse(bytes, Limits::bytes(MAX_COURSE))?;
        let wrapped = value.as_object().is_some_and(|members| {
            members.len() == 2 && members.contains_key("url") && members.contains_key("version")
        });
        let url = value["url"].as_str().filter(|_| wrapped).map(str::to_owned);
        let version = if wrapped { value["version"].take() } else { value };
        let hash = Digest::of_json(&version)?;
        Ok(Self { url, version, hash })
    }

    /// The address: of the file or the command line, with the hash computed here.
    pub(super) fn link(&self, given: Option<&str>) -> Result<CourseLink, Failure> {
        let Some(url) = given.or(self.url.as_deref()) else {
            return Err("say where the course is: --course-url …/courses/CRS-…".into());
        };
        let link = match CourseLink::parse(url) {
            Some(link) if link.hash() == self.hash => link,
            Some(link) => {
                let (named, is) = (link.hash(), self.hash);
                return Err(format!("the course file has the hash {is}, and {url} names {named}: they are not the same version").into());
            }
            None => CourseLink::new(url.trim_end_matches('/'), self.hash)
                .ok_or_else(|| format!("{url} is not the address of a course, …/courses/CRS-…"))?,
        };
        match self.version["course"].as_str() {
            Some(course) if course != link.course_number() => Err(format!(
                "the course file is of {course}, and {url} is the address of {}",
                link.course_number()
            )
            .into()),
            _ => Ok(link),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.version["content"][name].as_str()
    }
}

fn build(
    args: &SignArgs,
    key: &KeyFile,
    course: Option<&CourseFile>,
    now: Ts,
    ids: &Ids,
) -> Result<Award, Failure> {
    let (Some(name), Some(awarded), Some(course)) = (&args.name, &args.awarded, course) else {
        return Err("--name, --awarded and --course are needed".into());
    };
    if let Some(academy) = course.version["academy"].as_str().filter(|academy| *academy != key.did) {
        return Err(format!("the course belongs to {academy}, and the key to {}", key.did).into());
    }
    let title = course.text("title").ok_or("the course file has no content.title")?;
    let description = course.text("description").ok_or("the course file has no content.description")?;
    let listing = args.listing.as_deref().map(|text| Number::parse(text, NumberKind::Listing));
    Ok(Award {
        id: ids.random_uuid(),
        issuer: key.did.clone(),
        issuer_name: args.academy.clone().unwrap_or_else(|| name_from_did(&key.did)),
        course: CourseVersion {
            link: course.link(args.course_url.as_deref())?,
            name: title.to_owned(),
            description: description.to_owned(),
            criteria: criteria_of(&course.version["content"]),
        },
        holder: name.trim().to_owned(),
        listing: listing.transpose().map_err(|error| format!("--listing: {error}"))?,
        trainer: trainer(args)?,
        old_number: args.old_number.as_deref().map(|number| number.trim().to_owned()),
        awarded: day(awarded, "T00:00:00Z").map_err(|error| format!("--awarded {awarded}: {error}"))?,
        valid_from: now,
        valid_until: args
            .valid_until
            .as_deref()
            .map(|text| day(text, "T23:59:59Z").map_err(|error| format!("--valid-until {text}: {error}")))
            .transpose()?,
        status: args.status.as_deref().map(status).transpose()?,
    })
}

/// `…/status/1#4711`.
fn status(text: &str) -> Result<Entry, Failure> {
    let entry = text
        .rsplit_once('#')
        .and_then(|(list, index)| Some(Entry { list: list.to_owned(), index: index.parse().ok()? }));
    entry.ok_or_else(|| format!("--status {text}: write the list's URL, # and the number").into())
}

fn trainer(args: &SignArgs) -> Result<Option<Trainer>, Failure> {
    let (Some(id), Some(name)) = (&args.trainer, &args.trainer_name) else { return Ok(None) };
    let id = match id.parse::<Number>() {
        Ok(number) if number.kind() == NumberKind::Trainer => trainer_urn(number),
        Ok(number) if number.kind() == NumberKind::Listing => listing_urn(number),
        Ok(_) => return Err(format!("--trainer {id}: this is no number of a person").into()),
        Err(_) if id.contains(':') => id.clone(),
        Err(error) => return Err(format!("--trainer {id}: {error}").into()),
    };
    Ok(Some(Trainer { id, name: name.trim().to_owned() }))
}

/// A day as an instant in UTC.
pub(super) fn day(text: &str, time: &str) -> Result<Ts, String> {
    let good = text.len() == 10;
    good.then(|| Ts::parse(&format!("{text}{time}")).ok())
        .flatten()
        .ok_or_else(|| "write a day that exists, like 2026-03-01".to_owned())
}

/// `did:web:stipple.example:academies:north-school` as `North School`.
pub(super) fn name_from_did(did: &str) -> String {
    let slug = did.rsplit(':').next().unwrap_or_default();
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    slug.split(['-', '_', '.']).map(word).collect::<Vec<_>>().join(" ")
}

/// Everything that keeps a document from being signed, told at once.
pub(super) fn check(
    draft: &Value,
    key: &KeyFile,
    course: Option<&CourseFile>,
    now: Ts,
) -> Result<(), Failure> {
    let tree = Tree::of(draft);
    let document = match Document::read_draft(&tree) {
        Ok(document) => document,
        Err(faults) => return Err(refuse(&faults)),
    };
    let mut faults = document.fixed_shape_faults();
    let mut fault = |pointer: &str, code, detail: String| faults.push(Fault::new(pointer, code, detail));
    if document.issuer != key.did {
        fault("/issuer/id", "another-key", format!("The key speaks for {}, not for this issuer.", key.did));
    }
    if document.valid_from.micros() > now.plus(Duration::from_mins(5)).micros() {
        fault("/validFrom", "in-the-future", "A certificate is valid from the day it is signed.".to_owned());
    }
    if let (Some(link), Some(course)) = (document.course(), course)
        && link.hash() != course.hash
    {
        let detail = format!("The course file has the hash {}.", course.hash);
        fault("/credentialSubject/achievement/id", "course-version", detail);
    }
    if faults.is_empty() { Ok(()) } else { Err(refuse(&faults)) }
}

fn refuse(faults: &[Fault]) -> Failure {
    let mut text = "this cannot be signed:".to_owned();
    for fault in faults {
        text.push_str("\n  ");
        text.push_str(&plain(&fault.pointer));
        text.push(' ');
        text.push_str(&plain(&fault.detail));
    }
    text.into()
}

/// What a person is about to sign.
fn show(document: &Document<'_>, course_seen: bool) -> Vec<String> {
    let text = |pointer: &str| {
        let mut value = None;
        for (at, step) in pointer.split('/').enumerate() {
            value = if at == 0 {
                document.members().get(step)
            } else {
                value.and_then(|value: &Tree<'_>| value.get(step))
            };
        }
        value.and_then(Tree::as_str).unwrap_or("none").to_owned()
    };
    let mut lines = vec![
        ("holder", document.holder.unwrap_or_default().to_owned()),
        ("listing", document.listing().map_or("not named".to_owned(), |listing| listing.to_string())),
        ("certificate", text("credentialSubject/achievement/name")),
        ("description", text("credentialSubject/achievement/description")),
        ("criteria", text("credentialSubject/achievement/criteria/narrative")),
        ("course version", document.achievement.to_owned()),
        ("awarded", text("awardedDate")),
        ("valid from", text("validFrom")),
        ("valid until", document.valid_until.map_or("for good".to_owned(), |_| text("validUntil"))),
        ("academy", format!("{}, {}", document.issuer_name.unwrap_or_default(), document.issuer)),
        ("id", document.id.to_owned()),
    ];
    if let Some((id, name)) = document.trainer {
        lines.push(("trainer", format!("{}, {id}", name.unwrap_or_default())));
    }
    if document.names_status() {
        lines.push(("status list", text("credentialStatus/id")));
    }
    if !course_seen {
        lines.push(("note", "the course version was not at hand: --course FILE compares it".to_owned()));
    }
    let line = |(name, value): (&str, String)| format!("  {name:<15} {}", plain(&value));
    std::iter::once("This will be signed:".to_owned()).chain(lines.into_iter().map(line)).collect()
}

/// Signs, and verifies what was signed before it is let out.
pub(super) fn sign(draft: Value, key: &KeyFile, now: Ts) -> Result<Value, Failure> {
    let Value::Object(mut members) = draft else { return Err("this is no document".into()) };
    let method = key.verification_method();
    let created = now.to_string();
    let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
    proof::sign(&mut members, &key.key, &Suite::BOTH, options)?;
    verify_own(members, key, now)
}

fn verify_own(members: Map<String, Value>, key: &KeyFile, now: Ts) -> Result<Value, Failure> {
    let record = IssuerRecord {
        did: key.did.clone(),
        name: None,
        keys: vec![KeyRecord::standing(&key.did, key.key.public(), None)],
        recognition: Recognition::Caller,
    };
    let value = Value::Object(members);
    let know = Knowledge { issuer: Issuer::Known(&record), ..Knowledge::default() };
    let tree = Tree::of(&value);
    let verdict = match Document::read(&tree) {
        Ok(document) => verdict::judge(&document, &know, Question::now(now)),
        Err(faults) => return Err(refuse(&faults)),
    };
    // Only integrity: a status list cannot be read here.
    match verdict.check(CheckName::Integrity) {
        Some(check) if check.outcome == CheckOutcome::Pass => Ok(value),
        check => {
            let detail = check.map(|check| check.detail.as_str()).unwrap_or_default();
            Err(format!("what was signed does not verify, and is not let out: {detail}").into())
        }
    }
}
