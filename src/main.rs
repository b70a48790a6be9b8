//! The `stipple` command.

use std::process::ExitCode;

/// Answers are made on one thread and sent and freed on others, which is what the system's allocator is
/// slowest at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    stipple::cli::run()
}
