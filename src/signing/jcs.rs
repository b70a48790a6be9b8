//! The JSON Canonicalization Scheme (RFC 8785): one byte form for each JSON value.
//!
//! Members are ordered by the UTF-16 code units of their names, numbers are written as ECMAScript
//! writes them, and only what must be escaped is. Values come from [`super::json`], which has
//! already refused what has no single form; a value built in memory can still hold an integer that
//! a double cannot, and that is refused here.

use std::cmp::Ordering;
use std::io::Write as _;
use std::ops::Range;

use serde_json::{Number, Value};

use super::json::{MAX_SAFE_INTEGER, Members, Tree, plain_prefix};

/// An integer beyond ±(2^53 − 1): it has no canonical form that all software agrees on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an integer beyond 9007199254740991 has no canonical form; write it as a string")]
pub struct UnsafeInteger;

/// The canonical form of a value.
///
/// # Errors
/// [`UnsafeInteger`], which a value read by [`super::json::parse`] never has.
pub fn to_vec(value: &Value) -> Result<Vec<u8>, UnsafeInteger> {
    let mut out = Vec::with_capacity(1024);
    write(&Tree::of(value), &mut out)?;
    Ok(out)
}

/// Appends the canonical form of a value to `out`.
///
/// # Errors
/// [`UnsafeInteger`]; `out` then holds a part of the form.
pub fn write(value: &Tree<'_>, out: &mut Vec<u8>) -> Result<(), UnsafeInteger> {
    match value {
        Tree::Null => out.extend_from_slice(b"null"),
        Tree::Bool(true) => out.extend_from_slice(b"true"),
        Tree::Bool(false) => out.extend_from_slice(b"false"),
        Tree::Number(number) => write_number(number, out)?,
        Tree::String(text) => write_string(text, out),
        Tree::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Tree::Object(members) => write_object(members, Edit::NONE, out)?,
    }
    Ok(())
}

/// A change to the members of one object while it is written, so that a document can be
/// canonicalised without its proof, or with another context, and never be copied.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edit<'a> {
    /// A member to leave out.
    pub omit: Option<&'a str>,
    /// A member whose value is replaced; it must be present in the object.
    pub replace: Option<(&'a str, &'a Tree<'a>)>,
}

impl Edit<'_> {
    /// No change.
    pub const NONE: Self = Self { omit: None, replace: None };
}

/// Appends the canonical form of an object, changed by `edit` at its top level only.
///
/// # Errors
/// [`UnsafeInteger`]; `out` then holds a part of the form.
pub fn write_object(members: &Members<'_>, edit: Edit<'_>, out: &mut Vec<u8>) -> Result<(), UnsafeInteger> {
    write_members(members, edit, "", out).map(|_| ())
}

/// The canonical form of an object, and what to cut from it to have the canonical form without the member
/// `without`; an empty range where there is no such member.
///
/// # Errors
/// [`UnsafeInteger`].
pub fn to_vec_without(
    members: &Members<'_>,
    without: &str,
) -> Result<(Vec<u8>, Range<usize>), UnsafeInteger> {
    let mut out = Vec::with_capacity(4096);
    let cut = write_members(members, Edit::NONE, without, &mut out)?;
    Ok((out, cut))
}

fn write_members(
    members: &Members<'_>,
    edit: Edit<'_>,
    without: &str,
    out: &mut Vec<u8>,
) -> Result<Range<usize>, UnsafeInteger> {
    out.push(b'{');
    let start = out.len();
    let mut cut = 0..0;
    for (name, value) in members.iter() {
        let before = out.len();
        write_member(name, value, edit, start, out)?;
        if name == without {
            cut = before..out.len();
        }
    }
    // The first of several members leaves with the comma after it, any other with the one before.
    if cut.start == start && out.len() > cut.end {
        cut.end += 1;
    }
    out.push(b'}');
    Ok(cut)
}

fn write_member(
    name: &str,
    value: &Tree<'_>,
    edit: Edit<'_>,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), UnsafeInteger> {
    if edit.omit == Some(name) {
        return Ok(());
    }
    if out.len() > start {
        out.push(b',');
    }
    write_string(name, out);
    out.push(b':');
    match edit.replace {
        Some((replaced, by)) if replaced == name => write(by, out),
        _ => write(value, out),
    }
}

/// The order of two member names by UTF-16 code units (RFC 8785 section 3.2.3).
///
/// It differs from the order of UTF-8 bytes only where U+E000 to U+FFFF (lead bytes EE and EF)
/// meets a character beyond U+FFFF (lead bytes F0 and up), whose surrogates sort lower.
#[must_use]
pub fn order(a: &str, b: &str) -> Ordering {
    let differing = a.bytes().zip(b.bytes()).find(|(x, y)| x != y);
    match differing {
        None => a.len().cmp(&b.len()),
        Some((0xee | 0xef, 0xf0..)) => Ordering::Greater,
        Some((0xf0.., 0xee | 0xef)) => Ordering::Less,
        Some((x, y)) => x.cmp(&y),
    }
}

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), UnsafeInteger> {
    let magnitude = match (number.as_i64(), number.as_u64()) {
        (Some(n), _) => Some(n.unsigned_abs()),
        (None, n) => n,
    };
    match (magnitude, number.as_f64()) {
        (Some(n), _) if n <= MAX_SAFE_INTEGER => {
            write!(out, "{number}").expect("a Vec takes every byte");
        }
        (None, Some(x)) => {
            out.extend_from_slice(ryu_js::Buffer::new().format(x).as_bytes());
        }
        _ => return Err(UnsafeInteger),
    }
    Ok(())
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len() + 4);
    out.push(b'"');
    loop {
        let (plain, special) = rest.split_at(plain_prefix(rest));
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else { break };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => write!(out, "\\u{byte:04x}").expect("a Vec takes every byte"),
        }
        rest = after;
    }
    out.push(b'"');
}
