//! `stipple certificate`: certificates in files, signed and verified without a network; and a class at a time, sent.

mod act;
mod bundle;
mod check;
mod issue;
mod sign;
mod verify;

use clap::Subcommand;

use super::{Outcome, SettingsArgs};

/// What to do with certificates.
#[derive(Debug, Subcommand)]
pub(super) enum CertificateCommand {
    /// Sign a certificate with the academy's own key, after showing what it says
    Sign(Box<sign::SignArgs>),
    /// Sign certificates for a whole class from a CSV file, and submit them; what was cut off is gone on with
    Issue(Box<issue::IssueArgs>),
    /// Sign a status list, so that certificates can be revoked for everybody to see
    StatusList(act::StatusListArgs),
    /// Sign an act on a certificate: revoke, suspend, reinstate, supersede, issued-in-error
    Act(act::ActArgs),
    /// Fetch everything it takes to verify a certificate without a network, for ever
    Bundle(bundle::BundleArgs),
    /// Hold every certificate of this directory against what was taken in, as after a restored backup
    Check,
    /// Check a certificate; exit 0 when it is valid, 1 when it is not, 2 when that cannot be told
    Verify(verify::VerifyArgs),
}

pub(super) async fn run(settings: &SettingsArgs, command: CertificateCommand) -> Outcome {
    match command {
        CertificateCommand::Sign(args) => sign::run(&args),
        CertificateCommand::Issue(args) => issue::run(&args).await,
        CertificateCommand::Bundle(args) => bundle::run(&args).await,
        CertificateCommand::Check => check::run(settings).await,
        CertificateCommand::StatusList(args) => act::status_list(&args),
        CertificateCommand::Act(args) => act::act(&args),
        CertificateCommand::Verify(args) => verify::run(&args),
    }
}
