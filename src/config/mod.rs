//! Settings: defaults, then a file, then the environment, read once at start.
//!
//! `default.toml` beside this file is read first and documents every setting, so a setting without a
//! default or without a sentence cannot exist. A name nobody knows is refused, naming the nearest.

pub mod http;
pub mod interop;
pub mod limits;
pub mod log;
pub mod mail;
pub mod outbound;
pub mod storage;
pub mod transparency;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::{Table, Value};
use url::Url;
use zeroize::{Zeroize, ZeroizeOnDrop};

use self::storage::Bucket;

/// The defaults file, which is also the reference.
pub const DEFAULTS: &str = include_str!("default.toml");

/// All settings of one process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// The address the world sees, without a trailing slash; empty until the data directory is opened.
    pub public_url: String,
    /// The host in the academies' did:web identifiers; empty until the data directory is opened.
    pub issuer_host: String,
    /// Where everything lives by default.
    pub data_dir: PathBuf,
    /// What cursors are signed and personal data is sealed with; empty until the data directory is opened.
    pub secret: Secret,
    /// Empty for SQLite in the data directory, or a PostgreSQL URL.
    pub database_url: Secret,
    /// Empty, or the URL of a copy of the `PostgreSQL` database that may be behind it, for reads.
    pub database_replica_url: Secret,
    /// Database connections at most.
    pub database_connections: u32,
    /// How long a request waits for a connection, in milliseconds.
    pub database_wait_ms: u64,
    /// Which search engine: `embedded`, or the address of a Meilisearch server.
    pub search_url: String,
    /// The key that Meilisearch asks for.
    pub search_key: Secret,
    /// What the index is called on a Meilisearch server.
    pub search_index: String,
    /// Which blob store: empty for a folder in the data directory, or the address of a bucket.
    pub storage_url: String,
    /// The id of the key to the bucket.
    pub storage_key_id: String,
    /// The key to the bucket.
    pub storage_key: Secret,
    /// Where letters go: empty for a folder in the data directory, or the address of a mail server.
    pub mail_url: Secret,
    /// Whom letters are from; empty for `no-reply` at the issuer host.
    pub mail_from: String,
    /// How the service faces the network.
    pub http: http::Http,
    /// How other hosts are asked.
    pub outbound: outbound::Outbound,
    /// What is set for other people's clients.
    pub interop: interop::Interop,
    /// Who watches the public log.
    pub transparency: transparency::Transparency,
    /// What is logged.
    pub log: log::Log,
}

/// How many connections the database pools may open.
#[derive(Clone, Copy, Debug)]
pub struct PoolLimits {
    /// Connections at most (readers, on `SQLite`).
    pub connections: u32,
    /// How long a caller waits for one before it is told that the database is unavailable.
    pub acquire_timeout: Duration,
}

/// A setting that must not be printed.
#[derive(Clone, Default, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(not set)" } else { "(secret)" })
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or a value is of the wrong type.
    #[error("{0}")]
    Form(String),
    /// No setting of that name.
    #[error("{name} is not a setting{hint}; `stipple check-config --defaults` prints all of them")]
    Unknown {
        /// The name given.
        name: String,
        /// The nearest real one, as a clause.
        hint: String,
    },
    /// A value of the right type that cannot work.
    #[error("{name}: {problem}")]
    Value {
        /// Which setting.
        name: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// The process environment's `STIPPLE_…` variables.
pub fn environment() -> BTreeMap<String, String> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("STIPPLE_"))
        .collect()
}

impl Config {
    /// The bucket for photos and documents; nothing where they are in the data directory.
    ///
    /// # Errors
    /// What is wrong with its address.
    pub fn bucket(&self) -> Result<Option<Bucket>, String> {
        if self.storage_url.is_empty() {
            return Ok(None);
        }
        Bucket::parse(&self.storage_url, &self.storage_key_id, &self.storage_key).map(Some)
    }

    /// The address of the search server; nothing where the engine is in this process.
    pub fn search_server(&self) -> Option<&str> {
        (self.search_url != "embedded").then_some(self.search_url.as_str())
    }

