//! The search index follows the change feed.
//!
//! The index is derived: it carries its own position in the feed, written in the same commit as the
//! documents, so that after a crash it goes on from where it really is. When it cannot be used, or
//! was made under other settings, it is made anew beside the live one and swapped in; readers never
//! see a gap. Nothing here is asked of a writer: a change is committed first and indexed after, within
//! [`limits::INDEX_POLL`] and one small commit.
//!
//! An index outside the process is one for all instances: the one with the lease leads, which is to follow and to
//! write, and the others watch how far it has come. When the leader ends, another takes over from the position the
//! index itself carries.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::drift::{Failed, Walk};
use super::engine;
use super::load::load_many;
use super::model::{CHANGES_AT, Listing, documents, due, subject};
use crate::app::App;
use crate::config::limits;
use crate::platform::changes::{self, Change};
use crate::platform::db::{self, Conn};
use crate::platform::id::{Number, NumberKind};
use crate::platform::lease::Lease;
use crate::search::{self, Batch, Filter, Query, Rebuild, SearchEngine};
use crate::{academies, certificates, practitioners};

/// What can stop the follower for a while; it says so in the log and tries again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] db::Error),
    /// The engine.
    #[error("the search engine: {0}")]
    Engine(#[from] search::Error),
    /// A task that was building an index ended early.
    #[error("building the index was cut short: {0}")]
    Cut(#[from] tokio::task::JoinError),
}

type Result<T, E = Error> = std::result::Result<T, E>;
type Engine = Arc<Box<dyn SearchEngine>>;
/// An index that was built beside the live one, and the position its documents were read at.
type Built = (Box<dyn Rebuild>, i64);

/// Opens the index and follows the change feed until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    let search = app.search.clone();
    app.metrics.read("stipple_index_lag_changes", "Changes that searches do not see yet", &[], move || {
        let followed = search.followed();
        f64::from(u32::try_from(followed.latest - followed.position).unwrap_or(0))
    });
    let lease = Lease::new(&app.db, &app.clock, &app.ids, "search-index", limits::INDEX_LEASE);
    let mut pause = limits::INDEX_RETRY;
    loop {
        let began = AtomicBool::new(false);
        let ended = stop.run_until_cancelled(Box::pin(follow(&app, &lease, &began))).await;
        if app.search.engine().is_ok_and(|engine| engine.is_shared())
            && let Err(error) = lease.give_up().await
        {
            tracing::warn!(%error, "the right to write to the search index could not be given up; it runs out by itself");
        }
        let Some(Err(error)) = ended else { return };
        // One that got to follow before it failed begins its pauses anew.
        if began.load(Ordering::Relaxed) {
            pause = limits::INDEX_RETRY;
        }
        tracing::error!(error = %error, retry_in = ?pause, "the search index stopped following changes");
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        pause = (pause * 2).min(limits::INDEX_RETRY_MOST);
    }
}

/// Follows until something fails.
async fn follow(app: &App, lease: &Lease, began: &AtomicBool) -> Result<std::convert::Infallible> {
    let engine = ready(app, lease).await?;
    if !engine.is_shared() {
        lead(app, &engine, None, began).await?;
    }
    loop {
        if lease.take().await? {
            lead(app, &engine, Some(lease), began).await?;
        } else {
            watch(app, &engine).await?;
        }
    }
}

