//! Whatever is done to a signed certificate, it is not valid any more; and what keeps its meaning
//! leaves it valid.

use proptest::prelude::*;
use serde_json::{Value, json};
use stipple::certificates::verdict::{Answer, Issuer, IssuerRecord, KeyRecord, Knowledge, Question, Stored};
use stipple::signing::digest::Digest;
use stipple::signing::keys::Signature;

use super::{DID, academy, award, credential, judge, judge_text, key, knowing, now, sign_as, signed, ts};

/// Judged with everything known, and with the issuer's DID document chosen by the caller.
fn assert_never_valid(forged: &Value, what: &str) {
    let record = academy();
    for knowledge in [knowing(&record), Knowledge { issuer: Issuer::Known(&record), ..Knowledge::default() }]
    {
        let verdict = judge(forged, &knowledge);
        assert!(
            matches!(verdict.verdict, Answer::Invalid | Answer::CannotTell),
            "{what}: {:?} {forged}",
            verdict.verdict
        );
    }
}

/// The pointers of every value in a document, containers included.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), out);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
}

fn all_pointers(value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    pointers(value, "", &mut out);
    out
}

/// Changes of one value, none of which is the same value.
fn changes(value: &Value) -> Vec<Value> {
    let mut all = vec![Value::Null, json!(true), json!(0), json!(""), json!([]), json!({}), json!([value])];
    match value {
        Value::String(text) => {
            let mut longer = text.clone();
            longer.push('x');
            all.extend([
                json!(longer),
                json!(text.to_uppercase()),
                json!(format!(" {text}")),
                json!({"@value": text}),
            ]);
            // The last character changed to its neighbour, and the middle one dropped.
            let mut chars: Vec<char> = text.chars().collect();
            let middle = chars.len() / 2;
            if let Some(last) = chars.last_mut() {
                *last = char::from_u32(*last as u32 ^ 1).unwrap_or('x');
            }
            all.push(json!(chars.iter().collect::<String>()));
            if middle < chars.len() {
                chars.remove(middle);
            }
            all.push(json!(chars.iter().collect::<String>()));
        }
        Value::Bool(bool) => all.extend([json!(!bool), json!(bool.to_string())]),
        Value::Array(items) => {
            let mut reversed = items.clone();
            reversed.reverse();
            let mut twice = items.clone();
            twice.extend(items.iter().cloned());
            let mut shorter = items.clone();
            shorter.pop();
            all.extend([reversed.into(), twice.into(), shorter.into()]);
            all.extend(items.first().cloned());
        }
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("added".to_owned(), json!("x"));
            all.push(Value::Object(more));
        }
        _ => {}
    }
    all.retain(|change| change != value);
    all
}

