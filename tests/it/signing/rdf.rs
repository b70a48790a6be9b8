//! RDF canonicalisation against the published cases, and against graphs made to take for ever.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;
use stipple::signing::rdf::canon::{self, CanonError, Limits};
use stipple::signing::rdf::{Dataset, LANG_STRING, Literal, Quad, Term, Text, XSD_STRING};

/// A dataset read from N-Quads, with the names its blank nodes had.
pub(crate) struct Read {
    pub(crate) dataset: Dataset<'static>,
    pub(crate) labels: HashMap<String, u32>,
}

/// Reads N-Quads as they are published; a test's own reader, which trusts its input.
pub(crate) fn read(text: &str) -> Read {
    let mut read = Read { dataset: Dataset::default(), labels: HashMap::new() };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut rest = line;
        let mut terms = Vec::new();
        while !rest.starts_with('.') {
            let term = read.term(&mut rest);
            terms.push(term);
            rest = rest.trim_start();
        }
        let mut terms = terms.into_iter();
        let mut next = || terms.next();
        let (subject, predicate, object) = (next().unwrap(), next().unwrap(), next().unwrap());
        let Term::Iri(predicate) = predicate else { panic!("{line}") };
        read.dataset.quads.push(Quad { subject, predicate, object, graph: next() });
    }
    read
}

impl Read {
    fn term(&mut self, rest: &mut &str) -> Term<'static> {
        if let Some(label) = rest.strip_prefix("_:") {
            let end = label.find([' ', '\t']).unwrap();
            let (label, after) = label.split_at(end);
            *rest = after;
            if let Some(number) = self.labels.get(label) {
                return Term::Blank(*number);
            }
            let term = self.dataset.blank();
            self.labels.insert(label.to_owned(), self.dataset.blanks - 1);
            return term;
        }
        if rest.starts_with('<') {
            return Term::Iri(Text::from(iri(rest)));
        }
        let body = rest.strip_prefix('"').expect("a literal");
        let mut escaped = false;
        let end = body
            .char_indices()
            .find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            })
            .unwrap()
            .0;
        let text = Text::from(unescape(&body[..end]));
        *rest = &body[end + 1..];
        let (datatype, language) = if let Some(after) = rest.strip_prefix("^^") {
            *rest = after;
            (Text::from(iri(rest)), None)
        } else if let Some(after) = rest.strip_prefix('@') {
            let (language, after) = after.split_at(after.find([' ', '\t']).unwrap());
            *rest = after;
            (Text::from(LANG_STRING), Some(Text::from(language.to_owned())))
        } else {
            (Text::from(XSD_STRING), None)
        };
        Term::Literal(Literal { text, datatype, language })
    }
}

fn iri(rest: &mut &str) -> String {
    let (iri, after) = rest[1..].split_once('>').unwrap();
    *rest = after;
    unescape(iri)
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let kind = chars.next().unwrap();
        let digits = match kind {
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let hex: String = chars.by_ref().take(digits).collect();
        out.push(match kind {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' | 'U' => char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap(),
            other => other,
        });
    }
    out
}

/// The cases of the manifest of one kind, with their files; those of another hash function apart.
fn cases(folder: &Path, kind: &str) -> Vec<(String, Value)> {
    let manifest = std::fs::read(folder.join("manifest.jsonld")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let cases = manifest["entries"].as_array().unwrap().iter();
    cases
        .filter(|case| case["type"] == kind)
        // Ed25519 signs SHA-256 hashes only, so no other hash function is written here.
        .filter(|case| case.get("hashAlgorithm").is_none())
        .map(|case| (case["id"].as_str().unwrap().to_owned(), case.clone()))
        .collect()
}

fn file(folder: &Path, case: &Value, name: &str) -> String {
    std::fs::read_to_string(folder.join(case[name].as_str().unwrap())).unwrap()
}

#[test]
fn the_published_cases_come_out_as_published() {
    let Some(folder) = super::vectors("rdf-canon") else { return };
    let all = cases(&folder, "rdfc:RDFC10EvalTest");
    assert_eq!(all.len(), 63);
    for (id, case) in all {
        let read = read(&file(&folder, &case, "action"));
        let canonical = canon::canonicalize(&read.dataset, Limits::CREDENTIAL).expect(&id);
        assert_eq!(canonical.text, file(&folder, &case, "result"), "{id}");
    }
}

#[test]
fn the_published_names_are_given() {
    let Some(folder) = super::vectors("rdf-canon") else { return };
    let all = cases(&folder, "rdfc:RDFC10MapTest");
    assert_eq!(all.len(), 20);
    for (id, case) in all {
        let read = read(&file(&folder, &case, "action"));
        let canonical = canon::canonicalize(&read.dataset, Limits::CREDENTIAL).expect(&id);
        let expected: HashMap<String, String> =
            serde_json::from_str(&file(&folder, &case, "result")).unwrap();
        for (label, name) in expected {
            let number = canonical.names[read.labels[&label] as usize].expect(&id);
            assert_eq!(format!("c14n{number}"), name, "{id}: {label}");
        }
    }
}

#[test]
fn a_poisoned_graph_is_refused_and_not_worked_on() {
    let Some(folder) = super::vectors("rdf-canon") else { return };
    let [(id, case)] = &cases(&folder, "rdfc:RDFC10NegativeEvalTest")[..] else { panic!("one case") };
    let read = read(&file(&folder, case, "action"));
    let refused = canon::canonicalize(&read.dataset, Limits::CREDENTIAL);
    assert_eq!(refused, Err(CanonError::TooAlike), "{id}");
}

/// Blank nodes that are all related to each other, so that nothing tells them apart.
fn clique(size: u32) -> Dataset<'static> {
    let mut dataset = Dataset { quads: Vec::new(), blanks: size };
    for from in 0..size {
        for to in (0..size).filter(|to| *to != from) {
            dataset.push(&Term::Blank(from), "https://a.example/p", Term::Blank(to), None);
        }
    }
    dataset
}

#[test]
fn work_is_bounded_whatever_the_graph() {
    for size in [8, 12, 20, 60] {
        let refused = canon::canonicalize(&clique(size), Limits::CREDENTIAL);
        assert_eq!(refused, Err(CanonError::TooAlike), "{size}");
    }
    // Two hubs that nothing tells apart, and the leaves of each could be put in 99! orders.
    let mut stars = Dataset { quads: Vec::new(), blanks: 200 };
    for to in 2..200 {
        stars.push(&Term::Blank(to % 2), "https://a.example/p", Term::Blank(to), None);
    }
    assert_eq!(canon::canonicalize(&stars, Limits::CREDENTIAL), Err(CanonError::TooAlike));
    let many = Dataset { quads: Vec::new(), blanks: 5_000 };
    assert_eq!(canon::canonicalize(&many, Limits::CREDENTIAL), Err(CanonError::TooLarge));
}

#[test]
fn the_form_depends_neither_on_names_nor_on_order() {
    let text = "_:a <http://e/p> _:b .\n_:b <http://e/p> _:c .\n_:c <http://e/q> \"x\"@en _:a .\n_:a <http://e/p> _:b .\n";
    let other = "_:y <http://e/q> \"x\"@en _:q .\n_:z <http://e/p> _:y .\n_:q <http://e/p> _:z .\n";
    let [one, two] = [text, other]
        .map(|text| canon::canonicalize(&read(text).dataset, Limits::CREDENTIAL).expect("canonical").text);
    assert_eq!(one, two);
    assert_eq!(one.lines().count(), 3);
}
