//! Claims that no honest practitioner makes, found in their own words. The list is data and has a version.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::practitioners::fold;

#[derive(Deserialize)]
struct List {
    version: u32,
    claims: Vec<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    code: String,
    words: Vec<String>,
    why: String,
}

/// A claim that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundClaim {
    /// The claim's code in the list.
    pub code: &'static str,
    /// The words as the practitioner wrote them.
    pub words: String,
    /// Why nobody can claim that.
    pub why: &'static str,
}

static LIST: LazyLock<List> = LazyLock::new(|| {
    toml::from_str(include_str!("claims.toml")).expect("the list of claims is well formed: a test reads it")
});

/// Words that turn a claim round when they stand shortly before it.
const NEGATIONS: &[&str] =
    &["not", "no", "never", "nobody", "cannot", "cant", "isnt", "arent", "dont", "rarely"];
/// How many words before a claim may turn it round.
const NEGATION_REACH: usize = 3;

/// The version of the list.
pub fn claims_version() -> u32 {
    LIST.version
}

/// The claims in a text, each code once, in the order of the list.
pub fn claims_in(text: &str) -> Vec<FoundClaim> {
    let pieces: Vec<&str> = text.split_whitespace().collect();
    let mut words: Vec<Word> = Vec::new();
    let mut clause = 0;
    for (piece, written) in pieces.iter().enumerate() {
        let folded = fold(written);
        words.extend(folded.split_whitespace().map(|word| Word { text: word.to_owned(), piece, clause }));
        clause += usize::from(written.ends_with(['.', ',', ';', ':', '!', '?', ')']));
    }
    let found = LIST.claims.iter().filter_map(|claim| {
        let (from, to) = claim.words.iter().find_map(|phrase| position(&words, phrase))?;
        let quoted = pieces[words[from].piece..=words[to].piece].join(" ");
        let quoted = quoted.trim_matches(|c: char| !c.is_alphanumeric() && c != '%').to_owned();
        Some(FoundClaim { code: &claim.code, words: quoted, why: &claim.why })
    });
    found.collect()
}

/// A folded word of a text.
struct Word {
    text: String,
    /// The piece of the text it came from.
    piece: usize,
    /// The clause it stands in; a negation in another one turns nothing round.
    clause: usize,
}

/// Where a phrase stands, first word and last, unless a negation stands shortly before it.
fn position(words: &[Word], phrase: &str) -> Option<(usize, usize)> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let is_at = |at: usize| words[at..].iter().zip(&phrase).all(|(word, wanted)| word.text == *wanted);
    let is_negated = |at: usize| {
        let before = &words[at.saturating_sub(NEGATION_REACH)..at];
        before.iter().any(|word| word.clause == words[at].clause && NEGATIONS.contains(&word.text.as_str()))
    };
    (0..(words.len() + 1).saturating_sub(phrase.len()))
        .find(|at| is_at(*at) && !is_negated(*at))
        .map(|at| (at, at + phrase.len() - 1))
}
