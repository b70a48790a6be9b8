//! Invented photos: a shaved head from the front, the side, above or close by, in one of ten skin tones, with more
//! or fewer dots on it. Nobody sat for them.

use image::{ImageFormat, Rgb, RgbImage};
use rand::RngExt;
use rand::rngs::StdRng;

use crate::cli::Failure;
use crate::platform::pictures::{Part, sample};

/// The sides of a photo, in pixels.
const WIDTH: u32 = 400;
const HEIGHT: u32 = 500;
/// The sides of the light and shade that a photo is made from; enlarging smooths it.
const COARSE: (u32, u32) = (40, 50);
/// Skin at the ten tones of the Monk scale, about.
const TONES: [[u8; 3]; 10] = [
    [246, 237, 228],
    [243, 231, 219],
    [247, 234, 208],
    [234, 218, 186],
    [215, 189, 150],
    [160, 126, 86],
    [130, 92, 67],
    [96, 65, 52],
    [58, 49, 42],
    [41, 36, 32],
];

/// What a photo shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    /// The tone, 1 to 10.
    pub(super) tone: usize,
    /// The stage, by its code.
    pub(super) stage: &'a str,
    /// Where from, by its code.
    pub(super) view: &'a str,
    /// Whether a scar runs across.
    pub(super) scar: bool,
}

/// Draws a scene. Light, tilt and frame differ from photo to photo, as they do in a clinic.
///
/// # Errors
/// When it cannot be scaled.
pub(super) fn picture(rng: &mut StdRng, scene: Scene<'_>) -> Result<RgbImage, Failure> {
    let coarse = shaded(rng, scene);
    let whole = Part { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };
    let mut picture = sample(&coarse, whole, WIDTH, HEIGHT)?;
    dots(rng, &mut picture, scene);
    if scene.scar {
        scar(rng, &mut picture);
    }
    Ok(picture)
}

/// As a camera's file.
///
/// # Errors
/// When the encoder fails.
pub(super) fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, Failure> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

/// The head before its background, in light from one side.
fn shaded(rng: &mut StdRng, scene: Scene<'_>) -> RgbImage {
    let base = TONES[scene.tone.clamp(1, 10) - 1];
    let close = scene.view == "hairline-close";
    let (centre_x, centre_y) = (rng.random_range(0.35..0.65), rng.random_range(0.42..0.68));
    let (half_x, half_y) =
        if close { (2.0, 2.0) } else { (rng.random_range(0.3..0.44), rng.random_range(0.34..0.5)) };
    let (light_x, light_y) = (rng.random_range(-1.0..1.0), rng.random_range(-1.0..0.6));
    let wall: [f64; 3] = base.map(|own| f64::from(own).clamp(60.0, 190.0) + rng.random_range(-40.0..40.0));
    // Uneven light and things on the wall: no two heads, and no two rooms, look alike.
    let uneven = Uneven::new(rng);
    let red = match scene.stage {
        "fresh" => 24.0,
        "healing" => 10.0,
        _ => 0.0,
    };
    RgbImage::from_fn(COARSE.0, COARSE.1, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(COARSE.0), f64::from(y) / f64::from(COARSE.1));
        let (dx, dy) = ((u - centre_x) / half_x, (v - centre_y) / half_y);
        let inside = dx * dx + dy * dy < 1.0;
        let mut light = 68.0 * (light_x * (u - 0.5) + light_y * (v - 0.5));
        light += uneven.at(u, v) * if inside { 44.0 } else { 64.0 };
        if inside && !close {
            light -= 30.0 * (dx * dx + dy * dy);
        }
        let colour = std::array::from_fn(|at| {
            let own = if inside { f64::from(base[at]) } else { wall[at] };
            let flush = if inside && at == 0 { red } else { 0.0 };
            level(own + light + flush)
        });
        Rgb(colour)
    })
}

/// Values from -1 to 1 on a grid, smooth between its points.
struct Uneven([[f64; Uneven::SIDE]; Uneven::SIDE]);

impl Uneven {
    const SIDE: usize = 10;
    /// The sides are so long.
    const SPAN: f64 = 9.0;

    fn new(rng: &mut StdRng) -> Self {
        Self(std::array::from_fn(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))))
    }

    /// At a point, its coordinates from 0 to 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
    fn at(&self, u: f64, v: f64) -> f64 {
        let place = |at: f64| {
            let at = (at * Self::SPAN).clamp(0.0, Self::SPAN - 0.001);
            (at as usize, at.fract())
        };
        let ((x, right), (y, down)) = (place(u), place(v));
        let row = |y: usize| self.0[y][x] * (1.0 - right) + self.0[y][x + 1] * right;
        row(y) * (1.0 - down) + row(y + 1) * down
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn level(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// Follicles, real and drawn: few before, many afterwards, darker while fresh.
fn dots(rng: &mut StdRng, picture: &mut RgbImage, scene: Scene<'_>) {
    let (count, depth) = match scene.stage {
        "before" | "correction-before" => (260, 40),
        "fresh" => (1_900, 95),
        "healing" | "healed" => (1_700, 62),
        _ => (1_600, 50),
    };
    let close = scene.view == "hairline-close";
    let size = if close { 4 } else { 2 };
    let hairline = if close { HEIGHT * 2 / 5 } else { HEIGHT / 6 };
    for _ in 0..if close { count / 2 } else { count } {
        let x = rng.random_range(0..WIDTH - size);
        // A soft edge: fewer dots towards the hairline.
        let y = hairline + (rng.random_range(0..HEIGHT - hairline - size)).max(rng.random_range(0..40));
        for (at_x, at_y) in (0..size * size).map(|at| (x + at % size, (y + at / size).min(HEIGHT - 1))) {
            let pixel = picture.get_pixel_mut(at_x, at_y);
            pixel.0 = pixel.0.map(|channel| channel.saturating_sub(depth));
        }
    }
}

/// A pale line from side to side.
fn scar(rng: &mut StdRng, picture: &mut RgbImage) {
    let (from, bend) = (rng.random_range(HEIGHT / 2..HEIGHT * 4 / 5), rng.random_range(1..4));
    for x in WIDTH / 5..WIDTH * 4 / 5 {
        let y = from + (x / 24 * bend) % 12;
        for at in y..(y + 5).min(HEIGHT) {
            let pixel = picture.get_pixel_mut(x, at);
            pixel.0 = pixel.0.map(|channel| channel.saturating_add(34));
        }
    }
}
