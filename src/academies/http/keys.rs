//! The keys an academy signs certificates with.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use super::{Tag, academy_url, begin, find, no_such_academy, note, post, too_many};
use crate::academies::model::{
    self, Academy, AcademyAction, CHALLENGE_SPENT, CUSTODY, KEY_KNOWN, Key, KeyApplication, KeyContext,
    KeyPurpose, KeyState, TOO_MANY, What,
};
use crate::academies::{ops, store};
use crate::accounts::http::{AcademyKeeper, Operator};
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, OnConflict};
use crate::platform::http::{Answer, Body, Created, Idempotency, Page, Total, Validate};
use crate::platform::problem::{Error, Fault, shorten};
use crate::signing::did::method_id;
use crate::signing::keys::PublicKey;
use crate::transparency::{self, Leaf, Op};

/// `/v1/academies/{slug}/keys`.
pub struct KeysApi;

/// Something to sign, to show that one holds a key.
#[derive(Debug, Object, Serialize)]
struct KeyChallenge {
    /// What to sign with `stipple key prove`. It can be used once.
    challenge: String,
    /// The DID the statement names.
    did: String,
    /// Until when it can be used.
    expires_at: Ts,
}

/// A key on its way in.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewKey {
    /// The public key, a Multikey: `z6Mk…`.
    #[oai(validator(max_length = 60))]
    public_key_multibase: String,
    /// What it is for: certificates, unless it says otherwise.
    #[oai(default)]
    purpose: KeyPurpose,
    /// A challenge of this academy, at most 15 minutes old and not used before.
    #[oai(validator(max_length = 80))]
    challenge: String,
    /// The new key's signature over the statement of possession, `z…`; over the challenge and `+recovery` for a
    /// recovery key.
    #[oai(validator(max_length = 100))]
    proof: String,
    /// The word of an older key that signs today; every key but the first needs it and that of a recovery key, or a
    /// second operator.
    voucher: Option<KeyVoucher>,
    /// The word of a recovery key that is in force.
    recovery: Option<KeyVoucher>,
}

/// An older key's word for a new one.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct KeyVoucher {
    /// A key of this academy, `z6Mk…`.
    #[oai(validator(max_length = 60))]
    public_key_multibase: String,
    /// Its statement of possession over the challenge, a plus sign, and the new key; `z…`. For a recovery key over the
    /// challenge, `+recovery+`, and the new key.
    #[oai(validator(max_length = 100))]
    proof: String,
}

impl Validate for NewKey {
    fn faults(&self) -> Vec<Fault> {
        let read = |text: &str, pointer: &str| {
            PublicKey::from_multibase(text).err().map(|error| Fault::new(pointer, "key", format!("{error}.")))
        };
        let older = |voucher: &Option<KeyVoucher>, pointer: &str| {
            voucher.as_ref().and_then(|older| read(&older.public_key_multibase, pointer))
        };
        read(&self.public_key_multibase, "/public_key_multibase")
            .into_iter()
            .chain(older(&self.voucher, "/voucher/public_key_multibase"))
            .chain(older(&self.recovery, "/recovery/public_key_multibase"))
            .collect()
    }
}

impl NewKey {
    fn application(self) -> Result<KeyApplication, Error> {
        let read = |text: &str| {
            PublicKey::from_multibase(text).map_err(|error| {
                Error::invalid(vec![Fault::new("/public_key_multibase", "key", format!("{error}."))])
            })
        };
        let word = |voucher: Option<KeyVoucher>| {
            voucher.map(|older| Ok::<_, Error>((read(&older.public_key_multibase)?, older.proof))).transpose()
        };
        Ok(KeyApplication {
            public: read(&self.public_key_multibase)?,
            purpose: self.purpose,
            challenge: self.challenge,
            proof: self.proof,
            voucher: word(self.voucher)?,
            recovery: word(self.recovery)?,
        })
    }
}

/// A key of an academy.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "AcademyKey", skip_serializing_if_is_none)]
pub(super) struct KeyView {
    /// Where the academy's keys are listed.
    pub(super) url: String,
    /// The public key, a Multikey.
    public_key_multibase: String,
    /// What it is for.
    purpose: KeyPurpose,
    /// Its name in certificates: what `proof.verificationMethod` says. A recovery key has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification_method: Option<String>,
    /// What it may do today.
    state: KeyState,
    /// When it was added.
    added_at: Ts,
    /// By whom.
    added_by: String,
    /// The older key that vouched for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    vouched_by: Option<String>,
    /// The recovery key that vouched for it, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovered_by: Option<String>,
    /// When a second operator confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Ts>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<String>,
    /// From when it signs; absent while it waits for a second operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    active_at: Option<Ts>,
    /// When it was retired, or taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<Ts>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_by: Option<String>,
    /// When it was reported to be in the wrong hands.
    #[serde(skip_serializing_if = "Option::is_none")]
    compromise_reported_at: Option<Ts>,
    /// The earliest moment at which it may have been stolen: what the public log shows to be older stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    compromised_since: Option<Ts>,
    /// When anything about it last changed.
    updated_at: Ts,
}

