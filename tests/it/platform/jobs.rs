//! The job queue: once each, again after a crash or a failure, and never silently lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stipple::platform::db::Db;
use stipple::platform::jobs::{self, Counts, MAX_ATTEMPTS, Registry, Worker};
use tokio::sync::Notify;

use crate::support::{self, TestDb};

/// What the handlers of a test share.
#[derive(Clone, Default)]
struct Desk {
    done: Arc<Mutex<Vec<i64>>>,
    /// A handler of `held` says that it has begun, then waits to be let go.
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

fn worker(db: Db, place: &TestDb, desk: &Desk) -> Worker<Desk> {
    let registry = Registry::default()
        .with("note", |desk: Desk, payload| async move {
            desk.done.lock().unwrap().push(payload.as_i64().unwrap());
            Ok::<(), String>(())
        })
        .with("fail", |_: Desk, payload| async move { Err::<(), _>(format!("no luck with {payload}")) })
        .with("panic", |_: Desk, _| async move { Err::<(), String>(unlucky()) })
        .with("held", |desk: Desk, payload| async move {
            desk.begun.notify_one();
            desk.go.notified().await;
            desk.done.lock().unwrap().push(payload.as_i64().unwrap());
            Ok::<(), String>(())
        });
    Worker { db, clock: place.clock.clone(), app: desk.clone(), registry }
}

async fn enqueue(db: &TestDb, kind: &'static str, payload: i64, wait: Duration) {
    let mut tx = db.write().await.unwrap();
    jobs::enqueue(&mut tx, &db.ids, kind, &payload, db.clock.now().plus(wait)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn counts(db: &TestDb) -> (i64, i64) {
    let Counts { due, dead } = jobs::counts(&mut db.read().await.unwrap()).await.unwrap();
    (due, dead)
}

async fn last_error(db: &TestDb) -> Option<String> {
    let (error,): (Option<String>,) =
        db.read().await.unwrap().query("select last_error from jobs").fetch_one().await.unwrap();
    error
}

#[tokio::test]
async fn jobs_are_done_when_they_are_due_oldest_first() {
    let db = support::db().await;
    let desk = Desk::default();
    let worker = worker(db.db.clone(), &db, &desk);
    assert!(!worker.run_due().await.unwrap(), "nothing to do");
    for (payload, wait) in [(3, 30), (1, 10), (2, 20), (4, 40)] {
        enqueue(&db, "note", payload, Duration::from_secs(wait)).await;
    }
    assert!(!worker.run_due().await.unwrap(), "nothing is due");
    db.clock.advance(Duration::from_secs(30));
    while worker.run_due().await.unwrap() {}
    assert_eq!(*desk.done.lock().unwrap(), [1, 2, 3]);
    assert_eq!(counts(&db).await, (1, 0));
}

#[tokio::test]
async fn a_job_is_in_the_queue_only_when_its_fact_is_committed() {
    let db = support::db().await;
    let mut tx = db.write().await.unwrap();
    jobs::enqueue(&mut tx, &db.ids, "note", &1, db.clock.now()).await.unwrap();
    drop(tx);
    assert_eq!(counts(&db).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_workers_do_each_job_once() {
    let db = support::db().await;
    let desk = Desk::default();
    for payload in 0..60 {
        enqueue(&db, "note", payload, Duration::ZERO).await;
    }
    let mut workers = Vec::new();
    for _ in 0..3 {
        let worker = worker(db.reopen().await, &db, &desk);
        workers.push(tokio::spawn(async move { while worker.run_due().await.unwrap() {} }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let mut done = desk.done.lock().unwrap().clone();
    done.sort_unstable();
    assert_eq!(done, (0..60).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failing_job_is_tried_again_later_and_in_the_end_is_dead_visible_and_replayable() {
    let db = support::db().await;
    let worker = worker(db.db.clone(), &db, &Desk::default());
    enqueue(&db, "fail", 7, Duration::ZERO).await;
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(counts(&db).await, (1, 0), "before attempt {attempt}");
        assert!(worker.run_due().await.unwrap(), "attempt {attempt}");
        assert!(!worker.run_due().await.unwrap(), "not again at once");
        db.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(counts(&db).await, (0, 1));
    assert_eq!(last_error(&db).await.unwrap(), "no luck with 7");
    assert!(!worker.run_due().await.unwrap(), "the dead are left alone");

    let mut tx = db.write().await.unwrap();
    assert_eq!(jobs::replay(&mut tx, "another", db.clock.now()).await.unwrap(), 0);
    assert_eq!(jobs::replay(&mut tx, "fail", db.clock.now()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(counts(&db).await, (1, 0));
    assert!(worker.run_due().await.unwrap());
}

#[tokio::test]
async fn the_pause_between_tries_grows() {
    let db = support::db().await;
    let worker = worker(db.db.clone(), &db, &Desk::default());
    enqueue(&db, "fail", 1, Duration::ZERO).await;
    for pause in [2_u64, 4, 8, 16] {
        assert!(worker.run_due().await.unwrap());
        db.clock.advance(Duration::from_micros(pause * 1_000_000 - 1));
        assert!(!worker.run_due().await.unwrap(), "{pause} seconds are not over");
        db.clock.advance(Duration::from_micros(1));
    }
}

#[tokio::test]
async fn a_panic_or_an_unknown_kind_fails_the_job_and_not_the_worker() {
    for (kind, says) in [("panic", "panicked"), ("nobody.knows", "no handler for jobs of kind nobody.knows")]
    {
        let db = support::db().await;
        let desk = Desk::default();
        let worker = worker(db.db.clone(), &db, &desk);
        enqueue(&db, kind, 1, Duration::ZERO).await;
        enqueue(&db, "note", 2, Duration::from_secs(1)).await;
        assert!(worker.run_due().await.unwrap());
        let error = last_error_of(&db, kind).await.unwrap();
        assert!(error.contains(says), "{error}");
        db.clock.advance(Duration::from_secs(1));
        assert!(worker.run_due().await.unwrap());
        assert_eq!(*desk.done.lock().unwrap(), [2]);
    }
}

async fn last_error_of(db: &TestDb, kind: &str) -> Option<String> {
    let mut conn = db.read().await.unwrap();
    let query = conn.query("select last_error from jobs where kind = $1").bind(kind.to_owned());
    query.fetch_one::<(Option<String>,)>().await.unwrap().0
}

/// Begins the held job and drops the worker in the middle of it, as a crash would.
async fn crash(worker: &Worker<Desk>, desk: &Desk) {
    tokio::select! {
        done = worker.run_due() => panic!("the job is held: {done:?}"),
        () = desk.begun.notified() => {}
    }
}

#[tokio::test]
async fn a_crashed_workers_job_comes_back_after_its_lease() {
    let db = support::db().await;
    let desk = Desk::default();
    let worker = worker(db.db.clone(), &db, &desk);
    enqueue(&db, "held", 5, Duration::ZERO).await;
    crash(&worker, &desk).await;
    assert_eq!(counts(&db).await, (1, 0));
    assert!(!worker.run_due().await.unwrap(), "it is still leased");
    db.clock.advance(Duration::from_secs(60));
    desk.go.notify_one();
    assert!(worker.run_due().await.unwrap());
    assert_eq!(*desk.done.lock().unwrap(), [5]);
    assert_eq!(counts(&db).await, (0, 0));
}

#[tokio::test]
async fn a_job_that_takes_the_process_down_each_time_is_given_up() {
    let db = support::db().await;
    let desk = Desk::default();
    let worker = worker(db.db.clone(), &db, &desk);
    enqueue(&db, "held", 5, Duration::ZERO).await;
    for _ in 0..MAX_ATTEMPTS {
        crash(&worker, &desk).await;
        db.clock.advance(Duration::from_secs(60));
    }
    assert!(worker.run_due().await.unwrap());
    assert_eq!(counts(&db).await, (0, 1));
    assert!(last_error(&db).await.unwrap().contains("never ended"));
    assert!(desk.done.lock().unwrap().is_empty());
}

/// A worker that comes back after its lease finds the job in other hands and changes nothing.
#[tokio::test]
async fn a_late_worker_does_not_end_what_another_has_begun() {
    let db = support::db().await;
    let (late, other) = (Desk::default(), Desk::default());
    let (late_worker, other_worker) =
        (worker(db.db.clone(), &db, &late), worker(db.reopen().await, &db, &other));
    enqueue(&db, "held", 5, Duration::ZERO).await;
    let slow = tokio::spawn(async move { late_worker.run_due().await.unwrap() });
    late.begun.notified().await;
    db.clock.advance(Duration::from_secs(61));
    crash(&other_worker, &other).await;
    late.go.notify_one();
    assert!(slow.await.unwrap());
    assert_eq!(counts(&db).await, (1, 0), "the second worker's attempt still stands");
}

/// A mistake in a handler.
fn unlucky() -> String {
    panic!("a handler with a mistake in it")
}