#[test]
fn no_changed_value_is_ever_valid() {
    let good = signed();
    assert_eq!(judge(&good, &knowing(&academy())).verdict, Answer::Valid);
    let mut tried = 0;
    for pointer in all_pointers(&good).into_iter().skip(1) {
        for change in changes(good.pointer(&pointer).expect("a value")) {
            let mut forged = good.clone();
            *forged.pointer_mut(&pointer).expect("a place") = change.clone();
            assert_never_valid(&forged, &format!("{pointer} = {change}"));
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn no_removed_renamed_or_added_member_is_ever_valid() {
    let good = signed();
    for pointer in all_pointers(&good) {
        let Some(members) = good.pointer(&pointer).and_then(Value::as_object) else { continue };
        for name in members.keys() {
            for to in [None, Some(format!("{name}x")), Some(name.to_uppercase())] {
                let mut forged = good.clone();
                let place = forged.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("object");
                let value = place.remove(name).expect("member");
                if let Some(to) = &to
                    && to != name
                {
                    place.insert(to.clone(), value);
                }
                assert_never_valid(&forged, &format!("{pointer}/{name} -> {to:?}"));
            }
        }
        for added in ["extra", "@id", "sameAs", "credentialStatus", "evidence", "validUntil"] {
            if members.contains_key(added) {
                continue;
            }
            let mut forged = good.clone();
            let place = forged.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("object");
            place.insert(added.to_owned(), json!("2030-01-01T00:00:00Z"));
            assert_never_valid(&forged, &format!("{pointer} + {added}"));
        }
    }
}

#[test]
fn signatures_cannot_be_swapped() {
    let mut other = award();
    other.holder = "Somebody Else".to_owned();
    let other = sign_as(Value::Object(other.to_credential()), DID, &key(1));
    let good = signed();
    let mut swapped = good.clone();
    swapped["proof"] = other["proof"].clone();
    assert_never_valid(&swapped, "the proof of another certificate");
    let mut value = good.clone();
    value["proof"][0]["proofValue"] = other["proof"][0]["proofValue"].clone();
    assert_never_valid(&value, "the signature of another certificate");
    let mut both = good.clone();
    both["proof"].as_array_mut().expect("array").push(other["proof"][0].clone());
    assert_never_valid(&both, "a second proof, of another certificate");
}

#[test]
fn the_key_of_another_academy_signs_nothing_here() {
    let south = "did:web:stipple.example:academies:south";
    assert_never_valid(&sign_as(credential(), south, &key(2)), "another academy, under its own name");
    assert_never_valid(&sign_as(credential(), DID, &key(2)), "another academy's key, under this name");
    let mut renamed = sign_as(credential(), south, &key(2));
    renamed["proof"][0]["verificationMethod"] = signed()["proof"][0]["verificationMethod"].clone();
    assert_never_valid(&renamed, "another academy's signature, under this key's name");
    // A directory that knows both academies takes neither for the other.
    let both = IssuerRecord {
        keys: vec![academy().keys[0].clone(), KeyRecord::standing(south, key(2).public(), None)],
        ..academy()
    };
    let forged = sign_as(credential(), south, &key(2));
    assert_eq!(judge(&forged, &knowing(&both)).verdict, Answer::Invalid);
}

#[test]
fn proofs_cannot_be_stripped_added_or_turned() {
    let good = signed();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut forged = good.clone();
        change(&mut forged);
        forged
    };
    assert_never_valid(&with(&|value| value["proof"] = json!([])), "no proof");
    let twice = with(&|value| {
        let proof = value["proof"][0].clone();
        value["proof"].as_array_mut().expect("array").push(proof);
    });
    assert_never_valid(&twice, "the same proof twice");
    for suite in ["eddsa-jcs-2022", "ecdsa-rdfc-2019", "made-up"] {
        let added = with(&|value| {
            let mut proof = value["proof"][0].clone();
            proof["cryptosuite"] = json!(suite);
            value["proof"].as_array_mut().expect("array").push(proof);
        });
        assert_never_valid(&added, suite);
        let turned = with(&|value| value["proof"][0]["cryptosuite"] = json!(suite));
        assert_never_valid(&turned, suite);
    }
    let own = stipple::signing::did::did_key(&key(9).public());
    let stranger = with(&|value| {
        let proof = sign_as(credential(), &own, &key(9))["proof"][0].clone();
        value["proof"].as_array_mut().expect("array").push(proof);
    });
    assert_never_valid(&stranger, "a stranger's good proof beside");
    let purpose = with(&|value| value["proof"][0]["proofPurpose"] = json!("authentication"));
    assert_never_valid(&purpose, "another purpose");
    let context = with(&|value| {
        let more = json!("https://w3id.org/security/data-integrity/v2");
        value["@context"].as_array_mut().expect("array").push(more);
    });
    assert_never_valid(&context, "a known context appended");
    let both = with(&|value| {
        let more = json!("https://w3id.org/security/data-integrity/v2");
        value["@context"].as_array_mut().expect("array").push(more.clone());
        value["proof"][1]["@context"].as_array_mut().expect("array").push(more);
    });
    assert_never_valid(&both, "a context appended to document and proof");
    // The academy itself signing twice is no forgery, and still not the form that is held.
    let held = Digest::of_json(&good).expect("digest");
    let again = with(&|value| {
        value.as_object_mut().expect("object").remove("proof");
        let signed = sign_as(value.clone(), DID, &key(1));
        *value = signed;
        value["proof"][0]["nonce"] = json!("x");
    });
    let record = academy();
    let knowledge = Knowledge { stored: Stored::Held(held), ..knowing(&record) };
    assert_eq!(judge(&again, &knowledge).verdict, Answer::Invalid);
}

#[test]
fn a_signature_has_no_second_form() {
    let good = signed();
    let text = good["proof"][0]["proofValue"].as_str().expect("signature");
    let bytes: [u8; 64] = bs58::decode(&text[1..]).into_vec().expect("base58").try_into().expect("64 bytes");
    // s + L verifies under lenient rules, and is another signature of the same message.
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10_u8,
    ];
    let mut other = bytes;
    let mut carry = 0_u16;
    for (byte, add) in other[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let mut forged = good.clone();
    forged["proof"][0]["proofValue"] = json!(Signature::from_bytes(&other).to_multibase());
    assert_never_valid(&forged, "s + L");
    forged["proof"][0]["proofValue"] = json!(format!("z1{}", &text[1..]));
    assert_never_valid(&forged, "a leading zero");
}

#[test]
fn a_member_named_twice_is_never_valid() {
    let record = academy();
    let text = serde_json::to_string(&signed()).expect("JSON");
    for (from, to) in [
        ("\"validUntil\":", "\"validUntil\":\"2099-01-01T00:00:00Z\",\"validUntil\":"),
        ("\"identityHash\":", "\"identityHash\":\"Somebody Else\",\"identityHash\":"),
        ("\"identityHash\":", "\"identityH\\u0061sh\":\"Somebody Else\",\"identityHash\":"),
    ] {
        let forged = text.replacen(from, to, 1);
        assert_ne!(forged, text);
        let verdict = judge_text(forged.as_bytes(), &knowing(&record), Question::now(now()));
        assert_eq!(verdict.verdict, Answer::Invalid);
        assert!(verdict.checks[0].evidence[0].value.contains("duplicate-key"));
    }
    let trailing = format!("{text}{{}}");
    assert_eq!(
        judge_text(trailing.as_bytes(), &knowing(&record), Question::now(now())).verdict,
        Answer::Invalid
    );
}

/// A document as text, with the members of every object in reverse order.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(name, value)| format!("{}:{}", json!(name), reversed(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(",")),
        leaf => leaf.to_string(),
    }
}

