//! What words give away: a client's health in a practitioner's reply, and the claim that somebody is
//! not trained in a review.

use crate::platform::problem::Fault;
use crate::vocabulary::{Condition, Contraindication};

/// What tells of a person's health and stands in no list of ours.
const HEALTH: &[&str] = &[
    "allergic",
    "allergy",
    "antibiotic",
    "anxiety",
    "biopsy",
    "blood pressure",
    "cancer",
    "chemo",
    "chronic",
    "depressed",
    "depression",
    "diabetes",
    "diabetic",
    "diagnosed",
    "diagnosis",
    "dialysis",
    "disease",
    "disorder",
    "doctor told",
    "eczema",
    "epilepsy",
    "finasteride",
    "hepatitis",
    "hiv",
    "hospital",
    "infected",
    "infection",
    "keloid",
    "medical condition",
    "medical history",
    "medication",
    "mental health",
    "minoxidil",
    "oncolog",
    "pregnan",
    "prescri",
    "psoriasis",
    "steroid",
    "surgery",
    "symptom",
    "therapy",
    "tumour",
    "tumor",
];

/// Words of ours that anybody may use about the work itself.
const PLAIN: &[&str] = &[
    "thinning", "receding", "scar", "scars", "bald", "baldness", "density", "hairline", "edges", "braids",
    "weave", "balding", "norwood", "ludwig",
];

/// What says that the practitioner is not trained.
const UNTRAINED: &[&str] = &[
    "unqualified",
    "not qualified",
    "isn't qualified",
    "untrained",
    "not trained",
    "no training",
    "never trained",
    "no certificate",
    "fake certificate",
    "not certified",
    "no qualification",
    "not licensed",
    "unlicensed",
];

/// Lower case, single spaces, and words alone: what phrases are looked for in.
fn plain(text: &str) -> String {
    let mut out = String::from(" ");
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric() && c != '\'') {
        if !word.is_empty() {
            out.push_str(word);
            out.push(' ');
        }
    }
    out
}

/// The first word about a client's health in a practitioner's text.
pub fn health_word(text: &str) -> Option<String> {
    let text = plain(text);
    let fixed = HEALTH.iter().map(|word| (*word).to_owned());
    let names = |label: &str, synonyms: &[String]| -> Vec<String> {
        std::iter::once(label.to_owned()).chain(synonyms.iter().cloned()).collect()
    };
    let conditions = Condition::all().flat_map(|code| names(code.label(), &code.entry().synonyms));
    let others = Contraindication::all().flat_map(|code| names(code.label(), &code.entry().synonyms));
    fixed
        .map(|word| (word, true))
        .chain(conditions.chain(others).map(|word| (word, false)))
        .map(|(word, stem)| (plain(&word).trim().to_owned(), stem))
        .filter(|(word, _)| word.len() > 2 && !PLAIN.contains(&word.as_str()))
        // A stem may go on: `pregnan` is in `pregnancy`.
        .find(|(word, stem)| text.contains(&if *stem { format!(" {word}") } else { format!(" {word} ") }))
        .map(|(word, _)| word)
}

/// What is wrong with a practitioner's reply.
pub fn reply_faults(text: &str) -> Vec<Fault> {
    let Some(word) = health_word(text) else { return Vec::new() };
    let detail = format!(
        "`{word}` may tell of a client's health, which a reply must never do, not even to answer them. Say what you offer instead, and write to the client yourself."
    );
    vec![Fault::new("/text", "health-data", detail)]
}

/// Whether a review says that the practitioner is not trained. That is never a reason to remove it; it is
/// looked into.
pub fn says_untrained(text: &str) -> bool {
    let text = plain(text);
    UNTRAINED.iter().any(|phrase| text.contains(&format!(" {} ", plain(phrase).trim())))
}

/// A fingerprint that nearly equal texts nearly share (Charikar's simhash over runs of three words).
pub fn fingerprint(text: &str) -> u64 {
    let text = plain(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut weights = [0_i32; 64];
    for run in words.windows(3.min(words.len().max(1))) {
        let hash = fnv(&run.join(" "));
        for (bit, weight) in weights.iter_mut().enumerate() {
            *weight += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    weights.iter().enumerate().filter(|(_, weight)| **weight > 0).fold(0, |print, (bit, _)| print | 1 << bit)
}

/// FNV-1a, then mixed: the same on every machine and in every release, as what is kept must be.
fn fnv(text: &str) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 33
}

/// The four bands of a fingerprint.
pub fn bands(print: u64) -> [i64; 4] {
    [0, 16, 32, 48].map(|shift| i64::try_from(print >> shift & 0xffff).unwrap_or(0))
}

/// Whether two fingerprints are of texts that nearly agree.
pub fn nearly(one: u64, other: u64) -> bool {
    (one ^ other).count_ones() <= 3
}
