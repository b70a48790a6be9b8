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
    each_word(text, |word| found.push(word));
    found
}

/// Calls `see` for every word of `text` in order.
pub fn each_word(text: &str, mut see: impl FnMut(Word)) {
    let mut cut = Cutter { text, start: None, next: 0, see: &mut see };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            VALUE_BREAK => {
                cut.end(at);
                cut.next += VALUE_GAP;
            }
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
                cut.emit(at..end);
            }
            _ if c.is_alphanumeric() || is_combining_mark(c) => {
                cut.start.get_or_insert(at);
            }
            _ if is_apostrophe(c) && cut.start.is_some() => {
                let next_is_letter = chars.peek().is_some_and(|&(_, next)| next.is_alphanumeric());
                if !next_is_letter || cut.is_elision(at) {
                    cut.end(at);
                }
            }
            _ if is_unwritten(c) => {}
            _ => cut.end(at),
        }
    }
    cut.end(text.len());
}

struct Cutter<'a, F> {
    text: &'a str,
    start: Option<usize>,
    next: u32,
    see: &'a mut F,
}

impl<F: FnMut(Word)> Cutter<'_, F> {
    fn is_elision(&self, end: usize) -> bool {
        let start = self.start.unwrap_or(end);
        ELISIONS.iter().any(|article| article.eq_ignore_ascii_case(&self.text[start..end]))
    }

    fn end(&mut self, end: usize) {
        if let Some(start) = self.start.take() {
            self.emit(start..end);
        }
    }

    fn emit(&mut self, bytes: Range<usize>) {
        let text = fold_word(&self.text[bytes.clone()]);
        if !text.is_empty() {
            (self.see)(Word { text, bytes, position: self.next });
            self.next += 1;
        }
    }
}

/// A word folded, without its possessive ending and its apostrophes.
fn fold_word(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    let stem = match word.char_indices().rev().nth(1) {
        Some((at, mark)) if is_apostrophe(mark) && word.ends_with(['s', 'S']) => &word[..at],
        _ => word,
    };
    fold_into(stem, &mut folded);
    if folded.len() > LONGEST_WORD {
        let cut = (0..=LONGEST_WORD).rev().find(|at| folded.is_char_boundary(*at)).unwrap_or(0);
        folded.truncate(cut);
    }
    folded
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
        folded.extend(text.chars().filter(|c| *c != '\'').map(|c| c.to_ascii_lowercase()));
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
