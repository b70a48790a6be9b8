//! Verifying what somebody brings: found in whatever form it came, and judged by what the directory knows.

use super::status;
use crate::academies::{self, CourseVersionUrl, Issuer};
use crate::app::App;
use crate::certificates::document::Document;
use crate::certificates::forms::{self, Brought};
use crate::certificates::model::{LINK, NO_CREDENTIAL};
use crate::certificates::store::{self, Certificate};
use crate::certificates::verdict::{
    self, Compromise, Form, Holder, IssuerRecord, KeyRecord, Knowledge, Logged, Question, Recognition, Span,
    Stored, Verdict,
};
use crate::config::limits;
use crate::platform::db::{self, Conn};
use crate::platform::http::strict;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;
use crate::practitioners;
use crate::signing::digest::Digest;
use crate::signing::jose::Jws;
use crate::signing::json::{Limits, Text};
use crate::signing::proof::PROOF;
use crate::transparency::{self, Op};

/// The verdict on whatever was brought: a credential in any form it travels in, a number, or a link of ours.
///
/// # Errors
/// 422 where a file carries no credential or a link leads elsewhere; 400 for text that is not JSON with one meaning; 404
/// for a number that is not there.
pub(in crate::certificates) async fn verify(
    app: &App,
    conn: &mut Conn,
    bytes: &[u8],
    question: Question,
) -> Result<Verdict, Error> {
    let brought =
        forms::read(bytes).map_err(|error| Error::new(NO_CREDENTIAL, format!("Not verified: {error}.")))?;
    let (form, verdict) = match brought {
        Brought::Json(form, bytes) => {
            let text = strict::read(&bytes, limits::CERTIFICATE_BYTES, PROOF)?;
            (form, of_text(app, conn, &text, question).await?)
        }
        Brought::Jwt(form, text) => (form, of_jws(app, conn, &text, question).await?),
        Brought::Number(number) => (Form::Number, of_number(app, conn, number, question).await?),
        Brought::Link(link) => {
            let number = number_of(&app.config.public_url, link).ok_or_else(|| {
                Error::new(
                    LINK,
                    format!(
                        "Only links to certificates of this directory are taken, {}/certificates/CRT-…; nothing else is \
                         fetched. Send the certificate itself.",
                        app.config.public_url
                    ),
                )
            })?;
            (Form::Link, of_number(app, conn, number, question).await?)
        }
    };
    Ok(verdict.in_form(form))
}

/// The number in a link of ours, to the page or to anything of the API below a certificate.
fn number_of(public_url: &str, link: &str) -> Option<Number> {
    let path = link.strip_prefix(public_url)?.strip_prefix('/')?;
    let path = path.split(['?', '#']).next()?;
    let rest = path.strip_prefix("v1/").unwrap_or(path).strip_prefix("certificates/")?;
    Number::parse(rest.split('/').next()?, NumberKind::Certificate).ok()
}

/// The verdict on a certificate the directory holds.
///
/// # Errors
/// 404 where it holds none of this number.
pub(in crate::certificates) async fn of_number(
    app: &App,
    conn: &mut Conn,
    number: Number,
    question: Question,
) -> Result<Verdict, Error> {
    let row = store::by_number(conn, number)
        .await?
        .ok_or_else(|| Error::not_found(format!("There is no certificate {number}.")))?;
    let bytes = store::bytes(conn, row.id).await?;
    let text = strict::read(&bytes, limits::CERTIFICATE_BYTES, PROOF)?;
    of_text(app, conn, &text, question).await
}

async fn of_text(app: &App, conn: &mut Conn, text: &Text<'_>, question: Question) -> Result<Verdict, Error> {
    match Document::read_text(text) {
        Ok(document) => judge(app, conn, &document, question).await,
        Err(faults) => Ok(verdict::of_faults(&faults, question)),
    }
}

async fn of_jws(app: &App, conn: &mut Conn, text: &str, question: Question) -> Result<Verdict, Error> {
    let jws = match Jws::read(text, Limits::CERTIFICATE) {
        Ok(jws) => jws,
        Err(error) => return Ok(verdict::of_unreadable_jws(&error, question)),
    };
    match Document::read_jws(&jws) {
        Ok(document) => judge(app, conn, &document, question).await,
        Err(faults) => Ok(verdict::of_faults(&faults, question)),
    }
}

