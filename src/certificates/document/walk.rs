//! Walking a document and gathering faults. A pointer is only written out when there is a fault to
//! report, so a good document costs no strings.

use super::URL_MAX;
use crate::platform::problem::Fault;
use crate::signing::json::{Members, Tree, push_step};
use crate::signing::stamp::Stamp;

/// The most faults gathered: enough to mend a document by, too few to be made a burden.
const MAX_FAULTS: usize = 64;

/// A place in a document: a chain of steps back to the root, each on the caller's stack.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Name(&'p str),
    Index(usize),
}

impl<'p> At<'p> {
    pub(super) const ROOT: At<'static> = At { parent: None, step: Step::Root };

    pub(super) fn name(&'p self, name: &'p str) -> At<'p> {
        At { parent: Some(self), step: Step::Name(name) }
    }

    pub(super) fn index(&'p self, index: usize) -> At<'p> {
        At { parent: Some(self), step: Step::Index(index) }
    }

    fn pointer(&self) -> String {
        let mut pointer = self.parent.map(At::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Name(name) => push_step(&mut pointer, name),
            Step::Index(index) => push_step(&mut pointer, &index.to_string()),
        }
        pointer
    }
}

/// The faults found so far, and the checks that find them. A check answers what it found to be
/// good, so that reading goes on past a fault.
#[derive(Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
}

impl Faults {
    #[cold]
    pub(super) fn add(&mut self, at: &At<'_>, code: &'static str, detail: impl Into<String>) {
        if self.found.len() < MAX_FAULTS {
            self.found.push(Fault::new(at.pointer(), code, detail));
        }
    }

    #[cold]
    pub(super) fn push(&mut self, fault: Fault) {
        if self.found.len() < MAX_FAULTS {
            self.found.push(fault);
        }
    }

    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    #[cold]
    pub(super) fn required(&mut self, at: &At<'_>) {
        self.add(at, "required", "This is required.");
    }

