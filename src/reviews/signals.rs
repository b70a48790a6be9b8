//! Patterns that a person shall look at: raised in the transaction that writes a review. They remove
//! nothing, hold nothing back, and are shown to operators alone.

use std::time::Duration;

use super::model::{
    ConcernKind, Report, ReportSource, ReportState, Review, Signal, bands, contact_mark, fingerprint, nearly,
    says_untrained,
};
use super::ops::{self, About};
use super::store;
use crate::app::App;
use crate::config::limits;
use crate::platform::db::Conn;
use crate::platform::problem::Result;
use crate::practitioners;

/// Looks at a review that was just written, and says what it notices. `own` says that the request
/// carried the listing's own token.
pub(super) async fn raise(conn: &mut Conn, app: &App, review: &Review, own: bool) -> Result<()> {
    let now = app.clock.now();
    let mut noticed: Vec<(Signal, String)> = Vec::new();
    let about = (review.id, review.practitioner_id);
    let marks = (review.contact_mark.clone(), review.address_mark.clone());
    let month = now.minus(Duration::from_hours(30 * 24));
    let day = now.minus(Duration::from_hours(24));
    let (mailbox, address, today) = store::patterns(conn, about, marks, month, day).await?;
    if mailbox > 0 {
        noticed.push((Signal::SameMailbox, format!("The mailbox wrote {mailbox} other reviews.")));
    }
    if address > 0 {
        noticed.push((
            Signal::SameAddress,
            format!(
                "{address} other reviews of the listing came from the same network address within 30 days."
            ),
        ));
    }
    if own || is_of_the_listing(conn, app, review).await? {
        noticed.push((
            Signal::OwnListing,
            "It was sent with the listing's own token or from its own mailbox.".to_owned(),
        ));
    }
    if let Some(other) = near_duplicate(conn, review).await? {
        noticed.push((Signal::NearDuplicate, format!("The text nearly is that of the review {other}.")));
    }
    if today >= limits::BURST && review.version == 1 {
        noticed.push((Signal::Burst, format!("The listing received {today} reviews within 24 hours.")));
    }
    for (signal, detail) in noticed {
        let report = Report {
            id: app.ids.uuid(),
            review_id: review.id,
            source: ReportSource::Signal,
            reason: signal.word().to_owned(),
            detail,
            // One of a kind for each review, however often it grows.
            reporter_mark: Some(app.vault.mark("review signal", signal.word().as_bytes()).to_vec()),
            state: ReportState::Open,
            at: now,
            closed_at: None,
        };
        store::insert_report(conn, &report).await?;
    }
    if review.version == 1 && says_untrained(&review.draft.text) {
        let about = About { id: review.practitioner_id, number: review.listing };
        let detail = "A review says that the practitioner is not trained.".to_owned();
        ops::raise_concern(conn, app, about, Some(review.id), ConcernKind::Untrained, detail).await?;
    }
    Ok(())
}

/// Whether the author's mailbox is the one on the listing.
async fn is_of_the_listing(conn: &mut Conn, app: &App, review: &Review) -> Result<bool> {
    let Some(mark) = &review.contact_mark else { return Ok(false) };
    let listing = practitioners::load_many(conn, &[review.practitioner_id]).await?.pop();
    let email = listing.and_then(|listing| listing.profile.contact.email.clone());
    Ok(email.is_some_and(|email| contact_mark(&app.vault, &email) == *mark))
}

/// Another review whose text nearly agrees; keeps the fingerprint of this one.
async fn near_duplicate(conn: &mut Conn, review: &Review) -> Result<Option<uuid::Uuid>> {
    let print = fingerprint(&review.draft.text);
    let bands = bands(print);
    let near = store::prints_near(conn, review.id, bands, limits::PRINTS).await?;
    store::set_print(conn, review.id, print.cast_signed(), bands).await?;
    Ok(near.into_iter().find(|(_, other)| nearly(print, other.cast_unsigned())).map(|(id, _)| id))
}
