//! RDF Dataset Canonicalization (RDFC-1.0): one written form for each dataset, whatever its blank nodes were
//! called.
//!
//! Blank nodes that nothing tells apart at first sight are compared by all that can be reached from them, which
//! takes time that grows without bound in graphs made to that end. So the work is counted, and a dataset that
//! asks for more than [`Limits`] allows is refused.
//!
//! Where several related blank nodes share a hash, they are kept as a list and not as a set (section 4.8.3
//! step 3): a blank node that is related twice counts twice. Software that drops the second one names the nodes
//! of presentations with alike badges differently.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Dataset, Quad};

/// How much work a dataset may cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most blank nodes.
    pub blanks: u32,
    /// The most quads.
    pub quads: usize,
    /// The most steps to tell blank nodes apart that look alike: a related node that is hashed, or an order of
    /// such nodes that is tried. A step is about one hash.
    pub steps: u32,
}

impl Limits {
    /// What a credential or a presentation may cause.
    pub const CREDENTIAL: Self = Self { blanks: 1_024, quads: 8_192, steps: 40_000 };
}

/// Why a dataset has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonError {
    /// It has too many blank nodes or quads.
    #[error("there are more statements, or more things without a name, than are compared here")]
    TooLarge,
    /// Its blank nodes are too alike to be told apart in reasonable time.
    #[error("the things in it that have no name are too alike to be told apart in reasonable time")]
    TooAlike,
}

/// The canonical form of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The lines of canonical N-Quads, in order.
    pub text: String,
    /// For each blank node of the dataset, the number in its canonical name: `c14n` and this. A blank node that
    /// no quad names has none.
    pub names: Vec<Option<u32>>,
}

/// The canonical form of a dataset (section 4.4).
///
/// # Errors
/// [`CanonError`], where it would take more than `limits` allow.
pub fn canonicalize(dataset: &Dataset<'_>, limits: Limits) -> Result<Canonical, CanonError> {
    if dataset.blanks > limits.blanks || dataset.quads.len() > limits.quads {
        return Err(CanonError::TooLarge);
    }
    let mut seen = HashSet::with_capacity(dataset.quads.len());
    let quads: Vec<&Quad<'_>> = dataset.quads.iter().filter(|quad| seen.insert(*quad)).collect();
    let mut state = State::of(&quads, dataset.blanks as usize, limits.steps);
    state.name_all()?;
    let names = state.canonical.number;
    let named = |number: u32, out: &mut String| {
        // Every blank node of a quad has been named by now.
        push_number("c14n", names[number as usize].unwrap_or(u32::MAX), out);
    };
    let mut lines: Vec<String> = quads
        .iter()
        .map(|quad| {
            let mut line = String::with_capacity(256);
            quad.write(&mut line, &named);
            line
        })
        .collect();
    lines.sort_unstable();
    Ok(Canonical { text: lines.concat(), names })
}

fn push_number(prefix: &str, number: u32, out: &mut String) {
    write!(out, "{prefix}{number}").expect("a String takes every character");
}

/// Names given in order: the Blank Node Identifier Issuer of section 4.5.
#[derive(Clone)]
struct Issuer {
    prefix: &'static str,
    number: Vec<Option<u32>>,
    /// The blank nodes in the order in which they were named.
    order: Vec<u32>,
}

impl Issuer {
    fn new(prefix: &'static str, blanks: usize) -> Self {
        Self { prefix, number: vec![None; blanks], order: Vec::new() }
    }

    fn has(&self, blank: u32) -> bool {
        self.number[blank as usize].is_some()
    }

    fn issue(&mut self, blank: u32) -> u32 {
        if let Some(number) = self.number[blank as usize] {
            return number;
        }
        let number = u32::try_from(self.order.len()).expect("there are fewer blank nodes than u32 counts");
        self.number[blank as usize] = Some(number);
        self.order.push(blank);
        number
    }

    /// Appends the name of a blank node, if it has one.
    fn push_name(&self, blank: u32, out: &mut String) -> bool {
        let Some(number) = self.number[blank as usize] else { return false };
        out.push_str("_:");
        push_number(self.prefix, number, out);
        true
    }
}

type Hash = [u8; 32];

