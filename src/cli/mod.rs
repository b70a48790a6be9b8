//! The command line: one file a command.
//!
//! Exit codes everywhere: 0 good, 1 bad (a certificate that is not valid, a check that failed), 2 cannot
//! tell, misused, or could not run.

mod archive;
mod certificate;
mod demo;
mod files;
mod health;
mod key;
mod log;
mod open;
mod openapi;
mod reindex;
mod serve;
mod settings;
pub mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{self, Config, ConfigError};

pub use open::{Purpose, open};

/// An open directory of scalp micropigmentation practitioners in which every claim of training can be checked.
#[derive(Debug, Parser)]
#[command(name = "stipple", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

/// Where the settings come from. Every setting can also be given as a `STIPPLE_…` variable.
#[derive(Clone, Debug, Args)]
pub struct SettingsArgs {
    /// A TOML file with settings; `stipple check-config --defaults` prints one to start from
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where everything lives: database, search index, photos, keys
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl SettingsArgs {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(self.config.as_deref(), &config::environment())?;
        if let Some(data_dir) = &self.data_dir {
            config.data_dir.clone_from(data_dir);
        }
        Ok(config)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a directory to look around in, with really signed certificates, and serve it
    Demo(demo::DemoArgs),
    /// Serve the API and the pages
    Serve(serve::ServeArgs),
    /// Ask the service that listens where the settings say whether it is ready; 0 if it is
    Health,
    /// Bring the database's schema up to date and stop
    Migrate,
    /// Make, list and revoke the tokens of operators, academies and practitioners
    Token(token::TokenArgs),
    /// Make the search index anew from the database
    Reindex,
    /// Write everything into an archive, to take it in elsewhere; the service may go on meanwhile
    Export(archive::ExportArgs),
    /// Take an archive into a new, empty directory, on whichever database; the service it comes from must have stopped
    Import(archive::ImportArgs),
    /// Keep archives in a folder, named by their time; the service may go on meanwhile
    Backup(archive::BackupArgs),
    /// Take a backup into a new, empty directory
    Restore(archive::ImportArgs),
    /// Print the OpenAPI document
    Openapi(openapi::OpenapiArgs),
    /// Make, show and prove signing keys; nothing leaves this machine
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Sign and verify certificates in files; only `issue` and `bundle` ask a directory
    #[command(subcommand)]
    Certificate(certificate::CertificateCommand),
    /// Follow the public log from outside, and put it right from inside
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Check the settings and print what comes out of defaults, file and environment
    CheckConfig(settings::CheckConfigArgs),
}

/// Why a command could not do its work: words for a person.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a command comes to.
pub type Outcome = Result<ExitCode, Failure>;

/// Runs the command line; the process's exit code comes back.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Demo(args) => block_on(demo::run(&cli.settings, args)),
        Command::Serve(args) => block_on(serve::run(&cli.settings, args)),
        Command::Health => block_on(health::run(&cli.settings)),
        Command::Migrate => block_on(serve::migrate(&cli.settings)),
        Command::Token(args) => block_on(token::run(&cli.settings, args)),
        Command::Reindex => block_on(reindex::run(&cli.settings)),
        Command::Export(args) => block_on(archive::export(&cli.settings, args)),
        Command::Import(args) => block_on(archive::import(&cli.settings, args)),
        Command::Backup(args) => block_on(archive::backup(&cli.settings, args)),
        Command::Restore(args) => block_on(archive::restore(&cli.settings, args)),
        Command::Openapi(args) => openapi::run(&args),
        Command::Key(command) => key::run(command),
        Command::Certificate(command) => block_on(certificate::run(&cli.settings, command)),
        Command::Log(command) => block_on(log::run(&cli.settings, command)),
        Command::CheckConfig(args) => settings::run(&cli.settings, &args),
    };
    outcome.unwrap_or_else(|failure| {
        complain(&failure);
        ExitCode::from(2)
    })
}

/// Runs a command that waits for things.
fn block_on(command: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

/// Prints a line for a person or a pipe.
///
/// A reader that stops early, as `head` does, loses only the lines: what a command found out is in its exit
/// code. Output that cannot be written for another reason, such as a full disk, ends the process with 2.
pub fn say(line: impl std::fmt::Display) {
    use std::io::{ErrorKind, Write as _};
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {error}").into());
            std::process::exit(2);
        }
        _ => {}
    }
}

/// Prints a line for a person, where it does not mix with output.
#[expect(clippy::print_stderr, reason = "what a person is asked about must not end up in a file")]
pub fn note(line: &str) {
    eprintln!("{line}");
}

/// Prints what went wrong, with its causes, where it does not mix with output.
#[expect(clippy::print_stderr, reason = "the one place that writes to standard error")]
pub fn complain(failure: &Failure) {
    eprintln!("stipple: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}

/// A bar for long work on a terminal; elsewhere it shows nothing.
fn progress(count: u64, message: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(count).with_message(message);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
