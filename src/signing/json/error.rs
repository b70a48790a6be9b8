//! What is wrong with a JSON text, and where.

use std::fmt;

/// What was wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The text is longer than [`bytes`](super::Limits::bytes).
    TooLarge,
    /// Arrays and objects nest deeper than [`depth`](super::Limits::depth).
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
    pub(super) fn new(problem: Problem, at: usize) -> Self {
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
    pub(super) fn under(mut self, step: &str) -> Self {
        let mut pointer = String::with_capacity(step.len() + 1 + self.0.pointer.len());
        push_step(&mut pointer, step);
        pointer.push_str(&self.0.pointer);
        self.0.pointer = pointer;
        self
    }

    #[cold]
    pub(super) fn locate(mut self, bytes: &[u8]) -> Self {
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
