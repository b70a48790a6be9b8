//! `stipple certificate status-list` and `stipple certificate act`: what an academy signs to be able to revoke, and to
//! do it. Nothing is sent: what is written is posted by the academy.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::certificates::acts::{Act, ActReason, ActStatement};
use crate::certificates::document::{Document, StatusList};
use crate::cli::files::{self, Readers};
use crate::cli::key::read_key;
use crate::cli::{Failure, Outcome, say};
use crate::platform::clock::{Clock, Ts};
use crate::platform::id::{Number, NumberKind};
use crate::signing::json::{self, Limits, Tree};
use crate::signing::keys::KeyFile;
use crate::signing::proof::{self, Options, Purpose, Suite};
use crate::signing::status::Bitstring;

/// A new status list.
#[derive(Debug, Args)]
pub(in crate::cli) struct StatusListArgs {
    /// The key file of `stipple key new`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The address of the list: `next_url` of GET …/status-lists
    #[arg(long)]
    url: String,
    /// Where to write it; standard output where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What to do to a certificate.
#[derive(Debug, Args)]
pub(in crate::cli) struct ActArgs {
    /// The key file of `stipple key new`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The certificate, as it was signed
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// revoke, suspend, reinstate, supersede or issued-in-error
    #[arg(long)]
    act: String,
    /// training-not-completed, deception, details-wrong, renewed, safety-concern, holder-asked, key-compromised,
    /// settled or under-review
    #[arg(long)]
    reason: String,
    /// The certificate that takes its place, CRT-…
    #[arg(long, value_name = "NUMBER")]
    superseded_by: Option<String>,
    /// The status list that holds now, as GET …/status/N answers it; for a certificate that names one
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Where to write the body of POST …/acts; standard output where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Sign without asking
    #[arg(long)]
    yes: bool,
}

pub(super) fn status_list(args: &StatusListArgs) -> Outcome {
    let key = read_key(&args.key)?;
    let list = signed_list(&key, &args.url, now(), &Bitstring::zero())?;
    write(args.out.as_deref(), &Value::Object(list))
}

pub(super) fn act(args: &ActArgs) -> Outcome {
    let key = read_key(&args.key)?;
    let (Some(act), Some(reason)) = (Act::named(&args.act), ActReason::named(&args.reason)) else {
        return Err("no such --act or --reason; `stipple certificate act --help` lists them".into());
    };
    if act.is_the_directorys() {
        return Err("that is the directory's own act, and no academy's key signs it".into());
    }
    let successor = args.superseded_by.as_deref().map(|text| Number::parse(text, NumberKind::Certificate));
    let superseded_by = successor.transpose().map_err(|error| format!("--superseded-by: {error}"))?;
    let value = read(&args.certificate)?;
    let tree = Tree::of(&value);
    let document = Document::read(&tree).map_err(|_| "--certificate: this is no certificate")?;
    if document.issuer != key.did {
        return Err(format!(
            "the certificate is {}\u{2019}s, and the key speaks for {}",
            document.issuer, key.did
        )
        .into());
    }
    let now = now();
    let at = now.to_string();
    let statement =
        ActStatement { did: &key.did, certificate: document.digest()?, act, reason, superseded_by, at: &at };
    let mut body = json!({
        "act": act.as_str(),
        "reason": reason.as_str(),
        "at": at,
        "key": key.key.public().to_multibase(),
        "signature": key.key.sign(&statement.bytes()).to_multibase(),
    });
    if let Some(number) = superseded_by {
        body["superseded_by"] = number.to_string().into();
    }
    if act.is_final()
        && let Some(list) = next_list(args, &key, &document, now)?
    {
        body["list"] = Value::Object(list);
    }
    super::super::note(&format!(
        "{} because {}: {}",
        act.as_str(),
        reason.words(),
        document.holder.unwrap_or_default()
    ));
    if !args.yes && !files::confirm("Sign this?")? {
        return Err("nothing was signed".into());
    }
    write(args.out.as_deref(), &body)
}

/// The next version of the list a certificate names, with its bit set.
fn next_list(
    args: &ActArgs,
    key: &KeyFile,
    document: &Document<'_>,
    now: Ts,
) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(entry) = document.status_entry() else { return Ok(None) };
    let Some(path) = &args.list else {
        return Err(format!(
            "the certificate names a status list: give it with --list, as {} answers it",
            entry.list
        )
        .into());
    };
    let value = read(path)?;
    let tree = Tree::of(&value);
    let held = StatusList::read(&tree).map_err(|(pointer, detail)| format!("--list: {pointer} {detail}"))?;
    if held.url != entry.list || held.issuer != key.did {
        return Err(format!("--list: this is {}, and the certificate names {}", held.url, entry.list).into());
    }
    let mut bits = held.bits.clone();
    if bits.is_set(entry.index) == Some(true) || !bits.set(entry.index) {
        return Err("--list: the certificate's bit is set already".into());
    }
    // A version is later than the one before, even within one second.
    let after = Ts::from_micros(held.valid_from.micros() + 1);
    signed_list(key, &entry.list, now.max(after), &bits).map(Some)
}

pub(super) fn signed_list(
    key: &KeyFile,
    url: &str,
    at: Ts,
    bits: &Bitstring,
) -> Result<Map<String, Value>, Failure> {
    let mut list = StatusList::draft(url, &key.did, at, bits);
    let method = key.verification_method();
    let created = at.to_string();
    let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
    proof::sign(&mut list, &key.key, &Suite::BOTH, options)?;
    Ok(list)
}

fn now() -> Ts {
    Clock::system().now()
}

fn read(path: &std::path::Path) -> Result<Value, Failure> {
    let bytes = files::read(path, Limits::CERTIFICATE.bytes)?;
    json::parse(&bytes, Limits::CERTIFICATE).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn write(out: Option<&std::path::Path>, value: &Value) -> Outcome {
    let text = serde_json::to_string_pretty(value)?;
    match out {
        Some(path) => {
            files::write_new(path, format!("{text}\n").as_bytes(), Readers::Everybody)?;
            say(format_args!("signed               {}", path.display()));
        }
        None => say(text),
    }
    Ok(ExitCode::SUCCESS)
}
