//! DID documents: which keys speak for a DID, and what for.
//!
//! Ours are written with Multikey methods only. A retired key stays listed, or the certificates it
//! signed would die with it; a compromised one leaves `assertionMethod` and stays in
//! `verificationMethod` with `revoked`, so that nobody can take it for unknown.

use serde_json::{Map, Value, json};

use crate::signing::keys::PublicKey;
use crate::signing::stamp::Stamp;

const DID_CONTEXT: &str = "https://www.w3.org/ns/did/v1";
const CID_CONTEXT: &str = "https://www.w3.org/ns/cid/v1";
const MULTIKEY_CONTEXT: &str = "https://w3id.org/security/multikey/v1";

/// The most methods a document may list: rotation once a month for twenty years.
const MAX_METHODS: usize = 256;

/// A key on its way into a document of ours.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// The key.
    pub key: PublicKey,
    /// What it may still do.
    pub state: KeyState,
}

/// What a key in a document of ours may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Signs certificates, or did so until it was retired: what it signed stands.
    Standing,
    /// In the wrong hands since the given time, written as a `dateTimeStamp`.
    Compromised {
        /// What `revoked` says.
        revoked: String,
    },
}

/// A document that was read strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidDocument {
    id: String,
    methods: Vec<Method>,
    /// Methods of a type that is not understood here, by id.
    unsupported: Vec<String>,
}

/// One verification method that is understood: an Ed25519 Multikey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its full name, `<did>#<fragment>`.
    pub id: String,
    /// The key.
    pub key: PublicKey,
    /// From when on it must not be used, where the document says so.
    pub expires: Option<Stamp>,
    /// Since when it is revoked, where the document says so.
    pub revoked: Option<Stamp>,
    /// Whether it may sign credentials.
    pub assertion: bool,
    /// Whether it may authenticate, as in a presentation.
    pub authentication: bool,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DID document is not usable: {detail} (at {pointer})")]
pub struct DocumentError {
    /// The JSON pointer of the member.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: &'static str,
}

/// Why a method may not be used (Controlled Identifiers 1.0 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The document lists no such method.
    #[error("the issuer's DID document lists no such key")]
    Unknown,
    /// It is of a type that is not understood here.
    #[error("the key is of a type that is not understood here")]
    Unsupported,
    /// It is listed, and not for signing credentials.
    #[error("the issuer's DID document does not let this key sign certificates")]
    NotForAssertion,
}

fn fault<T>(pointer: impl Into<String>, detail: &'static str) -> Result<T, DocumentError> {
    let pointer = pointer.into();
    Err(DocumentError { pointer, detail })
}

impl DidDocument {
    /// The document of `did` that lists `keys`, in the order given.
    #[must_use]
    pub fn build(did: &str, keys: &[ListedKey]) -> Value {
        let methods: Vec<Value> = keys
            .iter()
            .map(|listed| {
                let mut method = json!({
                    "id": super::method_id(did, &listed.key),
                    "type": "Multikey",
                    "controller": did,
                    "publicKeyMultibase": listed.key.to_multibase(),
                });
                if let KeyState::Compromised { revoked } = &listed.state {
                    method["revoked"] = json!(revoked);
                }
                method
            })
            .collect();
        let assertion: Vec<String> = keys
            .iter()
            .filter(|listed| listed.state == KeyState::Standing)
            .map(|listed| super::method_id(did, &listed.key))
            .collect();
        json!({
            "@context": [DID_CONTEXT, MULTIKEY_CONTEXT],
            "id": did,
            "verificationMethod": methods,
            "assertionMethod": assertion,
        })
    }

    /// The document of a did:key (did:key section 3.1.2), which is made and never fetched.
    #[must_use]
    pub fn of_did_key(key: &PublicKey) -> Self {
        let did = super::did_key(key);
        Self {
            methods: vec![Method {
                id: super::method_id(&did, key),
                key: *key,
                expires: None,
                revoked: None,
                assertion: true,
                authentication: true,
            }],
            id: did,
            unsupported: Vec::new(),
        }
    }

    /// Reads a document strictly.
    ///
    /// # Errors
    /// The first fault. A method of a type that is not understood is none; it is remembered, so
    /// that looking it up answers [`LookupError::Unsupported`].
    pub fn read(value: &Value) -> Result<Self, DocumentError> {
        let Some(members) = value.as_object() else {
            return fault("", "it is not an object");
        };
        check_context(members)?;
        let id = match members.get("id").and_then(Value::as_str) {
            Some(id) if super::is_did(id) => id.to_owned(),
            _ => return fault("/id", "it must be a DID without path, query and fragment"),
        };
        let mut document = Self { id, methods: Vec::new(), unsupported: Vec::new() };
        for (at, method) in list(members, "verificationMethod")?.iter().enumerate() {
            document.read_method(&format!("/verificationMethod/{at}"), method)?;
        }
        for name in ["assertionMethod", "authentication"] {
            for (at, entry) in list(members, name)?.iter().enumerate() {
                document.read_relationship(name, &format!("/{name}/{at}"), entry)?;
            }
        }
        Ok(document)
    }

