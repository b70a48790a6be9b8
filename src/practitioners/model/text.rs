//! Words people write about themselves: one line or several, cleaned, within their limit.

use unicode_normalization::UnicodeNormalization;

use crate::config::limits;
use crate::platform::problem::{Error, Fault};

/// What somebody has to say to a decision, in paragraphs.
///
/// # Errors
/// 422 where it is empty, too long, or has characters that cannot be seen.
pub fn statement(pointer: &str, text: &str) -> Result<String, Error> {
    let mut faults = Vec::new();
    match paragraphs(pointer, Some(text), limits::STATEMENT_CHARS, &mut faults) {
        Some(clean) if faults.is_empty() => Ok(clean),
        Some(_) => Err(Error::invalid(faults)),
        None => Err(Error::invalid(vec![Fault::required(pointer)])),
    }
}

/// One line: spaces folded to one, composed (NFC), no character that cannot be seen.
pub(super) fn line(pointer: &str, text: &str, most: usize, faults: &mut Vec<Fault>) -> String {
    let clean = text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>();
    if let Some(c) = clean.chars().find(|c| is_invisible(*c)) {
        faults.push(invisible(pointer, c));
    }
    too_long(pointer, &clean, most, faults);
    clean
}

/// A line that may be left out; one of nothing but spaces is left out.
pub(super) fn optional_line(
    pointer: &str,
    text: Option<&str>,
    most: usize,
    faults: &mut Vec<Fault>,
) -> Option<String> {
    text.map(|text| line(pointer, text, most, faults)).filter(|text| !text.is_empty())
}

/// Several lines: line ends made one kind, trailing spaces cut, at most one empty line in a row.
pub fn paragraphs(pointer: &str, text: Option<&str>, most: usize, faults: &mut Vec<Fault>) -> Option<String> {
    let unified = text?.replace("\r\n", "\n").replace('\r', "\n");
    let mut clean = String::with_capacity(unified.len());
    let mut empty = 0;
    for line in unified.trim().nfc().collect::<String>().split('\n').map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            if !clean.is_empty() {
                clean.push('\n');
            }
            clean.push_str(line);
        }
    }
    // Joiners make emoji and Persian words; overrides make text read other than it is stored.
    let hidden = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_override(c);
    if let Some(c) = clean.chars().find(|c| hidden(*c)) {
        faults.push(invisible(pointer, c));
    }
    too_long(pointer, &clean, most, faults);
    (!clean.is_empty()).then_some(clean)
}

/// A line that names a person or a place: as [`line()`], and no word that mixes look-alike alphabets.
pub(super) fn name(pointer: &str, text: &str, most: usize, faults: &mut Vec<Fault>) -> String {
    let clean = line(pointer, text, most, faults);
    if !clean.is_empty() && !clean.chars().any(char::is_alphanumeric) {
        faults.push(Fault::new(pointer, "not-a-name", "A name has at least one letter or digit."));
    }
    if let Some(word) = clean.split(|c: char| !c.is_alphabetic()).find(|word| mixes_alphabets(word)) {
        faults.push(Fault::new(
            pointer,
            "mixed-alphabets",
            format!("`{word}` mixes letters of alphabets that look alike; write each word in one alphabet."),
        ));
    }
    clean
}

/// Removes repetitions that differ only in case, accents or punctuation, keeping the first.
pub(super) fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().filter(|name| seen.insert(super::names::fold(name).trim().to_owned())).collect()
}

/// Says so when a list has more items than it may have.
pub(super) fn at_most(pointer: &str, count: usize, most: usize, faults: &mut Vec<Fault>) {
    if count > most {
        faults.push(Fault::new(pointer, "too-many", format!("At most {most} items; there are {count}.")));
    }
}

fn too_long(pointer: &str, text: &str, most: usize, faults: &mut Vec<Fault>) {
    let length = text.chars().count();
    if length > most {
        faults.push(Fault::new(
            pointer,
            "too-long",
            format!("At most {most} characters; there are {length}."),
        ));
    }
}

fn invisible(pointer: &str, c: char) -> Fault {
    let code = u32::from(c);
    Fault::new(
        pointer,
        "invisible-character",
        format!(
            "There is a character that cannot be seen (U+{code:04X}). Take it out; pasted text often brings one."
        ),
    )
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || is_override(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}'
            | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn mixes_alphabets(word: &str) -> bool {
    let mut seen = [false; 3];
    for c in word.chars().filter(|c| c.is_alphabetic()) {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => seen[0] = true,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => seen[1] = true,
            '\u{400}'..='\u{52f}' => seen[2] = true,
            _ => {}
        }
    }
    seen.iter().filter(|seen| **seen).count() > 1
}