/// Follows the feed and writes to the index, until the lease is another's.
async fn lead(app: &App, engine: &Engine, lease: Option<&Lease>, began: &AtomicBool) -> Result<()> {
    let mut follower = Follower::start(app, engine.clone()).await?;
    began.store(true, Ordering::Relaxed);
    let mut commits = app.db.hub().follow();
    let mut poll = interval(limits::INDEX_POLL);
    let mut sweeps = interval(limits::INDEX_SWEEP);
    let mut renewals = interval(limits::INDEX_LEASE / 3);
    let mut compares = interval(limits::INDEX_DRIFT_EVERY);
    let mut requests = interval(limits::INDEX_REQUESTS);
    for ticks in [&mut poll, &mut sweeps, &mut renewals, &mut compares, &mut requests] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        while follower.catch_up().await? {}
        follower.rest_when_idle().await?;
        let mut committed = pin!(commits.changed());
        tokio::select! {
            // The sender lives in the database handle, which outlives this loop.
            _ = &mut committed => {}
            _ = poll.tick() => {}
            _ = sweeps.tick() => sweep(app).await?,
            _ = compares.tick() => follower.compare().await?,
            _ = requests.tick() => follower.obey(),
            _ = renewals.tick(), if lease.is_some() => {
                if let Some(lease) = lease && !lease.take().await? {
                    return Ok(());
                }
                follower.check().await?;
            }
            Some(built) = follower.building.join_next() => follower.swap(built??).await?,
        }
    }
}

/// Notes how far the leader has brought the index, for about as long as it takes a lease to run out.
async fn watch(app: &App, engine: &Engine) -> Result<()> {
    let mut commits = app.db.hub().follow();
    let mut poll = interval(limits::INDEX_POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = tokio::time::sleep(limits::INDEX_LEASE / 3);
    let mut until = pin!(until);
    loop {
        tokio::select! {
            () = &mut until => return Ok(()),
            _ = commits.changed() => {}
            _ = poll.tick() => {}
        }
        let known = app.search.followed();
        let mut conn = app.db.read().await?;
        let changes = changes::after(&mut conn, known.latest, limits::INDEX_CHANGES).await?;
        let latest = changes.last().map_or(known.latest, |change| change.seq);
        app.db.hub().note(latest);
        drop_renderings(app, changes.into_iter().map(|change| change.subject));
        if known.position < latest || known.position == 0 {
            drop(conn);
            let position = engine.position().await?.unwrap_or(0);
            app.search.report(|followed| {
                followed.position = position;
                followed.latest = latest.max(position);
            });
        }
    }
}

/// The engine, open and published; an index nobody could read anything in is built first.
async fn ready(app: &App, lease: &Lease) -> Result<Engine> {
    if let Ok(engine) = app.search.engine() {
        if !engine.is_shared() || engine.position().await?.is_some() {
            return Ok(engine);
        }
        // Somebody emptied it: until it is whole again nothing is found in it.
        app.search.close();
    }
    let engine = engine::open(app).await?;
    loop {
        let empty = engine.counts().await?.documents == 0;
        if !empty || engine.rebuild_needed().is_none() {
            break;
        }
        if !engine.is_shared() {
            rebuild(app, engine.as_ref(), |_| {}).await?;
            break;
        }
        if lease.take().await? {
            let mut renewals = interval(limits::INDEX_LEASE / 3);
            let mut built = pin!(rebuild(app, engine.as_ref(), |_| {}));
            loop {
                tokio::select! {
                    built = &mut built => {
                        built?;
                        break;
                    }
                    _ = renewals.tick() => {
                        lease.take().await?;
                    }
                }
            }
            break;
        }
        // Another instance is at it.
        tokio::time::sleep(limits::INDEX_RETRY).await;
        engine.position().await?;
    }
    app.search.open(engine);
    Ok(app.search.engine().expect("it was put in a moment ago"))
}

/// One engine's position in the feed, and the index being built beside it, if any.
struct Follower<'a> {
    app: &'a App,
    engine: Engine,
    position: i64,
    /// When something was written last, until writing has been put to rest.
    wrote: Option<Instant>,
    building: JoinSet<Result<Built>>,
    walk: Walk,
}

impl<'a> Follower<'a> {
    async fn start(app: &'a App, engine: Engine) -> Result<Self> {
        let latest = changes::latest(&mut app.db.read().await?).await?;
        let position = engine.position().await?;
        let reason = engine.rebuild_needed().or_else(|| match position {
            None => Some("it does not know how far it has followed the changes".to_owned()),
            // A database that was restored from a backup is behind its index.
            Some(position) if position > latest => Some("it is ahead of the database".to_owned()),
            Some(_) => None,
        });
        let mut follower = Self {
            app,
            engine,
            position: position.unwrap_or(latest).min(latest),
            wrote: Some(Instant::now()),
            building: JoinSet::new(),
            walk: Walk::default(),
        };
        if let Some(reason) = reason {
            follower.build_beside(&reason);
        }
        follower.report(latest);
        Ok(follower)
    }

