//! Each check, what it comes to, and which reason wins.

use serde_json::{Value, json};
use stipple::certificates::document::Document;
use stipple::certificates::trust::{TrustFile, TrustedAcademy, TrustedCompromise, TrustedKey, TrustedSpan};
use stipple::certificates::verdict::{
    Answer, AsOfError, CheckName, CheckOutcome, Compromise, Course, Holder, Issuer, IssuerRecord, Knowledge,
    Question, Reason, Span, Stored, Verdict,
};
use stipple::signing::did::{self, DidDocument, KeyState, ListedKey};
use stipple::signing::digest::Digest;
use stipple::signing::json::Tree;

use super::{
    DID, REGISTRY, academy, award, credential, judge, judge_text, key, knowing, listing, now, registry,
    sign_as, signed, ts,
};

fn outcomes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.checks.iter().map(|check| check.outcome.as_str()).collect()
}

fn outcome(verdict: &Verdict, name: CheckName) -> CheckOutcome {
    verdict.check(name).expect("every verdict has all checks").outcome
}

fn at(document: &Value, record: &IssuerRecord, as_of: &str) -> Verdict {
    let question = Question::parse(now(), as_of).expect("a day");
    judge_text(&serde_json::to_vec(document).expect("JSON"), &knowing(record), question)
}

#[test]
fn a_good_certificate_of_a_recognised_academy_is_valid() {
    let verdict = judge(&signed(), &knowing(&academy()));
    assert_eq!(verdict.verdict, Answer::Valid);
    assert_eq!(outcomes(&verdict), ["pass", "pass", "pass", "not_applicable", "not_checked", "not_checked"]);
    assert_eq!(verdict.as_of, now());
    let wire = serde_json::to_value(&verdict).expect("JSON");
    let members: Vec<&String> = wire.as_object().expect("object").keys().collect();
    assert_eq!(members, ["as_of", "checks", "verdict"]);
    assert_eq!(wire["verdict"], "valid");
    assert_eq!(wire["checks"][3]["check"], "status");
    assert_eq!(wire["checks"][3]["outcome"], "not_applicable");
}

#[test]
fn an_academy_nobody_recognises_is_unrecognised() {
    let record = IssuerRecord { recognition: registry(Vec::new()), ..academy() };
    let verdict = judge(&signed(), &knowing(&record));
    assert_eq!((verdict.verdict, verdict.reason()), (Answer::Unrecognised, Reason::Unrecognised));
    assert_eq!(outcome(&verdict, CheckName::Integrity), CheckOutcome::Pass);
    assert_eq!(outcome(&verdict, CheckName::Issuer), CheckOutcome::Warn);
}

#[test]
fn a_key_known_from_the_certificate_alone_tells_nothing() {
    let nothing = Knowledge::default();
    let verdict = judge(&signed(), &nothing);
    assert_eq!(verdict.verdict, Answer::CannotTell);
    assert_eq!(outcome(&verdict, CheckName::Integrity), CheckOutcome::Pass);
    assert_eq!(outcome(&verdict, CheckName::Issuer), CheckOutcome::Unknown);
    let mut changed = signed();
    changed["validUntil"] = json!("2035-03-01T23:59:59Z");
    assert_eq!(judge(&changed, &nothing).verdict, Answer::Invalid);
    // A stranger's did:key is no better: anybody can make one.
    let own = did::did_key(&key(5).public());
    let mut stranger = credential();
    stranger["issuer"]["id"] = json!(own);
    stranger["credentialSubject"]["achievement"]["id"] = json!("https://other.example/badges/1");
    let stranger = sign_as(stranger, &own, &key(5));
    assert_eq!(judge(&stranger, &nothing).verdict, Answer::CannotTell);
}

