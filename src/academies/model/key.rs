//! An academy's keys: how one comes in, what it may do when, and how it goes out.
//!
//! The first key comes in with proof that it is held, and signs at once. Every later one also needs
//! an older good key and a recovery key that vouch for it, or a second operator who confirms it; then
//! it waits [`limits::KEY_WAIT`], so that an academy can notice a key it does not know. A retired key
//! signs no more, and what it signed stands. A compromised one leaves the keys that may sign, for ever.
//!
//! A recovery key signs no certificate and never stands in the DID document. It lies in a safe: whoever
//! steals a signing key and the academy's token cannot bring in a key of their own without it.

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

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// It signs certificates, acts and status lists.
    #[default]
    Assertion,
    /// It vouches for keys, together with one that signs, and does nothing else.
    Recovery,
}

impl KeyPurpose {
    /// Its word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Recovery => "recovery",
        }
    }

    /// What a key for this purpose signs to show that it is held. The statement of a recovery key says so, and cannot
    /// make a signing key of it.
    pub fn challenge(self, challenge: &str) -> String {
        match self {
            Self::Assertion => challenge.to_owned(),
            Self::Recovery => format!("{challenge}+recovery"),
        }
    }
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
    /// What it is for.
    pub purpose: KeyPurpose,
    /// When it was added.
    pub added_at: Ts,
    /// By whom.
    pub added_by: String,
    /// With which token.
    pub added_by_token: Uuid,
    /// The older key that vouched for it, as a Multikey.
    pub vouched_by: Option<String>,
    /// The recovery key that vouched for it beside that one, as a Multikey.
    pub recovered_by: Option<String>,
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
        self.purpose == KeyPurpose::Assertion && self.state(at) == KeyState::Active
    }

    /// Whether it has a say, as a recovery key, in which keys the academy gets at that moment.
    pub fn may_recover(&self, at: Ts) -> bool {
        self.purpose == KeyPurpose::Recovery && self.state(at) == KeyState::Active
    }

    /// How it stands in the DID document at that moment; `None` while it does not, or if it never did.
    pub fn listed(&self, at: Ts) -> Option<ListedKey> {
        if self.purpose == KeyPurpose::Recovery {
            return None;
        }
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
    /// What it is to be for.
    pub purpose: KeyPurpose,
    /// The challenge all signatures are about.
    pub challenge: String,
    /// The new key's signature over [`KeyPurpose::challenge`]: see [`possession::prove`].
    pub proof: String,
    /// An older key and its signature over [`voucher_challenge`].
    pub voucher: Option<(PublicKey, String)>,
    /// A recovery key and its signature over the same.
    pub recovery: Option<(PublicKey, String)>,
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
/// then names the new key and what it is for, and can vouch for no other.
pub fn voucher_challenge(challenge: &str, purpose: KeyPurpose, new_key: &PublicKey) -> String {
    format!("{}+{}", purpose.challenge(challenge), new_key.to_multibase())
}

/// What has to vouch for a key that comes in now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing: it is the first there is.
    Nothing,
    /// A key that signs: no recovery key was ever in force.
    Signing,
    /// A key that signs and a recovery key.
    SigningAndRecovery,
    /// A recovery key.
    Recovery,
}

impl Needs {
    fn of(purpose: KeyPurpose, known: &[Key], now: Ts) -> Self {
        // A key taken back before it ever signed leaves the academy as if it had none.
        let mut known = known.iter().filter(|key| key.state(now) != KeyState::Withdrawn);
        let in_force = |key: &Key| {
            let never = matches!(key.state(now), KeyState::Unconfirmed | KeyState::Waiting);
            key.purpose == KeyPurpose::Recovery && !never
        };
        match purpose {
            KeyPurpose::Assertion if known.all(|key| key.purpose == KeyPurpose::Recovery) => Self::Nothing,
            KeyPurpose::Assertion => Self::SigningAndRecovery,
            KeyPurpose::Recovery if known.clone().any(in_force) => Self::Recovery,
            KeyPurpose::Recovery if known.next().is_none() => Self::Nothing,
            KeyPurpose::Recovery => Self::Signing,
        }
    }