    /// Defaults, then the file, then the variables; then checked as a whole.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting.
    pub fn load(file: Option<&Path>, variables: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut settings = defaults();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { path: path.display().to_string(), source })?;
            let table: Table = text.parse().map_err(|error: toml::de::Error| {
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                ConfigError::Form(format!("{}: line {line}: {}", path.display(), in_words(error)))
            })?;
            overlay(&mut settings, table, "")?;
        }
        let known = variable_names(&settings);
        for (name, value) in variables {
            // The test suite's own switches are not settings of the service.
            if name.starts_with("STIPPLE_TEST_") {
                continue;
            }
            // A setting in a file of its own, as secrets are handed to containers.
            let in_file = name.strip_suffix("_FILE").filter(|_| !known.contains_key(name));
            let path = known
                .get(in_file.unwrap_or(name))
                .ok_or_else(|| ConfigError::Unknown { name: name.clone(), hint: hint(name, known.keys()) })?;
            if in_file.is_some_and(|plain| variables.contains_key(plain)) {
                return Err(ConfigError::Form(format!(
                    "{name}: the same setting is given without _FILE too"
                )));
            }
            if in_file.is_none() {
                set(&mut settings, path, name, value)?;
                continue;
            }
            let text = std::fs::read_to_string(value).map_err(|source| ConfigError::Read {
                path: format!("{name} names {value}, which"),
                source,
            })?;
            set(&mut settings, path, name, text.trim_end_matches(['\r', '\n']))?;
        }
        let mut config: Self = Value::Table(settings)
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Form(in_words(error)))?;
        config.check()?;
        Ok(config)
    }

    /// The settings tests run with: a data directory of their own, everything else by default.
    ///
    /// # Panics
    /// When the defaults file is wrong, which its own test shows.
    pub fn for_tests(data_dir: &Path) -> Self {
        let mut config = Self::load(None, &BTreeMap::new()).expect("the defaults are valid settings");
        data_dir.clone_into(&mut config.data_dir);
        "http://127.0.0.1:8080".clone_into(&mut config.public_url);
        "stipple.example".clone_into(&mut config.issuer_host);
        config.secret = Secret::new("a secret that only tests know, 32 characters".to_owned());
        config
    }

    /// What the database pools may use.
    pub const fn pool_limits(&self) -> PoolLimits {
        PoolLimits {
            connections: self.database_connections,
            acquire_timeout: Duration::from_millis(self.database_wait_ms),
        }
    }

    fn check_search(&self) -> Result<(), ConfigError> {
        let wrong = |name, problem: &str| Err(ConfigError::Value { name, problem: problem.to_owned() });
        if let Some(url) = self.search_server() {
            let parsed = Url::parse(url).ok();
            let sound = parsed.is_some_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.has_host() && url.password().is_none()
            });
            if !sound || url.ends_with('/') {
                return wrong(
                    "search_url",
                    "must be \"embedded\", or the address of a Meilisearch server without a trailing slash, such as \
                     http://127.0.0.1:7700; its key belongs in search_key",
                );
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.search_index.is_empty()
            || self.search_index.len() > 100
            || !self.search_index.chars().all(plain)
        {
            return wrong("search_index", "must be 1 to 100 letters, digits and hyphens");
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), ConfigError> {
        let wrong = |name, problem: &str| ConfigError::Value { name, problem: problem.to_owned() };
        self.public_url.truncate(self.public_url.trim_end_matches('/').len());
        if !self.public_url.is_empty() {
            check_url(&self.public_url)?;
        }
        if !self.issuer_host.is_empty() && !is_host(&self.issuer_host) {
            return Err(wrong(
                "issuer_host",
                "must be a lower-case host name such as stipple.example, not an IP address",
            ));
        }
        if !self.secret.is_empty() && self.secret.reveal().len() < 32 {
            return Err(wrong("secret", "must have at least 32 characters"));
        }
        let database = self.database_url.reveal();
        if !database.is_empty()
            && !database.starts_with("postgres://")
            && !database.starts_with("postgresql://")
        {
            return Err(wrong(
                "database_url",
                "must be empty (SQLite in the data directory) or begin with postgres://",
            ));
        }
        let replica = self.database_replica_url.reveal();
        if !replica.is_empty() && (database.is_empty() || !replica.starts_with("postgres")) {
            return Err(wrong(
                "database_replica_url",
                "must be a postgres:// URL beside one in database_url, or empty",
            ));
        }
        if !database.is_empty() && self.secret.is_empty() {
            return Err(wrong(
                "secret",
                "must be given with PostgreSQL: every instance has to sign cursors alike",
            ));
        }
        if !(2..=200).contains(&self.database_connections) {
            return Err(wrong("database_connections", "must be between 2 and 200"));
        }
        self.check_search()?;
        self.bucket().map_err(|problem| ConfigError::Value { name: "storage_url", problem })?;
        if !self.mail_url.is_empty() {
            mail::MailServer::parse(self.mail_url.reveal())
                .map_err(|problem| ConfigError::Value { name: "mail_url", problem })?;
        }
        if !self.mail_from.is_empty() && !mail::is_address(&self.mail_from) {
            return Err(wrong("mail_from", "must be one e-mail address, such as no-reply@stipple.example"));
        }
        self.transparency
            .parts()
            .map_err(|problem| ConfigError::Value { name: "transparency.witnesses", problem })?;
        self.outbound
            .hosts()
            .map_err(|problem| ConfigError::Value { name: "outbound.known_hosts", problem })?;
        self.http.check().map_err(|(name, problem)| ConfigError::Value { name, problem })?;
        Ok(())
    }
}

