//! Strict JSON: the one reader for every JSON text that arrives from outside.
//!
//! What JSON leaves open and a signature cannot bear is refused: a member named twice, an integer
//! that a double cannot hold, a lone surrogate, a byte order mark, anything after the value. The
//! result is I-JSON (RFC 7493), so two different texts never share a canonical form by accident.
//! Every refusal names a stable code, a JSON pointer, and the line and column.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use serde_json::{Map, Number, Value};

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

/// What was wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The text is longer than [`Limits::bytes`].
    TooLarge,
    /// Arrays and objects nest deeper than [`Limits::depth`].
    TooDeep,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The text starts with a byte order mark.
    ByteOrderMark,
    /// The text ends in the middle of a value, or is empty.
    Truncated,
    /// A character that JSON does not allow in this place.
    Syntax,
    /// More text follows the value.
    TrailingData,
    /// One object has the same member twice.
    DuplicateKey,
    /// An integer beyond ±(2^53 − 1).
    UnsafeInteger,
    /// A number too large for a double.
    NotFinite,
    /// A number in a form JSON does not have, such as `01`, `1.` or `+1`.
    BadNumber,
    /// A `\u` escape with half of a surrogate pair.
    LoneSurrogate,
    /// An escape JSON does not have.
    BadEscape,
    /// A control character inside a string.
    ControlCharacter,
}

impl Problem {
    /// The stable word for this problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::NotUtf8 => "not-utf8",
            Self::ByteOrderMark => "byte-order-mark",
            Self::Truncated => "truncated",
            Self::Syntax => "syntax",
            Self::TrailingData => "trailing-data",
            Self::DuplicateKey => "duplicate-key",
            Self::UnsafeInteger => "unsafe-integer",
            Self::NotFinite => "not-finite",
            Self::BadNumber => "bad-number",
            Self::LoneSurrogate => "lone-surrogate",
            Self::BadEscape => "bad-escape",
            Self::ControlCharacter => "control-character",
        }
    }

    /// The problem in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooLarge => "the text is larger than is taken here",
            Self::TooDeep => "arrays and objects nest too deeply",
            Self::NotUtf8 => "the text is not UTF-8",
            Self::ByteOrderMark => "the text starts with a byte order mark; leave it out",
            Self::Truncated => "the text ends before the value does",
            Self::Syntax => "this is not JSON",
            Self::TrailingData => "there is more after the end of the value",
            Self::DuplicateKey => "an object names this member twice",
            Self::UnsafeInteger => {
                "an integer beyond 9007199254740991 is read differently by different software; write it as a string"
            }
            Self::NotFinite => "the number is too large to be held",
            Self::BadNumber => "the number is not written the way JSON writes numbers",
            Self::LoneSurrogate => "a \\u escape is half of a surrogate pair",
            Self::BadEscape => "there is no such escape in JSON",
            Self::ControlCharacter => "a control character in a string must be escaped",
        }
    }
}

/// Why a text was refused, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Place>);

#[derive(Clone, PartialEq, Eq)]
struct Place {
    problem: Problem,
    pointer: String,
    at: usize,
    line: usize,
    column: usize,
}

impl Error {
    #[cold]
    fn new(problem: Problem, at: usize) -> Self {
        Self(Box::new(Place { problem, pointer: String::new(), at, line: 1, column: 1 }))
    }

    /// What was wrong.
    #[must_use]
    pub fn problem(&self) -> Problem {
        self.0.problem
    }

    /// The stable word for what was wrong.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.problem.code()
    }

    /// The JSON pointer (RFC 6901) of the value that was being read; for a member that occurs
    /// twice, the pointer of that member.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.0.pointer
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// Puts a step in front of the pointer, on the way out of the recursion.
    #[cold]
    fn under(mut self, step: &str) -> Self {
        let mut pointer = String::with_capacity(step.len() + 1 + self.0.pointer.len());
        push_step(&mut pointer, step);
        pointer.push_str(&self.0.pointer);
        self.0.pointer = pointer;
        self
    }

    #[cold]
    fn locate(mut self, bytes: &[u8]) -> Self {
        let before = &bytes[..self.0.at.min(bytes.len())];
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        self.0.line = before.split(|b| *b == b'\n').count();
        // Continuation bytes of UTF-8 are no characters of their own.
        self.0.column = before[start..].iter().filter(|b| **b & 0xc0 != 0x80).count() + 1;
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "json::Error({}: {self})", self.code())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { problem, pointer, line, column, .. } = &*self.0;
        f.write_str(problem.words())?;
        if !pointer.is_empty() {
            write!(f, ", at {pointer}")?;
        }
        write!(f, " (line {line}, column {column})")
    }
}

impl std::error::Error for Error {}

/// Appends one step to a JSON pointer, escaped as RFC 6901 section 3 asks.
pub fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// A text that was read: what it says, and what its canonical form (RFC 8785) needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Text<'t> {
    /// What it says.
    pub value: Value,
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
    read(bytes, limits, "").map(|text| text.value)
}

/// Reads one JSON text, and finds out whether it is its own canonical form and where in it the member
/// `without` of its root lies.
///
/// # Errors
/// The first thing that is wrong with it; see [`Problem`].
pub fn read<'t>(bytes: &'t [u8], limits: Limits, without: &str) -> Result<Text<'t>, Error> {
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
    let value = reader.document().map_err(|e| e.locate(bytes))?;
    Ok(Text { value, canonical: reader.canonical.then_some((bytes, reader.cut)) })
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
    without: &'a str,
    cut: Range<usize>,
}

type Read<T> = Result<T, Error>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<Value> {
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

    fn value(&mut self) -> Read<Value> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b'+' | b'.') => Err(Error::new(Problem::BadNumber, self.at)),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Read<Value> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        let same = rest.iter().zip(word.bytes()).take_while(|(a, b)| **a == *b).count();
        self.at += same;
        Err(self.unexpected())
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        self.room = self.room.checked_sub(1).ok_or_else(|| Error::new(Problem::TooDeep, self.at))?;
        self.at += 1;
        let value = read(self)?;
        self.room += 1;
        Ok(value)
    }

    fn object(&mut self) -> Read<Value> {
        let mut members = Map::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        let root = self.room + 1 == self.full;
        let start = self.at;
        let mut last = "";
        loop {
            let key_at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected());
            }
            let key = self.string()?;
            let written = &self.text[key_at + 1..self.at - 1];
            self.canonical &= written.len() == key.len()
                && (key_at == start || jcs::order(last, written) == Ordering::Less);
            last = written;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected().under(&key));
            }
            self.at += 1;
            self.space();
            let wanted = root && key == self.without;
            match members.entry(key) {
                serde_json::map::Entry::Vacant(entry) => {
                    let value = match self.value() {
                        Ok(value) => value,
                        Err(e) => return Err(e.under(entry.key())),
                    };
                    entry.insert(value);
                }
                serde_json::map::Entry::Occupied(entry) => {
                    return Err(Error::new(Problem::DuplicateKey, key_at).under(entry.key()));
                }
            }
            if wanted {
                self.cut = key_at - usize::from(key_at > start)..self.at;
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
        Ok(Value::Object(members))
    }

    fn array(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
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
        Ok(Value::Array(items))
    }

    /// A string; the reader stands on its opening quote.
    fn string(&mut self) -> Read<String> {
        let start = self.at + 1;
        let end = self.plain_run(start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(self.text[start..end].to_owned());
        }
        self.at = end;
        let mut out = String::with_capacity(end - start + 16);
        out.push_str(&self.text[start..end]);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
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
