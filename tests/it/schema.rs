//! The two migration sets make one schema: same tables, columns, nullability, keys and indexes, in each
//! database's native types.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection, PgConnection, Row, SqliteConnection};

use crate::support;

/// One schema, in words both databases share.
#[derive(Debug, Default, PartialEq, Eq)]
struct Schema(BTreeMap<String, Table>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, Column>,
    primary_key: Vec<String>,
    /// Columns, the table they name and its columns, and what happens on delete.
    foreign_keys: BTreeSet<(Vec<String>, String, Vec<String>, String)>,
    indexes: BTreeSet<Index>,
    /// How many check constraints there are.
    checks: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Column {
    /// As declared in that database.
    declared: String,
    required: bool,
    has_default: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Index {
    /// As in `practitioners_number_key`; what SQLite gives a constraint of its own is named alike.
    name: String,
    /// With ` desc` where it is descending; `(expression)` where it is no column.
    columns: Vec<String>,
    unique: bool,
    partial: bool,
}

/// Which native types say the same thing.
fn alike(sqlite: &str, postgres: &str) -> bool {
    matches!(
        (sqlite, postgres),
        ("integer", "bigint" | "timestamp with time zone" | "boolean")
            | ("text", "text" | "jsonb" | "date")
            | ("blob", "bytea" | "uuid")
            | ("real", "double precision")
    )
}

#[tokio::test]
async fn sqlite_tables_are_strict_and_name_their_columns_types() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut conn = sqlite(place.path()).await;
    let loose: Vec<String> = sqlx::query(
        "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0 \
         and name not like 'sqlite_%' and name != '_sqlx_migrations'",
    )
    .map(|row: sqlx::sqlite::SqliteRow| row.get(0))
    .fetch_all(&mut conn)
    .await
    .expect("the list is read");
    assert!(
        loose.is_empty(),
        "declare these tables `strict`, so that SQLite refuses what PostgreSQL would: {loose:?}"
    );
    let nullable_keys: Vec<String> = of_sqlite(&mut conn)
        .await
        .0
        .iter()
        .flat_map(|(name, table)| {
            table
                .primary_key
                .iter()
                .filter(|key| !table.columns[*key].required)
                .map(move |key| format!("{name}.{key}"))
        })
        .collect();
    assert!(
        nullable_keys.is_empty(),
        "write `not null` at primary keys; SQLite lets null in otherwise: {nullable_keys:?}"
    );
}

#[tokio::test]
async fn both_databases_have_one_schema() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let ours = of_sqlite(&mut sqlite(place.path()).await).await;
    assert!(ours.0.contains_key("changes"), "the migrations were applied: {:?}", ours.0.keys());
    if support::postgres_url().is_none() {
        support::skip("comparing the two schemas, because STIPPLE_TEST_POSTGRES_URL is not set");
        return;
    }
    let db = support::db().await;
    let mut conn = PgConnection::connect(&db.url()).await.expect("the test's database answers");
    let theirs = of_postgres(&mut conn).await;
    let wrong = differences(&ours, &theirs);
    assert!(wrong.is_empty(), "the migrations of the two databases differ:\n  {}", wrong.join("\n  "));
}

