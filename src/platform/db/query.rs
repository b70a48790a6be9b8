//! A statement, its arguments, and the driver both are for.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type};

use super::{Conn, Dialect, Error, Inner, Result};

/// What can be bound: anything both drivers can encode.
pub trait Value:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Value for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// What can be fetched: anything both drivers can decode. `#[derive(sqlx::FromRow)]` gives it.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

enum Args {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A statement on its way to a connection.
pub struct Query<'c> {
    conn: &'c mut Conn,
    sql: SqlText,
    args: Args,
    /// The first argument that could not be encoded; reported when the statement runs.
    failed: Option<sqlx::error::BoxDynError>,
}

enum SqlText {
    Fixed(&'static str),
    Expanded(String),
}

impl SqlText {
    fn into_sql(self) -> SqlStr {
        match self {
            Self::Fixed(text) => text.into_sql_str(),
            // Markers and names of the schema; no value ever enters the text.
            Self::Expanded(text) => AssertSqlSafe(text).into_sql_str(),
        }
    }
}

impl<'c> Query<'c> {
    pub(super) fn new(conn: &'c mut Conn, sql: &'static str) -> Self {
        let args = match conn.dialect() {
            Dialect::Sqlite => Args::Sqlite(SqliteArguments::default()),
            Dialect::Postgres => Args::Postgres(PgArguments::default()),
        };
        Self { conn, sql: SqlText::Fixed(sql), args, failed: None }
    }

    /// A statement put together from names of the schema. No value may be in its text.
    pub(super) fn of_schema(conn: &'c mut Conn, sql: String) -> Self {
        Self { sql: SqlText::Expanded(sql), ..Self::new(conn, "") }
    }

    /// Binds the next `$n`.
    #[must_use]
    pub fn bind<T: Value>(mut self, value: T) -> Self {
        let added = match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        };
        if let Err(error) = added {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// Binds a list to the `{list}` marker: `where id in ({list})`. It must be the last bind.
    ///
    /// The marker grows to the next power of two, filled with the last value, so that a handful of
    /// prepared statements serves every length. An empty list matches nothing.
    #[must_use]
    pub fn bind_list<T: Value + Clone>(mut self, values: &[T]) -> Self {
        let SqlText::Fixed(sql) = self.sql else { return self };
        let width = if values.is_empty() { 0 } else { values.len().next_power_of_two() };
        self.sql = SqlText::Expanded(expand(sql, width));
        for at in 0..width {
            self = self.bind(values[at.min(values.len() - 1)].clone());
        }
        self
    }

    /// All rows.
    ///
    /// # Errors
    /// As the database says.
    pub async fn fetch_all<R: Row>(self) -> Result<Vec<R>> {
        let (conn, sql, args, writes) = self.ready()?;
        let rows = match (&mut conn.inner, args) {
            (Inner::SqliteConn(c), Args::Sqlite(a)) => {
                sqlx::query_as_with(sql, a).fetch_all(&mut **c).await?
            }
            (Inner::SqliteTx(c), Args::Sqlite(a)) => sqlx::query_as_with(sql, a).fetch_all(&mut **c).await?,
            (Inner::PgConn(c), Args::Postgres(a)) => sqlx::query_as_with(sql, a).fetch_all(&mut **c).await?,
            (Inner::PgTx(c), Args::Postgres(a)) => sqlx::query_as_with(sql, a).fetch_all(&mut **c).await?,
            _ => return Err(Error::mismatch()),
        };
        conn.changed |= writes && !rows.is_empty();
        Ok(rows)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn fetch_optional<R: Row>(self) -> Result<Option<R>> {
        let (conn, sql, args, writes) = self.ready()?;
        let row: Option<R> = match (&mut conn.inner, args) {
            (Inner::SqliteConn(c), Args::Sqlite(a)) => {
                sqlx::query_as_with(sql, a).fetch_optional(&mut **c).await?
            }
            (Inner::SqliteTx(c), Args::Sqlite(a)) => {
                sqlx::query_as_with(sql, a).fetch_optional(&mut **c).await?
            }
            (Inner::PgConn(c), Args::Postgres(a)) => {
                sqlx::query_as_with(sql, a).fetch_optional(&mut **c).await?
            }
            (Inner::PgTx(c), Args::Postgres(a)) => {
                sqlx::query_as_with(sql, a).fetch_optional(&mut **c).await?
            }
            _ => return Err(Error::mismatch()),
        };
        conn.changed |= writes && row.is_some();
        Ok(row)
    }

    /// The one row there must be.
    ///
    /// # Errors
    /// [`Error::RowNotFound`] when there is none.
    pub async fn fetch_one<R: Row>(self) -> Result<R> {
        self.fetch_optional().await?.ok_or(Error::RowNotFound)
    }

    /// Runs the statement; answers how many rows it touched.
    ///
    /// # Errors
    /// As the database says.
    pub async fn execute(self) -> Result<u64> {
        let (conn, sql, args, writes) = self.ready()?;
        let rows = match (&mut conn.inner, args) {
            (Inner::SqliteConn(c), Args::Sqlite(a)) => {
                sqlx::query_with(sql, a).execute(&mut **c).await?.rows_affected()
            }
            (Inner::SqliteTx(c), Args::Sqlite(a)) => {
                sqlx::query_with(sql, a).execute(&mut **c).await?.rows_affected()
            }
            (Inner::PgConn(c), Args::Postgres(a)) => {
                sqlx::query_with(sql, a).execute(&mut **c).await?.rows_affected()
            }
            (Inner::PgTx(c), Args::Postgres(a)) => {
                sqlx::query_with(sql, a).execute(&mut **c).await?.rows_affected()
            }
            _ => return Err(Error::mismatch()),
        };
        conn.changed |= writes && rows > 0;
        Ok(rows)
    }

    /// What it takes to run; the last says whether a row it touches is one it changes.
    fn ready(self) -> Result<(&'c mut Conn, SqlStr, Args, bool)> {
        if let Some(error) = self.failed {
            return Err(Error::Other(sqlx::Error::Encode(error)));
        }
        let sql = self.sql.into_sql();
        let reads = sql.as_str().trim_start().starts_with("select");
        Ok((self.conn, sql, self.args, !reads))
    }
}

/// Replaces `{list}` with `width` markers numbered after the highest `$n` in the text.
pub(super) fn expand(sql: &str, width: usize) -> String {
    let Some(at) = sql.find("{list}") else { return sql.to_owned() };
    let highest = sql
        .split('$')
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..end].parse::<usize>().ok()
        })
        .max()
        .unwrap_or(0);
    let markers = if width == 0 {
        // A list nothing is in: both databases accept `in (null)` and match no row.
        "null".to_owned()
    } else {
        (1..=width).map(|n| format!("${}", highest + n)).collect::<Vec<_>>().join(", ")
    };
    format!("{}{}{}", &sql[..at], markers, &sql[at + "{list}".len()..])
}
