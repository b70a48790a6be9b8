//! Verifying what somebody brings: found in whatever form it came, and judged by what the directory knows.

use super::known::{self, Known};
use crate::app::App;
use crate::certificates::document::Document;
use crate::certificates::forms::{self, Brought};
use crate::certificates::model::{LINK, NO_CREDENTIAL};
use crate::certificates::store;
use crate::certificates::verdict::{self, Form, Question, Verdict};
use crate::config::limits;
use crate::platform::db::Conn;
use crate::platform::http::strict;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::Error;
use crate::signing::jose::Jws;
use crate::signing::json::{Limits, Text};
use crate::signing::proof::PROOF;
use crate::transparency;

/// The verdict on whatever was brought: a credential in any form it travels in, a number, or a link of ours.
///
/// # Errors
/// 422 where a file carries no credential or a link leads elsewhere; 400 for text that is not JSON with one meaning; 404
/// for a number that is not there.
pub(in crate::certificates) async fn verify(
    app: &App,
    bytes: &[u8],
    question: Question,
) -> Result<Verdict, Error> {
    let brought =
        forms::read(bytes).map_err(|error| Error::new(NO_CREDENTIAL, format!("Not verified: {error}.")))?;
    let (form, verdict) = match brought {
        Brought::Json(form, bytes) => {
            let text = strict::read(&bytes, limits::CERTIFICATE_BYTES, PROOF)?;
            (form, of_text(app, &text, question).await?)
        }
        Brought::Jwt(form, text) => (form, of_jws(app, &text, question).await?),
        Brought::Number(number) => (Form::Number, of_held(app, number, question).await?),
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
            (Form::Link, of_held(app, number, question).await?)
        }
    };
    let mut verdict = verdict.in_form(form);
    if verdict.today.is_some() && verdict.checkpoint.is_none() {
        verdict.checkpoint = checkpoint(&mut app.db.read().await?).await?;
    }
    Ok(verdict)
}

/// The newest checkpoint of the public log.
async fn checkpoint(conn: &mut Conn) -> Result<Option<String>, Error> {
    Ok(transparency::head(conn).await?.checkpoint.map(|(_, note, _)| note))
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
    match Document::read_text(&text) {
        Ok(document) => {
            let mut verdict = Known::look_up(app, conn, &document).await?.judge(&document, question);
            if verdict.today.is_some() {
                verdict.checkpoint = checkpoint(conn).await?;
            }
            Ok(verdict)
        }
        Err(faults) => Ok(verdict::of_faults(&faults, question)),
    }
}

async fn of_held(app: &App, number: Number, question: Question) -> Result<Verdict, Error> {
    of_number(app, &mut app.db.snapshot().await?, number, question).await
}

async fn of_text(app: &App, text: &Text<'_>, question: Question) -> Result<Verdict, Error> {
    match Document::read_text(text) {
        Ok(document) => known::judge(app, &document, question).await,
        Err(faults) => Ok(verdict::of_faults(&faults, question)),
    }
}

async fn of_jws(app: &App, text: &str, question: Question) -> Result<Verdict, Error> {
    let jws = match Jws::read(text, Limits::CERTIFICATE) {
        Ok(jws) => jws,
        Err(error) => return Ok(verdict::of_unreadable_jws(&error, question)),
    };
    match Document::read_jws(&jws) {
        Ok(document) => known::judge(app, &document, question).await,
        Err(faults) => Ok(verdict::of_faults(&faults, question)),
    }
}
