//! Many certificates in one request, each taken or refused for itself.

use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use super::{RawKind, submitted};
use crate::accounts::http::AcademyKeeper;
use crate::app::{App, Tag};
use crate::certificates::ops::{self, Accepted};
use crate::config::limits;
use crate::platform::http::{Answer, RawBody};
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault};
use crate::transparency;

/// `POST /v1/certificates/batch`.
pub struct BatchApi;

/// Signed credentials, one a line, each byte for byte.
struct Lines;

impl RawKind for Lines {
    const BYTES: usize = limits::BATCH_BYTES;
    const MEDIA_TYPES: &'static [&'static str] = &["application/x-ndjson", "application/jsonl"];
}

/// What became of one line.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "BatchLine", skip_serializing_if_is_none)]
struct Item {
    /// Which line, from 1.
    line: u64,
    /// 201 where it is new, 200 where exactly this certificate was stored before; otherwise why it was refused.
    status: u16,
    /// Its number, where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<Number>,
    /// Its address, where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The public log's signed promise to take it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// The code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The refusal in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Every fault of its form.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ItemFault>>,
}

/// A fault of a certificate's form.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "BatchFault")]
struct ItemFault {
    /// Where in the certificate, as JSON pointer.
    pointer: String,
    /// A stable word for what is wrong.
    code: String,
    /// What is wrong.
    detail: String,
}

/// What became of every line, in their order.
#[derive(Debug, Object, Serialize)]
struct Batch {
    /// The lines.
    lines: Vec<Item>,
    /// How many are stored now, by this request or an earlier one.
    stored: u64,
    /// How many were refused.
    refused: u64,
}

impl Item {
    fn refused(line: u64, error: &Error) -> Self {
        let fault = |fault: &Fault| ItemFault {
            pointer: fault.pointer.clone(),
            code: fault.code.to_owned(),
            detail: fault.detail.clone(),
        };
        let faults: Vec<ItemFault> = error.faults().iter().map(fault).collect();
        Self {
            line,
            status: error.code().status,
            number: None,
            url: None,
            receipt: None,
            code: Some(error.code().slug.to_owned()),
            detail: Some(error.detail().to_owned()),
            errors: (!faults.is_empty()).then_some(faults),
        }
    }
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Certificates")]
impl BatchApi {
    /// Submit many signed certificates
    ///
    /// One secured credential a line, up to 100, each exactly as the academy signed it and judged as by
    /// `POST /v1/certificates`. Every line is taken or refused for itself: the answer says of each what became of it, and
    /// is 200 also where lines were refused. Sending the same again stores nothing twice, so a batch that was cut off is
    /// simply sent again. `stipple certificate issue --csv` does all of it.
    ///
    /// Codes: `invalid`, `payload-too-large`; of a line, those of `POST /v1/certificates`.
    #[oai(path = "/certificates/batch", method = "post", operation_id = "submit_certificates")]
    async fn submit(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        body: RawBody<Lines>,
    ) -> Result<Answer<Batch>, Error> {
        let lines: Vec<&[u8]> = body
            .bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .collect();
        if lines.is_empty() || lines.len() > limits::BATCH {
            let detail =
                format!("Send 1 to {} certificates, one a line; these are {}.", limits::BATCH, lines.len());
            return Err(Error::invalid(vec![Fault::new("", "count", detail)]));
        }
        let signer = transparency::signer(&app).await?;
        let mut tx = app.db.write().await?;
        let mut items = Vec::with_capacity(lines.len());
        for (line, bytes) in (1..).zip(lines) {
            let savepoint = tx.save().await?;
            match ops::take_in(&app, &mut tx, &keeper, bytes).await {
                Ok(accepted) => {
                    let status = if matches!(accepted, Accepted::New(_)) { 201 } else { 200 };
                    let (view, _) = submitted(&app, &mut tx, &signer, accepted).await?;
                    let (number, url, receipt) = (Some(view.number), Some(view.url), view.receipt);
                    tx.keep(savepoint).await?;
                    items.push(Item {
                        line,
                        status,
                        number,
                        url,
                        receipt,
                        code: None,
                        detail: None,
                        errors: None,
                    });
                }
                // What is no fault of the line's would be none of the next one's either.
                Err(error) if error.code().status >= 500 => return Err(error),
                Err(error) => {
                    tx.undo(savepoint).await?;
                    items.push(Item::refused(line, &error));
                }
            }
        }
        tx.commit().await?;
        let stored = items.iter().filter(|item| item.number.is_some()).count() as u64;
        let refused = items.len() as u64 - stored;
        Ok(Answer::new(&Batch { lines: items, stored, refused }).private())
    }
}
