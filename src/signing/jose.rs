//! A credential inside a JSON Web Signature (RFC 7515 section 7.1, VC-JOSE-COSE section 3.1.1): what an Open Badge in a
//! compact JWT is.
//!
//! Only `EdDSA` over Ed25519 is verified. A key that the header brings along (`jwk`, `jku`, `x5c`, `x5u`) is never used:
//! anybody can make one. `none` is never a signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::json::{self, Limits, Tree};
use super::keys::{PublicKey, Signature};

/// The `typ` values a credential may have: Open Badges says `JWT`, VC-JOSE-COSE `vc+jwt`.
const TYPES: &[&str] = &["JWT", "vc+jwt", "vc+ld+jwt", "vc-ld+jwt", "application/vc+jwt"];

/// Claims that a signer adds to the credential (Open Badges 3.0 section 8.2.4.1), by the member each repeats.
const CLAIMS: &[(&str, &str)] = &[
    ("iss", "/issuer"),
    ("jti", "/id"),
    ("sub", "/credentialSubject/id"),
    ("nbf", ""),
    ("exp", ""),
    ("iat", ""),
];

/// A credential in a compact JWS, read and not verified.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// What the signature is made with.
    pub algorithm: Algorithm,
    /// The verification method the header names, a DID URL; a bare fragment counts as the issuer's.
    pub method: Option<String>,
    /// After when it must not be taken any more, in seconds since 1970.
    pub expires: Option<i64>,
    /// The credential, without the claims that repeat it.
    pub credential: Tree<'static>,
    signed: &'a [u8],
    signature: Vec<u8>,
}

/// The `alg` of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// No signature at all.
    None,
    /// One that is not checked here.
    Other(String),
}

/// Why a text is no credential in a JWS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts of base64url.
    #[error("it is not a compact JWS: three parts in base64url, joined by dots")]
    Form,
    /// Header or payload is not JSON with one meaning.
    #[error("its {part} cannot be read: {error}")]
    Json {
        /// `header` or `payload`.
        part: &'static str,
        /// What is wrong with it.
        error: json::Error,
    },
    /// A header member that is not as it must be.
    #[error("its header has {0}")]
    Header(&'static str),
    /// A claim that says something else than the credential.
    #[error("its claim `{0}` differs from what the credential says, or is not of its type")]
    Claim(&'static str),
}

impl<'a> Jws<'a> {
    /// Whether a text has the outward form of one.
    #[must_use]
    pub fn looks_like(text: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        text.starts_with("ey")
            && text.split('.').count() == 3
            && text.split('.').take(2).all(|part| !part.is_empty())
            && text.bytes().all(|byte| byte == b'.' || plain(byte))
    }

    /// Reads a compact JWS whose payload is a credential.
    ///
    /// # Errors
    /// [`JwsError`].
    pub fn read(text: &'a str, limits: Limits) -> Result<Self, JwsError> {
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Form)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Form);
        let parse = |part: &'static str, text: &str| {
            json::parse(&decode(text)?, limits).map_err(|error| JwsError::Json { part, error })
        };
        let header = parse("header", header)?;
        let mut credential = parse("payload", payload)?;
        let signature = decode(signature)?;
        let header = header.as_object().ok_or(JwsError::Header("no members"))?;
        if header.contains_key("crit") {
            return Err(JwsError::Header("`crit`, and nothing it could name is understood here"));
        }
        if header.get("typ").is_some_and(|typ| !typ.as_str().is_some_and(|typ| TYPES.contains(&typ))) {
            return Err(JwsError::Header("a `typ` that is not that of a credential"));
        }
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("EdDSA" | "Ed25519") => Algorithm::EdDsa,
            Some("none") => Algorithm::None,
            Some(other) => Algorithm::Other(other.chars().take(20).collect()),
            None => return Err(JwsError::Header("no `alg`")),
        };
        let claims = credential.as_object_mut().ok_or(JwsError::Header("no credential"))?;
        let (issuer, expires) = take_claims(claims)?;
        let kid =
            header.get("kid").map(|kid| kid.as_str().ok_or(JwsError::Header("a `kid` that is no text")));
        let method = kid.transpose()?.map(|kid| absolute(kid, issuer.as_deref()));
        let credential = Tree::of(&credential).into_owned();
        Ok(Self { algorithm, method, expires, credential, signed: signed.as_bytes(), signature })
    }

    /// Whether the signature is this key's on header and payload.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let Ok(bytes) = <[u8; 64]>::try_from(self.signature.as_slice()) else { return false };
        self.algorithm == Algorithm::EdDsa && key.verifies(self.signed, &Signature::from_bytes(&bytes))
    }
}

/// A key id that is a fragment alone is one of the issuer's.
fn absolute(kid: &str, issuer: Option<&str>) -> String {
    match (kid.strip_prefix('#').unwrap_or(kid), issuer) {
        (fragment, Some(issuer)) if !kid.starts_with("did:") => format!("{issuer}#{fragment}"),
        _ => kid.to_owned(),
    }
}

/// Takes the claims out that repeat the credential; answers its issuer, and the end of the signature.
fn take_claims(claims: &mut Map<String, Value>) -> Result<(Option<String>, Option<i64>), JwsError> {
    let whole = Value::Object(claims.clone());
    let issuer = whole["issuer"].as_str().or_else(|| whole["issuer"]["id"].as_str()).map(str::to_owned);
    let mut expires = None;
    for &(claim, pointer) in CLAIMS {
        let Some(value) = claims.remove(claim) else { continue };
        match claim {
            "iss" if value.as_str() == issuer.as_deref() && issuer.is_some() => {}
            "jti" | "sub" if whole.pointer(pointer) == Some(&value) => {}
            "nbf" | "iat" if value.is_number() => {}
            "exp" => expires = Some(value.as_i64().ok_or(JwsError::Claim(claim))?),
            _ => return Err(JwsError::Claim(claim)),
        }
    }
    Ok((issuer, expires))
}
