//! Which values of a facet are what somebody types.

use super::{Lexicon, Word};
use crate::search::port::FacetCount;
use crate::search::words;

/// The values that have every word that was typed, of the last perhaps only the beginning, typos forgiven as in a search;
/// all of them where nothing was typed. In the order given, at most `limit`.
pub(in crate::search) fn typed_values(
    lexicon: &Lexicon,
    typed: &str,
    counts: Vec<FacetCount>,
    limit: usize,
) -> Vec<FacetCount> {
    let typed = words::split(typed);
    let last = typed.len().saturating_sub(1);
    let word = |(at, text): (usize, String)| Word::new(text.clone(), at == last, lexicon.typos(&text));
    let wanted: Vec<Word> = typed.into_iter().enumerate().map(word).collect();
    let passes = |count: &FacetCount| {
        let said = words::split(&count.value);
        wanted.iter().all(|wanted| said.iter().any(|said| wanted.agrees(said).is_some()))
    };
    counts.into_iter().filter(passes).take(limit).collect()
}
