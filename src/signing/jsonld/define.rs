//! Making a context: the definitions of its terms (JSON-LD 1.1 API, section 4.2).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Problem;
use super::context::{
    Coercion, Container, Context, Definition, Direction, Language, Meaning, has_keyword_form,
    is_absolute_iri, keyword,
};

/// A context in the making, from the members of a local one.
pub(super) struct Builder<'b> {
    pub(super) context: Context,
    pub(super) local: &'b Map<String, Value>,
    /// The terms that have been begun, and whether they are done.
    pub(super) defined: HashMap<&'b str, bool>,
    /// Whether protected terms may be redefined.
    pub(super) overrides: bool,
}

/// The members of a local context that define no term.
const SETTINGS: [&str; 8] =
    ["@version", "@protected", "@vocab", "@language", "@direction", "@propagate", "@base", "@import"];

/// The members a definition may have.
const OF_A_DEFINITION: [&str; 8] =
    ["@id", "@type", "@container", "@language", "@direction", "@context", "@prefix", "@protected"];

impl<'b> Builder<'b> {
    /// Takes every member of the local context in.
    pub(super) fn all(&mut self) -> Result<(), Problem> {
        self.settings()?;
        let local = self.local;
        for term in local.keys().filter(|key| !SETTINGS.contains(&key.as_str())) {
            self.define(term)?;
        }
        Ok(())
    }

    fn settings(&mut self) -> Result<(), Problem> {
        let local = self.local;
        for (name, value) in local.iter().filter(|(name, _)| SETTINGS.contains(&name.as_str())) {
            match (name.as_str(), value) {
                ("@version", Value::Number(version)) if version.as_f64() == Some(1.1) => {}
                ("@vocab", Value::Null) => self.context.vocab = None,
                ("@vocab", Value::String(vocab)) => {
                    let iri = match self.iri(vocab)? {
                        Some(Meaning::Iri(iri)) => iri,
                        _ if is_absolute_iri(vocab) => vocab.as_str().into(),
                        _ => return Err(Problem::Unsupported("an @vocab that is no absolute IRI")),
                    };
                    self.context.vocab = Some(iri);
                }
                ("@language", value) => self.context.language = language(value)?,
                ("@protected" | "@propagate", Value::Bool(_)) | ("@direction", Value::Null) => {}
                // Software disagrees about a direction that a whole context gives.
                ("@direction", _) => return Err(Problem::Unsupported("a context with @direction")),
                ("@base", _) => return Err(Problem::Unsupported("a context with @base")),
                ("@import", _) => return Err(Problem::Unsupported("a context with @import")),
                _ => return Err(Problem::Invalid("a setting of the context has a value it cannot have")),
            }
        }
        Ok(())
    }

    /// Defines one term, those it is made of first.
    fn define(&mut self, term: &'b str) -> Result<(), Problem> {
        match self.defined.get(term) {
            Some(true) => return Ok(()),
            Some(false) => return Err(Problem::Invalid("a term of the context is defined by itself")),
            None => {}
        }
        let Some(value) = self.local.get(term) else { return Ok(()) };
        self.defined.insert(term, false);
        if term.is_empty() {
            return Err(Problem::Invalid("a term of the context is empty"));
        }
        if keyword(term).is_some() || has_keyword_form(term) {
            return Err(Problem::Unsupported("a context that defines a keyword"));
        }
        let before = self.context.terms.remove(term);
        let mut definition = self.definition(term, value)?;
        let protects = value.get("@protected").or_else(|| self.local.get("@protected"));
        definition.is_protected = protects.and_then(Value::as_bool).unwrap_or(false);
        if let Some(before) = before.filter(|before| before.is_protected && !self.overrides) {
            definition.is_protected = true;
            if *before != definition {
                return Err(Problem::Protected(term.to_owned()));
            }
        }
        self.context.terms.insert(term.into(), Arc::new(definition));
        self.defined.insert(term, true);
        Ok(())
    }