    /// A member that must be there.
    pub(super) fn member<'a>(
        &mut self,
        of: &'a Members<'a>,
        at: &At<'_>,
        name: &str,
    ) -> Option<&'a Tree<'a>> {
        let value = of.get(name);
        if value.is_none() {
            self.required(&at.name(name));
        }
        value
    }

    pub(super) fn object<'a>(&mut self, value: &'a Tree<'a>, at: &At<'_>) -> Option<&'a Members<'a>> {
        let object = value.as_object();
        if object.is_none() {
            self.add(at, "type", "This must be an object.");
        }
        object
    }

    pub(super) fn string<'a>(&mut self, value: &'a Tree<'a>, at: &At<'_>) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.add(at, "type", "This must be a string.");
        }
        text
    }

    /// A string with an absolute URL.
    pub(super) fn url<'a>(&mut self, value: &'a Tree<'a>, at: &At<'_>) -> Option<&'a str> {
        let text = self.string(value, at)?;
        if is_absolute_url(text) {
            return Some(text);
        }
        let detail = "This must be one absolute URL, such as https://example.org/1 or urn:uuid:….";
        self.add(at, "absolute-url", detail);
        None
    }

    /// A required member with an absolute URL.
    pub(super) fn url_member<'a>(&mut self, of: &'a Members<'a>, at: &At<'_>, name: &str) -> Option<&'a str> {
        let value = self.member(of, at, name)?;
        self.url(value, &at.name(name))
    }

    /// A member with a `dateTimeStamp`, if it is there.
    pub(super) fn stamp(&mut self, of: &Members<'_>, at: &At<'_>, name: &str) -> Option<Stamp> {
        let value = of.get(name)?;
        let at = at.name(name);
        let text = self.string(value, &at)?;
        match Stamp::parse(text) {
            Ok(stamp) => Some(stamp),
            Err(error) => {
                self.add(&at, "date-time", format!("`{}`: {error}.", shorten(text)));
                None
            }
        }
    }

    /// The entries of a member that is one value or an array of them; an array is never empty.
    pub(super) fn one_or_more<'a>(&mut self, value: &'a Tree<'a>, at: &At<'_>) -> &'a [Tree<'a>] {
        match value {
            Tree::Array(items) => {
                if items.is_empty() {
                    self.add(at, "empty", "This must not be empty.");
                }
                items
            }
            one => std::slice::from_ref(one),
        }
    }

    /// A `type` member that includes one of `wanted`; answers its entries.
    pub(super) fn type_with<'a>(
        &mut self,
        of: &'a Members<'a>,
        at: &At<'_>,
        wanted: &[&str],
    ) -> &'a [Tree<'a>] {
        let Some(value) = self.member(of, at, "type") else { return &[] };
        let at = at.name("type");
        let types = self.one_or_more(value, &at);
        for (index, entry) in types.iter().enumerate() {
            if !entry.is_string() {
                self.add(&at.index(index), "type", "This must be a string.");
            }
        }
        let included = |entry: &Tree<'_>| entry.as_str().is_some_and(|text| wanted.contains(&text));
        if !types.iter().any(included) {
            self.add(&at, "missing-type", format!("The type must include {}.", wanted.join(" or ")));
        }
        types
    }

    /// A member that, if it is there, is text: a string, or a language object, or an array of
    /// those (VC Data Model 2.0 section 4.6).
    pub(super) fn text<'a>(&mut self, of: &'a Members<'a>, at: &At<'_>, name: &str) -> Option<&'a str> {
        let value = of.get(name)?;
        if let Tree::String(text) = value {
            return Some(text);
        }
        let at = at.name(name);
        let entries = self.one_or_more(value, &at);
        for (index, entry) in entries.iter().enumerate() {
            let at = if value.is_array() { at.index(index) } else { at };
            self.language_value(entry, &at);
        }
        entries.first().and_then(|entry| entry.get("@value")).and_then(Tree::as_str)
    }

    fn language_value(&mut self, value: &Tree<'_>, at: &At<'_>) {
        let Some(members) = value.as_object() else {
            self.add(at, "type", "This must be a string, or an object with @value and @language.");
            return;
        };
        if !members.get("@value").is_some_and(Tree::is_string) {
            self.add(&at.name("@value"), "type", "This must be a string.");
        }
        for (name, value) in members.iter() {
            if !matches!(name, "@value" | "@language" | "@direction") {
                self.add(
                    &at.name(name),
                    "unknown-member",
                    "A text has only @value, @language and @direction.",
                );
            } else if !value.is_string() && name != "@value" {
                self.add(&at.name(name), "type", "This must be a string.");
            }
        }
    }
}

/// Whether a text is one absolute URL: a scheme, a colon, and something after it without spaces,
/// control characters and what RFC 3986 never allows bare. Web addresses need a host.
pub(super) fn is_absolute_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    let good_scheme = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !good_scheme
        || rest.is_empty()
        || text.len() > URL_MAX
        || rest.bytes().any(|b| NEVER_BARE[usize::from(b)])
    {
        return false;
    }
    match scheme {
        "http" | "https" => rest
            .strip_prefix("//")
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':'])),
        "did" => rest.split_once(':').is_some_and(|(method, id)| !method.is_empty() && !id.is_empty()),
        "urn" => rest.split_once(':').is_some_and(|(space, id)| space.len() > 1 && !id.is_empty()),
        _ => true,
    }
}

/// The bytes that RFC 3986 never allows bare.
const NEVER_BARE: [bool; 256] = {
    let mut never = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        never[byte] = byte <= b' ' as usize || byte == 0x7f;
        byte += 1;
    }
    let mut others: &[u8] = b"<>\"{}|\\^`";
    while let [byte, rest @ ..] = others {
        never[*byte as usize] = true;
        others = rest;
    }
    never
};

/// A text short enough to be repeated in a message.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
