//! Work after the fact: deleting portraits that nobody shows any more.

use serde_json::Value;

use super::model::{PORTRAIT_LARGE, PORTRAIT_SMALL, portrait_path};
use super::ops::DeletePortrait;
use super::store;
use crate::app::App;

/// Deletes both renditions of a portrait, unless its listing shows it after all.
///
/// # Errors
/// A sentence for the log; the job is tried again.
pub async fn delete_portrait(app: App, payload: Value) -> Result<(), String> {
    let job: DeletePortrait = serde_json::from_value(payload).map_err(|error| error.to_string())?;
    let shown = {
        let mut conn = app.db.read().await.map_err(|error| error.to_string())?;
        store::portrait_of(&mut conn, job.practitioner).await.map_err(|error| error.to_string())?
    };
    if shown.as_ref() == Some(&job.portrait) {
        return Ok(());
    }
    for size in [PORTRAIT_SMALL, PORTRAIT_LARGE] {
        let path = portrait_path(&job.portrait, size);
        app.blobs.delete(&path).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}
