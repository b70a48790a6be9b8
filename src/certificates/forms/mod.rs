//! The forms a certificate travels in, and how the credential is found in what somebody brings: JSON, a compact JWS, a
//! baked PNG or SVG (Open Badges 3.0 section 5.3), a PDF with the credential attached; or only its number, or a link.
//!
//! Reading is total and bounded: whatever the bytes are, it ends, and nothing is fetched. Writing gives one sheet in three
//! forms, [`Sheet`]: what a person prints, and what carries the credential with it. [`Card`] is a picture with the same faces.

mod card;
mod pdf;
mod png;
mod render;
mod sheet;
mod svg;

use std::borrow::Cow;

pub use card::{CARD_SIZE, Card, Tone};
pub use render::{Printed, Unprintable, print};
pub use sheet::{Sheet, from_records};

use super::verdict::Form;
use crate::config::limits;
use crate::platform::id::{Number, NumberKind};
use crate::signing::jose::Jws;

/// What somebody brought to have verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought<'a> {
    /// A credential as JSON text, not parsed.
    Json(Form, Cow<'a, [u8]>),
    /// A credential in a compact JWS, not read.
    Jwt(Form, Cow<'a, str>),
    /// The number of a certificate.
    Number(Number),
    /// An address.
    Link(&'a str),
}

/// Why no credential was found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The file is not what its first bytes say.
    #[error("the {0} is broken or cut off; send the file as you were given it")]
    Broken(&'static str),
    /// There is none in it.
    #[error("there is no certificate in this {0}: send the file itself, not a photo or a print of it")]
    Nothing(&'static str),
    /// There are two, and which is meant cannot be told.
    #[error("there is more than one certificate in this {0}; a file carries one")]
    Several(&'static str),
    /// What is in it is no credential.
    #[error("what this {0} carries is neither a credential in JSON nor one in a JWS")]
    NotACredential(&'static str),
    /// What is in it is larger than a certificate may be.
    #[error("what this {0} carries is larger than a certificate may be")]
    TooLarge(&'static str),
}

/// Tells what somebody brought by its first bytes, and takes the credential out of what carries one.
///
/// Text that is nothing else counts as JSON, so that the reader of JSON says what is wrong with it.
///
/// # Errors
/// [`FormError`].
pub fn read(bytes: &[u8]) -> Result<Brought<'_>, FormError> {
    if png::is_one(bytes) {
        return carried(Form::Png, "picture", Cow::Borrowed(png::unbake(bytes)?));
    }
    if pdf::is_one(bytes) {
        return carried(Form::Pdf, "PDF", pdf::attached(bytes)?);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(Brought::Json(Form::Json, bytes.into())) };
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.starts_with('<') {
        return carried(Form::Svg, "drawing", svg::unbake(trimmed)?.into_bytes().into());
    }
    if Jws::looks_like(trimmed) {
        return Ok(Brought::Jwt(Form::Jwt, trimmed.into()));
    }
    if trimmed.starts_with("https://") || trimmed.starts_with("http://") {
        return Ok(Brought::Link(trimmed));
    }
    match Number::parse(trimmed, NumberKind::Certificate) {
        Ok(number) => Ok(Brought::Number(number)),
        Err(_) => Ok(Brought::Json(Form::Json, bytes.into())),
    }
}

/// What a file carries, which must be a credential.
fn carried<'a>(form: Form, what: &'static str, bytes: Cow<'a, [u8]>) -> Result<Brought<'a>, FormError> {
    if bytes.len() > limits::CERTIFICATE_BYTES {
        return Err(FormError::TooLarge(what));
    }
    if looks_like_json(&bytes) {
        return Ok(Brought::Json(form, bytes));
    }
    let text = match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(|text| Cow::Borrowed(text.trim())),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(|text| Cow::Owned(text.trim().to_owned())),
    };
    let text = text.filter(|text| Jws::looks_like(text));
    text.map(|text| Brought::Jwt(form, text)).ok_or(FormError::NotACredential(what))
}

fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}
