//! What is asked of the parsers of text from outside: it never panics, and what it accepts keeps a
//! promise. Each function is a fuzz target of its name, and its corpus is replayed by the test suite.

use serde_json::Value;
use stipple::cases::{ConsentToken, Like, Looks};
use stipple::certificates::document::{Document, StatusList};
use stipple::certificates::forms::{self, Brought};
use stipple::certificates::trust::TrustFile;
use stipple::certificates::verdict::{self, Answer, Form, Knowledge, Question};
use stipple::config::limits;
use stipple::places::{self, Gazetteer};
use stipple::platform::clock::Ts;
use stipple::platform::http::cursor::{Binding, CursorKey};
use stipple::platform::pictures::{self, Bounds, Renditions, WIDTHS};
use stipple::practitioners;
use stipple::search::words;
use stipple::signing::did::DidDocument;
use stipple::signing::jose::Jws;
use stipple::signing::json::{Limits, Tree};
use stipple::signing::keys::{KeyFile, SigningKey};
use stipple::signing::rdf::canon::{self, Limits as Work};
use stipple::signing::tlog::note::{Checkpoint, Note, NoteKey};
use stipple::signing::tlog::offline::OfflineProof;
use stipple::signing::tlog::tile;
use stipple::signing::tlog::witness::AddCheckpoint;
use stipple::signing::{jcs, json, jsonld};
use stipple::transparency::Receipt;

/// A target: its name, and what it does with bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(crate) const TARGETS: [Target; 17] = [
    ("strict_json", strict_json),
    ("credential", credential),
    ("did_document", did_document),
    ("trust_file", trust_file),
    ("key_file", key_file),
    ("place", place),
    ("address", address),
    ("picture", picture),
    ("words", words),
    ("like", like),
    ("cursor", cursor),
    ("token", token),
    ("statements", statements),
    ("status_list", status_list),
    ("checkpoint", checkpoint),
    ("carrier", carrier),
    ("jws", jws),
];

/// Text that is accepted has one meaning: its canonical form reads as the same value and is its own.
pub(crate) fn strict_json(bytes: &[u8]) {
    let Ok(text) = json::read(bytes, Limits::CERTIFICATE, "proof") else { return };
    let value = text.tree.to_value();
    let lenient: Value = serde_json::from_slice(bytes).expect("what is accepted strictly is JSON");
    let Ok(canonical) = jcs::to_vec(&value) else { return };
    assert_eq!(jcs::to_vec(&lenient).as_ref(), Ok(&canonical), "and means the same to everybody");
    if let Some((same, cut)) = text.canonical() {
        assert_eq!(same, canonical, "what is taken for the canonical form is it");
        if let Value::Object(mut members) = value {
            members.remove("proof");
            let without = [&same[..cut.start], &same[cut.end..]].concat();
            assert_eq!(jcs::to_vec(&Value::Object(members)), Ok(without), "also without one member");
        }
    }
    let again: Value = serde_json::from_slice(&canonical).expect("the canonical form is JSON");
    assert_eq!(jcs::to_vec(&again).expect("it was canonical"), canonical, "the form is its own");
}

/// Nothing that comes from a stranger alone is ever valid: without an issuer we know, nothing is.
pub(crate) fn credential(bytes: &[u8]) {
    let question = Question::now(Ts::from_micros(1_790_000_000_000_000));
    let said = verdict::of_bytes(bytes, question, |_| Knowledge::default());
    assert_ne!(said.verdict, Answer::Valid);
    if let Ok(text) = verdict::read(bytes)
        && let Ok(document) = Document::read_text(&text)
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

/// A picture is read within its bounds or refused; what is kept of one is no larger than the largest width, and
/// carries nothing behind its end.
pub(crate) fn picture(bytes: &[u8]) {
    let bounds = Bounds { shortest: 1, longest: 2_000, pixels: 1_000_000, decoding_bytes: 8_000_000 };
    let _ = pictures::look(bytes);
    let Ok(decoded) = pictures::decode(bytes, &bounds) else { return };
    let upright = pictures::on_white(decoded);
    assert!(upright.width().max(upright.height()) <= bounds.longest, "the bounds hold");
    let Ok(renditions) = Renditions::of(upright) else { return };
    let _ = Looks::of(&renditions.small);
    for file in &renditions.files {
        assert!(pictures::look(&file.bytes).is_ok(), "what is written would be taken");
        assert!(file.width <= WIDTHS[WIDTHS.len() - 1]);
    }
}

/// Words stand where they say, one after the other; folding what is folded changes nothing more.
pub(crate) fn words(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut end = 0;
    for word in words::words(text) {
        assert!(word.bytes.start >= end && text.get(word.bytes.clone()).is_some(), "in order, on boundaries");
        assert!(!word.text.is_empty() && word.text.len() <= words::LONGEST_WORD);
        end = word.bytes.end;
    }
}

/// What somebody is like is understood or refused; so are the hashes of a picture.
pub(crate) fn like(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = Like::parse(text);
    let hashes: Vec<String> = text.split(',').map(str::to_owned).collect();
    if let Ok(looks) = Looks::of_hashes(&hashes) {
        assert_eq!(Looks::of_hashes(&looks.hashes()).as_ref(), Ok(&looks), "what is written is read");
    }
}

/// No cursor but one that was sealed here opens.
pub(crate) fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let key = CursorKey::new("a secret that nobody who sends a cursor knows");
    assert!(key.open::<Value>(&Binding::new("a list"), text).is_err());
}