#[test]
fn keys_are_judged_at_receipt_and_compromise_acts_backwards() {
    let verdict = |change: &dyn Fn(&mut IssuerRecord), received: Option<&str>| {
        let mut record = academy();
        change(&mut record);
        let knowledge = Knowledge { received: received.map(ts), ..knowing(&record) };
        let verdict = judge(&signed(), &knowledge);
        (verdict.reason(), outcome(&verdict, CheckName::Issuer))
    };
    let retired = |record: &mut IssuerRecord| record.keys[0].retired = Some(ts("2026-06-01T00:00:00Z"));
    let good = (Reason::Good, CheckOutcome::Pass);
    let bad = (Reason::KeyNotGood, CheckOutcome::Fail);
    assert_eq!(verdict(&retired, Some("2026-03-01T10:00:00Z")), good);
    assert_eq!(verdict(&retired, Some("2026-06-01T00:00:00Z")), bad);
    assert_eq!(verdict(&retired, None), (Reason::Good, CheckOutcome::Warn));
    let added = |record: &mut IssuerRecord| record.keys[0].added = Some(ts("2026-04-01T00:00:00Z"));
    assert_eq!(verdict(&added, Some("2026-03-01T10:00:00Z")), bad);
    assert_eq!(verdict(&added, Some("2026-04-01T00:00:00Z")), good);
    let stolen = |record: &mut IssuerRecord| {
        let since = Some(ts("2026-09-01T00:00:00Z"));
        record.keys[0].compromised = Some(Compromise { since, reported: Some(ts("2026-10-01T00:00:00Z")) });
    };
    assert_eq!(verdict(&stolen, Some("2026-03-01T10:00:00Z")), bad);
    assert_eq!(verdict(&stolen, None), bad);
    let other_use = |record: &mut IssuerRecord| record.keys[0].may_certify = false;
    assert_eq!(verdict(&other_use, None), bad);
    let expired = |record: &mut IssuerRecord| record.keys[0].expires = Some(ts("2026-10-01T00:00:00Z"));
    assert_eq!(verdict(&expired, None), (Reason::CannotTell, CheckOutcome::Unknown));
    let gone = |record: &mut IssuerRecord| record.keys.clear();
    assert_eq!(verdict(&gone, None), (Reason::Tampered, CheckOutcome::NotChecked));
    // Before the theft was even reported, as known today it was stolen.
    let mut record = academy();
    stolen(&mut record);
    assert_eq!(at(&signed(), &record, "2026-05-01").reason(), Reason::KeyNotGood);
}

#[test]
fn the_period_is_judged_on_the_day_asked_about() {
    let record = academy();
    let early = at(&signed(), &record, "2026-02-28");
    assert_eq!((early.reason(), early.verdict), (Reason::NotYetValid, Answer::Invalid));
    assert_eq!(early.today, Some(Answer::Valid));
    assert_eq!(at(&signed(), &record, "2026-03-01").verdict, Answer::Valid);
    assert_eq!(at(&signed(), &record, "2026-03-01T09:29:59Z").reason(), Reason::NotYetValid);
    let mut short = award();
    short.valid_until = Some(ts("2026-06-01T00:00:00Z"));
    let short = sign_as(Value::Object(short.to_credential()), DID, &key(1));
    assert_eq!(judge(&short, &knowing(&record)).reason(), Reason::Expired);
    let then = at(&short, &record, "2026-05-01");
    assert_eq!((then.verdict, then.today), (Answer::Valid, Some(Answer::Invalid)));
    let mut open = award();
    open.valid_until = None;
    let open = sign_as(Value::Object(open.to_credential()), DID, &key(1));
    assert_eq!(judge(&open, &knowing(&record)).verdict, Answer::Valid);
}

#[test]
fn as_of_is_a_day_that_has_been() {
    let question = |text| Question::parse(now(), text);
    assert_eq!(question("2026-11-21").map(Question::at), Ok(now()));
    assert_eq!(question("2026-11-20").map(Question::at), Ok(ts("2026-11-20T23:59:59.999999Z")));
    assert_eq!(question("2026-11-20T08:00:00+01:00").map(Question::at), Ok(ts("2026-11-20T07:00:00Z")));
    assert_eq!(question("2026-11-22"), Err(AsOfError::Future));
    assert_eq!(question("2026-11-21T10:00:01Z"), Err(AsOfError::Future));
    for text in ["", "yesterday", "2026-02-30", "2026-11-2", "20261120", "2026-13-01"] {
        assert_eq!(question(text), Err(AsOfError::Form), "{text}");
    }
}

#[test]
fn recognition_counts_from_its_effective_day() {
    let span = Span { from: ts("2026-04-01T00:00:00Z"), until: Some(ts("2026-10-01T00:00:00Z")) };
    let record = IssuerRecord { recognition: registry(vec![span]), ..academy() };
    assert_eq!(at(&signed(), &record, "2026-03-15").verdict, Answer::Unrecognised);
    let within = at(&signed(), &record, "2026-05-01");
    assert_eq!((within.verdict, within.today), (Answer::Valid, Some(Answer::Unrecognised)));
    assert_eq!(judge(&signed(), &knowing(&record)).verdict, Answer::Unrecognised);
}

#[test]
fn before_it_was_received_nobody_can_tell() {
    let record = academy();
    let knowledge = Knowledge { received: Some(ts("2026-03-05T00:00:00Z")), ..knowing(&record) };
    let text = serde_json::to_vec(&signed()).expect("JSON");
    let ask = |day| judge_text(&text, &knowledge, Question::parse(now(), day).expect("a day"));
    assert_eq!(ask("2026-03-03").verdict, Answer::CannotTell);
    assert_eq!(ask("2026-03-06").verdict, Answer::Valid);
}

