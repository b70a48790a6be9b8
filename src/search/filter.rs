//! The filter tree that every engine obeys.

use std::collections::BTreeSet;

use crate::platform::geo::{Bounds, Point};

/// Most nodes of a tree.
pub const MOST_NODES: usize = 256;
/// Most values of one `In`.
pub const MOST_VALUES: usize = 1_000;
/// Deepest nesting.
pub const DEEPEST: usize = 16;

/// Which documents count. Text is compared whole and as written (codes are not folded), numbers
/// as 64-bit floats; an attribute with several values passes when any of them does.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every one of these; with none, everything.
    And(Vec<Filter>),
    /// At least one of these; with none, nothing.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// The attribute has this value.
    Eq(String, Value),
    /// The attribute has one of these values.
    In(String, Vec<Value>),
    /// The attribute has a number from `from` to `to`, both included; `None` is open.
    Range {
        /// The attribute.
        attribute: String,
        /// The smallest number that passes.
        from: Option<f64>,
        /// The largest number that passes.
        to: Option<f64>,
    },
    /// The attribute has any value.
    Exists(String),
    /// The document's point is at most so far from a point.
    Radius {
        /// The point.
        centre: Point,
        /// Kilometres.
        km: f64,
    },
    /// The document's point is in a box.
    Within(Bounds),
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl Filter {
    /// Everything passes.
    #[must_use]
    pub fn all() -> Self {
        Self::And(Vec::new())
    }

    /// `attribute` has `value`.
    #[must_use]
    pub fn eq(attribute: &str, value: impl Into<Value>) -> Self {
        Self::Eq(attribute.to_owned(), value.into())
    }

    /// `attribute` has one of `values`.
    #[must_use]
    pub fn any_of<V: Into<Value>>(attribute: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self::In(attribute.to_owned(), values.into_iter().map(Into::into).collect())
    }

    /// `attribute` has a number in this range, ends included.
    #[must_use]
    pub fn range(attribute: &str, from: Option<f64>, to: Option<f64>) -> Self {
        Self::Range { attribute: attribute.to_owned(), from, to }
    }

    /// `attribute` has any value.
    #[must_use]
    pub fn exists(attribute: &str) -> Self {
        Self::Exists(attribute.to_owned())
    }

    /// Whether everything passes because nothing is asked.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }

    /// What the top level demands, one part each: the parts of a facet's own attribute can then be
    /// left out. Nested `And`s are flattened.
    #[must_use]
    pub fn demands(&self) -> Vec<&Filter> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::demands).collect(),
            other => vec![other],
        }
    }

    /// The attributes it looks at; points have none.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.visit(1, &mut |filter, _| {
            if let Self::Eq(at, _) | Self::In(at, _) | Self::Exists(at) | Self::Range { attribute: at, .. } =
                filter
            {
                found.insert(at.as_str());
            }
        });
        found
    }

    /// Whether it looks at points.
    #[must_use]
    pub fn is_of_place(&self) -> bool {
        let mut found = false;
        self.visit(1, &mut |filter, _| found |= matches!(filter, Self::Radius { .. } | Self::Within(_)));
        found
    }

    /// Holds the tree against its limits and against arithmetic that means nothing.
    ///
    /// # Errors
    /// A sentence for the caller.
    pub fn check(&self) -> Result<(), String> {
        let (mut nodes, mut depth, mut fault) = (0, 0, None);
        self.visit(1, &mut |filter, level| {
            nodes += 1;
            depth = depth.max(level);
            if fault.is_none() {
                fault = filter.own_fault();
            }
        });
        if nodes > MOST_NODES {
            return Err(format!("the filter has {nodes} conditions, more than {MOST_NODES}"));
        }
        if depth > DEEPEST {
            return Err(format!("the filter is nested {depth} levels deep, more than {DEEPEST}"));
        }
        fault.map_or(Ok(()), Err)
    }

    fn own_fault(&self) -> Option<String> {
        match self {
            Self::In(attribute, values) if values.len() > MOST_VALUES => {
                Some(format!("`{attribute}` is asked for {} values, more than {MOST_VALUES}", values.len()))
            }
            Self::Range { attribute, from, to } => {
                let number = |end: &Option<f64>| end.is_none_or(|end| !end.is_nan());
                let sound = number(from) && number(to);
                (!sound).then(|| format!("the range of `{attribute}` has an end that is not a number"))
            }
            Self::Radius { centre, km } => (!centre.is_valid() || !km.is_finite() || *km < 0.0)
                .then(|| "a radius needs a point on the globe and a distance of 0 km or more".to_owned()),
            _ => None,
        }
    }

    fn visit<'a>(&'a self, level: usize, see: &mut impl FnMut(&'a Self, usize)) {
        see(self, level);
        // Too deep a tree is refused; it must not exhaust the stack before.
        if level > DEEPEST {
            return;
        }
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(level + 1, see)),
            Self::Not(part) => part.visit(level + 1, see),
            _ => {}
        }
    }
}
