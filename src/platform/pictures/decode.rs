//! From bytes to upright pixels, within bounds that are compared before anything is decoded.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageResult, Limits, Rgb, RgbImage};

use super::container::{Kind, look};
use super::{TOO_LARGE, TOO_SMALL, broken};
use crate::platform::problem::Error;

/// How large a picture may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Pixels along the shorter side, at least.
    pub shortest: u32,
    /// Pixels along the longer side, at most.
    pub longest: u32,
    /// Pixels in all, at most.
    pub pixels: u64,
    /// Bytes a decoder may take.
    pub decoding_bytes: u64,
}

/// A decoder that has read the picture's head.
enum Opened<'a> {
    Jpeg(JpegDecoder<Cursor<&'a [u8]>>),
    Png(Box<PngDecoder<Cursor<&'a [u8]>>>),
    WebP(WebPDecoder<Cursor<&'a [u8]>>),
}

fn open<'a>(bytes: &'a [u8], most: &Limits) -> Result<Opened<'a>, Error> {
    let cursor = Cursor::new(bytes);
    match look(bytes)? {
        Kind::Jpeg => JpegDecoder::new(cursor).map(Opened::Jpeg),
        Kind::Png => PngDecoder::with_limits(cursor, most.clone()).map(|png| Opened::Png(Box::new(png))),
        Kind::WebP => WebPDecoder::new(cursor).map(Opened::WebP),
    }
    .map_err(unreadable)
}

impl Bounds {
    fn limits(&self) -> Limits {
        // Sides are compared here with words of our own; the decoder only guards its memory.
        let mut most = Limits::no_limits();
        most.max_alloc = Some(self.decoding_bytes);
        most
    }

    fn check(&self, (width, height): (u32, u32)) -> Result<(), Error> {
        let pixels = u64::from(width) * u64::from(height);
        if width.max(height) > self.longest || pixels > self.pixels {
            let detail =
                format!("It has {width} by {height} pixels, which is too large; send it scaled down.");
            return Err(Error::new(TOO_LARGE, detail));
        }
        if width.min(height) < self.shortest {
            let detail = format!(
                "It has {width} by {height} pixels; at least {} along each side are needed.",
                self.shortest
            );
            return Err(Error::new(TOO_SMALL, detail));
        }
        Ok(())
    }

    /// The memory it takes to decode and turn this picture, in bytes.
    ///
    /// # Errors
    /// As [`decode`], for all that the head of the picture tells.
    pub fn cost(&self, bytes: &[u8]) -> Result<u64, Error> {
        let opened = open(bytes, &self.limits())?;
        let (dimensions, pixels) = match &opened {
            Opened::Jpeg(decoder) => (decoder.dimensions(), decoder.total_bytes()),
            Opened::Png(decoder) => (decoder.dimensions(), decoder.total_bytes()),
            Opened::WebP(decoder) => (decoder.dimensions(), decoder.total_bytes()),
        };
        self.check(dimensions)?;
        // Turning a picture, or taking its transparency away, needs a second copy.
        Ok(pixels.saturating_mul(2))
    }
}

/// The pixels of a picture, upright.
///
/// # Errors
/// 415 for what is no picture that is taken, 422 for one that is broken, an animation, or out of bounds.
pub fn decode(bytes: &[u8], bounds: &Bounds) -> Result<DynamicImage, Error> {
    let most = bounds.limits();
    match open(bytes, &most)? {
        Opened::Jpeg(decoder) => finish(decoder, bounds, most),
        Opened::Png(decoder) => finish(*decoder, bounds, most),
        Opened::WebP(decoder) => finish(decoder, bounds, most),
    }
}

fn finish(decoder: impl ImageDecoder, bounds: &Bounds, most: Limits) -> Result<DynamicImage, Error> {
    bounds.check(decoder.dimensions())?;
    upright(decoder, most).map_err(unreadable)
}

fn upright(mut decoder: impl ImageDecoder, most: Limits) -> ImageResult<DynamicImage> {
    decoder.set_limits(most)?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[track_caller]
fn unreadable(error: image::ImageError) -> Error {
    broken("The picture is broken or of a kind that cannot be read; save it anew as JPEG or PNG.")
        .with_source(error)
}

/// Pixels without transparency: what shows through is white.
pub fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0;
        let blend = |value: u8| {
            let (value, alpha) = (u16::from(value), u16::from(alpha));
            u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
        };
        Rgb([blend(r), blend(g), blend(b)])
    })
}
