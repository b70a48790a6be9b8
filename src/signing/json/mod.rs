//! Strict JSON: the one reader for every JSON text that arrives from outside.
//!
//! What JSON leaves open and a signature cannot bear is refused: a member named twice, an integer
//! that a double cannot hold, a lone surrogate, a byte order mark, anything after the value. The
//! result is I-JSON (RFC 7493), so two different texts never share a canonical form by accident.
//! Every refusal names a stable code, a JSON pointer, and the line and column.

mod error;
mod tree;

pub use error::{Error, Problem, push_step};
pub use tree::{Members, Tree};

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;

use serde_json::{Number, Value};

use super::jcs;

/// The largest integer that JSON software agrees on: 2^53 − 1 (RFC 7493 section 2.2).
pub const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;

/// The first whole number that is not safe, 2^53, as a double.
const SAFE_EDGE: f64 = 9_007_199_254_740_992.0;

/// How large a text may be, and how deep its arrays and objects may nest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes a text may have.
    pub bytes: usize,
    /// The most arrays and objects that may be open at once; a scalar has depth 0. Never more than
    /// 128 is used, because the reader is recursive.
    pub depth: usize,
}

impl Limits {
    /// Certificates: 64 KiB, 32 levels.
    pub const CERTIFICATE: Self = Self { bytes: 64 * 1024, depth: 32 };

    /// The same depth as for certificates, with another size.
    #[must_use]
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes, depth: 32 }
    }
}

/// The deepest nesting any caller can ask for.
const DEEPEST: usize = 128;

/// A text that was read: what it says, and what its canonical form (RFC 8785) needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Text<'t> {
    /// What it says.
    pub tree: Tree<'t>,
    canonical: Option<(&'t [u8], Range<usize>)>,
}

impl<'t> Text<'t> {
    /// The text, where it is surely its own canonical form, and what to cut from it to have the canonical
    /// form without the member asked for; an empty range where there is no such member.
    ///
    /// Most that are signed here are. A text with a number that is no plain integer, or with an escape by
    /// code, is taken for none without a closer look.
    #[must_use]
    pub fn canonical(&self) -> Option<(&'t [u8], Range<usize>)> {
        self.canonical.clone()
    }
}

/// Reads one JSON text.
///
/// # Errors
/// The first thing that is wrong with it; see [`Problem`].
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, Error> {
    read(bytes, limits, "").map(|text| text.tree.into_value())
}

/// Reads one JSON text, and finds out whether it is its own canonical form and where in it the member
/// `without` of its root lies.
///
/// # Errors
/// The first thing that is wrong with it; see [`Problem`].
pub fn read<'t>(bytes: &'t [u8], limits: Limits, without: &'static str) -> Result<Text<'t>, Error> {
    if bytes.len() > limits.bytes {
        return Err(Error::new(Problem::TooLarge, limits.bytes).locate(bytes));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Error::new(Problem::NotUtf8, e.valid_up_to()).locate(bytes))?;
    if text.starts_with('\u{feff}') {
        return Err(Error::new(Problem::ByteOrderMark, 0));
    }
    let room = limits.depth.min(DEEPEST);
    let mut reader = Reader { text, bytes, at: 0, room, full: room, canonical: true, without, cut: 0..0 };
    let tree = reader.document().map_err(|e| e.locate(bytes))?;
    Ok(Text { tree, canonical: reader.canonical.then_some((bytes, reader.cut)) })
}

/// Of a text that is its own canonical form, the members whose names are given, and where the last of them lies; the
/// rest is passed over unread. A name is given as it stands in the text, `"name":`. Nothing where one is not there.
///
/// Only for a text that was read strictly before and is known again by its digest: nothing else is checked, and of
/// members of one name at several depths the first in the text is taken.
#[must_use]
pub fn skim<'t>(bytes: &'t [u8], names: &[&'t str]) -> Option<Text<'t>> {
    let mut members = Vec::with_capacity(names.len());
    let mut cut = 0..0;
    for quoted in names {
        // Quotes inside strings are escaped, so a name between quotes before a colon is the name of a member.
        let at = memchr::memmem::find(bytes, quoted.as_bytes())?;
        let value_at = at + quoted.len();
        let end = pass(bytes, value_at)?;
        let first = bytes.get(at.checked_sub(1)?) == Some(&b'{');
        cut = if first { at..end + usize::from(bytes.get(end) == Some(&b',')) } else { at - 1..end };
        let name = quoted.strip_prefix('"')?.strip_suffix("\":")?;
        members.push((Cow::Borrowed(name), read(&bytes[value_at..end], Limits::CERTIFICATE, "").ok()?.tree));
    }
    Some(Text { tree: Tree::Object(Members::unordered(members)), canonical: Some((bytes, cut)) })
}

/// Where the value that begins at `at` ends.
fn pass(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += 1 + plain_prefix(bytes.get(at + 1..)?);
                while bytes.get(at)? == &b'\\' {
                    at += 2 + plain_prefix(bytes.get(at + 2..)?);
                }
            }
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        if open == 0 && matches!(bytes.get(at), Some(b',' | b'}' | b']') | None) {
            return Some(at);
        }
    }
}

