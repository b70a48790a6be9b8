//! How the service faces the network: proxies, time-outs, quotas.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// The `[http]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Proxies whose word about the caller's address is believed.
    pub trusted_proxies: Vec<Network>,
    /// Connections at once.
    pub max_connections: usize,
    /// How long a caller may take over a request's header, and how long a connection may idle, in
    /// milliseconds.
    pub header_read_ms: u64,
    /// How long an operation may take, in milliseconds.
    pub request_ms: u64,
    /// How long a shutdown waits for what is running, in milliseconds.
    pub shutdown_ms: u64,
    /// Reads one caller may make in a minute; 0 is no limit.
    pub reads_per_minute: u32,
    /// Changes one caller may make in a minute; 0 is no limit.
    pub writes_per_minute: u32,
    /// Verifications one caller may ask for in a minute; 0 is no limit.
    pub verifications_per_minute: u32,
    /// Pictures one caller may ask about in a minute; 0 is no limit.
    pub image_checks_per_minute: u32,
    /// Verifications computed at once; 0 is two for each core.
    pub verify_at_once: usize,
    /// Searches computed at once; 0 is two for each core.
    pub search_at_once: usize,
    /// Requests that may wait for a place in each of the two.
    pub queue: usize,
    /// How long one of them waits, in milliseconds.
    pub queue_wait_ms: u64,
}

impl Default for Http {
    /// The values of the defaults file, which its test compares.
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            max_connections: 4096,
            header_read_ms: 15_000,
            request_ms: 30_000,
            shutdown_ms: 20_000,
            reads_per_minute: 12_000,
            writes_per_minute: 6_000,
            verifications_per_minute: 6_000,
            image_checks_per_minute: 10,
            verify_at_once: 0,
            search_at_once: 0,
            queue: 256,
            queue_wait_ms: 2_000,
        }
    }
}

impl Http {
    /// No quotas, short waits: what tests start from.
    pub fn for_tests() -> Self {
        Self {
            reads_per_minute: 0,
            writes_per_minute: 0,
            verifications_per_minute: 0,
            image_checks_per_minute: 0,
            header_read_ms: 2_000,
            shutdown_ms: 2_000,
            ..Self::default()
        }
    }

    /// How long a request's header may take.
    pub const fn header_read_time(&self) -> Duration {
        Duration::from_millis(self.header_read_ms)
    }

    /// How long an operation may take.
    pub const fn request_time(&self) -> Duration {
        Duration::from_millis(self.request_ms)
    }

    /// How long a shutdown waits.
    pub const fn shutdown_time(&self) -> Duration {
        Duration::from_millis(self.shutdown_ms)
    }

    /// How long a request waits for a place.
    pub const fn queue_wait(&self) -> Duration {
        Duration::from_millis(self.queue_wait_ms)
    }

    /// What is wrong with the section: a setting's name and what would be right.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let at_least = |name, value: u64, least: u64| {
            if value < least { Err((name, format!("must be at least {least}"))) } else { Ok(()) }
        };
        at_least("http.max_connections", self.max_connections as u64, 1)?;
        at_least("http.header_read_ms", self.header_read_ms, 100)?;
        at_least("http.request_ms", self.request_ms, 100)
    }
}

/// A network in CIDR notation, such as `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the address is in the network. An IPv4 address written as IPv6 counts as itself.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                first_bits(network, self.bits) == first_bits(address, self.bits)
            }
            _ => false,
        }
    }
}

/// The address with everything after its first `bits` bits set to zero.
pub fn first_bits(address: Ipv6Addr, bits: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & mask)
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a network such as 10.0.0.0/8 or fd00::/8, nor an address");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
