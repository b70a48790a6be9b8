//! RDF datasets, their one written form, and their canonical form.
//!
//! A dataset is made by [`super::jsonld`] and lives as long as the document it was made from. Blank nodes
//! are numbers, because their names mean nothing: [`canon`] gives them the names that everybody agrees on.

pub mod canon;

use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// The datatype of a plain string, which is not written.
pub const XSD_STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
/// The datatype of a string with a language.
pub const LANG_STRING: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";

/// A text that is borrowed from a document, or shared with a context. Two of them are equal where they read the
/// same.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// From the document.
    Borrowed(&'a str),
    /// From a context, or made.
    Shared(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::Borrowed(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<Arc<str>> for Text<'_> {
    fn from(text: Arc<str>) -> Self {
        Self::Shared(text)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// What stands as subject, object or graph name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term<'a> {
    /// An absolute IRI.
    Iri(Text<'a>),
    /// A blank node, by its number in the dataset.
    Blank(u32),
    /// A literal.
    Literal(Literal<'a>),
}

/// A literal: its text, its datatype, and its language where the datatype is [`LANG_STRING`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Literal<'a> {
    /// The lexical form.
    pub text: Text<'a>,
    /// The IRI of the datatype.
    pub datatype: Text<'a>,
    /// The language tag.
    pub language: Option<Text<'a>>,
}

/// One statement, in a named graph or in the default one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quad<'a> {
    /// An IRI or a blank node.
    pub subject: Term<'a>,
    /// The IRI of the property.
    pub predicate: Text<'a>,
    /// Any term.
    pub object: Term<'a>,
    /// The graph's name, an IRI or a blank node; `None` is the default graph.
    pub graph: Option<Term<'a>>,
}

/// Quads, and how many blank nodes they name: every [`Term::Blank`] is below that.
#[derive(Clone, Debug, Default)]
pub struct Dataset<'a> {
    /// The quads. One that occurs twice says nothing twice.
    pub quads: Vec<Quad<'a>>,
    /// How many blank nodes there are.
    pub blanks: u32,
}

impl<'a> Dataset<'a> {
    /// A new blank node.
    pub fn blank(&mut self) -> Term<'a> {
        self.blanks += 1;
        Term::Blank(self.blanks - 1)
    }

    /// Adds a quad.
    pub fn push(
        &mut self,
        subject: &Term<'a>,
        predicate: impl Into<Text<'a>>,
        object: Term<'a>,
        graph: Option<&Term<'a>>,
    ) {
        let (subject, predicate, graph) = (subject.clone(), predicate.into(), graph.cloned());
        self.quads.push(Quad { subject, predicate, object, graph });
    }
}

impl Quad<'_> {
    /// The blank nodes of the quad, each with the letter of its place: `s`, `o`, `g`.
    fn blanks(&self) -> impl Iterator<Item = (u8, u32)> + '_ {
        let places = [(b's', Some(&self.subject)), (b'o', Some(&self.object)), (b'g', self.graph.as_ref())];
        places.into_iter().filter_map(|(place, term)| match term {
            Some(Term::Blank(number)) => Some((place, *number)),
            _ => None,
        })
    }

    /// Appends the quad as a line of canonical N-Quads (RDFC-1.0 section 5), blank nodes named by `name`.
    fn write(&self, out: &mut String, name: &impl Fn(u32, &mut String)) {
        self.subject.write(out, name);
        out.push(' ');
        write_iri(&self.predicate, out);
        out.push(' ');
        self.object.write(out, name);
        if let Some(graph) = &self.graph {
            out.push(' ');
            graph.write(out, name);
        }
        out.push_str(" .\n");
    }
}

impl Term<'_> {
    fn write(&self, out: &mut String, name: &impl Fn(u32, &mut String)) {
        match self {
            Self::Iri(iri) => write_iri(iri, out),
            Self::Blank(number) => {
                out.push_str("_:");
                name(*number, out);
            }
            Self::Literal(literal) => {
                out.push('"');
                escape(&literal.text, out);
                out.push('"');
                if let Some(language) = &literal.language {
                    out.push('@');
                    out.push_str(language);
                } else if &*literal.datatype != XSD_STRING {
                    out.push_str("^^");
                    write_iri(&literal.datatype, out);
                }
            }
        }
    }
}

fn write_iri(iri: &str, out: &mut String) {
    out.push('<');
    out.push_str(iri);
    out.push('>');
}

/// Escapes the text of a literal: the short escapes where there is one, `\u` for the other controls.
fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\' | 0x7f)) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            control => write!(out, "\\u{control:04X}").expect("a String takes every character"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
