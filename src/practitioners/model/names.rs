//! People's names: folded for comparison, and compared as a reader of a certificate would.
//!
//! Whether a certificate counts as its keeper's turns on [`same_person_name`]. It forgives what
//! differs between two honest spellings of one name (case, accents, punctuation, order, a middle name
//! left out) and nothing that could be another person's.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Names longer than this, in bytes, are nobody's: comparing them would only cost time.
const LONGEST: usize = 600;

/// How the name on a certificate relates to the names of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameMatch {
    /// It is the name the practitioner goes by, or their given and family name.
    Same,
    /// It is a name the practitioner says they had before.
    Former,
    /// It is neither.
    Differs,
}

/// The names of a listing that a certificate may have been made out to. Brand names are not among
/// them: a certificate is a person's.
#[derive(Clone, Copy, Debug)]
pub struct PersonNames<'a> {
    /// The name shown.
    pub name: &'a str,
    /// The given name, where it is stated.
    pub given: Option<&'a str>,
    /// The family name, where it is stated.
    pub family: Option<&'a str>,
    /// Names borne before.
    pub former: &'a [String],
}

/// Compares the name on a certificate with the names of a listing.
///
/// Two names are the same when their words are, in any order, after folding case, accents and
/// punctuation; or when one leaves out middle names, or shortens them to initials, and keeps the first
/// word and the last; or when one writes together what the other writes apart (`Anne-Marie`,
/// `Annemarie`). Titles do not count; a junior is not a senior. A first name that is only an initial
/// says too little.
#[must_use]
pub fn same_person_name(certificate_name: &str, names: &PersonNames<'_>) -> NameMatch {
    if same_name(certificate_name, names.name) {
        return NameMatch::Same;
    }
    if let (Some(given), Some(family)) = (names.given, names.family) {
        // A comma before the family name would be read as "family, given".
        let legal = format!("{} {}", given.replace(',', " "), family.replace(',', " "));
        if same_name(certificate_name, &legal) {
            return NameMatch::Same;
        }
    }
    if names.former.iter().any(|former| same_name(certificate_name, former)) {
        return NameMatch::Former;
    }
    NameMatch::Differs
}

/// Whether two spellings are of one person's name. Symmetric.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    if a.len().max(b.len()) > LONGEST {
        return false;
    }
    // Some write ü as u and some as ue; each reading must be taken on both sides.
    [Reading::Plain, Reading::German].into_iter().any(|reading| {
        let (a, b) = (Words::of(a, reading), Words::of(b, reading));
        a.suffix_agrees(&b) && (same_words(&a.words, &b.words) || same_letters(&a.words, &b.words))
    })
}

/// The folded words of a name, sorted: equal for two spellings that differ only in case, accents,
/// punctuation and order. The key that names are looked up by.
#[must_use]
pub fn name_key(name: &str) -> String {
    let mut words = Words::of(name, Reading::Plain).words;
    words.sort_unstable();
    words.join(" ")
}

/// The letters of a text for comparison: decomposed, without accents, in lower case, letters that do
/// not decompose (ø, ß, ł) replaced by their base; everything but letters and digits a space.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_as(text, Reading::Plain)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Plain,
    German,
}

fn fold_as(text: &str, reading: Reading) -> String {
    let mut folded = String::with_capacity(text.len());
    // Composed first, so that the German reading sees ü as one letter however it was typed.
    for composed in text.nfc() {
        let lower = composed.to_lowercase();
        if reading == Reading::German {
            let spelled = lower.clone().next().and_then(|c| match c {
                'ä' | 'æ' => Some("ae"),
                'ö' | 'ø' | 'œ' => Some("oe"),
                'ü' => Some("ue"),
                'å' => Some("aa"),
                _ => None,
            });
            if let Some(spelled) = spelled {
                folded.push_str(spelled);
                continue;
            }
        }
        for c in lower.nfkd() {
            fold_char(c, &mut folded);
        }
    }
    folded
}

fn fold_char(c: char, folded: &mut String) {
    match c {
        c if is_silent(c) => {}
        'ß' => folded.push_str("ss"),
        'ø' => folded.push('o'),
        'ł' | 'ƚ' => folded.push('l'),
        'đ' | 'ð' => folded.push('d'),
        'ħ' => folded.push('h'),
        'ı' => folded.push('i'),
        'ŧ' => folded.push('t'),
        'þ' => folded.push_str("th"),
        'æ' => folded.push_str("ae"),
        'œ' => folded.push_str("oe"),
        'ə' => folded.push('e'),
        'ς' => folded.push('σ'),
        'ё' => folded.push('е'),
        c if c.is_alphanumeric() || is_combining_mark(c) => folded.push(c),
        _ => folded.push(' '),
    }
}

/// What stands inside a word and does not tell names apart: apostrophes (O'Brien, Ka‘ana), the diacritics
/// of alphabetic scripts (vowel signs of other scripts do tell), characters that cannot be seen.
fn is_silent(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '‘' | '’' | '‛' | 'ʹ'..='ˈ' | '′' | '＇'
        | '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Words before a name that say what somebody is, not who.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "lady",
    "lord",
    "rev",
    "herr",
    "frau",
    "mme",
    "mlle",
    "sr",
    "sra",
    "srta",
    "dott",
    "dottssa",
];

