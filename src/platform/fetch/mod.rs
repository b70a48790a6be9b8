//! The one way out: an HTTP client that follows nothing, waits for nobody for long, and takes in no more than it is
//! told to.
//!
//! Two reaches. [`Reach::Strangers`] is for addresses that somebody else chose, such as the host in an academy's DID:
//! only https, only names, and only hosts whose every address is a public one; the check is made on the very addresses
//! that are then connected to, so a name that answers differently the second time gains nothing. [`Reach::Chosen`] is
//! for addresses that whoever runs the command typed in.

mod addresses;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, StatusCode, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::{Host, Url};

pub use addresses::is_public;
pub use reqwest::Method;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take from the first to the last byte.
const WHOLE: Duration = Duration::from_secs(10);

/// The certificate authorities of a PEM file; none where there is no path.
///
/// # Errors
/// When the file cannot be read, or has none.
pub fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let shown = path.display();
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!("{shown} has no certificate in it")),
        Err(error) => Err(format!("{shown} cannot be read: {error}")),
    }
}

/// Whose addresses are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Addresses that somebody else chose.
    Strangers,
    /// Addresses that whoever runs this chose.
    Chosen,
}

/// Why nothing was fetched, in words that may be shown to whoever chose the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not one that is asked.
    #[error("{0} is not fetched: {1}")]
    Refused(String, &'static str),
    /// Nobody answered, or not in time, or not over good TLS.
    #[error("{0} could not be fetched: {1}")]
    Failed(String, String),
    /// It answered with another status than 200.
    #[error("{0} answered {1}")]
    Status(String, u16),
    /// It answered with more than is taken in.
    #[error("{0} answered with more than {1} bytes")]
    TooLarge(String, usize),
}

/// A host whose address is given, in place of what the name service says. It may be a private one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHost {
    /// The host's name.
    pub host: String,
    /// Where it is.
    pub at: SocketAddr,
}

/// A request of any kind.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The method.
    pub method: Method,
    /// Where to.
    pub address: &'a str,
    /// The bearer token, where there is one.
    pub token: Option<&'a str>,
    /// The media type and the bytes that are sent.
    pub body: Option<(&'a str, Vec<u8>)>,
    /// The most bytes that are taken in.
    pub limit: usize,
    /// How long it may take from the first to the last byte.
    pub within: Duration,
}

/// The client. Clones share its connections.
#[derive(Clone)]
pub struct Fetch {
    client: Client,
    reach: Reach,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetch({:?})", self.reach)
    }
}

impl Fetch {
    /// A client of that reach. `known` are hosts whose addresses are given, `authorities` further certificate
    /// authorities; both are for networks of one's own.
    ///
    /// # Errors
    /// When an authority cannot be read, or TLS cannot be set up.
    pub fn new(
        reach: Reach,
        known: &[KnownHost],
        authorities: &[CertificateDer<'static>],
    ) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        for authority in authorities {
            roots.add(authority.clone()).map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("stipple/", env!("CARGO_PKG_VERSION")));
        if reach == Reach::Strangers {
            builder = builder.https_only(true).dns_resolver(PublicOnly);
        }
        // Given addresses go before the resolver.
        for KnownHost { host, at } in known {
            builder = builder.resolve(host, *at);
        }
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { client, reach })
    }

    /// Fetches a document of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn get(&self, address: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        let url = self.check(address)?;
        let shown = url.to_string();
        match self.send(self.client.get(url), &shown, limit).await? {
            (StatusCode::OK, bytes) => Ok(bytes),
            (status, _) => Err(FetchError::Status(shown, status.as_u16())),
        }
    }

    /// Sends a document, with the caller's token where there is one, and answers status and body whatever the status is. Without a body it
    /// only asks.
    ///
    /// # Errors
    /// [`FetchError`], except for a status.
    pub async fn call(
        &self,
        address: &str,
        token: Option<&str>,
        body: Option<(&str, Vec<u8>)>,
        limit: usize,
    ) -> Result<(u16, Vec<u8>), FetchError> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        self.ask(Ask { method, address, token, body, limit, within: WHOLE }).await
    }

    /// Sends a request of any kind, and answers status and body whatever the status is.
    ///
    /// # Errors
    /// [`FetchError`], except for a status.
    pub async fn ask(&self, ask: Ask<'_>) -> Result<(u16, Vec<u8>), FetchError> {
        let url = self.check(ask.address)?;
        let shown = url.to_string();
        let mut request = self.client.request(ask.method, url).timeout(ask.within);
        if let Some((media_type, bytes)) = ask.body {
            request = request.header("content-type", media_type).body(bytes);
        }
        if let Some(token) = ask.token {
            request = request.bearer_auth(token);
        }
        let (status, bytes) = self.send(request, &shown, ask.limit).await?;
        Ok((status.as_u16(), bytes))
    }

    /// Sends a request as it stands, headers and all, and answers what comes back, whatever the status is. For
    /// libraries that sign what they send.
    ///
    /// # Errors
    /// [`FetchError`], except for a status.
    pub async fn exchange(
        &self,
        request: hyper::Request<Bytes>,
        limit: usize,
        within: Duration,
    ) -> Result<hyper::Response<Bytes>, FetchError> {
        let (parts, body) = request.into_parts();
        let url = self.check(&parts.uri.to_string())?;
        let shown = url.to_string();
        let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let failed = |error: &reqwest::Error| FetchError::Failed(shown.clone(), why(error));
        let answer = request.timeout(within).send().await.map_err(|error| failed(&error))?;
        let mut response = hyper::Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        response.headers_mut().clone_from(answer.headers());
        *response.body_mut() = Self::take_in(answer, &shown, limit).await?.into();
        Ok(response)
    }

    async fn take_in(
        mut answer: reqwest::Response,
        shown: &str,
        limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        let failed = |error: reqwest::Error| FetchError::Failed(shown.to_owned(), why(&error));
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > limit {
                return Err(FetchError::TooLarge(shown.to_owned(), limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        shown: &str,
        limit: usize,
    ) -> Result<(StatusCode, Vec<u8>), FetchError> {
        let failed = |error: reqwest::Error| FetchError::Failed(shown.to_owned(), why(&error));
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        Ok((status, Self::take_in(answer, shown, limit).await?))
    }

    fn check(&self, address: &str) -> Result<Url, FetchError> {
        let refused = |why| Err(FetchError::Refused(address.chars().take(200).collect(), why));
        let Ok(url) = Url::parse(address) else { return refused("it is no web address") };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("it carries a password");
        }
        match (self.reach, url.scheme(), url.host()) {
            (_, "https", Some(Host::Domain(_))) | (Reach::Chosen, "http" | "https", Some(_)) => Ok(url),
            (Reach::Strangers, "https", Some(_)) => refused("it names a machine by number"),
            _ => refused("only https is asked"),
        }
    }
}

/// The last cause, which says what happened; the ones before only say that something did.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Looks a name up, and answers only where every address of it is public.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !is_public(address.ip())) {
                return Err("the name leads to an address that is not public".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
