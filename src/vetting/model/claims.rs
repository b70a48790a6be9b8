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
    // Every folded word, with the piece of the text it came from.
    let words: Vec<(usize, String)> = pieces
        .iter()
        .enumerate()
        .flat_map(|(at, piece)| {
            let folded = fold(piece);
            folded.split_whitespace().map(|word| (at, word.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    let found = LIST.claims.iter().filter_map(|claim| {
        let (from, to) = claim.words.iter().find_map(|phrase| position(&words, phrase))?;
        let quoted = pieces[words[from].0..=words[to].0].join(" ");
        let quoted = quoted.trim_matches(|c: char| !c.is_alphanumeric() && c != '%').to_owned();
        Some(FoundClaim { code: &claim.code, words: quoted, why: &claim.why })
    });
    found.collect()
}

/// Where a phrase stands, first word and last, unless a negation stands shortly before it.
fn position(words: &[(usize, String)], phrase: &str) -> Option<(usize, usize)> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let is_at = |at: usize| words[at..].iter().zip(&phrase).all(|((_, word), wanted)| word == wanted);
    let is_negated = |at: usize| {
        words[at.saturating_sub(NEGATION_REACH)..at]
            .iter()
            .any(|(_, word)| NEGATIONS.contains(&word.as_str()))
    };
    (0..(words.len() + 1).saturating_sub(phrase.len()))
        .find(|at| is_at(*at) && !is_negated(*at))
        .map(|at| (at, at + phrase.len() - 1))
}