fn check_url(text: &str) -> Result<(), ConfigError> {
    let wrong = |problem: String| ConfigError::Value { name: "public_url", problem };
    let url = Url::parse(text)
        .map_err(|error| wrong(format!("not a URL ({error}); such as https://stipple.example")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || url.query().is_some() {
        return Err(wrong("must be http:// or https:// with a host and no query".to_owned()));
    }
    Ok(())
}

/// What TOML says is wrong, in one line and without the line of the file, which may hold a secret.
fn in_words(mut error: toml::de::Error) -> String {
    error.set_input(None);
    error.to_string().trim().replace('\n', ", ")
}

fn is_host(text: &str) -> bool {
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
        && !text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

fn defaults() -> Table {
    DEFAULTS.parse().expect("the defaults file is TOML, which its own test shows")
}

fn overlay(base: &mut Table, over: Table, prefix: &str) -> Result<(), ConfigError> {
    for (key, value) in over {
        let name = format!("{prefix}{key}");
        let known: Vec<String> = base.keys().map(|key| format!("{prefix}{key}")).collect();
        match (base.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(value)) => overlay(inner, value, &format!("{name}."))?,
            (Some(slot), value) => *slot = value,
            (None, _) => return Err(ConfigError::Unknown { hint: hint(&name, known.iter()), name }),
        }
    }
    Ok(())
}

fn variable_names(settings: &Table) -> BTreeMap<String, Vec<String>> {
    let mut names = BTreeMap::new();
    for (key, value) in settings {
        match value {
            Value::Table(section) => names.extend(section.keys().map(|inner| {
                (
                    format!("STIPPLE_{}_{}", key.to_uppercase(), inner.to_uppercase()),
                    vec![key.clone(), inner.clone()],
                )
            })),
            _ => drop(names.insert(format!("STIPPLE_{}", key.to_uppercase()), vec![key.clone()])),
        }
    }
    names
}

/// Puts a variable's text where its default stands, in the default's own type.
fn set(settings: &mut Table, path: &[String], name: &str, text: &str) -> Result<(), ConfigError> {
    let Some((last, sections)) = path.split_last() else { return Ok(()) };
    let mut table = settings;
    for section in sections {
        let Some(Value::Table(inner)) = table.get_mut(section) else { return Ok(()) };
        table = inner;
    }
    let wrong = |wanted: &str| ConfigError::Form(format!("{name}: must be {wanted}"));
    let value = match table.get(last) {
        Some(Value::Integer(_)) => Value::Integer(text.parse().map_err(|_| wrong("a whole number"))?),
        Some(Value::Boolean(_)) => Value::Boolean(text.parse().map_err(|_| wrong("true or false"))?),
        Some(Value::Float(_)) => Value::Float(text.parse().map_err(|_| wrong("a number"))?),
        Some(Value::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        _ => Value::String(text.to_owned()),
    };
    table.insert(last.clone(), value);
    Ok(())
}

fn hint<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map_or_else(String::new, |(_, candidate)| format!(" (did you mean {candidate}?)"))
}