    fn definition(&mut self, term: &'b str, value: &'b Value) -> Result<Definition, Problem> {
        let mut definition = Definition {
            meaning: None,
            is_prefix: false,
            coercion: None,
            container: Container::default(),
            language: None,
            direction: None,
            scoped: None,
            is_protected: false,
        };
        let members = match value {
            Value::Null => return Ok(definition),
            Value::String(id) => {
                definition.meaning = self.meaning(term, Some(id))?;
                let ends_as_prefix = |iri: &str| iri.ends_with([':', '/', '?', '#', '[', ']', '@']);
                definition.is_prefix = !term.contains([':', '/'])
                    && matches!(&definition.meaning, Some(Meaning::Iri(iri)) if ends_as_prefix(iri));
                return Ok(definition);
            }
            Value::Object(members) => members,
            _ => return Err(Problem::Invalid("a term of the context is neither text nor object nor null")),
        };
        if members.keys().any(|name| !OF_A_DEFINITION.contains(&name.as_str())) {
            return Err(Problem::Unsupported(
                "a definition with @reverse, @nest, @index or an unknown member",
            ));
        }
        definition.meaning = match members.get("@id") {
            Some(Value::Null) => None,
            Some(Value::String(id)) => self.meaning(term, Some(id))?,
            None => self.meaning(term, None)?,
            Some(_) => return Err(Problem::Invalid("the @id of a term is no text")),
        };
        definition.coercion = self.coercion(members.get("@type"))?;
        definition.container = container(members.get("@container"))?;
        definition.language = match members.get("@language").map(language).transpose()? {
            None => None,
            Some(None) => Some(Language::None),
            Some(Some(tag)) => Some(Language::Tag(tag)),
        };
        definition.direction = members.get("@direction").map(direction).transpose()?.flatten();
        definition.scoped = members.get("@context").map(|context| Arc::new(context.clone()));
        match members.get("@prefix") {
            None => {}
            Some(Value::Bool(is_prefix)) if !term.contains([':', '/']) => definition.is_prefix = *is_prefix,
            Some(_) => return Err(Problem::Invalid("the @prefix of a term is neither true nor false")),
        }
        if matches!(members.get("@protected"), Some(protected) if !protected.is_boolean()) {
            return Err(Problem::Invalid("the @protected of a term is neither true nor false"));
        }
        Ok(definition)
    }

    /// The IRI or keyword a term stands for.
    fn meaning(&mut self, term: &'b str, id: Option<&str>) -> Result<Option<Meaning>, Problem> {
        if let Some(id) = id.filter(|id| *id != term) {
            let Some(meaning) = self.iri(id)? else {
                return Err(Problem::Invalid("the @id of a term is no absolute IRI and no keyword"));
            };
            if matches!(meaning, Meaning::Keyword("@context")) {
                return Err(Problem::Invalid("a term cannot stand for @context"));
            }
            // A term that looks like an IRI cannot mean another one.
            // Its own reading is what it would be without this definition.
            self.defined.insert(term, true);
            let has_iri_form = term.contains('/') || term.get(1..).is_some_and(|rest| rest.contains(':'));
            if has_iri_form && self.iri(term)?.as_ref() != Some(&meaning) {
                return Err(Problem::Invalid("a term that reads as an IRI is given another one"));
            }
            return Ok(Some(meaning));
        }
        if term.contains([':', '/']) {
            self.defined.insert(term, true);
            return match self.iri(term)? {
                Some(meaning @ Meaning::Iri(_)) => Ok(Some(meaning)),
                _ => Err(Problem::Invalid("a term that reads as an IRI is none")),
            };
        }
        match &self.context.vocab {
            Some(vocab) => Ok(Some(Meaning::Iri(format!("{vocab}{term}").into()))),
            None => Err(Problem::Invalid("a term of the context has no @id")),
        }
    }

