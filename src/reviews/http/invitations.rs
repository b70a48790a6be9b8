//! Invitations: what a client does with the address from a letter or a card, and how one asks for one.

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use time::{Date, Duration};

use super::{address_mark, listing, views};
use crate::accounts::Caller;
use crate::accounts::http::caller;
use crate::app::{App, Tag};
use crate::config::limits;
use crate::platform::http::{Accepted, Answer, Body, Created, Validate};
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault};
use crate::platform::vault::Private;
use crate::reviews::model::{
    Dimensions, InvitationView, ReviewInput, SubmittedReview, author_token, checked_email,
};
use crate::reviews::ops::{self, Submission};
use crate::reviews::store;
use crate::vocabulary::{Condition, Incentive, Relationship, ReviewStage, ReviewVerification};

/// `/v1/review-invitations/{token}`, and the start of a review without the practitioner.
pub struct InvitationsApi;

/// A review to write.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewReview")]
struct NewReviewBody {
    /// Overall, 1 to 5.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    stars: u8,
    /// Beside the stars.
    #[oai(default)]
    dimensions: Dimensions,
    /// Whether you would recommend the practitioner.
    would_recommend: bool,
    /// What ties you to the practitioner.
    relationship: Relationship,
    /// What you were given or promised for the review.
    incentive: Incentive,
    /// What you came with, if you want to say so. It is shown.
    condition: Option<Condition>,
    /// In your words: at least 40 letters, whatever the stars. Markup is shown as it stands.
    #[oai(validator(max_length = 5000))]
    text: String,
    /// The stage you mean to review. Left out, it is the one of today.
    stage: Option<ReviewStage>,
}

impl Validate for NewReviewBody {}

impl From<NewReviewBody> for ReviewInput {
    fn from(body: NewReviewBody) -> Self {
        Self {
            stars: body.stars,
            dimensions: body.dimensions,
            would_recommend: body.would_recommend,
            relationship: body.relationship,
            incentive: body.incentive,
            condition: body.condition,
            text: body.text,
            stage: body.stage,
        }
    }
}

/// Who wants to review, and when it was.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReviewStart {
    /// Your e-mail address: the way to write the review is sent there. It is shown to nobody.
    #[oai(validator(max_length = 254))]
    email: String,
    /// The day of your last session.
    last_session: Date,
}

impl Validate for ReviewStart {}

/// A review that begins with a letter.
#[derive(Debug, Object, Serialize)]
struct ReviewStarted {
    /// What happens now.
    next: String,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reviews")]
impl InvitationsApi {
    /// Read an invitation to review
    ///
    /// What the address from the letter or the card is for. Reading it changes nothing and uses nothing
    /// up, however often a mail scanner does.
    ///
    /// Problems: 404 `unknown-invitation`, 410 `invitation-used`, 410 `invitation-expired`.
    #[oai(path = "/review-invitations/:token", method = "get", operation_id = "read_invitation")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The token, `stp_rv_…`.
        token: Path<String>,
    ) -> Result<Answer<InvitationView>, Error> {
        let now = app.clock.now();
        let mut conn = app.db.snapshot().await?;
        let (invitation, treatment) = ops::find_invitation(&mut conn, &token, now).await?;
        let review = store::by_treatment(&mut conn, treatment.id).await?;
        let verification = ReviewVerification::named(invitation.via.verification());
        let view = InvitationView {
            listing: treatment.listing.to_string(),
            listing_url: format!("{}/v1/practitioners/{}", app.config.public_url, treatment.listing),
            service: treatment.service,
            sessions: treatment.sessions.iter().map(ToString::to_string).collect(),
            stage: treatment.stage(now.date()).max(invitation.stage),
            verification: review.as_ref().map_or(verification, |review| review.verification),
            expires_at: invitation.expires_at,
            written_before: review.is_some(),
            next: "POST the review to this address. The token is used up by that, and by nothing else."
                .to_owned(),
        };
        Ok(Answer::new(&view).private())
    }

    /// Write a review
    ///
    /// With the token of an invitation, which is used up. Where a review of the treatment is there, this
    /// is its next version: the earlier ones stay readable with their dates, and the latest counts. It is
    /// published at once, whatever its stars. The answer holds the author token, which shows later that
    /// the review is yours.
    ///
    /// Problems: 404 `unknown-invitation`, 409 `review-removed`, 410 `invitation-used`, 410
    /// `invitation-expired`, 422 `invalid`, 422 `stage-too-early`, 422 `stage-over`.
    #[oai(path = "/review-invitations/:token", method = "post", operation_id = "submit_review")]
    async fn submit(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The token, `stp_rv_…`.
        token: Path<String>,
        body: Body<NewReviewBody>,
    ) -> Result<Created<SubmittedReview>, Error> {
        let input = ReviewInput::from(body.0);
        let stage = input.stage;
        let mut tx = app.db.write().await?;
        // Before the text is judged, so that a used token is told as that.
        ops::find_invitation(&mut tx, &token, app.clock.now()).await?;
        let draft = input.check().map_err(Error::invalid)?;
        let by_keeper_of = caller(request).and_then(Caller::scope);
        let new = Submission { draft, stage, address_mark: address_mark(&app, request), by_keeper_of };
        let review = ops::submit(&mut tx, &app, &token, new).await?;
        let view = views(&mut tx, &app, std::slice::from_ref(&review)).await?.pop();
        let view = view.ok_or_else(|| Error::internal("one review has one view"))?;
        tx.commit().await?;
        let url = view.url.clone();
        let answer = SubmittedReview { review: view, author_token: author_token(&app.vault, review.id) };
        Ok(Created::new(&answer).location(&url).private())
    }

    /// Start a review without the practitioner
    ///
    /// Any client may. The way to write it goes to your address, which shows that it is yours; the review
    /// is then labelled `email-confirmed` and counts less than one the practitioner's invitation or a
    /// proof stands behind. One letter a day for each mailbox and listing; whether one went out is not told.
    ///
    /// Problems: 404 `not-found`, 410 `listing-removed`, 422 `invalid`.
    #[oai(path = "/practitioners/:number/reviews", method = "post", operation_id = "start_review")]
    async fn start(
        &self,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        body: Body<ReviewStart>,
    ) -> Result<Accepted<ReviewStarted>, Error> {
        let today = app.clock.today();
        let mut faults = Vec::new();
        let email = checked_email("/email", &Private::new(body.0.email), &mut faults);
        let days = (today - body.0.last_session).whole_days();
        if days < 0 {
            faults.push(Fault::new("/last_session", "in-future", "That day has not come yet."));
        }
        if today - body.0.last_session > Duration::days(limits::REVIEWED_WITHIN_DAYS) {
            faults.push(Fault::new("/last_session", "too-old", "A review is about the last five years."));
        }
        let (Some(email), true) = (email, faults.is_empty()) else { return Err(Error::invalid(faults)) };
        let mut tx = app.db.write().await?;
        let about = listing(&mut tx, number.0, "/reviews").await?;
        ops::start(&mut tx, &app, about, &email, body.0.last_session).await?;
        tx.commit().await?;
        let next = "Open the letter that we send to this address, and write the review where it says. \
                    No letter within an hour? Another can be asked for tomorrow.";
        Ok(Accepted::new(&ReviewStarted { next: next.to_owned() }).private())
    }
}
