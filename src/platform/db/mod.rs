//! One SQL text, two native drivers: `SQLite` inside the data directory by default, `PostgreSQL` by URL.
//!
//! A [`Query`] remembers which driver its connection speaks, so a call site reads the same for both:
//! `conn.query("select … where id = $1").bind(id).fetch_optional::<Row>().await?`.
//! Reads take [`Db::read`]; a set of reads that must agree takes [`Db::snapshot`]; every change takes
//! [`Db::write`] and ends with [`Tx::commit`], which wakes whoever follows the change feed.

mod copy;
mod error;
pub mod migrations;
mod query;
pub mod replica;
mod scalars;

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

pub use copy::Table;
pub use error::{Error, OnConflict, Result};
pub use query::{Query, Row, Value};
pub use sqlx::types::Json;

use super::changes::{self, Hub};
pub use crate::config::PoolLimits;

/// Which database a connection speaks to. Only for a statement that must fork, with a sentence why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `SQLite`, embedded.
    Sqlite,
    /// `PostgreSQL`, by URL.
    Postgres,
}

/// How a set of reads that agree begins on `PostgreSQL`.
const SNAPSHOT: &str = "begin isolation level repeatable read read only";
/// How long an unused connection is taken to be alive.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How long a read waits for the replica before it asks the primary.
const REPLICA_WAIT: Duration = Duration::from_millis(250);

/// The database. Clones share the pools.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    hub: Hub,
}

#[derive(Clone, Debug)]
enum Pools {
    /// Many readers and exactly one writer: `SQLite` has one writer at a time, and a queue in front of
    /// it is fairer than its busy handler.
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres {
        primary: PgPool,
        /// A copy that may be behind.
        replica: Option<PgPool>,
    },
}

