//! `stipple certificate bundle`: fetches everything it takes to verify a certificate later, without a network.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::certificates::bundle;
use crate::cli::files::{self, Readers};
use crate::cli::{Outcome, say};
use crate::config::limits;
use crate::platform::fetch::{Fetch, Reach};
use crate::platform::id::{Number, NumberKind};

/// Of which certificate, and where to put it.
#[derive(Debug, Args)]
pub(in crate::cli) struct BundleArgs {
    /// The certificate's number, CRT-…
    number: String,
    /// The directory that holds it: `https://stipple.example`
    #[arg(long, value_name = "URL")]
    directory: String,
    /// Where to write it; CRT-….bundle.json where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the directory's roots here as well, to be compared with what others have and kept
    #[arg(long, value_name = "FILE")]
    roots: Option<PathBuf>,
}

pub(super) async fn run(args: &BundleArgs) -> Outcome {
    let number = Number::parse(&args.number, NumberKind::Certificate).map_err(|error| format!("{error}"))?;
    let base = args.directory.trim_end_matches('/');
    let fetch = Fetch::new(Reach::Chosen, &[], &[])?;
    let bytes = fetch.get(&format!("{base}/v1/certificates/{number}/bundle"), limits::BUNDLE_BYTES).await?;
    if !bundle::is_one(&bundle::parse(&bytes)?) {
        return Err(format!("{base} answered something that is no bundle").into());
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{number}.bundle.json")));
    files::write_new(&out, &bytes, Readers::Everybody)?;
    say(format_args!("bundle               {}", out.display()));
    if let Some(path) = &args.roots {
        let bytes = fetch.get(&format!("{base}/v1/roots"), limits::CERTIFICATE_BYTES).await?;
        bundle::Roots::read(&bytes).map_err(|error| format!("the roots: {error}"))?;
        files::write_new(path, &bytes, Readers::Everybody)?;
        say(format_args!("roots                {}", path.display()));
    }
    say("It verifies with no network: stipple certificate verify --offline BUNDLE --trust ROOTS");
    Ok(ExitCode::SUCCESS)
}
