//! Making, changing, removing and merging listings, and their history.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};

use super::wire::{Merge, NewPractitioner, PractitionerChange};
use super::{act, answer, find, find_to_change};
use crate::accounts::Role;
use crate::accounts::http::{Author, ListingKeeper, Operator};
use crate::app::{App, Tag};
use crate::platform::http::list::page;
use crate::platform::http::{
    Answer, Binding, Body, Created, Idempotency, IfMatch, NoContent, Page, Paging, Version,
};
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault};
use crate::practitioners::model::{
    HistoryEntryView, ListingInput, ListingRemoval, PractitionerView, ProfileInput,
};
use crate::practitioners::{ops, store};

/// The writes of `/v1/practitioners`.
pub struct ListingsApi;

#[OpenApi(prefix_path = "/v1/practitioners", tag = "Tag::Practitioners")]
impl ListingsApi {
    /// Make a listing
    ///
    /// Needs no more than a name. A practitioner's token that keeps no listing yet keeps this one from
    /// then on. Clinics may be named by id or described here. Names, addresses and telephone numbers
    /// come back cleaned: the answer is what is stored.
    ///
    /// Problems: 403 `forbidden`, 422 `invalid` with everything that is wrong.
    #[oai(path = "/", method = "post", operation_id = "create_practitioner")]
    async fn create(
        &self,
        author: Author,
        app: Data<&App>,
        /// A key of your own making: sent again with the same request, it makes nothing twice.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewPractitioner>,
    ) -> Result<Created<PractitionerView>, Error> {
        let mut tx = app.db.write().await?;
        if let Some(answer) = once.answered(&mut tx, app.clock.now()).await? {
            return Ok(answer);
        }
        author.may_create()?;
        let listing = ListingInput::from(body.0).check(app.clock.today()).map_err(Error::invalid)?;
        let number = ops::create(&mut tx, &act(&app, &author), &listing).await?;
        let made = find(&mut tx, number, "").await?;
        let view = PractitionerView::new(&made, &app.config.public_url);
        let answer = Created::new(&view).location(&view.url).version(Version(made.version));
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Change a listing
    ///
    /// What is left out stays as it is, `null` clears; lists are replaced as a whole. Clinics and the
    /// portrait have addresses of their own below the listing. A changed name is compared anew with the
    /// names on the listing's certificates.
    ///
    /// Problems: 403 `forbidden`, 410 `listing-removed`, 412 `precondition-failed` when it has changed
    /// since it was read, 422 `invalid`, 428 `precondition-required`.
    #[oai(path = "/:number", method = "patch", operation_id = "change_practitioner")]
    async fn change(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The version the change was made from.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<PractitionerChange>,
    ) -> Result<Answer<PractitionerView>, Error> {
        let mut tx = app.db.write().await?;
        let listing = find_to_change(&mut tx, &keeper, number.0, &if_match, "").await?;
        let mut profile = ProfileInput::from(listing.profile.clone());
        body.0.apply(&mut profile);
        let profile = profile.check(app.clock.today()).map_err(Error::invalid)?;
        ops::change(&mut tx, &act(&app, &keeper), &listing, &profile).await?;
        let answer = answer(&mut tx, &app, listing.number).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Remove a listing
    ///
    /// For good: its number answers 410 with the reason and is never given to another. A keeper may say
    /// `withdrawn`, which also forgets everything the listing said, or `retired`; the other reasons are
    /// for operators. Its reviews stay. Of how it was reached only keyed marks are kept, by which a later
    /// listing of the same practitioner is known.
    ///
    /// Problems: 403 `forbidden`, 410 `listing-removed`, 412 `precondition-failed`, 428
    /// `precondition-required`.
    #[oai(path = "/:number", method = "delete", operation_id = "remove_practitioner")]
    async fn remove(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// Why.
        reason: Query<ListingRemoval>,
        /// The version that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Error> {
        let mut tx = app.db.write().await?;
        let listing = find_to_change(&mut tx, &keeper, number.0, &if_match, "").await?;
        if keeper.role != Role::Operator && !reason.is_keepers() {
            return Err(keeper.refusal("A keeper may remove a listing as `withdrawn` or `retired` only."));
        }
        ops::remove(&mut tx, &act(&app, &keeper), &listing, reason.0).await?;
        tx.commit().await?;
        Ok(NoContent)
    }

    /// Merge a listing into another
    ///
    /// For two listings of one practitioner. The merged number answers 301 to the one that stays, which
    /// takes over the clinics it does not have. Answers the listing that stays.
    ///
    /// Problems: 404 `not-found`, 410 `listing-removed`, 422 `invalid` when both are the same.
    #[oai(path = "/:number/merge", method = "post", operation_id = "merge_practitioner")]
    async fn merge(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The number of the listing that goes.
        number: Path<Number>,
        body: Body<Merge>,
    ) -> Result<Answer<PractitionerView>, Error> {
        let mut tx = app.db.write().await?;
        let listing = find(&mut tx, number.0, "").await?;
        let survivor = find(&mut tx, body.into, "").await?;
        if listing.id == survivor.id {
            let fault = Fault::new("/into", "same", "A listing cannot be merged into itself.");
            return Err(Error::invalid(vec![fault]));
        }
        ops::merge(&mut tx, &act(&app, &operator), &listing, &survivor).await?;
        let answer = answer(&mut tx, &app, survivor.number).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Read a listing's history
    ///
    /// Every change of the listing and of the clinics it names, newest first: who, when, and which
    /// fields with their values before and after. How to reach somebody, their own words and names they
    /// no longer show are told by the listing alone; here it says only that they changed.
    ///
    /// Problems: 301 `moved`, 404 `not-found`, 410 `listing-removed`.
    #[oai(path = "/:number/history", method = "get", operation_id = "list_practitioner_history")]
    async fn history(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The listing's number.
        number: Path<Number>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<HistoryEntryView>>, Error> {
        let binding = Binding::new("practitioner-history").with("number", &number.to_string());
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before: i64 = paging.after(i64::MAX)?;
        let mut conn = app.db.snapshot().await?;
        let listing = find(&mut conn, number.0, "/history").await?;
        let mut entries = store::history_before(&mut conn, listing.id, before, paging.rows()).await?;
        let count = store::history_count(&mut conn, listing.id).await?;
        let next = paging.cut(&mut entries, |last| last.seq)?;
        let url = &app.config.public_url;
        let items =
            entries.into_iter().map(|entry| HistoryEntryView::new(entry, listing.number, url)).collect();
        Ok(paging.answer(items, count, next))
    }
}
