//! The `stipple` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    stipple::cli::run()
}
