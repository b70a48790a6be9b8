//! Earlier listings of the same practitioner, and what is said against that.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{find, listing_number, model, store};
use crate::accounts::http::{ListingKeeper, Operator};
use crate::app::{App, Tag};
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Page, Paging, Total, Validate};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::practitioners::model::{Earlier, EarlierOutcome, EarlierView, practitioner_url};
use crate::practitioners::ops;

/// `/v1/practitioners/{number}/earlier-listings` and `/v1/earlier-listing-objections`.
pub struct EarlierApi;

/// What the keeper says against it.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewEarlierListingObjection")]
struct ObjectionBody {
    /// Why the earlier listing was not theirs.
    #[oai(validator(min_length = 20, max_length = 4000))]
    text: String,
}

impl Validate for ObjectionBody {}

/// What it comes to.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "EarlierListingDecision")]
struct DecisionBody {
    /// Whether the two are one person's.
    outcome: EarlierOutcome,
    /// Why, for the practitioner.
    #[oai(validator(min_length = 20, max_length = 4000))]
    findings: String,
}

impl Validate for DecisionBody {}

/// What is said against an earlier listing, for operators and the keeper who says it.
#[derive(Clone, Debug, Serialize, Object)]
#[oai(rename = "EarlierListingObjection", skip_serializing_if_is_none)]
struct ObjectionView {
    /// The listing that it is shown on.
    url: String,
    /// The earlier listing.
    earlier: EarlierView,
    /// What the keeper says.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What an operator decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<EarlierOutcome>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
    /// When this changed last.
    updated_at: Ts,
}

