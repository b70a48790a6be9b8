//! `stipple health`: whether a service that runs here answers, for whoever watches a container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;

use super::{Outcome, SettingsArgs, note};
use crate::platform::fetch::{Fetch, Reach};

/// The most bytes that are read of the answer.
const LIMIT: usize = 64 * 1024;

pub(super) async fn run(settings: &SettingsArgs) -> Outcome {
    let mut address = settings.load()?.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let fetch = Fetch::new(Reach::Chosen, &[], &[])?;
    match fetch.get(&format!("http://{address}/readyz"), LIMIT).await {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            note(&error.to_string());
            Ok(ExitCode::FAILURE)
        }
    }
}