/// How many bytes from the start are neither a quote, a backslash nor a control character. Eight
/// are looked at together, because most of a document is inside strings.
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    // A byte's high bit is set where the byte is zero, or, exact for the first one, below `n`.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let special = |eight: &[u8; 8]| {
        let word = u64::from_le_bytes(*eight);
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let slash = zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = quote | slash | control;
        (found != 0).then(|| (found.trailing_zeros() / 8) as usize)
    };
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        if let Some(found) = special(eight) {
            return bytes.len() - rest.len() + found;
        }
        rest = after;
    }
    // What is left is looked at together with some that were before it, which are known to be plain.
    if let Some(last) = bytes.last_chunk::<8>() {
        return special(last).map_or(bytes.len(), |found| bytes.len() - 8 + found);
    }
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(bytes.len())
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// How many more arrays and objects may be opened, now and at the start.
    room: usize,
    full: usize,
    /// Whether nothing was met so far that a canonical form has not.
    canonical: bool,
    /// The member of the root whose place is wanted, and its place with one comma, once it was met.
    without: &'static str,
    cut: Range<usize>,
}

type Read<T> = Result<T, Error>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<Tree<'a>> {
        self.space();
        let value = self.value()?;
        self.space();
        if self.at < self.bytes.len() {
            return Err(Error::new(Problem::TrailingData, self.at));
        }
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
            self.canonical = false;
        }
    }

    /// A character that does not belong here, or the end.
    #[cold]
    fn unexpected(&self) -> Error {
        let problem = if self.at < self.bytes.len() { Problem::Syntax } else { Problem::Truncated };
        Error::new(problem, self.at)
    }

    fn value(&mut self) -> Read<Tree<'a>> {
        match self.peek() {
            Some(b'"') => self.string().map(Tree::String),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b't') => self.word("true", Tree::Bool(true)),
            Some(b'f') => self.word("false", Tree::Bool(false)),
            Some(b'n') => self.word("null", Tree::Null),
            Some(b'-' | b'0'..=b'9') => self.number().map(Tree::Number),
            Some(b'+' | b'.') => Err(Error::new(Problem::BadNumber, self.at)),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &'static str, value: Tree<'a>) -> Read<Tree<'a>> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        let same = rest.iter().zip(word.bytes()).take_while(|(a, b)| **a == *b).count();
        self.at += same;
        Err(self.unexpected())
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Tree<'a>>) -> Read<Tree<'a>> {
        self.room = self.room.checked_sub(1).ok_or_else(|| Error::new(Problem::TooDeep, self.at))?;
        self.at += 1;
        let value = read(self)?;
        self.room += 1;
        Ok(value)
    }

    fn object(&mut self) -> Read<Tree<'a>> {
        let mut members: Vec<(Cow<'a, str>, Tree<'a>)> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Tree::Object(Members::default()));
        }
        let root = self.room + 1 == self.full;
        let start = self.at;
        // All names so far, from the first that does not lie behind the one before it.
        let mut names: Option<HashSet<Cow<'a, str>>> = None;
        loop {
            let name_at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected());
            }
            let name = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected().under(&name));
            }
            self.at += 1;
            self.space();
            let behind = members.last().is_none_or(|(last, _)| jcs::order(last, &name) == Ordering::Less);
            if !behind || names.is_some() {
                self.canonical = false;
                let names =
                    names.get_or_insert_with(|| members.iter().map(|(name, _)| name.clone()).collect());
                if !names.insert(name.clone()) {
                    return Err(Error::new(Problem::DuplicateKey, name_at).under(&name));
                }
            }
            match self.value() {
                Ok(value) => {
                    if root && name == self.without {
                        self.cut = name_at - usize::from(name_at > start)..self.at;
                    }
                    members.push((name, value));
                }
                Err(error) => return Err(error.under(&name)),
            }
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected()),
            }
            self.space();
        }
        // The first of several members leaves with the comma after it, any other with the one before.
        if root && self.cut.start == start && members.len() > 1 {
            self.cut.end += 1;
        }
        self.at += 1;
        Ok(Tree::Object(if names.is_some() {
            Members::unordered(members)
        } else {
            Members::ordered(members)
        }))
    }

    fn array(&mut self) -> Read<Tree<'a>> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Tree::Array(items));
        }
        loop {
            match self.value() {
                Ok(value) => items.push(value),
                Err(e) => return Err(e.under(&items.len().to_string())),
            }
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected()),
            }
            self.space();
        }
        self.at += 1;
        Ok(Tree::Array(items))
    }

    /// A string; the reader stands on its opening quote.
    fn string(&mut self) -> Read<Cow<'a, str>> {
        let start = self.at + 1;
        let end = self.plain_run(start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        self.at = end;
        let mut out = String::with_capacity(end - start + 16);
        out.push_str(&self.text[start..end]);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(Error::new(Problem::ControlCharacter, self.at)),
                None => return Err(Error::new(Problem::Truncated, self.at)),
            }
            let end = self.plain_run(self.at);
            out.push_str(&self.text[self.at..end]);
            self.at = end;
        }
    }

    /// Where the run of characters that need no attention ends.
    fn plain_run(&self, start: usize) -> usize {
        start + plain_prefix(&self.bytes[start..])
    }

    /// One escape; the reader stands on its backslash.
    fn escape(&mut self) -> Read<char> {
        let at = self.at;
        let kind = self.bytes.get(at + 1).copied();
        self.at += 2;
        // These two are never needed in a canonical form, or only with a code that has no letter.
        self.canonical &= !matches!(kind, Some(b'/' | b'u'));
        Ok(match kind {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(at),
            Some(_) => return Err(Error::new(Problem::BadEscape, at)),
            None => return Err(Error::new(Problem::Truncated, self.bytes.len())),
        })
    }

    fn unicode(&mut self, at: usize) -> Read<char> {
        let first = self.hex4()?;
        let lone = || Error::new(Problem::LoneSurrogate, at);
        match first {
            0xd800..=0xdbff => {
                if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err(lone());
                }
                self.at += 2;
                let second = self.hex4()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(lone());
                }
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                char::from_u32(code).ok_or_else(lone)
            }
            code => char::from_u32(code).ok_or_else(lone),
        }
    }

    fn hex4(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = match self.peek() {
                Some(b) => (b as char).to_digit(16).ok_or_else(|| Error::new(Problem::BadEscape, self.at))?,
                None => return Err(Error::new(Problem::Truncated, self.at)),
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Read<Number> {
        let start = self.at;
        let bad = |at| Error::new(Problem::BadNumber, at);
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let whole = self.at;
        let count = self.digits();
        if count == 0 || (count > 1 && self.bytes[whole] == b'0') {
            return Err(bad(start));
        }
        let mut integer = true;
        if self.peek() == Some(b'.') {
            integer = false;
            self.at += 1;
            if self.digits() == 0 {
                return Err(bad(start));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            integer = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(bad(start));
            }
        }
        let text = &self.text[start..self.at];
        self.canonical &= integer && text != "-0";
        if integer {
            let unsafe_integer = || Error::new(Problem::UnsafeInteger, start);
            let n: i64 = text.parse().map_err(|_| unsafe_integer())?;
            if n.unsigned_abs() > MAX_SAFE_INTEGER {
                return Err(unsafe_integer());
            }
            return Ok(Number::from(n));
        }
        let double: f64 = text.parse().map_err(|_| bad(start))?;
        // A whole number below 10^21 is written without an exponent (RFC 8785 section 3.2.2.3),
        // and would then be an integer that is refused: so it is refused here already.
        if double.fract() == 0.0 && (SAFE_EDGE..1e21).contains(&double.abs()) {
            return Err(Error::new(Problem::UnsafeInteger, start));
        }
        Number::from_f64(double).ok_or_else(|| Error::new(Problem::NotFinite, start))
    }
}
