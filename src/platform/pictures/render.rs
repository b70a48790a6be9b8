//! The files that are kept of a picture: three widths, each as WebP and as JPEG, and a placeholder of a
//! few bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use jpeg_encoder::ColorType;
use webp::Encoder;

use crate::platform::problem::Error;

/// The widths of the renditions, in pixels. A narrower picture keeps its own width.
pub const WIDTHS: [u32; 3] = [320, 800, 1600];
/// How much of the picture a JPEG keeps, of 100.
const JPEG_QUALITY: u8 = 82;
/// How much of the picture a WebP keeps, of 100.
const WEBP_QUALITY: f32 = 80.0;
/// The width of the placeholder, in pixels.
const PLACEHOLDER: u32 = 16;

/// How a rendition is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "PhotoFormat", rename_all = "kebab-case")]
pub enum Encoding {
    /// WebP.
    Webp,
    /// JPEG.
    Jpeg,
}

impl Encoding {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Webp, Self::Jpeg];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Its word, also the ending of a file's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Jpeg => "jpeg",
        }
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct Rendition {
    /// One of [`WIDTHS`]: the width it stands for.
    pub width: u32,
    /// How it is written.
    pub encoding: Encoding,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Everything that is kept of a picture.
#[derive(Clone, Debug)]
pub struct Renditions {
    /// Three widths, two encodings each.
    pub files: Vec<Rendition>,
    /// A blurred picture of a few pixels, as a `data:` address.
    pub placeholder: String,
    /// The smallest rendition's pixels, for looking at further.
    pub small: RgbImage,
}

impl Renditions {
    /// Renders upright pixels.
    ///
    /// # Errors
    /// 500 when an encoder fails.
    pub fn of(upright: RgbImage) -> Result<Self, Error> {
        Self::telling(upright, |_| {})
    }

    /// The same, saying after each file how many are written.
    ///
    /// # Errors
    /// 500 when an encoder fails.
    pub fn telling(upright: RgbImage, told: impl Fn(usize)) -> Result<Self, Error> {
        let mut files = Vec::with_capacity(WIDTHS.len() * Encoding::ALL.len());
        let mut picture = upright;
        // From large to small, each from the one before: the careful filter costs by the pixels it reads.
        for width in WIDTHS.into_iter().rev() {
            let is_smaller = picture.width() > width;
            if is_smaller {
                picture = scale(&picture, width)?;
            }
            for encoding in Encoding::ALL {
                // A picture that is narrow already has the same pixels at the widths above its own.
                let same = files.iter().rfind(|file: &&Rendition| !is_smaller && file.encoding == encoding);
                let bytes = same.map_or_else(|| encode(&picture, encoding), |file| Ok(file.bytes.clone()))?;
                files.push(Rendition { width, encoding, bytes });
                told(files.len());
            }
        }
        let tiny = scale(&picture, PLACEHOLDER)?;
        let placeholder = format!("data:image/webp;base64,{}", STANDARD.encode(webp(&tiny, 40.0)?));
        Ok(Self { files, placeholder, small: picture })
    }
}

/// The picture at another width, its proportions kept.
fn scale(picture: &RgbImage, width: u32) -> Result<RgbImage, Error> {
    let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width().max(1));
    let height = u32::try_from(height).unwrap_or(u32::MAX).max(1);
    let whole = Part { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };
    sample(picture, whole, width, height)
}

/// A part of a picture, as fractions of its sides.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Where it begins from the left.
    pub left: f64,
    /// Where it begins from the top.
    pub top: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

/// A part of a picture, scaled to a size.
///
/// # Errors
/// 500 when the part or the size has no pixels.
pub fn sample(picture: &RgbImage, part: Part, width: u32, height: u32) -> Result<RgbImage, Error> {
    let (full_width, full_height) = (f64::from(picture.width()), f64::from(picture.height()));
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3)
        .map_err(Error::internal)?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    let filter = ResizeAlg::Convolution(fast_image_resize::FilterType::Lanczos3);
    let options = ResizeOptions::new().resize_alg(filter).crop(
        part.left * full_width,
        part.top * full_height,
        part.width * full_width,
        part.height * full_height,
    );
    Resizer::new().resize(&source, &mut target, &options).map_err(Error::internal)?;
    RgbImage::from_raw(width, height, target.into_vec())
        .ok_or_else(|| Error::internal("a scaled picture has another size than it should"))
}

fn encode(picture: &RgbImage, encoding: Encoding) -> Result<Vec<u8>, Error> {
    match encoding {
        Encoding::Webp => webp(picture, WEBP_QUALITY),
        Encoding::Jpeg => jpeg(picture, JPEG_QUALITY),
    }
}

/// A JPEG that keeps so much of the picture, of 100.
///
/// # Errors
/// 500 when the encoder fails.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let (width, height) = (u16::try_from(picture.width()), u16::try_from(picture.height()));
    let (width, height) = (width.map_err(Error::internal)?, height.map_err(Error::internal)?);
    jpeg_encoder::Encoder::new(&mut bytes, quality)
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .map_err(Error::internal)?;
    Ok(bytes)
}

fn webp(picture: &RgbImage, quality: f32) -> Result<Vec<u8>, Error> {
    let encoder = Encoder::from_rgb(picture.as_raw(), picture.width(), picture.height());
    let encoded = encoder
        .encode_simple(false, quality)
        .map_err(|error| Error::internal(format!("libwebp refused a picture: {error:?}")))?;
    Ok(encoded.to_vec())
}
