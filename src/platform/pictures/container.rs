//! What a file of bytes is, walked from its first byte to its last without decoding a pixel.
//!
//! A polyglot is a picture to one program and a page or an archive to another, by what follows the
//! picture's end. So the walk must end where the bytes do. Two things are let pass behind a JPEG,
//! because telephones write them: padding of zeros, and whole further JPEGs (previews and gain maps of
//! the multi-picture format).

use super::{ANIMATION, HEIC, TRAILING, TRUNCATED, broken, unknown};
use crate::platform::problem::Error;

/// The kinds of picture that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG, of one frame.
    Png,
    /// WebP, of one frame.
    WebP,
}

/// What the bytes are: one whole still picture, and nothing behind it.
///
/// # Errors
/// 415 for another kind of file, 422 for an animation, a file that breaks off, or bytes after the end.
pub fn look(bytes: &[u8]) -> Result<Kind, Error> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return jpegs(bytes).map(|()| Kind::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(bytes).map(|()| Kind::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
        return webp(bytes).map(|()| Kind::WebP);
    }
    if bytes.get(4..8) == Some(b"ftyp".as_slice()) {
        let detail = "This is a HEIC or AVIF picture (or a film). Export it as JPEG: on an iPhone, Settings, Camera, \
                      Formats, Most Compatible.";
        return Err(Error::new(HEIC, detail));
    }
    Err(unknown())
}

#[track_caller]
fn truncated() -> Error {
    Error::new(TRUNCATED, "The file ends before the picture does. Send it again, whole.")
}

#[track_caller]
fn trailing(extra: usize) -> Error {
    Error::new(
        TRAILING,
        format!("{extra} bytes follow the end of the picture. Save the picture anew and send that file."),
    )
}

#[track_caller]
fn animation() -> Error {
    Error::new(ANIMATION, "Send a still picture: one frame.")
}

fn jpegs(bytes: &[u8]) -> Result<(), Error> {
    let mut rest = &bytes[jpeg(bytes)?..];
    while rest.starts_with(&[0xff, 0xd8, 0xff]) {
        let Ok(length) = jpeg(rest) else { break };
        rest = &rest[length..];
        let padding = rest.iter().take_while(|byte| **byte == 0).count();
        if rest[padding..].starts_with(&[0xff, 0xd8, 0xff]) {
            rest = &rest[padding..];
        }
    }
    if rest.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(trailing(rest.len())) }
}

/// The length of the JPEG at the beginning of the bytes.
fn jpeg(bytes: &[u8]) -> Result<usize, Error> {
    let mut at = 2;
    loop {
        if *bytes.get(at).ok_or_else(truncated)? != 0xff {
            return Err(broken("Between two parts of the JPEG stands something that is neither."));
        }
        // Any number of fill bytes may stand before a marker.
        while *bytes.get(at).ok_or_else(truncated)? == 0xff {
            at += 1;
        }
        let marker = bytes[at];
        at += 1;
        match marker {
            0xd9 => return Ok(at),
            0x01 | 0xd0..=0xd7 => continue,
            _ => {}
        }
        let length: [u8; 2] =
            bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).ok_or_else(truncated)?;
        at += usize::from(u16::from_be_bytes(length)).max(2);
        if marker == 0xda {
            at = after_scan(bytes, at)?;
        }
    }
}

/// Where the marker after a scan's compressed data stands.
fn after_scan(bytes: &[u8], from: usize) -> Result<usize, Error> {
    let mut at = from;
    loop {
        let data = bytes.get(at..).ok_or_else(truncated)?;
        at += data.iter().position(|byte| *byte == 0xff).ok_or_else(truncated)?;
        match bytes.get(at + 1).ok_or_else(truncated)? {
            // A stuffed byte or a restart: still data.
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Ok(at),
        }
    }
}

fn png(bytes: &[u8]) -> Result<(), Error> {
    let mut at = 8;
    loop {
        let head = bytes.get(at..at + 8).ok_or_else(truncated)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let length = usize::try_from(length).map_err(|_| truncated())?;
        let end = at.checked_add(12).and_then(|fixed| fixed.checked_add(length)).ok_or_else(truncated)?;
        if end > bytes.len() {
            return Err(truncated());
        }
        match &head[4..] {
            b"acTL" => return Err(animation()),
            b"IEND" if end == bytes.len() => return Ok(()),
            b"IEND" => return Err(trailing(bytes.len() - end)),
            _ => at = end,
        }
    }
}

fn webp(bytes: &[u8]) -> Result<(), Error> {
    let size = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    let end = usize::try_from(size).ok().and_then(|size| size.checked_add(8)).ok_or_else(truncated)?;
    let end = end + end % 2;
    if end > bytes.len() {
        return Err(truncated());
    }
    if end < bytes.len() {
        return Err(trailing(bytes.len() - end));
    }
    let mut at = 12;
    while at < end {
        let head = bytes.get(at..at + 8).ok_or_else(truncated)?;
        let length = usize::try_from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]))
            .map_err(|_| truncated())?;
        let moves = head[..4] == *b"VP8X" && bytes.get(at + 8).is_some_and(|flags| flags & 0x02 != 0);
        if moves || head[..4] == *b"ANIM" || head[..4] == *b"ANMF" {
            return Err(animation());
        }
        at = length
            .checked_add(length % 2)
            .and_then(|length| at.checked_add(8 + length))
            .ok_or_else(truncated)?;
    }
    if at == end { Ok(()) } else { Err(truncated()) }
}
