//! `stipple certificate verify`: the verdict on a certificate in a file, from roots the caller
//! names.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::certificates::bundle::{self, Roots};
use crate::certificates::document::Document;
use crate::certificates::forms::{self, Brought};
use crate::certificates::trust::TrustFile;
use crate::certificates::verdict::{
    self, Answer, Check, Course, EvidenceKind, Holder, Issuer, IssuerRecord, Knowledge, Question, Verdict,
};
use crate::cli::files::{self, plain};
use crate::cli::{Failure, Outcome, say};
use crate::platform::clock::Clock;
use crate::signing::did::DidDocument;
use crate::signing::digest::Digest;
use crate::signing::json::{self, Limits, Tree};

/// The largest DID document, course version or trust file that is read, in bytes.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// What to verify, and whom to trust.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// The certificate: JSON, a JWT, a baked PNG or SVG, or a PDF; - reads standard input
    file: PathBuf,
    /// The DID document of an issuer you trust; may be given again
    #[arg(long, value_name = "DID.JSON")]
    issuer: Vec<PathBuf>,
    /// A file of academies that a registry you trust recognises; for a bundle, the file of roots that you keep
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Ask nobody. Nothing is ever fetched here, with this or without it
    #[arg(long)]
    offline: bool,
    /// The course version it names, to compare its content
    #[arg(long, value_name = "FILE")]
    course: Option<PathBuf>,
    /// The name of the person it is shown for
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What held on that day, by what is known now: 2026-03-01, or a time in RFC 3339
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs) -> Outcome {
    let now = Clock::system().now();
    let question = match &args.as_of {
        None => Question::now(now),
        Some(text) => Question::parse(now, text).map_err(|error| format!("--as-of {text}: {error}"))?,
    };
    // Larger than a certificate may be, so that one that is too large is called malformed.
    let bytes = files::read(&args.file, MAX_FILE)?;
    if let Some(bundle) = a_bundle(&bytes) {
        return of_bundle(args, &bundle, question);
    }
    let trust = args.trust.as_deref().map(read_trust).transpose()?;
    let records = records(args, trust.as_ref())?;
    let course = args.course.as_deref().map(|path| read_json(path, MAX_FILE)).transpose()?;
    let mut said = Vec::new();
    let know = |document: &Document<'_>| {
        said = describe(document);
        Knowledge {
            issuer: records
                .iter()
                .find(|record| record.did == document.issuer)
                .map_or(Issuer::ItselfOnly, Issuer::Known),
            course: course_of(document, course.as_ref()),
            holder: args.name.as_deref().map_or(Holder::NotCompared, Holder::Person),
            ..Knowledge::default()
        }
    };
    let verdict = match forms::read(&bytes)? {
        Brought::Json(form, bytes) => verdict::of_bytes(&bytes, question, know).in_form(form),
        Brought::Jwt(form, text) => verdict::of_jws(&text, question, know).in_form(form),
        Brought::Number(_) | Brought::Link(_) => {
            return Err("this has a number or a link, and nothing is fetched here: give the certificate itself, which \
                        the directory has at …/credential"
                .into());
        }
    };
    if args.json {
        say(serde_json::to_string_pretty(&verdict)?);
    } else {
        print(&verdict, &said);
        if let Some(trust) = &trust {
            let name = plain(&trust.registry);
            say(format_args!(
                "{name} is known as it stood on {}; get a newer file for later days.",
                trust.written
            ));
        }
        if verdict.verdict == Answer::CannotTell && records.is_empty() {
            say("Say whom you trust: --trust FILE (academies a registry recognises) or --issuer DID.JSON.");
        }
    }
    Ok(code(verdict.verdict))
}

fn code(answer: Answer) -> ExitCode {
    ExitCode::from(match answer {
        Answer::Valid => 0,
        Answer::Invalid | Answer::Unrecognised => 1,
        Answer::CannotTell => 2,
    })
}

/// The bundle in a file, where it is one.
fn a_bundle(bytes: &[u8]) -> Option<Value> {
    // A certificate is shorter than a bundle and says so itself; nothing else is parsed twice.
    bytes.windows(bundle::TYPE.len()).any(|window| window == bundle::TYPE.as_bytes()).then_some(())?;
    bundle::parse(bytes).ok().filter(bundle::is_one)
}

