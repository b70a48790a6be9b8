//! What pages load: the style sheet, and modules of script where something needs one. All compiled in.

use bytes::Bytes;
use poem::Response;

use crate::platform::http::etag;
use crate::platform::problem::Error;

/// The modules, by their names at `/script/{name}.js`.
const SCRIPTS: &[(&str, &str)] = &[
    ("academy", include_str!("script/academy.js")),
    ("award", include_str!("script/award.js")),
    ("bytes", include_str!("script/bytes.js")),
    ("carrier", include_str!("script/carrier.js")),
    ("did", include_str!("script/did.js")),
    ("ed25519", include_str!("script/ed25519.js")),
    ("find", include_str!("script/find.js")),
    ("json", include_str!("script/json.js")),
    ("keep", include_str!("script/keep.js")),
    ("keyfile", include_str!("script/keyfile.js")),
    ("log", include_str!("script/log.js")),
    ("map", include_str!("script/map.js")),
    ("once", include_str!("script/once.js")),
    ("proof", include_str!("script/proof.js")),
    ("qr", include_str!("script/qr.js")),
    ("recheck", include_str!("script/recheck.js")),
    ("second", include_str!("script/second.js")),
    ("sign", include_str!("script/sign.js")),
    ("slider", include_str!("script/slider.js")),
    ("statements", include_str!("script/statements.js")),
    ("students", include_str!("script/students.js")),
    ("verify", include_str!("script/verify.js")),
];

/// The style sheet.
pub(super) fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("style.css"))
}

/// The picture in the tab of a browser.
pub(super) fn icon() -> Response {
    asset("image/svg+xml", include_str!("icon.svg"))
}

/// A module.
///
/// # Errors
/// 404 where there is none of that name.
pub(super) fn script(file: &str) -> Result<Response, Error> {
    let known = SCRIPTS.iter().find(|(name, _)| file.strip_suffix(".js") == Some(name));
    let (_, text) = known.ok_or_else(|| Error::not_found("There is no script of that name."))?;
    Ok(asset("text/javascript; charset=utf-8", text))
}

fn asset(media_type: &str, text: &'static str) -> Response {
    let body = Bytes::from_static(text.as_bytes());
    Response::builder().content_type(media_type).header("etag", etag::tag_of(&body)).body(body)
}
