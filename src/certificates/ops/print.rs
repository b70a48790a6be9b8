//! Printing a certificate: what was signed, its number, and where to see whether it still stands.

use super::find;
use crate::app::App;
use crate::certificates::document::Document;
use crate::certificates::forms::{self, Printed, Sheet};
use crate::certificates::model::acts::Standing;
use crate::certificates::model::{Composed, UNPRINTABLE, page_url};
use crate::certificates::store;
use crate::certificates::verdict;
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::signing::digest::Digest;

/// Prints a certificate the directory holds.
///
/// # Errors
/// 404 where there is none of this number; 422 where no font has a letter of it.
pub(in crate::certificates) async fn print(
    app: &App,
    number: Number,
    form: Printed,
) -> Result<Vec<u8>, Error> {
    let now = app.clock.now();
    let (composed, standing, bytes) = {
        let mut conn = app.db.snapshot().await?;
        let composed = find(&mut conn, number, now).await?;
        let acts = store::status::acts(&mut conn, composed.certificate.id).await?;
        let bytes = store::bytes(&mut conn, composed.certificate.id).await?;
        (composed, Standing::of(&acts, now), bytes)
    };
    let page = page_url(&app.config.public_url, number);
    let standing = not_in_force(&composed, standing, now);
    // Drawing takes a core for a while; the gate in front of this operation bounds how many do.
    let drawn = tokio::task::spawn_blocking(move || draw(&composed, &bytes, page, standing, form));
    drawn.await.map_err(Error::internal)?
}

/// That it is not in force, in a sentence, where it is not.
fn not_in_force(composed: &Composed, standing: Option<Standing>, now: Ts) -> Option<String> {
    let expired = composed.certificate.valid_until.filter(|until| *until < now);
    match standing {
        Some(standing) => Some(standing.sentence()),
        None if !composed.key_stands => Some(
            "It was signed with a key that is in the wrong hands. Ask the academy to issue it again."
                .to_owned(),
        ),
        None => expired.map(|until| format!("It expired on {}.", until.date())),
    }
}

fn draw(
    composed: &Composed,
    bytes: &[u8],
    page: String,
    standing: Option<String>,
    form: Printed,
) -> Result<Vec<u8>, Error> {
    let row = &composed.certificate;
    let text = verdict::read(bytes).map_err(Error::internal)?;
    let document = Document::read_text(&text)
        .map_err(|_| Error::internal("a stored certificate that cannot be read"))?;
    let sheet = Sheet {
        holder: &row.holder_name,
        title: &row.title,
        criteria: document.criteria(),
        academy: document.issuer_name.unwrap_or(&composed.academy_name),
        issuer: &row.issuer,
        trainer: document.trainer.and_then(|(_, name)| name),
        old_number: document.old_number(),
        awarded: row.awarded_on,
        signed: row.valid_from,
        valid_until: row.valid_until.map(Ts::date),
        number: row.number.to_string(),
        page,
        digest: row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?,
        standing,
    };
    forms::print(&sheet, bytes, form).map_err(|error| {
        Error::new(
            UNPRINTABLE,
            format!(
                "{} cannot be printed: {error}. The signed certificate itself is at …/credential.",
                row.number
            ),
        )
    })
}
