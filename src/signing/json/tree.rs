//! What a JSON text says, borrowed from the text.
//!
//! Most strings of a text stand in it as they are, so a document is read, looked through and written
//! again with hardly a copy. Members lie in the order of their canonical form.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::signing::jcs;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'t, str>),
    /// An array.
    Array(Vec<Tree<'t>>),
    /// An object.
    Object(Members<'t>),
}

/// The members of an object: each name once, in the order of [`jcs::order`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members<'t>(Vec<(Cow<'t, str>, Tree<'t>)>);

impl<'t> Tree<'t> {
    /// The same value, borrowed.
    #[must_use]
    pub fn of(value: &'t Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            Value::Object(members) => Self::Object(Members::of(members)),
        }
    }

    /// The same value, which borrows from nothing.
    #[must_use]
    pub fn into_owned(self) -> Tree<'static> {
        match self {
            Self::Null => Tree::Null,
            Self::Bool(truth) => Tree::Bool(truth),
            Self::Number(number) => Tree::Number(number),
            Self::String(text) => Tree::String(Cow::Owned(text.into_owned())),
            Self::Array(items) => Tree::Array(items.into_iter().map(Tree::into_owned).collect()),
            Self::Object(Members(members)) => {
                let owned = |(name, value): (Cow<'_, str>, Tree<'_>)| {
                    (Cow::Owned(name.into_owned()), value.into_owned())
                };
                Tree::Object(Members(members.into_iter().map(owned).collect()))
            }
        }
    }

    /// The same value, for whatever works with [`Value`].
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone().into_owned()),
            Self::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(members) => Value::Object(members.to_map()),
        }
    }

    /// As [`Tree::to_value`], keeping the strings that are owned already.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Number(number) => Value::Number(number),
            Self::String(text) => Value::String(text.into_owned()),
            Self::Array(items) => Value::Array(items.into_iter().map(Self::into_value).collect()),
            Self::Object(Members(members)) => {
                let pairs = members.into_iter().map(|(name, value)| (name.into_owned(), value.into_value()));
                Value::Object(pairs.collect())
            }
        }
    }

    /// Whether it is a string.
    #[must_use]
    pub const fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    /// Whether it is an array.
    #[must_use]
    pub const fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The items of the array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The members of the object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Members<'t>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The member of this name, where it is an object and has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }
}

impl<'t> Members<'t> {
    /// How many members are looked through one by one; among more, names are searched for by halves.
    const FEW: usize = 16;

    /// The same members, borrowed.
    #[must_use]
    pub fn of(members: &'t Map<String, Value>) -> Self {
        let borrow = |(name, value): (&'t String, &'t Value)| (Cow::Borrowed(name.as_str()), Tree::of(value));
        let members: Vec<_> = members.iter().map(borrow).collect();
        // The map keeps the order of UTF-8 bytes, which is that of UTF-16 for all but a few names.
        if members.iter().all(|(name, _)| name.is_ascii()) {
            return Self::ordered(members);
        }
        Self::unordered(members)
    }

    /// Members that lie in their order.
    pub(super) fn ordered(members: Vec<(Cow<'t, str>, Tree<'t>)>) -> Self {
        Self(members)
    }

    /// Members of which no two have the same name.
    pub(super) fn unordered(mut members: Vec<(Cow<'t, str>, Tree<'t>)>) -> Self {
        members.sort_unstable_by(|(a, _), (b, _)| jcs::order(a, b));
        Self(members)
    }

    /// The same members, for whatever works with [`Map`].
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect()
    }

    /// The member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tree<'t>> {
        if self.0.len() <= Self::FEW {
            return self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        }
        let at = self.0.binary_search_by(|(own, _)| jcs::order(own, name)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Whether there is a member of this name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tree<'t>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The names in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}
