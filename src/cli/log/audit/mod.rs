//! `stipple log audit URL`: follows a directory's log from the last checkpoint seen, checks what it says against what the
//! directory serves, and says plainly what is wrong.

mod facts;
mod served;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::facts::Facts;
use super::{Reader, exit_code};
use crate::cli::files::plain;
use crate::cli::{Failure, Outcome, progress, say};
use crate::platform::clock::{Clock, Ts};
use crate::signing::digest::Digest;
use crate::signing::tlog::note::{Note, NoteKey};
use crate::signing::tlog::tile::{Tile, TilePath, WIDTH, Wanted};
use crate::signing::tlog::tree::{Frontier, leaf_hash};
use crate::transparency::Receipt;

/// The largest file that is read, in bytes.
const MAX_FILE: usize = 64 * 1024 * 1024;
/// The largest answer of the API that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// What to follow, and what to hold it to.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditArgs {
    /// The address of the directory, with https and without a path
    url: String,
    /// Where what was seen is kept; the next audit goes on from there
    #[arg(long, value_name = "FILE", default_value = "stipple-audit.json")]
    state: PathBuf,
    /// The log's key, name+hash+base64; without it the first audit believes what the directory says
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// A witness whose cosignature the checkpoint must carry; may be given again
    #[arg(long, value_name = "VKEY")]
    witness: Vec<String>,
    /// A receipt the directory gave; the log must have kept its word. May be given again
    #[arg(long, value_name = "FILE")]
    receipt: Vec<PathBuf>,
    /// Your academy: every key and certificate in its name must be among those you give
    #[arg(long, value_name = "SLUG")]
    academy: Option<String>,
    /// A key of your academy, z6Mk…; may be given again
    #[arg(long, value_name = "KEY", requires = "academy")]
    own_key: Vec<String>,
    /// A folder with your academy's signed certificates
    #[arg(long, value_name = "DIR", requires = "academy")]
    own_certificates: Option<PathBuf>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// It was checked and is right.
    Ok,
    /// It is wrong, and what is written here shows it.
    Wrong,
    /// It could not be checked, or is only the directory's word.
    Open,
    /// Something to know.
    Note,
}

/// Everything that was found, in order.
#[derive(Debug, Default, Serialize)]
struct Findings(Vec<(Level, String)>);

impl Findings {
    fn add(&mut self, level: Level, what: impl Into<String>) {
        self.0.push((level, what.into()));
    }

    fn count(&self, level: Level) -> usize {
        self.0.iter().filter(|(own, _)| *own == level).count()
    }
}

/// What was seen of a log: as far as it was followed, and what the entries came to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    /// The log's key.
    vkey: String,
    /// The newest checkpoint that was followed.
    checkpoint: String,
    /// How many entries.
    size: u64,
    /// The right edge of the tree, in base64.
    hashes: Vec<String>,
    /// What the entries came to.
    facts: Facts,
}

impl Seen {
    fn read(path: &Path) -> Result<Option<Self>, Failure> {
        if !path.exists() {
            return Ok(None);
        }
        let bytes = crate::cli::files::read(path, MAX_FILE)?;
        let seen = serde_json::from_slice(&bytes).map_err(|error| {
            format!(
                "{} is not what an audit writes ({error}); give another --state to begin anew",
                path.display()
            )
        })?;
        Ok(Some(seen))
    }

    fn frontier(&self) -> Result<Frontier, Failure> {
        let hashes: Option<Vec<Digest>> =
            self.hashes.iter().map(|hash| STANDARD.decode(hash).ok()?.try_into().ok().map(Digest)).collect();
        let frontier = hashes.and_then(|hashes| Frontier::new(self.size, hashes));
        frontier.ok_or_else(|| {
            "the state file has not the hashes it needs; begin anew with another --state".into()
        })
    }

    /// Puts it in place of the one before, whole.
    fn write(&self, path: &Path) -> Result<(), Failure> {
        let draft = path.with_extension("draft");
        fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        fs::rename(&draft, path)?;
        Ok(())
    }
}

/// What the log says of itself.
async fn log_of(reader: &Reader, url: &str) -> Result<Value, Failure> {
    let bytes = reader.fetch.get(&format!("{url}/v1/log"), MAX_ANSWER).await?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| format!("{url}/v1/log: {error}"))?)
}

