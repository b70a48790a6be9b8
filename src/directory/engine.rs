//! The practitioners' index as this service opens it: where it lies, by which settings.

use std::path::PathBuf;

use super::model::DOCUMENTS_VERSION;
use crate::app::App;
use crate::search::{self, SearchEngine, Settings, tantivy};

/// The settings of the index: the file of `search-config/`, and what documents are made of.
pub fn settings() -> Settings {
    Settings { documents_version: DOCUMENTS_VERSION, ..Settings::practitioners() }
}

/// Where the index lies.
pub(super) fn path(app: &App) -> PathBuf {
    app.config.data_dir.join("search").join("practitioners")
}

/// Opens the index. One that cannot be read is started anew, empty: it is derived, so nothing is lost
/// but the time to make it again.
///
/// # Errors
/// When its folder cannot be written.
pub async fn open(app: &App) -> search::Result<Box<dyn SearchEngine>> {
    let path = path(app);
    let opened = tokio::task::spawn_blocking(move || {
        let settings = settings();
        match tantivy::Engine::open(&path, &settings) {
            Err(search::Error::Unusable(unusable)) => {
                tracing::warn!(reason = %unusable, "the search index is made anew from the database");
                tantivy::Engine::reset(&path, &settings)
            }
            opened => opened,
        }
    });
    let engine = opened.await.map_err(|error| search::Error::Failed(error.to_string()))??;
    Ok(Box::new(engine))
}
