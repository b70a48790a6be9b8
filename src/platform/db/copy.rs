//! Whole tables out of one database and into another, whichever two they are.
//!
//! A row travels as one line of JSON, in the form `SQLite` keeps: identifiers and bytes in hexadecimal, times as
//! microseconds, truth as 0 and 1, JSON as text, floating-point numbers as a text that reads back as the same number.
//! Both databases write and read these lines themselves, so that no value passes through a type of this program that
//! could round it. The statements are put together from the schema alone; no value enters their text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::query::Query;
use super::{Conn, Dialect, Error, Inner, Result, Tx};

/// Tables that are about one database and not about what is in it.
const OWN: [&str; 2] = ["_sqlx_migrations", "leases"];
/// The column by which tables that number their rows do so.
const NUMBERED: &str = "seq";

/// A table of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in the order of their names, each with its type as this database calls it.
    columns: BTreeMap<String, String>,
}

impl Table {
    /// Its columns' names, in order: the same in every database of one schema.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    fn names(&self) -> String {
        self.columns().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }

    /// A row as a line.
    fn out(&self, dialect: Dialect) -> String {
        let members = self.columns.iter().map(|(name, kind)| {
            let column = format!("\"{name}\"");
            let value = match (dialect, kind.as_str()) {
                (Dialect::Sqlite, "blob") => format!("lower(hex({column}))"),
                (Dialect::Sqlite, "real") => format!("format('%!.17g', {column})"),
                (Dialect::Postgres, "uuid") => format!("replace({column}::text, '-', '')"),
                (Dialect::Postgres, "bytea") => format!("encode({column}, 'hex')"),
                (Dialect::Postgres, "timestamp with time zone") => {
                    format!("(extract(epoch from {column}) * 1000000)::bigint")
                }
                (Dialect::Postgres, "boolean") => format!("{column}::int"),
                (Dialect::Postgres, "jsonb" | "date" | "double precision") => format!("{column}::text"),
                _ => column.clone(),
            };
            // hex() makes an empty text of nothing at all.
            match (dialect, kind.as_str()) {
                (Dialect::Sqlite, "blob" | "real") => {
                    format!("'{name}', case when {column} is null then null else {value} end")
                }
                _ => format!("'{name}', {value}"),
            }
        });
        let members = members.collect::<Vec<_>>().join(", ");
        let build = if dialect == Dialect::Sqlite { "json_object" } else { "json_build_object" };
        let text = if dialect == Dialect::Sqlite { "" } else { "::text" };
        format!("select {build}({members}){text} from {}", self.name)
    }

    /// Rows from an array of lines, `$1`.
    fn taken_in(&self, dialect: Dialect) -> String {
        let values = self.columns.iter().map(|(name, kind)| match dialect {
            Dialect::Sqlite => {
                let value = format!("json_extract(value, '$.{name}')");
                match kind.as_str() {
                    "blob" => format!("unhex({value})"),
                    "real" => format!("cast({value} as real)"),
                    _ => value,
                }
            }
            Dialect::Postgres => {
                let value = format!("(line ->> '{name}')");
                match kind.as_str() {
                    "bytea" => format!("decode({value}, 'hex')"),
                    "timestamp with time zone" => {
                        format!("'epoch'::timestamptz + {value}::bigint * interval '1 microsecond'")
                    }
                    "boolean" => format!("{value}::int::boolean"),
                    other => format!("{value}::{other}"),
                }
            }
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let (name, names) = (&self.name, self.names());
        match dialect {
            Dialect::Sqlite => format!("insert into {name} ({names}) select {values} from json_each($1)"),
            Dialect::Postgres => format!(
                "insert into {name} ({names}) overriding system value \
                 select {values} from json_array_elements($1::json) as lines (line)"
            ),
        }
    }
}

impl Conn {
    /// The tables of the schema that hold what the directory knows, by name.
    ///
    /// # Errors
    /// As the database says.
    pub async fn tables(&mut self) -> Result<Vec<Table>> {
        let sql = match self.dialect() {
            Dialect::Sqlite => {
                "select tables.name, columns.name, lower(columns.type)
                 from sqlite_schema as tables, pragma_table_info(tables.name) as columns
                 where tables.type = 'table' and tables.name not like 'sqlite!_%' escape '!'
                 order by 1, 2"
            }
            Dialect::Postgres => {
                "select tables.relname::text, columns.attname::text,
                        format_type(columns.atttypid, columns.atttypmod)
                 from pg_class as tables join pg_attribute as columns on columns.attrelid = tables.oid
                 where tables.relkind = 'r' and tables.relnamespace = current_schema()::regnamespace
                   and columns.attnum > 0 and not columns.attisdropped
                 order by 1, 2"
            }
        };
        let rows: Vec<(String, String, String)> = self.query(sql).fetch_all().await?;
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for (name, column, kind) in rows {
            if !OWN.contains(&name.as_str()) {
                let table = tables.entry(name.clone());
                let table = table.or_insert_with(|| Table { name, columns: BTreeMap::new() });
                table.columns.insert(column, kind);
            }
        }
        Ok(tables.into_values().collect())
    }

    /// Hands over every row of a table as a line; how many there were. What `take` answers ends it.
    ///
    /// # Errors
    /// As the database says, or as `take` does.
    pub async fn dump<E: From<Error>>(
        &mut self,
        table: &Table,
        mut take: impl FnMut(&str) -> std::result::Result<(), E> + Send,
    ) -> std::result::Result<u64, E> {
        let sql = AssertSqlSafe(table.out(self.dialect())).into_sql_str();
        let failed = |error: sqlx::Error| E::from(Error::from(error));
        let mut rows = 0;
        macro_rules! each {
            ($conn:expr) => {{
                let mut lines = sqlx::query_scalar::<_, String>(sql).fetch(&mut **$conn);
                while let Some(line) = lines.try_next().await.map_err(failed)? {
                    take(&line)?;
                    rows += 1;
                }
            }};
        }
        match &mut self.inner {
            Inner::SqliteConn(conn) => each!(conn),
            Inner::SqliteTx(conn) => each!(conn),
            Inner::PgConn(conn) => each!(conn),
            Inner::PgTx(conn) => each!(conn),
        }
        Ok(rows)
    }

    /// The last number that each table which numbers its rows has given out: rows that are gone do not give theirs back.
    ///
    /// # Errors
    /// As the database says.
    pub async fn numbers(&mut self) -> Result<BTreeMap<String, i64>> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "select name, seq from sqlite_sequence order by 1",
            Dialect::Postgres => {
                "select tables.relname::text, coalesce(pg_sequence_last_value(sequences.oid), 0)
                 from pg_class as sequences
                 join pg_depend on pg_depend.objid = sequences.oid and pg_depend.deptype = 'i'
                 join pg_class as tables on tables.oid = pg_depend.refobjid
                 where sequences.relkind = 'S' and tables.relnamespace = current_schema()::regnamespace
                 order by 1"
            }
        };
        Ok(self.query(sql).fetch_all::<(String, i64)>().await?.into_iter().collect())
    }

    /// Lets statements of this transaction take as long as they need, where the database would stop them.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_time(&mut self) -> Result<()> {
        if self.dialect() == Dialect::Postgres {
            self.query("set local statement_timeout = 0").execute().await?;
        }
        Ok(())
    }
}

