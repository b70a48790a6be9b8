//! Work by the clock: follow-up invitations that are due, and addresses that were kept long enough.

use super::model::Via;
use super::{ops, store};
use crate::app::App;
use crate::config::limits;
use crate::platform::db;

/// Sends every follow-up that is due, and erases every address whose time is over.
///
/// # Errors
/// As the database says; what was done before stays done.
pub async fn tend(app: App) -> db::Result<()> {
    while follow_up(&app).await? {}
    while erase(&app).await? {}
    Ok(())
}

/// One batch; answers whether there may be more.
async fn follow_up(app: &App) -> db::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let due = store::due_follow_ups(&mut tx, now, limits::FOLLOW_UP_BATCH).await?;
    for mut treatment in due.iter().cloned() {
        treatment.follow_up_at = treatment.next_follow_up(now);
        let review = store::by_treatment(&mut tx, treatment.id).await?;
        // What was removed or withdrawn is not asked for again.
        if review.is_some_and(|review| review.removal.is_some()) {
            treatment.follow_up_at = None;
        } else {
            ops::invite(&mut tx, app, &treatment, Via::Letter).await?;
        }
        store::update_schedule(&mut tx, &treatment).await?;
    }
    tx.commit().await?;
    Ok(!due.is_empty())
}

async fn erase(app: &App) -> db::Result<bool> {
    let mut tx = app.db.write().await?;
    let due = store::due_contacts(&mut tx, app.clock.now(), limits::FOLLOW_UP_BATCH).await?;
    for (id,) in &due {
        store::erase_contact(&mut tx, *id).await?;
    }
    tx.commit().await?;
    Ok(!due.is_empty())
}
