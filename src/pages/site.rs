//! Where a page stands: its one absolute address, and whether search engines are to keep it.
//!
//! The layout knows it of every page without being told. What engines keep is a list: a page that nobody put there, an
//! answer to somebody's question and a page that could not be made stay out.

use std::future::Future;

use poem::Request;
use poem::http::Method;

use crate::app::App;
use crate::platform::id::{Number, NumberKind};

tokio::task_local! {
    static HERE: Here;
}

/// Pages that engines keep, beside those of listings, certificates and academies.
pub(super) const KEPT: [&str; 12] = [
    "/",
    "/find",
    "/work",
    "/verify",
    "/check",
    "/before-you-book",
    "/academies",
    "/ranking",
    "/rating",
    "/log",
    "/docs",
    "/problems",
];

/// Those of them that answer somebody's question as soon as there is a query.
const FORMS: [&str; 5] = ["/academies", "/check", "/find", "/rating", "/work"];

/// Where the page stands that is being made.
#[derive(Clone, Debug)]
pub(super) struct Here {
    origin: String,
    canonical: Option<String>,
}

impl Here {
    /// Where what is asked for stands; nothing for addresses of the API, whose answers are no pages.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let path = request.uri().path();
        if path.starts_with("/v1/") {
            return None;
        }
        let origin = request.data::<App>().map(|app| app.config.public_url.clone())?;
        let asked = request.uri().query().is_some_and(|query| !query.is_empty());
        let answer = request.method() != Method::GET || (asked && FORMS.contains(&path));
        Some(Self { origin, canonical: canonical_path(path).filter(|_| !answer) })
    }

    /// Makes a page that stands here.
    pub(super) async fn around<F: Future>(self, page: F) -> F::Output {
        HERE.scope(self, page).await
    }
}

/// The path of a page as it is written once and for all.
fn canonical_path(path: &str) -> Option<String> {
    if KEPT.contains(&path) {
        return Some(path.to_owned());
    }
    let (room, name) = path.strip_prefix('/')?.split_once('/')?;
    let number = |kind| Number::parse(name, kind).ok().map(|number| format!("/{room}/{number}"));
    match room {
        "practitioners" => number(NumberKind::Listing),
        "certificates" => number(NumberKind::Certificate),
        "academies" => (!name.is_empty() && !name.contains('/')).then(|| path.to_owned()),
        _ => None,
    }
}

/// The absolute address of the page being made, where engines may keep it.
pub(super) fn canonical() -> Option<String> {
    HERE.try_with(|here| here.canonical.as_ref().map(|path| format!("{}{path}", here.origin))).ok().flatten()
}

/// An address of this directory with its host, for those who read it elsewhere.
pub(super) fn absolute(path: &str) -> String {
    HERE.try_with(|here| format!("{}{path}", here.origin)).unwrap_or_else(|_| path.to_owned())
}