    /// Whether the words that came with the key are those it needs; why not, for whoever sent it. Without any of them
    /// it waits for an operator.
    fn check(self, application: &KeyApplication) -> Result<(), (&'static str, &'static str)> {
        match (self, application.voucher.is_some(), application.recovery.is_some()) {
            (_, false, false)
            | (Self::Signing, true, false)
            | (Self::SigningAndRecovery, true, true)
            | (Self::Recovery, false, true) => Ok(()),
            (Self::Nothing, ..) => Err((
                "/voucher",
                "This is the academy's first key: nothing can vouch for it, and nothing has to.",
            )),
            (Self::SigningAndRecovery, true, false) => Err((
                "/recovery",
                "A key that signs cannot vouch alone: whoever steals it could bring in another. The academy's recovery \
                 key must vouch, too (`stipple key prove --vouch-for`). Without one leave `voucher` out, and an operator \
                 must confirm the new key.",
            )),
            (Self::SigningAndRecovery, false, true) => Err((
                "/voucher",
                "A recovery key cannot vouch alone: a key that signs today must vouch, too.",
            )),
            (Self::Signing, _, true) => Err((
                "/recovery",
                "This academy has no recovery key in force yet: a key that signs must vouch.",
            )),
            (Self::Recovery, true, _) => Err((
                "/voucher",
                "This academy has a recovery key: only that vouches for another. Without it leave `voucher` out, and an \
                 operator must confirm the new key.",
            )),
        }
    }
}

impl KeyApplication {
    /// Judges a key beside those the academy has, `known`, and makes it one of them.
    ///
    /// # Errors
    /// 422 when a signature is missing or does not show what it must.
    pub fn admit(self, known: &[Key], context: KeyContext) -> Result<Key, Error> {
        let KeyContext { id, academy_id, did, actor, token, now } = context;
        let challenge = self.purpose.challenge(&self.challenge);
        possession::verify(&did, &self.public, &challenge, &self.proof).map_err(|error| {
            Error::new(POSSESSION_UNPROVEN, sentence(&error.to_string())).with_faults(vec![Fault::new(
                "/proof",
                "possession-unproven",
                sentence(&error.to_string()),
            )])
        })?;
        let needs = Needs::of(self.purpose, known, now);
        needs.check(&self).map_err(|(pointer, detail)| voucher_refused(pointer, detail.to_owned()))?;
        let words = voucher_challenge(&self.challenge, self.purpose, &self.public);
        let check = |pointer: &str, voucher: &Option<(PublicKey, String)>, good: fn(&Key, Ts) -> bool| {
            let Some((older, signature)) = voucher else { return Ok(None) };
            if !known.iter().any(|key| key.public == *older && good(key, now)) {
                return Err(voucher_refused(pointer, not_one_that_vouches(pointer)));
            }
            match possession::verify(&did, older, &words, signature) {
                Ok(()) => Ok(Some(older.to_multibase())),
                Err(error) => Err(voucher_refused(
                    pointer,
                    format!(
                        "{} What vouches is the signature over the challenge, a plus sign, and the new key: `{words}`.",
                        sentence(&error.to_string())
                    ),
                )),
            }
        };
        let vouched_by = check("/voucher", &self.voucher, Key::may_sign)?;
        let recovered_by = check("/recovery", &self.recovery, Key::may_recover)?;
        let active_at = match needs {
            Needs::Nothing => Some(now),
            _ if vouched_by.is_some() || recovered_by.is_some() => Some(now.plus(limits::KEY_WAIT)),
            _ => None,
        };
        Ok(Key {
            id,
            academy_id,
            public: self.public,
            purpose: self.purpose,
            added_at: now,
            added_by: actor,
            added_by_token: token,
            vouched_by,
            recovered_by,
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

fn voucher_refused(pointer: &str, detail: String) -> Error {
    let fault = Fault::new(pointer, "voucher-refused", detail.clone());
    Error::new(VOUCHER_REFUSED, detail).with_faults(vec![fault])
}

fn not_one_that_vouches(pointer: &str) -> String {
    let which = match pointer {
        "/recovery" => "a recovery key of this academy that is in force",
        _ => "one of this academy's that signs today",
    };
    format!(
        "The key that vouches must be {which}. Without such a key leave the vouchers out, and an operator must confirm \
         the new key."
    )
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
    /// Every signing key it ever had, in the order they were added.
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
