//! Portraits: whatever picture is sent, turned upright, scaled and written anew, so that nothing of
//! the file it came from is left: no place, no camera, no comment.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use sha2::{Digest, Sha256};

use super::NOT_AN_IMAGE;
use crate::config::limits;
use crate::platform::problem::{self, Error};

/// Media types a portrait may have.
pub const PORTRAIT_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp"];
/// The smaller rendition: at most so many pixels along a side.
pub const PORTRAIT_SMALL: u32 = 320;
/// The larger rendition: at most so many pixels along a side.
pub const PORTRAIT_LARGE: u32 = 800;
/// How much of the picture the JPEG keeps, of 100.
const QUALITY: u8 = 85;
/// The shortest side a portrait may have.
const SHORTEST: u32 = 64;

/// A portrait as it is kept: JPEG, upright, without metadata.
#[derive(Clone, Debug)]
pub struct Renditions {
    /// At most [`PORTRAIT_SMALL`] pixels along a side.
    pub small: Vec<u8>,
    /// At most [`PORTRAIT_LARGE`] pixels along a side.
    pub large: Vec<u8>,
}

impl Renditions {
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
        let large = on_white(&fit(&near, PORTRAIT_LARGE));
        let small = on_white(&fit(&DynamicImage::ImageRgb8(large.clone()), PORTRAIT_SMALL));
        Ok(Self { small: encode(&small)?, large: encode(&large)? })
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
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(Error::internal)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        let detail =
            format!("The bytes are none of {}, whatever they were called.", PORTRAIT_TYPES.join(", "));
        return Err(Error::new(problem::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > limits::PORTRAIT_SIDE || pixels > limits::PORTRAIT_PIXELS {
        return Err(Error::new(
            NOT_AN_IMAGE,
            format!("It has {width} by {height} pixels, which is too large; send it scaled down."),
        ));
    }
    if width.min(height) < SHORTEST {
        let detail =
            format!("It has {width} by {height} pixels; a portrait has at least {SHORTEST} along each side.");
        return Err(Error::new(NOT_AN_IMAGE, detail));
    }
    let mut most = Limits::default();
    most.max_image_width = Some(limits::PORTRAIT_SIDE);
    most.max_image_height = Some(limits::PORTRAIT_SIDE);
    most.max_alloc = Some(limits::PORTRAIT_DECODING_BYTES);
    decoder.set_limits(most).map_err(unreadable)?;
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Scaled down to fit a square; never up.
fn fit(picture: &DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        picture.clone()
    } else {
        picture.resize(side, side, FilterType::Lanczos3)
    }
}

/// JPEG knows no transparency: what shows through is white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0;
        let blend = |value: u8| {
            let (value, alpha) = (u16::from(value), u16::from(alpha));
            u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
        };
        Rgb([blend(r), blend(g), blend(b)])
    })
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture).map_err(Error::internal)?;
    Ok(bytes)
}

#[track_caller]
fn unreadable(error: image::ImageError) -> Error {
    Error::new(
        NOT_AN_IMAGE,
        "The picture is broken or of a kind that cannot be read; save it anew as JPEG or PNG.",
    )
    .with_source(error)
}
