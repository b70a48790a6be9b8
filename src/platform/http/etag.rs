//! Versions and conditions: entity tags, `If-Match`, `If-None-Match` (RFC 9110 section 13).

use std::fmt;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::platform::problem::{self, Error};

/// The version of a record, counted up by every change; on the wire the entity tag `"v3"`, or
/// `"v3-…"` where the answer shows more than the record and changes without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub i64);

impl Version {
    /// The strong entity tag of a body that shows this version of the record beside other things.
    /// `If-Match` takes it for the version.
    pub fn tag_of(self, body: &[u8]) -> String {
        format!("\"v{}-{}", self.0, tag_of(body).trim_start_matches('"'))
    }

    fn is_in(self, tag: &str) -> bool {
        let rest = tag.strip_prefix("\"v").and_then(|rest| rest.strip_prefix(&self.0.to_string()));
        rest.is_some_and(|rest| rest == "\"" || rest.starts_with('-'))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"v{}\"", self.0)
    }
}

/// The strong entity tag of a body: two bodies with the same tag are the same bytes.
pub fn tag_of(body: &[u8]) -> String {
    // Two differently seeded 64-bit hashes: not against forgers, who gain nothing by a collision.
    let [first, second] = [0, 1].map(|seed| FixedState::with_seed(seed).hash_one(body));
    format!("\"{first:016x}{:08x}\"", second >> 32)
}

/// The condition of a change: which version it was made from.
///
/// Take it as `#[oai(name = "If-Match")] if_match: IfMatch`, after the security scheme. A request
/// without the header is refused with 428 `precondition-required`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever version there is.
    Any,
    /// One of these entity tags, quotes included.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header's value.
    ///
    /// # Errors
    /// 428 when there is none, 400 when it is not a list of entity tags.
    pub fn parse(value: Option<&str>) -> Result<Self, Error> {
        let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else {
            return Err(Error::new(
                problem::PRECONDITION_REQUIRED,
                "Read the record first and send the ETag of that answer as If-Match, so that nobody else's change is lost.",
            ));
        };
        if value == "*" {
            return Ok(Self::Any);
        }
        let tags: Vec<String> = tags(value).map(str::to_owned).collect();
        if tags.is_empty() {
            return Err(Error::bad_request(
                "If-Match must be an entity tag in quotes, such as \"v3\", or *.",
            ));
        }
        Ok(Self::Tags(tags))
    }

    /// Refuses the change unless it was made from the current version.
    ///
    /// # Errors
    /// 412 `precondition-failed`, carrying the current version as `ETag`.
    #[track_caller]
    pub fn check(&self, current: Version) -> Result<(), Error> {
        match self {
            Self::Any => Ok(()),
            // A weak tag never matches here (RFC 9110 section 13.1.1).
            Self::Tags(tags) if tags.iter().any(|tag| current.is_in(tag)) => Ok(()),
            Self::Tags(_) => Err(Error::new(
                problem::PRECONDITION_FAILED,
                format!("The current version is {current}. Read it again, and make your change from there."),
            )
            .with_header("etag", current.to_string())),
        }
    }
}

impl<'a> ApiExtractor<'a> for IfMatch {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;
    type ParamType = String;
    type ParamRawType = String;

    fn register(registry: &mut Registry) {
        <String as Type>::register(registry);
    }

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(String::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> poem::Result<Self> {
        Ok(Self::parse(request.header("if-match"))?)
    }
}

/// Whether an `If-None-Match` value names this tag, by weak comparison (RFC 9110 section 13.1.2).
pub fn none_match(value: &str, tag: &str) -> bool {
    let bare = tag.strip_prefix("W/").unwrap_or(tag);
    value.trim() == "*" || tags(value).any(|given| given.strip_prefix("W/").unwrap_or(given) == bare)
}

/// The entity tags in a list of them; what is not one is skipped.
fn tags(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|tag| {
        let bare = tag.strip_prefix("W/").unwrap_or(tag);
        bare.len() >= 2 && bare.starts_with('"') && bare.ends_with('"')
    })
}
