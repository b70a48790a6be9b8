//! What the public log has of a review, over HTTP.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::find;
use crate::app::{App, Tag};
use crate::platform::clock::Ts;
use crate::platform::http::Answer;
use crate::platform::problem::Error;
use crate::reviews::model::ReviewState;
use crate::transparency;

/// `/v1/reviews/{id}/log`.
pub struct ReviewLogApi;

/// What the log has of a review.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "ReviewLog")]
struct LogView {
    /// Its address.
    url: String,
    /// Each version of it, and what became of it, oldest first.
    entries: Vec<EntryView>,
}

/// One entry.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "ReviewLogEntry", skip_serializing_if_is_none)]
struct EntryView {
    /// What happened: `review`, `review-remove`, `review-restore`, `appeal`, `appeal-decide` or `report-dismiss`.
    op: String,
    /// When it was written.
    at: Ts,
    /// The index of its entry, from 0; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// The proof that it is in the log (C2SP tlog-proof). Its `extra` line is JSON with the entry, the record and the salt:
    /// the entry's digest is SHA-256 of the salt and the canonical record. Absent while it waits, and for what a removed
    /// review said.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reviews")]
impl ReviewLogApi {
    /// Read what the public log has of a review
    ///
    /// Every version and every removal is an entry of the public log, and so is every appeal and what was decided about
    /// it, as a salted digest that tells nothing to whoever has not the record. With the proofs here anybody can see that a review was there, and since when. Where its author
    /// withdrew it, what led to the entries was erased.
    ///
    /// Problems: 404 `not-found`.
    #[oai(path = "/reviews/:id/log", method = "get", operation_id = "read_review_log")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
    ) -> Result<Answer<LogView>, Error> {
        let mut conn = app.db.snapshot().await?;
        let review = find(&mut conn, id.0).await?;
        let mut entries = Vec::new();
        for logged in transparency::records_of(&mut conn, review.id).await? {
            let hidden = review.state == ReviewState::Removed && logged.op == "review";
            let proof = if hidden { None } else { logged.proof(&mut conn).await? };
            let index = logged.place.map(|place| place.index);
            entries.push(EntryView { op: logged.op, at: logged.at, index, proof });
        }
        let url = format!("{}/v1/reviews/{}/log", app.config.public_url, review.id);
        Ok(Answer::new(&LogView { url, entries }))
    }
}
