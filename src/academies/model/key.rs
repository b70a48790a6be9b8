//! An academy's keys: how one comes in, what it may do when, and how it goes out.
//!
//! The first key comes in with proof that it is held, and signs at once. Every later one also needs
//! an older good key that vouches for it, or a second operator who confirms it; then it waits
//! [`limits::KEY_WAIT`], so that an academy can notice a key it does not know. A retired key signs no
//! more, and what it signed stands. A compromised one leaves the keys that may sign, for ever.

use uuid::Uuid;

use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::problem::{Error, Fault};
use crate::signing::did::{DidDocument, KeyState as Listed, ListedKey};
use crate::signing::keys::PublicKey;
use crate::signing::possession;

use super::{KEY_STATE, POSSESSION_UNPROVEN, SECOND_OPERATOR, VOUCHER_REFUSED};

/// What a key may do at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// Waits for a second operator.
    Unconfirmed,
    /// Confirmed or vouched for, and waits for its day.
    Waiting,
    /// Signs.
    Active,
    /// Signs no more; what it signed stands.
    Retired,
    /// Was taken back before it ever signed.
    Withdrawn,
    /// Is in the wrong hands.
    Compromised,
}

/// A key of an academy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id, inside only.
    pub id: Uuid,
    /// Whose.
    pub academy_id: Uuid,
    /// The public key.
    pub public: PublicKey,
    /// When it was added.
    pub added_at: Ts,
    /// By whom.
    pub added_by: String,
    /// With which token.
    pub added_by_token: Uuid,
    /// The older key that vouched for it, as a Multikey.
    pub vouched_by: Option<String>,
    /// When a second operator confirmed it.
    pub confirmed_at: Option<Ts>,
    /// Who.
    pub confirmed_by: Option<String>,
    /// From when it may sign; `None` while unconfirmed.
    pub active_at: Option<Ts>,
    /// From when it signs no more.
    pub retired_at: Option<Ts>,
    /// Who retired it.
    pub retired_by: Option<String>,
    /// When it was reported as compromised.
    pub revoked_at: Option<Ts>,
    /// The earliest moment it may have been in the wrong hands; may only move earlier.
    pub compromised_since: Option<Ts>,
}

impl Key {
    /// What it may do at that moment.
    pub fn state(&self, at: Ts) -> KeyState {
        if self.revoked_at.is_some_and(|revoked| revoked <= at) {
            return KeyState::Compromised;
        }
        let retired = self.retired_at.is_some_and(|retired| retired <= at);
        match self.active_at {
            Some(active) if self.retired_at.is_none_or(|retired| active < retired) => {
                if retired {
                    KeyState::Retired
                } else if active <= at {
                    KeyState::Active
                } else {
                    KeyState::Waiting
                }
            }
            _ if retired => KeyState::Withdrawn,
            Some(_) => KeyState::Waiting,
            None => KeyState::Unconfirmed,
        }
    }

    /// Whether it may sign certificates that are received at that moment.
    pub fn may_sign(&self, at: Ts) -> bool {
        self.state(at) == KeyState::Active
    }

    /// How it stands in the DID document at that moment; `None` while it does not, or if it never did.
    pub fn listed(&self, at: Ts) -> Option<ListedKey> {
        let state = match self.state(at) {
            // It never was in the document, and need not be kept from being trusted.
            KeyState::Compromised if self.active_at.is_none_or(|active| Some(active) > self.revoked_at) => {
                return None;
            }
            KeyState::Active | KeyState::Retired => Listed::Standing,
            KeyState::Compromised => {
                Listed::Compromised { revoked: self.compromised_since.unwrap_or(self.added_at).to_string() }
            }
            KeyState::Unconfirmed | KeyState::Waiting | KeyState::Withdrawn => return None,
        };
        Some(ListedKey { key: self.public, state })
    }

    /// Confirms it as a second operator; it may sign once it has waited.
    ///
    /// # Errors
    /// 409 when it needs no confirmation, 403 when the operator is the one who added it.
    pub fn confirm(&mut self, token: Uuid, actor: String, now: Ts) -> Result<(), Error> {
        if self.state(now) != KeyState::Unconfirmed {
            return Err(Error::new(KEY_STATE, "This key does not wait for a confirmation."));
        }
        if self.added_by_token == token {
            return Err(Error::new(
                SECOND_OPERATOR,
                "You added this key; another operator must confirm it, after asking the academy by another way than this one.",
            ));
        }
        self.confirmed_at = Some(now);
        self.confirmed_by = Some(actor);
        self.active_at = Some(now.plus(limits::KEY_WAIT));
        Ok(())
    }

    /// Retires it, or takes it back when it has not signed yet.
    ///
    /// # Errors
    /// 409 when it is retired, withdrawn or compromised already.
    pub fn retire(&mut self, actor: String, now: Ts) -> Result<(), Error> {
        if matches!(self.state(now), KeyState::Retired | KeyState::Withdrawn | KeyState::Compromised) {
            return Err(Error::new(KEY_STATE, "This key signs nothing any more."));
        }
        self.retired_at = Some(now);
        self.retired_by = Some(actor);
        Ok(())
    }
}

