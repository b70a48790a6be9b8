//! Issuing over HTTP, for academies whose key the directory holds.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use time::Date;

use super::submitted;
use crate::accounts::Role;
use crate::accounts::http::AcademyKeeper;
use crate::app::{App, Tag};
use crate::certificates::model::CertificateView;
use crate::certificates::ops::{self, issue::Order};
use crate::config::limits;
use crate::platform::http::{Body, Created, Idempotency, Validate};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::transparency;

/// `POST /v1/academies/{slug}/certificates`.
pub struct IssueApi;

/// What is to be certified.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewCertificate {
    /// The holder's full name, as on their papers.
    #[oai(validator(min_length = 2, max_length = 120))]
    holder: String,
    /// The address of the course version: `current.url` of the course.
    #[oai(validator(max_length = 400))]
    course: String,
    /// The number of the paper certificate it stands for, where there was one.
    #[oai(validator(min_length = 1, max_length = 60))]
    old_number: Option<String>,
    /// The day the training was completed, 2026-03-01.
    awarded: Date,
    /// The number of the holder's listing, SMP-…, where you know it.
    listing: Option<Number>,
    /// Who taught: the number of one of your trainers, TRN-….
    trainer: Option<Number>,
    /// The last day it is valid; for good where it is left out.
    valid_until: Option<Date>,
}

impl Validate for NewCertificate {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.holder.trim().chars().count() < 2 {
            faults.push(Fault::new("/holder", "too-short", "Give the holder's full name."));
        }
        if self.listing.is_some_and(|number| number.kind() != NumberKind::Listing) {
            faults.push(Fault::new("/listing", "number", "This must be a listing's number, SMP-…."));
        }
        if self.trainer.is_some_and(|number| number.kind() != NumberKind::Trainer) {
            faults.push(Fault::new("/trainer", "number", "This must be a trainer's number, TRN-…."));
        }
        if self.awarded.year() < limits::FIRST_PRACTICE_YEAR {
            faults.push(Fault::new("/awarded", "out-of-range", "Nobody trained in this so early."));
        }
        if self.valid_until.is_some_and(|until| until < self.awarded) {
            faults.push(Fault::new(
                "/valid_until",
                "before-start",
                "The last day must not be before the award.",
            ));
        }
        faults
    }
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Certificates")]
impl IssueApi {
    /// Issue a certificate
    ///
    /// For an academy whose key the directory holds (`POST …/keys/held`): the document is built from the course
    /// version, names a bit of the academy's status list, is signed twice, and is stored like any other. An academy that
    /// holds its own key signs with `stipple certificate sign` and submits to `/v1/certificates`.
    ///
    /// Codes: `key-not-held`, `unknown-course`, `unknown-listing`, `certificate-shape`.
    #[oai(path = "/academies/:slug/certificates", method = "post", operation_id = "issue_certificate")]
    async fn issue(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewCertificate>,
    ) -> Result<Created<CertificateView>, Error> {
        let signer = transparency::signer(&app).await?;
        let mut tx = app.db.write().await?;
        let issuer = ops::status::issuer(&app, &mut tx, &slug).await?;
        keeper.may_keep(issuer.academy_id, &issuer.slug)?;
        if keeper.role != Role::Academy {
            return Err(Error::forbidden("Only the academy itself issues in its name."));
        }
        if let Some(answer) = once.answered(&mut tx, app.clock.now()).await? {
            return Ok(answer);
        }
        let today = app.clock.now().date();
        if body.awarded > today {
            let detail = "The training cannot be completed on a day to come.";
            return Err(Error::invalid(vec![Fault::new("/awarded", "in-the-future", detail)]));
        }
        let NewCertificate { holder, course, old_number, awarded, listing, trainer, valid_until } = body.0;
        let order = Order { holder, course, old_number, awarded, listing, trainer, valid_until };
        let accepted = ops::issue::issue(&app, &mut tx, &keeper, &issuer, order).await?;
        if let ops::Accepted::New(certificate) = &accepted {
            ops::close_request(&mut tx, certificate, app.clock.now()).await?;
        }
        let (view, _) = submitted(&app, &mut tx, &signer, accepted).await?;
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
