//! `stipple key`: signing keys, made and kept on the academy's own machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use super::files::{self, Readers};
use super::{Failure, Outcome, note, say};
use crate::academies::{CompromiseStatement, KeyPurpose, voucher_challenge};
use crate::platform::clock::{Clock, Ts};
use crate::platform::id::Ids;
use crate::signing::did::{self, DidDocument, DidWeb, KeyState, ListedKey};
use crate::signing::keys::{KeyFile, PublicKey, SigningKey};
use crate::signing::possession;

/// The largest key file that is read, in bytes.
const MAX_KEY_FILE: usize = 4096;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a signing key, in a file only you can read
    New(NewArgs),
    /// Show the public half of a key
    Show(ShowArgs),
    /// Prove that you hold a key, for registering it
    Prove(ProveArgs),
    /// Say that a key is in the wrong hands, signed with it or with another key of the academy
    Compromise(CompromiseArgs),
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Where to write the key; never over a file that is there already
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The academy's DID, such as did:web:stipple.example:academies:north; without one the key
    /// speaks for itself, as a did:key
    #[arg(long)]
    did: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Print the DID document that lists this key alone
    #[arg(long)]
    did_document: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    /// The key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What the directory gave you to sign
    #[arg(long)]
    challenge: String,
    /// The new key is a recovery key: it will sign no certificate, and only vouch for other keys
    #[arg(long)]
    recovery: bool,
    /// Vouch with this key for a new one, z6Mk…, instead of registering this key itself
    #[arg(long, value_name = "KEY")]
    vouch_for: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompromiseArgs {
    /// The key file that signs the statement
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key that is in the wrong hands, z6Mk…; the signing one when left out
    #[arg(long, value_name = "KEY")]
    about: Option<String>,
    /// The earliest moment at which it may have been stolen; leave it out when nobody can tell
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

pub(super) fn run(command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::New(args) => new(&args),
        KeyCommand::Show(args) => show(&args),
        KeyCommand::Prove(args) => prove(&args),
        KeyCommand::Compromise(args) => compromise(&args),
    }
}

/// Reads a key file. A file that others can read is used, with a warning.
pub(super) fn read_key(path: &Path) -> Result<KeyFile, Failure> {
    let bytes = Zeroizing::new(files::read(path, MAX_KEY_FILE)?);
    let key = KeyFile::from_json(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
        if open && path != Path::new("-") {
            let path = path.display();
            super::complain(&format!("others can read {path}: say `chmod 600 {path}`").into());
        }
    }
    Ok(key)
}

fn new(args: &NewArgs) -> Outcome {
    let ids = Ids::system(Clock::system());
    let key = SigningKey::from_seed(&Zeroizing::new(ids.bytes::<32>()));
    let did = match &args.did {
        None => did::did_key(&key.public()),
        Some(did) if did.starts_with("did:web:") => {
            DidWeb::parse(did).map_err(|error| format!("{did}: {error}"))?.to_string()
        }
        Some(did) => return Err(format!("{did}: an academy's DID starts with did:web:").into()),
    };
    let file = KeyFile { did, key };
    files::write_new(&args.out, &file.to_json(), Readers::Owner)?;
    describe(&file, args.json)?;
    if !args.json {
        say(format_args!(
            "secret key           in {}, which only you can read; keep a copy",
            args.out.display()
        ));
        say("                     offline. Nobody else has it, and nobody can restore it.");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(args: &ShowArgs) -> Outcome {
    let file = read_key(&args.key)?;
    if args.did_document {
        let listed = ListedKey { key: file.key.public(), state: KeyState::Standing };
        say(serde_json::to_string_pretty(&DidDocument::build(&file.did, &[listed]))?);
    } else {
        describe(&file, args.json)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(file: &KeyFile, as_json: bool) -> Result<(), Failure> {
    let public = file.key.public().to_multibase();
    let method = file.verification_method();
    if as_json {
        let value =
            json!({"controller": file.did, "verificationMethod": method, "publicKeyMultibase": public});
        say(serde_json::to_string_pretty(&value)?);
    } else {
        say(format_args!("did                  {}", file.did));
        say(format_args!("public key           {public}"));
        say(format_args!("verification method  {method}"));
    }
    Ok(())
}

fn prove(args: &ProveArgs) -> Outcome {
    let file = read_key(&args.key)?;
    let purpose = if args.recovery { KeyPurpose::Recovery } else { KeyPurpose::Assertion };
    let signed = match &args.vouch_for {
        Some(new) => {
            let new = PublicKey::from_multibase(new).map_err(|error| format!("--vouch-for: {error}"))?;
            voucher_challenge(&args.challenge, purpose, &new)
        }
        None => purpose.challenge(&args.challenge),
    };
    let proof = possession::prove(&file.did, &file.key, &signed)?;
    let value = json!({
        "did": file.did,
        "publicKeyMultibase": file.key.public().to_multibase(),
        "challenge": args.challenge,
        "proof": proof,
    });
    say(serde_json::to_string_pretty(&value)?);
    Ok(ExitCode::SUCCESS)
}

fn compromise(args: &CompromiseArgs) -> Outcome {
    let file = read_key(&args.key)?;
    let own = file.key.public().to_multibase();
    let about = args.about.as_deref().unwrap_or(&own);
    PublicKey::from_multibase(about).map_err(|error| format!("--about: {error}"))?;
    let since = args.since.as_deref().map(Ts::parse).transpose();
    let since = since.map_err(|_| "--since must be like 2026-03-01T09:30:00Z")?;
    let at = Clock::system().now().to_string();
    let statement = CompromiseStatement { did: &file.did, key: about, since, at: &at };
    let signature = file.key.sign(&statement.bytes()).to_multibase();
    let mut body = json!({"key": own, "at": at, "signature": signature});
    if let Some(since) = since {
        body["since"] = json!(since);
    }
    say(serde_json::to_string_pretty(&body)?);
    note(&format!(
        "Send this by POST …/keys/{about}/compromise within ten minutes. It cannot be taken back."
    ));
    Ok(ExitCode::SUCCESS)
}