/// A key on its way in, as it was sent.
#[derive(Clone, Debug)]
pub struct KeyApplication {
    /// The public key.
    pub public: PublicKey,
    /// The challenge both signatures are about.
    pub challenge: String,
    /// The new key's signature: see [`possession::prove`].
    pub proof: String,
    /// An older key and its signature over [`voucher_challenge`].
    pub voucher: Option<(PublicKey, String)>,
}

/// Who sends a key in, to what.
#[derive(Clone, Debug)]
pub struct KeyContext {
    /// The id the key will have.
    pub id: Uuid,
    /// The academy's id.
    pub academy_id: Uuid,
    /// Its DID.
    pub did: String,
    /// The caller, for the history.
    pub actor: String,
    /// The caller's token.
    pub token: Uuid,
    /// Now.
    pub now: Ts,
}

/// What an older key signs, in place of the challenge itself, to vouch for a new one: the statement
/// then names the new key, and can vouch for no other.
pub fn voucher_challenge(challenge: &str, new_key: &PublicKey) -> String {
    format!("{challenge}+{}", new_key.to_multibase())
}

impl KeyApplication {
    /// Judges a key beside those the academy has, `known`, and makes it one of them.
    ///
    /// # Errors
    /// 422 when a signature does not show what it must.
    pub fn admit(self, known: &[Key], context: KeyContext) -> Result<Key, Error> {
        let KeyContext { id, academy_id, did, actor, token, now } = context;
        possession::verify(&did, &self.public, &self.challenge, &self.proof).map_err(|error| {
            Error::new(POSSESSION_UNPROVEN, sentence(&error.to_string())).with_faults(vec![Fault::new(
                "/proof",
                "possession-unproven",
                sentence(&error.to_string()),
            )])
        })?;
        // A key taken back before it ever signed leaves the academy as if it had none.
        let first = known.iter().all(|key| key.state(now) == KeyState::Withdrawn);
        let vouched_by = match &self.voucher {
            Some((older, signature)) => {
                check_voucher(known, older, signature, &did, &self, now)?;
                Some(older.to_multibase())
            }
            None => None,
        };
        let active_at = match (first, &vouched_by) {
            (true, _) => Some(now),
            (false, Some(_)) => Some(now.plus(limits::KEY_WAIT)),
            (false, None) => None,
        };
        Ok(Key {
            id,
            academy_id,
            public: self.public,
            added_at: now,
            added_by: actor,
            added_by_token: token,
            vouched_by,
            confirmed_at: None,
            confirmed_by: None,
            active_at,
            retired_at: None,
            retired_by: None,
            revoked_at: None,
            compromised_since: None,
        })
    }
}

fn check_voucher(
    known: &[Key],
    older: &PublicKey,
    signature: &str,
    did: &str,
    application: &KeyApplication,
    now: Ts,
) -> Result<(), Error> {
    let refused = |detail: String| {
        let fault = Fault::new("/voucher", "voucher-refused", detail.clone());
        Err(Error::new(VOUCHER_REFUSED, detail).with_faults(vec![fault]))
    };
    if !known.iter().any(|key| key.public == *older && key.may_sign(now)) {
        return refused(
            "The key that vouches must be one of this academy's that signs today. Without such a key leave `voucher` \
             out, and an operator must confirm the new key."
                .to_owned(),
        );
    }
    let challenge = voucher_challenge(&application.challenge, &application.public);
    match possession::verify(did, older, &challenge, signature) {
        Ok(()) => Ok(()),
        Err(error) => refused(format!(
            "{} What the older key signs is the challenge, a plus sign, and the new key: `{challenge}`.",
            sentence(&error.to_string())
        )),
    }
}

fn sentence(text: &str) -> String {
    let mut sentence: String = text.chars().take(1).flat_map(char::to_uppercase).collect();
    sentence.extend(text.chars().skip(1));
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// An academy as the issuer of certificates: what a verdict needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The academy's id.
    pub academy_id: Uuid,
    /// Its slug.
    pub slug: String,
    /// The name the directory knows it by.
    pub name: String,
    /// Its DID.
    pub did: String,
    /// Where its DID document is, for an academy on its own site.
    pub own_site: Option<String>,
    /// What it goes by in the public log.
    pub log_id: Uuid,
    /// Every key it ever had, in the order they were added.
    pub keys: Vec<Key>,
    /// Every recognition it ever had.
    pub recognitions: Vec<super::Recognition>,
}

impl Issuer {
    /// The key with that Multikey text, whatever its state.
    pub fn key(&self, multibase: &str) -> Option<&Key> {
        let public = PublicKey::from_multibase(multibase).ok()?;
        self.keys.iter().find(|key| key.public == public)
    }

    /// The recognition that counts at that moment.
    pub fn recognised_at(&self, at: Ts) -> Option<&super::Recognition> {
        super::in_force(&self.recognitions, at)
    }

    /// The DID document at that moment.
    pub fn did_document(&self, at: Ts) -> serde_json::Value {
        let listed: Vec<ListedKey> = self.keys.iter().filter_map(|key| key.listed(at)).collect();
        DidDocument::build(&self.did, &listed)
    }
}