    /// Expands a word while the context is being made: what it is built on is defined first.
    fn iri(&mut self, word: &str) -> Result<Option<Meaning>, Problem> {
        if let Some(keyword) = keyword(word) {
            return Ok(Some(Meaning::Keyword(keyword)));
        }
        if has_keyword_form(word) {
            return Err(Problem::Unsupported("a context that defines a keyword"));
        }
        self.define_first(word)?;
        if let Some(definition) = self.context.terms.get(word) {
            return Ok(definition.meaning.clone());
        }
        if let Some((prefix, suffix)) = word.split_once(':').filter(|(prefix, _)| !prefix.is_empty()) {
            if prefix == "_" {
                return Err(Problem::Unsupported("a term that stands for a blank node"));
            }
            if !suffix.starts_with("//") {
                self.define_first(prefix)?;
                let prefix = self.context.terms.get(prefix).filter(|definition| definition.is_prefix);
                if let Some(Meaning::Iri(iri)) = prefix.and_then(|definition| definition.meaning.as_ref()) {
                    return Ok(checked(format!("{iri}{suffix}")));
                }
            }
            if is_absolute_iri(word) {
                return Ok(Some(Meaning::Iri(word.into())));
            }
        }
        Ok(self.context.vocab.as_ref().and_then(|vocab| checked(format!("{vocab}{word}"))))
    }

    /// Defines a term that another is built on, unless that is the one being defined.
    fn define_first(&mut self, word: &str) -> Result<(), Problem> {
        match self.local.get_key_value(word) {
            Some((term, _)) if self.defined.get(term.as_str()) != Some(&true) => self.define(term),
            _ => Ok(()),
        }
    }

    fn coercion(&mut self, value: Option<&Value>) -> Result<Option<Coercion>, Problem> {
        let wrong =
            Problem::Invalid("the @type of a term is no absolute IRI and none of the keywords it may be");
        let kind = match value {
            None => return Ok(None),
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(wrong),
        };
        Ok(Some(match self.iri(kind)? {
            Some(Meaning::Keyword("@id")) => Coercion::Id,
            Some(Meaning::Keyword("@vocab")) => Coercion::Vocab,
            Some(Meaning::Keyword("@json")) => Coercion::Json,
            Some(Meaning::Keyword("@none")) => Coercion::AsIs,
            Some(Meaning::Iri(iri)) => Coercion::Datatype(iri),
            _ => return Err(wrong),
        }))
    }
}

fn checked(iri: String) -> Option<Meaning> {
    is_absolute_iri(&iri).then(|| Meaning::Iri(iri.into()))
}

fn container(value: Option<&Value>) -> Result<Container, Problem> {
    let words = match value {
        None => return Ok(Container::default()),
        Some(Value::Array(words)) => words.as_slice(),
        Some(word) => std::slice::from_ref(word),
    };
    let mut container = Container::default();
    for word in words {
        match word.as_str() {
            Some("@set") => {}
            Some("@list") => container.is_list = true,
            Some("@graph") => container.is_graph = true,
            Some("@language") => container.is_language = true,
            _ => {
                return Err(Problem::Unsupported("a container other than @set, @list, @graph and @language"));
            }
        }
    }
    let alone = [container.is_list, container.is_graph, container.is_language];
    if alone.iter().filter(|set| **set).count() > 1 || (container.is_list && words.len() > 1) {
        return Err(Problem::Invalid("the containers of a term exclude each other"));
    }
    Ok(container)
}

fn language(value: &Value) -> Result<Option<Arc<str>>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(tag) if is_language(tag) => Ok(Some(tag.to_ascii_lowercase().into())),
        _ => Err(Problem::Invalid("an @language is no language tag")),
    }
}

fn direction(value: &Value) -> Result<Option<Direction>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(word) => {
            Direction::read(word).map(Some).ok_or(Problem::Invalid("an @direction is neither ltr nor rtl"))
        }
        _ => Err(Problem::Invalid("an @direction is neither ltr nor rtl")),
    }
}

/// Whether a text has the form of a language tag (BCP 47).
pub(super) fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let fits = |part: &str| (1..=8).contains(&part.len());
    parts.next().is_some_and(|first| fits(first) && first.bytes().all(|b| b.is_ascii_alphabetic()))
        && parts.all(|part| fits(part) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
