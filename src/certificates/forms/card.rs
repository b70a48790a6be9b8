//! The picture that others show where they link to a listing or a certificate: 1200 by 630, a verdict, a name and a few
//! facts, with the faces and the stippling of the sheet.
//!
//! Whatever a name has in it, the picture is drawn: a line is made smaller until it fits and then cut, and letters that no
//! face has are left out.

use std::fmt::Write as _;

use resvg::tiny_skia::{Pixmap, Transform};
use usvg::{Options, Tree};

use super::render::{FAMILY, Face, Unprintable, faces, has_glyph};
use super::sheet::{Line, fitted, text};
use crate::signing::digest::Digest;

/// Width and height, in dots.
pub const CARD_SIZE: (u32, u32) = (1200, 630);
const PAPER: &str = "#fcfbf9";
const INK: &str = "#1d1b19";
const QUIET: &str = "#5a554e";
const LEFT: f32 = 84.0;
/// How wide a line may be.
const ROOM: f32 = 1032.0;
/// Letters of a text that are looked at; far more than a line has room for.
const LETTERS: usize = 160;

/// How a verdict looks, beside what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// It is so.
    Good,
    /// It is not known to be so.
    Open,
    /// It is not so.
    Bad,
}

/// What the picture says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// How the verdict looks.
    pub tone: Tone,
    /// The verdict.
    pub verdict: String,
    /// Whose it is.
    pub name: String,
    /// Facts, a line each; three at most are shown.
    pub facts: Vec<String>,
    /// The number of what it is about.
    pub number: String,
    /// What stands in the corner.
    pub foot: String,
}

impl Card {
    /// The drawing, as SVG text: all there is to the picture.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let colour = self.tone.colour();
        let (width, height) = CARD_SIZE;
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" fill="{PAPER}"/><rect width="24" height="{height}" fill="{colour}"/><path d="{}" fill="none" stroke="{colour}" stroke-width="12" stroke-linecap="round" stroke-linejoin="round"/>"#,
            self.tone.sign()
        );
        self.stipple(&mut svg);
        let line = |x, y, size, face, colour| Line { x, y, size, face, colour, anchor: "start" };
        fitted(&mut svg, &line(156.0, 132.0, 44.0, Face::SemiBold, colour), &drawable(&self.verdict), 920.0);
        let name = drawable(&self.name);
        let name = if name.trim().is_empty() { &self.number } else { &name };
        fitted(&mut svg, &line(LEFT, 268.0, 84.0, Face::SemiBold, INK), name, ROOM);
        let mut y = 348.0;
        for fact in self.facts.iter().take(3) {
            fitted(&mut svg, &line(LEFT, y, 36.0, Face::Regular, QUIET), &drawable(fact), 980.0);
            y += 56.0;
        }
        text(&mut svg, &line(LEFT, 566.0, 30.0, Face::SemiBold, INK), &self.number);
        let foot = Line { anchor: "end", ..line(1116.0, 566.0, 28.0, Face::Italic, QUIET) };
        fitted(&mut svg, &foot, &drawable(&self.foot), 620.0);
        svg.push_str("</svg>");
        svg
    }

    /// A row of dots above the foot, as the number says how large.
    fn stipple(&self, svg: &mut String) {
        let digest = Digest::of_bytes(self.number.as_bytes());
        let _ = write!(svg, r#"<g fill="{}">"#, self.tone.colour());
        for nth in 0..86_u16 {
            let bits = digest.0[usize::from(nth % 32)].rotate_left(u32::from(nth / 32)) & 7;
            let (x, radius) = (LEFT + 12.0 * f32::from(nth), 1.2 + f32::from(bits) / 2.2);
            let _ = write!(svg, r#"<circle cx="{x:.1}" cy="514" r="{radius:.2}"/>"#);
        }
        svg.push_str("</g>");
    }

    /// The picture as a PNG. Takes some hundredths of a second of one core.
    ///
    /// # Errors
    /// [`Unprintable::Drawing`].
    pub fn to_png(&self) -> Result<Vec<u8>, Unprintable> {
        let drawing = |error: &dyn std::fmt::Display| Unprintable::Drawing(error.to_string());
        let options =
            Options { font_family: FAMILY.to_owned(), fontdb: faces().clone(), ..Options::default() };
        let tree = Tree::from_str(&self.to_svg(), &options).map_err(|error| drawing(&error))?;
        let (width, height) = CARD_SIZE;
        let mut pixels = Pixmap::new(width, height).ok_or_else(|| drawing(&"a card without a size"))?;
        resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| drawing(&error))
    }
}

impl Tone {
    const fn colour(self) -> &'static str {
        match self {
            Self::Good => "#1c5f3a",
            Self::Open => "#6b5518",
            Self::Bad => "#8f2b20",
        }
    }

    /// A tick, a ring, a cross.
    const fn sign(self) -> &'static str {
        match self {
            Self::Good => "M90 120l16 18 30-42",
            Self::Open => "M136 116a22 22 0 1 1-44 0a22 22 0 1 1 44 0z",
            Self::Bad => "M92 96l40 40M132 96l-40 40",
        }
    }
}

/// A text without the letters that no face has, which would be drawn as boxes.
fn drawable(text: &str) -> String {
    text.chars().take(LETTERS).filter(|letter| letter.is_whitespace() || has_glyph(*letter)).collect()
}
