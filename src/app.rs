//! What every handler, job and command shares: the platform's handles, and the words operations are
//! grouped under.

use std::ops::Deref;
use std::sync::Arc;

use crate::config::mail::MailServer;
use crate::config::{Config, limits};
use crate::platform::blobs::Blobs;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::fetch::{self, Fetch, KnownHost, Reach};
use crate::platform::http::CursorKey;
use crate::platform::id::Ids;
use crate::platform::lease::Instances;
use crate::platform::machine;
use crate::platform::mail::{Mail, smtp};
use crate::platform::memory::Memory;
use crate::platform::metrics::Metrics;
use crate::platform::pictures::Room;
use crate::platform::rendered::RenderedCache;
use crate::platform::vault::Vault;
use crate::search::Search;

/// What an operation works with: one handle to all of [`Parts`]. Every request takes clones, so a clone is
/// one count and not one for every part.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What the handlers, jobs and commands of one process share.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Identifiers and randomness.
    pub ids: Ids,
    /// The settings.
    pub config: Arc<Config>,
    /// Photos and documents.
    pub blobs: Blobs,
    /// The memory that pictures may take while they are read.
    pub pictures: Room,
    /// What rooms keep in memory.
    pub memory: Memory,
    /// Rendered answers by subject, dropped when the subject changes.
    pub rendered: RenderedCache,
    /// Listings as search results show them, by the same subjects.
    pub cards: RenderedCache,
    /// The search engine, once it is open.
    pub search: Search,
    /// What list cursors are sealed with.
    pub cursors: CursorKey,
    /// What personal data is sealed with.
    pub vault: Vault,
    /// Where letters go.
    pub mail: Mail,
    /// How addresses are asked that somebody else chose.
    pub strangers: Fetch,
    /// How addresses are asked that the operator chose.
    pub chosen: Fetch,
    /// How many instances share the database.
    pub instances: Instances,
    /// Where everything is counted.
    pub metrics: Metrics,
}

impl App {
    /// Puts the handles of one process together around an open, migrated database: what is kept in the
    /// data directory is opened there, what is only in memory starts empty.
    ///
    /// # Errors
    /// When a part of the data directory cannot be opened.
    pub async fn assemble(db: Db, clock: Clock, ids: Ids, config: Config) -> std::io::Result<Self> {
        let rendered = RenderedCache::new(limits::RENDERED_ENTRIES, db.hub());
        let cards = RenderedCache::new(limits::CARD_ENTRIES, db.hub());
        let search = Search::default();
        let cursors = CursorKey::new(config.secret.reveal());
        let vault = Vault::new(config.secret.reveal());
        let mail = mail(&config, vault.clone())?;
        let strangers = strangers(&config).map_err(std::io::Error::other)?;
        let chosen = chosen(&config).map_err(std::io::Error::other)?;
        let blobs = match config.bucket().map_err(std::io::Error::other)? {
            Some(bucket) => Blobs::bucket(&bucket, chosen.clone())?,
            None => Blobs::folder(&config.data_dir.join("blobs"))?,
        };
        Ok(Self(Arc::new(Parts {
            db,
            clock,
            ids,
            config: Arc::new(config),
            blobs,
            pictures: Room::new(picture_memory(machine::memory()), limits::PICTURE_WAIT),
            memory: Memory::default(),
            rendered,
            cards,
            search,
            cursors,
            vault,
            mail,
            strangers,
            chosen,
            instances: Instances::default(),
            metrics: Metrics::new(),
        })))
    }

    /// The same process as seen from another time, or with letters going elsewhere: whatever is not changed
    /// is shared.
    pub fn with(&self, change: impl FnOnce(&mut Parts)) -> Self {
        let mut parts = Parts::clone(self);
        change(&mut parts);
        Self(Arc::new(parts))
    }
}

/// What pictures may take at once on a machine with so much memory.
fn picture_memory(machine: Option<u64>) -> u64 {
    let part = machine.map_or(u64::MAX, |memory| memory / limits::PICTURE_MEMORY_PART);
    part.min(limits::PICTURE_MEMORY_BYTES)
}

/// What the operations are about. The doc comments are the tags' descriptions.
#[derive(poem_openapi::Tags)]
pub enum Tag {
    /// Find practitioners by text, place and need, and read their listings.
    Directory,
    /// Change a listing: profile, clinics, services, prices.
    Practitioners,
    /// Who trains, who recognises them, what their courses contain, and which keys they sign with.
    Academies,
    /// Signed training certificates: submit, read and verify.
    Certificates,
    /// What other people's clients of verifiable credentials expect: the VC-API and DID resolution.
    Interop,
    /// The public log: what it is and how far; its tiles are under `/log`.
    Log,
    /// Treatments, invitations, and what clients say.
    Reviews,
    /// Before/after cases: photos, the client's consent, people like oneself, and stolen pictures.
    Cases,
    /// What a careful client checks, as one report.
    Vetting,
    /// Place names and the closed lists of codes.
    Reference,
    /// Whether the service is well.
    Service,
}

/// How strangers' addresses are asked, as the settings say.
fn strangers(config: &Config) -> Result<Fetch, String> {
    let known = config.outbound.hosts()?.into_iter().map(|(host, at)| KnownHost { host, at });
    let authorities = fetch::authorities(&config.outbound.authorities)?;
    Fetch::new(Reach::Strangers, &known.collect::<Vec<_>>(), &authorities)
}

/// How addresses are asked that stand in the settings.
fn chosen(config: &Config) -> Result<Fetch, String> {
    Fetch::new(Reach::Chosen, &[], &fetch::authorities(&config.outbound.authorities)?)
}

/// Where letters go, as the settings say.
fn mail(config: &Config, vault: Vault) -> std::io::Result<Mail> {
    let from = match config.mail_from.as_str() {
        "" => format!("no-reply@{}", config.issuer_host.split(':').next().unwrap_or_default()),
        from => from.to_owned(),
    };
    if config.mail_url.is_empty() {
        return Ok(Mail::folder(&config.data_dir.join("mail"), &from, vault));
    }
    let address = MailServer::parse(config.mail_url.reveal()).map_err(std::io::Error::other)?;
    let server = smtp::Server::new(&address, &config.issuer_host).map_err(std::io::Error::other)?;
    Ok(Mail::smtp(server, &from, vault))
}