impl ObjectionView {
    fn new(earlier: &Earlier, later: Number, public_url: &str) -> Self {
        let view = EarlierView::new(earlier, public_url);
        Self {
            url: practitioner_url(public_url, later),
            updated_at: view.updated_at,
            earlier: view,
            text: earlier.objection.as_ref().map(|(text, _)| text.clone()),
            outcome: earlier.decided.as_ref().map(|(outcome, ..)| *outcome),
            findings: earlier.decided.as_ref().map(|(_, findings, _)| findings.clone()),
        }
    }
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Practitioners")]
impl EarlierApi {
    /// List earlier listings of a practitioner
    ///
    /// Listing anew sheds nothing. Where a listing shares a certificate, the telephone number, the website or the
    /// e-mail address with one that was taken off before, that one's number is shown with what they share, and
    /// those before it; its reviews stay readable. What a whole house shares does not count.
    ///
    /// Problems: 301 `moved`, 404 `not-found`, 410 `listing-removed`.
    #[oai(
        path = "/practitioners/:number/earlier-listings",
        method = "get",
        operation_id = "list_earlier_listings"
    )]
    async fn list(
        &self,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
    ) -> Result<Answer<Page<EarlierView>>, Error> {
        let mut conn = app.db.snapshot().await?;
        let listing = find(&mut conn, number.0, "/earlier-listings").await?;
        let found = ops::earlier(&mut conn, listing.id).await?;
        let items: Vec<_> = found.iter().map(|one| EarlierView::new(one, &app.config.public_url)).collect();
        let total = Total::exactly(items.len() as u64);
        Ok(Answer::new(&Page::new(items, total, None)))
    }

    /// Object to an earlier listing
    ///
    /// By the keeper, where the earlier listing was somebody else's. It stays shown as disputed until an operator
    /// has decided.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 409 `objected-already` and `decided-already`, 422 `invalid`.
    #[oai(
        path = "/practitioners/:number/earlier-listings/:earlier/objection",
        method = "post",
        operation_id = "object_to_earlier_listing"
    )]
    async fn object(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The earlier listing's number.
        earlier: Path<Number>,
        body: Body<ObjectionBody>,
    ) -> Result<Answer<ObjectionView>, Error> {
        let text = model::statement("/text", &body.text)?;
        let mut tx = app.db.write().await?;
        let listing = find(&mut tx, number.0, "/earlier-listings").await?;
        keeper.may_keep(listing.id, &listing.number.to_string())?;
        let pair = pair(&mut tx, listing.id, earlier.0).await?;
        let now = app.clock.now();
        if pair.decided.is_some() {
            return Err(decided_already());
        }
        if !store::object(&mut tx, (listing.id, pair.id), &text, now).await? {
            return Err(Error::new(
                model::OBJECTED_ALREADY,
                "An operator reads what was said; wait for that.",
            ));
        }
        store::touched(&mut tx, listing.id, now).await?;
        let after = self::pair(&mut tx, listing.id, earlier.0).await?;
        tx.commit().await?;
        Ok(Answer::new(&ObjectionView::new(&after, listing.number, &app.config.public_url)).private())
    }

    /// Decide about an earlier listing
    ///
    /// By an operator who is tied to neither listing; also where nobody objected, on a report.
    ///
    /// Problems: 403 `tied-to-listing`, 404 `not-found`, 409 `decided-already`, 422 `invalid`.
    #[oai(
        path = "/practitioners/:number/earlier-listings/:earlier/decision",
        method = "post",
        operation_id = "decide_earlier_listing"
    )]
    async fn decide(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The earlier listing's number.
        earlier: Path<Number>,
        body: Body<DecisionBody>,
    ) -> Result<Answer<ObjectionView>, Error> {
        let findings = model::statement("/findings", &body.findings)?;
        let mut tx = app.db.write().await?;
        let listing = find(&mut tx, number.0, "/earlier-listings").await?;
        let pair = pair(&mut tx, listing.id, earlier.0).await?;
        ops::untied(&mut tx, &operator, listing.id).await?;
        ops::untied(&mut tx, &operator, pair.id).await?;
        let (now, actor) = (app.clock.now(), operator.actor());
        let decision = (body.outcome, findings.as_str());
        if !store::decide_earlier(&mut tx, (listing.id, pair.id), decision, &actor, now).await? {
            return Err(decided_already());
        }
        store::touched(&mut tx, listing.id, now).await?;
        let after = self::pair(&mut tx, listing.id, earlier.0).await?;
        tx.commit().await?;
        Ok(Answer::new(&ObjectionView::new(&after, listing.number, &app.config.public_url)).private())
    }

    /// List objections to earlier listings
    ///
    /// Those nobody has decided, the longest waiting first.
    #[oai(
        path = "/earlier-listing-objections",
        method = "get",
        operation_id = "list_earlier_listing_objections"
    )]
    async fn objections(
        &self,
        _operator: Operator,
        app: Data<&App>,
        uri: &Uri,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<ObjectionView>>, Error> {
        let binding = Binding::new("earlier-listing-objections");
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil(), Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let mut open = store::open_objections(&mut conn, after, paging.rows()).await?;
        let count = store::count_open_objections(&mut conn).await?;
        let place = |one: &Earlier| {
            let at = one.objection.as_ref().map_or(one.found_at, |(_, at)| *at);
            (at, one.listing, one.id)
        };
        let next = paging.cut(&mut open, place)?;
        let ids: Vec<Uuid> = open.iter().map(|one| one.listing).collect();
        let listings = store::load_many(&mut conn, &ids).await?;
        let view = |one: &Earlier| {
            let listing = listings.iter().find(|listing| listing.id == one.listing)?;
            Some(ObjectionView::new(one, listing.number, &app.config.public_url))
        };
        Ok(paging.answer(open.iter().filter_map(view).collect(), count, next).private())
    }
}

/// The earlier listing of a listing under that number, dropped ones included.
async fn pair(conn: &mut Conn, listing: Uuid, earlier: Number) -> Result<Earlier, Error> {
    let earlier = listing_number(earlier)?;
    let found = store::earlier_of(conn, &[listing]).await?;
    found.into_iter().find(|one| one.number == earlier).ok_or_else(|| {
        Error::not_found(format!("{earlier} is not shown as an earlier listing of this practitioner."))
    })
}

#[track_caller]
fn decided_already() -> Error {
    Error::new(model::DECIDED_ALREADY, "An operator has decided whether the two are one person's.")
}