impl Db {
    /// Opens `SQLite` at a path, creating the file.
    ///
    /// Writes are durable when acknowledged: WAL with `synchronous=full`.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn sqlite(path: &Path, limits: PoolLimits) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("temp_store", "memory");
        // Turning a new file to WAL takes a lock that SQLite asks for once and does not wait for.
        let _turn = turn_on(path).await?;
        let writer = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(limits.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|conn, _| Box::pin(has_settled(conn)))
            .connect_with(writer)
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(limits.connections)
            .acquire_timeout(limits.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(Duration::from_mins(1))
            .max_lifetime(None)
            .after_release(|conn, _| Box::pin(has_settled(conn)))
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { pools: Pools::Sqlite { read, write }, hub: Hub::default() })
    }

    /// Connects to `PostgreSQL` by URL.
    ///
    /// # Errors
    /// When the URL is not one or the server does not answer.
    pub async fn postgres(url: &str, limits: PoolLimits) -> Result<Self> {
        let options = pg_options(url)?;
        let primary = pg_pool(limits).connect_with(options).await?;
        Ok(Self { pools: Pools::Postgres { primary, replica: None }, hub: Hub::default() })
    }

    /// Adds a replica of a `PostgreSQL` database, which may be behind and may be down: [`replica::preferring`] says
    /// which reads may come from it.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn with_replica(mut self, url: &str, limits: PoolLimits) -> Result<Self> {
        if let Pools::Postgres { replica, .. } = &mut self.pools {
            let options = pg_options(url)?;
            *replica = Some(pg_pool(limits).acquire_timeout(REPLICA_WAIT).connect_lazy_with(options));
        }
        Ok(self)
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Where commits announce what changed.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// A plain connection for reading.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none is free within the pool's time-out.
    pub async fn read(&self) -> Result<Conn> {
        if let Some(conn) = self.replica_conn(false).await {
            return Ok(conn);
        }
        Ok(Conn::new(match &self.pools {
            Pools::Sqlite { read, .. } => Inner::SqliteConn(read.acquire().await?),
            Pools::Postgres { primary, .. } => Inner::PgConn(primary.acquire().await?),
        }))
    }

    /// A set of reads that all see one state of the database.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is free within the pool's time-out.
    pub async fn snapshot(&self) -> Result<Conn> {
        if let Some(conn) = self.replica_conn(true).await {
            return Ok(conn);
        }
        Ok(Conn::new(match &self.pools {
            Pools::Sqlite { read, .. } => Inner::SqliteTx(read.begin().await?),
            Pools::Postgres { primary, .. } => Inner::PgTx(begin(primary, Some(SNAPSHOT)).await?),
        }))
    }

    /// A connection to the replica, where there is one, where this task may read from it, and where it has caught up
    /// with every change this process knows of: what is read there may be kept, since whatever is newer will be heard of.
    async fn replica_conn(&self, snapshot: bool) -> Option<Conn> {
        let Pools::Postgres { replica: Some(replica), .. } = &self.pools else { return None };
        if !replica::is_preferred() {
            return None;
        }
        let mut conn = Conn::new(if snapshot {
            Inner::PgTx(begin(replica, Some(SNAPSHOT)).await.ok()?)
        } else {
            Inner::PgConn(replica.acquire().await.ok()?)
        });
        let there = changes::latest(&mut conn).await.ok()?;
        (there >= self.hub.latest()).then_some(conn)
    }

    /// A transaction for writing. On `SQLite` it holds the one writer until it ends: pass `&mut Tx` on,
    /// never ask for a second one, and await nothing but the database.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the writer is not free within the pool's time-out.
    pub async fn write(&self) -> Result<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => Inner::SqliteTx(write.begin_with("begin immediate").await?),
            Pools::Postgres { primary, .. } => Inner::PgTx(begin(primary, None).await?),
        };
        Ok(Tx { conn: Conn::new(inner), hub: self.hub.clone() })
    }

    /// Brings the schema up to date. Processes that do so at once take turns.
    ///
    /// # Errors
    /// When a migration fails, or one that was applied has changed since.
    pub async fn migrate(&self) -> Result<()> {
        let migrator = migrations::migrator(self.dialect());
        match &self.pools {
            Pools::Sqlite { write, .. } => {
                // PostgreSQL has a lock of its own for this.
                let _turn = turn_on(write.connect_options().get_filename()).await?;
                migrator.run(write).await?;
            }
            Pools::Postgres { primary, .. } => migrator.run(primary).await?,
        }
        Ok(())
    }

    /// Asks both drivers' question: does this statement compile against the schema as it stands?
    /// `{list}` markers are expanded first. Used by the test that prepares every statement.
    ///
    /// # Errors
    /// What the database says is wrong with the statement.
    pub async fn prepare(&self, sql: &'static str) -> Result<()> {
        use sqlx::Executor;
        let text = sqlx::AssertSqlSafe(query::expand(sql, 2));
        let sql = sqlx::SqlSafeStr::into_sql_str(text);
        match &self.pools {
            Pools::Sqlite { write, .. } => drop((&mut *write.acquire().await?).prepare(sql).await?),
            Pools::Postgres { primary, .. } => drop((&mut *primary.acquire().await?).prepare(sql).await?),
        }
        Ok(())
    }

    /// Closes every connection, finishing what runs. On `SQLite` the write-ahead log is folded in.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { primary, replica } => {
                if let Some(replica) = replica {
                    replica.close().await;
                }
                primary.close().await;
            }
        }
    }
}

fn pg_options(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url)?;
    Ok(options.options([("statement_timeout", "15000"), ("timezone", "UTC")]))
}

/// Connections that have not been used for a moment are asked whether they are alive before they are: after the server
/// has been restarted every one of them is dead.
fn pg_pool(limits: PoolLimits) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(limits.connections)
        .acquire_timeout(limits.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_FOR {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Begins a transaction on `PostgreSQL`, by `statement` where it is not a plain one.
///
/// On a task of its own: the driver knows of a transaction only once its beginning has been answered. A caller that
/// goes away before that, as when a client hangs up, would leave it open on a connection that the next caller gets.
async fn begin(pool: &PgPool, statement: Option<&'static str>) -> Result<Transaction<'static, Postgres>> {
    let conn = pool.acquire().await?;
    let statement = statement.map(sqlx::SqlSafeStr::into_sql_str);
    #[expect(clippy::disallowed_methods, reason = "as short as a begin, and nothing waits for it at the end")]
    let begun = tokio::spawn(Transaction::begin(conn, statement)).await;
    begun.unwrap_or_else(|stopped| Err(sqlx::Error::Io(std::io::Error::other(stopped)))).map_err(Error::from)
}

/// Whether a connection that comes back is outside a transaction and may be used again.
///
/// When the disk is full `SQLite` ends the transaction by itself. The driver's own rollback then finds
/// none, fails, and goes on believing in it, so that every later `begin` on the connection is refused:
/// with one writer, every later write of the process. Such a connection is closed and opened anew.
async fn has_settled(conn: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Behind the rollback of a transaction that was dropped, which is only queued by now.
    conn.ping().await?;
    Ok(!conn.is_in_transaction())
}

/// Waits for this process's turn on a `SQLite` file: an exclusive lock on the folder it is in, held until
/// the handle is dropped.
async fn turn_on(file: &Path) -> Result<std::fs::File> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.to_owned();
    let locked = tokio::task::spawn_blocking(move || {
        let handle = std::fs::File::open(folder)?;
        handle.lock()?;
        Ok(handle)
    });
    let locked = locked.await.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)));
    Ok(locked.map_err(sqlx::Error::Io)?)
}

