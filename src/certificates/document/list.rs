//! A status list as a document: the credential an academy signs over the bits of its certificates.

use serde_json::{Map, Value, json};

use super::CREDENTIALS_CONTEXT;
use crate::platform::clock::Ts;
use crate::signing::json::{Members, Tree};
use crate::signing::proof::{self, Canonical, Proof, Suite};
use crate::signing::stamp::Stamp;
use crate::signing::status::Bitstring;

/// How long a reader may keep a list, in milliseconds: how late a revocation may be seen elsewhere.
pub const LIST_TTL_MS: u64 = 300_000;

/// A status list credential (Bitstring Status List v1.0 section 2.2), in the one form that is taken here. It names
/// no end: a list that expires would take every certificate with it.
#[derive(Clone, Debug)]
pub struct StatusList<'a> {
    /// Its canonical form, which is hashed when it is asked for.
    pub canonical: Canonical<'a>,
    /// The list's URL, which is its id.
    pub url: &'a str,
    /// The academy's DID.
    pub issuer: &'a str,
    /// From when this version holds; versions of a list are in its order.
    pub valid_from: Stamp,
    /// The bits.
    pub bits: Bitstring,
    /// Its proofs, read and not verified.
    pub proofs: Vec<Proof<'a>>,
}

/// What is wrong with a status list: where, and what would be right.
pub type ListFault = (String, String);

impl<'a> StatusList<'a> {
    /// The list in its one form, not signed yet.
    #[must_use]
    pub fn draft(url: &str, issuer: &str, valid_from: Ts, bits: &Bitstring) -> Map<String, Value> {
        let list = json!({
            "@context": [CREDENTIALS_CONTEXT],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer,
            "validFrom": valid_from,
            "credentialSubject": {
                "id": format!("{url}#list"),
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": bits.encode(),
                "ttl": LIST_TTL_MS,
            },
        });
        match list {
            Value::Object(members) => members,
            _ => unreachable!("an object literal is an object"),
        }
    }

    /// Reads a signed list.
    ///
    /// # Errors
    /// The first fault.
    pub fn read(value: &'a Tree<'a>) -> Result<Self, ListFault> {
        let wrong = |pointer: &str, detail: &str| (pointer.to_owned(), detail.to_owned());
        let Some(members) = value.as_object() else { return Err(wrong("", "it must be an object")) };
        let text = |name: &str| members.get(name).and_then(Tree::as_str);
        let Some(url) = text("id") else { return Err(wrong("/id", "it must be the URL of the list")) };
        let Some(issuer) = text("issuer") else {
            return Err(wrong("/issuer", "it must be the academy's DID"));
        };
        let Some(Ok(valid_from)) = text("validFrom").map(Stamp::parse) else {
            return Err(wrong("/validFrom", "it must be like 2026-03-01T09:30:00Z"));
        };
        let subject = members.get("credentialSubject");
        let Some(encoded) = subject.and_then(|subject| subject.get("encodedList")?.as_str()) else {
            return Err(wrong("/credentialSubject/encodedList", "it must be the compressed bits"));
        };
        let bits = Bitstring::decode(encoded)
            .map_err(|error| wrong("/credentialSubject/encodedList", &error.to_string()))?;
        if bits.entries() != u64::from(crate::signing::status::ENTRIES) {
            return Err(wrong("/credentialSubject/encodedList", "the list must have exactly 131072 bits"));
        }
        let mut expected = Self::draft(url, issuer, Ts::from_micros(valid_from.micros()), &bits);
        // How the bits were compressed and how the time was written are the signer's.
        expected["credentialSubject"]["encodedList"] = encoded.into();
        expected.insert("validFrom".to_owned(), text("validFrom").unwrap_or_default().into());
        let expected = Members::of(&expected);
        let differs = |name: &&str| *name != "proof" && members.get(name) != expected.get(name);
        if let Some(name) = expected.names().chain(members.names()).find(differs) {
            return Err((
                format!("/{name}"),
                "it is not as `stipple certificate status-list` makes it".to_owned(),
            ));
        }
        let proofs = proof::read(members).map_err(|error| (error.pointer, error.detail.to_owned()))?;
        let suites: Vec<Suite> = proofs.iter().map(|proof| proof.suite).collect();
        if suites != Suite::BOTH {
            return Err(wrong("/proof", "it needs a proof of eddsa-rdfc-2022, then one of eddsa-jcs-2022"));
        }
        Ok(Self { canonical: Canonical::of(members), url, issuer, valid_from, bits, proofs })
    }
}
