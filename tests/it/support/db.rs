//! A fresh, migrated database per test: a copied SQLite file, or a PostgreSQL database made from a
//! template when `STIPPLE_TEST_POSTGRES_URL` is set.

use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::db::{Db, PoolLimits};
use stipple::platform::id::Ids;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use super::app::block_on;

/// Where the throw-away PostgreSQL is, when this run is on it.
#[expect(clippy::disallowed_methods, reason = "the test run is told its database by the environment")]
pub(crate) fn postgres_url() -> Option<String> {
    std::env::var("STIPPLE_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// Few connections, so that a leak shows, and a short wait, so that it shows soon.
const LIMITS: PoolLimits = PoolLimits { connections: 6, acquire_timeout: Duration::from_secs(5) };

/// A migrated database of this test's own, gone when dropped. Reads as the [`Db`] it holds.
pub(crate) struct TestDb {
    /// The database.
    pub(crate) db: Db,
    /// A clock that stands at 2026-06-01T12:00:00Z until it is advanced.
    pub(crate) clock: Clock,
    /// Seeded ids: the same in every run.
    pub(crate) ids: Ids,
    /// A data directory of this test's own; on SQLite the database is in it.
    pub(crate) dir: TempDir,
    place: Place,
}

/// Where a test's database is.
pub(super) enum Place {
    File(PathBuf),
    Server(Server),
}

/// A database on the server, dropped with the value.
pub(super) struct Server(Url);

impl Place {
    /// Opens it through pools of its own, as another process would.
    pub(super) async fn open(&self) -> Db {
        match self {
            Self::File(path) => Db::sqlite(path, LIMITS).await.expect("the test's file opens"),
            Self::Server(server) => {
                Db::postgres(server.0.as_str(), LIMITS).await.expect("the test's database answers")
            }
        }
    }
}

impl Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// The address of this database in settings: empty for SQLite in [`TestDb::dir`].
    pub(crate) fn url(&self) -> String {
        match &self.place {
            Place::File(_) => String::new(),
            Place::Server(server) => server.0.to_string(),
        }
    }

    /// The same database through pools of its own, as another process would open it.
    pub(crate) async fn reopen(&self) -> Db {
        self.place.open().await
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// A fresh, migrated database on whichever engine this run is about.
pub(crate) async fn db() -> TestDb {
    let dir = tempfile::Builder::new().prefix("stipple-test-").tempdir().expect("a temporary folder");
    let place = match postgres_url() {
        None => {
            let path = dir.path().join("stipple.db");
            fs::write(&path, sqlite_template().await).expect("the template is copied");
            Place::File(path)
        }
        Some(server) => Place::Server(Server(create_database(&server).await)),
    };
    let db = place.open().await;
    let clock = Clock::fixed(Ts::parse("2026-06-01T12:00:00Z").expect("a valid instant"));
    let ids = Ids::seeded(clock.clone(), 1);
    TestDb { db, clock, ids, dir, place }
}

/// The bytes of a migrated SQLite file, made once per run.
async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let path = dir.path().join("template.db");
            let db = Db::sqlite(&path, LIMITS).await.expect("a new file opens");
            db.migrate().await.expect("the SQLite migrations apply");
            db.close().await;
            fs::read(&path).expect("the template is read")
        })
        .await
}

/// Makes a database from the migrated template; the template is made once per run.
async fn create_database(server: &str) -> Url {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let run = std::process::id();
    let template = format!("stipple_template_{run}");
    TEMPLATE
        .get_or_init(|| async {
            // A process of this number may have run before and left its template.
            let url = database_on(server, &template);
            statement(server, &format!("drop database if exists {template}")).await;
            statement(server, &format!("create database {template}")).await;
            let db = Db::postgres(url.as_str(), LIMITS).await.expect("the template answers");
            db.migrate().await.expect("the PostgreSQL migrations apply");
            db.close().await;
        })
        .await;
    let name = format!("stipple_test_{run}_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    statement(server, &format!("create database {name} template {template} strategy file_copy")).await;
    database_on(server, &name)
}

fn database_on(server: &str, name: &str) -> Url {
    let mut url = Url::parse(server).expect("STIPPLE_TEST_POSTGRES_URL is a URL");
    url.set_path(name);
    url
}

async fn statement(server: &str, sql: &str) {
    let mut admin =
        PgConnection::connect(server).await.expect("the server of STIPPLE_TEST_POSTGRES_URL answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await.expect(sql);
    admin.close().await.expect("the connection closes");
}

impl Drop for Server {
    /// A test's runtime is stopping and may have one thread, so the drop gets a thread and a runtime
    /// of its own.
    fn drop(&mut self) {
        let url = self.0.clone();
        let name = url.path().trim_start_matches('/').to_owned();
        let server = postgres_url().expect("it was set when this test began");
        let dropped = std::thread::spawn(move || {
            block_on(statement(&server, &format!("drop database {name} with (force)")));
        })
        .join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the database of this test could not be dropped"
        );
    }
}