/// A token that is accepted is written as it was read, and is itself.
pub(crate) fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(token) = ConsentToken::parse(text) else { return };
    assert_eq!(token.reveal(), text);
    assert!(token.is(&token.hash()));
}

/// Statements end, however alike what they are about; and the order of members never changes them.
pub(crate) fn statements(bytes: &[u8]) {
    let Ok(Value::Object(document)) = json::parse(bytes, Limits::CERTIFICATE) else { return };
    let Ok(mut dataset) = jsonld::to_rdf(&document, &["proof"], None) else { return };
    let one = canon::canonicalize(&dataset, Work::CREDENTIAL);
    dataset.quads.reverse();
    let other = canon::canonicalize(&dataset, Work::CREDENTIAL);
    match (one, other) {
        (Ok(one), Ok(other)) => assert_eq!(one.text, other.text),
        (one, other) => assert_eq!(one.is_err(), other.is_err()),
    }
}

/// A list that is read has as many bits as ours, and reads the same when it is written anew.
pub(crate) fn status_list(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes, Limits::CERTIFICATE) else { return };
    let tree = Tree::of(&value);
    let Ok(list) = StatusList::read(&tree) else { return };
    let again = stipple::signing::status::Bitstring::decode(&list.bits.encode());
    assert_eq!(again.as_ref(), Ok(&list.bits));
}

/// What a log says has one form: whatever is read is written again the same. And nobody's key opens a stranger's text.
pub(crate) fn checkpoint(bytes: &[u8]) {
    let _ = tile::unbundle(bytes, 1).map(|entries| assert_eq!(tile::bundle(entries).as_deref(), Ok(bytes)));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = NoteKey::parse(text) {
        assert_eq!(key.to_string(), text.trim());
    }
    if let Some(path) = tile::TilePath::parse(text) {
        assert_eq!(path.path(), text);
    }
    if let Ok(request) = AddCheckpoint::parse(text) {
        assert_eq!(AddCheckpoint::parse(&request.to_text()).as_ref(), Ok(&request));
    }
    if let Ok(proof) = OfflineProof::parse(text) {
        assert_eq!(OfflineProof::parse(&proof.to_text()).as_ref(), Ok(&proof));
    }
    let vkey = "stipple.example/log+0d1e0484+AdFjTjRO3S0M5D9Ic33Qck0OBL/wJDOXoPRsfpS4WgQt";
    let key = NoteKey::parse(vkey).expect("a good key");
    assert!(Checkpoint::open(text, &key).is_err() || text.contains("\u{2014} stipple.example/log "));
    assert!(Receipt::open(text, &key).is_err() || text.contains("\u{2014} stipple.example/log "));
    if let Ok(note) = Note::parse(text)
        && let Ok(read) = Checkpoint::read(&note)
    {
        assert!(note.text().starts_with(&read.text()));
    }
}

/// Whatever file it is, reading ends, and what is found in it is no larger than a certificate may be.
pub(crate) fn carrier(bytes: &[u8]) {
    match forms::read(bytes) {
        Ok(Brought::Json(Form::Json, text)) => assert_eq!(&*text, bytes),
        Ok(Brought::Json(_, text)) => assert!(text.len() <= limits::CERTIFICATE_BYTES),
        Ok(Brought::Jwt(form, text)) => assert!(form == Form::Jwt || text.len() <= limits::CERTIFICATE_BYTES),
        Ok(Brought::Number(_) | Brought::Link(_)) | Err(_) => {}
    }
}

/// A JWS that is read is signed by nobody here, and never counts as signed by a key it brings along.
pub(crate) fn jws(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(jws) = Jws::read(text, Limits::CERTIFICATE) else { return };
    assert!(jws.credential.as_object().is_some() && jws.credential.get("iss").is_none());
    let key = SigningKey::from_seed(&zeroize::Zeroizing::new([7; 32]));
    assert!(!jws.is_signed_by(&key.public()));
    let verdict = verdict::of_jws(text, Question::now(Ts::MAX), |_| Knowledge::default());
    assert_ne!(verdict.verdict, Answer::Valid);
}