fn differences(sqlite: &Schema, postgres: &Schema) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in sqlite.0.keys().chain(postgres.0.keys()).collect::<BTreeSet<_>>() {
        let (Some(ours), Some(theirs)) = (sqlite.0.get(name), postgres.0.get(name)) else {
            wrong.push(format!("the table {name} is in only one of them"));
            continue;
        };
        for column in ours.columns.keys().chain(theirs.columns.keys()).collect::<BTreeSet<_>>() {
            match (ours.columns.get(column), theirs.columns.get(column)) {
                (Some(a), Some(b)) => {
                    if !alike(&a.declared, &b.declared) {
                        wrong.push(format!(
                            "{name}.{column}: {} in SQLite, {} in PostgreSQL",
                            a.declared, b.declared
                        ));
                    }
                    if a.required != b.required {
                        wrong.push(format!("{name}.{column}: `not null` in only one of them"));
                    }
                    if a.has_default != b.has_default {
                        wrong.push(format!("{name}.{column}: a default in only one of them"));
                    }
                }
                _ => wrong.push(format!("{name}.{column} is in only one of them")),
            }
        }
        let mut compare = |what: &str, a: String, b: String| {
            if a != b {
                wrong.push(format!("{name}: {what}\n    SQLite     {a}\n    PostgreSQL {b}"));
            }
        };
        compare("primary key", format!("{:?}", ours.primary_key), format!("{:?}", theirs.primary_key));
        compare("foreign keys", format!("{:?}", ours.foreign_keys), format!("{:?}", theirs.foreign_keys));
        compare("number of check constraints", ours.checks.to_string(), theirs.checks.to_string());
        let only =
            |a: &Table, b: &Table| format!("{:?}", a.indexes.difference(&b.indexes).collect::<Vec<_>>());
        compare("indexes and unique constraints", only(ours, theirs), only(theirs, ours));
        for index in theirs.indexes.iter().filter(|index| index.unique) {
            let plain = index.columns.iter().all(|column| !column.contains('('));
            let expected = format!("{name}_{}_key", index.columns.join("_"));
            if plain && index.name != expected {
                wrong.push(format!(
                    "{name}: the unique index {} must be called {expected}: SQLite names it by its columns",
                    index.name
                ));
            }
        }
    }
    wrong
}

async fn sqlite(place: &std::path::Path) -> SqliteConnection {
    let path = place.join("schema.db");
    let config = stipple::config::Config::for_tests(place);
    let db = stipple::platform::db::Db::sqlite(&path, config.pool_limits()).await.expect("a new file opens");
    db.migrate().await.expect("the SQLite migrations apply");
    db.close().await;
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.expect("the file opens")
}

async fn of_sqlite(conn: &mut SqliteConnection) -> Schema {
    let mut schema = Schema::default();
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select name, lower(sql) from sqlite_schema where type = 'table' and name not like 'sqlite_%' \
         and name != '_sqlx_migrations'",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("the tables are read");
    for (name, sql) in tables {
        let mut table = Table { checks: sql.matches("check (").count(), ..Table::default() };
        let columns: Vec<(String, String, bool, bool, i64)> = sqlx::query_as(
            "select name, lower(type), \"notnull\", dflt_value is not null, pk from pragma_table_info($1)",
        )
        .bind(&name)
        .fetch_all(&mut *conn)
        .await
        .expect("the columns are read");
        let mut key: Vec<(i64, String)> = Vec::new();
        for (column, declared, required, has_default, place_in_key) in columns {
            if place_in_key > 0 {
                key.push((place_in_key, column.clone()));
            }
            table.columns.insert(column, Column { declared, required, has_default });
        }
        key.sort();
        table.primary_key = key.into_iter().map(|(_, column)| column).collect();
        table.foreign_keys = foreign_keys_of_sqlite(conn, &name).await;
        table.indexes = indexes_of_sqlite(conn, &name).await;
        schema.0.insert(name, table);
    }
    schema
}

async fn foreign_keys_of_sqlite(
    conn: &mut SqliteConnection,
    table: &str,
) -> BTreeSet<(Vec<String>, String, Vec<String>, String)> {
    let rows: Vec<(i64, String, String, Option<String>, String)> = sqlx::query_as(
        "select id, \"table\", \"from\", \"to\", lower(on_delete) from pragma_foreign_key_list($1) order by id, seq",
    )
    .bind(table)
    .fetch_all(conn)
    .await
    .expect("the foreign keys are read");
    let mut keys: BTreeMap<i64, (Vec<String>, String, Vec<String>, String)> = BTreeMap::new();
    for (id, other, from, to, on_delete) in rows {
        let key = keys.entry(id).or_insert_with(|| (Vec::new(), other, Vec::new(), on_delete));
        key.0.push(from);
        key.2.push(to.expect("name the columns a foreign key refers to"));
    }
    keys.into_values().collect()
}

