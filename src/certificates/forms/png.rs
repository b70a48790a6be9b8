//! Badges in PNG: the credential in one uncompressed `iTXt` chunk (Open Badges 3.0 section 5.3.1; PNG section 11.3.3.4).

use flate2::Crc;

use super::FormError;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The signature and the header chunk, before which nothing may stand.
const HEADER: usize = 8 + 25;
const KEYWORD: &[u8] = b"openbadgecredential";
const WHAT: &str = "picture";

/// Whether the bytes begin as a PNG does.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// The text of the one chunk that carries a credential.
pub(super) fn unbake(bytes: &[u8]) -> Result<&[u8], FormError> {
    let broken = FormError::Broken(WHAT);
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or(broken)?;
    let mut found = None;
    loop {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(broken)?;
        let length = u32::from_be_bytes(*length) as usize;
        // The kind and its data, then four bytes of checksum.
        let (chunk, after) = after.split_at_checked(length.saturating_add(4)).ok_or(broken)?;
        let (sum, after) = after.split_first_chunk::<4>().ok_or(broken)?;
        let (kind, data) = chunk.split_first_chunk::<4>().ok_or(broken)?;
        if kind == b"iTXt"
            && let Some(text) = text_of(data)
        {
            if checksum(chunk) != u32::from_be_bytes(*sum) {
                return Err(broken);
            }
            if found.replace(text?).is_some() {
                return Err(FormError::Several(WHAT));
            }
        }
        if kind == b"IEND" {
            return found.ok_or(FormError::Nothing(WHAT));
        }
        rest = after;
    }
}

/// The text of an `iTXt` chunk of our keyword: keyword, 0, compressed, method, language, 0, translated keyword, 0, text.
fn text_of(data: &[u8]) -> Option<Result<&[u8], FormError>> {
    let after = data.strip_prefix(KEYWORD)?.strip_prefix(b"\0")?;
    let text = || {
        let (flags, after) = after.split_first_chunk::<2>()?;
        let after = skip_text(skip_text(after)?)?;
        (flags[0] == 0).then_some(after)
    };
    Some(text().ok_or(FormError::Broken(WHAT)))
}

fn skip_text(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    bytes.get(end + 1..)
}

/// Puts a credential into a PNG, behind its header. The picture must be one that was just made: it carries none yet.
pub(super) fn bake(png: &[u8], credential: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(credential.len() + 64);
    chunk.extend_from_slice(b"iTXt");
    chunk.extend_from_slice(KEYWORD);
    chunk.extend_from_slice(b"\0\0\0\0\0");
    chunk.extend_from_slice(credential);
    let length = u32::try_from(chunk.len() - 4).unwrap_or(u32::MAX);
    let (header, rest) = png.split_at(HEADER.min(png.len()));
    let mut baked = Vec::with_capacity(png.len() + chunk.len() + 8);
    baked.extend_from_slice(header);
    baked.extend_from_slice(&length.to_be_bytes());
    baked.extend_from_slice(&chunk);
    baked.extend_from_slice(&checksum(&chunk).to_be_bytes());
    baked.extend_from_slice(rest);
    baked
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
