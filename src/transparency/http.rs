//! The log over HTTP: what C2SP's tlog-tiles asks for under `/log`, and what the log is under `/v1/log`.

use poem::http::{StatusCode, header};
use poem::web::{Data, Path};
use poem::{Response, Route, get, handler};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use super::{ops, store};
use crate::app::{App, Tag};
use crate::platform::clock::Ts;
use crate::platform::http::Answer;
use crate::platform::problem::Error;
use crate::signing::tlog::tile::{TilePath, WIDTH};

/// `/v1/log`.
pub struct LogApi;

/// The public log.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Log", skip_serializing_if_is_none)]
struct LogView {
    /// Its name: the first line of every checkpoint.
    origin: String,
    /// The key its checkpoints and receipts are signed with, as `name+hash+base64` (C2SP signed-note).
    vkey: String,
    /// Where its checkpoint, tiles and entries are (C2SP tlog-tiles).
    prefix: String,
    /// How many entries the newest checkpoint covers.
    size: u64,
    /// The newest checkpoint, a signed note; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Ts>,
    /// How many entries wait for the next checkpoint.
    waiting: u64,
    /// Why nothing is signed at the moment, where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen: Option<String>,
}

#[OpenApi(prefix_path = "/v1/log", tag = "Tag::Log")]
impl LogApi {
    /// Read what the public log is
    ///
    /// Every certificate, every act on one, every key and every recognition is an entry in it. `stipple log audit`
    /// follows it and says what is wrong; any client of C2SP's tlog-tiles can read it under `prefix`.
    #[oai(path = "/", method = "get", operation_id = "read_log")]
    async fn read(&self, app: Data<&App>) -> Result<Answer<LogView>, Error> {
        let signer = ops::signer(&app).await?;
        let mut conn = app.db.snapshot().await?;
        let head = ops::head(&mut conn).await?;
        let (size, checkpoint, updated_at) = match head.checkpoint {
            Some((size, note, at)) => (size, Some(note), Some(at)),
            None => (0, None, None),
        };
        Ok(Answer::new(&LogView {
            origin: signer.origin().to_owned(),
            vkey: signer.vkey()?.to_string(),
            prefix: format!("{}/log", app.config.public_url),
            size,
            checkpoint,
            updated_at,
            waiting: head.waiting,
            frozen: head.frozen,
        }))
    }
}

/// Adds what strangers' log clients read to the routes.
pub fn add(routes: Route) -> Route {
    routes.at("/log/checkpoint", get(read_checkpoint)).at("/log/tile/*path", get(read_tile))
}

fn answer(content_type: &str, caching: &str, body: impl Into<poem::Body>) -> Response {
    Response::builder()
        .status(StatusCode::OK)
        .content_type(content_type)
        .header(header::CACHE_CONTROL, caching)
        .body(body)
}

#[handler]
async fn read_checkpoint(app: Data<&App>) -> Result<Response, Error> {
    let mut conn = app.db.read().await?;
    let (_, note, _) = store::checkpoint(&mut conn).await?.ok_or_else(|| {
        Error::not_found("No checkpoint has been signed yet; the first follows the first entry.")
    })?;
    Ok(answer("text/plain; charset=utf-8", "no-store", note))
}

#[handler]
async fn read_tile(app: Data<&App>, path: Path<String>) -> Result<Response, Error> {
    let absent = || {
        Error::not_found(
            "There is no such tile in the newest checkpoint. Tiles are addressed as C2SP tlog-tiles says, and a tile \
             that is not full names its width.",
        )
    };
    let wanted = TilePath::parse(&path).ok_or_else(absent)?;
    let mut conn = app.db.read().await?;
    let bytes = ops::tile(&mut conn, wanted).await?.ok_or_else(absent)?;
    // A tile never changes, and a partial one is soon asked for no more.
    let caching =
        if wanted.width == WIDTH { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    Ok(answer("application/octet-stream", caching, bytes))
}
