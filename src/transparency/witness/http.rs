//! A witness over HTTP: `POST /add-checkpoint`, with the statuses that C2SP's tlog-witness names.

use std::sync::Arc;

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Endpoint, EndpointExt, Response, Route, handler, post};

use super::{Refusal, Witness};
use crate::platform::clock::Clock;
use crate::platform::http::limit;
use crate::signing::tlog::witness::REQUEST_BYTES;

/// The routes of a witness.
pub fn routes(witness: Arc<Witness>) -> impl Endpoint<Output = Response> {
    Route::new().at("/add-checkpoint", post(add_checkpoint)).data(witness).map_to_response()
}

fn answer(status: StatusCode, content_type: &str, text: String) -> Response {
    Response::builder().status(status).content_type(content_type).body(text)
}

#[handler]
async fn add_checkpoint(witness: Data<&Arc<Witness>>, body: Body) -> Response {
    const TEXT: &str = "text/plain; charset=utf-8";
    let Ok(bytes) = limit::read(body, REQUEST_BYTES).await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, TEXT, "The request is too long.\n".to_owned());
    };
    let Ok(text) = String::from_utf8(bytes.to_vec()) else {
        return answer(StatusCode::BAD_REQUEST, TEXT, "The request is no text.\n".to_owned());
    };
    let now = u64::try_from(Clock::system().now().seconds()).unwrap_or(0);
    let witness = Arc::clone(&witness);
    // It waits for the disk.
    let judged = tokio::task::spawn_blocking(move || witness.add_checkpoint(&text, now)).await;
    let refusal = match judged {
        Ok(Ok(line)) => return answer(StatusCode::OK, TEXT, line),
        Ok(Err(refusal)) => refusal,
        Err(error) => Refusal::Disk(error.to_string()),
    };
    let status = match &refusal {
        Refusal::OtherSize(size) => {
            return answer(StatusCode::CONFLICT, "text/x.tlog.size", format!("{size}\n"));
        }
        Refusal::Malformed(_) => StatusCode::BAD_REQUEST,
        Refusal::UnknownLog => StatusCode::NOT_FOUND,
        Refusal::Unsigned => StatusCode::FORBIDDEN,
        Refusal::Inconsistent => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Disk(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    tracing::warn!(%refusal, "a checkpoint was not cosigned");
    answer(status, TEXT, format!("{refusal}\n"))
}