/// Foreign keys that were put aside: their table, their name and their definition.
type PutAside = Vec<(String, String, String)>;

impl Tx {
    /// Empties every table, so that rows can come in in any order; until [`Tx::settle`] nothing holds one against
    /// another.
    ///
    /// # Errors
    /// As the database says.
    pub async fn make_room(&mut self, tables: &[Table]) -> Result<PutAside> {
        let mut aside = PutAside::new();
        match self.dialect() {
            Dialect::Sqlite => drop(self.query("pragma defer_foreign_keys = on").execute().await?),
            Dialect::Postgres => {
                aside = self
                    .query(
                        "select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
                         from pg_constraint
                         where contype = 'f' and connamespace = current_schema()::regnamespace order by 1, 2",
                    )
                    .fetch_all()
                    .await?;
                for (table, name, _) in &aside {
                    let sql = format!("alter table {table} drop constraint \"{name}\"");
                    Query::of_schema(self, sql).execute().await?;
                }
            }
        }
        for table in tables {
            Query::of_schema(self, format!("delete from {}", table.name)).execute().await?;
        }
        Ok(aside)
    }

    /// Whether a table has any row.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let sql = format!("select count(*) from (select 1 from {} limit 1) as found", table.name);
        let (rows,): (i64,) = Query::of_schema(self, sql).fetch_one().await?;
        Ok(rows > 0)
    }

    /// Puts rows into a table.
    ///
    /// # Errors
    /// As the database says.
    pub async fn load(&mut self, table: &Table, lines: &[String]) -> Result<()> {
        let mut array = String::with_capacity(lines.iter().map(|line| line.len() + 1).sum::<usize>() + 2);
        array.push('[');
        for (at, line) in lines.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(array, "{comma}{line}");
        }
        array.push(']');
        let sql = table.taken_in(self.dialect());
        Query::of_schema(self, sql).bind(array).execute().await?;
        Ok(())
    }

    /// Brings back what [`Tx::make_room`] put aside, which looks at every row, and lets tables that number their rows go
    /// on after these numbers.
    ///
    /// # Errors
    /// As the database says; a row that names one that is not there is refused here on `PostgreSQL`, and at the commit
    /// on `SQLite`.
    pub async fn settle(&mut self, aside: PutAside, numbers: &BTreeMap<String, i64>) -> Result<()> {
        for (table, name, definition) in aside {
            let sql = format!("alter table {table} add constraint \"{name}\" {definition}");
            Query::of_schema(self, sql).execute().await?;
        }
        for (table, last) in numbers.iter().filter(|(_, last)| **last > 0) {
            let dialect = self.dialect();
            if dialect == Dialect::Sqlite {
                self.query("delete from sqlite_sequence where name = $1")
                    .bind(table.clone())
                    .execute()
                    .await?;
                let sql = "insert into sqlite_sequence (name, seq) values ($1, $2)";
                self.query(sql).bind(table.clone()).bind(*last).execute().await?;
            } else {
                let sql = "select setval(pg_get_serial_sequence($1, $2), $3)";
                let numbered = NUMBERED.to_owned();
                let set = self.query(sql).bind(table.clone()).bind(numbered).bind(*last);
                set.fetch_one::<(i64,)>().await?;
            }
        }
        Ok(())
    }
}