#[test]
fn a_status_list_that_was_not_read_leaves_it_open() {
    let mut listed = credential();
    listed["credentialStatus"] = json!({
        "id": "https://stipple.example/status/1#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": "https://stipple.example/status/1",
    });
    let listed = sign_as(listed, DID, &key(1));
    let verdict = judge(&listed, &knowing(&academy()));
    assert_eq!(verdict.verdict, Answer::CannotTell);
    assert_eq!(outcome(&verdict, CheckName::Status), CheckOutcome::Unknown);
    let unknown = IssuerRecord { recognition: registry(Vec::new()), ..academy() };
    assert_eq!(judge(&listed, &knowing(&unknown)).verdict, Answer::CannotTell);
    let mut stripped = listed.clone();
    stripped.as_object_mut().expect("object").remove("credentialStatus");
    assert_eq!(judge(&stripped, &knowing(&academy())).reason(), Reason::Tampered);
}

#[test]
fn what_the_directory_holds_must_be_what_is_shown() {
    let record = academy();
    let value = signed();
    let digest = Document::read(&Tree::of(&value)).expect("document").digest().expect("digest");
    let held = |digest| Knowledge { stored: Stored::Held(digest), ..knowing(&record) };
    assert_eq!(judge(&value, &held(digest)).verdict, Answer::Valid);
    assert_eq!(judge(&value, &held(Digest::of_bytes(b""))).reason(), Reason::Tampered);
    let differs = Knowledge { course: Course::Differs, ..knowing(&record) };
    assert_eq!(judge(&value, &differs).reason(), Reason::Tampered);
    let elsewhere = Knowledge { course: Course::NotTheIssuers, ..knowing(&record) };
    assert_eq!(judge(&value, &elsewhere).verdict, Answer::Invalid);
    let absent = Knowledge { course: Course::NotAtHand, ..knowing(&record) };
    let verdict = judge(&value, &absent);
    assert_eq!(verdict.verdict, Answer::Valid);
    assert!(verdict.checks[0].detail.contains("not compared"));
}

#[test]
fn the_holder_is_compared_where_there_is_somebody_to_compare_with() {
    fn for_holder(holder: Holder<'_>) -> Verdict {
        let record = academy();
        judge(&signed(), &Knowledge { holder, ..knowing(&record) })
    }
    let (here, other) = (listing(), super::numbers(stipple::platform::id::NumberKind::Listing)[1]);
    let own = for_holder(Holder::Listing { numbers: &[here], names: &["Other", "zoe angstrom lee"] });
    assert_eq!((own.verdict, outcome(&own, CheckName::Holder)), (Answer::Valid, CheckOutcome::Pass));
    let merged = for_holder(Holder::Listing { numbers: &[other, here], names: &["Zoë Ångström-Lee"] });
    assert_eq!(outcome(&merged, CheckName::Holder), CheckOutcome::Pass);
    let differs = for_holder(Holder::Listing { numbers: &[here], names: &["Zoë Leigh"] });
    assert_eq!((differs.verdict, outcome(&differs, CheckName::Holder)), (Answer::Valid, CheckOutcome::Warn));
    let moved = for_holder(Holder::Listing { numbers: &[other], names: &["Zoë Ångström-Lee"] });
    assert_eq!((moved.verdict, moved.reason()), (Answer::Invalid, Reason::AnotherHolder));
    assert_eq!(
        outcome(&for_holder(Holder::Person("Zoë Ångström-Lee")), CheckName::Holder),
        CheckOutcome::Pass
    );
}

#[test]
fn the_worst_reason_wins() {
    let mut short = award();
    short.valid_until = Some(ts("2026-06-01T00:00:00Z"));
    let expired = sign_as(Value::Object(short.to_credential()), DID, &key(1));
    let mut record = IssuerRecord { recognition: registry(Vec::new()), ..academy() };
    assert_eq!(judge(&expired, &knowing(&record)).reason(), Reason::Expired);
    record.keys[0].compromised = Some(Compromise { since: None, reported: None });
    assert_eq!(judge(&expired, &knowing(&record)).reason(), Reason::KeyNotGood);
    let mut changed = expired.clone();
    changed["name"] = json!("Master");
    assert_eq!(judge(&changed, &knowing(&record)).reason(), Reason::Tampered);
    changed["validFrom"] = json!("2026-02-30T00:00:00Z");
    assert_eq!(judge(&changed, &knowing(&record)).reason(), Reason::Malformed);
    assert_eq!(judge(&expired, &Knowledge::default()).reason(), Reason::Expired);
}

