//! Who asks: the caller's address behind trusted proxies, and the key its quota is kept under.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use poem::{Addr, Request};

use crate::config::http::{Network, first_bits};

/// Whom a quota and an idempotency key belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallerKey {
    /// Somebody without a token: an IPv4 address, or the /64 of an IPv6 address, which is what one
    /// subscriber has.
    Address(IpAddr),
    /// Somebody with a token: the opaque id of that token.
    Token(Arc<str>),
    /// Everybody there is no room to tell apart.
    Crowd,
}

impl CallerKey {
    /// The key of an address.
    pub fn of_address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(first_bits(address, 64)),
        })
    }

    /// The key of a token, by its id (never by the token itself).
    pub fn of_token(id: impl Into<Arc<str>>) -> Self {
        Self::Token(id.into())
    }
}

impl fmt::Display for CallerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Crowd => f.write_str("crowd"),
        }
    }
}

/// The caller's address: the peer's, or what the nearest trusted proxies say about it.
///
/// Proxies append, so the list is read from its right end: the first address that is not itself a
/// trusted proxy is the caller. What stands left of it may have been written by the caller.
pub fn address(request: &Request, trusted: &[Network]) -> IpAddr {
    let peer = match &request.remote_addr().0 {
        Addr::SocketAddr(address) => address.ip().to_canonical(),
        Addr::Unix(_) | Addr::Custom(..) => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    if trusted.is_empty() || !is_trusted(peer, trusted) {
        return peer;
    }
    let mut nearest = peer;
    for hop in forwarded(request).into_iter().rev() {
        let Some(hop) = hop else { return nearest };
        nearest = hop;
        if !is_trusted(hop, trusted) {
            return hop;
        }
    }
    nearest
}

fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// The hops of `Forwarded` (RFC 7239), or of `X-Forwarded-For` when there is none, leftmost first;
/// `None` for a hop that is hidden or no address.
fn forwarded(request: &Request) -> Vec<Option<IpAddr>> {
    let values = |name| {
        let values = request.headers().get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect::<Vec<_>>()
    };
    let standard = values("forwarded");
    if standard.is_empty() {
        return values("x-forwarded-for").into_iter().map(hop).collect();
    }
    standard
        .into_iter()
        .map(|element| {
            element.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                if name.trim().eq_ignore_ascii_case("for") { hop(value) } else { None }
            })
        })
        .collect()
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`, quoted or not.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok()?;
    Some(IpAddr::to_canonical(&address))
}
