//! Academies on their own sites: fetching the DID document there, and what follows from it.

use crate::academies::http::{log_key, note, post};
use crate::academies::model::{self, Academy, AcademyAction, DID_DOCUMENT, What};
use crate::academies::store;
use crate::app::App;
use crate::config::limits;
use crate::platform::problem::{Error, Fault};
use crate::signing::did::{DidDocument, DidWeb, LookupError, method_id};
use crate::signing::json::{self, Limits};
use crate::signing::keys::PublicKey;
use crate::transparency::Op;

/// Who ends a key in the history, where the document on the academy's own site does.
const ACTOR: &str = "did-document";

/// A DID that an academy may have on its own site.
///
/// # Errors
/// A sentence that says what does not fit.
pub(in crate::academies) fn own_did(issuer_host: &str, text: &str) -> Result<DidWeb, String> {
    let web = DidWeb::parse(text).map_err(|error| format!("{error}."))?;
    if web.host() == issuer_host || !web.host().contains('.') {
        return Err(format!("This must be on the academy's own domain, not on {}.", web.host()));
    }
    Ok(web)
}

/// The document on the academy's own site.
///
/// # Errors
/// A sentence that says what is wrong with it, or why it could not be had.
pub(in crate::academies) async fn document(app: &App, did: &DidWeb) -> Result<DidDocument, String> {
    let url = did.document_url();
    let bytes = app.strangers.get(&url, limits::DID_DOCUMENT_BYTES).await;
    let bytes = bytes.map_err(|error| format!("{error}."))?;
    let value = json::parse(&bytes, Limits::bytes(limits::DID_DOCUMENT_BYTES));
    let value = value.map_err(|error| format!("{url}: {error}."))?;
    let document = DidDocument::read(&value).map_err(|error| format!("{url}: {error}."))?;
    if document.id() != did.to_string() {
        return Err(format!("{url}: it is the document of another DID."));
    }
    Ok(document)
}

/// Whether a document lets this key sign certificates; otherwise why not.
fn lists(document: &DidDocument, key: &PublicKey) -> Result<(), String> {
    match document.assertion_method(&method_id(document.id(), key)) {
        Ok(method) if method.revoked.is_some() => Err("it says that the key is revoked".to_owned()),
        Ok(_) => Ok(()),
        Err(LookupError::NotForAssertion) => Err("it does not list the key under assertionMethod".to_owned()),
        Err(_) => Err(format!("it does not list the key as `{}`", method_id(document.id(), key))),
    }
}

/// The problem of a document on an academy's own site.
pub(in crate::academies) fn refused(pointer: &'static str, detail: String) -> Error {
    Error::new(DID_DOCUMENT, detail.clone()).with_faults(vec![Fault::new(pointer, "did-document", detail)])
}

/// Whether a key of an academy on its own site stands in the document there; a hosted academy's needs not.
///
/// # Errors
/// 422 where it does not, or the document cannot be had.
pub(in crate::academies) async fn check_listed(
    app: &App,
    academy: &Academy,
    key: &PublicKey,
) -> Result<(), Error> {
    let Some(did) = &academy.own_did else { return Ok(()) };
    let web = DidWeb::parse(did).map_err(Error::internal)?;
    let pointer = "/public_key_multibase";
    let document = document(app, &web).await.map_err(|detail| refused(pointer, detail))?;
    lists(&document, key)
        .map_err(|why| refused(pointer, format!("Put the key into {} first: {why}.", web.document_url())))
}

/// Looks at the documents that were not looked at for long.
///
/// # Errors
/// As the database says. A site that does not answer is noted, and changes nothing.
pub async fn check_due(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let due = store::due_dids(&mut conn, now.minus(limits::DID_AGE), limits::DID_BATCH).await?;
    drop(conn);
    for slug in due {
        check_document(app, &slug).await?;
    }
    Ok(())
}

/// Takes from an academy's keys the trust its own document no longer has in them.
async fn check_document(app: &App, slug: &str) -> Result<(), Error> {
    let mut conn = app.db.read().await?;
    let Some(academy) = store::academy_by_slug(&mut conn, slug).await? else { return Ok(()) };
    drop(conn);
    let Some(Ok(web)) = academy.own_did.as_deref().map(DidWeb::parse) else { return Ok(()) };
    let found = document(app, &web).await;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let fault = found.as_ref().err().map(|detail| detail.chars().take(500).collect());
    store::note_did_check(&mut tx, academy.id, fault, now).await?;
    if let Ok(document) = &found {
        for mut key in store::signing_keys(&mut tx, academy.id).await? {
            let Err(why) = lists(document, &key.public) else { continue };
            if key.retire(ACTOR.to_owned(), now).is_err() {
                continue;
            }
            store::update_key(&mut tx, &key).await?;
            log_key(&mut tx, app, &academy, &key, Op::KeyRetire, now).await?;
            let what = What::on(AcademyAction::KeyRetired, key.public.to_multibase()).because(Some(why));
            note(&mut tx, app, &academy, ACTOR.to_owned(), what, now).await?;
            post(&mut tx, app, model::key_retired_letter(&academy, &key, &web.document_url()), now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