async fn indexes_of_sqlite(conn: &mut SqliteConnection, table: &str) -> BTreeSet<Index> {
    let list: Vec<(String, bool, String, bool)> =
        sqlx::query_as("select name, \"unique\", origin, partial from pragma_index_list($1)")
            .bind(table)
            .fetch_all(&mut *conn)
            .await
            .expect("the indexes are read");
    let mut indexes = BTreeSet::new();
    for (name, unique, origin, partial) in list.into_iter().filter(|(_, _, origin, _)| origin != "pk") {
        let columns: Vec<(Option<String>, bool)> =
            sqlx::query_as("select name, \"desc\" from pragma_index_xinfo($1) where key = 1 order by seqno")
                .bind(&name)
                .fetch_all(&mut *conn)
                .await
                .expect("the index is read");
        let columns: Vec<String> =
            columns.into_iter().map(|(column, descending)| word(column, descending)).collect();
        let name = if origin == "u" { format!("{table}_{}_key", columns.join("_")) } else { name };
        indexes.insert(Index { name, columns, unique, partial });
    }
    indexes
}

fn word(column: Option<String>, descending: bool) -> String {
    let column = column.unwrap_or_else(|| "(expression)".to_owned());
    if descending { format!("{column} desc") } else { column }
}

async fn of_postgres(conn: &mut PgConnection) -> Schema {
    let mut schema = Schema::default();
    let columns: Vec<(String, String, String, bool, bool)> = sqlx::query_as(
        "select c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO', \
         c.column_default is not null \
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name) \
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name != '_sqlx_migrations'",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("the columns are read");
    for (table, column, declared, required, has_default) in columns {
        let table = schema.0.entry(table).or_default();
        table.columns.insert(column, Column { declared, required, has_default });
    }
    for (name, table) in &mut schema.0 {
        constraints_of_postgres(conn, name, table).await;
        table.indexes = indexes_of_postgres(conn, name).await;
    }
    schema
}

async fn constraints_of_postgres(conn: &mut PgConnection, name: &str, table: &mut Table) {
    type Constraint = (String, Vec<String>, Option<String>, Option<Vec<String>>, String);
    let rows: Vec<Constraint> = sqlx::query_as(
        "select k.contype::text, \
           array(select a.attname::text from unnest(k.conkey) with ordinality u(n, at) \
                 join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.at), \
           (select relname::text from pg_class where oid = k.confrelid), \
           array(select a.attname::text from unnest(k.confkey) with ordinality u(n, at) \
                 join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.at), \
           case k.confdeltype when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade' \
             when 'n' then 'set null' when 'd' then 'set default' else '' end \
         from pg_constraint k where k.conrelid = ('public.' || quote_ident($1))::regclass",
    )
    .bind(name)
    .fetch_all(conn)
    .await
    .expect("the constraints are read");
    for (kind, columns, other, their_columns, on_delete) in rows {
        match kind.as_str() {
            "p" => table.primary_key = columns,
            "c" => table.checks += 1,
            "f" => {
                let other = other.expect("a foreign key names a table");
                table.foreign_keys.insert((columns, other, their_columns.unwrap_or_default(), on_delete));
            }
            _ => {}
        }
    }
}

async fn indexes_of_postgres(conn: &mut PgConnection, table: &str) -> BTreeSet<Index> {
    type Row = (String, bool, bool, Vec<Option<String>>, Vec<bool>);
    let rows: Vec<Row> = sqlx::query_as(
        "select c.relname::text, i.indisunique, i.indpred is not null, \
           array(select (select a.attname::text from pg_attribute a where a.attrelid = i.indrelid and a.attnum = u.n \
                 and u.n > 0) from unnest(i.indkey::int2[]) with ordinality u(n, at) \
                 where u.at <= i.indnkeyatts order by u.at), \
           array(select (u.o & 1) = 1 from unnest(i.indoption::int2[]) with ordinality u(o, at) order by u.at) \
         from pg_index i join pg_class c on c.oid = i.indexrelid \
         where i.indrelid = ('public.' || quote_ident($1))::regclass and not i.indisprimary",
    )
    .bind(table)
    .fetch_all(conn)
    .await
    .expect("the indexes are read");
    rows.into_iter()
        .map(|(name, unique, partial, columns, descending)| Index {
            name,
            unique,
            partial,
            columns: columns.into_iter().zip(descending).map(|(column, down)| word(column, down)).collect(),
        })
        .collect()
}
