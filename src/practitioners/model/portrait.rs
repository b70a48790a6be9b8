//! Portraits: whatever picture is sent, turned upright, scaled and written anew, so that nothing of
//! the file it came from is left: no place, no camera, no comment.

use image::DynamicImage;
use image::imageops::FilterType;
use sha2::{Digest, Sha256};

use super::NOT_AN_IMAGE;
use crate::config::limits;
use crate::platform::pictures::{self, Bounds, on_white};
use crate::platform::problem::Error;

/// The smaller rendition: at most so many pixels along a side.
pub const PORTRAIT_SMALL: u32 = 320;
/// The larger rendition: at most so many pixels along a side.
pub const PORTRAIT_LARGE: u32 = 800;
/// How much of the picture the JPEG keeps, of 100.
const QUALITY: u8 = 85;
/// How large a portrait may be.
const BOUNDS: Bounds = Bounds {
    shortest: 64,
    longest: limits::PORTRAIT_SIDE,
    pixels: limits::PORTRAIT_PIXELS,
    decoding_bytes: limits::PORTRAIT_DECODING_BYTES,
};

/// A portrait as it is kept: JPEG, upright, without metadata.
#[derive(Clone, Debug)]
pub struct Renditions {
    /// At most [`PORTRAIT_SMALL`] pixels along a side.
    pub small: Vec<u8>,
    /// At most [`PORTRAIT_LARGE`] pixels along a side.
    pub large: Vec<u8>,
}

impl Renditions {
    /// The memory it takes to read a picture, in bytes.
    ///
    /// # Errors
    /// As [`Renditions::of`], for all that the head of the picture tells.
    pub fn cost(bytes: &[u8]) -> Result<u64, Error> {
        BOUNDS.cost(bytes).map_err(not_an_image)
    }

    /// Reads a picture and renders it anew. Takes a tenth of a second for a camera's picture.
    ///
    /// # Errors
    /// 415 for another format, 422 for what cannot be read, is too small or too large.
    pub fn of(bytes: &[u8]) -> Result<Self, Error> {
        let upright = decode(bytes)?;
        // A quick halving first: the careful filter costs by the pixels it reads.
        let near = if upright.width().max(upright.height()) > 4 * PORTRAIT_LARGE {
            upright.thumbnail(2 * PORTRAIT_LARGE, 2 * PORTRAIT_LARGE)
        } else {
            upright
        };
        let large = on_white(fit(&near, PORTRAIT_LARGE));
        let small = on_white(fit(&DynamicImage::ImageRgb8(large.clone()), PORTRAIT_SMALL));
        Ok(Self { small: pictures::jpeg(&small, QUALITY)?, large: pictures::jpeg(&large, QUALITY)? })
    }

    /// A name for them in the blob store: of their content, and of `unique`, so that a picture that is
    /// sent twice is never deleted under one that still shows it.
    pub fn name(&self, unique: [u8; 4]) -> String {
        let digest = Sha256::new().chain_update(&self.large).chain_update(&self.small).finalize();
        let bytes: Vec<u8> = digest.iter().take(12).chain(&unique).copied().collect();
        format!("{:032x}", u128::from_be_bytes(bytes.try_into().unwrap_or_default()))
    }
}

/// Where a rendition is in the blob store.
pub fn portrait_path(name: &str, size: u32) -> String {
    format!("portraits/{name}-{size}.jpg")
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, Error> {
    pictures::decode(bytes, &BOUNDS).map_err(not_an_image)
}

/// Scaled down to fit a square; never up.
fn fit(picture: &DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        picture.clone()
    } else {
        picture.resize(side, side, FilterType::Lanczos3)
    }
}

/// What is wrong with a picture, under the one code that portraits have for it.
#[track_caller]
fn not_an_image(error: Error) -> Error {
    if error.code().status == 422 {
        Error::new(NOT_AN_IMAGE, error.detail().to_owned()).with_source(error)
    } else {
        error
    }
}