pub(super) async fn run(args: AuditArgs) -> Outcome {
    let url = args.url.trim_end_matches('/').to_owned();
    let reader = Reader::new(format!("{url}/log"))?;
    let seen = Seen::read(&args.state)?;
    let mut findings = Findings::default();
    let said = log_of(&reader, &url).await?;
    let Some(key) = key_of(&args, seen.as_ref(), &said, &mut findings)? else {
        return report(&args, &findings);
    };
    if let Some(frozen) = said["frozen"].as_str() {
        findings.add(Level::Open, format!("The log signs nothing at the moment: {}", plain(frozen)));
    }
    let Some(now) = follow(&args, &reader, &key, seen.as_ref(), &mut findings).await? else {
        return report(&args, &findings);
    };
    served::check(&reader, &url, &now.facts, &args, &mut findings).await?;
    if findings.count(Level::Wrong) == 0 {
        now.write(&args.state)?;
    } else {
        findings.add(Level::Note, "What was seen is not kept, so that the next audit finds the same.");
    }
    report(&args, &findings)
}

/// The key the log is held to: the one given, the one seen before, or what the directory says.
fn key_of(
    args: &AuditArgs,
    seen: Option<&Seen>,
    said: &Value,
    findings: &mut Findings,
) -> Result<Option<NoteKey>, Failure> {
    let says = said["vkey"].as_str().unwrap_or_default();
    let pinned = args.key.as_deref().or(seen.map(|seen| seen.vkey.as_str()));
    if let Some(pinned) = pinned
        && pinned != says
    {
        findings.add(
            Level::Wrong,
            format!(
                "The log goes by another key than the one it is known by: {}, not {pinned}.",
                plain(says)
            ),
        );
        return Ok(None);
    }
    if pinned.is_none() {
        findings.add(
            Level::Note,
            format!("The log's key is the directory's word, this first time: {}", plain(says)),
        );
    }
    Ok(Some(NoteKey::parse(says)?))
}

/// Reads on from the last checkpoint seen. `None` where the log is not the one that was seen.
async fn follow(
    args: &AuditArgs,
    reader: &Reader,
    key: &NoteKey,
    seen: Option<&Seen>,
    findings: &mut Findings,
) -> Result<Option<Seen>, Failure> {
    let (note, checkpoint) = reader.checkpoint(key).await?;
    let size = checkpoint.size;
    if let Some(seen) = seen.filter(|seen| seen.size > size) {
        let detail = format!(
            "The log went back: it showed {} entries before and shows {size} now. Both checkpoints are signed; keep \
             them, they prove it:\n{}\n{note}",
            seen.size, seen.checkpoint
        );
        findings.add(Level::Wrong, detail);
        return Ok(None);
    }
    let receipts = receipts(args, key, findings)?;
    // A receipt may be for an entry that was read long ago: then everything is read anew.
    let fresh = !receipts.is_empty() || args.academy.is_some();
    let start = seen.filter(|_| !fresh);
    let mut frontier = start.map(Seen::frontier).transpose()?.unwrap_or_default();
    let mut facts = start.map(|seen| seen.facts.clone()).unwrap_or_default();
    let from = frontier.size();
    let now = Clock::system().now();
    let bar = progress(size - from, "reading entries");
    while frontier.size() < size {
        let bundle = frontier.size() / WIDTH as u64;
        let entries = reader.entries(bundle, size).await?;
        let known = usize::try_from(frontier.size() % WIDTH as u64)?;
        check_tile(reader, bundle, &entries, findings).await?;
        for entry in entries.iter().skip(known) {
            facts.take_in(frontier.size(), entry, now, findings);
            frontier.push(leaf_hash(entry));
            let known = seen.filter(|seen| fresh && seen.size == frontier.size());
            if let Some(seen) = known
                && seen.frontier()?.root() != frontier.root()
            {
                findings.add(Level::Wrong, forked(&seen.checkpoint, &note));
                return Ok(None);
            }
        }
        bar.set_position(frontier.size() - from);
    }
    bar.finish_and_clear();
    if frontier.root() != checkpoint.root {
        let earlier = seen.map_or(String::new(), |seen| seen.checkpoint.clone());
        findings.add(Level::Wrong, forked(&earlier, &note));
        return Ok(None);
    }
    let read = size - from;
    findings.add(Level::Ok, format!("{size} entries lead to the signed root; {read} of them were read now."));
    witnesses(args, &note, findings)?;
    kept_word(&receipts, &facts, now, findings);
    let hashes = frontier.hashes().iter().map(|hash| STANDARD.encode(hash.0)).collect();
    Ok(Some(Seen { vkey: key.to_string(), checkpoint: note, size, hashes, facts }))
}

