//! Words: how text is cut and folded, the same when it is indexed, searched and marked.
//!
//! A word is a run of letters, digits and their combining marks; every Han and kana character is a
//! word of its own. Case goes, and so do the accents of alphabets that have them as accents; marks
//! that make letters (Devanagari, Thai, Arabic, Hebrew) stay. `Sarah's` is `sarah`, `O'Brien` is
//! `obrien`, the French `l'alopécie` is `l` + `alopecie`, hyphens part words.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most words of a query that are considered.
pub const MOST_WORDS: usize = 10;
/// Longest word, in bytes after folding; what is longer is cut there, on both sides alike.
pub const LONGEST_WORD: usize = 64;
/// Parts the values of a list when they are indexed as one text.
pub const VALUE_BREAK: char = '\u{1f}';
/// How far apart the last word of a value and the first of the next count: out of reach of every
/// phrase and of proximity.
pub const VALUE_GAP: u32 = 16;

/// What the French and Italian leave of an article before a vowel.
const ELISIONS: [&str; 15] =
    ["l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "dell", "all", "nell", "sull", "un"];

/// A word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Folded.
    pub text: String,
    /// The bytes of the text it was written with.
    pub bytes: Range<usize>,
    /// Its place among the words; a value break counts [`VALUE_GAP`].
    pub position: u32,
}

/// The folded words of a text.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).collect()
}

/// The words of a text, with where they stand.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    each(text, |folded, bytes, position| found.push(Word { text: folded.to_owned(), bytes, position }));
    found
}

/// The words of a text that is looked through once, side by side in one string.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    folded: String,
    /// Where a word is in `folded`, the bytes of the text it was written with, and its position.
    words: Vec<(Range<usize>, Range<usize>, u32)>,
}

impl Cut {
    /// Cuts a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut cut = Self::default();
        cut.anew(text);
        cut
    }

    /// Cuts another text in the same room.
    pub fn anew(&mut self, text: &str) {
        self.folded.clear();
        self.words.clear();
        self.folded.reserve(text.len());
        each(text, |folded, bytes, position| {
            let start = self.folded.len();
            self.folded.push_str(folded);
            self.words.push((start..self.folded.len(), bytes, position));
        });
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The word at a place, folded.
    ///
    /// # Panics
    /// When there is none at this place.
    #[must_use]
    pub fn word(&self, at: usize) -> &str {
        &self.folded[self.words[at].0.clone()]
    }

    /// The words at these places, folded.
    pub fn words(&self, at: Range<usize>) -> impl ExactSizeIterator<Item = &str> {
        self.words[at].iter().map(|(folded, ..)| &self.folded[folded.clone()])
    }

    /// The bytes of the text from the first of these words to the last.
    ///
    /// # Panics
    /// When there are none at these places.
    #[must_use]
    pub fn bytes(&self, at: Range<usize>) -> Range<usize> {
        self.words[at.start].1.start..self.words[at.end - 1].1.end
    }

    /// The position of the word at a place, as [`Word::position`].
    ///
    /// # Panics
    /// When there is none at this place.
    #[must_use]
    pub fn position(&self, at: usize) -> u32 {
        self.words[at].2
    }
}

