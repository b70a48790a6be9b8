//! Reads from a replica: only where a task may, and only where it has everything this process knows of.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};
use stipple::platform::changes;
use stipple::platform::clock::Clock;
use stipple::platform::db::{Db, PoolLimits, replica};

use crate::support::cluster::Cluster;
use crate::support::{self, postgres_url};

const LIMITS: PoolLimits = PoolLimits { connections: 4, acquire_timeout: std::time::Duration::from_secs(5) };

/// Which of the two databases a read comes from: each has another word in its `meta`.
async fn where_from(db: &Db) -> String {
    let mut conn = db.snapshot().await.unwrap();
    let (word,): (String,) =
        conn.query("select value from meta where key = 'which'").fetch_one().await.unwrap();
    word
}

#[tokio::test]
async fn a_replica_is_read_while_it_has_caught_up_and_nobody_insists() {
    if postgres_url().is_none() {
        // SQLite has no replicas.
        return;
    }
    let (primary, behind) = (support::db().await, support::db().await);
    for (db, word) in [(&primary, "primary"), (&behind, "replica")] {
        let mut tx = db.write().await.unwrap();
        let sql = "insert into meta (key, value) values ('which', $1)";
        tx.query(sql).bind(word.to_owned()).execute().await.unwrap();
        tx.commit().await.unwrap();
    }
    let db = Db::postgres(&primary.url(), LIMITS).await.unwrap();
    let db = db.with_replica(&behind.url(), LIMITS).unwrap();
    assert_eq!(where_from(&db).await, "primary", "work that does not say so reads what is newest");
    assert_eq!(replica::preferring(where_from(&db)).await, "replica");
    // What this process has acknowledged is read where it is.
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, "practitioners/x", primary.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(replica::preferring(where_from(&db)).await, "primary");
    let mut tx = behind.write().await.unwrap();
    changes::append(&mut tx, "practitioners/x", primary.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(replica::preferring(where_from(&db)).await, "replica", "it has caught up");
    // One that is not there is passed over.
    let nowhere = Db::postgres(&primary.url(), LIMITS).await.unwrap();
    let nowhere = nowhere.with_replica("postgres://nobody@127.0.0.1:1/nothing", LIMITS).unwrap();
    assert_eq!(replica::preferring(where_from(&nowhere)).await, "primary");
}

/// A standby that streams, held back and let go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_read_while_it_has_what_was_acknowledged() {
    async fn is_standby(db: &Db) -> bool {
        let mut conn = db.read().await.unwrap();
        conn.query("select pg_is_in_recovery()").fetch_one::<(bool,)>().await.unwrap().0
    }
    if postgres_url().is_none() {
        return;
    }
    let cluster = Cluster::start().await;
    let plain = Db::postgres(&cluster.url, LIMITS).await.unwrap();
    plain.migrate().await.unwrap();
    let standby = cluster.standby();
    let db = Db::postgres(&cluster.url, LIMITS).await.unwrap().with_replica(&standby.url, LIMITS).unwrap();
    assert!(replica::preferring(is_standby(&db)).await);
    assert!(!is_standby(&db).await);

    let mut behind = PgConnection::connect(&standby.url).await.unwrap();
    behind.execute("select pg_wal_replay_pause()").await.unwrap();
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, "practitioners/x", Clock::system().now()).await.unwrap();
    tx.commit().await.unwrap();
    let seen = replica::preferring(async {
        let mut conn = db.snapshot().await.unwrap();
        changes::latest(&mut conn).await.unwrap()
    });
    assert_eq!(seen.await, 1, "what was acknowledged is read");
    assert!(!replica::preferring(is_standby(&db)).await);
    behind.execute("select pg_wal_replay_resume()").await.unwrap();
    let began = Instant::now();
    while !replica::preferring(is_standby(&db)).await {
        assert!(began.elapsed() < Duration::from_secs(30), "it never catches up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(standby);
    assert!(!replica::preferring(is_standby(&db)).await, "one that has gone is passed over");
}
