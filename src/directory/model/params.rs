//! Parameters that are lists of codes. Values joined by commas mean any of them, a parameter given
//! again means that too: `conditions=scar-fut,scar-fue&conditions=male-pattern` asks for somebody
//! who works on one kind of scar or the other, and on pattern loss too.

use std::borrow::Cow;
use std::marker::PhantomData;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseFromParameter, ParseResult, Type};

use crate::platform::problem::Fault;
use crate::vocabulary::{Code, List};

/// Most values of one list parameter, over all its occurrences.
const MOST_VALUES: usize = 100;

/// A list parameter as it was written: one inner list for every occurrence.
///
/// It is read by [`Codes::read`] when every other parameter is there too, so that one answer names
/// everything that is wrong.
#[derive(Clone, Debug)]
pub(in crate::directory) struct Codes<L> {
    given: Vec<Vec<String>>,
    list: PhantomData<fn() -> L>,
}

impl<L> Default for Codes<L> {
    fn default() -> Self {
        Self { given: Vec::new(), list: PhantomData }
    }
}

impl<L> Codes<L> {
    fn collect<A: AsRef<str>>(occurrences: impl IntoIterator<Item = A>) -> Self {
        let split = |text: A| -> Vec<String> {
            text.as_ref()
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let given = occurrences.into_iter().map(split).filter(|words| !words.is_empty()).collect();
        Self { given, list: PhantomData }
    }

    /// The words as written: all of the outer lists, any of an inner one.
    pub(in crate::directory) fn all(&self) -> &[Vec<String>] {
        &self.given
    }

    /// The words as written, every occurrence in one list.
    pub(in crate::directory) fn words(&self) -> impl Iterator<Item = &str> {
        self.given.iter().flatten().map(String::as_str)
    }
}

impl<L: List> Codes<L> {
    /// The codes: all of the outer lists, any of an inner one. What is not a code becomes a fault.
    pub(in crate::directory) fn read(&self, parameter: &str, faults: &mut Vec<Fault>) -> Vec<Vec<Code<L>>> {
        let pointer = format!("query:{parameter}");
        if self.words().count() > MOST_VALUES {
            faults.push(Fault::new(pointer, "too-many", format!("At most {MOST_VALUES} values.")));
            return Vec::new();
        }
        let mut all = Vec::with_capacity(self.given.len());
        for words in &self.given {
            let mut any = Vec::with_capacity(words.len());
            for word in words {
                match word.parse::<Code<L>>() {
                    Ok(code) if code.entry().facet => any.push(code.current()),
                    Ok(code) => {
                        let detail =
                            format!("`{code}` is not offered as a filter; search for its name instead.");
                        faults.push(Fault::new(pointer.clone(), "not-a-filter", detail));
                    }
                    Err(unknown) => {
                        faults.push(Fault::new(pointer.clone(), "unknown-value", unknown.to_string()));
                    }
                }
            }
            all.push(any);
        }
        all
    }
}

/// Words that are no vocabulary's, such as the names of facets.
#[derive(Clone, Copy, Debug)]
pub(in crate::directory) struct Words;

impl Codes<Words> {
    /// Reads each word by `read`; what it refuses becomes a fault that names the nearest of `known`.
    pub(in crate::directory) fn read_words<T>(
        &self,
        parameter: &str,
        known: &[&str],
        read: impl Fn(&str) -> Option<T>,
        faults: &mut Vec<Fault>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for word in self.words().take(MOST_VALUES) {
            match read(word) {
                Some(value) => found.push(value),
                None => faults.push(Fault::unknown_value(
                    format!("query:{parameter}"),
                    word,
                    known.iter().copied(),
                )),
            }
        }
        found
    }
}

impl<L: Send + Sync + 'static> Type for Codes<L> {
    const IS_REQUIRED: bool = false;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "codes".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let item = MetaSchema { max_length: Some(4096), ..MetaSchema::new("string") };
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            items: Some(Box::new(MetaSchemaRef::Inline(Box::new(item)))),
            max_items: Some(MOST_VALUES),
            ..MetaSchema::new("array")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<L: Send + Sync + 'static> ParseFromParameter for Codes<L> {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self::collect([value]))
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(iter: I) -> ParseResult<Self> {
        Ok(Self::collect(iter))
    }
}
