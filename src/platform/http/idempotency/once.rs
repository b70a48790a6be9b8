//! The key a handler holds, and what it does with it.

use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use sha2::{Digest, Sha256};

use super::super::answer::{Answer, Parts};
use super::super::context::Context;
use super::store;
use crate::config::limits;
use crate::platform::clock::{Clock, Ts};
use crate::platform::db::{self, Conn, Db};
use crate::platform::problem::{self, Error, Fault};

/// The header.
const NAME: &str = "Idempotency-Key";

/// The `Idempotency-Key` of a create, if the caller sent one.
///
/// Take it as `#[oai(name = "Idempotency-Key")] once: Idempotency`, anywhere among the arguments; ask
/// [`Idempotency::answered`] first thing in the transaction, and [`Idempotency::keep`] the answer
/// last, before the commit:
///
/// ```text
/// let mut tx = app.db.write().await?;
/// if let Some(answer) = once.answered(&mut tx, now).await? {
///     return Ok(answer);
/// }
/// …
/// let answer = Created::new(&view).location(&url);
/// once.keep(&mut tx, &answer).await?;
/// tx.commit().await?;
/// Ok(answer)
/// ```
///
/// Keys belong to the caller that sent them. A request that failed keeps nothing, so it may be
/// repeated with the same key. Outside the edge, where callers are not told apart, keys do nothing.
#[derive(Clone, Debug)]
pub struct Idempotency(Option<Key>);

#[derive(Clone, Debug)]
struct Key {
    text: String,
    /// The request's line; the body's digest is in the context once a body was read.
    line: String,
    context: Context,
}

impl Idempotency {
    /// The answer that was given to this request before; `None` when it is new, and then the key is
    /// taken for it until the transaction ends.
    ///
    /// # Errors
    /// 422 `idempotency-key-reused` when the key was used for another request; 409 when the first
    /// request kept no answer.
    pub async fn answered<T, const STATUS: u16>(
        &self,
        conn: &mut Conn,
        now: Ts,
    ) -> Result<Option<Answer<T, STATUS>>, Error> {
        let Some(key) = &self.0 else { return Ok(None) };
        let caller = key.context.caller().to_string();
        store::forget(conn, &caller, &key.text, now.minus(limits::IDEMPOTENCY_KEY_LIFE)).await?;
        let request = key.digest();
        if store::claim(conn, &caller, &key.text, &request, now).await? {
            return Ok(None);
        }
        let kept = store::find(conn, &caller, &key.text).await?;
        match kept {
            Some(kept) if kept.request != request => Err(Error::new(
                problem::IDEMPOTENCY_KEY_REUSED,
                "This key was used for another request. Make a new key for each thing to be made.",
            )),
            Some(kept) if kept.status == i64::from(STATUS) => {
                Ok(Some(Answer::again(kept.body, kept.headers.0)))
            }
            Some(_) | None => {
                Err(Error::conflict("The first request with this key kept no answer. Use a new key."))
            }
        }
    }

    /// Keeps the answer for whoever asks again within a day.
    ///
    /// # Errors
    /// As the database says.
    pub async fn keep<T, const STATUS: u16>(
        &self,
        conn: &mut Conn,
        answer: &Answer<T, STATUS>,
    ) -> Result<(), Error> {
        let Some(key) = &self.0 else { return Ok(()) };
        let Parts { status, body, headers } = answer.parts()?;
        let headers = headers
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let caller = key.context.caller().to_string();
        store::keep(conn, &caller, &key.text, status, headers, body.to_vec()).await?;
        Ok(())
    }
}

impl Key {
    fn digest(&self) -> Vec<u8> {
        let mut digest = Sha256::new();
        digest.update(&self.line);
        digest.update(self.context.body_digest());
        digest.finalize().to_vec()
    }
}

/// Forgets keys that are older than a day; a timer calls it.
///
/// # Errors
/// As the database says.
pub async fn purge(db: &Db, clock: &Clock) -> db::Result<u64> {
    let mut tx = db.write().await?;
    let forgotten = store::purge(&mut tx, clock.now().minus(limits::IDEMPOTENCY_KEY_LIFE)).await?;
    tx.commit().await?;
    Ok(forgotten)
}

impl<'a> ApiExtractor<'a> for Idempotency {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = String;
    type ParamRawType = String;

    fn register(_registry: &mut Registry) {}

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(1),
            max_length: Some(limits::IDEMPOTENCY_KEY_CHARS),
            ..MetaSchema::new("string")
        })))
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> poem::Result<Self> {
        let mut values = request.headers().get_all(NAME).into_iter();
        let (Some(value), Some(context)) = (values.next(), Context::of(request)) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or("");
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if values.next().is_some() || text.is_empty() || !plain || text.len() > limits::IDEMPOTENCY_KEY_CHARS
        {
            let most = limits::IDEMPOTENCY_KEY_CHARS;
            let detail = format!("Send one key of 1 to {most} visible characters, such as a UUID.");
            return Err(Error::parameter(Fault::new(format!("header:{NAME}"), "format", detail)).into());
        }
        let uri = request.original_uri();
        let line = format!("{} {} {}\n", request.method(), uri.path(), uri.query().unwrap_or(""));
        Ok(Self(Some(Key { text: text.to_owned(), line, context: context.clone() })))
    }
}
