//! What can go wrong with the database, in words both drivers share.

use crate::platform::problem;

/// The result of a statement.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed statement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique constraint holds this value already. Its name is `<table>_<columns>_key` on both, and
    /// `<table>_pkey` for a primary key.
    #[error("unique constraint {0}")]
    Unique(String),
    /// A foreign key names a row that is not there.
    #[error("foreign key constraint")]
    ForeignKey,
    /// A check constraint refuses the value.
    #[error("check constraint: {0}")]
    Check(String),
    /// The disk, or the space the database was given, is full. Nothing was written.
    #[error("the storage is full")]
    Full,
    /// No connection was free in time, or the server cannot be reached.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row that must be there is not.
    #[error("a row that must exist was not found")]
    RowNotFound,
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else.
    #[error(transparent)]
    Other(sqlx::Error),
}

impl Error {
    pub(super) fn mismatch() -> Self {
        Self::Other(sqlx::Error::Protocol("arguments are for another driver than the connection".into()))
    }

    /// A value that cannot be put into the form a column keeps.
    pub fn encode(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Other(sqlx::Error::Encode(Box::new(source)))
    }

    /// Whether this is the unique constraint of that name.
    pub fn is_unique(&self, constraint: &str) -> bool {
        matches!(self, Self::Unique(name) if name == constraint)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match error {
            sqlx::Error::RowNotFound => Self::RowNotFound,
            sqlx::Error::Io(ref io) if io.kind() == std::io::ErrorKind::StorageFull => Self::Full,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::Database(ref database) => match database.kind() {
                ErrorKind::UniqueViolation => Self::Unique(
                    database.constraint().map_or_else(|| sqlite_constraint(database.as_ref()), str::to_owned),
                ),
                ErrorKind::ForeignKeyViolation => Self::ForeignKey,
                ErrorKind::CheckViolation => Self::Check(database.message().to_owned()),
                _ => match database.code().as_deref() {
                    // SQLite: FULL, and an I/O error while writing, syncing or growing the shared memory
                    // of the write-ahead log; PostgreSQL: disk_full.
                    Some("13" | "778" | "1034" | "4874" | "53100") => Self::Full,
                    // SQLite: BUSY (also in recovery, and of a snapshot), LOCKED; PostgreSQL: shutting
                    // down, starting up, too many connections, a lock or the statement waited too long,
                    // and two writers that waited for each other. All of them pass by themselves.
                    Some(
                        "5" | "261" | "517" | "6" | "57P01" | "57P02" | "57P03" | "53300" | "55P03" | "57014"
                        | "40001" | "40P01",
                    ) => Self::Unavailable(database.message().to_owned()),
                    _ => Self::Other(error),
                },
            },
            _ => Self::Other(error),
        }
    }
}

/// `SQLite` says `UNIQUE constraint failed: thing.a, thing.b`, or `index 'thing_lower_a_key'` for an
/// index on an expression; `PostgreSQL` would call the first `thing_a_b_key`, or `thing_pkey` where it is
/// the primary key.
fn sqlite_constraint(error: &dyn sqlx::error::DatabaseError) -> String {
    let message = error.message();
    if let Some((_, rest)) = message.split_once("index '") {
        return rest.trim_end_matches('\'').to_owned();
    }
    let Some((_, columns)) = message.split_once("failed: ") else { return message.to_owned() };
    // SQLITE_CONSTRAINT_PRIMARYKEY
    if error.code().as_deref() == Some("1555") {
        return format!("{}_pkey", columns.split('.').next().unwrap_or_default());
    }
    let mut name = String::new();
    for (at, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if at == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name + "_key"
}

/// Turns one named unique violation into an error of the caller's.
pub trait OnConflict<T> {
    /// `store::insert(…).await.on_conflict("listing_number_key", || …)`.
    ///
    /// # Errors
    /// The caller's error for that constraint, the database's otherwise.
    fn on_conflict<E: From<Error>>(
        self,
        constraint: &str,
        error: impl FnOnce() -> E,
    ) -> std::result::Result<T, E>;
}

impl<T> OnConflict<T> for Result<T> {
    fn on_conflict<E: From<Error>>(
        self,
        constraint: &str,
        error: impl FnOnce() -> E,
    ) -> std::result::Result<T, E> {
        self.map_err(|failed| if failed.is_unique(constraint) { error() } else { failed.into() })
    }
}

impl From<Error> for problem::Error {
    #[track_caller]
    fn from(error: Error) -> Self {
        match error {
            Error::Full => Self::new(
                problem::STORAGE_FULL,
                "The disk is full, so nothing of this request was kept. Try again once the operator has made room.",
            )
            .with_source(error),
            Error::Unavailable(_) => {
                Self::unavailable("The database is busy or away. Try again in a moment.", 2).with_source(error)
            }
            other => Self::internal(other),
        }
    }
}
