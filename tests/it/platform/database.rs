//! One text on two drivers: lists, constraint names, transactions and errors mean the same on both.

use stipple::platform::db::{Conn, Dialect, Error, Json, OnConflict};
use stipple::platform::problem::{self, Code};
use stipple::platform::{changes, meta};
use uuid::Uuid;

use crate::support;

async fn put(conn: &mut Conn, keys: &[&'static str]) {
    for key in keys {
        meta::fix(conn, key, "x").await.unwrap();
    }
}

#[tokio::test]
async fn a_list_of_any_length_is_one_parameter() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    put(&mut tx, &["a", "b", "c", "d", "e", "f", "g", "h", "i"]).await;
    for keys in
        ["", "a", "ab", "abc", "abcd", "abcde", "gfedcba", "abcdefghi", "aab", "xyz", "abcdefghijklmnopq"]
    {
        let list: Vec<String> = keys.chars().map(String::from).collect();
        let found: Vec<(String,)> = tx
            .query("select key from meta where value = $1 and key <> $2 and key in ({list}) order by key")
            .bind("x".to_owned())
            .bind("b".to_owned())
            .bind_list(&list)
            .fetch_all()
            .await
            .unwrap();
        let mut expected: Vec<char> = keys.chars().filter(|key| "acdefghi".contains(*key)).collect();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(
            found.into_iter().map(|(key,)| key).collect::<String>(),
            expected.iter().collect::<String>(),
            "{keys}"
        );
    }
}

#[tokio::test]
async fn a_list_may_be_long_and_of_ids() {
    let db = support::db().await;
    let ids: Vec<Uuid> = (0..700).map(|_| db.ids.uuid()).collect();
    let mut tx = db.write().await.unwrap();
    for id in ids.iter().step_by(2) {
        tx.query("insert into jobs (id, kind, payload, run_at, created_at) values ($1, 'k', $2, $3, $3)")
            .bind(*id)
            .bind(Json(serde_json::json!(42)))
            .bind(db.clock.now())
            .execute()
            .await
            .unwrap();
    }
    let found: Vec<(Uuid, Json<serde_json::Value>)> = tx
        .query("select id, payload from jobs where id in ({list})")
        .bind_list(&ids)
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(found.len(), 350);
    assert!(found.iter().all(|(_, payload)| payload.0 == 42), "a bare number stays one in a JSON column");
}

#[tokio::test]
async fn constraints_have_one_name_on_both() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    for sql in [
        "create table thing (id bigint not null primary key, a text not null, b text not null, c text, d text not null,
            constraint thing_a_b_key unique (a, b), constraint thing_d_check check (d <> ''))",
        "create unique index thing_lower_c_key on thing (lower(c))",
        "create unique index thing_b_key on thing (b) where b <> 'many'",
        "create table part (thing_id bigint not null references thing (id))",
        "insert into thing (id, a, b, c, d) values (1, 'a', 'b', 'C', 'd')",
    ] {
        tx.query(sql).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    for (sql, expected) in [
        ("insert into thing (id, a, b, c, d) values (1, 'x', 'y', 'z', 'd')", "thing_pkey"),
        ("insert into thing (id, a, b, c, d) values (2, 'a', 'b', 'z', 'd')", "thing_a_b_key thing_b_key"),
        ("insert into thing (id, a, b, c, d) values (3, 'x', 'y', 'c', 'd')", "thing_lower_c_key"),
        ("insert into thing (id, a, b, c, d) values (4, 'x', 'b', 'z', 'd')", "thing_b_key"),
    ] {
        // A transaction each: PostgreSQL goes on with none after an error.
        let error = db.write().await.unwrap().query(sql).execute().await.expect_err(sql);
        let Error::Unique(name) = &error else { panic!("{sql}: {error:?}") };
        assert!(expected.split(' ').any(|one| one == name), "{sql}: {name}");
        assert!(error.is_unique(name) && !error.is_unique("thing"));
    }
    let refused = |sql: &'static str| {
        let db = db.db.clone();
        async move { db.write().await.unwrap().query(sql).execute().await.expect_err(sql) }
    };
    assert!(matches!(
        refused("insert into thing (id, a, b, d) values (5, 'p', 'q', '')").await,
        Error::Check(_)
    ));
    assert!(matches!(refused("insert into part (thing_id) values (99)").await, Error::ForeignKey));
    assert!(matches!(refused("delete from thing where nope = 1").await, Error::Other(_)));
}

#[tokio::test]
async fn a_named_conflict_becomes_the_callers_own_error() {
    #[derive(Debug)]
    enum Mine {
        Taken,
        Database,
    }
    impl From<Error> for Mine {
        fn from(_: Error) -> Self {
            Self::Database
        }
    }
    let db = support::db().await;
    let taken = |constraint: &'static str| {
        let db = db.db.clone();
        async move {
            let mut tx = db.write().await.unwrap();
            put(&mut tx, &["a"]).await;
            let again = tx.query("insert into meta (key, value) values ('a', 'b')").execute().await;
            again.on_conflict(constraint, || Mine::Taken)
        }
    };
    assert!(matches!(taken("meta_pkey").await, Err(Mine::Taken)));
    assert!(matches!(taken("meta_value_key").await, Err(Mine::Database)));
}

#[tokio::test]
async fn a_transaction_dropped_is_undone_and_gives_its_connection_back() {
    let db = support::db().await;
    for _ in 0..20 {
        let mut tx = db.write().await.unwrap();
        put(&mut tx, &["gone"]).await;
        drop(tx);
    }
    let mut tx = db.write().await.unwrap();
    put(&mut tx, &["kept"]).await;
    tx.commit().await.unwrap();
    let mut conn = db.read().await.unwrap();
    let keys: Vec<(String,)> = conn.query("select key from meta order by key").fetch_all().await.unwrap();
    assert_eq!(keys, [("kept".to_owned(),)]);
    let missing = conn.query("select key from meta where key = 'no'").fetch_one::<(String,)>().await;
    assert!(matches!(missing, Err(Error::RowNotFound)));
}

