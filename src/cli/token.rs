//! `stipple token`: makes, lists and revokes the tokens of operators, academies and practitioners.
//!
//! They are kept in the database, so they work with every `serve` on the same data.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use time::Date;
use time::macros::format_description;
use uuid::Uuid;

use super::{Failure, Outcome, Purpose, SettingsArgs, note, open, say};
use crate::accounts::{self, NewToken, Role, Secret, Subject, Token};
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::id::{Number, NumberKind};
use crate::{academies, practitioners};

/// What to do with tokens.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token; it is printed this once and kept nowhere
    New(NewArgs),
    /// List all tokens, newest first, without their text
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token for good
    Revoke {
        /// The id that `stipple token list` shows
        id: Uuid,
    },
}

/// What a new token is to be.
#[derive(Clone, Debug, Args)]
pub struct NewArgs {
    /// Who will use it
    #[arg(long, value_enum)]
    pub role: RoleArg,
    /// The academy it keeps; without one, an academy's token may register one
    #[arg(long, value_name = "SLUG", conflicts_with = "listing")]
    pub academy: Option<String>,
    /// The listing it keeps; without one, a practitioner's token may create one
    #[arg(long, value_name = "SMP-…")]
    pub listing: Option<String>,
    /// A word for people, such as "front desk"; histories name operators by it
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// The last day it works, such as 2027-01-31
    #[arg(long, value_name = "DATE")]
    pub expires: Option<String>,
    /// As JSON, with the token's id
    #[arg(long)]
    pub json: bool,
}

/// A role on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Runs the directory
    Operator,
    /// Keeps one academy
    Academy,
    /// Keeps one listing
    Practitioner,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Operator => Self::Operator,
            RoleArg::Academy => Self::Academy,
            RoleArg::Practitioner => Self::Practitioner,
        }
    }
}

pub(super) async fn run(settings: &SettingsArgs, args: TokenArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let outcome = match args.command {
        TokenCommand::New(args) => show_new(&app, &args).await,
        TokenCommand::List { json } => show_list(&app, json).await,
        TokenCommand::Revoke { id } => revoke(&app, id).await,
    };
    app.db.close().await;
    outcome
}

async fn show_new(app: &App, args: &NewArgs) -> Outcome {
    let (token, secret) = make(app, args).await?;
    if args.json {
        let mut shown = described(&token, app.clock.now());
        shown["token"] = json!(secret.reveal());
        say(serde_json::to_string_pretty(&shown)?);
    } else {
        say(secret.reveal());
        note(&format!(
            "This is the {} token {}. It is shown this once: keep it safe, and revoke it with `stipple token revoke {}`.",
            token.role, token.label, token.id
        ));
        if let Some(slug) = &args.academy {
            note(&format!(
                "The academy's link for signing in a browser, to be sent to nobody else: {}/sign?academy={slug}#token={}",
                app.config.public_url,
                secret.reveal()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_list(app: &App, as_json: bool) -> Outcome {
    let now = app.clock.now();
    let tokens = accounts::list(&mut app.db.read().await?).await?;
    if as_json {
        let shown: Vec<Value> = tokens.iter().map(|token| described(token, now)).collect();
        say(serde_json::to_string_pretty(&shown)?);
        return Ok(ExitCode::SUCCESS);
    }
    for token in &tokens {
        let keeps = token.subject.as_ref().map_or("-", |subject| subject.name.as_str());
        let used =
            token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", at.date()));
        say(format_args!(
            "{}  {:<12}  {:<24}  {}  {}, made {}, {used}, {}",
            token.id,
            token.role.word(),
            keeps,
            token.hint,
            token.label,
            token.created_at.date(),
            state(token, now)
        ));
    }
    note(&match tokens.len() {
        1 => "1 token".to_owned(),
        count => format!("{count} tokens"),
    });
    Ok(ExitCode::SUCCESS)
}

async fn revoke(app: &App, id: Uuid) -> Outcome {
    let mut tx = app.db.write().await?;
    let revoked = accounts::revoke(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    if revoked {
        say(format_args!("The token {id} is revoked; it is refused from now on."));
        return Ok(ExitCode::SUCCESS);
    }
    note(&format!("No token {id} stands; `stipple token list` shows all of them."));
    Ok(ExitCode::FAILURE)
}

/// Makes a token as asked for.
///
/// # Errors
/// In words for the person at the terminal: a scope that names nothing, a day that has passed.
pub async fn make(app: &App, args: &NewArgs) -> Result<(Token, Secret), Failure> {
    let role = Role::from(args.role);
    let label = args.label.as_deref().unwrap_or(role.word()).trim().to_owned();
    if label.is_empty() || label.chars().count() > limits::TOKEN_LABEL || label.chars().any(char::is_control)
    {
        return Err(format!("a label is one line of 1 to {} characters", limits::TOKEN_LABEL).into());
    }
    let now = app.clock.now();
    let expires_at = args.expires.as_deref().map(|day| last_moment(day, now)).transpose()?;
    let mut tx = app.db.write().await?;
    let subject = subject(&mut tx, role, args).await?;
    let new = NewToken { role, subject, label, expires_at };
    let made = accounts::create(&mut tx, &app.ids, new, now).await?;
    tx.commit().await?;
    Ok(made)
}

/// What the token is to keep.
async fn subject(conn: &mut Conn, role: Role, args: &NewArgs) -> Result<Option<Subject>, Failure> {
    match (role, &args.academy, &args.listing) {
        (_, None, None) => Ok(None),
        (Role::Academy, Some(slug), None) => {
            let academy = academies::academy_by_slug(conn, slug).await?.ok_or_else(|| {
                format!("no academy has the slug {slug}; without --academy the token may register one")
            })?;
            Ok(Some(Subject { id: academy.id, name: academy.slug }))
        }
        (Role::Practitioner, None, Some(number)) => {
            let number =
                Number::parse(number, NumberKind::Listing).map_err(|error| format!("{number}: {error}"))?;
            let found = practitioners::ids_of(conn, &[number]).await?;
            let id = found.first().copied().ok_or_else(|| {
                format!("there is no listing {number}; without --listing the token may create one")
            })?;
            Ok(Some(Subject { id, name: number.to_string() }))
        }
        (_, Some(_), _) => Err("--academy is for --role academy".into()),
        (_, _, Some(_)) => Err("--listing is for --role practitioner".into()),
    }
}

/// The first instant after a day that is to come, or today.
fn last_moment(day: &str, now: Ts) -> Result<Ts, Failure> {
    let last = Date::parse(day, format_description!("[year]-[month]-[day]"))
        .map_err(|_| format!("--expires {day}: write a day that exists, such as 2027-01-31"))?;
    if last < now.date() {
        return Err(format!("--expires {day}: that day has passed").into());
    }
    Ok(last.next_day().map_or(Ts::MAX, Ts::at_midnight))
}

fn state(token: &Token, now: Ts) -> String {
    match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!("revoked {}", at.date()),
        (None, Some(at)) if at <= now => format!("expired {}", at.date()),
        (None, Some(at)) => format!("works until {}", at.date()),
        (None, None) => "works".to_owned(),
    }
}

/// A token for machines, without its text.
fn described(token: &Token, now: Ts) -> Value {
    json!({
        "id": token.id,
        "role": token.role.word(),
        "label": token.label,
        "keeps": token.subject.as_ref().map(|subject| &subject.name),
        "hint": token.hint,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_on": token.last_used_at.map(|at| at.date().to_string()),
        "works": token.check(now).is_ok(),
    })
}