/// Words after a name that do so. `md` is not one: it is also how Mohammed is shortened.
const DEGREES: &[&str] = &["phd", "mbbs", "bsc", "msc", "ba", "ma", "rn", "cpcp"];

/// What tells a son from his father, where it stands at the end.
const SUFFIXES: &[(&str, &str)] = &[
    ("jr", "jr"),
    ("junior", "jr"),
    ("sr", "sr"),
    ("senior", "sr"),
    ("ii", "ii"),
    ("iii", "iii"),
    ("iv", "iv"),
];

struct Words {
    words: Vec<String>,
    suffix: Option<&'static str>,
}

impl Words {
    fn of(name: &str, reading: Reading) -> Self {
        let split = |text: &str| -> Vec<String> {
            fold_as(text, reading).split_whitespace().map(str::to_owned).collect()
        };
        let mut suffix = None;
        let (before, after) = name.split_once([',', '،', '，']).unwrap_or((name, ""));
        let (mut before, mut after) = (split(before), split(after));
        // "Family, Given" is the one comma of a name, unless what follows it only adds to it.
        let words = if after.is_empty() || after.iter().all(|word| is_affix(word)) {
            before.append(&mut after);
            strip_end(&mut before, 2, &mut suffix);
            before
        } else {
            strip_end(&mut before, 1, &mut suffix);
            strip_end(&mut after, 1, &mut suffix);
            after.append(&mut before);
            after
        };
        let titles = words.iter().take_while(|word| TITLES.contains(&word.as_str())).count();
        let titles = titles.min(words.len().saturating_sub(2));
        Self { words: words[titles..].to_vec(), suffix }
    }

    /// One may leave it out; both may not differ.
    fn suffix_agrees(&self, other: &Self) -> bool {
        match (self.suffix, other.suffix) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        }
    }
}

fn is_affix(word: &str) -> bool {
    DEGREES.contains(&word) || SUFFIXES.iter().any(|(written, _)| *written == word)
}

/// Takes degrees and a suffix off the end of a name, as long as `least` words of it stay.
fn strip_end(words: &mut Vec<String>, least: usize, suffix: &mut Option<&'static str>) {
    while words.len() > least && words.last().is_some_and(|word| is_affix(word)) {
        let Some(word) = words.pop() else { return };
        if let Some((_, meaning)) = SUFFIXES.iter().find(|(written, _)| *written == word) {
            *suffix = Some(meaning);
        }
    }
}

/// The same words in any order, or the same but for middle names.
fn same_words(a: &[String], b: &[String]) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort_unstable();
        words
    };
    if sorted(a) == sorted(b) {
        return true;
    }
    match a.len().cmp(&b.len()) {
        Ordering::Less => is_shortened(a, b),
        Ordering::Greater => is_shortened(b, a),
        Ordering::Equal => is_shortened(a, b) || is_shortened(b, a),
    }
}

/// Whether `short` is `long` with middle names left out or shortened to initials.
fn is_shortened(short: &[String], long: &[String]) -> bool {
    let (Some(first), Some(last)) = (long.first(), long.last()) else { return false };
    if short.len() < 2 || long.len() < 3 || first.chars().count() < 2 || last.chars().count() < 2 {
        return false;
    }
    // The two outer words of the longer name must be there in full. What the shorter has besides
    // must each be one of the middle names, or the initial of one.
    let mut rest: Vec<&String> = short.iter().collect();
    for outer in [first, last] {
        let Some(at) = rest.iter().position(|word| *word == outer) else { return false };
        rest.remove(at);
    }
    let mut middle: Vec<&String> = long[1..long.len() - 1].iter().collect();
    rest.into_iter().all(|word| {
        let found = middle.iter().position(|other| *other == word).or_else(|| {
            middle.iter().position(|other| is_initial_of(word, other) || is_initial_of(other, word))
        });
        found.map(|at| middle.remove(at)).is_some()
    })
}

fn is_initial_of(short: &str, long: &str) -> bool {
    let mut letters = short.chars();
    matches!((letters.next(), letters.next()), (Some(initial), None) if long.starts_with(initial))
}

/// The same letters in the same order, where one side only joins words that the other keeps apart:
/// `van der Berg` and `Vanderberg` are one, `Ann Ewing` and `Anne Wing` are not.
fn same_letters(a: &[String], b: &[String]) -> bool {
    let joined: String = a.concat();
    if joined.is_empty() || joined != b.concat() {
        return false;
    }
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // Scripts that put no spaces into names have no words to compare.
    if few.len() < 2 {
        return joined.chars().all(is_unspaced);
    }
    let ends = |words: &[String]| -> Vec<usize> {
        words
            .iter()
            .scan(0, |at, word| {
                *at += word.len();
                Some(*at)
            })
            .collect()
    };
    let fine = ends(many);
    ends(few).iter().all(|end| fine.contains(end))
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3134f}')
}
