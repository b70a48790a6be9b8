//! Ed25519 keys: how they are made, held, written down and read.
//!
//! Public keys are Multikeys, `z6Mk…`: `z`, then base58btc of `ed 01` and 32 bytes (Controlled
//! Identifiers 1.0 section 2.2.2). Secret keys are `z` and base58btc of `80 26` and the 32 bytes
//! of the seed; they live in a type that cannot be printed and is wiped when dropped.

use std::fmt;

use ed25519_dalek::Signer as _;
use serde::Serialize;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use super::base58::{self, Base58Error};
use super::{did, json};

const PUBLIC_PREFIX: [u8; 2] = [0xed, 0x01];
const SECRET_PREFIX: [u8; 2] = [0x80, 0x26];

/// Why a text is not a key or a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It does not start with `z`, or is not base58btc.
    #[error("it must be z followed by base58btc")]
    NotBase58,
    /// It decodes to bytes of another kind.
    #[error("it is not of the kind Ed25519 uses: a public key starts with z6Mk")]
    WrongKind,
    /// It decodes to the wrong number of bytes.
    #[error("it has the wrong length")]
    WrongLength,
    /// The bytes are no point on the curve, or one for which forging is easy.
    #[error("it is not a point that may serve as a key")]
    BadPoint,
}

/// A public key that may verify signatures. Only good points get in: no small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// From the 32 bytes of RFC 8032.
    ///
    /// # Errors
    /// [`KeyError::BadPoint`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::BadPoint)?;
        if key.is_weak() {
            return Err(KeyError::BadPoint);
        }
        Ok(Self(key))
    }

    /// From a Multikey, `z6Mk…`.
    ///
    /// # Errors
    /// [`KeyError`], saying what is wrong with it.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        let bytes = decode_z::<34>(text)?;
        let key = strip::<32>(&bytes, PUBLIC_PREFIX)?;
        Self::from_bytes(key)
    }

    /// Whether a text looks like an Ed25519 Multikey, without the cost of reading the point.
    #[must_use]
    pub fn has_form(text: &str) -> bool {
        let base58 = |b: u8| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l');
        text.len() == 48 && text.starts_with("z6Mk") && text.bytes().all(base58)
    }

    /// As a Multikey, `z6Mk…`; also the fragment of its verification method.
    #[must_use]
    pub fn to_multibase(&self) -> String {
        encode_z(&[&PUBLIC_PREFIX[..], self.0.as_bytes()].concat())
    }

    /// The 32 bytes of RFC 8032.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether `signature` is this key's on `message`, by the strict rules: no small order, no
    /// second form of the same signature.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(message, &signature.0).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_multibase())
    }
}

/// A signature: 64 bytes, written as `z` and base58btc.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(ed25519_dalek::Signature);

impl Signature {
    /// From 64 bytes; whether it fits anything is only known by verifying.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        Self(ed25519_dalek::Signature::from_bytes(bytes))
    }

    /// The 64 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 64] {
        self.0.to_bytes()
    }

    /// From a `proofValue`: `z` and base58btc of exactly 64 bytes.
    ///
    /// # Errors
    /// [`KeyError::NotBase58`] or [`KeyError::WrongLength`].
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        decode_z::<64>(text).map(|bytes| Self::from_bytes(&bytes))
    }

    /// As a `proofValue`.
    #[must_use]
    pub fn to_multibase(&self) -> String {
        encode_z(&self.0.to_bytes())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_multibase())
    }
}

/// A secret key. It signs, says its public half, and cannot be printed; memory is wiped when it
/// is dropped.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// From 32 bytes of randomness, which the caller hands in.
    #[must_use]
    pub fn from_seed(seed: &Zeroizing<[u8; 32]>) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// From `z` and base58btc of `80 26` and the seed.
    ///
    /// # Errors
    /// [`KeyError`], which never repeats any of the text.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(decode_z::<34>(text)?);
        let seed = Zeroizing::new(*strip::<32>(&bytes[..], SECRET_PREFIX)?);
        Ok(Self::from_seed(&seed))
    }

    /// The secret in writing, for a key file and nothing else.
    #[must_use]
    pub fn to_secret_multibase(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 34]);
        bytes[..2].copy_from_slice(&SECRET_PREFIX);
        bytes[2..].copy_from_slice(self.0.as_bytes());
        let digits = Zeroizing::new(bs58::encode(&*bytes).into_string());
        // Made large enough at once, so that no copy is left behind by growing.
        let mut text = Zeroizing::new(String::with_capacity(64));
        text.push('z');
        text.push_str(&digits);
        text
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a message (pure Ed25519).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(secret of {:?})", self.public())
    }
}

