//! The sheet a certificate is printed as: one drawing, A4 across, from which PDF, PNG and SVG are made.
//!
//! The rim and the seal are stippled from the certificate's digest, so every certificate has its own. Whatever a person
//! wrote is escaped here and nowhere else.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};
use time::Date;

use super::render::{Face, width_of};
use crate::platform::clock::Ts;
use crate::signing::digest::Digest;

/// The width of the drawing, in points.
pub(super) const WIDTH: f32 = 842.0;
/// The height of the drawing, in points.
pub(super) const HEIGHT: f32 = 595.0;
const INK: &str = "#26221d";
const QUIET: &str = "#6b635a";
const ACCENT: &str = "#7a3b12";
const ALARM: &str = "#9c1c1c";
/// Whoever signs later than this after the award signs from their records.
const LATE_DAYS: i64 = 180;
/// The middle line.
const MIDDLE: f32 = WIDTH / 2.0;

/// Everything a sheet shows. All but the address, the number and the standing is what the academy signed.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// The holder's name.
    pub holder: &'a str,
    /// The name of the course.
    pub title: &'a str,
    /// What was asked of the holder, where the certificate says so.
    pub criteria: Option<&'a str>,
    /// The academy's name.
    pub academy: &'a str,
    /// The issuer's DID.
    pub issuer: &'a str,
    /// Who taught, where it is said.
    pub trainer: Option<&'a str>,
    /// The number of the paper certificate it stands for, where there was one.
    pub old_number: Option<&'a str>,
    /// The day of the award.
    pub awarded: Option<Date>,
    /// From when on it is valid: the day it was signed.
    pub signed: Ts,
    /// The last day it is valid.
    pub valid_until: Option<Date>,
    /// Its number in the directory.
    pub number: String,
    /// The address of the page that verifies it.
    pub page: String,
    /// The digest of the secured document.
    pub digest: Digest,
    /// That it is not in force, in a sentence, where it is not.
    pub standing: Option<String>,
}

/// A line of text: where, how large, in which face and colour.
pub(super) struct Line<'a> {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) face: Face,
    pub(super) colour: &'a str,
    pub(super) anchor: &'a str,
}

