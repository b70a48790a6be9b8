//! Reviews over HTTP: wire types and handlers, a file a resource.

mod concerns;
mod invitations;
mod log;
mod moderation;
mod proofs;
mod replies;
mod reviews;
mod treatments;

pub use concerns::ConcernsApi;
pub use invitations::InvitationsApi;
pub use log::ReviewLogApi;
pub use moderation::ModerationApi;
pub use proofs::ProofsApi;
pub use replies::RepliesApi;
pub use reviews::ReviewsApi;
pub use treatments::TreatmentsApi;

use poem::Request;
use poem::http::header;
use uuid::Uuid;

use super::model::{self, Review, ReviewState, ReviewView};
use super::ops::About;
use super::store;
use crate::accounts::http::Operator;
use crate::app::App;
use crate::platform::db::Conn;
use crate::platform::http::{Answer, Context, Version};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::practitioners::{self, Standing};

/// Every operation of this room, in reading order.
pub type ReviewApis = (
    ReviewsApi,
    TreatmentsApi,
    InvitationsApi,
    RepliesApi,
    ProofsApi,
    ModerationApi,
    ConcernsApi,
    ReviewLogApi,
);

/// Every operation of this room, in reading order.
pub const APIS: ReviewApis = (
    ReviewsApi,
    TreatmentsApi,
    InvitationsApi,
    RepliesApi,
    ProofsApi,
    ModerationApi,
    ConcernsApi,
    ReviewLogApi,
);

/// The listing under a number; `rest` is what follows it in the path.
///
/// # Errors
/// 400 for the number of something else, 404, 410 with the reason, or 301 to the one that answers.
async fn listing(conn: &mut Conn, number: Number, rest: &str) -> Result<About, Error> {
    if number.kind() != NumberKind::Listing {
        let detail =
            format!("{number} is the number of something else; the numbers of listings begin with SMP.");
        return Err(Error::parameter(Fault::new("path:number", "format", detail)));
    }
    match practitioners::standing(conn, number).await? {
        Some(Standing::Listed { id, .. }) => Ok(About { id, number }),
        other => Err(practitioners::absence(number, other.as_ref(), rest)),
    }
}

/// The listing under a number, for reading what was written about it: one that its keeper took off keeps its reviews,
/// so that listing anew sheds none.
///
/// # Errors
/// As [`listing`], for a listing that was taken off for another reason.
async fn listing_to_read(conn: &mut Conn, number: Number, rest: &str) -> Result<About, Error> {
    match practitioners::standing(conn, number).await? {
        Some(Standing::Removed { id, reason, .. }) if reason.is_followed() => Ok(About { id, number }),
        _ => listing(conn, number, rest).await,
    }
}

/// The review with that id.
///
/// # Errors
/// 404 when there is none.
async fn find(conn: &mut Conn, id: Uuid) -> Result<Review, Error> {
    store::by_id(conn, id).await?.ok_or_else(|| Error::not_found(format!("There is no review {id}.")))
}

/// What is shown of reviews, with their versions, in the same order.
async fn views(conn: &mut Conn, app: &App, reviews: &[Review]) -> Result<Vec<ReviewView>, Error> {
    let ids: Vec<Uuid> = reviews.iter().map(|review| review.id).collect();
    let versions = store::versions_of(conn, &ids).await?;
    let replies = store::replies_of(conn, &ids).await?;
    let view = |review: &Review| {
        let versions = versions.iter().filter(|(id, _)| *id == review.id).map(|(_, written)| written);
        let replies = replies.iter().filter(|reply| reply.review_id == review.id);
        let replies = replies.map(|reply| (reply.text.as_str(), reply.at));
        ReviewView::new(review, versions, replies, &app.config.public_url)
    };
    Ok(reviews.iter().map(view).collect())
}

/// A review as it is now, inside the transaction that changed it. Its tag changes with what readers and
/// the practitioner add, and `If-Match` takes it for the version.
async fn answer(conn: &mut Conn, app: &App, review: &Review) -> Result<Answer<ReviewView>, Error> {
    let view = views(conn, app, std::slice::from_ref(review)).await?.pop();
    let view = view.ok_or_else(|| Error::internal("one review has one view"))?;
    let answer = Answer::new(&view);
    let tag = Version(review.version).tag_of(answer.parts()?.body);
    Ok(answer.header(header::ETAG, &tag).last_modified(review.updated_at))
}

/// Refuses what is about a review that is not shown any more.
fn shown(review: &Review) -> Result<(), Error> {
    match review.removal {
        Some((reason, at)) if review.state == ReviewState::Removed => Err(Error::new(
            model::REVIEW_REMOVED,
            format!("The review was removed on {}: {}.", at.date(), reason.label()),
        )
        .with_member("reason", reason.as_str())),
        _ => Ok(()),
    }
}

/// Refuses an operator who is tied to the listing.
async fn untied(conn: &mut Conn, operator: &Operator, practitioner: Uuid) -> Result<(), Error> {
    practitioners::ops::untied(conn, operator, practitioner).await
}

/// What stands for the address a request came from, or for its token.
fn address_mark(app: &App, request: &Request) -> Option<Vec<u8>> {
    let caller = Context::of(request)?.caller().to_string();
    Some(app.vault.mark("review address", caller.as_bytes()).to_vec())
}