/// The verdict on any credential, by what the directory knows of its issuer, its course and
/// its holder.
///
/// # Errors
/// Only when the database does; whatever the document says, there is a verdict.
async fn judge(
    app: &App,
    conn: &mut Conn,
    document: &Document<'_>,
    question: Question,
) -> Result<Verdict, Error> {
    let issuer = academies::issuer_by_did(conn, &app.config.issuer_host, document.issuer).await?;
    let record = issuer.as_ref().map(|issuer| record_of(issuer, &app.config.public_url));
    let stored = match &record {
        Some(_) => store::by_credential_id(conn, document.issuer, document.id).await?,
        None => None,
    };
    let listing = match document.listing() {
        Some(number) => practitioners::load(conn, number).await?,
        None => match stored.as_ref().filter(|row| row.is_attached()).and_then(|row| row.practitioner_id) {
            Some(id) => practitioners::load_many(conn, &[id]).await?.pop(),
            None => None,
        },
    };
    let numbers: Vec<Number> = listing.iter().map(|listing| listing.number).collect();
    let names: Vec<&str> = listing
        .iter()
        .flat_map(|listing| {
            let names = listing.person_names();
            std::iter::once(names.name).chain(names.former.iter().map(String::as_str))
        })
        .collect();
    let acts = match &stored {
        Some(row) => store::status::acts(conn, row.id).await?,
        None => Vec::new(),
    };
    let logged = match &stored {
        Some(row) => transparency::place_of(conn, Op::Certificate, row.id).await?,
        None => None,
    };
    let witnesses = match logged {
        Some(place) => transparency::witnesses_of(conn, place).await?,
        None => 0,
    };
    let known = Knowledge {
        logged: logged.map(|place| Logged { index: place.index, at: place.at, witnesses }),
        status: status::known(app, conn, document, issuer.as_ref()).await?,
        acts: &acts,
        issuer: record.as_ref().map_or(verdict::Issuer::ItselfOnly, verdict::Issuer::Known),
        received: stored.as_ref().map(|row| row.received_at),
        stored: stored.as_ref().and_then(digest_of).map_or(Stored::NotHeld, Stored::Held),
        course: course_known(conn, document, issuer.as_ref()).await?,
        holder: if listing.is_some() {
            Holder::Listing { numbers: &numbers, names: &names }
        } else {
            Holder::NotCompared
        },
    };
    let certificate = stored.as_ref().map(|row| row.number);
    let mut verdict = verdict::judge(document, &known, question);
    verdict.certificate = certificate;
    Ok(verdict)
}

fn digest_of(row: &Certificate) -> Option<Digest> {
    row.digest.as_slice().try_into().ok().map(Digest)
}

async fn course_known(
    conn: &mut Conn,
    document: &Document<'_>,
    issuer: Option<&Issuer>,
) -> db::Result<verdict::Course> {
    let (Some(url), Some(issuer)) = (CourseVersionUrl::parse(document.achievement), issuer) else {
        return Ok(verdict::Course::NotAtHand);
    };
    Ok(match academies::course_version(conn, &url).await? {
        None => verdict::Course::NotAtHand,
        Some(version) if version.academy_id != issuer.academy_id => verdict::Course::NotTheIssuers,
        Some(version) if Digest::of_bytes(&version.bytes) != url.hash => verdict::Course::Differs,
        Some(_) => verdict::Course::Matches,
    })
}

/// What the directory knows of an issuer, in the judge's words.
fn record_of(issuer: &Issuer, registry: &str) -> IssuerRecord {
    IssuerRecord {
        did: issuer.did.clone(),
        name: Some(issuer.name.clone()),
        keys: issuer
            .keys
            .iter()
            .filter(|key| key.active_at.is_some())
            .map(|key| KeyRecord {
                added: key.active_at,
                retired: key.retired_at,
                compromised: key
                    .revoked_at
                    .map(|reported| Compromise { since: key.compromised_since, reported: Some(reported) }),
                ..KeyRecord::standing(&issuer.did, key.public, None)
            })
            .collect(),
        recognition: Recognition::Registry {
            name: registry.to_owned(),
            spans: issuer
                .recognitions
                .iter()
                .map(|recognition| Span { from: recognition.counts_from, until: recognition.until_at })
                .collect(),
        },
    }
}