impl Sheet<'_> {
    /// The title of the document.
    pub(super) fn heading(&self) -> String {
        format!("{}: {}", self.holder, self.title)
    }

    /// Everything on it that a person wrote, for seeing whether there are letters for it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let always = [self.holder, self.title, self.academy];
        always
            .into_iter()
            .chain(self.criteria)
            .chain(self.old_number)
            .chain(self.trainer)
            .chain(self.standing.as_deref())
    }

    /// The drawing, as SVG text.
    pub(super) fn to_svg(&self) -> String {
        let mut svg = String::with_capacity(96 * 1024);
        let _ = write!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fffdf9"/>"##
        );
        self.rim(&mut svg);
        self.words(&mut svg);
        self.check(&mut svg);
        self.seal(&mut svg);
        self.signature(&mut svg);
        if let Some(standing) = &self.standing {
            band(&mut svg, standing);
        }
        svg.push_str("</svg>");
        svg
    }

    /// Two rows of dots around the sheet; the digest says how large each is.
    fn rim(&self, svg: &mut String) {
        let mut nth = 0_usize;
        let _ = write!(svg, r#"<g fill="{ACCENT}">"#);
        for (row, inset) in [(0, 24.0_f32), (1, 31.0)] {
            let step = 6.5;
            let across = steps(WIDTH - 2.0 * inset, step);
            let down = steps(HEIGHT - 2.0 * inset, step);
            let (wide, high) = (WIDTH - 2.0 * inset, HEIGHT - 2.0 * inset);
            let mut dot = |x: f32, y: f32| {
                let bits = self.digest.0[nth % 32].rotate_left(u32::try_from(nth / 32 % 8).unwrap_or(0)) & 7;
                nth += 1;
                let largest = if row == 0 { 2.1 } else { 1.3 };
                let radius = 0.45 + f32::from(bits) / 7.0 * (largest - 0.45);
                let _ = write!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius:.2}"/>"#);
            };
            for i in 0..across {
                let x = inset + wide * share(i, across);
                dot(x, inset);
                dot(WIDTH - x, HEIGHT - inset);
            }
            for i in 0..down {
                let y = inset + high * share(i, down);
                dot(WIDTH - inset, y);
                dot(inset, HEIGHT - y);
            }
        }
        svg.push_str("</g>");
    }

    fn words(&self, svg: &mut String) {
        let centred = |y, size, face, colour| Line { x: MIDDLE, y, size, face, colour, anchor: "middle" };
        fitted(svg, &centred(96.0, 24.0, Face::SemiBold, INK), self.academy, 640.0);
        text(svg, &centred(136.0, 16.0, Face::Italic, QUIET), "certifies that");
        fitted(svg, &centred(192.0, 46.0, Face::SemiBold, ACCENT), self.holder, 660.0);
        let _ = write!(
            svg,
            r#"<path d="M261 212H581" stroke="{QUIET}" stroke-width="0.7" stroke-dasharray="0.1 4" stroke-linecap="round"/>"#
        );
        text(svg, &centred(242.0, 16.0, Face::Italic, QUIET), "has completed");
        fitted(svg, &centred(282.0, 29.0, Face::Regular, INK), self.title, 660.0);
        if let Some(criteria) = self.criteria {
            let lines = wrapped(criteria, Face::Regular, 12.5, 560.0, 3);
            for (nth, line) in lines.iter().enumerate() {
                text(svg, &centred(314.0 + 17.0 * down(nth), 12.5, Face::Regular, QUIET), line);
            }
        }
        let mut facts = Vec::new();
        facts.extend(self.awarded.map(|day| format!("Awarded on {}", written(day))));
        facts.extend(self.trainer.map(|name| format!("taught by {name}")));
        facts.extend(self.valid_until.map(|day| format!("valid until {}", written(day))));
        fitted(svg, &centred(394.0, 15.0, Face::Regular, INK), &facts.join(", "), 660.0);
    }

    /// The code to scan, and where it leads.
    fn check(&self, svg: &mut String) {
        const LEFT: f32 = 62.0;
        const TOP: f32 = 430.0;
        const SIDE: f32 = 100.0;
        if let Ok(code) = QrCode::with_error_correction_level(self.page.as_bytes(), EcLevel::M) {
            let modules = code.width();
            let colours = code.to_colors();
            let size = SIDE / down(modules);
            let _ = write!(
                svg,
                r#"<g transform="translate({LEFT} {TOP}) scale({size:.5})" shape-rendering="crispEdges"><path fill="{INK}" d=""#
            );
            for (y, row) in colours.chunks(modules).enumerate() {
                for (x, _) in row.iter().enumerate().filter(|(_, colour)| **colour == Color::Dark) {
                    let _ = write!(svg, "M{x} {y}h1v1h-1z");
                }
            }
            svg.push_str(r#""/></g>"#);
        }
        let line = |y, size, face, colour| Line { x: 176.0, y, size, face, colour, anchor: "start" };
        text(svg, &line(446.0, 14.0, Face::SemiBold, INK), &self.number);
        text(svg, &line(466.0, 10.0, Face::Regular, INK), "Scan to see whether it stands, or open");
        fitted(svg, &line(481.0, 10.5, Face::Regular, ACCENT), &self.page, 186.0);
        text(
            svg,
            &line(502.0, 9.0, Face::Italic, QUIET),
            "A print can be altered. The signed certificate is",
        );
        text(
            svg,
            &line(513.0, 9.0, Face::Italic, QUIET),
            "in this file, and can be verified from it, with or",
        );
        text(svg, &line(524.0, 9.0, Face::Italic, QUIET), "without the directory.");
    }

    /// Dots in the order of a sunflower, thinned by the digest.
    fn seal(&self, svg: &mut String) {
        let _ = write!(svg, r#"<g fill="{ACCENT}">"#);
        for nth in 0..256_u16 {
            let bit = self.digest.0[usize::from(nth / 8)] >> (nth % 8) & 1;
            let radius = 2.4 * f32::from(nth + 1).sqrt();
            let angle = f32::from(nth) * 2.399_963;
            let (x, y) = (MIDDLE + radius * angle.cos(), 480.0 + radius * angle.sin());
            let size = if bit == 1 { 1.45 } else { 0.6 };
            let _ = write!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="{size}"/>"#);
        }
        svg.push_str("</g>");
    }

    fn signature(&self, svg: &mut String) {
        let line = |y, size, face, colour| Line { x: 780.0, y, size, face, colour, anchor: "end" };
        let day = written(self.signed.date());
        let signed = match (from_records(self.awarded, self.signed), self.old_number) {
            (Some(year), Some(number)) => format!("Signed on {day} from the records of {year}, no. {number}"),
            (Some(year), None) => format!("Signed on {day} from the records of {year}"),
            (None, Some(number)) => format!("Signed on {day}, for no. {number}"),
            (None, None) => format!("Signed on {day}"),
        };
        fitted(svg, &line(446.0, 10.5, Face::SemiBold, INK), &signed, 290.0);
        fitted(svg, &line(461.0, 10.5, Face::Regular, INK), &format!("by {}", self.academy), 290.0);
        fitted(svg, &line(476.0, 9.0, Face::Regular, QUIET), self.issuer, 290.0);
        let digest = self.digest.to_string();
        let (first, second) = digest.split_at(digest.len() / 2);
        text(svg, &line(502.0, 8.0, Face::Italic, QUIET), "SHA-256 of the signed document");
        text(svg, &line(513.0, 8.0, Face::Regular, QUIET), first);
        text(svg, &line(524.0, 8.0, Face::Regular, QUIET), second);
    }
}

/// The year of the award, where it was signed so much later that it comes from the academy's records.
pub fn from_records(awarded: Option<Date>, signed: Ts) -> Option<i32> {
    let awarded = awarded?;
    (signed.date() - awarded > time::Duration::days(LATE_DAYS)).then(|| awarded.year())
}

/// That it is not in force, across the sheet.
fn band(svg: &mut String, standing: &str) {
    let _ = write!(svg, r#"<rect x="40" y="40" width="762" height="24" fill="{ALARM}"/>"#);
    let line =
        Line { x: MIDDLE, y: 57.0, size: 13.0, face: Face::SemiBold, colour: "#fff", anchor: "middle" };
    fitted(svg, &line, &format!("NOT IN FORCE. {standing}"), 740.0);
}

/// Adds a line of text.
pub(super) fn text(svg: &mut String, line: &Line<'_>, content: &str) {
    let Line { x, y, size, face, colour, anchor } = line;
    let (weight, style) = face.css();
    let _ = write!(
        svg,
        r#"<text x="{x}" y="{y}" font-family="{}" font-weight="{weight}" font-style="{style}" font-size="{size:.2}" fill="{colour}" text-anchor="{anchor}">{}</text>"#,
        super::render::FAMILY,
        escaped(content)
    );
}

/// A line that is made smaller until it fits, down to a third; what is longer still is cut.
pub(super) fn fitted(svg: &mut String, line: &Line<'_>, content: &str, width: f32) {
    let natural = width_of(content, line.face) * line.size;
    let size = line.size * (width / natural.max(1.0)).clamp(1.0 / 3.0, 1.0);
    let shown = wrapped(content, line.face, size, width, 1);
    text(svg, &Line { size, ..*line }, shown.first().map_or("", String::as_str));
}

/// Cuts a text into lines of this width; the last one ends in an ellipsis where there is more.
fn wrapped(content: &str, face: Face, size: f32, width: f32, lines: usize) -> Vec<String> {
    let fits = |line: &str| width_of(line, face) * size <= width * 1.01;
    let mut out: Vec<String> = Vec::new();
    let mut words = content.split_whitespace().peekable();
    while out.len() < lines && words.peek().is_some() {
        let mut line = words.next().unwrap_or_default().to_owned();
        while let Some(word) = words.peek() {
            let longer = format!("{line} {word}");
            if !fits(&longer) {
                break;
            }
            line = longer;
            words.next();
        }
        out.push(line);
    }
    let more = words.peek().is_some();
    if let Some(last) = out.last_mut()
        && (more || !fits(last))
    {
        while !last.is_empty() && !fits(&format!("{last}\u{2026}")) {
            last.pop();
        }
        last.push('\u{2026}');
    }
    out
}

/// Text as it may stand between tags; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other < ' ' => {}
            other => out.push(other),
        }
    }
    out
}

fn written(day: Date) -> String {
    format!("{} {} {}", day.day(), day.month(), day.year())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred steps")]
fn steps(length: f32, step: f32) -> usize {
    (length / step).round() as usize
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn down(nth: usize) -> f32 {
    nth as f32
}

fn share(nth: usize, of: usize) -> f32 {
    down(nth) / down(of.max(1))
}
