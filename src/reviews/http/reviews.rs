//! Reviews as everybody reads them, and what their authors may do.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::{answer, find, listing_to_read, shown, views};
use crate::app::{App, Tag};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE};
use crate::platform::http::list::{page, total};
use crate::platform::http::{Answer, Binding, Body, Paging, Validate};
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault};
use crate::practitioners;
use crate::reviews::model::{
    self, RatingSummary, Review, ReviewFilter, ReviewPage, ReviewSort, ReviewState, ReviewView, is_author,
};
use crate::reviews::{ops, store};
use crate::search::words;
use crate::vocabulary::{Condition, RemovalReason, ReviewStage};

/// `/v1/practitioners/{number}/reviews` and `/v1/reviews/{id}`.
pub struct ReviewsApi;

/// What shows that a review is yours.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(super) struct AuthorBody {
    /// The author token, from the answer to the review or the letter about it.
    #[oai(validator(max_length = 80))]
    pub(super) author_token: String,
}

impl Validate for AuthorBody {}

fn newest() -> ReviewSort {
    ReviewSort::Newest
}

fn published() -> ReviewState {
    ReviewState::Published
}

/// The key a sort goes by: an instant in microseconds, stars, or votes.
fn key(sort: ReviewSort, review: &Review) -> i64 {
    match sort {
        ReviewSort::Newest => review.written_at.micros(),
        ReviewSort::Lowest | ReviewSort::Highest => i64::from(review.draft.stars),
        ReviewSort::MostHelpful => review.helpful,
    }
}

/// Where a list begins.
fn start(sort: ReviewSort) -> (i64, Uuid) {
    match sort {
        ReviewSort::Newest => (Ts::MAX.micros(), Uuid::max()),
        ReviewSort::Lowest => (0, Uuid::nil()),
        ReviewSort::Highest | ReviewSort::MostHelpful => (i64::MAX, Uuid::max()),
    }
}

/// The folded words that texts are searched for.
fn asked_words(text: Option<&str>, state: ReviewState) -> Result<Vec<String>, Error> {
    let words = text.map(words::split).unwrap_or_default();
    let fault = |code, detail: String| Error::parameter(Fault::new("query:q", code, detail));
    if words.len() > limits::WORDS_OF_A_REVIEW {
        let detail = format!("Ask for at most {} words.", limits::WORDS_OF_A_REVIEW);
        return Err(fault("too-many", detail));
    }
    if text.is_some() && words.is_empty() {
        return Err(fault("empty", "There is no word in it.".to_owned()));
    }
    if text.is_some() && state == ReviewState::Removed {
        return Err(fault(
            "contradiction",
            "The text of a removed review is not shown, nor searched.".to_owned(),
        ));
    }
    Ok(words)
}

/// Refuses whoever does not hold the author's token.
pub(super) fn be_author(app: &App, review: &Review, given: &str) -> Result<(), Error> {
    if is_author(&app.vault, review.id, given) {
        return Ok(());
    }
    Err(Error::new(
        model::NOT_THE_AUTHOR,
        "Send the author token that was in the answer to the review and in the letter about it.",
    ))
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Reviews")]
impl ReviewsApi {
    /// List a listing's reviews
    ///
    /// Every one of them, to the end, with what all of them come to: the rating with its formula and
    /// every parameter, the plain mean, the histogram, the means by stage, how many recommend, and the
    /// counts of treatments, invitations and removals. `state=removed` lists what is left of removed ones.
    /// The reviews of a listing that its keeper took off stay readable here.
    ///
    /// Problems: 301 `moved`, 404 `not-found`, 410 `listing-removed`.
    #[oai(path = "/practitioners/:number/reviews", method = "get", operation_id = "list_reviews")]
    #[expect(clippy::too_many_arguments, reason = "each parameter of the list is an argument")]
    async fn list(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The listing's number.
        number: Path<Number>,
        /// In which order.
        #[oai(default = "newest")]
        sort: Query<ReviewSort>,
        /// Those whose latest version is of this stage.
        stage: Query<Option<ReviewStage>>,
        /// Those whose author came with this, or with a kind of it.
        condition: Query<Option<Condition>>,
        /// Those whose latest text has all of these words, at most four; each may be unfinished.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// Those that are shown, or those that were removed.
        #[oai(default = "published")]
        state: Query<ReviewState>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<ReviewPage>, Error> {
        let mut conn = app.db.snapshot().await?;
        let about = listing_to_read(&mut conn, number.0, "/reviews").await?;
        let mut listings = practitioners::merged_into(&mut conn, about.id).await?;
        listings.push(about.id);
        let filter = ReviewFilter {
            listings,
            state: state.0,
            stage: stage.0,
            condition: condition.0,
            words: asked_words(q.0.as_deref(), state.0)?,
        };
        let sort = sort.0;
        let binding = Binding::new("reviews")
            .with("listing", &about.number.to_string())
            .with("sort", &format!("{sort:?}"))
            .with("state", filter.state.word())
            .with("stage", filter.stage.map_or("", ReviewStage::as_str))
            .with("condition", filter.condition.map_or("", Condition::as_str))
            .with("q", &filter.words.join(" "));
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after(start(sort))?;
        let mut rows = store::page(&mut conn, &filter, sort, after, paging.rows()).await?;
        let sums = store::sums_of(&mut conn, &filter.listings).await?;
        let all = filter.state == ReviewState::Published
            && filter.stage.is_none()
            && filter.condition.is_none()
            && filter.words.is_empty();
        let count = if all { sums.published() } else { store::count(&mut conn, &filter).await? };
        let removed = store::removed_counts(&mut conn, &filter.listings).await?;
        let next_cursor = paging.cut(&mut rows, |last| (key(sort, last), last.id))?;
        let answer = ReviewPage {
            items: views(&mut conn, &app, &rows).await?,
            total: total(count),
            next_cursor,
            summary: RatingSummary::new(&sums, removed, app.clock.today()),
            licence: LICENCE.to_owned(),
            attribution: ATTRIBUTION.to_owned(),
        };
        Ok(paging.linked(Answer::new(&answer), answer.next_cursor.as_deref()))
    }

    /// Read a review
    ///
    /// With every version it had. What is left of a removed one is its stars, its dates and the reason.
    ///
    /// Problems: 404 `not-found`.
    #[oai(path = "/reviews/:id", method = "get", operation_id = "read_review")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
    ) -> Result<Answer<ReviewView>, Error> {
        let mut conn = app.db.snapshot().await?;
        let review = find(&mut conn, id.0).await?;
        answer(&mut conn, &app, &review).await
    }

    /// Withdraw a review
    ///
    /// By its author, at any time, for good. What is left says that its author withdrew it.
    ///
    /// Problems: 403 `not-the-author`, 404 `not-found`, 409 `review-removed`.
    #[oai(path = "/reviews/:id/withdrawal", method = "post", operation_id = "withdraw_review")]
    async fn withdraw(
        &self,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<AuthorBody>,
    ) -> Result<Answer<ReviewView>, Error> {
        let mut tx = app.db.write().await?;
        let mut review = find(&mut tx, id.0).await?;
        be_author(&app, &review, &body.author_token)?;
        shown(&review)?;
        ops::take_down(&mut tx, &app, &mut review, RemovalReason::named("author-withdrew"), app.clock.now())
            .await?;
        let answer = answer(&mut tx, &app, &review).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
