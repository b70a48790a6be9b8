//! What search engines ask for: `robots.txt` and the sitemaps.
//!
//! Listings, academies and the pages that are always there are named; certificates are not: their page belongs to whoever
//! was handed one. Listings are walked in the order of their numbers, so that nothing but listed ones can be named; the
//! index remembers where each sitemap begins for a while, and a sitemap is written while it is sent.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use poem::http::header;
use poem::{Body, Response};

use super::site::KEPT;
use crate::academies;
use crate::app::App;
use crate::platform::clock::Ts;
use crate::platform::db;
use crate::platform::http::etag;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;
use crate::practitioners;

/// Addresses in a sitemap at most (sitemaps.org).
const MOST: usize = 50_000;
/// Rows read at once while a sitemap is sent.
const AT_ONCE: usize = 1_000;
/// How long the index remembers where sitemaps begin.
const REMEMBERED: Duration = Duration::from_mins(10);
/// How long anyone may keep a sitemap.
const KEEP: &str = "public, max-age=600";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// What has a sitemap of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Practitioners,
    Academies,
}

/// A sitemap: what it names, after which name it begins, and when the newest of it changed.
#[derive(Clone, Debug)]
struct Part {
    kind: Kind,
    after: String,
    changed: Ts,
}

/// Sitemaps, and when they were looked up.
type Known = (Ts, Arc<Vec<Part>>);

/// Where the sitemaps begin, as it was a while ago.
#[derive(Clone, Debug, Default)]
pub struct Sitemaps(Arc<Mutex<Option<Known>>>);

impl Kind {
    const ALL: [Self; 2] = [Self::Practitioners, Self::Academies];

    const fn word(self) -> &'static str {
        match self {
            Self::Practitioners => "practitioners",
            Self::Academies => "academies",
        }
    }

    /// The next of them after a name, in order, each with when it changed last.
    async fn after(self, app: &App, name: &str, most: usize) -> db::Result<Vec<(String, Ts)>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut conn = app.db.read().await?;
        match self {
            Self::Practitioners => {
                let rows = practitioners::listed_after(&mut conn, name, most).await?;
                Ok(rows.into_iter().map(|(number, at)| (number.to_string(), at)).collect())
            }
            Self::Academies => academies::academies_after(&mut conn, name, most).await,
        }
    }
}

/// `robots.txt`.
pub(super) fn robots(public_url: &str) -> Response {
    // The API answers programs, and photos are shown by their clients' leave, to those who come here. Pages of answers are
    // left readable: each says itself that it is not to be kept.
    let body = format!(
        "User-agent: *\nDisallow: /v1/\nDisallow: /1.0/\nDisallow: /metrics\nDisallow: /*?*cursor=\n\nSitemap: {public_url}/sitemap.xml\n"
    );
    sent("text/plain; charset=utf-8", body)
}

/// The index of the sitemaps.
///
/// # Errors
/// As the database says.
pub(super) async fn index(app: &App, known: &Sitemaps) -> Result<Response, Error> {
    let parts = parts(app, known).await?;
    let origin = &app.config.public_url;
    let mut body = format!("{HEAD}<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    let _ = writeln!(body, "<sitemap><loc>{origin}/sitemaps/pages.xml</loc></sitemap>");
    for part in parts.iter() {
        let start = if part.after.is_empty() { String::new() } else { format!("-{}", part.after) };
        let _ = writeln!(
            body,
            "<sitemap><loc>{origin}/sitemaps/{}{start}.xml</loc><lastmod>{}</lastmod></sitemap>",
            part.kind.word(),
            part.changed
        );
    }
    body.push_str("</sitemapindex>\n");
    Ok(sent("application/xml", body))
}

async fn parts(app: &App, known: &Sitemaps) -> Result<Arc<Vec<Part>>, Error> {
    let now = app.clock.now();
    {
        let kept = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, parts)) = &*kept
            && now.since(*at) < REMEMBERED
        {
            return Ok(Arc::clone(parts));
        }
    }
    let mut parts = Vec::new();
    for kind in Kind::ALL {
        let mut after = String::new();
        loop {
            let rows = kind.after(app, &after, MOST).await?;
            let Some(changed) = rows.iter().map(|(_, at)| *at).max() else { break };
            let next = rows.last().filter(|_| rows.len() == MOST).map(|(last, _)| last.clone());
            parts.push(Part { kind, after, changed });
            match next {
                Some(next) => after = next,
                None => break,
            }
        }
    }
    let parts = Arc::new(parts);
    *known.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&parts)));
    Ok(parts)
}

