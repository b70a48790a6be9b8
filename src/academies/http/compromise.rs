//! Reporting that a key is in the wrong hands.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};

use super::keys::{KeyView, key_of, log_key};
use super::{Tag, begin, note, post};
use crate::academies::model::{
    self, AcademyAction, CompromiseStatement, Key, KeyReport, KeyState, REPORT_REFUSED, What,
};
use crate::academies::store;
use crate::accounts::Role;
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::http::{Answer, Body, Validate};
use crate::platform::problem::{Error, Fault};
use crate::signing::keys::{PublicKey, Signature};
use crate::signing::stamp::Stamp;
use crate::transparency::Op;

/// `/v1/academies/{slug}/keys/{key}/compromise`.
pub struct CompromiseApi;

/// That a key is in the wrong hands.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct CompromiseReport {
    /// The earliest moment at which it may have been stolen; leave it out when nobody can tell, and nothing the key
    /// ever signed stands. It can be moved earlier by another report, never later.
    since: Option<Ts>,
    /// The key that signs this statement, `z6Mk…`: the one it is about, or another one of the academy.
    #[oai(validator(max_length = 60))]
    key: Option<String>,
    /// When the statement is made, as it was signed: `2026-03-01T09:30:00Z`.
    #[oai(validator(max_length = 40))]
    at: Option<String>,
    /// The signature over the statement, `z…`; `stipple key compromise` makes it.
    #[oai(validator(max_length = 100))]
    signature: Option<String>,
}

impl Validate for CompromiseReport {
    fn faults(&self) -> Vec<Fault> {
        let signed = [("/key", &self.key), ("/at", &self.at), ("/signature", &self.signature)];
        if signed.iter().all(|(_, value)| value.is_none()) {
            return Vec::new();
        }
        let detail =
            "A signed statement has a key, a time and a signature: `stipple key compromise` makes all three.";
        let missing = signed.iter().filter(|(_, value)| value.is_none());
        missing.map(|(pointer, _)| Fault::new(*pointer, "required", detail)).collect()
    }
}

fn refused(pointer: &str, detail: impl Into<String>) -> Error {
    let detail = detail.into();
    Error::new(REPORT_REFUSED, detail.clone()).with_faults(vec![Fault::new(pointer, "statement", detail)])
}

/// Whether a key of the academy signed that this one is in the wrong hands.
fn check_statement(
    did: &str,
    keys: &[Key],
    about: &Key,
    (key, at, signature): (&str, &str, &str),
    since: Option<Ts>,
    now: Ts,
) -> Result<(), Error> {
    // One that was taken back before it ever signed, or is in the wrong hands itself, speaks for itself alone.
    let speaks = |key: &Key| {
        key.public == about.public || matches!(key.state(now), KeyState::Active | KeyState::Retired)
    };
    let public = PublicKey::from_multibase(key)
        .ok()
        .filter(|public| keys.iter().any(|key| key.public == *public && speaks(key)))
        .ok_or_else(|| {
            refused(
                "/key",
                "The key that signs must be the one it is about, or another good one of this academy.",
            )
        })?;
    let stated = Stamp::parse(at).map_err(|_| refused("/at", "This must be like 2026-03-01T09:30:00Z."))?;
    if u128::from(stated.micros().abs_diff(now.micros())) > limits::STATEMENT_AGE.as_micros() {
        return Err(refused("/at", format!("The statement must be made now; the time here is {now}.")));
    }
    let about = about.public.to_multibase();
    let statement = CompromiseStatement { did, key: &about, since, at };
    match Signature::from_multibase(signature) {
        Ok(signature) if public.verifies(&statement.bytes(), &signature) => Ok(()),
        _ => Err(refused("/signature", "The signature is not this key's on this statement.")),
    }
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl CompromiseApi {
    /// Report that a key is in the wrong hands
    ///
    /// By the academy with a statement signed with that very key or another good one, or by two operators, one after
    /// the other. The key ends at once, and with it every key that it brought in since `since`. Certificates that the
    /// public log shows to be older than `since` stand here; all others of these keys are `invalid`, for every date.
    /// Other people's software refuses all of them, so sign the good ones again.
    ///
    /// Codes: `key-report-refused`, `key-state`.
    #[oai(path = "/:slug/keys/:key/compromise", method = "post", operation_id = "report_key")]
    async fn report(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The public key, `z6Mk…`.
        #[oai(validator(max_length = 60))]
        key: Path<String>,
        body: Body<CompromiseReport>,
    ) -> Result<Answer<KeyView>, Error> {
        let now = app.clock.now();
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        let mut keys = store::keys(&mut tx, academy.id).await?;
        let about = key_of(&keys, &key, &slug)?;
        let CompromiseReport { since, key: signer, at, signature } = body.0;
        if since.is_some_and(|since| since > now) {
            let detail = "This lies in the future; a theft that is known has happened.";
            return Err(Error::invalid(vec![Fault::new("/since", "in-the-future", detail)]));
        }
        let did = academy.did(&app.config.issuer_host);
        let since = match (signer, at, signature) {
            (Some(signer), Some(at), Some(signature)) => {
                check_statement(&did, &keys, &keys[about], (&signer, &at, &signature), since, now)?;
                since
            }
            _ if keeper.role == Role::Operator => {
                let report = KeyReport { token: keeper.token_id, since, at: now, by: keeper.actor() };
                store::put_report(&mut tx, keys[about].id, &report).await?;
                let Some(since) = model::agreed(&store::reports(&mut tx, keys[about].id).await?) else {
                    let what = What::on(AcademyAction::KeyReported, key.clone());
                    note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
                    tx.commit().await?;
                    let view = KeyView::new(&app, &academy, keys.swap_remove(about), now);
                    return Ok(Answer::new(&view));
                };
                since
            }
            _ => {
                return Err(refused(
                    "/signature",
                    "Sign the statement: `stipple key compromise` makes the body.",
                ));
            }
        };
        let changed = model::compromise(&mut keys, about, since, now)?;
        for at in &changed {
            let key = &keys[*at];
            store::update_key(&mut tx, key).await?;
            log_key(&mut tx, &app, &academy, key, Op::KeyCompromise, now).await?;
            let what = What::on(AcademyAction::KeyCompromised, key.public.to_multibase());
            note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        }
        let ended: Vec<&Key> = changed.iter().map(|at| &keys[*at]).collect();
        post(&mut tx, &app, model::key_compromised_letter(&academy, &ended), now).await?;
        tx.commit().await?;
        Ok(Answer::new(&KeyView::new(&app, &academy, keys.swap_remove(about), now)))
    }
}