/// Asks a future that many times how far it is, with time in between for what it waits for, and gives it up.
async fn give_up_after(looks: u32, future: impl Future) {
    let mut future = std::pin::pin!(future);
    for _ in 0..looks {
        if std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_ready())).await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_micros(200)).await;
    }
}

#[tokio::test]
async fn a_transaction_given_up_while_it_begins_leaves_nothing_on_its_connection() {
    let db = support::db().await;
    for looks in 0..40 {
        for _ in 0..8 {
            give_up_after(looks % 5, db.snapshot()).await;
            give_up_after(looks % 5, db.write()).await;
        }
        let mut tx = db.write().await.unwrap();
        put(&mut tx, &["gone"]).await;
        drop(tx);
    }
    let mut conn = db.read().await.unwrap();
    assert!(
        !meta_has(&mut conn, "gone").await,
        "what was written is undone, and not within a forgotten transaction"
    );
}

async fn meta_has(conn: &mut Conn, key: &str) -> bool {
    let found = conn.query("select key from meta where key = $1").bind(key.to_owned());
    found.fetch_optional::<(String,)>().await.unwrap().is_some()
}

#[tokio::test]
async fn a_snapshot_sees_one_state() {
    let db = support::db().await;
    let mut snapshot = db.snapshot().await.unwrap();
    assert_eq!(changes::latest(&mut snapshot).await.unwrap(), 0);
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, "practitioners/a", db.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(changes::latest(&mut snapshot).await.unwrap(), 0, "still the state of its first read");
    assert_eq!(changes::latest(&mut db.read().await.unwrap()).await.unwrap(), 1);
    assert!(snapshot.query("delete from changes").execute().await.is_err(), "a snapshot only reads");
}

#[tokio::test]
async fn what_is_fixed_at_first_start_stays() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    assert_eq!(meta::fix(&mut tx, "issuer_host", "a.example").await.unwrap(), "a.example");
    assert_eq!(meta::fix(&mut tx, "issuer_host", "b.example").await.unwrap(), "a.example");
    meta::replace(&mut tx, "issuer_host", "c.example").await.unwrap();
    assert_eq!(meta::fix(&mut tx, "issuer_host", "b.example").await.unwrap(), "c.example");
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    put(&mut tx, &["kept"]).await;
    tx.commit().await.unwrap();
    db.migrate().await.unwrap();
    db.reopen().await.migrate().await.unwrap();
    let mut conn = db.read().await.unwrap();
    assert_eq!(conn.query("select key from meta").fetch_all::<(String,)>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_closed_database_is_unavailable() {
    let db = support::db().await;
    let other = db.reopen().await;
    other.close().await;
    assert!(matches!(other.read().await.map(drop), Err(Error::Unavailable(_))));
    assert!(matches!(other.write().await.map(drop), Err(Error::Unavailable(_))));
    assert!(db.read().await.is_ok());
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_there_stays() {
    let db = support::db().await;
    if db.dialect() == Dialect::Postgres {
        support::skip("filling the disk under PostgreSQL: it cannot be made small here");
        return;
    }
    let mut tx = db.write().await.unwrap();
    put(&mut tx, &["kept"]).await;
    tx.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    tx.query("pragma max_page_count = 1").execute().await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    let large = "x".repeat(1_000_000);
    let full = tx
        .query("insert into meta (key, value) values ('large', $1)")
        .bind(large)
        .execute()
        .await
        .expect_err("there is no room");
    assert!(matches!(full, Error::Full), "{full:?}");
    drop(tx);
    let mut conn = db.read().await.unwrap();
    assert_eq!(
        conn.query("select key from meta").fetch_all::<(String,)>().await.unwrap(),
        [("kept".to_owned(),)]
    );
}

/// On PostgreSQL two writers can wait for each other; one of them is told to come back. On SQLite they
/// cannot: there is one writer.
#[tokio::test]
async fn two_writers_that_wait_for_each_other_pass() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    put(&mut tx, &["a", "b"]).await;
    tx.commit().await.unwrap();
    if db.dialect() == Dialect::Sqlite {
        return;
    }
    let (mut one, mut other) = (db.write().await.unwrap(), db.write().await.unwrap());
    let touch = "update meta set value = 'y' where key = $1";
    one.query(touch).bind("a".to_owned()).execute().await.unwrap();
    other.query(touch).bind("b".to_owned()).execute().await.unwrap();
    // Whoever is refused lets go, so that the other can pass.
    let (first, second) = tokio::join!(
        async move {
            let done = one.query(touch).bind("b".to_owned()).execute().await;
            drop(one);
            done
        },
        async move {
            let done = other.query(touch).bind("a".to_owned()).execute().await;
            drop(other);
            done
        },
    );
    let outcomes = [first, second];
    assert!(outcomes.iter().any(Result::is_ok), "{outcomes:?}");
    assert!(outcomes.iter().any(|one| matches!(one, Err(Error::Unavailable(_)))), "{outcomes:?}");
}

#[test]
fn what_fails_inside_is_a_problem_with_a_code_outside() {
    let code = |error: Error| -> Code { problem::Error::from(error).code() };
    assert_eq!(code(Error::Full), problem::STORAGE_FULL);
    assert_eq!(code(Error::Unavailable("x".into())), problem::UNAVAILABLE);
    assert_eq!(code(Error::RowNotFound), problem::INTERNAL);
    assert_eq!(code(Error::Unique("thing_a_key".into())), problem::INTERNAL);
}