fn forked(earlier: &str, note: &str) -> String {
    format!(
        "The entries the log serves do not lead to the root it signed: it was rewritten, or shows different people \
         different logs. Keep these checkpoints, they prove it:\n{earlier}\n{note}"
    )
}

/// The tile of hashes must be that of the entries beside it.
async fn check_tile(
    reader: &Reader,
    bundle: u64,
    entries: &[Vec<u8>],
    findings: &mut Findings,
) -> Result<(), Failure> {
    let path = TilePath { wanted: Wanted::Hashes(Tile { level: 0, index: bundle }), width: entries.len() };
    let hashes = reader.tile(path, WIDTH * 32).await?;
    let own: Vec<u8> = entries.iter().flat_map(|entry| leaf_hash(entry).0).collect();
    if hashes != own {
        findings.add(
            Level::Wrong,
            format!("The tile {} has not the hashes of the entries it is about.", path.path()),
        );
    }
    Ok(())
}

fn witnesses(args: &AuditArgs, note: &str, findings: &mut Findings) -> Result<(), Failure> {
    let signed = Note::parse(note)?;
    for witness in &args.witness {
        let key = NoteKey::parse(witness)?;
        match signed.cosigned_by(&key) {
            Some(time) => {
                let at = Ts::from_micros(i64::try_from(time).unwrap_or(0).saturating_mul(1_000_000));
                findings.add(Level::Ok, format!("{} saw this checkpoint on {at}.", plain(key.name())));
            }
            None => findings.add(
                Level::Wrong,
                format!("{} has not signed this checkpoint, or not with this key.", plain(key.name())),
            ),
        }
    }
    if args.witness.is_empty() {
        findings.add(
            Level::Note,
            "That everybody is shown this log is the directory's word: no witness was asked for, so a split view \
             cannot be ruled out.",
        );
    }
    Ok(())
}

fn receipts(
    args: &AuditArgs,
    key: &NoteKey,
    findings: &mut Findings,
) -> Result<Vec<(PathBuf, Receipt)>, Failure> {
    let mut receipts = Vec::new();
    for path in &args.receipt {
        let text = String::from_utf8(crate::cli::files::read(path, MAX_ANSWER)?)?;
        match Receipt::open(&text, key) {
            Ok(receipt) => receipts.push((path.clone(), receipt)),
            Err(error) => {
                findings.add(Level::Open, format!("{} is no receipt of this log: {error}.", path.display()));
            }
        }
    }
    Ok(receipts)
}

/// Whether what was promised is in the log.
fn kept_word(receipts: &[(PathBuf, Receipt)], facts: &Facts, now: Ts, findings: &mut Findings) {
    for (path, receipt) in receipts {
        let path = path.display();
        let (level, what) = match facts.logged(&receipt.op, receipt.digest) {
            Some((index, at)) if at <= receipt.by => {
                (Level::Ok, format!("{path}: it is entry {index}, since {at}, as promised."))
            }
            Some((index, at)) => (
                Level::Wrong,
                format!("{path}: promised by {}, and entered only on {at} as {index}.", receipt.by),
            ),
            None if now <= receipt.by => {
                (Level::Note, format!("{path}: not yet in; promised by {}.", receipt.by))
            }
            None => {
                let detail = format!(
                    "{path}: the log signed that it would have this by {}, and has not. The receipt proves it.",
                    receipt.by
                );
                (Level::Wrong, detail)
            }
        };
        findings.add(level, what);
    }
}

fn report(args: &AuditArgs, findings: &Findings) -> Outcome {
    let (wrong, open) = (findings.count(Level::Wrong), findings.count(Level::Open));
    if args.json {
        let items: Vec<Value> = findings
            .0
            .iter()
            .map(|(level, what)| serde_json::json!({"level": level, "finding": what}))
            .collect();
        say(serde_json::to_string_pretty(
            &serde_json::json!({"findings": items, "wrong": wrong, "open": open}),
        )?);
    } else {
        for (level, what) in &findings.0 {
            let word = match level {
                Level::Ok => "ok   ",
                Level::Wrong => "WRONG",
                Level::Open => "open ",
                Level::Note => "note ",
            };
            say(format_args!("{word} {what}"));
        }
        say(match (wrong, open) {
            (0, 0) => "Nothing is wrong.".to_owned(),
            (0, open) => format!("Nothing is wrong; {open} could not be told."),
            (wrong, _) => format!("{wrong} wrong."),
        });
    }
    let code: ExitCode = exit_code(wrong, open);
    Ok(code)
}
