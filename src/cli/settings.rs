//! `stipple check-config`: what the settings come to.

use std::process::ExitCode;

use clap::Args;

use super::{Outcome, SettingsArgs, say};
use crate::config;

/// What to print.
#[derive(Debug, Args)]
pub(super) struct CheckConfigArgs {
    /// Print the defaults file, which documents every setting, instead
    #[arg(long)]
    defaults: bool,
}

pub(super) fn run(settings: &SettingsArgs, args: &CheckConfigArgs) -> Outcome {
    if args.defaults {
        say(config::DEFAULTS.trim_end());
    } else {
        say(format_args!("{:#?}", settings.load()?));
    }
    Ok(ExitCode::SUCCESS)
}
