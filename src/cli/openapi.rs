//! `stipple openapi`: the description of the API, without a server.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Outcome, say};

/// Which form to print.
#[derive(Debug, Args)]
pub(super) struct OpenapiArgs {
    /// 3.1, or 3.0 for generators that need it
    #[arg(long, default_value = "3.1")]
    version: Version,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Version {
    #[value(name = "3.1")]
    V3_1,
    #[value(name = "3.0")]
    V3_0,
}

pub(super) fn run(args: &OpenapiArgs) -> Outcome {
    let documents = crate::api::documents();
    let document = match args.version {
        Version::V3_1 => &documents.v3_1,
        Version::V3_0 => &documents.v3_0,
    };
    say(serde_json::to_string_pretty(document)?);
    Ok(ExitCode::SUCCESS)
}
