//! Who watches the public log.

use serde::Deserialize;

/// The `[transparency]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transparency {
    /// Witnesses, each as its address, a space, and its vkey.
    pub witnesses: Vec<String>,
}

impl Transparency {
    /// The witnesses, as address and key; whether a key can be read is known where it is used.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be read.
    pub fn parts(&self) -> Result<Vec<(&str, &str)>, String> {
        let read = |text: &'_ String| -> Option<(usize, usize)> {
            let at = text.trim().find(' ')?;
            (text.trim().starts_with("https://") || text.trim().starts_with("http://"))
                .then_some((at, at + 1))
        };
        self.witnesses
            .iter()
            .map(|text| match read(text) {
                Some((end, start)) => Ok((&text.trim()[..end], text.trim()[start..].trim())),
                None => Err(format!("`{text}` must be the address of a witness, a space, and its key")),
            })
            .collect()
    }
}
