//! Pictures made in code: a scalp with its dots, and what cameras write into files.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Pseudo-random numbers of a seed (`SplitMix64`).
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A scalp: soft light and shade of its own for each seed, and dots of pigment.
pub(crate) fn scalp(seed: u64, width: u32, height: u32) -> RgbImage {
    let mut next = numbers(seed);
    let mut share = || f64::from(u32::try_from(next() >> 40).expect("24 bits")) / f64::from(1 << 24);
    // A grid of brightnesses, blended: what a gradient hash sees.
    let grid: Vec<f64> = (0..100).map(|_| share()).collect();
    let cell = |x: u32, y: u32| grid[usize::try_from(y.min(9) * 10 + x.min(9)).expect("a small number")];
    let blend = |a: f64, b: f64, t: f64| a + (b - a) * t;
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let (gx, gy) = (f64::from(x) / f64::from(width) * 9.0, f64::from(y) / f64::from(height) * 9.0);
        let (left, top) = (whole(gx), whole(gy));
        let (tx, ty) = (gx - f64::from(left), gy - f64::from(top));
        let upper = blend(cell(left, top), cell(left + 1, top), tx);
        let lower = blend(cell(left, top + 1), cell(left + 1, top + 1), tx);
        let light = 90.0 + 130.0 * blend(upper, lower, ty);
        Rgb([tone(light), tone(light * 0.8), tone(light * 0.65)])
    });
    for _ in 0..(width * height / 160) {
        let (x, y) = (whole(share() * f64::from(width)), whole(share() * f64::from(height)));
        picture.put_pixel(x.min(width - 1), y.min(height - 1), Rgb([40, 34, 30]));
    }
    picture
}

/// A length in pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a picture's side")]
pub(crate) fn whole(value: f64) -> u32 {
    value as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn tone(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// The picture as a file.
pub(crate) fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).expect("the picture is written");
    bytes.into_inner()
}

/// A JPEG whose EXIF says: turn me by 90 degrees, I was taken in Paris, with this camera.
pub(crate) fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff: Vec<u8> = b"MM\0*\0\0\0\x08".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes()[..], &count.to_be_bytes()[..], &value[..]].concat()
    };
    // IFD0 at 8: Make at 50, Orientation 6, GPS IFD at 66.
    tiff.extend(3_u16.to_be_bytes());
    tiff.extend(entry(0x010f, 2, 16, 50_u32.to_be_bytes()));
    tiff.extend(entry(0x0112, 3, 1, [0, 6, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, 66_u32.to_be_bytes()));
    tiff.extend(0_u32.to_be_bytes());
    tiff.extend(b"SecretCameraCo\0\0");
    tiff.extend(2_u16.to_be_bytes());
    tiff.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(0x0002, 5, 3, 96_u32.to_be_bytes()));
    tiff.extend(0_u32.to_be_bytes());
    for number in [48_u32, 1, 51, 1, 24, 1] {
        tiff.extend(number.to_be_bytes());
    }
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend(tiff);
    let length = u16::try_from(segment.len() + 2).expect("a short segment");
    let comment = b"\xff\xfe\0\x10taken at home".to_vec();
    [&jpeg[..2], b"\xff\xe1", &length.to_be_bytes(), &segment, &comment, &[0][..], &jpeg[2..]].concat()
}