#[test]
fn layout_order_and_escapes_keep_it_valid() {
    let record = academy();
    let good = signed();
    let valid = |text: &str| judge_text(text.as_bytes(), &knowing(&record), Question::now(now())).verdict;
    let pretty = serde_json::to_string_pretty(&good).expect("JSON");
    assert_eq!(valid(&pretty), Answer::Valid);
    assert_eq!(valid(&pretty.replace("  ", "\t \r\n")), Answer::Valid);
    assert_eq!(valid(&pretty.replace("ë", "\\u00eb").replace("https://", "https:\\/\\/")), Answer::Valid);
    assert_eq!(valid(&reversed(&good)), Answer::Valid);
}

#[test]
fn a_certificate_moved_to_another_listing_is_not_valid() {
    let mut moved = signed();
    let other = super::numbers(stipple::platform::id::NumberKind::Listing)[1];
    moved["credentialSubject"]["id"] = json!(stipple::certificates::document::listing_urn(other));
    assert_never_valid(&moved, "another listing");
    let mut longer = signed();
    longer["validUntil"] = json!(ts("2099-01-01T00:00:00Z"));
    assert_never_valid(&longer, "a longer life");
}

proptest! {
    #[test]
    fn no_changed_byte_is_both_another_meaning_and_valid(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let record = academy();
        let good = signed();
        let mut text = serde_json::to_vec(&good).expect("JSON");
        let at = at.index(text.len());
        text[at] = to;
        let verdict = judge_text(&text, &knowing(&record), Question::now(now()));
        let same = serde_json::from_slice::<Value>(&text).is_ok_and(|value| value == good);
        prop_assert_eq!(verdict.verdict == Answer::Valid, same);
    }
}
