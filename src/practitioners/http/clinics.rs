//! Clinics: several practitioners may work at one, and one at several.

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::act;
use super::wire::{ClinicChange, NewClinic};
use crate::accounts::http::Author;
use crate::app::{App, Tag};
use crate::platform::db::Conn;
use crate::platform::http::{Answer, Body, Created, Idempotency, IfMatch, Version};
use crate::platform::problem::Error;
use crate::practitioners::model::{Clinic, ClinicInput, ClinicView};
use crate::practitioners::{ops, store};

/// `/v1/clinics`.
pub struct ClinicsApi;

#[OpenApi(prefix_path = "/v1/clinics", tag = "Tag::Practitioners")]
impl ClinicsApi {
    /// Make a clinic
    ///
    /// Without a point it is put where its postcode is, or else its city, and `point_source` says which.
    ///
    /// Problems: 422 `invalid` with everything that is wrong.
    #[oai(path = "/", method = "post", operation_id = "create_clinic")]
    async fn create(
        &self,
        author: Author,
        app: Data<&App>,
        /// A key of your own making: sent again with the same request, it makes nothing twice.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewClinic>,
    ) -> Result<Created<ClinicView>, Error> {
        let mut tx = app.db.write().await?;
        if let Some(answer) = once.answered(&mut tx, app.clock.now()).await? {
            return Ok(answer);
        }
        let details = ClinicInput::from(body.0).check("").map_err(Error::invalid)?;
        let id = ops::create_clinic(&mut tx, &act(&app, &author), &details).await?;
        let clinic = find(&mut tx, id).await?;
        let view = ClinicView::new(&clinic, &app.config.public_url);
        let answer = Created::new(&view).location(&view.url).version(Version(clinic.version));
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Read a clinic
    ///
    /// Problems: 404 `not-found`.
    #[oai(path = "/:id", method = "get", operation_id = "read_clinic")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The clinic's id.
        id: Path<Uuid>,
    ) -> Result<Answer<ClinicView>, Error> {
        let mut conn = app.db.read().await?;
        let clinic = find(&mut conn, id.0).await?;
        Ok(answer(&clinic, &app))
    }

    /// Change a clinic
    ///
    /// For operators, whoever wrote it, and practitioners who work there and whom it confirmed. What is
    /// left out stays as it is, `null` clears; a changed address without a point is looked up anew. The
    /// change shows on every listing that names the clinic.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 412 `precondition-failed`, 422 `invalid`, 428
    /// `precondition-required`.
    #[oai(path = "/:id", method = "patch", operation_id = "change_clinic")]
    async fn change(
        &self,
        author: Author,
        app: Data<&App>,
        /// The clinic's id.
        id: Path<Uuid>,
        /// The version the change was made from.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<ClinicChange>,
    ) -> Result<Answer<ClinicView>, Error> {
        let mut tx = app.db.write().await?;
        let clinic = find(&mut tx, id.0).await?;
        if !ops::speaks_for(&mut tx, &author, clinic.id).await? {
            return Err(author.refusal(
                "Changing a clinic needs the token that wrote it, or that of a practitioner confirmed there.",
            ));
        }
        if_match.check(Version(clinic.version))?;
        let mut input = ClinicInput::from(clinic.details.clone());
        body.0.apply(&mut input);
        let details = input.check("").map_err(Error::invalid)?;
        ops::change_clinic(&mut tx, &act(&app, &author), &clinic, &details).await?;
        let clinic = find(&mut tx, clinic.id).await?;
        tx.commit().await?;
        Ok(answer(&clinic, &app))
    }
}

async fn find(conn: &mut Conn, id: Uuid) -> Result<Clinic, Error> {
    store::load_clinic(conn, id).await?.ok_or_else(|| ops::no_such_clinic(id))
}

fn answer(clinic: &Clinic, app: &App) -> Answer<ClinicView> {
    Answer::new(&ClinicView::new(clinic, &app.config.public_url))
        .version(Version(clinic.version))
        .last_modified(clinic.updated_at)
}
