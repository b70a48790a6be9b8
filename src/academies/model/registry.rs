//! The registry: the recognised academies as one credential, signed with the registry's own key.
//!
//! Its subjects are the academies, by DID; since when, and until when, each is recognised stands under two full names of
//! our own, so that nobody needs a context from us to read it.

use serde_json::{Map, Value, json};

use crate::platform::clock::Ts;
use crate::signing::did;

const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
const RECOGNISED: &str = "urn:stipple:registry:recognised";
const FROM: &str = "urn:stipple:registry:from";
const UNTIL: &str = "urn:stipple:registry:until";

/// An academy that was ever recognised, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryEntry {
    /// Its DID.
    pub did: String,
    /// The name it is registered under.
    pub name: String,
    /// From when until when; open at the end while it lasts.
    pub spans: Vec<(Ts, Option<Ts>)>,
}

/// A registry as it was read; whether it is signed is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// The registry's DID.
    pub did: String,
    /// What it calls itself.
    pub name: String,
    /// When it was signed.
    pub signed: Ts,
    /// The academies.
    pub academies: Vec<RegistryEntry>,
}

impl Registry {
    /// The credential, not signed yet.
    #[must_use]
    pub fn to_credential(&self, address: &str) -> Map<String, Value> {
        let span = |(from, until): &(Ts, Option<Ts>)| {
            let mut span = json!({FROM: from});
            if let Some(until) = until {
                span[UNTIL] = json!(until);
            }
            span
        };
        let mut subjects: Vec<Value> = self
            .academies
            .iter()
            .map(|entry| {
                let spans: Vec<Value> = entry.spans.iter().map(span).collect();
                json!({"id": entry.did, "name": entry.name, RECOGNISED: spans})
            })
            .collect();
        if subjects.is_empty() {
            // A credential says something of somebody: that the registry recognises none.
            subjects.push(json!({"id": self.did, "name": self.name, RECOGNISED: []}));
        }
        let credential = json!({
            "@context": [CONTEXT],
            "id": address,
            "type": ["VerifiableCredential"],
            "name": "Recognised academies of scalp micropigmentation",
            "issuer": {"id": self.did, "name": self.name},
            "validFrom": self.signed,
            "credentialSubject": subjects,
        });
        match credential {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Reads one, in the form [`Self::to_credential`] gives it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(value: &Value) -> Result<Self, &'static str> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let time = |value: &Value| value.as_str().and_then(|text| Ts::parse(text).ok());
        let span = |value: &Value| {
            let until = match &value[UNTIL] {
                Value::Null => None,
                until => Some(time(until)?),
            };
            Some((time(&value[FROM])?, until))
        };
        let entry = |value: &Value| {
            let did = text(&value["id"]).filter(|id| did::is_did(id))?;
            let spans = value[RECOGNISED].as_array()?.iter().map(span).collect::<Option<_>>()?;
            Some(RegistryEntry { did, name: text(&value["name"])?, spans })
        };
        let subjects = value["credentialSubject"].as_array().ok_or("it lists no academies")?;
        let academies: Option<Vec<RegistryEntry>> = subjects.iter().map(entry).collect();
        Ok(Self {
            did: text(&value["issuer"]["id"]).ok_or("it names no issuer")?,
            name: text(&value["issuer"]["name"]).ok_or("its issuer has no name")?,
            signed: time(&value["validFrom"]).ok_or("it does not say since when it holds")?,
            academies: academies.ok_or("an academy in it is not as it must be")?,
        })
    }
}