    fn build_beside(&mut self, reason: &str) {
        tracing::info!(reason, "making the search index anew; the present one answers meanwhile");
        self.app.search.report(|followed| followed.rebuilding = true);
        let (app, engine) = (self.app.clone(), self.engine.clone());
        self.building.spawn(async move { build(&app, engine.as_ref().as_ref(), |_| {}).await });
    }

    /// Makes the index anew where a command has asked for it.
    fn obey(&mut self) {
        if self.building.is_empty() && engine::rebuild_request(self.app).exists() {
            self.build_beside("a command asks for it");
        }
    }

    /// Takes in the next changes; whether there may be more.
    async fn catch_up(&mut self) -> Result<bool> {
        let mut conn = self.app.db.read().await?;
        let changes = changes::after(&mut conn, self.position, limits::INDEX_CHANGES).await?;
        let Some(last) = changes.last().map(|change| change.seq) else { return Ok(false) };
        self.app.db.hub().note(last);
        let more = changes.len() >= usize::try_from(limits::INDEX_CHANGES).unwrap_or(usize::MAX);
        drop_renderings(self.app, changes.iter().map(|change| change.subject.clone()));
        let Affected { numbers, holders } = affected(&mut conn, &changes).await?;
        let mut rounds: Vec<(&[Number], Vec<Uuid>)> = Vec::new();
        for chunk in numbers.chunks(limits::INDEX_BATCH) {
            rounds.push((chunk, practitioners::ids_of(&mut conn, chunk).await?));
        }
        rounds.extend(holders.chunks(limits::INDEX_BATCH).map(|chunk| (&[][..], chunk.to_vec())));
        let last_round = rounds.len();
        if last_round > 0 {
            self.wrote = Some(Instant::now());
            self.app.search.report(|followed| followed.latest = followed.latest.max(last));
        }
        for (round, (numbers, ids)) in (1..).zip(rounds) {
            // The position goes in with the last of it: after a crash all of it is done again.
            let position = (round == last_round).then_some(last);
            write(self.app, &self.engine, &mut conn, numbers, &ids, position).await?;
        }
        self.position = last;
        self.report(last);
        Ok(more)
    }

    /// Looks whether the index still is where it was left: somebody may have emptied it, or put an old one in its
    /// place.
    async fn check(&self) -> Result<()> {
        if !self.building.is_empty() {
            return Ok(());
        }
        let found = self.engine.position().await?;
        if found.is_some_and(|found| found >= self.position) {
            return Ok(());
        }
        if found.is_none() {
            self.app.search.close();
        }
        let detail = format!("the index was left at change {}, and is at {found:?}", self.position);
        Err(search::Error::Failed(detail).into())
    }

    /// Compares a few listings with what the index says of them, and puts right what differs.
    async fn compare(&mut self) -> Result<()> {
        if !self.building.is_empty() {
            return Ok(());
        }
        let found = self.walk.step(self.app, self.engine.as_ref().as_ref(), self.position).await;
        let differ = found.map_err(|failed| match failed {
            Failed::Database(error) => Error::from(error),
            Failed::Engine(error) => Error::from(error),
        })?;
        if differ.is_empty() {
            return Ok(());
        }
        tracing::warn!(groups = ?differ, "the search index had drifted from the database; it is put right");
        self.app
            .metrics
            .counter("stipple_index_drift_total", "Listings about which the index was found to be wrong", &[])
            .add(differ.len() as u64);
        self.wrote = Some(Instant::now());
        let numbers: Vec<Number> = differ.iter().filter_map(|group| group.parse().ok()).collect();
        let mut conn = self.app.db.read().await?;
        let ids = practitioners::ids_of(&mut conn, &numbers).await?;
        // Whatever is no listing's number goes too.
        self.engine.write(Batch { delete_groups: differ, ..Batch::default() }).await?;
        write(self.app, &self.engine, &mut conn, &numbers, &ids, None).await
    }