/// Calls `see` for every word of `text` in order: folded, where it is written, its position.
fn each(text: &str, mut see: impl FnMut(&str, Range<usize>, u32)) {
    let folded = String::with_capacity(LONGEST_WORD);
    let mut cut = Cutter { text, start: None, is_plain: true, next: 0, folded, see: &mut see };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            VALUE_BREAK => {
                cut.end(at);
                cut.next += VALUE_GAP;
            }
            // Most of most texts, without a look at the tables of Unicode.
            'a'..='z' | 'A'..='Z' | '0'..='9' => cut.begin(at),
            ' ' | ',' | '.' | '-' => cut.end(at),
            _ if stands_alone(c) => {
                cut.end(at);
                // A voicing mark belongs to the kana before it.
                let mut end = at + c.len_utf8();
                while let Some(&(mark_at, mark)) = chars.peek()
                    && is_combining_mark(mark)
                {
                    end = mark_at + mark.len_utf8();
                    chars.next();
                }
                cut.is_plain = false;
                cut.emit(at..end);
            }
            _ if c.is_alphanumeric() || is_combining_mark(c) => {
                cut.begin(at);
                cut.is_plain = false;
            }
            _ if is_apostrophe(c) && cut.start.is_some() => {
                let next_is_letter = chars.peek().is_some_and(|&(_, next)| next.is_alphanumeric());
                if !next_is_letter || cut.is_elision(at) {
                    cut.end(at);
                }
                cut.is_plain = false;
            }
            _ if is_unwritten(c) => cut.is_plain = false,
            _ => cut.end(at),
        }
    }
    cut.end(text.len());
}

struct Cutter<'a, F> {
    text: &'a str,
    start: Option<usize>,
    /// Whether the word so far is letters and digits of ASCII alone.
    is_plain: bool,
    next: u32,
    folded: String,
    see: &'a mut F,
}

impl<F: FnMut(&str, Range<usize>, u32)> Cutter<'_, F> {
    fn is_elision(&self, end: usize) -> bool {
        let start = self.start.unwrap_or(end);
        ELISIONS.iter().any(|article| article.eq_ignore_ascii_case(&self.text[start..end]))
    }

    fn begin(&mut self, at: usize) {
        if self.start.is_none() {
            self.start = Some(at);
            self.is_plain = true;
        }
    }

    fn end(&mut self, end: usize) {
        if let Some(start) = self.start.take() {
            self.emit(start..end);
        }
    }

    fn emit(&mut self, bytes: Range<usize>) {
        self.folded.clear();
        if self.is_plain && bytes.len() <= LONGEST_WORD {
            self.folded.push_str(&self.text[bytes.clone()]);
            self.folded.make_ascii_lowercase();
        } else {
            fold_word(&self.text[bytes.clone()], &mut self.folded);
        }
        if !self.folded.is_empty() {
            (self.see)(&self.folded, bytes, self.next);
            self.next += 1;
        }
    }
}

/// A word folded, without its possessive ending and its apostrophes.
fn fold_word(word: &str, folded: &mut String) {
    let stem = match word.char_indices().rev().nth(1) {
        Some((at, mark)) if is_apostrophe(mark) && word.ends_with(['s', 'S']) => &word[..at],
        _ => word,
    };
    fold_into(stem, folded);
    if folded.len() > LONGEST_WORD {
        let cut = (0..=LONGEST_WORD).rev().find(|at| folded.is_char_boundary(*at)).unwrap_or(0);
        folded.truncate(cut);
    }
}

/// Text folded: lower case, without accents, compatibility forms made plain.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

fn fold_into(text: &str, folded: &mut String) {
    if text.is_ascii() {
        let start = folded.len();
        if text.contains(is_apostrophe) {
            folded.extend(text.chars().filter(|c| !is_apostrophe(*c)));
        } else {
            folded.push_str(text);
        }
        folded[start..].make_ascii_lowercase();
        return;
    }
    let bare = text.nfkd().filter(|c| !is_accent(*c) && !is_apostrophe(*c) && !is_unwritten(*c));
    for c in bare.nfc().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            // Lower case can bring an accent of its own (İ).
            None if !is_accent(c) => folded.push(c),
            None => {}
        }
    }
}

/// Letters that are not a base letter with an accent, as people without them on a keyboard write.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ",
        _ => return None,
    })
}

/// The combining diacritics of Latin, Greek and Cyrillic.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
}

/// What stands between letters without parting them: the soft hyphen, the joiners, the Catalan dot.
fn is_unwritten(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{b7}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{2bc}' | '\u{ff07}' | '`' | '\u{b4}')
}

/// Han and kana, which are written without spaces.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}
