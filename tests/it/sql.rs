//! Every SQL statement of the source, prepared on the database of this run: a column that does not
//! exist, a parameter without a type or a word only one of the two databases knows fails here, not at a
//! caller's. And what STYLE asks of a statement's text.

use stipple::platform::db::Dialect;

use crate::support;
use crate::support::source::sources;
use crate::support::statements::{Statement, is_sql, statements};

fn all() -> Vec<Statement> {
    sources("src").iter().flat_map(statements).collect()
}

/// The text without what stands in single quotes.
fn unquoted(sql: &str) -> String {
    sql.split('\'').step_by(2).collect::<Vec<_>>().join("''")
}

#[tokio::test]
async fn every_statement_compiles_on_this_database() {
    let db = support::db().await;
    let mut wrong = Vec::new();
    let mut prepared = 0;
    for Statement { place, sql, only, path } in all() {
        // The plumbing itself speaks to drivers: `begin immediate` is no statement to prepare.
        if path.starts_with("src/platform/db/") || only.is_some_and(|only| only != db.dialect()) {
            continue;
        }
        prepared += 1;
        if let Err(error) = db.prepare(String::leak(sql.clone())).await {
            wrong.push(format!("{place}\n    {error}\n    {sql}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} statements do not compile on {:?}. A statement that only one database knows stands in an arm of \
         `match conn.dialect()`; one that is put together uses concat! of literals.\n{}",
        wrong.len(),
        db.dialect(),
        wrong.join("\n")
    );
    assert!(prepared > 10, "only {prepared} statements were found: does the reader still see them?");
}

#[test]
fn statements_keep_to_what_both_databases_mean_alike() {
    let mut wrong = Vec::new();
    for Statement { place, sql, only, path } in all() {
        if path.starts_with("src/platform/db/") {
            continue;
        }
        let text = unquoted(&sql);
        let spaced = format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut complain = |what: &str| wrong.push(format!("{place}: {what}\n    {spaced}"));
        if text.chars().any(char::is_uppercase) {
            complain("SQL is written in lower case");
        }
        for (never, instead) in [
            ("now()", "bind the clock's instant"),
            ("current_timestamp", "bind the clock's instant"),
            ("random()", "bind what Ids gives"),
            (" ilike ", "compare a folded column, or lower(x) like"),
            ("::", "write cast(x as type)"),
            ("any(", "write `in ({list})` and bind_list"),
            ("?", "parameters are $1, $2 …"),
            (" offset ", "page by keyset"),
            ("select *", "name the columns"),
            (" returning *", "name the columns"),
        ] {
            if only.is_none() && spaced.contains(never) {
                complain(&format!("`{}` is not for both databases: {instead}", never.trim()));
            }
        }
        let uncast = spaced.match_indices("sum(").any(|(at, _)| !spaced[..at].ends_with("cast("));
        if uncast && only != Some(Dialect::Sqlite) {
            complain("a sum of bigints is numeric on PostgreSQL: write cast(sum(x) as bigint)");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sql_is_told_from_sentences() {
    for sql in [
        "select id from t",
        "select exists (select 1 from t)",
        "select pg_advisory_xact_lock(1)",
        "\n  insert into t (a) values ($1)",
        "update t set a = 1",
        "delete from t where id = $1",
        "with due as (select 1) select * from due",
        "SELECT a FROM t",
        "pragma user_version",
    ] {
        assert!(is_sql(sql), "{sql}");
    }
    for sentence in [
        "select a place first",
        "update the listing with If-Match",
        "with 500 practitioners",
        "insert a coin",
        "delete it",
        "begin with a letter",
        "create a listing first",
        "with",
    ] {
        assert!(!is_sql(sentence), "{sentence}");
    }
}
