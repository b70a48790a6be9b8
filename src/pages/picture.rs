//! The pictures that others show where they link to a listing or a certificate: drawn from what the page itself shows, at the
//! moment they are asked for.
//!
//! Their tag is that of what they say, so one that says the same is not drawn again, and one that changed is another
//! picture at once: nobody may show what they kept without asking, after five minutes at the latest.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use maud::Markup;
use poem::http::{StatusCode, header};
use poem::{Request, Response};
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::card;
use super::client::Asked;
use super::layout::{Page, Picture};
use super::linked::Listed;
use super::texts::{fill, t};
use crate::certificates::CertificateView;
use crate::certificates::forms::{Card, Tone};
use crate::certificates::verdict::{Answer, Verdict};
use crate::platform::http::etag;
use crate::platform::problem::Error;

/// Raised when the same words are drawn otherwise.
const EDITION: u32 = 1;
/// Pictures that are kept drawn: some 50 KB each.
const KEPT: usize = 200;
/// How long somebody waits to have one drawn.
const WAIT: Duration = Duration::from_secs(5);
const CACHING: &str = "public, max-age=300, must-revalidate";

/// Drawn pictures by the tag of what they say: the same words are the same picture, whoever asks.
static DRAWN: LazyLock<Cache<String, Bytes>> = LazyLock::new(|| Cache::new(KEPT));
/// So many are drawn at once; each takes a core for a moment.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// What the picture of a listing says.
pub(super) fn of_listing(listed: &Listed) -> Card {
    let (tone, verdict) = if listed.verified.value {
        (Tone::Good, t("card.verified"))
    } else {
        (Tone::Open, t("card.unverified"))
    };
    let town = listed.clinics.iter().find_map(|clinic| clinic.address.city.clone());
    let cases = match listed.cases.settled {
        0 => t("card.no_cases").to_owned(),
        1 => t("card.cases_one").to_owned(),
        some => fill("card.cases", "n", some),
    };
    let rated = card::rated(listed.rating.rating, listed.rating.reviews);
    Card {
        tone,
        verdict: verdict.to_owned(),
        name: listed.name.clone(),
        facts: town.into_iter().chain([cases, rated]).collect(),
        number: listed.number.clone(),
        foot: t("picture.foot").to_owned(),
    }
}

/// What the picture of a certificate says.
pub(super) fn of_certificate(view: &CertificateView, verdict: &Verdict) -> Card {
    let (tone, word) = match verdict.verdict {
        Answer::Valid => (Tone::Good, t("picture.valid")),
        Answer::Unrecognised => (Tone::Open, t("picture.unrecognised")),
        Answer::Invalid => (Tone::Bad, t("picture.invalid")),
        Answer::CannotTell => (Tone::Open, t("picture.cannot_tell")),
    };
    Card {
        tone,
        verdict: word.to_owned(),
        name: view.holder_name.clone(),
        facts: vec![view.title.clone(), fill("picture.academy", "academy", &view.academy.name)],
        number: view.number.to_string(),
        foot: t("picture.foot").to_owned(),
    }
}

/// The tag of what a picture says, which is all there is to it.
fn tag(card: &Card) -> String {
    etag::tag_of(format!("{EDITION} {card:?}").as_bytes())
}

/// The picture as the head of its page names it, beside the page.
fn named(page: &str, card: &Card) -> Picture {
    let address = format!("{page}/picture.png?v={}", tag(card).trim_matches('"'));
    Picture { address, alt: said(card) }
}

/// What it says, in one line.
fn said(card: &Card) -> String {
    let mut said = format!("{}: {}", card.verdict, card.name);
    for fact in &card.facts {
        said.push_str(". ");
        said.push_str(fact);
    }
    said
}

/// A page with the picture of a listing or certificate and the same in words.
pub(super) fn shown_on(page: Page<'_>, at: &str, card: &Card, content: &Markup) -> Markup {
    page.described(&said(card)).picture(named(at, card)).render(content)
}

/// The listing of that number, as its picture needs it.
///
/// # Errors
/// What the API answers where there is none.
pub(super) async fn listing(asked: &Asked<'_>, number: &str) -> Result<Card, Error> {
    Ok(of_listing(&asked.get::<Listed>(&format!("/v1/practitioners/{number}")).await?))
}

/// The answer with a picture; without one, where whoever asks has it.
///
/// # Errors
/// 503 where too many are being drawn.
pub(super) async fn answer(request: &Request, card: Card) -> Result<Response, Error> {
    let tag = tag(&card);
    let answer = Response::builder().header(header::ETAG, &tag).header(header::CACHE_CONTROL, CACHING);
    if request.header(header::IF_NONE_MATCH).is_some_and(|has| etag::none_match(has, &tag)) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    Ok(answer.content_type("image/png").body(drawn(tag, card).await?))
}

async fn drawn(tag: String, card: Card) -> Result<Bytes, Error> {
    if let Some(bytes) = DRAWN.get(&tag) {
        return Ok(bytes);
    }
    let busy = || Error::unavailable("Too many pictures are being drawn. Try again in a moment.", 5);
    let place = tokio::time::timeout(WAIT, DRAWING.acquire()).await.map_err(|_| busy())?;
    let _place = place.map_err(Error::internal)?;
    if let Some(bytes) = DRAWN.get(&tag) {
        return Ok(bytes);
    }
    let bytes = tokio::task::spawn_blocking(move || card.to_png()).await.map_err(Error::internal)?;
    let bytes = Bytes::from(bytes.map_err(Error::internal)?);
    DRAWN.insert(tag, bytes.clone());
    Ok(bytes)
}