#[test]
fn another_name_than_the_registered_one_is_flagged() {
    let record = IssuerRecord { name: Some("North School Ltd".to_owned()), ..academy() };
    let verdict = judge(&signed(), &knowing(&record));
    assert_eq!((verdict.verdict, outcome(&verdict, CheckName::Issuer)), (Answer::Valid, CheckOutcome::Warn));
    assert!(verdict.checks[1].detail.contains("North School Ltd"));
}

#[test]
fn an_issuer_the_caller_names_is_judged_by_its_document() {
    let build = |state| DidDocument::build(DID, &[ListedKey { key: key(1).public(), state }]);
    let record =
        |document: &Value| IssuerRecord::from_did_document(&DidDocument::read(document).expect("document"));
    let good = record(&build(KeyState::Standing));
    assert_eq!(judge(&signed(), &knowing(&good)).verdict, Answer::Valid);
    let revoked = KeyState::Compromised { revoked: "2026-09-01T00:00:00Z".to_owned() };
    let stolen = record(&build(revoked));
    assert_eq!(judge(&signed(), &knowing(&stolen)).reason(), Reason::KeyNotGood);
    let mut unlisted = build(KeyState::Standing);
    unlisted["assertionMethod"] = json!([]);
    assert_eq!(judge(&signed(), &knowing(&record(&unlisted))).reason(), Reason::KeyNotGood);
}

#[test]
fn a_trust_file_round_trips_and_is_read_strictly() {
    let trusted = |n: u8, compromised| TrustedKey {
        public_key_multibase: key(n).public().to_multibase(),
        added: ts("2025-01-01T00:00:00Z"),
        retired: None,
        compromised,
    };
    let theft = TrustedCompromise { since: None, reported: ts("2026-10-01T00:00:00Z") };
    let file = TrustFile::new(
        REGISTRY,
        now(),
        vec![TrustedAcademy {
            did: DID.to_owned(),
            name: "North School".to_owned(),
            recognised: vec![TrustedSpan { from: ts("2025-01-01T00:00:00Z"), until: None }],
            keys: vec![trusted(1, None), trusted(2, Some(theft))],
        }],
    );
    let text = serde_json::to_vec_pretty(&file).expect("JSON");
    let records = TrustFile::read(&text).expect("trust file").records().expect("records");
    assert_eq!(TrustFile::read(&text), Ok(file));
    assert_eq!(judge(&signed(), &knowing(&records[0])).verdict, Answer::Valid);
    let by_stolen = sign_as(credential(), DID, &key(2));
    assert_eq!(judge(&by_stolen, &knowing(&records[0])).reason(), Reason::KeyNotGood);
    let text = String::from_utf8(text).expect("UTF-8");
    for (from, to) in [
        ("\"type\"", "\"kind\""),
        ("StippleTrust", "Trust"),
        ("z6Mk", "z6Mx"),
        ("did:web:", "web:"),
        ("\"added\"", "\"since\""),
        ("2025-01-01T", "2025-02-30T"),
    ] {
        let changed = text.replacen(from, to, 1);
        let read = TrustFile::read(changed.as_bytes()).and_then(|file| file.records().map(|_| ()));
        assert!(read.is_err(), "{from} -> {to}");
    }
    let mut twice = TrustFile::read(text.as_bytes()).expect("trust file");
    twice.academies.push(twice.academies[0].clone());
    assert!(twice.records().is_err());
}

#[test]
fn what_is_no_certificate_is_called_malformed_with_its_faults() {
    let verdict = judge_text(b"{\"a\":1,\"a\":2}", &Knowledge::default(), Question::now(now()));
    assert_eq!((verdict.verdict, verdict.reason()), (Answer::Invalid, Reason::Malformed));
    assert_eq!(verdict.checks.len(), 6);
    assert!(verdict.checks[0].evidence[0].value.starts_with("/a duplicate-key"));
    let verdict = judge(&json!({}), &Knowledge::default());
    assert!(verdict.checks[0].evidence.len() > 5, "every fault at once");
    let mut newer = signed();
    newer["@context"].as_array_mut().expect("array").push(json!("https://new.example/v1"));
    assert_eq!(judge(&newer, &knowing(&academy())).verdict, Answer::CannotTell);
    assert_eq!(
        judge(&credential(), &Knowledge { issuer: Issuer::ItselfOnly, ..Knowledge::default() }).verdict,
        Answer::Invalid,
        "nobody has signed it"
    );
}
