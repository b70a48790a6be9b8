//! Pictures that strangers send: judged by their bytes, decoded within bounds, turned upright, scaled
//! and written anew, so that nothing of the file they came in is left: no place, no camera, no comment.
//!
//! [`look`] says what the bytes are and refuses what is no single, whole still picture; [`decode`](decode()) makes
//! pixels of them; [`Renditions`] makes the files that are kept. All of it is arithmetic and takes a
//! while: [`Room`] bounds how much memory is in use by it at once.

mod budget;
mod container;
mod decode;
mod render;

pub use budget::{Room, Share};
pub use container::{Kind, look};
pub use decode::{Bounds, decode, on_white};
pub use render::{Encoding, Part, Rendition, Renditions, WIDTHS, jpeg, sample};

use super::problem::{self, Code, Error};

/// HEIC and AVIF: nothing here decodes them.
pub const HEIC: Code = Code::new("heic-not-taken", 415, "HEIC and AVIF pictures are not taken");
/// A picture that moves.
pub const ANIMATION: Code = Code::new("animation-refused", 422, "The picture is an animation");
/// Bytes after the end of the picture: another file may hide there.
pub const TRAILING: Code =
    Code::new("bytes-after-picture", 422, "There are bytes after the end of the picture");
/// The file ends before the picture does.
pub const TRUNCATED: Code = Code::new("picture-truncated", 422, "The picture breaks off before its end");
/// More pixels than are read.
pub const TOO_LARGE: Code = Code::new("picture-too-large", 422, "The picture has too many pixels");
/// Too few pixels to show anything.
pub const TOO_SMALL: Code = Code::new("picture-too-small", 422, "The picture has too few pixels");
/// It says that it is a picture and cannot be read as one.
pub const BROKEN: Code = Code::new("picture-broken", 422, "The picture cannot be read");

/// Every code of this module.
pub const CODES: &[Code] = &[HEIC, ANIMATION, TRAILING, TRUNCATED, TOO_LARGE, TOO_SMALL, BROKEN];

/// Media types of the pictures that are taken. What a picture is called is not believed: its bytes say
/// which of these it is.
pub const MEDIA_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp"];

/// The problem of bytes that are none of these.
#[track_caller]
fn unknown() -> Error {
    Error::new(
        problem::UNSUPPORTED_MEDIA_TYPE,
        format!("The bytes are none of {}, whatever they were called.", MEDIA_TYPES.join(", ")),
    )
}

#[track_caller]
fn broken(detail: &'static str) -> Error {
    Error::new(BROKEN, detail)
}
