//! Work after the fact: deleting the files of photos that are not kept.

use serde_json::Value;
use uuid::Uuid;

use super::model::{Gazer, photo_paths};
use super::ops::DeletePhotos;
use super::store;
use crate::app::App;

/// Deletes every file of the photos that no case has: of those taken away, and of uploads that came to
/// nothing.
///
/// # Errors
/// A sentence for the log; the job is tried again.
pub async fn delete_photos(app: App, payload: Value) -> Result<(), String> {
    let job: DeletePhotos = serde_json::from_value(payload).map_err(|error| error.to_string())?;
    let kept = {
        let mut conn = app.db.read().await.map_err(|error| error.to_string())?;
        store::photos_by_id(&mut conn, &job.photos).await.map_err(|error| error.to_string())?
    };
    let gone: Vec<Uuid> =
        job.photos.into_iter().filter(|id| kept.iter().all(|photo| photo.id != *id)).collect();
    app.memory.of::<Gazer>().forget(&gone);
    for photo in gone {
        for path in photo_paths(photo) {
            app.blobs.delete(&path).await.map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
