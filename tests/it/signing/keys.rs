//! Keys, key files and proofs of possession.

use proptest::prelude::*;
use serde_json::Value;
use stipple::signing::keys::{KeyError, KeyFile, KeyFileError, PublicKey, Signature, SigningKey};
use stipple::signing::possession::{self, PossessionError};
use zeroize::Zeroizing;

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex")).collect()
}

fn verifies(public: &str, message: &str, signature: &str) -> bool {
    let public: [u8; 32] = unhex(public).try_into().expect("32 bytes");
    let (Ok(public), Ok(signature)) = (PublicKey::from_bytes(&public), unhex(signature).try_into()) else {
        return false;
    };
    public.verifies(&unhex(message), &Signature::from_bytes(&signature))
}

#[test]
fn wycheproof_vectors() {
    let Some(folder) = super::vectors("ed25519") else { return };
    let file: Value =
        serde_json::from_slice(&std::fs::read(folder.join("wycheproof.json")).expect("file")).expect("JSON");
    let mut ran = 0;
    for group in file["testGroups"].as_array().expect("groups") {
        let public = group["publicKey"]["pk"].as_str().expect("key");
        for test in group["tests"].as_array().expect("tests") {
            let text = |name: &str| test[name].as_str().expect("text");
            let good = verifies(public, text("msg"), text("sig"));
            assert_eq!(good, text("result") == "valid", "case {}", test["tcId"]);
            ran += 1;
        }
    }
    assert_eq!(ran, 151);
}

#[test]
fn of_the_speccheck_cases_only_case_3_is_accepted() {
    let Some(folder) = super::vectors("ed25519") else { return };
    let cases: Vec<Value> =
        serde_json::from_slice(&std::fs::read(folder.join("speccheck.json")).expect("file")).expect("JSON");
    let accepted: Vec<usize> = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| {
            let text = |name: &str| case[name].as_str().expect("text");
            verifies(text("pub_key"), text("message"), text("signature"))
        })
        .map(|(at, _)| at)
        .collect();
    assert_eq!((cases.len(), accepted), (12, vec![3]));
}

#[test]
fn published_key_pair_is_read_and_written_alike() {
    let Some(folder) = super::vectors("eddsa") else { return };
    let pair: Value =
        serde_json::from_slice(&std::fs::read(folder.join("keyPair.json")).expect("file")).expect("JSON");
    let secret = pair["privateKeyMultibase"].as_str().expect("secret");
    let key = SigningKey::from_multibase(secret).expect("key");
    assert_eq!(key.to_secret_multibase().as_str(), secret);
    assert_eq!(key.public().to_multibase(), pair["publicKeyMultibase"].as_str().expect("public"));
}

#[test]
fn only_ed25519_multikeys_of_the_right_length_are_keys() {
    let good = key(1).public().to_multibase();
    assert!(good.starts_with("z6Mk"));
    assert_eq!(PublicKey::from_multibase(&good).expect("key"), key(1).public());
    let z = |bytes: &[u8]| format!("z{}", bs58::encode(bytes).into_string());
    let with = |prefix: [u8; 2], len: usize| z(&[&prefix[..], &vec![9; len]].concat());
    let read = |text: &str| PublicKey::from_multibase(text).expect_err("no key");
    assert_eq!(read(&good[1..]), KeyError::NotBase58);
    assert_eq!(read(&format!("u{}", &good[1..])), KeyError::NotBase58);
    assert_eq!(read("z6Mk0OIl"), KeyError::NotBase58);
    assert_eq!(read(&with([0x12, 0x00], 32)), KeyError::WrongKind);
    assert_eq!(read(&with([0xed, 0x01], 31)), KeyError::WrongLength);
    assert_eq!(read(&with([0xed, 0x01], 33)), KeyError::WrongLength);
    assert_eq!(read(&format!("z{}", "1".repeat(1 << 20))), KeyError::WrongLength);
    assert_eq!(read(&format!("{}1", good.replacen('z', "z1", 1))), KeyError::WrongLength);
    assert_eq!(read("z"), KeyError::WrongLength);
    // The neutral element: a point of small order, under which much verifies.
    let mut weak = [0; 34];
    weak[..3].copy_from_slice(&[0xed, 0x01, 0x01]);
    assert_eq!(read(&z(&weak)), KeyError::BadPoint);
    // A secret key is not a public one, nor the other way round.
    assert_eq!(read(&key(1).to_secret_multibase()), KeyError::WrongKind);
    assert_eq!(SigningKey::from_multibase(&good).expect_err("no key"), KeyError::WrongKind);
    assert!(Signature::from_multibase(&z(&[7; 64])).is_ok());
    assert!(Signature::from_multibase(&z(&[7; 63])).is_err());
    assert!(Signature::from_multibase(&z(&[7; 65])).is_err());
}

