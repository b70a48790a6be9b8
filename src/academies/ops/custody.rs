//! Keys that the directory holds for an academy without a machine of its own to keep one on: sealed at rest, opened to
//! sign what the academy asked for with its own token, and never handed out.
//!
//! An academy's keys are all held by the directory or all by itself. A key under `assertionMethod` can sign
//! certificates, so no key of the directory's ever stands beside one of an academy that holds its own.

use zeroize::Zeroizing;

use crate::academies::model::{Academy, CUSTODY, Issuer, Key, KeyPurpose, KeyState, TOO_MANY};
use crate::academies::store;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Tx};
use crate::platform::problem::Error;
use crate::signing::keys::SigningKey;

const DOMAIN: &str = "academy-key";

/// Makes a key for an academy and keeps it. The first signs at once; a later one is vouched for by the one before and
/// waits like any other, so that the academy can notice it.
///
/// # Errors
/// 409 where the academy holds keys itself, is on its own site, or has as many keys as it may have.
pub(in crate::academies) async fn hold(
    app: &App,
    tx: &mut Tx,
    academy: &Academy,
    (actor, token): (String, uuid::Uuid),
    now: Ts,
) -> Result<Key, Error> {
    let keys = store::keys(tx, academy.id).await?;
    let held = store::held_ids(tx, academy.id).await?;
    let own = keys.iter().any(|key| !held.contains(&key.id) && key.state(now) != KeyState::Withdrawn);
    if own || academy.own_did.is_some() {
        return Err(Error::new(
            CUSTODY,
            "This academy holds its keys itself, and a key of the directory's beside them could sign in its name. Add \
             another one of your own.",
        ));
    }
    if keys.len() >= limits::ACADEMY_KEYS {
        return Err(Error::new(
            TOO_MANY,
            format!("An academy may have {} keys, and this one has.", limits::ACADEMY_KEYS),
        ));
    }
    let seed = Zeroizing::new(app.ids.bytes::<32>());
    let voucher = keys.iter().rfind(|key| key.may_sign(now));
    let waits = keys.iter().any(|key| key.state(now) != KeyState::Withdrawn);
    let key = Key {
        id: app.ids.uuid(),
        academy_id: academy.id,
        public: SigningKey::from_seed(&seed).public(),
        purpose: KeyPurpose::Assertion,
        added_at: now,
        added_by: actor,
        added_by_token: token,
        vouched_by: voucher.map(|key| key.public.to_multibase()),
        recovered_by: None,
        confirmed_at: None,
        confirmed_by: None,
        active_at: match (waits, voucher) {
            (false, _) => Some(now),
            (true, Some(_)) => Some(now.plus(limits::KEY_WAIT)),
            (true, None) => None,
        },
        retired_at: None,
        retired_by: None,
        revoked_at: None,
        compromised_since: None,
    };
    store::insert_key(tx, &key).await?;
    let sealed = app.vault.seal(&app.ids, DOMAIN, key.id.as_bytes(), seed.as_slice());
    store::insert_held(tx, key.id, sealed).await?;
    Ok(key)
}

/// The newest key that the directory holds for this academy and that may sign now; none for an academy that holds its
/// own.
///
/// # Errors
/// As the database says; internal, where the key does not open under this secret.
pub async fn held_signer(
    app: &App,
    conn: &mut Conn,
    issuer: &Issuer,
    now: Ts,
) -> Result<Option<SigningKey>, Error> {
    let held = store::held_ids(conn, issuer.academy_id).await?;
    let Some(key) = issuer.keys.iter().rfind(|key| held.contains(&key.id) && key.may_sign(now)) else {
        return Ok(None);
    };
    let sealed = store::held(conn, key.id).await?;
    let seed = app.vault.open(DOMAIN, key.id.as_bytes(), &sealed);
    let seed = seed.and_then(|seed| seed.as_slice().try_into().ok().map(Zeroizing::<[u8; 32]>::new));
    let signer = seed.map(|seed| SigningKey::from_seed(&seed)).filter(|signer| signer.public() == key.public);
    signer.map(Some).ok_or_else(|| {
        Error::internal(format!(
            "the key {} in the database was sealed under another secret than STIPPLE_SECRET is now",
            key.public.to_multibase()
        ))
    })
}
