//! What is asked of the parsers of text from outside: it never panics, and what it accepts keeps a
//! promise. Each function is a fuzz target of its name, and its corpus is replayed by the test suite.

use serde_json::Value;
use stipple::certificates::document::Document;
use stipple::certificates::trust::TrustFile;
use stipple::certificates::verdict::{self, Answer, Knowledge, Question};
use stipple::places::{self, Gazetteer};
use stipple::platform::clock::Ts;
use stipple::practitioners;
use stipple::signing::did::DidDocument;
use stipple::signing::json::Limits;
use stipple::signing::keys::KeyFile;
use stipple::signing::{jcs, json};

/// A target: its name, and what it does with bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(crate) const TARGETS: [Target; 7] = [
    ("strict_json", strict_json),
    ("credential", credential),
    ("did_document", did_document),
    ("trust_file", trust_file),
    ("key_file", key_file),
    ("place", place),
    ("address", address),
];

/// Text that is accepted has one meaning: its canonical form reads as the same value and is its own.
pub(crate) fn strict_json(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes, Limits::CERTIFICATE) else { return };
    let lenient: Value = serde_json::from_slice(bytes).expect("what is accepted strictly is JSON");
    let Ok(canonical) = jcs::to_vec(&value) else { return };
    assert_eq!(jcs::to_vec(&lenient).as_ref(), Ok(&canonical), "and means the same to everybody");
    let again: Value = serde_json::from_slice(&canonical).expect("the canonical form is JSON");
    assert_eq!(jcs::to_vec(&again).expect("it was canonical"), canonical, "the form is its own");
}

/// Nothing that comes from a stranger alone is ever valid: without an issuer we know, nothing is.
pub(crate) fn credential(bytes: &[u8]) {
    let question = Question::now(Ts::from_micros(1_790_000_000_000_000));
    let said = verdict::of_bytes(bytes, question, |_| Knowledge::default());
    assert_ne!(said.verdict, Answer::Valid);
    if let Ok(value) = verdict::parse(bytes)
        && let Ok(document) = Document::read(&value)
    {
        let _ = (document.listing(), document.course(), document.digest(), document.fixed_shape_faults());
    }
}

/// A DID document that is accepted names its methods under its own id.
pub(crate) fn did_document(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes, Limits::CERTIFICATE) else { return };
    let Ok(document) = DidDocument::read(&value) else { return };
    for method in document.methods() {
        assert!(document.method(&method.id).is_some(), "a method is found by its id");
    }
}

/// A trust file that is accepted can be used.
pub(crate) fn trust_file(bytes: &[u8]) {
    if let Ok(trust) = TrustFile::read(bytes) {
        let _ = trust.records();
    }
}

/// A key file that is accepted holds the key it says.
pub(crate) fn key_file(bytes: &[u8]) {
    if let Ok(file) = KeyFile::from_json(bytes) {
        let again = KeyFile::from_json(&file.to_json()).expect("what is written is read");
        assert_eq!(again.key.public().to_multibase(), file.key.public().to_multibase());
    }
}

/// A place is found or not; the nearest towns of a misspelt one are towns.
pub(crate) fn place(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let gazetteer = Gazetteer::embedded();
    let _ = gazetteer.resolve(text, &places::Context::default());
    let _ = gazetteer.suggest(text, None, 10);
}

/// Addresses, telephone numbers and names that people paste into a look-up.
pub(crate) fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = practitioners::keys_of_url(text);
    let _ = practitioners::key_of_phone(text, None);
    let _ = practitioners::key_of_name(text);
    let key = practitioners::name_key(text);
    assert!(practitioners::same_name(text, text) || key.is_empty() || text.len() > 600, "a name is itself");
}
