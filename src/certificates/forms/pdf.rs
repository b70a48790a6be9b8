//! A credential attached to a PDF (ISO 32000-2 section 7.11.4). A reader of PDF is not needed for that: a stream object can
//! only stand in the open, with its dictionary before it, so the attachments of any PDF that is not encrypted are found by
//! going through its bytes once.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{FormError, looks_like_json};
use crate::config::limits;
use crate::signing::jose::Jws;

const WHAT: &str = "PDF";
/// Attachments that are looked into.
const MAX_ATTACHMENTS: usize = 16;
/// The longest dictionary of a stream.
const MAX_DICTIONARY: usize = 4096;

/// Whether the bytes begin as a PDF does; some writers put a few bytes before it.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some()
}

/// The one attachment that is a credential, as JSON or as a compact JWS.
pub(super) fn attached(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FormError> {
    const NAME: &[u8] = b"/EmbeddedFile";
    let mut found: Option<Cow<'_, [u8]>> = None;
    let mut at = 0;
    let mut seen = 0;
    while let Some(offset) = find(&bytes[at..], NAME) {
        at += offset + NAME.len();
        // `/EmbeddedFiles` is the list of their names.
        if bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        seen += 1;
        if seen > MAX_ATTACHMENTS {
            return Err(FormError::Several(WHAT));
        }
        let Some(content) = stream_at(bytes, at) else { continue };
        let content = content?;
        if !is_credential(&content) || found.as_ref() == Some(&content) {
            continue;
        }
        if found.replace(content).is_some() {
            return Err(FormError::Several(WHAT));
        }
    }
    found.ok_or(FormError::Nothing(WHAT))
}

fn is_credential(content: &[u8]) -> bool {
    looks_like_json(content) || std::str::from_utf8(content).is_ok_and(|text| Jws::looks_like(text.trim()))
}

/// The content of the stream whose dictionary `at` lies in; none where it is written in a way that is not read here.
fn stream_at(bytes: &[u8], at: usize) -> Option<Result<Cow<'_, [u8]>, FormError>> {
    const KEYWORD: &[u8] = b"stream";
    let before = &bytes[at.saturating_sub(MAX_DICTIONARY)..at];
    let after = &bytes[at..bytes.len().min(at + MAX_DICTIONARY)];
    let start = before.windows(3).rposition(|window| window == b"obj").unwrap_or(0);
    let end = find(after, KEYWORD)?;
    let dictionary = [&before[start..], &after[..end]].concat();
    let content = &bytes[at + end + KEYWORD.len()..];
    let content = content.strip_prefix(b"\r\n").or_else(|| content.strip_prefix(b"\n"))?;
    let content =
        &content[..length_in(&dictionary).or_else(|| find(content, b"endstream"))?.min(content.len())];
    if find(&dictionary, b"/Filter").is_none() {
        return Some(Ok(Cow::Borrowed(content)));
    }
    // One filter, the common one; in brackets or not.
    (find(&dictionary, b"/FlateDecode").is_some() && find(&dictionary, b"/DecodeParms").is_none())
        .then(|| inflate(content))
}

/// The `/Length` of a dictionary, where it is a number and no reference.
fn length_in(dictionary: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"/Length";
    let value = dictionary[find(dictionary, NAME)? + NAME.len()..].trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&value[..digits]).ok()?.parse().ok()?;
    let mut words = value[digits..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_reference = words.next().is_some_and(|word| word.iter().all(u8::is_ascii_digit))
        && words.next().is_some_and(|word| word.starts_with(b"R"));
    (!is_reference).then_some(number)
}

fn inflate(content: &[u8]) -> Result<Cow<'_, [u8]>, FormError> {
    let limit = limits::CERTIFICATE_BYTES as u64 + 1;
    let mut plain = Vec::new();
    ZlibDecoder::new(content).take(limit).read_to_end(&mut plain).map_err(|_| FormError::Broken(WHAT))?;
    // A larger attachment is somebody's handbook and no certificate.
    if plain.len() > limits::CERTIFICATE_BYTES {
        plain.clear();
    }
    Ok(Cow::Owned(plain))
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}