/// A connection: plain, a snapshot, or the inside of a transaction.
pub struct Conn {
    inner: Inner,
    /// Subjects appended to the change feed since the transaction began.
    pub(super) appended: Vec<String>,
    /// The last of them in the feed.
    pub(super) latest: i64,
    /// Whether any row was written.
    changed: bool,
}

enum Inner {
    SqliteConn(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    PgConn(PoolConnection<Postgres>),
    PgTx(Transaction<'static, Postgres>),
}

impl Conn {
    const fn new(inner: Inner) -> Self {
        Self { inner, appended: Vec::new(), latest: 0, changed: false }
    }

    /// Which database this is.
    pub const fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::SqliteConn(_) | Inner::SqliteTx(_) => Dialect::Sqlite,
            Inner::PgConn(_) | Inner::PgTx(_) => Dialect::Postgres,
        }
    }

    /// A statement to bind and run.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        Query::new(self, sql)
    }
}

/// A write transaction. Dropped without [`Tx::commit`], everything in it is undone.
pub struct Tx {
    conn: Conn,
    hub: Hub,
}

/// A place in a transaction that can be gone back to ([`Tx::undo`]).
#[derive(Debug)]
#[must_use]
pub struct Savepoint {
    appended: usize,
}

impl Tx {
    /// Marks the place where the transaction is, to go on from here whatever becomes of the next steps. One at a time.
    ///
    /// # Errors
    /// When the database is not there.
    pub async fn save(&mut self) -> Result<Savepoint> {
        self.query("savepoint item").execute().await?;
        Ok(Savepoint { appended: self.conn.appended.len() })
    }

    /// Keeps what was done since.
    ///
    /// # Errors
    /// When the database is not there.
    pub async fn keep(&mut self, _: Savepoint) -> Result<()> {
        self.query("release savepoint item").execute().await?;
        Ok(())
    }

    /// Undoes what was done since, also after a statement that failed.
    ///
    /// # Errors
    /// When the database is not there.
    pub async fn undo(&mut self, savepoint: Savepoint) -> Result<()> {
        self.query("rollback to savepoint item").execute().await?;
        self.query("release savepoint item").execute().await?;
        self.conn.appended.truncate(savepoint.appended);
        Ok(())
    }

    /// Makes the changes durable, drops cached renderings of what changed, and wakes the followers of
    /// the change feed, in this order, before it returns.
    ///
    /// # Errors
    /// When the database refuses; then nothing has happened.
    pub async fn commit(self) -> Result<()> {
        // On a task of its own: a caller that goes away, as when a client hangs up, must not leave a
        // commit behind of which the caches were never told.
        #[expect(
            clippy::disallowed_methods,
            reason = "as short as a commit, and nothing waits for it at the end"
        )]
        let committed = tokio::spawn(self.commit_and_tell()).await;
        committed.unwrap_or(Err(Error::Unavailable("the commit was interrupted".to_owned())))
    }

    async fn commit_and_tell(self) -> Result<()> {
        let committed = match self.conn.inner {
            Inner::SqliteTx(tx) => tx.commit().await,
            Inner::PgTx(tx) => tx.commit().await,
            Inner::SqliteConn(_) | Inner::PgConn(_) => Ok(()),
        };
        // A commit whose answer was lost may have happened: it counts, and tells of nothing.
        if self.conn.changed {
            self.hub.count();
        }
        if committed.is_ok() {
            self.hub.note(self.conn.latest);
            self.hub.publish(&self.conn.appended);
        }
        Ok(committed?)
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
