//! The badge that other sites show: what this directory says of a listing at this moment, as a drawing and as a page for a
//! frame.
//!
//! It is never wrong from a cache: whoever keeps it has to ask again before showing it, and it says when it was asked and
//! whose it is. Where there is no listing to speak of it is a badge all the same, in red or grey and with words, under the
//! status that says why: 404 for a number that was never given out, 410 for a listing that was removed; browsers show the
//! picture of such an answer too. A listing that was merged is answered 200, in grey, with the number to go to.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::client::Asked;
use super::site::absolute;
use super::texts::{fill, t};
use crate::platform::clock::Ts;
use crate::platform::http::etag;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;

/// Width and height of the badge.
pub(super) const SIZE: (u32, u32) = (340, 96);
/// What the frame may load: the style sheet. Any site may show it.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";
/// Letters of a name that are shown.
const NAME_LETTERS: usize = 30;

#[derive(Deserialize)]
struct Listing {
    number: String,
    name: String,
    verified: Verified,
    certificates: Vec<Certificate>,
}

#[derive(Deserialize)]
struct Verified {
    value: bool,
}

#[derive(Deserialize)]
struct Certificate {
    academy: Signer,
    lacks: Vec<Lack>,
}

#[derive(Deserialize)]
struct Signer {
    recognised_at_receipt: bool,
}

#[derive(Deserialize)]
struct Lack {
    requirement: String,
}

impl Listing {
    /// What is said of its training, and whether it once counted, as far as its certificates tell.
    fn standing(&self) -> (Tone, &'static str) {
        let ended = |lack: &Lack| matches!(lack.requirement.as_str(), "in-force" | "recognised-academy");
        let once = |one: &Certificate| one.academy.recognised_at_receipt && one.lacks.iter().all(ended);
        match self.verified.value {
            true => (Tone::Good, t("badge.verified")),
            false if self.certificates.iter().any(once) => (Tone::Bad, t("badge.unverified")),
            false => (Tone::Bad, t("badge.never")),
        }
    }
}

/// What a badge says, which its colour and sign say too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Good,
    Bad,
    Unknown,
}

/// A badge, before it has a form.
struct Badge {
    tone: Tone,
    words: String,
    /// Whose it is, where that is known.
    name: String,
    /// The number it is about, where it is one.
    number: String,
    /// When it was asked.
    at: String,
    /// Where it leads.
    to: String,
    status: StatusCode,
}

/// A form of the badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Drawing,
    Frame,
}

/// The badge at an address: the number alone is the frame, with `.svg` the drawing.
pub(super) async fn answer(asked: &Asked<'_>, file: &str, now: Ts) -> Response {
    let (number, form) = match file.strip_suffix(".svg") {
        Some(number) => (number, Form::Drawing),
        None => (file, Form::Frame),
    };
    let badge = Badge::of(asked, number, now).await;
    let (media_type, body) = match form {
        Form::Drawing => ("image/svg+xml", badge.drawing()),
        Form::Frame => ("text/html; charset=utf-8", badge.frame().into_string()),
    };
    let tag = etag::tag_of(body.as_bytes());
    let mut response = Response::builder()
        .status(badge.status)
        .content_type(media_type)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header("cross-origin-resource-policy", "cross-origin")
        .header("x-robots-tag", "noindex")
        .body(body);
    let headers = response.headers_mut();
    let caching = if badge.status.is_server_error() { "no-store" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

impl Badge {
    async fn of(asked: &Asked<'_>, number: &str, now: Ts) -> Self {
        let at = fill("badge.at", "time", moment(now));
        let badge = |tone, words: String, number: String, to: String, status| Self {
            tone,
            words,
            name: String::new(),
            number,
            at: at.clone(),
            to,
            status,
        };
        let Ok(number) = Number::parse(number, NumberKind::Listing) else {
            let words = t("badge.unknown").to_owned();
            return badge(Tone::Unknown, words, String::new(), absolute("/check"), StatusCode::NOT_FOUND);
        };
        let to = absolute(&format!("/practitioners/{number}"));
        let error = match asked.get::<Listing>(&format!("/v1/practitioners/{number}")).await {
            Ok(listing) => {
                let (tone, words) = listing.standing();
                let known = badge(tone, words.to_owned(), listing.number, to, StatusCode::OK);
                return Self { name: shortened(&listing.name), ..known };
            }
            Err(error) => error,
        };
        let asked_for = number.to_string();
        match error.code().status {
            301 => {
                let into = moved_to(&error).unwrap_or_default();
                let words = fill("badge.moved", "number", &into);
                let to = absolute(&format!("/practitioners/{into}"));
                badge(Tone::Unknown, words, asked_for, to, StatusCode::OK)
            }
            404 => {
                let words = t("badge.unknown").to_owned();
                badge(Tone::Unknown, words, asked_for, absolute("/check"), StatusCode::NOT_FOUND)
            }
            410 => badge(Tone::Bad, t("badge.removed").to_owned(), asked_for, to, StatusCode::GONE),
            status => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                badge(Tone::Unknown, t("badge.cannot_tell").to_owned(), asked_for, to, status)
            }
        }
    }

    /// The same in one sentence, for whoever does not see it.
    fn said(&self) -> String {
        let parts = [&self.words, &self.name, &self.number, &self.at];
        let said = parts.into_iter().filter(|part| !part.is_empty()).map(|part| format!("{part}."));
        said.collect::<Vec<_>>().join(" ")
    }

    fn drawing(&self) -> String {
        let (width, height) = SIZE;
        let said = escaped(&self.said());
        let colour = self.tone.colour();
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{said}" data-tone="{}"><title>{said}</title><rect x="0.5" y="0.5" width="{}" height="{}" rx="8" fill="#fff" stroke="{colour}"/><path d="M8.5 0.5H48V95.5H8.5a8 8 0 0 1-8-8V8.5a8 8 0 0 1 8-8z" fill="{colour}"/><path d="{}" transform="translate(0 10)" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/><svg x="60" width="{}" height="{height}">"##,
            self.tone.word(),
            width - 1,
            height - 1,
            self.tone.sign(),
            // What has no room ends at the edge.
            width - 66,
        );
        let lines = [
            (25, 16, "700", colour, &self.words),
            (45, 13, "400", "#1d1b19", &self.name),
            (63, 12, "400", "#1d1b19", &self.number),
            (82, 11, "400", "#5a554e", &self.at),
        ];
        for (y, size, weight, ink, text) in lines {
            let _ = write!(
                svg,
                r#"<text y="{y}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" font-size="{size}" font-weight="{weight}" fill="{ink}">{}</text>"#,
                escaped(text)
            );
        }
        svg.push_str("</svg></svg>");
        svg
    }

    fn frame(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (self.words) }
                    link rel="stylesheet" href="/style.css";
                }
                body.framed {
                    main data-tone=(self.tone.word()) {
                        a.live href=(self.to) target="_blank" rel="noopener" aria-label=(self.said()) { (PreEscaped(self.drawing())) }
                    }
                }
            }
        }
    }
}

