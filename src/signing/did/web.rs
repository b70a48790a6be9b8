//! did:web: a DID that is a place on the web (did:web method specification section 2).

use std::fmt;

/// A did:web in its one form: a lower-case host name, an optional port, and path segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DidWeb {
    host: String,
    port: Option<u16>,
    path: Vec<String>,
}

/// Why a text is not a did:web.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DidWebError {
    /// It does not start with `did:web:`.
    #[error("a did:web starts with did:web:")]
    Method,
    /// The host is empty, has upper-case letters, or is an address of numbers.
    #[error("the host of a did:web is a lower-case domain name, never an IP address")]
    Host,
    /// The port is not a number; it is written `%3A8443`.
    #[error("the port of a did:web is written like %3A8443")]
    Port,
    /// A path segment is empty or has characters that need escaping.
    #[error("the path segments of a did:web are letters, digits, full stops, hyphens and underscores")]
    Path,
}

impl DidWeb {
    /// A did:web at a host, under path segments.
    ///
    /// # Errors
    /// [`DidWebError`], saying which part does not fit.
    pub fn new<'a>(
        host: &str,
        port: Option<u16>,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, DidWebError> {
        let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
        check_parts(host, path.iter().map(String::as_str))?;
        let host = host.to_owned();
        Ok(Self { host, port, path })
    }

    /// Reads `did:web:host`, `did:web:host%3Aport:a:b`.
    ///
    /// # Errors
    /// [`DidWebError`], saying which part does not fit.
    pub fn parse(text: &str) -> Result<Self, DidWebError> {
        let (host, port, path) = split(text)?;
        Self::new(host, port, path)
    }

    /// Whether a text is a did:web, without keeping it.
    ///
    /// # Errors
    /// [`DidWebError`], saying which part does not fit.
    pub fn check(text: &str) -> Result<(), DidWebError> {
        let (host, _, path) = split(text)?;
        check_parts(host, path)
    }

    /// The host name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where the DID names one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path segments.
    #[must_use]
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Where the DID document is: `https://host/.well-known/did.json`, or
    /// `https://host/a/b/did.json`.
    #[must_use]
    pub fn document_url(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = if self.path.is_empty() { ".well-known".to_owned() } else { self.path.join("/") };
        format!("https://{}{port}/{path}/did.json", self.host)
    }
}

impl fmt::Display for DidWeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:web:{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, "%3A{port}")?;
        }
        self.path.iter().try_for_each(|segment| write!(f, ":{segment}"))
    }
}

/// Host, port and path segments, of which only the port has been checked.
fn split(text: &str) -> Result<(&str, Option<u16>, std::str::Split<'_, char>), DidWebError> {
    let rest = text.strip_prefix("did:web:").ok_or(DidWebError::Method)?;
    let mut parts = rest.split(':');
    let authority = parts.next().unwrap_or_default();
    let Some((host, port)) = authority.split_once("%3A") else {
        return Ok((authority, None, parts));
    };
    let number: u16 = port.parse().map_err(|_| DidWebError::Port)?;
    // One form only: no sign, no leading zero, no port 0.
    if number == 0 || number.to_string() != port {
        return Err(DidWebError::Port);
    }
    Ok((host, Some(number), parts))
}

fn check_parts<'a>(host: &str, mut path: impl Iterator<Item = &'a str>) -> Result<(), DidWebError> {
    if !is_host(host) {
        return Err(DidWebError::Host);
    }
    if path.all(is_segment) { Ok(()) } else { Err(DidWebError::Path) }
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    // A name whose last label is a number would be read as an IPv4 address (URL Standard 3.5).
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253 && host.split('.').all(label) && !last.starts_with(|c: char| c.is_ascii_digit())
}

fn is_segment(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    !segment.is_empty() && segment.bytes().all(plain) && !segment.bytes().all(|b| b == b'.')
}