fn push_hex(hash: &Hash, out: &mut String) {
    for byte in hash {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
}

/// The canonicalization state of section 4.3.
struct State<'q, 'a> {
    quads: Vec<Vec<&'q Quad<'a>>>,
    first_degree: Vec<Hash>,
    canonical: Issuer,
    steps: u32,
}

impl<'q, 'a> State<'q, 'a> {
    fn of(all: &[&'q Quad<'a>], blanks: usize, steps: u32) -> Self {
        let mut quads: Vec<Vec<&Quad<'_>>> = vec![Vec::new(); blanks];
        for quad in all {
            for (_, blank) in quad.blanks() {
                let of_blank = &mut quads[blank as usize];
                // A quad that names the node twice is one quad of it.
                if of_blank.last().is_none_or(|last| !std::ptr::eq(*last, *quad)) {
                    of_blank.push(quad);
                }
            }
        }
        let first_degree = (0..).zip(&quads).map(|(blank, quads)| hash_first_degree(blank, quads)).collect();
        Self { quads, first_degree, canonical: Issuer::new("c14n", blanks), steps }
    }

    fn name_all(&mut self) -> Result<(), CanonError> {
        let mut by_hash: BTreeMap<Hash, Vec<u32>> = BTreeMap::new();
        for ((blank, hash), quads) in (0..).zip(&self.first_degree).zip(&self.quads) {
            if !quads.is_empty() {
                by_hash.entry(*hash).or_default().push(blank);
            }
        }
        for blanks in by_hash.values() {
            if let [blank] = blanks[..] {
                self.canonical.issue(blank);
            }
        }
        for blanks in by_hash.values().filter(|blanks| blanks.len() > 1) {
            let mut results = Vec::with_capacity(blanks.len());
            for blank in blanks {
                if self.canonical.has(*blank) {
                    continue;
                }
                let mut issuer = Issuer::new("b", self.quads.len());
                issuer.issue(*blank);
                results.push(self.hash_n_degree(*blank, issuer)?);
            }
            results.sort_by_key(|(hash, _)| *hash);
            for (_, issuer) in results {
                for blank in issuer.order {
                    self.canonical.issue(blank);
                }
            }
        }
        Ok(())
    }

    fn spend(&mut self) -> Result<(), CanonError> {
        self.steps = self.steps.checked_sub(1).ok_or(CanonError::TooAlike)?;
        Ok(())
    }

    /// Hash Related Blank Node (section 4.7).
    fn hash_related(&self, related: u32, quad: &Quad<'_>, issuer: &Issuer, place: u8) -> Hash {
        let mut input = String::with_capacity(128);
        input.push(char::from(place));
        if place != b'g' {
            super::write_iri(&quad.predicate, &mut input);
        }
        if !self.canonical.push_name(related, &mut input) && !issuer.push_name(related, &mut input) {
            push_hex(&self.first_degree[related as usize], &mut input);
        }
        Sha256::digest(input).into()
    }

    /// Hash N-Degree Quads (section 4.8).
    fn hash_n_degree(&mut self, blank: u32, mut issuer: Issuer) -> Result<(Hash, Issuer), CanonError> {
        let mut related: BTreeMap<Hash, Vec<u32>> = BTreeMap::new();
        for at in 0..self.quads[blank as usize].len() {
            let quad = self.quads[blank as usize][at];
            for (place, other) in quad.blanks().filter(|(_, other)| *other != blank) {
                self.spend()?;
                related.entry(self.hash_related(other, quad, &issuer, place)).or_default().push(other);
            }
        }
        let mut data = String::with_capacity(256);
        for (hash, blanks) in related {
            push_hex(&hash, &mut data);
            let mut chosen: Option<(String, Issuer)> = None;
            let mut orders = Orders::of(blanks);
            while let Some(order) = orders.next() {
                self.spend()?;
                if let Some(better) = self.path(order, &issuer, chosen.as_ref().map(|(path, _)| &**path))? {
                    chosen = Some(better);
                }
            }
            let (path, chosen) = chosen.expect("there is at least one order, and the first is always taken");
            data.push_str(&path);
            issuer = chosen;
        }
        Ok((Sha256::digest(data).into(), issuer))
    }

    /// The path through related blank nodes in one order, if none that was found before is less.
    fn path(
        &mut self,
        order: &[u32],
        issuer: &Issuer,
        best: Option<&str>,
    ) -> Result<Option<(String, Issuer)>, CanonError> {
        let worse = |path: &str| best.is_some_and(|best| path.len() >= best.len() && path > best);
        let mut issuer = issuer.clone();
        let mut path = String::new();
        let mut recurse = Vec::new();
        for related in order {
            if !self.canonical.push_name(*related, &mut path) {
                if !issuer.has(*related) {
                    recurse.push(*related);
                }
                issuer.issue(*related);
                issuer.push_name(*related, &mut path);
            }
            if worse(&path) {
                return Ok(None);
            }
        }
        for related in recurse {
            let (hash, after) = self.hash_n_degree(related, issuer.clone())?;
            issuer.issue(related);
            issuer.push_name(related, &mut path);
            path.push('<');
            push_hex(&hash, &mut path);
            path.push('>');
            issuer = after;
            if worse(&path) {
                return Ok(None);
            }
        }
        Ok(if best.is_none_or(|best| *path < *best) { Some((path, issuer)) } else { None })
    }
}

/// Hash First Degree Quads (section 4.6).
fn hash_first_degree(blank: u32, quads: &[&Quad<'_>]) -> Hash {
    let name = |number: u32, out: &mut String| out.push(if number == blank { 'a' } else { 'z' });
    let mut lines: Vec<String> = quads
        .iter()
        .map(|quad| {
            let mut line = String::with_capacity(256);
            quad.write(&mut line, &name);
            line
        })
        .collect();
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    for line in &lines {
        hasher.update(line);
    }
    hasher.finalize().into()
}

/// Every order of a list that reads differently. A blank node that is related several times stands in the list as
/// often, and to exchange it with itself changes no path.
struct Orders {
    items: Vec<u32>,
    started: bool,
}

impl Orders {
    fn of(mut items: Vec<u32>) -> Self {
        items.sort_unstable();
        Self { items, started: false }
    }

    /// The next order: the least that is greater than the one before.
    fn next(&mut self) -> Option<&[u32]> {
        if std::mem::replace(&mut self.started, true) {
            let at = self.items.windows(2).rposition(|pair| pair[0] < pair[1])?;
            let pivot = self.items[at];
            let with = self.items.iter().rposition(|item| *item > pivot)?;
            self.items.swap(at, with);
            self.items[at + 1..].reverse();
        }
        Some(&self.items)
    }
}