impl KeyView {
    pub(super) fn new(app: &App, academy: &Academy, key: Key, now: Ts) -> Self {
        let changed = [Some(key.added_at), key.confirmed_at, key.retired_at, key.revoked_at];
        Self {
            url: format!("{}/keys", academy_url(app, &academy.slug)),
            public_key_multibase: key.public.to_multibase(),
            purpose: key.purpose,
            verification_method: (key.purpose == KeyPurpose::Assertion)
                .then(|| method_id(&academy.did(&app.config.issuer_host), &key.public)),
            state: key.state(now),
            added_at: key.added_at,
            added_by: key.added_by,
            vouched_by: key.vouched_by,
            recovered_by: key.recovered_by,
            confirmed_at: key.confirmed_at,
            confirmed_by: key.confirmed_by,
            active_at: key.active_at,
            retired_at: key.retired_at,
            retired_by: key.retired_by,
            compromise_reported_at: key.revoked_at,
            compromised_since: key.revoked_at.map(|_| key.compromised_since.unwrap_or(key.added_at)),
            updated_at: changed.into_iter().flatten().max().unwrap_or(key.added_at),
        }
    }
}

/// Where among an academy's keys the one with that Multikey text is.
pub(super) fn key_of(keys: &[Key], multibase: &str, slug: &str) -> Result<usize, Error> {
    keys.iter().position(|key| key.public.to_multibase() == multibase).ok_or_else(|| {
        Error::not_found(format!("`{slug}` has no key `{}`. GET …/keys lists its keys.", shorten(multibase)))
    })
}

/// What the log says when a key comes in.
fn added(key: &Key) -> Op {
    match key.purpose {
        KeyPurpose::Assertion => Op::KeyAdd,
        KeyPurpose::Recovery => Op::RecoveryKeyAdd,
    }
}