    /// Gives back what writing takes once nothing has been written for a while.
    async fn rest_when_idle(&mut self) -> Result<()> {
        if self.wrote.is_some_and(|wrote| wrote.elapsed() >= limits::INDEX_REST_AFTER) {
            self.wrote = None;
            self.engine.rest().await?;
        }
        Ok(())
    }

    /// Puts a freshly built index in the place of the live one and goes on from its position.
    async fn swap(&mut self, (rebuilt, position): Built) -> Result<()> {
        rebuilt.commit(position).await?;
        self.position = position;
        self.app.search.report(|followed| followed.rebuilding = false);
        tracing::info!(position, "the new search index answers");
        // Where nobody asked there is nothing to remove.
        let _ = std::fs::remove_file(engine::rebuild_request(self.app));
        Ok(())
    }

    fn report(&self, latest: i64) {
        let position = self.position;
        self.app.search.report(|followed| {
            followed.position = position;
            followed.latest = latest.max(position);
        });
    }
}

/// Brings listings up to date in the index: what the listings `ids` say now comes in, and what any of
/// `numbers` said before goes.
async fn write(
    app: &App,
    engine: &Engine,
    conn: &mut Conn,
    numbers: &[Number],
    ids: &[Uuid],
    position: Option<i64>,
) -> Result<()> {
    let listings = load_many(conn, ids, app.clock.now()).await?;
    let of = |listing: &Listing| listing.practitioner.number;
    drop_renderings(app, listings.iter().map(|listing| subject(of(listing))));
    // Every document of a listing goes first: a clinic that was taken away must not stay.
    let groups: BTreeSet<Number> = numbers.iter().copied().chain(listings.iter().map(of)).collect();
    let batch = Batch {
        delete_groups: groups.iter().map(ToString::to_string).collect(),
        upsert: listings.iter().flat_map(documents).collect(),
        position,
        ..Batch::default()
    };
    match engine.write(batch).await {
        Err(search::Error::Document(detail)) => {
            tracing::error!(detail, "a listing cannot be indexed; it is left out of the index");
        }
        written => return Ok(written?),
    }
    // One listing that cannot be indexed must not keep the others of its batch from being found.
    for listing in &listings {
        let alone = Batch {
            delete_groups: vec![of(listing).to_string()],
            upsert: documents(listing),
            ..Batch::default()
        };
        match engine.write(alone).await {
            Err(search::Error::Document(detail)) => {
                tracing::error!(detail, number = %of(listing), "this listing cannot be indexed");
            }
            written => written?,
        }
    }
    Ok(engine.write(Batch { position, ..Batch::default() }).await?)
}

/// What changes touch: listings by number, which may be gone, and listings behind an academy, by id.
struct Affected {
    numbers: Vec<Number>,
    holders: Vec<Uuid>,
}

async fn affected(conn: &mut Conn, changes: &[Change]) -> Result<Affected> {
    let mut numbers = BTreeSet::new();
    let mut slugs = BTreeSet::new();
    for change in changes {
        let mut path = change.subject.split('/');
        match (path.next(), path.next()) {
            (Some("practitioners"), Some(number)) => {
                numbers.extend(Number::parse(number, NumberKind::Listing));
            }
            (Some("academies"), Some(slug)) => drop(slugs.insert(slug)),
            _ => {}
        }
    }
    let mut holders = BTreeSet::new();
    for slug in slugs {
        let Some(academy) = academies::academy_by_slug(conn, slug).await? else { continue };
        let mut last = Uuid::nil();
        loop {
            let more = certificates::holders_of(conn, academy.id, last, limits::INDEX_CHANGES).await?;
            let Some(next) = more.last() else { break };
            last = *next;
            holders.extend(more);
        }
    }
    Ok(Affected { numbers: numbers.into_iter().collect(), holders: holders.into_iter().collect() })
}

