//! The address of a mail server.

use url::{Host, Url};

use super::Secret;

/// Whether a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: the server is on this machine, or the address says so.
    None,
    /// From STARTTLS on, before anything else is said.
    StartTls,
    /// From the first byte.
    Wrapped,
}

/// A mail server, as `smtp://user:password@host:587` or `smtps://…` names it.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Its host.
    pub host: String,
    /// Its port: 25 without TLS, 587 with STARTTLS and 465 with TLS from the first byte, unless the address says.
    pub port: u16,
    /// The user and the password to come with.
    pub user: Option<(Secret, Secret)>,
}

impl MailServer {
    /// Reads the address.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it: it holds a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("not a URL ({error})"))?;
        // The host of a scheme that URLs know nothing of is not told apart from a name.
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            _ => return Err("there is no host in it".to_owned()),
        };
        let ip = host.parse::<std::net::IpAddr>();
        let is_here = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("there is more after the host than belongs there".to_owned());
        }
        let tls = match (url.scheme(), url.query()) {
            ("smtp", None) if is_here => Tls::None,
            ("smtp", None) => Tls::StartTls,
            ("smtp", Some("tls=none")) => Tls::None,
            ("smtps", None) => Tls::Wrapped,
            ("smtp" | "smtps", Some(_)) => {
                return Err("the only parameter is `tls=none`, of smtp://".to_owned());
            }
            _ => return Err("must begin with smtp:// or smtps://".to_owned()),
        };
        let usual = match tls {
            Tls::None => 25,
            Tls::StartTls => 587,
            Tls::Wrapped => 465,
        };
        let user = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => {
                return Err("a user needs a password, and a password a user".to_owned());
            }
            (user, Some(password)) => Some((decoded(user), decoded(password))),
        };
        Ok(Self { tls, host, port: url.port().unwrap_or(usual), user })
    }
}

/// What a part of an address says, its `%` signs read.
fn decoded(part: &str) -> Secret {
    // What has a meaning in a form has none here.
    let escaped = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let plain = url::form_urlencoded::parse(escaped.as_bytes()).next();
    Secret::new(plain.map_or_else(String::new, |(name, _)| name.into_owned()))
}

/// Whether a text is one e-mail address that a header can hold.
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
    !local.is_empty() && host.contains('.') && local.chars().all(plain) && host.chars().all(plain)
}
