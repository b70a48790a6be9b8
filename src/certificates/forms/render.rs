//! The sheet as PDF (PDF/A-3b, ISO 19005-3, the credential attached), PNG and SVG (baked badges). The drawing is one; the
//! faces come with the program, and what they have no letter for is taken from the faces of the machine.

use std::sync::{Arc, OnceLock};

use krilla::Document;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Size;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use ttf_parser::Face as Parsed;
use usvg::fontdb::Database;
use usvg::{Options, Tree, WriteOptions};

use super::sheet::{HEIGHT, Sheet, WIDTH};
use super::{png, svg};
use crate::platform::clock::Ts;

/// The family of the faces that come with the program.
pub(super) const FAMILY: &str = "Source Serif 4";

static REGULAR: &[u8] = include_bytes!("../../../data/fonts/SourceSerif4-Regular.ttf");
static ITALIC: &[u8] = include_bytes!("../../../data/fonts/SourceSerif4-Italic.ttf");
static SEMIBOLD: &[u8] = include_bytes!("../../../data/fonts/SourceSerif4-SemiBold.ttf");

/// How many dots of the PNG make a point.
const SCALE: f32 = 2.0;

/// A printed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// One page, with the credential attached.
    Pdf,
    /// A picture, with the credential in it.
    Png,
    /// A drawing, with the credential in it.
    Svg,
}

/// Why a sheet cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// No face at hand has a letter for this.
    #[error("no font of this server has the character `{0}`")]
    NoGlyph(char),
    /// The drawing could not be rendered.
    #[error("the sheet could not be drawn: {0}")]
    Drawing(String),
}

/// The faces that come with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Italic,
    SemiBold,
}

impl Face {
    pub(super) const fn css(self) -> (u16, &'static str) {
        match self {
            Self::Regular => (400, "normal"),
            Self::Italic => (400, "italic"),
            Self::SemiBold => (600, "normal"),
        }
    }

    fn parsed(self) -> &'static Parsed<'static> {
        static FACES: OnceLock<[Parsed<'static>; 3]> = OnceLock::new();
        let faces = FACES.get_or_init(|| {
            [REGULAR, ITALIC, SEMIBOLD]
                .map(|bytes| Parsed::parse(bytes, 0).expect("the faces are compiled in"))
        });
        match self {
            Self::Regular => &faces[0],
            Self::Italic => &faces[1],
            Self::SemiBold => &faces[2],
        }
    }
}

/// How wide a text is at a size of 1, near enough for fitting it into a line.
pub(super) fn width_of(text: &str, face: Face) -> f32 {
    let face = face.parsed();
    let units = f32::from(face.units_per_em());
    let advance = |character| {
        let glyph = face.glyph_index(character)?;
        Some(f32::from(face.glyph_hor_advance(glyph)?) / units)
    };
    text.chars().map(|character| advance(character).unwrap_or(1.0)).sum()
}

/// The faces that come with the program, and those of the machine behind them.
pub(super) fn faces() -> &'static Arc<Database> {
    static FACES: OnceLock<Arc<Database>> = OnceLock::new();
    FACES.get_or_init(|| {
        let mut faces = Database::new();
        for bytes in [REGULAR, ITALIC, SEMIBOLD] {
            faces.load_font_data(bytes.to_vec());
        }
        faces.set_serif_family(FAMILY);
        faces.load_system_fonts();
        Arc::new(faces)
    })
}

/// Whether some face has a letter for this.
pub(super) fn has_glyph(character: char) -> bool {
    let elsewhere = || {
        let faces = faces();
        faces.faces().any(|face| {
            let has = |bytes: &[u8], index| {
                Parsed::parse(bytes, index).is_ok_and(|face| face.glyph_index(character).is_some())
            };
            faces.with_face_data(face.id, has) == Some(true)
        })
    };
    Face::Regular.parsed().glyph_index(character).is_some() || elsewhere()
}

/// The first character that nothing has a letter for.
fn without_glyph<'a>(texts: impl Iterator<Item = &'a str>) -> Option<char> {
    texts
        .flat_map(str::chars)
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .find(|character| !has_glyph(*character))
}

/// Prints a sheet, with the credential in it. Takes some hundredths of a second of one core.
///
/// # Errors
/// [`Unprintable`].
pub fn print(sheet: &Sheet<'_>, credential: &[u8], form: Printed) -> Result<Vec<u8>, Unprintable> {
    if let Some(character) = without_glyph(sheet.texts()) {
        return Err(Unprintable::NoGlyph(character));
    }
    let options =
        Options { font_family: FAMILY.to_owned(), fontdb: Arc::clone(faces()), ..Options::default() };
    let drawing = |error: &dyn std::fmt::Display| Unprintable::Drawing(error.to_string());
    let tree = Tree::from_str(&sheet.to_svg(), &options).map_err(|error| drawing(&error))?;
    match form {
        Printed::Pdf => to_pdf(&tree, sheet, credential),
        Printed::Png => {
            let size = (pixels_of(WIDTH), pixels_of(HEIGHT));
            let mut pixels = Pixmap::new(size.0, size.1).ok_or_else(|| drawing(&"a sheet without a size"))?;
            resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
            Ok(png::bake(&pixels.encode_png().map_err(|error| drawing(&error))?, credential))
        }
        Printed::Svg => {
            // Text becomes outlines: the drawing looks the same where the faces are not at hand.
            let text = tree.to_string(&WriteOptions {
                preserve_text: false,
                coordinates_precision: 2,
                transforms_precision: 4,
                indent: usvg::Indent::None,
                ..WriteOptions::default()
            });
            let credential = std::str::from_utf8(credential).map_err(|error| drawing(&error))?;
            Ok(svg::bake(&text, credential).into_bytes())
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the size of a sheet")]
fn pixels_of(points: f32) -> u32 {
    (points * SCALE) as u32
}

fn to_pdf(tree: &Tree, sheet: &Sheet<'_>, credential: &[u8]) -> Result<Vec<u8>, Unprintable> {
    let failed = |error: String| Unprintable::Drawing(error);
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|error| failed(format!("{error:?}")))?;
    let mut document = Document::new_with(krilla::SerializeSettings {
        configuration,
        ..krilla::SerializeSettings::default()
    });
    let size = Size::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed("a page without a size".to_owned()))?;
    let settings =
        PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed("a page without a size".to_owned()))?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    surface.draw_svg(tree, size, SvgSettings::default());
    surface.finish();
    page.finish();
    let signed = date(sheet.signed);
    document.set_metadata(
        Metadata::new()
            .title(sheet.heading())
            .authors(vec![sheet.academy.to_owned()])
            .language("en".to_owned())
            .creator("Stipple".to_owned())
            .creation_date(signed)
            .document_id(sheet.digest.to_string()),
    );
    document.embed_file(EmbeddedFile {
        path: "certificate.json".to_owned(),
        mime_type: MimeType::new("application/vc"),
        description: Some("The signed certificate, as the academy signed it".to_owned()),
        association_kind: AssociationKind::Source,
        data: credential.to_vec().into(),
        modification_date: Some(signed),
        compress: Some(false),
        location: None,
    });
    document.finish().map_err(|error| failed(format!("{error:?}")))
}

fn date(at: Ts) -> DateTime {
    let at = at.datetime();
    DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(u8::from(at.month()))
        .day(at.day())
        .hour(at.hour())
        .minute(at.minute())
        .second(at.second())
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
