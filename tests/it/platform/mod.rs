//! The plumbing on both databases.

use crate::support::{self, TestApp};

#[tokio::test]
async fn every_test_has_a_migrated_database_of_its_own() {
    let (one, other) = (support::db().await, support::db().await);
    let mut tx = one.write().await.expect("the writer is free");
    stipple::platform::changes::append(&mut tx, "practitioners/x", one.clock.now()).await.expect("appends");
    tx.commit().await.expect("commits");
    let mut read = other.read().await.expect("a reader is free");
    assert_eq!(stipple::platform::changes::latest(&mut read).await.expect("reads"), 0);
    let again = one.reopen().await;
    let mut read = again.read().await.expect("a reader is free");
    assert_eq!(stipple::platform::changes::latest(&mut read).await.expect("reads"), 1);
}

#[tokio::test]
async fn the_test_application_answers() {
    let app = TestApp::new().await;
    let answer = app.anyone().get("/readyz").await.expect(200);
    assert_eq!(answer.text(), "ready");
    app.as_operator().await.get("/nowhere").await.expect(404);
}
