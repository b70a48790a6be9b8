//! Who works where: attaching a listing to a clinic, taking it off, and the clinic's word that it is so.

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::wire::PlacementBody;
use super::{act, answer, find, find_to_change};
use crate::accounts::http::{Author, ListingKeeper};
use crate::app::{App, Tag};
use crate::platform::http::{Answer, Body, IfMatch};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::practitioners::model::{PlacementInput, PractitionerView};
use crate::practitioners::ops;

/// `/v1/practitioners/{number}/clinics/{clinic_id}`.
pub struct PlacementsApi;

#[OpenApi(prefix_path = "/v1/practitioners", tag = "Tag::Practitioners")]
impl PlacementsApi {
    /// Say that a practitioner works at a clinic
    ///
    /// Or how and when, where that was said before. `confirmed` in the answer says whether the clinic's
    /// side agrees: it does when an operator or whoever speaks for the clinic says so.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 412 `precondition-failed`, 422 `invalid`, 428
    /// `precondition-required`.
    #[oai(path = "/:number/clinics/:clinic_id", method = "put", operation_id = "attach_clinic")]
    async fn attach(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The clinic's id.
        clinic_id: Path<Uuid>,
        /// The version of the listing that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<PlacementBody>,
    ) -> Result<Answer<PractitionerView>, Error> {
        let mut tx = app.db.write().await?;
        let listing = find_to_change(&mut tx, &keeper, number.0, &if_match, "").await?;
        let placement = PlacementInput::from(body.0).check("", app.clock.today()).map_err(Error::invalid)?;
        ops::attach(&mut tx, &act(&app, &keeper), &listing, clinic_id.0, &placement).await?;
        let answer = answer(&mut tx, &app, listing.number).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Take a clinic off a listing
    ///
    /// For what was never so. Where somebody has left, say `until` instead, and the past stays known.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 412 `precondition-failed`, 428
    /// `precondition-required`.
    #[oai(path = "/:number/clinics/:clinic_id", method = "delete", operation_id = "detach_clinic")]
    async fn detach(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The clinic's id.
        clinic_id: Path<Uuid>,
        /// The version of the listing that was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Answer<PractitionerView>, Error> {
        let mut tx = app.db.write().await?;
        let listing = find_to_change(&mut tx, &keeper, number.0, &if_match, "").await?;
        ops::detach(&mut tx, &act(&app, &keeper), &listing, clinic_id.0).await?;
        let answer = answer(&mut tx, &app, listing.number).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Confirm that a practitioner works at a clinic
    ///
    /// The clinic's word: from an operator, from whoever wrote the clinic, or from a practitioner who is
    /// confirmed there. Saying it twice changes nothing.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`.
    #[oai(path = "/:number/clinics/:clinic_id/confirmation", method = "put", operation_id = "confirm_clinic")]
    async fn confirm(
        &self,
        author: Author,
        app: Data<&App>,
        /// The listing's number.
        number: Path<Number>,
        /// The clinic's id.
        clinic_id: Path<Uuid>,
    ) -> Result<Answer<PractitionerView>, Error> {
        let mut tx = app.db.write().await?;
        let listing = find(&mut tx, number.0, "").await?;
        if !ops::speaks_for(&mut tx, &author, clinic_id.0).await? {
            return Err(author.refusal(
                "Confirming needs the token that wrote the clinic, or that of a practitioner confirmed there.",
            ));
        }
        ops::confirm(&mut tx, &act(&app, &author), &listing, clinic_id.0).await?;
        let answer = answer(&mut tx, &app, listing.number).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
