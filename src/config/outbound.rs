//! How the service asks other hosts, such as academies' own sites.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The `[outbound]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Hosts whose addresses are given here, as `host=address:port`.
    pub known_hosts: Vec<String>,
    /// A PEM file with further certificate authorities; empty for none.
    pub authorities: PathBuf,
}

impl Outbound {
    /// The known hosts, read.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be read.
    pub fn hosts(&self) -> Result<Vec<(String, SocketAddr)>, String> {
        let read = |text: &String| {
            let (host, at) = text.split_once('=')?;
            let at: SocketAddr = at.trim().parse().ok()?;
            super::is_host(host.trim()).then(|| (host.trim().to_owned(), at))
        };
        self.known_hosts
            .iter()
            .map(|text| {
                read(text).ok_or_else(|| format!("`{text}` must be like academy.example=10.0.0.7:443"))
            })
            .collect()
    }
}