/// One sitemap by the name of its file: `pages.xml`, or a kind and after what it begins, `practitioners-SMP-….xml`.
///
/// # Errors
/// 404 where there is none of that name.
pub(super) fn sitemap(app: &App, file: &str) -> Result<Response, Error> {
    let none = || Error::not_found("There is no such sitemap; /sitemap.xml lists those there are.");
    let name = file.strip_suffix(".xml").ok_or_else(none)?;
    if name == "pages" {
        let mut body = opening();
        for path in KEPT {
            let _ = writeln!(body, "<url><loc>{}{path}</loc></url>", app.config.public_url);
        }
        body.push_str(CLOSING);
        return Ok(sent("application/xml", body));
    }
    let (kind, after) = name.split_once('-').unwrap_or((name, ""));
    let kind = Kind::ALL.into_iter().find(|one| one.word() == kind).ok_or_else(none)?;
    let starts = match kind {
        Kind::Practitioners => Number::parse(after, NumberKind::Listing).is_ok(),
        Kind::Academies => academies::Slug::parse(after).is_ok(),
    };
    if !after.is_empty() && !starts {
        return Err(none());
    }
    Ok(streamed(app, kind, after))
}

const CLOSING: &str = "</urlset>\n";

fn opening() -> String {
    format!("{HEAD}<urlset xmlns=\"{NAMESPACE}\">\n")
}

/// How far a sitemap was written.
struct Written {
    app: App,
    kind: Kind,
    after: String,
    left: usize,
    opened: bool,
}

fn streamed(app: &App, kind: Kind, after: &str) -> Response {
    let begun = Written { app: app.clone(), kind, after: after.to_owned(), left: MOST, opened: false };
    let body = stream::unfold(Some(begun), |written| async move {
        let mut written = written?;
        let piece = written.piece().await;
        let goes_on = piece.as_ref().is_ok_and(|(_, more)| *more);
        let bytes = piece.map(|(text, _)| Bytes::from(text)).map_err(std::io::Error::other);
        Some((bytes, goes_on.then_some(written)))
    });
    Response::builder()
        .content_type("application/xml")
        .header(header::CACHE_CONTROL, KEEP)
        .body(Body::from_bytes_stream(body))
}

impl Written {
    /// The next piece of the file, and whether there is more.
    async fn piece(&mut self) -> db::Result<(String, bool)> {
        let most = self.left.min(AT_ONCE);
        let rows = self.kind.after(&self.app, &self.after, most).await?;
        let mut text = if self.opened { String::new() } else { opening() };
        self.opened = true;
        for (name, changed) in &rows {
            let (origin, room) = (&self.app.config.public_url, self.kind.word());
            let _ =
                writeln!(text, "<url><loc>{origin}/{room}/{name}</loc><lastmod>{changed}</lastmod></url>");
        }
        self.left -= rows.len();
        let more = rows.len() == most && self.left > 0;
        if let Some((last, _)) = rows.into_iter().next_back() {
            self.after = last;
        }
        if !more {
            text.push_str(CLOSING);
        }
        Ok((text, more))
    }
}

fn sent(media_type: &str, body: String) -> Response {
    let body = Bytes::from(body);
    Response::builder()
        .content_type(media_type)
        .header(header::CACHE_CONTROL, KEEP)
        .header(header::ETAG, etag::tag_of(&body))
        .body(body)
}
