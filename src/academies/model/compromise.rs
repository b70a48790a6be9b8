//! Keys in the wrong hands: who is believed, since when it holds, and what falls with them.
//!
//! A report has two times. `since` is the earliest possible theft: what the public log shows to be older stands, and
//! everything else of that key falls. The report itself ends the key. `since` may only move earlier, so that nobody can
//! report a theft away again.

use serde_json::json;

use super::{KEY_STATE, Key, KeyState};
use crate::platform::clock::Ts;
use crate::platform::problem::Error;
use crate::signing::jcs;

/// The purpose named in every statement that a key is in the wrong hands.
pub const COMPROMISE_PURPOSE: &str = "stipple-key-compromise-v1";

/// What a key signs to say that it, or another key of the academy, is in the wrong hands.
#[derive(Clone, Copy, Debug)]
pub struct CompromiseStatement<'a> {
    /// The academy's DID.
    pub did: &'a str,
    /// The key that is in the wrong hands, as a Multikey.
    pub key: &'a str,
    /// The earliest possible theft; since the key was added where there is none.
    pub since: Option<Ts>,
    /// When it is said, as a `dateTimeStamp`.
    pub at: &'a str,
}

impl CompromiseStatement<'_> {
    /// The bytes that are signed: the canonical JSON of the statement, which names its purpose.
    ///
    /// # Panics
    /// Never: an object of texts has a canonical form.
    pub fn bytes(&self) -> Vec<u8> {
        let mut statement =
            json!({"at": self.at, "did": self.did, "key": self.key, "purpose": COMPROMISE_PURPOSE});
        if let Some(since) = self.since {
            statement["since"] = since.to_string().into();
        }
        jcs::to_vec(&statement).expect("an object of strings has a canonical form")
    }
}

/// What an operator said of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReport {
    /// With which token.
    pub token: uuid::Uuid,
    /// The earliest possible theft; since the key was added where there is none.
    pub since: Option<Ts>,
    /// When it was said.
    pub at: Ts,
    /// By whom.
    pub by: String,
}

/// The earlier of two times of theft, none being the earliest there is.
fn earlier(one: Option<Ts>, other: Option<Ts>) -> Option<Ts> {
    one.zip(other).map(|(one, other)| one.min(other))
}

/// What several operators say together: the earliest time any of them names. `None` while it is only one.
pub fn agreed(reports: &[KeyReport]) -> Option<Option<Ts>> {
    let (first, rest) = reports.split_first()?;
    (!rest.is_empty()).then(|| rest.iter().fold(first.since, |since, report| earlier(since, report.since)))
}

/// Ends a key that is in the wrong hands, and every key that it brought in since then; answers which of `keys` changed.
///
/// # Errors
/// 409 where the key never signed anything and was taken back, or is known to be in the wrong hands since then already.
pub fn compromise(keys: &mut [Key], at: usize, since: Option<Ts>, now: Ts) -> Result<Vec<usize>, Error> {
    let key = &mut keys[at];
    let since = since.filter(|since| *since > key.added_at);
    if key.state(now) == KeyState::Withdrawn {
        return Err(Error::new(
            KEY_STATE,
            "This key was taken back before it ever signed; there is nothing to end.",
        ));
    }
    if key.revoked_at.is_some() && earlier(key.compromised_since, since) == key.compromised_since {
        let known = key.compromised_since.unwrap_or(key.added_at);
        return Err(Error::new(
            KEY_STATE,
            format!(
                "This key is known to be in the wrong hands since {known}; that time can only move earlier."
            ),
        ));
    }
    end(key, since, now);
    let mut changed = vec![at];
    let mut next = 0;
    while let Some(parent) = changed.get(next).map(|at| keys[*at].clone()) {
        next += 1;
        let name = parent.public.to_multibase();
        for (at, key) in keys.iter_mut().enumerate() {
            let brought_in = key.vouched_by.as_deref() == Some(name.as_str())
                && parent.compromised_since.is_none_or(|since| key.added_at >= since);
            let known = key.revoked_at.is_some() && key.compromised_since.is_none();
            if brought_in && !known && !changed.contains(&at) {
                // It was never the academy's: nothing of it stands.
                end(key, None, now);
                changed.push(at);
            }
        }
    }
    Ok(changed)
}

fn end(key: &mut Key, since: Option<Ts>, now: Ts) {
    key.compromised_since =
        if key.revoked_at.is_some() { earlier(key.compromised_since, since) } else { since };
    key.revoked_at = key.revoked_at.or(Some(now));
}
