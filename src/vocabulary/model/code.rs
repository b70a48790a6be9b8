//! A value of a vocabulary as a type: holding one is the proof that the code exists.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Entry, Vocabulary};
use crate::platform::problem::shorten;

/// One of the closed lists; its values are [`Code`]s of it.
pub trait List: Send + Sync + 'static {
    /// The list's name, such as `conditions`.
    const NAME: &'static str;
    /// What one value is called in the `OpenAPI` document, such as `Condition`.
    const TYPE: &'static str;
    /// The list itself, read when first asked for.
    fn vocabulary() -> &'static Vocabulary;
}

/// A code of the list `L`: two bytes that point at its entry.
///
/// Ordered as the list is, which is the order people should see. In JSON, in parameters and in the
/// database it is its text; a row reads it with `#[sqlx(try_from = "String")]`.
pub struct Code<L> {
    at: u16,
    list: PhantomData<fn() -> L>,
}

/// A word that is not in the list it was given for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {list}.{hint} GET /v1/vocabularies/{list} lists them.")]
pub struct UnknownCode {
    /// The list, by name.
    pub list: &'static str,
    /// The word, cut to a length that can be quoted.
    pub given: String,
    /// The code that was most likely meant.
    pub nearest: Option<&'static str>,
    hint: String,
}

impl<L: List> Code<L> {
    /// The code a line of source names.
    ///
    /// # Panics
    /// Where the list has no such code: a slip of the source, which the first test that passes
    /// there shows. For words from outside there is [`str::parse`].
    #[must_use]
    pub fn named(code: &'static str) -> Self {
        let at = L::vocabulary().position(code);
        Self::at(at.expect("a code that the source names is in its list"))
    }

    /// Every code that may be offered, in the list's order.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        let codes = &L::vocabulary().codes;
        (0..).zip(codes).filter(|(_, entry)| entry.deprecated_by.is_none()).map(|(at, _)| Self::at(at))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        &self.entry().code
    }

    /// What it is called for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        &self.entry().label
    }

    /// All that the list says about it.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        &L::vocabulary().codes[usize::from(self.at)]
    }

    /// Whether its entry carries `flag`.
    #[must_use]
    pub fn has(self, flag: &str) -> bool {
        self.entry().has(flag)
    }

    /// The wider code it is a kind of.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.entry().parent.as_deref().and_then(|code| L::vocabulary().position(code)).map(Self::at)
    }

    /// Its place in the list.
    #[must_use]
    pub fn place(self) -> usize {
        usize::from(self.at)
    }

    /// Itself and everything above it: what a document must be indexed under to be found by each.
    pub fn with_ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |code| code.parent())
    }

    /// Itself and everything below it: what a filter on it takes in.
    pub fn with_descendants(self) -> impl Iterator<Item = Self> {
        let list = L::vocabulary();
        (0..).zip(&list.codes).map(|(at, _)| at).filter(move |at| list.is_within(*at, self.at)).map(Self::at)
    }

    /// Its successor where it has been retired, itself otherwise.
    #[must_use]
    pub fn current(self) -> Self {
        let next = self.entry().deprecated_by.as_deref().and_then(|code| L::vocabulary().position(code));
        next.map_or(self, Self::at)
    }

    const fn at(at: u16) -> Self {
        Self { at, list: PhantomData }
    }
}

impl<L> Clone for Code<L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L> Copy for Code<L> {}
impl<L> PartialEq for Code<L> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl<L> Eq for Code<L> {}
impl<L> PartialOrd for Code<L> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<L> Ord for Code<L> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}
impl<L> Hash for Code<L> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.at.hash(state);
    }
}
impl<L: List> fmt::Debug for Code<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", L::TYPE, self.as_str())
    }
}
impl<L: List> fmt::Display for Code<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl<L: List> AsRef<str> for Code<L> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<L: List> FromStr for Code<L> {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let list = L::vocabulary();
        list.position(text).map(Self::at).ok_or_else(|| {
            let nearest = list.nearest(text);
            let hint = nearest.map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
            UnknownCode { list: L::NAME, given: shorten(text), nearest, hint }
        })
    }
}
impl<L: List> TryFrom<&str> for Code<L> {
    type Error = UnknownCode;

    fn try_from(text: &str) -> Result<Self, UnknownCode> {
        text.parse()
    }
}
impl<L: List> TryFrom<String> for Code<L> {
    type Error = UnknownCode;

    fn try_from(text: String) -> Result<Self, UnknownCode> {
        text.parse()
    }
}

impl<L: List> Serialize for Code<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de, L: List> Deserialize<'de> for Code<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<L: List> Type for Code<L> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        L::TYPE.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(L::TYPE.to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(L::TYPE.to_owned(), |_| MetaSchema {
            title: Some(L::vocabulary().title.clone()),
            description: Some(&L::vocabulary().description),
            enum_items: L::vocabulary().codes.iter().map(|entry| entry.code.as_str().into()).collect(),
            ..MetaSchema::new("string")
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}
impl<L: List> ParseFromJSON for Code<L> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => text.parse().map_err(ParseError::custom),
            other => Err(ParseError::expected_type(other.unwrap_or_default())),
        }
    }
}
impl<L: List> ParseFromParameter for Code<L> {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        value.parse().map_err(ParseError::custom)
    }
}
impl<L: List> ToJSON for Code<L> {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.as_str().to_owned()))
    }
}
