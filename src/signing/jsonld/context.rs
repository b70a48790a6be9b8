//! What a context makes of words (JSON-LD 1.1 API, section 4): processed once where it is known, and for the one
//! document where a document brings its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value};

use super::Problem;
use super::contexts;
use super::define::Builder;
use crate::signing::rdf::Text;

/// The most contexts that are processed anew for one document.
const MOST_PROCESSED: u32 = 256;
/// The most contexts an array may have.
const MOST_IN_AN_ARRAY: usize = 16;
/// The most scoped contexts that are kept for good. A document can ask for ever new combinations.
const MOST_KEPT: usize = 1_024;

/// An active context: what every word means at one place of a document.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) terms: HashMap<Arc<str>, Arc<Definition>, foldhash::fast::RandomState>,
    pub(super) vocab: Option<Arc<str>>,
    pub(super) language: Option<Arc<str>>,
    /// The context to go back to at the next node, where this one holds for a type's own members only.
    pub(super) previous: Option<Arc<Context>>,
    /// Whether this was made of known contexts alone, and is kept.
    is_lasting: bool,
    scoped: RwLock<Vec<Scoped>>,
}

/// A context that a term of another brings about, by the address of the term's definition.
#[derive(Debug)]
struct Scoped {
    definition: usize,
    how: How,
    context: Arc<Context>,
}

/// What a term means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    /// Its IRI or keyword; `None` where it is told to mean nothing.
    pub(super) meaning: Option<Meaning>,
    pub(super) is_prefix: bool,
    pub(super) coercion: Option<Coercion>,
    pub(super) container: Container,
    /// Its own language, where it says one or says that it has none.
    pub(super) language: Option<Language>,
    pub(super) direction: Option<Direction>,
    pub(super) scoped: Option<Arc<Value>>,
    pub(super) is_protected: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Keyword(&'static str),
    Iri(Arc<str>),
}

/// What the values of a term are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Coercion {
    /// References, `@id`.
    Id,
    /// References or words, `@vocab`.
    Vocab,
    /// JSON as it stands, `@json`.
    Json,
    /// As they are, `@none`.
    AsIs,
    /// Literals of a datatype.
    Datatype(Arc<str>),
}

/// How the values of a term are held together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) is_list: bool,
    pub(super) is_graph: bool,
    pub(super) is_language: bool,
}

/// What a term says of the language of its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// They have none, whatever the context says.
    None,
    Tag(Arc<str>),
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "ltr" => Some(Self::LeftToRight),
            "rtl" => Some(Self::RightToLeft),
            _ => None,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// How a local context is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct How {
    /// Whether it holds in the nodes below too.
    pub(super) propagates: bool,
    /// Whether it may redefine protected terms.
    pub(super) overrides: bool,
}

impl How {
    /// A context that stands in a document.
    pub(super) const EMBEDDED: Self = Self { propagates: true, overrides: false };
    /// The context of a property.
    pub(super) const OF_PROPERTY: Self = Self { propagates: true, overrides: true };
    /// The context of a type.
    pub(super) const OF_TYPE: Self = Self { propagates: false, overrides: false };
}

/// How much of processing contexts a document has left.
#[derive(Debug)]
pub(super) struct Work(u32);

impl Work {
    pub(super) const fn new() -> Self {
        Self(MOST_PROCESSED)
    }

    fn spend(&mut self) -> Result<(), Problem> {
        self.0 = self.0.checked_sub(1).ok_or(Problem::TooMuch)?;
        Ok(())
    }
}