impl Tone {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Good => "#1c5f3a",
            Self::Bad => "#8f2b20",
            Self::Unknown => "#5a554e",
        }
    }

    /// A tick, a cross, a question.
    const fn sign(self) -> &'static str {
        match self {
            Self::Good => "M14 39l8 9 14-20",
            Self::Bad => "M15 29l18 18M33 29l-18 18",
            Self::Unknown => "M17 32a7.5 7.5 0 1 1 11 6.5q-3.5 2-3.5 6M24.5 53v.1",
        }
    }
}

/// The number a listing was merged into, as the API says.
fn moved_to(error: &Error) -> Option<String> {
    Some(error.members().get("number")?.as_str()?.to_owned())
}

/// A name as far as there is room for it.
fn shortened(name: &str) -> String {
    let mut short: String = name.chars().filter(|letter| !letter.is_control()).take(NAME_LETTERS).collect();
    if name.chars().nth(NAME_LETTERS).is_some() {
        short.push('…');
    }
    // Letters that run the other way do not turn the number around.
    format!("\u{2068}{short}\u{2069}")
}

/// Text as it may stand in the drawing; characters that XML cannot hold are left out.
pub(super) fn escaped(text: &str) -> String {
    let whole = text.chars().filter(|letter| *letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'));
    whole.fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\u{22}' => out.push_str("&quot;"),
            other => out.push(other),
        }
        out
    })
}

/// A moment as people write it, to the minute.
fn moment(at: Ts) -> String {
    let at = at.datetime();
    let month = at.month().to_string();
    let month = month.get(..3).unwrap_or(&month);
    format!("{:02}:{:02} UTC, {} {month} {}", at.hour(), at.minute(), at.day(), at.year())
}

/// How the practitioner puts it on a site of their own, for the page of the listing.
pub(super) fn how_to(number: &str) -> Markup {
    let (width, height) = SIZE;
    let (page, badge) =
        (absolute(&format!("/practitioners/{number}")), absolute(&format!("/badges/{number}")));
    let alt = t("badge.alt");
    let picture = format!(
        "<a href=\"{page}\"><img src=\"{badge}.svg\" alt=\"{alt}\" width=\"{width}\" height=\"{height}\"></a>"
    );
    let frame = format!(
        "<iframe src=\"{badge}\" title=\"{alt}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\"></iframe>"
    );
    html! {
        section #badge.screen {
            details {
                summary { (t("badge.heading")) }
                p { (t("badge.lead")) }
                p { img src={ "/badges/" (number) ".svg" } alt=(alt) width=(width) height=(height) loading="lazy"; }
                p { (t("badge.picture")) }
                pre tabindex="0" { code { (picture) } }
                p { (t("badge.frame")) }
                pre tabindex="0" { code { (frame) } }
            }
        }
    }
}
