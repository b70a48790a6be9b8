//! What the server has accepted and does later.

use std::time::Duration;

use meilisearch_sdk::request::{HttpClient as _, Method};
use serde::Deserialize;
use tokio::time::Instant;

use super::Engine;
use crate::search::port::{Error, Result};

/// The first pause before a task is looked at again; the pauses double.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// How long a task may take, those before it included: the server may be building another index.
const PATIENCE: Duration = Duration::from_mins(10);
/// Failures that are the document's.
const OF_DOCUMENTS: [&str; 6] = [
    "invalid_document_id",
    "missing_document_id",
    "invalid_document_fields",
    "invalid_document_geo_field",
    "max_fields_limit_exceeded",
    "document_fields_limit_reached",
];

/// The server's receipt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accepted {
    pub(super) task_uid: u32,
}

/// A task, read as text where the SDK knows fewer states than the server has.
#[derive(Debug, Deserialize)]
struct Task {
    status: String,
    error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    message: String,
    code: String,
}

impl Engine {
    /// Waits until a task is done.
    pub(super) async fn finish(&self, task: u32) -> Result<()> {
        let address = self.address(&format!("tasks/{task}"));
        let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let get = Method::<(), ()>::Get { query: () };
            let state: Task = self.inner.writing.request(&address, get, 200).await?;
            match (state.status.as_str(), state.error) {
                ("succeeded", _) => return Ok(()),
                ("failed", Some(failure)) if OF_DOCUMENTS.contains(&failure.code.as_str()) => {
                    return Err(Error::Document(failure.message));
                }
                ("failed", Some(failure)) => return Err(Error::Failed(failure.message)),
                ("failed" | "canceled", _) => {
                    return Err(Error::Failed(format!("the search server gave task {task} up")));
                }
                _ if began.elapsed() > PATIENCE => {
                    return Err(Error::Failed(format!("the search server does not come to task {task}")));
                }
                _ => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