proptest! {
    #[test]
    fn base58_agrees_with_another_decoder(mut bytes in prop::array::uniform32(any::<u8>()), zeros in 0_usize..32) {
        bytes[..zeros].fill(0);
        let whole = [bytes, bytes].concat();
        let text = format!("z{}", bs58::encode(&whole).into_string());
        let read = Signature::from_multibase(&text).expect("64 bytes");
        prop_assert_eq!(read, Signature::from_bytes(&whole.try_into().expect("64 bytes")));
        prop_assert_eq!(read.to_multibase(), text);
    }

    #[test]
    fn base58_of_any_text_has_one_form(text in "z[1-9A-HJ-NP-Za-km-z]{84,92}|z1{0,70}[1-9A-z]{0,90}") {
        let theirs = bs58::decode(&text[1..]).into_vec().ok().filter(|bytes| bytes.len() == 64);
        let ours = Signature::from_multibase(&text).ok();
        prop_assert_eq!(ours.is_some(), theirs.is_some());
        if let Some(signature) = ours {
            prop_assert_eq!(signature.to_multibase(), text);
        }
    }
}

#[test]
fn a_secret_key_cannot_be_printed() {
    let key = key(3);
    let secret = key.to_secret_multibase();
    let file = KeyFile { did: "did:web:stipple.example:academies:a".to_owned(), key };
    let printed = format!("{file:?} {:?}", file.key);
    assert!(!printed.contains(secret.as_str()) && !printed.contains(&secret[4..30]), "{printed}");
    assert!(printed.contains(&file.key.public().to_multibase()));
}

#[test]
fn a_key_file_is_read_strictly_and_never_quoted() {
    let file = KeyFile { did: "did:web:stipple.example:academies:a".to_owned(), key: key(4) };
    let text = file.to_json();
    let read = KeyFile::from_json(&text).expect("key file");
    assert_eq!(read.did, file.did);
    assert_eq!(read.verification_method(), file.verification_method());
    let value: Value = serde_json::from_slice(&text).expect("JSON");
    let changed = |name: &str, to: Value| {
        let mut value = value.clone();
        value[name] = to;
        KeyFile::from_json(&serde_json::to_vec(&value).expect("JSON")).expect_err("refused")
    };
    assert_eq!(changed("publicKeyMultibase", key(5).public().to_multibase().into()), KeyFileError::Mismatch);
    assert_eq!(changed("controller", "did:web:other.example".into()), KeyFileError::Mismatch);
    assert_eq!(changed("type", "x".into()), KeyFileError::Member("type".to_owned()));
    assert_eq!(changed("note", "x".into()), KeyFileError::Member("note".to_owned()));
    let secret = key(4).to_secret_multibase();
    let broken = changed("secretKeyMultibase", secret[..20].into());
    assert_eq!(broken, KeyFileError::Key(KeyError::WrongLength));
    assert!(!format!("{broken} {broken:?}").contains(&secret[4..20]));
    assert!(KeyFile::from_json(b"[]").is_err());
    assert!(KeyFile::from_json(b"{").is_err());
}

#[test]
fn possession_is_bound_to_key_did_and_challenge() {
    let (did, challenge) = ("did:web:stipple.example:academies:a", "aXb3c9-0123456789");
    let proof = possession::prove(did, &key(6), challenge).expect("proof");
    let public = key(6).public();
    assert_eq!(possession::verify(did, &public, challenge, &proof), Ok(()));
    let wrong = Err(PossessionError::Signature);
    assert_eq!(possession::verify("did:web:stipple.example:academies:b", &public, challenge, &proof), wrong);
    assert_eq!(possession::verify(did, &key(7).public(), challenge, &proof), wrong);
    assert_eq!(possession::verify(did, &public, "aXb3c9-0123456780", &proof), wrong);
    assert_eq!(possession::verify(did, &public, challenge, "zabc"), Err(PossessionError::Form));
    for challenge in ["short", &"x".repeat(257), "with a space in the middle", "é-0123456789-012345"] {
        assert_eq!(possession::prove(did, &key(6), challenge), Err(PossessionError::Challenge));
    }
}