/// What a word of a document is.
#[derive(Clone, Debug)]
pub(super) enum Name<'a> {
    /// Told to mean nothing, or formed like a keyword that is none.
    Null,
    Keyword(&'static str),
    Iri(Text<'a>),
    /// A blank node, by its label.
    Blank(&'a str),
    /// Not explained by any context.
    Unknown,
}

/// The context of a document. Those made of known contexts alone are prepared once and kept.
pub(super) fn of_document(local: &Value, work: &mut Work) -> Result<Arc<Context>, Problem> {
    static PREPARED: RwLock<Vec<(Vec<String>, Arc<Context>)>> = RwLock::new(Vec::new());
    const MOST_PREPARED: usize = 64;
    let urls: Option<Vec<&str>> = match local {
        Value::String(url) => Some(vec![url]),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let empty = || Arc::new(Context::default());
    let Some(urls) = urls.filter(|urls| urls.iter().all(|url| contexts::is_known(url))) else {
        return process(&empty(), local, How::EMBEDDED, work);
    };
    let find = |prepared: &[(Vec<String>, Arc<Context>)]| {
        prepared.iter().find(|(known, _)| *known == urls).map(|(_, context)| context.clone())
    };
    if let Some(context) = find(&PREPARED.read().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(context);
    }
    let mut made = process(&empty(), local, How::EMBEDDED, work)?.copy();
    made.is_lasting = true;
    let made = Arc::new(made);
    for definition in made.terms.values() {
        // Whatever a document asks for first, the contexts of the types stay at hand. Those of properties need
        // not apply to a type, and are made when they are asked for.
        drop(made.scoped(definition, How::OF_TYPE, &mut Work::new()));
    }
    let mut prepared = PREPARED.write().unwrap_or_else(PoisonError::into_inner);
    if find(&prepared).is_none() && prepared.len() < MOST_PREPARED {
        prepared.push((urls.iter().map(|url| (*url).to_owned()).collect(), made.clone()));
    }
    Ok(made)
}

/// Applies a local context to an active one (section 4.1).
pub(super) fn process(
    active: &Arc<Context>,
    local: &Value,
    how: How,
    work: &mut Work,
) -> Result<Arc<Context>, Problem> {
    let local = unwrap(local);
    let items = match local {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.len() > MOST_IN_AN_ARRAY {
        return Err(Problem::TooMuch);
    }
    if items.is_empty() {
        return Ok(active.clone());
    }
    let said = unwrap(&items[0]).get("@propagate").and_then(Value::as_bool);
    let mut context = active.copy();
    if !said.unwrap_or(how.propagates) && context.previous.is_none() {
        context.previous = Some(active.clone());
    }
    for item in items {
        work.spend()?;
        context = match item {
            Value::Null => {
                if !how.overrides && context.terms.values().any(|term| term.is_protected) {
                    return Err(Problem::Protected("the whole context".to_owned()));
                }
                // What a type brings ends at the next node, a cleared context too.
                let previous = context.previous.filter(|_| !how.propagates);
                Context { previous, ..Context::default() }
            }
            Value::String(url) => {
                let known = contexts::get(url).ok_or_else(|| Problem::UnknownContext(url.clone()))?;
                let Some(members) = known.as_object() else {
                    return Err(Problem::Unsupported("a context that is a list of contexts"));
                };
                define_all(context, members, how)?
            }
            Value::Object(_) => match unwrap(item).as_object() {
                Some(members) => define_all(context, members, how)?,
                None => return Err(Problem::Invalid("a context must be an object or a URL")),
            },
            _ => return Err(Problem::Invalid("a context must be an object, a URL or null")),
        };
    }
    Ok(Arc::new(context))
}

/// Some documents wrap a context in another: `{"@context": {"@context": {…}}}`.
fn unwrap(local: &Value) -> &Value {
    match local {
        Value::Object(members) if members.len() == 1 => members.get("@context").unwrap_or(local),
        _ => local,
    }
}

fn define_all(context: Context, members: &Map<String, Value>, how: How) -> Result<Context, Problem> {
    let mut builder = Builder { context, local: members, defined: HashMap::new(), overrides: how.overrides };
    builder.all()?;
    Ok(builder.context)
}

impl Context {
    /// A copy to change; nothing of it is kept yet.
    pub(super) fn copy(&self) -> Self {
        Self {
            terms: self.terms.clone(),
            vocab: self.vocab.clone(),
            language: self.language.clone(),
            previous: self.previous.clone(),
            is_lasting: false,
            scoped: RwLock::default(),
        }
    }

    pub(super) fn definition(&self, term: &str) -> Option<&Arc<Definition>> {
        self.terms.get(term)
    }

    /// The context that a term brings with it, applied to this one; `None` where it brings none.
    pub(super) fn scoped(
        self: &Arc<Self>,
        definition: &Arc<Definition>,
        how: How,
        work: &mut Work,
    ) -> Result<Option<Arc<Self>>, Problem> {
        static KEPT: AtomicUsize = AtomicUsize::new(0);
        let Some(local) = &definition.scoped else { return Ok(None) };
        // What is kept for a definition is kept only where this context holds it, so its address stays its own.
        let address = Arc::as_ptr(definition).addr();
        if self.is_lasting {
            let kept = self.scoped.read().unwrap_or_else(PoisonError::into_inner);
            let found = kept.iter().find(|kept| kept.definition == address && kept.how == how);
            if let Some(found) = found {
                return Ok(Some(found.context.clone()));
            }
        }
        let mut context = process(self, local, how, work)?;
        let is_own = || self.terms.values().any(|own| Arc::ptr_eq(own, definition));
        if self.is_lasting && is_own() && KEPT.fetch_add(1, Ordering::Relaxed) < MOST_KEPT {
            let mut lasting = context.copy();
            lasting.is_lasting = true;
            context = Arc::new(lasting);
            let kept = Scoped { definition: address, how, context: context.clone() };
            self.scoped.write().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
        Ok(Some(context))
    }

    /// What a word is (section 5.2), read as a member or type where `vocab`, and as a reference otherwise.
    pub(super) fn name<'a>(&self, word: &'a str, vocab: bool) -> Name<'a> {
        if let Some(keyword) = keyword(word) {
            return Name::Keyword(keyword);
        }
        if has_keyword_form(word) {
            return Name::Null;
        }
        if let Some(definition) = self.terms.get(word) {
            match &definition.meaning {
                Some(Meaning::Keyword(keyword)) => return Name::Keyword(keyword),
                Some(Meaning::Iri(iri)) if vocab => return Name::Iri(iri.clone().into()),
                None if vocab => return Name::Null,
                _ => {}
            }
        }
        if let Some((prefix, suffix)) = word.split_once(':').filter(|(prefix, _)| !prefix.is_empty()) {
            if prefix == "_" {
                return Name::Blank(word);
            }
            if !suffix.starts_with("//")
                && let Some(definition) = self.terms.get(prefix).filter(|definition| definition.is_prefix)
                && let Some(Meaning::Iri(iri)) = &definition.meaning
            {
                return absolute(format!("{iri}{suffix}").into());
            }
            if is_absolute_iri(word) {
                return Name::Iri(word.into());
            }
        }
        match &self.vocab {
            Some(base) if vocab => absolute(format!("{base}{word}").into()),
            _ => Name::Unknown,
        }
    }
}

fn absolute(iri: Text<'_>) -> Name<'_> {
    if is_absolute_iri(&iri) { Name::Iri(iri) } else { Name::Unknown }
}

/// The keywords of JSON-LD 1.1.
const KEYWORDS: [&str; 23] = [
    "@base",
    "@container",
    "@context",
    "@default",
    "@direction",
    "@graph",
    "@id",
    "@import",
    "@included",
    "@index",
    "@json",
    "@language",
    "@list",
    "@nest",
    "@none",
    "@prefix",
    "@propagate",
    "@protected",
    "@reverse",
    "@set",
    "@type",
    "@value",
    "@vocab",
];

/// The keyword that a word is.
pub(super) fn keyword(word: &str) -> Option<&'static str> {
    if !word.starts_with('@') {
        return None;
    }
    KEYWORDS.into_iter().find(|keyword| *keyword == word)
}

/// Whether a word has the form of a keyword; those that are none are reserved.
pub(super) fn has_keyword_form(word: &str) -> bool {
    word.strip_prefix('@')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Whether a text is an absolute IRI that can be written between angle brackets as it is.
pub(super) fn is_absolute_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let in_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let forbidden = |c: char| {
        c <= ' '
            || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '^' | '`' | '\\' | '\u{7f}')
            || c.is_whitespace()
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(in_scheme)
        && !rest.contains(forbidden)
}