/// Puts what happened to a key in front of the public log, with the moment from which it may sign, or could be stolen.
pub(in crate::academies) async fn log_key(
    conn: &mut Conn,
    app: &App,
    academy: &Academy,
    key: &Key,
    op: Op,
    now: Ts,
) -> Result<(), Error> {
    let did = academy.did(&app.config.issuer_host);
    let digest = transparency::key_digest(&did, &key.public.to_multibase());
    let leaf = Leaf::new(op, academy.log_id, digest);
    let leaf = match op {
        Op::KeyCompromise => {
            leaf.with("since", Some(key.compromised_since.unwrap_or(key.added_at).to_string()))
        }
        _ => leaf.with("from", key.active_at.map(|from| from.to_string())),
    };
    Ok(transparency::append(conn, key.id, &leaf, now).await?)
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl KeysApi {
    /// Get a challenge to sign
    ///
    /// To add a key, sign the challenge with it: `stipple key prove` builds the statement (which names the
    /// academy's DID, the key, the challenge and its purpose) and signs it where the key is. The private key
    /// never comes here. A challenge works once, for 15 minutes.
    #[oai(path = "/:slug/keys/challenges", method = "post", operation_id = "challenge_key")]
    async fn challenge(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
    ) -> Result<Created<KeyChallenge>, Error> {
        let now = app.clock.now();
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        store::drop_stale_challenges(&mut tx, academy.id, now).await?;
        if store::count_challenges(&mut tx, academy.id).await? >= limits::KEY_CHALLENGES {
            return Err(Error::new(
                TOO_MANY,
                format!("{} challenges wait to be signed already. Use one of them.", limits::KEY_CHALLENGES),
            ));
        }
        let challenge = bs58::encode(app.ids.bytes::<32>()).into_string();
        let expires_at = now.plus(limits::KEY_CHALLENGE_LIFE);
        store::insert_challenge(&mut tx, academy.id, &challenge, expires_at).await?;
        tx.commit().await?;
        let did = academy.did(&app.config.issuer_host);
        Ok(Created::new(&KeyChallenge { challenge, did, expires_at }))
    }

    /// Add a key
    ///
    /// The academy's first key signs at once. Every later one needs the word of an older key that signs
    /// today (`voucher`) and that of a recovery key (`recovery`), or it stays `unconfirmed` until an operator other
    /// than the one who added it confirms it; then it waits 72 hours, in which the academy can take back a key it does
    /// not know. A key that was ever used here, by whatever academy, cannot be added again.
    ///
    /// A recovery key (`"purpose": "recovery"`) signs no certificate and lies in a safe, so that a thief of a signing
    /// key cannot bring in another. Add one before or after the first signing key; the first that comes after needs the
    /// word of a signing key, every later one that of a recovery key, or a second operator.
    #[oai(path = "/:slug/keys", method = "post", operation_id = "add_key")]
    async fn add(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewKey>,
    ) -> Result<Created<KeyView>, Error> {
        let application = body.0.application()?;
        let now = app.clock.now();
        let mut conn = app.db.read().await?;
        let academy = find(&mut conn, &slug).await?;
        keeper.may_keep(academy.id, &slug)?;
        drop(conn);
        if application.purpose == KeyPurpose::Assertion {
            ops::check_listed(&app, &academy, &application.public).await?;
        }
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        if !store::take_challenge(&mut tx, academy.id, &application.challenge, now).await? {
            return Err(Error::new(
                CHALLENGE_SPENT,
                "That challenge was not made for this academy, was used, or is older than 15 minutes. Get another by \
                 POST …/keys/challenges and sign that.",
            ));
        }
        let known = store::keys(&mut tx, academy.id).await?;
        if !store::held_ids(&mut tx, academy.id).await?.is_empty() {
            return Err(Error::new(
                CUSTODY,
                "The directory holds this academy's keys, and one of its own beside them would leave the directory able \
                 to sign in its name. Make another by POST …/keys/held.",
            ));
        }
        if known.len() >= limits::ACADEMY_KEYS {
            return Err(too_many("keys", limits::ACADEMY_KEYS));
        }
        let context = KeyContext {
            id: app.ids.uuid(),
            academy_id: academy.id,
            did: academy.did(&app.config.issuer_host),
            actor: keeper.actor(),
            token: keeper.token_id,
            now,
        };
        let key = application.admit(&known, context)?;
        store::insert_key(&mut tx, &key).await.on_conflict("academy_keys_multibase_key", || {
            Error::new(
                KEY_KNOWN,
                "This key was added before, here or at another academy. Make a new one with `stipple key new`.",
            )
        })?;
        log_key(&mut tx, &app, &academy, &key, added(&key), now).await?;
        if !known.is_empty() {
            let letter = model::key_added_letter(&academy, &key, &app.config.public_url);
            post(&mut tx, &app, letter, now).await?;
        }
        let what = What::on(AcademyAction::KeyAdded, key.public.to_multibase());
        note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        let view = KeyView::new(&app, &academy, key, now);
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List an academy's keys
    ///
    /// All there ever were, in the order they were added, with what each may do today.
    #[oai(path = "/:slug/keys", method = "get", operation_id = "list_keys")]
    async fn list(
        &self,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
    ) -> Result<Answer<Page<KeyView>>, Error> {
        let now = app.clock.now();
        let mut conn = app.db.snapshot().await?;
        let academy = find(&mut conn, &slug).await?;
        let keys = store::keys(&mut conn, academy.id).await?;
        let count = keys.len() as u64;
        let items = keys.into_iter().map(|key| KeyView::new(&app, &academy, key, now)).collect();
        Ok(Answer::new(&Page::new(items, Total::exactly(count), None)))
    }

    /// Confirm a key
    ///
    /// In place of an older key's word: an operator who did not add the key confirms it after asking the
    /// academy by another way than this API. It signs 72 hours later.
    #[oai(path = "/:slug/keys/:key/confirm", method = "post", operation_id = "confirm_key")]
    async fn confirm(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The public key, `z6Mk…`.
        #[oai(validator(max_length = 60))]
        key: Path<String>,
    ) -> Result<Answer<KeyView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let academy =
            store::academy_for_change(&mut tx, &slug, now).await?.ok_or_else(|| no_such_academy(&slug))?;
        let mut keys = store::keys(&mut tx, academy.id).await?;
        let at = key_of(&keys, &key, &slug)?;
        let mut key = keys.swap_remove(at);
        key.confirm(operator.token_id, operator.actor(), now)?;
        store::update_key(&mut tx, &key).await?;
        log_key(&mut tx, &app, &academy, &key, Op::KeyConfirm, now).await?;
        let what = What::on(AcademyAction::KeyConfirmed, key.public.to_multibase());
        note(&mut tx, &app, &academy, operator.actor(), what, now).await?;
        tx.commit().await?;
        Ok(Answer::new(&KeyView::new(&app, &academy, key, now)))
    }

    /// Retire a key
    ///
    /// It signs nothing from now on; what it signed stands, and it stays in the DID document for that. A key
    /// that has not signed yet is taken back and never appears there.
    #[oai(path = "/:slug/keys/:key/retire", method = "post", operation_id = "retire_key")]
    async fn retire(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The public key, `z6Mk…`.
        #[oai(validator(max_length = 60))]
        key: Path<String>,
    ) -> Result<Answer<KeyView>, Error> {
        let now = app.clock.now();
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        let mut keys = store::keys(&mut tx, academy.id).await?;
        let at = key_of(&keys, &key, &slug)?;
        let mut key = keys.swap_remove(at);
        key.retire(keeper.actor(), now)?;
        store::update_key(&mut tx, &key).await?;
        log_key(&mut tx, &app, &academy, &key, Op::KeyRetire, now).await?;
        let what = What::on(AcademyAction::KeyRetired, key.public.to_multibase());
        note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        tx.commit().await?;
        Ok(Answer::new(&KeyView::new(&app, &academy, key, now)))
    }
}