/// Drops what is rendered of changed subjects. A commit of this process has done so already for its
/// own subjects; this is for those of other processes, and for the listings behind an academy.
fn drop_renderings(app: &App, subjects: impl Iterator<Item = String>) {
    let subjects: Vec<String> = subjects.collect();
    app.rendered.drop_all(&subjects);
    app.cards.drop_all(&subjects);
}

/// Brings in what time alone has changed: certificates that have run out, listings gone stale.
///
/// # Errors
/// As the database or the engine says.
pub async fn sweep(app: &App) -> Result<()> {
    let Ok(engine) = app.search.engine() else { return Ok(()) };
    let due = due(app.clock.now());
    // Each round takes what the rounds before have not settled; a listing cannot come up twice,
    // since its next time is always in the future.
    for _ in 0..limits::INDEX_SWEEP_ROUNDS {
        let filter = Filter::range(CHANGES_AT, None, Some(due));
        let query = Query { filter, limit: limits::INDEX_BATCH, ..Query::default() };
        let hits = engine.search(query).await?.hits;
        if hits.is_empty() {
            break;
        }
        let numbers: Vec<Number> = hits.iter().filter_map(|hit| hit.group.parse().ok()).collect();
        let mut conn = app.db.read().await?;
        let ids = practitioners::ids_of(&mut conn, &numbers).await?;
        write(app, &engine, &mut conn, &numbers, &ids, None).await?;
    }
    Ok(())
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Listings indexed so far.
    pub done: u64,
    /// Listings there were when it began.
    pub of: u64,
}

/// Makes the whole index anew beside the live one, and swaps it in.
///
/// # Errors
/// As the database or the engine says; the live index stays as it was.
pub async fn rebuild(
    app: &App,
    engine: &dyn SearchEngine,
    progress: impl FnMut(Progress) + Send,
) -> Result<u64> {
    let started = Instant::now();
    let mut indexed = 0;
    let mut progress = progress;
    let (built, position) = build(app, engine, |at: Progress| {
        indexed = at.done;
        progress(at);
    })
    .await?;
    built.commit(position).await?;
    tracing::info!(listings = indexed, took = ?started.elapsed(), "the search index was made anew");
    Ok(indexed)
}

/// Reads every listing into an index beside the live one.
///
/// The position is taken first: what changes while the listings are read is followed afterwards, so
/// it does not matter whether a chunk saw it.
async fn build(
    app: &App,
    engine: &dyn SearchEngine,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Built> {
    let mut conn = app.db.read().await?;
    let position = changes::latest(&mut conn).await?;
    let of = practitioners::count(&mut conn).await?;
    drop(conn);
    let mut rebuilt = engine.rebuild().await?;
    // While one chunk is indexed the next is read.
    let (read, mut chunks) = mpsc::channel(1);
    let reading = async move {
        let mut after = Uuid::nil();
        loop {
            let mut conn = app.db.read().await?;
            let ids = practitioners::ids_after(&mut conn, after, limits::REBUILD_CHUNK).await?;
            let Some(last) = ids.last() else { return Result::<()>::Ok(()) };
            after = *last;
            let listings = load_many(&mut conn, &ids, app.clock.now()).await?;
            drop(conn);
            let chunk = (ids.len() as u64, listings.iter().flat_map(documents).collect::<Vec<_>>());
            if read.send(chunk).await.is_err() {
                return Ok(());
            }
        }
    };
    let indexing = async {
        let mut done = 0;
        while let Some((listings, documents)) = chunks.recv().await {
            rebuilt.add(documents).await?;
            done += listings;
            progress(Progress { done, of: of.max(done) });
        }
        Result::<()>::Ok(())
    };
    tokio::try_join!(reading, indexing)?;
    Ok((rebuilt, position))
}
