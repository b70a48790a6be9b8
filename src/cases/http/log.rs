//! What the public log has of a case, over HTTP.

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::http::caller;
use crate::app::{App, Tag};
use crate::cases::ops;
use crate::platform::clock::Ts;
use crate::platform::http::Answer;
use crate::platform::problem::Error;
use crate::transparency;

/// `/v1/cases/{id}/log`.
pub struct CaseLogApi;

/// What the log has of a case.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "CaseLog")]
struct LogView {
    /// Its address.
    url: String,
    /// Each time what is shown of it changed, oldest first.
    entries: Vec<EntryView>,
}

/// One entry.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "CaseLogEntry", skip_serializing_if_is_none)]
struct EntryView {
    /// What happened: `case`, `case-remove` or `hold-decide`.
    op: String,
    /// When it was written.
    at: Ts,
    /// The index of its entry, from 0; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// The proof that it is in the log (C2SP tlog-proof), for what is shown now. Its `extra` line is JSON with the entry, the
    /// record and the salt: the entry's digest is SHA-256 of the salt and the canonical record.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Cases")]
impl CaseLogApi {
    /// Read what the public log has of a case
    ///
    /// What a case shows is an entry of the public log each time it changes, and so is what moderation decides about it, as
    /// a salted digest that tells nothing to whoever has not the record. The proof of what is shown now is here. When a case ends, what led to its entries is
    /// erased.
    ///
    /// Problems: 404 `not-found`, 410 `case-ended`.
    #[oai(path = "/cases/:id/log", method = "get", operation_id = "read_case_log")]
    async fn read(
        &self,
        request: &Request,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
    ) -> Result<Answer<LogView>, Error> {
        let mut conn = app.db.snapshot().await?;
        let (case, keeps) = ops::find_to_see(&mut conn, id.0, caller(request), app.clock.today()).await?;
        let records = transparency::records_of(&mut conn, case.id).await?;
        let last = records.len().saturating_sub(1);
        let mut entries = Vec::with_capacity(records.len());
        for (nth, logged) in records.into_iter().enumerate() {
            let proof = if nth == last { logged.proof(&mut conn).await? } else { None };
            let index = logged.place.map(|place| place.index);
            entries.push(EntryView { op: logged.op, at: logged.at, index, proof });
        }
        let url = format!("{}/v1/cases/{}/log", app.config.public_url, case.id);
        let answer = Answer::new(&LogView { url, entries });
        Ok(if keeps { answer.private() } else { answer })
    }
}