/// A signing key together with the DID it signs for: what `stipple key new` writes.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// The DID whose document lists the key.
    pub did: String,
    /// The key.
    pub key: SigningKey,
}

/// The key file as it is written. Its members are read by name and none other is allowed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    r#type: &'static str,
    controller: &'a str,
    verification_method: String,
    public_key_multibase: String,
    secret_key_multibase: &'a str,
}

const KEY_FILE_TYPE: &str = "StippleSigningKey";

/// Why a text is not a key file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not JSON this service accepts.
    #[error("not a key file: {0}")]
    Json(#[from] json::Error),
    /// A member is missing, unknown or of the wrong type.
    #[error("not a key file of `stipple key new`: look at its member `{0}`")]
    Member(String),
    /// The secret key cannot be read.
    #[error("the secret key cannot be read: {0}")]
    Key(#[from] KeyError),
    /// The public members do not belong to the secret one.
    #[error("the public key in the file is not that of its secret key")]
    Mismatch,
}

impl KeyFile {
    /// The verification method: the DID, `#`, and the public key as a Multikey.
    #[must_use]
    pub fn verification_method(&self) -> String {
        did::method_id(&self.did, &self.key.public())
    }

    /// The text of the file, secret included.
    ///
    /// # Panics
    /// Never: a struct of strings always serialises.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let secret = self.key.to_secret_multibase();
        let written = Written {
            r#type: KEY_FILE_TYPE,
            controller: &self.did,
            verification_method: self.verification_method(),
            public_key_multibase: self.key.public().to_multibase(),
            secret_key_multibase: &secret,
        };
        // Made large enough at once, so that no copy of the secret is left behind by growing.
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        serde_json::to_writer_pretty(&mut *text, &written).expect("a struct of strings always serialises");
        text.push(b'\n');
        text
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyFileError`], which never repeats the secret.
    pub fn from_json(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut value = json::parse(bytes, json::Limits::bytes(4096))?;
        let result = Self::from_value(&value);
        if let Some(Value::String(secret)) = value.get_mut("secretKeyMultibase") {
            secret.zeroize();
        }
        result
    }

    fn from_value(value: &Value) -> Result<Self, KeyFileError> {
        let names = ["type", "controller", "verificationMethod", "publicKeyMultibase", "secretKeyMultibase"];
        let unknown = value
            .as_object()
            .ok_or_else(|| KeyFileError::Member("type".to_owned()))?
            .keys()
            .find(|name| !names.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(KeyFileError::Member(name.clone()));
        }
        let text = |name: &str| value[name].as_str().ok_or_else(|| KeyFileError::Member(name.to_owned()));
        if text("type")? != KEY_FILE_TYPE {
            return Err(KeyFileError::Member("type".to_owned()));
        }
        let file = Self {
            did: text("controller")?.to_owned(),
            key: SigningKey::from_multibase(text("secretKeyMultibase")?)?,
        };
        if text("publicKeyMultibase")? != file.key.public().to_multibase()
            || text("verificationMethod")? != file.verification_method()
        {
            return Err(KeyFileError::Mismatch);
        }
        Ok(file)
    }
}

/// Decodes `z` and base58btc of exactly `N` bytes.
fn decode_z<const N: usize>(text: &str) -> Result<[u8; N], KeyError> {
    let digits = text.strip_prefix('z').ok_or(KeyError::NotBase58)?;
    base58::decode(digits).map_err(|error| match error {
        Base58Error::Digit => KeyError::NotBase58,
        Base58Error::Length => KeyError::WrongLength,
    })
}

fn strip<const N: usize>(bytes: &[u8], prefix: [u8; 2]) -> Result<&[u8; N], KeyError> {
    bytes.strip_prefix(&prefix).ok_or(KeyError::WrongKind)?.try_into().map_err(|_| KeyError::WrongLength)
}

fn encode_z(bytes: &[u8]) -> String {
    format!("z{}", bs58::encode(bytes).into_string())
}
