//! The practitioners' index as this service opens it: where it is, by which settings.

use std::path::PathBuf;

use super::model::DOCUMENTS_VERSION;
use crate::app::App;
use crate::config::limits;
use crate::search::{self, SearchEngine, Settings, meilisearch, tantivy};

/// The settings of the index: the file of `search-config/`, and what documents are made of.
pub fn settings() -> Settings {
    Settings { documents_version: DOCUMENTS_VERSION, ..Settings::practitioners() }
}

/// Where the index lies.
pub(super) fn path(app: &App) -> PathBuf {
    app.config.data_dir.join("search").join("practitioners")
}

/// The file by which a command asks the service that has the index open to make it anew; gone once that is done.
pub fn rebuild_request(app: &App) -> PathBuf {
    app.config.data_dir.join("search").join("rebuild-wanted")
}

/// Opens the index, in this process or on the server that the settings name. One that cannot be read is started anew,
/// empty: it is derived, so nothing is lost but the time to make it again.
///
/// # Errors
/// When its folder cannot be written, or the server cannot be asked.
pub async fn open(app: &App) -> search::Result<Box<dyn SearchEngine>> {
    if let Some(url) = app.config.search_server() {
        let server = meilisearch::Server {
            url: url.to_owned(),
            key: app.config.search_key.clone(),
            index: app.config.search_index.clone(),
            search_within: limits::SEARCH_WITHIN,
            write_within: limits::SEARCH_WRITE_WITHIN,
        };
        let engine =
            meilisearch::Engine::open(app.chosen.clone(), server, &settings(), app.ids.clone()).await?;
        return Ok(Box::new(engine));
    }
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
