//! What the pages say: one file a language, looked up by key. A test holds the keys used against the keys there are.

use std::collections::HashMap;
use std::sync::LazyLock;

/// English, complete.
const ENGLISH: &str = include_str!("en.toml");

static TEXTS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let sections: HashMap<String, HashMap<String, String>> =
        toml::from_str(ENGLISH).expect("a test reads the file of texts");
    let flat = sections.into_iter().flat_map(|(section, texts)| {
        texts.into_iter().map(move |(name, text)| (format!("{section}.{name}"), text))
    });
    flat.collect()
});

/// The text of a key, `section.name`; the key itself where there is none.
pub(super) fn t(key: &'static str) -> &'static str {
    TEXTS.get(key).map_or(key, String::as_str)
}

/// The same with one thing filled in.
pub(super) fn fill(key: &'static str, name: &str, value: impl std::fmt::Display) -> String {
    t(key).replace(&format!("{{{name}}}"), &value.to_string())
}
