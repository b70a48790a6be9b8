//! `stipple certificate check`: holds every certificate of this directory against what was taken in.

use std::process::ExitCode;

use crate::certificates;
use crate::cli::{Outcome, Purpose, SettingsArgs, open, progress, say};

pub(super) async fn run(settings: &SettingsArgs) -> Outcome {
    let app = open(settings.load()?, Purpose::Command).await?;
    let bar = progress(0, "checked");
    let (all, damaged) = certificates::check(&app, |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    app.db.close().await;
    for one in &damaged {
        say(format_args!("{}: {}", one.number, one.why));
    }
    if damaged.is_empty() {
        say(format_args!("{all} certificates, each as it was taken in, with its academy's signature."));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!(
        "{} of {all} certificates are not what was taken in. Put their bytes back from another backup: anybody who \
         holds one has them too, and the public log has the digest of each.",
        damaged.len()
    ));
    Ok(ExitCode::FAILURE)
}
