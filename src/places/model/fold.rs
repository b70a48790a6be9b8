//! The one way a name is folded, when the gazetteer is packed and when it is asked.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest text taken for a place, in bytes; longer than any name and region together.
pub const MAX_PLACE_TEXT: usize = 160;

/// Folds a name to what all its spellings share: lower case without accents, apostrophes and
/// punctuation, one space between words, `st` as `saint`, `upon` as `on`, no leading `the`.
///
/// `Newcastle-upon-Tyne` and `Newcastle on Tyne` are both `newcastle on tyne`; `St. Albans` and
/// `SAINT ALBANS` are both `saint albans`.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain = plain(text);
    let mut words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).map(same_word).collect();
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words.join(" ")
}

/// Folds the beginning of a name: like [`fold`], but the last word may be unfinished and stays as
/// it is, because `st` may become Stockport.
#[must_use]
pub fn fold_prefix(text: &str) -> String {
    let plain = plain(text);
    match plain.trim_start().rsplit_once(' ') {
        None => plain.trim().to_owned(),
        Some((before, last)) => format!("{} {last}", fold(before)).trim_start().to_owned(),
    }
}

/// Lower case without accents; punctuation turned into spaces.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // The letters of an abbreviation stay together: D.C. is `dc`.
    let mut letters = 0_usize;
    let mut chars = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '’' | '‘' | 'ʻ' | 'ʼ' | 'ʿ' | '`' | '´' => {}
            '.' if letters == 1 && chars.peek().is_some_and(|next| next.is_alphanumeric()) => letters = 0,
            '&' => out.push_str(" and "),
            _ if is_combining_mark(c) => {}
            _ if c.is_alphanumeric() => {
                letters += 1;
                match c {
                    'ß' => out.push_str("ss"),
                    'æ' => out.push_str("ae"),
                    'œ' => out.push_str("oe"),
                    'þ' => out.push_str("th"),
                    'ø' => out.push('o'),
                    'ł' => out.push('l'),
                    'đ' | 'ð' => out.push('d'),
                    'ħ' => out.push('h'),
                    'ı' => out.push('i'),
                    'ŋ' => out.push('n'),
                    'ŧ' => out.push('t'),
                    _ => out.push(c),
                }
            }
            _ => {
                letters = 0;
                out.push(' ');
            }
        }
    }
    out
}

/// The one form of words that are written in several.
fn same_word(word: &str) -> &str {
    match word {
        "st" => "saint",
        "ste" => "sainte",
        "mt" => "mount",
        "ft" => "fort",
        "upon" => "on",
        _ => word,
    }
}
