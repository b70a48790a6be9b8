//! Letters to a mail server (RFC 5321).

use std::fmt;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::config::limits;
use crate::config::mail::{MailServer, Tls};
use crate::platform::jobs::Failed;

/// How long a letter may take from the connection to the last answer; within what a job may take.
const WHOLE: Duration = Duration::from_secs(40);

/// A mail server. Clones share its settings; each letter opens a connection of its own.
#[derive(Clone)]
pub struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// Its host, for the log.
    host: String,
}

/// Never the user's name nor the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Server {
    /// The server at an address; `hello` is the name this service goes by.
    ///
    /// # Errors
    /// When its host cannot be a name that TLS confirms.
    pub fn new(address: &MailServer, hello: &str) -> Result<Self, String> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match address.tls {
            Tls::None => Ok(Transport::builder_dangerous(&address.host)),
            Tls::StartTls => Transport::starttls_relay(&address.host),
            Tls::Wrapped => Transport::relay(&address.host),
        };
        let mut builder = builder
            .map_err(|error| format!("the host of the mail server: {error}"))?
            .port(address.port)
            .timeout(Some(limits::SMTP_WAIT))
            .hello_name(ClientId::Domain(hello.to_owned()));
        if let Some((user, password)) = &address.user {
            builder =
                builder.credentials(Credentials::new(user.reveal().to_owned(), password.reveal().to_owned()));
        }
        Ok(Self { transport: builder.build(), host: address.host.clone() })
    }

    /// Hands a message over.
    ///
    /// # Errors
    /// Why it was not taken: [`Failed::ForGood`] where the server refused it for good (a reply of 5yz). What a
    /// server says may quote the letter, so only its code is told.
    pub(super) async fn send(&self, from: &str, to: &str, message: &[u8]) -> Result<(), Failed> {
        let address = |text: &str| {
            let parsed = text.parse::<Address>();
            parsed.map_err(|_| Failed::ForGood("an address that cannot be written to".to_owned()))
        };
        let envelope = Envelope::new(Some(address(from)?), vec![address(to)?])
            .map_err(|_| Failed::ForGood("a letter to nobody".to_owned()))?;
        match tokio::time::timeout(WHOLE, self.transport.send_raw(&envelope, message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.failed(&error)),
            Err(_) => Err(format!("the mail server {} took too long", self.host).into()),
        }
    }

    fn failed(&self, error: &Error) -> Failed {
        let host = &self.host;
        let code = error.status().map_or_else(String::new, |code| format!(" ({code})"));
        if error.is_permanent() {
            return Failed::ForGood(format!("the mail server {host} refused the letter{code}"));
        }
        let what = if error.is_transient() {
            "does not take the letter now"
        } else if error.is_timeout() {
            "did not answer in time"
        } else if error.is_tls() {
            "cannot be spoken to over TLS"
        } else {
            "cannot be reached, or broke off"
        };
        Failed::ForNow(format!("the mail server {host} {what}{code}"))
    }
}