    /// The DID the document is about.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The methods that are understood.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The method of this name, whatever it may be used for.
    #[must_use]
    pub fn method(&self, id: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.id == id)
    }

    /// The method of this name, if it may sign credentials. `expires` and `revoked` are for the
    /// caller to judge, who knows when the signature was received.
    ///
    /// # Errors
    /// [`LookupError`].
    pub fn assertion_method(&self, id: &str) -> Result<&Method, LookupError> {
        match self.method(id) {
            Some(method) if method.assertion => Ok(method),
            Some(_) => Err(LookupError::NotForAssertion),
            None if self.unsupported.iter().any(|other| other == id) => Err(LookupError::Unsupported),
            None => Err(LookupError::Unknown),
        }
    }

    /// Reads one method into the document; the name of it is answered.
    fn read_method(&mut self, pointer: &str, value: &Value) -> Result<String, DocumentError> {
        let Some(id) = value["id"].as_str() else {
            return fault(format!("{pointer}/id"), "a method needs an id");
        };
        match super::split_method(id) {
            Some((did, _)) if did == self.id => {}
            _ => return fault(format!("{pointer}/id"), "it must be this DID, # and a fragment"),
        }
        if self.method(id).is_some() || self.unsupported.iter().any(|other| other == id) {
            return fault(format!("{pointer}/id"), "another method has this id");
        }
        if value["controller"].as_str() != Some(self.id.as_str()) {
            return fault(format!("{pointer}/controller"), "it must be the document's own DID");
        }
        if self.methods.len() + self.unsupported.len() >= MAX_METHODS {
            return fault(pointer, "there are more than 256 methods");
        }
        match read_key(pointer, id, value)? {
            Some(method) => self.methods.push(method),
            None => self.unsupported.push(id.to_owned()),
        }
        Ok(id.to_owned())
    }

    /// Reads an entry of a relationship: the name of a listed method, or a method of its own.
    fn read_relationship(
        &mut self,
        relationship: &str,
        pointer: &str,
        entry: &Value,
    ) -> Result<(), DocumentError> {
        let id = match entry {
            Value::String(id) => id.clone(),
            Value::Object(_) => self.read_method(pointer, entry)?,
            _ => return fault(pointer, "it must be the id of a method, or a method"),
        };
        // A relationship may name a method of another controller; that one is not looked up here.
        if let Some(method) = self.methods.iter_mut().find(|method| method.id == id) {
            match relationship {
                "assertionMethod" => method.assertion = true,
                _ => method.authentication = true,
            }
        }
        Ok(())
    }
}

/// The method where its type is understood, `None` where it is not.
fn read_key(pointer: &str, id: &str, value: &Value) -> Result<Option<Method>, DocumentError> {
    let Some(kind) = value["type"].as_str() else {
        return fault(format!("{pointer}/type"), "a method needs a type");
    };
    let key = value["publicKeyMultibase"].as_str();
    // A Multikey may be of another curve: that is not wrong, only not understood.
    let ours = kind == "Multikey" && key.is_none_or(|key| key.starts_with("z6Mk"));
    if !ours {
        return Ok(None);
    }
    let at = || format!("{pointer}/publicKeyMultibase");
    if value.get("secretKeyMultibase").is_some() {
        return fault(pointer, "it gives away a secret key");
    }
    let Some(Ok(key)) = key.map(PublicKey::from_multibase) else {
        return fault(at(), "it is not an Ed25519 Multikey");
    };
    let fragment = id.rsplit('#').next().unwrap_or_default();
    if fragment.starts_with("z6Mk") && fragment != key.to_multibase() {
        return fault(at(), "the id names another key");
    }
    let time = |name: &str| match value.get(name) {
        None => Ok(None),
        Some(time) => match time.as_str().map(Stamp::parse) {
            Some(Ok(stamp)) => Ok(Some(stamp)),
            _ => fault(format!("{pointer}/{name}"), "it must be a dateTimeStamp"),
        },
    };
    Ok(Some(Method {
        id: id.to_owned(),
        key,
        expires: time("expires")?,
        revoked: time("revoked")?,
        assertion: false,
        authentication: false,
    }))
}

fn check_context(members: &Map<String, Value>) -> Result<(), DocumentError> {
    let first = match members.get("@context") {
        Some(Value::Array(contexts)) => contexts.first().and_then(Value::as_str),
        Some(context) => context.as_str(),
        None => None,
    };
    match first {
        Some(DID_CONTEXT | CID_CONTEXT) => Ok(()),
        _ => fault("/@context", "it must start with https://www.w3.org/ns/did/v1"),
    }
}

fn list<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], DocumentError> {
    match members.get(name) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => fault(format!("/{name}"), "it must be an array"),
    }
}