/// The verdict on a bundle, from roots alone.
fn of_bundle(args: &VerifyArgs, bundle: &Value, question: Question) -> Outcome {
    let Some(path) = &args.trust else {
        return Err(
            "a bundle is verified from roots that you keep: --trust ROOTS.JSON, which the directory has at \
                    /v1/roots; compare it with what others have"
                .into(),
        );
    };
    if !args.issuer.is_empty() || args.course.is_some() {
        return Err("a bundle brings issuer and course along; leave --issuer and --course out".into());
    }
    let shown = path.display();
    let roots = Roots::read(&files::read(path, MAX_FILE)?).map_err(|error| format!("{shown}: {error}"))?;
    let verdict = bundle::judge(bundle, &roots, question, args.name.as_deref())
        .map_err(|error| format!("the bundle: {error}"))?;
    if args.json {
        say(serde_json::to_string_pretty(&verdict)?);
        return Ok(code(verdict.verdict));
    }
    let certificate = Tree::of(&bundle["certificate"]);
    let said = Document::read(&certificate).map(|document| describe(&document)).unwrap_or_default();
    print(&verdict, &said);
    if let Some(made) = bundle::made_at(bundle) {
        say(format_args!(
            "The bundle was made on {made}; nothing later is in it. What held then: --as-of {made}."
        ));
    }
    if roots.witnesses.is_empty() {
        say("The roots name no witness, so that everybody sees the same log is the directory\u{2019}s word.");
    }
    Ok(code(verdict.verdict))
}

fn read_json(path: &Path, limit: usize) -> Result<Value, Failure> {
    let bytes = files::read(path, limit)?;
    json::parse(&bytes, Limits::bytes(limit)).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn read_trust(path: &Path) -> Result<TrustFile, Failure> {
    let bytes = files::read(path, MAX_FILE)?;
    TrustFile::read(&bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The issuers that are known. One that the caller names stands before one of the trust file.
fn records(args: &VerifyArgs, trust: Option<&TrustFile>) -> Result<Vec<IssuerRecord>, Failure> {
    let mut records = Vec::new();
    for path in &args.issuer {
        let value = read_json(path, MAX_FILE)?;
        let document = DidDocument::read(&value).map_err(|error| format!("{}: {error}", path.display()))?;
        records.push(IssuerRecord::from_did_document(&document));
    }
    if let Some(trust) = trust {
        records.extend(trust.records()?);
    }
    Ok(records)
}

fn course_of(document: &Document<'_>, course: Option<&Value>) -> Course {
    let (Some(link), Some(value)) = (document.course(), course) else { return Course::NotAtHand };
    match Digest::of_json(value) {
        Ok(digest) if digest == link.hash() => Course::Matches,
        _ => Course::Differs,
    }
}

/// What the certificate says, line by line.
fn describe(document: &Document<'_>) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("holder", document.holder.or(document.subject).unwrap_or("not named").to_owned()),
        ("certificate", document.achievement_name.unwrap_or("without a name").to_owned()),
        ("issuer", document.issuer_name.map_or(String::new(), |name| format!("{name}, ")) + document.issuer),
    ];
    if let Some(awarded) = document.members().get("awardedDate").and_then(Tree::as_str) {
        lines.push(("awarded", awarded.to_owned()));
    }
    lines
}

fn print(verdict: &Verdict, said: &[(&str, String)]) {
    let word = match verdict.verdict {
        Answer::Valid => "VALID",
        Answer::Unrecognised => "UNRECOGNISED",
        Answer::Invalid => "INVALID",
        Answer::CannotTell => "CANNOT TELL",
    };
    say(format_args!("{word}. {}", verdict.reason().sentence()));
    if !said.is_empty() {
        say(if verdict.verdict == Answer::Valid { "\nIt says:" } else { "\nIt claims:" });
        for (name, value) in said {
            say(format_args!("  {name:<12} {}", plain(value)));
        }
    }
    say("\nWhat was checked:");
    for check in &verdict.checks {
        print_check(check);
    }
    let today =
        verdict.today.map(|today| format!(" Today's answer: {}.", today.as_str())).unwrap_or_default();
    say(format_args!("\nThis holds as of {}.{today}", verdict.as_of));
}

fn print_check(check: &Check) {
    let name = serde_json::to_value(check.check).unwrap_or_default();
    let outcome = check.outcome.as_str().replace('_', " ");
    say(format_args!("  {:<10} {outcome:<15} {}", name.as_str().unwrap_or_default(), plain(&check.detail)));
    for fault in check.evidence.iter().filter(|evidence| evidence.kind == EvidenceKind::Fault) {
        say(format_args!("  {:<26} {}", "", plain(&fault.value)));
    }
}
