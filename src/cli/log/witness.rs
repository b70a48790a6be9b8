//! `stipple log witness`: cosigns the checkpoints of other people's logs, each only when it continues the one before.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::cli::files::{self, Readers};
use crate::cli::{Failure, Outcome, SettingsArgs, say};
use crate::platform::clock::Clock;
use crate::platform::id::Ids;
use crate::signing::keys::SigningKey;
use crate::signing::tlog::note::NoteKey;
use crate::transparency::witness::{Witness, http};

/// Which logs to follow, and under what name.
#[derive(Debug, Args)]
pub(in crate::cli) struct WitnessArgs {
    /// The witness's name, such as `witness.example/w1`
    #[arg(long)]
    name: String,
    /// The secret key as a Multikey; made at first start
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key of a log to follow, as its /v1/log tells it; may be given again
    #[arg(long, value_name = "VKEY", required = true)]
    log: Vec<String>,
    /// Where the last checkpoint of each log is remembered
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

pub(super) async fn run(settings: &SettingsArgs, args: WitnessArgs) -> Outcome {
    let config = settings.load()?;
    let logs: Result<Vec<NoteKey>, String> = args
        .log
        .iter()
        .map(|text| NoteKey::parse(text).map_err(|error| format!("--log {text}: {error}")))
        .collect();
    let witness = Arc::new(Witness::open(&args.name, key(&args.key)?, logs?, args.state)?);
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    say(format_args!("witness              {}", witness.vkey()));
    say(format_args!("listens on http://{}, POST /add-checkpoint", listener.local_addr()?));
    let stop = CancellationToken::new();
    let until = stop.clone();
    let ended = async move {
        let _ = tokio::signal::ctrl_c().await;
        until.cancel();
    };
    let served = crate::platform::http::serve(listener, http::routes(witness), &config.http, stop);
    tokio::select! {
        served = served => served?,
        () = ended => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The key in the file; a new one where there is no file yet.
fn key(path: &std::path::Path) -> Result<SigningKey, Failure> {
    if !path.exists() {
        let ids = Ids::system(Clock::system());
        let key = SigningKey::from_seed(&Zeroizing::new(ids.bytes::<32>()));
        files::write_new(path, key.to_secret_multibase().as_bytes(), Readers::Owner)?;
    }
    let text = Zeroizing::new(files::read(path, 1024)?);
    let text = std::str::from_utf8(&text).map_err(|_| format!("{}: this is no key", path.display()))?;
    SigningKey::from_multibase(text.trim()).map_err(|error| format!("{}: {error}", path.display()).into())
}
