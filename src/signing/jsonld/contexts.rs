//! The contexts that are known: the published files, compiled in. `contexts/NOTICE.md` says whose they are.

use std::sync::OnceLock;

use serde_json::Value;

/// A known context: its address, and the file as it was published.
struct Known {
    url: &'static str,
    text: &'static str,
    parsed: OnceLock<Value>,
}

macro_rules! known {
    ($($url:literal => $file:literal),+ $(,)?) => {
        static KNOWN: [Known; [$($url),+].len()] = [$(Known {
            url: $url,
            text: include_str!(concat!("contexts/", $file, ".json")),
            parsed: OnceLock::new(),
        }),+];
    };
}

known! {
    "https://www.w3.org/ns/credentials/v2" => "credentials-v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json" => "open-badges-3.0.3",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json" => "open-badges-3.0.2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json" => "open-badges-3.0.1",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.0.json" => "open-badges-3.0.0",
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json" => "open-badges-3.0.0",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json" => "open-badges-extensions",
    "https://www.w3.org/ns/credentials/examples/v2" => "credentials-examples-v2",
    "https://w3id.org/security/data-integrity/v2" => "data-integrity-v2",
    "https://w3id.org/security/multikey/v1" => "multikey-v1",
}

/// The addresses of the contexts that are known.
pub fn urls() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.url)
}

/// Whether the context at this address is known.
#[must_use]
pub fn is_known(url: &str) -> bool {
    KNOWN.iter().any(|known| known.url == url)
}

/// The published bytes of a context, where it is known.
#[must_use]
pub fn text(url: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.url == url).map(|known| known.text)
}

/// The `@context` of the file at this address, where it is known.
pub(super) fn get(url: &str) -> Option<&'static Value> {
    let known = KNOWN.iter().find(|known| known.url == url)?;
    let file = known
        .parsed
        .get_or_init(|| serde_json::from_str(known.text).expect("a context that is compiled in is JSON"));
    file.get("@context")
}
