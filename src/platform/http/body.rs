//! Request bodies: read once, judged as a whole, then built.
//!
//! [`Body`] reads strict JSON, lists every fault by pointer against the type's own schema and the
//! type's own rules, and only then builds the value. [`RawBody`] hands over the exact bytes, for what
//! was signed.

use std::marker::PhantomData;
use std::ops::Deref;

use bytes::Bytes;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use super::context::Context;
use super::problem::clean;
use super::schema::Schema;
use super::{limit, strict};
use crate::config::limits;
use crate::platform::problem::{self, Error, Fault};

/// What a request type says about itself beyond its schema. Every body type implements it, most with
/// an empty body: `impl Validate for NewClinic {}`.
pub trait Validate {
    /// The most bytes taken.
    const BYTES: usize = limits::BODY_BYTES;
    /// Media types taken, the preferred one first. Parameters such as `charset` are ignored.
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    /// Rules a schema cannot state, such as "the end is after the start": every one that is broken.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// A JSON body of type `T`, accepted as a whole or refused with everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T> Deref for Body<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ParseFromJSON + Validate + 'static> Body<T> {
    /// Reads, judges and builds a value from the bytes of a body.
    ///
    /// # Errors
    /// 400 for what is not JSON, 422 `invalid` with every fault otherwise.
    pub fn parse(bytes: &[u8]) -> Result<T, Error> {
        Self::build(strict::parse(bytes, T::BYTES)?)
    }

    /// Judges and builds a value that was read already.
    ///
    /// # Errors
    /// 422 `invalid` with every fault.
    pub fn build(value: Value) -> Result<T, Error> {
        let faults = Schema::of::<T>().faults(&value);
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let built = T::parse_from_json(Some(value))
            .map_err(|error| Error::invalid(vec![Fault::new("", "invalid", clean(error.message()))]))?;
        let mut faults = built.faults();
        faults.truncate(limits::FAULTS);
        if faults.is_empty() { Ok(built) } else { Err(Error::invalid(faults)) }
    }
}

impl<'a, T: ParseFromJSON + Validate + 'static> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(request_meta(T::MEDIA_TYPES, T::schema_ref))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        check_media_type(request, T::MEDIA_TYPES)?;
        let bytes = limit::read(body.take()?, T::BYTES).await?;
        Context::note_body(request, &bytes);
        Ok(Self(Self::parse(&bytes)?))
    }
}

/// What kind of bytes a [`RawBody`] takes; a marker type implements it.
pub trait RawKind: Send + Sync + 'static {
    /// The most bytes taken.
    const BYTES: usize;
    /// Media types taken, the preferred one first.
    const MEDIA_TYPES: &'static [&'static str];

    /// The schema the document shows.
    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new("object")))
    }

    /// Registers what [`RawKind::schema_ref`] refers to.
    fn register(_registry: &mut Registry) {}
}

/// The exact bytes of a body, of one of the kind's media types and sizes, not yet judged.
#[derive(Debug)]
pub struct RawBody<K> {
    /// The bytes as they arrived.
    pub bytes: Bytes,
    kind: PhantomData<fn() -> K>,
}

impl<'a, K: RawKind> ApiExtractor<'a> for RawBody<K> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        K::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(request_meta(K::MEDIA_TYPES, K::schema_ref))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        check_media_type(request, K::MEDIA_TYPES)?;
        let bytes = limit::read(body.take()?, K::BYTES).await?;
        Context::note_body(request, &bytes);
        Ok(Self { bytes, kind: PhantomData })
    }
}

fn request_meta(media_types: &[&'static str], schema: impl Fn() -> MetaSchemaRef) -> MetaRequest {
    MetaRequest {
        description: None,
        content: media_types
            .iter()
            .map(|content_type| MetaMediaType { content_type, schema: schema() })
            .collect(),
        required: true,
    }
}

/// Refuses a body whose media type is not in the list.
fn check_media_type(request: &Request, accepted: &[&str]) -> Result<(), Error> {
    let given = request.content_type().unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    if accepted.iter().any(|media_type| essence.eq_ignore_ascii_case(media_type)) {
        return Ok(());
    }
    let accepted = accepted.join(" or ");
    let detail = if essence.is_empty() {
        format!("Say what the body is: send Content-Type: {accepted}.")
    } else {
        format!("`{}` is not taken here; send {accepted}.", problem::shorten(essence))
    };
    Err(Error::new(problem::UNSUPPORTED_MEDIA_TYPE, detail))
}
