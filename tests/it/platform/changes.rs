//! The change feed: with the fact or not at all, in commit order, and told to this process at once.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use stipple::platform::changes;
use stipple::platform::db::Db;

use crate::support::{self, TestDb};

async fn subjects(db: &Db) -> Vec<String> {
    let mut conn = db.read().await.unwrap();
    let found = changes::after(&mut conn, 0, 100).await.unwrap();
    assert!(found.is_sorted_by_key(|change| change.seq));
    found.into_iter().map(|change| change.subject).collect()
}

async fn change(db: &TestDb, subject: &str) {
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, subject, db.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the listeners of this process were told.
fn listen(db: &Db) -> Arc<Mutex<Vec<String>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&told);
    db.hub().on_commit(move |subjects| ear.lock().unwrap().extend_from_slice(subjects));
    told
}

#[tokio::test]
async fn a_change_is_there_after_the_commit_and_not_before() {
    let db = support::db().await;
    let told = listen(&db);
    let follower = db.hub().follow();
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, "practitioners/a", db.clock.now()).await.unwrap();
    assert!(subjects(&db).await.is_empty() && told.lock().unwrap().is_empty());
    assert!(!follower.has_changed().unwrap());
    tx.commit().await.unwrap();
    assert_eq!(subjects(&db).await, ["practitioners/a"]);
    assert_eq!(*told.lock().unwrap(), ["practitioners/a"]);
    assert!(follower.has_changed().unwrap());
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let db = support::db().await;
    let told = listen(&db);
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, "practitioners/a", db.clock.now()).await.unwrap();
    drop(tx);
    change(&db, "practitioners/b").await;
    assert_eq!(subjects(&db).await, ["practitioners/b"]);
    assert_eq!(*told.lock().unwrap(), ["practitioners/b"]);
}

#[tokio::test]
async fn a_subject_is_named_once_in_a_transaction() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    for subject in ["a", "b", "a", "a"] {
        changes::append(&mut tx, subject, db.clock.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    change(&db, "a").await;
    assert_eq!(subjects(&db).await, ["a", "b", "a"]);
}

#[tokio::test]
async fn a_commit_without_changes_wakes_nobody() {
    let db = support::db().await;
    let follower = db.hub().follow();
    db.write().await.unwrap().commit().await.unwrap();
    assert!(!follower.has_changed().unwrap());
}

/// A slow transaction that has its place in the feed already holds the later ones back: a follower that
/// read past it would never come back for it.
#[tokio::test]
async fn the_feed_is_in_commit_order() {
    let db = support::db().await;
    let mut slow = db.write().await.unwrap();
    changes::append(&mut slow, "slow", db.clock.now()).await.unwrap();
    let (other, now) = (db.reopen().await, db.clock.now());
    let quick = tokio::spawn(async move {
        let mut tx = other.write().await.unwrap();
        changes::append(&mut tx, "quick", now).await.unwrap();
        tx.commit().await.unwrap();
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
        assert!(subjects(&db).await.is_empty(), "nothing is visible while an earlier place is not decided");
    }
    slow.commit().await.unwrap();
    quick.await.unwrap();
    assert_eq!(subjects(&db).await, ["slow", "quick"]);
}

/// A client that hangs up drops the handler wherever it stands, even in the commit.
#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_still_told() {
    let db = support::db().await;
    let told = listen(&db);
    let mut follower = db.hub().follow();
    let mut tx = db.write().await.unwrap();
    changes::append(&mut tx, "practitioners/a", db.clock.now()).await.unwrap();
    {
        let mut commit = Box::pin(tx.commit());
        let begun = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(begun, Poll::Pending), "a commit takes longer than one look");
    }
    follower.changed().await.unwrap();
    assert_eq!(*told.lock().unwrap(), ["practitioners/a"]);
    assert_eq!(subjects(&db).await, ["practitioners/a"]);
}

#[tokio::test]
async fn a_reader_pages_through_the_feed_from_anywhere() {
    let db = support::db().await;
    for subject in ["a", "b", "c", "d"] {
        change(&db, subject).await;
    }
    let mut conn = db.read().await.unwrap();
    let (mut seq, mut seen) = (0, Vec::new());
    loop {
        let page = changes::after(&mut conn, seq, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        seq = last.seq;
        seen.extend(page.into_iter().map(|change| change.subject));
    }
    assert_eq!(seen, ["a", "b", "c", "d"]);
    assert_eq!(changes::latest(&mut conn).await.unwrap(), seq);
}
