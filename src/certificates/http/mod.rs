//! Certificates over HTTP: submit, read, attach, and verify any credential; status lists and acts in `status`,
//! many at once in `batch`, printed forms in `forms`,
//! what the public log has in `log`, issuing with a key the directory holds in `issue`,
//! what academies are asked to sign in `requests`.

mod batch;
mod forms;
mod issue;
mod log;
mod requests;
mod status;

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;
use uuid::Uuid;

use crate::academies;
use crate::accounts::Role;
use crate::accounts::http::{AcademyKeeper, Author, ListingKeeper};
use crate::app::{App, Tag};
use crate::certificates::model::{self, CertificateView, Composed, Side};
use crate::certificates::ops::{self, Accepted};
use crate::certificates::store;
use crate::certificates::verdict::{Question, Verdict};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Tx;
use crate::platform::http::list::page;
use crate::platform::http::{
    Answer, Binding, Body, IfMatch, Page, Paging, RawBody, RawKind, Validate, Version,
};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{self, Error, Fault};
use crate::practitioners::{self, Standing};
use crate::signing::digest::Digest;
use crate::transparency::{self, Op};

pub use batch::BatchApi;
pub use forms::FormsApi;
pub use issue::IssueApi;
pub use log::CertificateLogApi;
pub use requests::RequestsApi;
pub use status::StatusApi;

/// Every operation of this room, in reading order.
pub const APIS: (CertificatesApi, BatchApi, FormsApi, IssueApi, RequestsApi, StatusApi, CertificateLogApi) =
    (CertificatesApi, BatchApi, FormsApi, IssueApi, RequestsApi, StatusApi, CertificateLogApi);

/// `/v1/certificates`, `/v1/verify`, and the certificates of listings and academies.
pub struct CertificatesApi;

/// A signed credential, byte for byte.
pub struct Credential;

impl RawKind for Credential {
    const BYTES: usize = limits::CERTIFICATE_BYTES;
    const MEDIA_TYPES: &'static [&'static str] =
        &["application/json", "application/vc", "application/vc+ld+json", "application/ld+json"];
}

/// A credential in any form it travels in.
pub struct AnyForm;

impl RawKind for AnyForm {
    const BYTES: usize = limits::CARRIER_BYTES;
    const MEDIA_TYPES: &'static [&'static str] = &[
        "application/json",
        "application/vc",
        "application/vc+ld+json",
        "application/ld+json",
        "application/vc+jwt",
        "application/jwt",
        "image/png",
        "image/svg+xml",
        "application/pdf",
        "text/plain",
        "application/octet-stream",
    ];
}

/// A certificate that was taken in.
#[derive(ApiResponse)]
enum Submitted {
    /// It is new and stored.
    #[oai(status = 201)]
    New(
        poem_openapi::payload::Json<CertificateView>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
        /// Its version, for `If-Match`.
        #[oai(header = "ETag")]
        String,
    ),
    /// Exactly this certificate was stored before.
    #[oai(status = 200)]
    Known(
        poem_openapi::payload::Json<CertificateView>,
        /// Its version, for `If-Match`.
        #[oai(header = "ETag")]
        String,
    ),
}

/// The exact bytes of a credential.
#[derive(ApiResponse)]
enum CredentialBytes {
    /// The bytes that were signed and submitted.
    #[oai(status = 200, content_type = "application/vc+ld+json")]
    Exact(
        Binary<Vec<u8>>,
        /// Changes never.
        #[oai(header = "ETag")]
        String,
        /// May be kept for ever.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

/// The listing a certificate shall belong to.
#[derive(Debug, Deserialize, Object)]
#[oai(deny_unknown_fields)]
struct Attachment {
    /// The listing's number.
    listing: Number,
}

impl Validate for Attachment {
    fn faults(&self) -> Vec<Fault> {
        if self.listing.kind() == NumberKind::Listing {
            return Vec::new();
        }
        vec![Fault::new("/listing", "number", "This must be a listing's number, SMP-….")]
    }
}

/// Whether a certificate is shown on its listing.
#[derive(Debug, Deserialize, Object)]
#[oai(deny_unknown_fields)]
struct Listed {
    /// Whether it is shown.
    listed: bool,
}

impl Validate for Listed {}

fn certificate_number(number: &str) -> Result<Number, Error> {
    Number::parse(number, NumberKind::Certificate)
        .map_err(|error| Error::parameter(Fault::new("path:number", "number", format!("{error}."))))
}

fn listing_number(number: &str) -> Result<Number, Error> {
    Number::parse(number, NumberKind::Listing)
        .map_err(|error| Error::parameter(Fault::new("path:number", "number", format!("{error}."))))
}

fn answer(composed: &Composed, app: &App) -> Answer<CertificateView> {
    let view = composed.view(&app.config.public_url, app.clock.now());
    Answer::new(&view)
        .version(Version(composed.certificate.version))
        .last_modified(composed.certificate.updated_at)
}

/// The question a verdict answers: now, or the day in `as_of`.
fn question(app: &App, as_of: Option<&str>) -> Result<Question, Error> {
    let now = app.clock.now();
    let Some(text) = as_of else { return Ok(Question::now(now)) };
    Question::parse(now, text)
        .map_err(|error| Error::parameter(Fault::new("query:as_of", "as-of", format!("{error}."))))
}

/// A certificate that was just taken in, as it is shown, with the log's receipt; and its version.
async fn submitted(
    app: &App,
    tx: &mut Tx,
    signer: &transparency::Signer,
    accepted: Accepted,
) -> Result<(CertificateView, Version), Error> {
    let now = app.clock.now();
    let composed = ops::compose_all(tx, vec![accepted.certificate()], now).await?.pop();
    let composed = composed.ok_or_else(|| Error::internal("a certificate without its course"))?;
    let row = &composed.certificate;
    let digest = row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?;
    let mut view = composed.view(&app.config.public_url, now);
    view.receipt = transparency::receipt(tx, signer, Op::Certificate, digest, row.received_at).await?;
    Ok((view, Version(row.version)))
}

/// Where the lists of certificates begin: newest first.
const fn newest() -> (Ts, Uuid) {
    (Ts::MAX, Uuid::max())
}

/// Cuts what was read to a page and composes it.
async fn page_of(
    app: &App,
    conn: &mut crate::platform::db::Conn,
    paging: &Paging<'_>,
    mut rows: Vec<store::Certificate>,
    count: i64,
) -> Result<Answer<Page<CertificateView>>, Error> {
    let now = app.clock.now();
    let next = paging.cut(&mut rows, |last| (last.received_at, last.id))?;
    let composed = ops::compose_all(conn, rows, now).await?;
    let items = composed.iter().map(|one| one.view(&app.config.public_url, now)).collect();
    Ok(paging.answer(items, count, next))
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Certificates")]
impl CertificatesApi {
    /// Submit a signed certificate
    ///
    /// The body is the secured credential exactly as the academy signed it; exactly these bytes are kept and
    /// served. Refused on shape (every fault is listed), an unknown issuer, a key that may not sign now, a
    /// signature that does not fit, a course version that is not the academy's, and a listing that is not
    /// there. Whether the academy is recognised at this moment is recorded; a certificate of an unrecognised
    /// academy is stored and labelled, and never counts as verified. Sending the same certificate again
    /// answers 200 with the record that is there.
    ///
    /// Codes: `certificate-shape`, `unknown-issuer`, `key-not-active`, `bad-signature`, `proofs-missing`, `unknown-course`,
    /// `unknown-listing`, `status-list-not-taken`, `certificate-id-taken`.
    #[oai(path = "/certificates", method = "post", operation_id = "submit_certificate")]
    async fn submit(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        body: RawBody<Credential>,
    ) -> Result<Submitted, Error> {
        let signer = transparency::signer(&app).await?;
        let mut tx = app.db.write().await?;
        let accepted = ops::take_in(&app, &mut tx, &keeper, &body.bytes).await?;
        let is_new = matches!(accepted, Accepted::New(_));
        let (view, version) = submitted(&app, &mut tx, &signer, accepted).await?;
        tx.commit().await?;
        let (location, tag) = (view.url.clone(), version.to_string());
        let view = poem_openapi::payload::Json(view);
        Ok(if is_new { Submitted::New(view, location, tag) } else { Submitted::Known(view, tag) })
    }

    /// Read a certificate
    ///
    /// What was signed, who signed it, what the course taught, what it is worth today and what it counts for.
    /// `verdict` on the same address checks it anew; `credential` gives the signed bytes to check yourself.
    #[oai(path = "/certificates/:number", method = "get", operation_id = "read_certificate")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<Answer<CertificateView>, Error> {
        let mut conn = app.db.snapshot().await?;
        let composed = ops::find(&mut conn, certificate_number(&number)?, app.clock.now()).await?;
        Ok(answer(&composed, &app))
    }

    /// Read the signed bytes of a certificate
    ///
    /// Exactly the bytes that the academy signed and submitted, for keeping and for checking with software
    /// of your own.
    #[oai(path = "/certificates/:number/credential", method = "get", operation_id = "read_credential")]
    async fn credential(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<CredentialBytes, Error> {
        let mut conn = app.db.read().await?;
        let number = certificate_number(&number)?;
        let row = store::by_number(&mut conn, number)
            .await?
            .ok_or_else(|| Error::not_found(format!("There is no certificate {number}.")))?;
        let bytes = store::bytes(&mut conn, row.id).await?;
        let tag: String = row.digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(CredentialBytes::Exact(
            Binary(bytes),
            format!("\"{tag}\""),
            "public, max-age=31536000, immutable".to_owned(),
        ))
    }

    /// Check a stored certificate
    ///
    /// The verdict on the stored bytes as of now, or as of a day in the past by what is known today; with
    /// every check that was made, and every one that was not.
    #[oai(path = "/certificates/:number/verdict", method = "get", operation_id = "certificate_verdict")]
    async fn verdict(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
        /// A day or a time in the past, such as `2026-05-03`.
        #[oai(validator(max_length = 40))]
        as_of: Query<Option<String>>,
    ) -> Result<Answer<Verdict>, Error> {
        let question = question(&app, as_of.as_deref())?;
        let mut conn = app.db.snapshot().await?;
        let number = certificate_number(&number)?;
        Ok(Answer::new(&ops::verify::of_number(&app, &mut conn, number, question).await?))
    }

    /// Verify any credential
    ///
    /// Takes an Open Badges 3.0 credential, ours or a stranger's, in any form it travels in: as JSON; as a compact JWT;
    /// inside a baked PNG or SVG; attached to a PDF of ours. Or as text the number of a certificate of this directory, or a
    /// link to one. What it is, is told by its first bytes. The answer is a verdict, `valid`, `unrecognised`, `invalid` or
    /// `cannot_tell`, over named checks with their evidence. JSON that is no credential is `invalid`, and the verdict
    /// says why; text that is not JSON with one meaning (broken, a member twice, a number nobody can hold exactly, nested
    /// too deep) is refused, and so is a file without a certificate in it. Nothing is fetched. What was not checked is
    /// listed as not checked; a certificate that names a status list nobody could read is `cannot_tell`.
    ///
    /// Codes: `malformed-json`, `duplicate-key`, `payload-too-large`, `unsupported-media-type`, `no-certificate-inside`,
    /// `link-not-followed`.
    #[oai(path = "/verify", method = "post", operation_id = "verify")]
    async fn verify(
        &self,
        app: Data<&App>,
        /// A day or a time in the past, such as `2026-05-03`.
        #[oai(validator(max_length = 40))]
        as_of: Query<Option<String>>,
        body: RawBody<AnyForm>,
    ) -> Result<Answer<Verdict>, Error> {
        let question = question(&app, as_of.as_deref())?;
        Ok(Answer::new(&ops::verify::verify(&app, &body.bytes, question).await?))
    }

    /// Agree that a certificate belongs to a listing
    ///
    /// For certificates that name no listing. The academy that signed it and the keeper of the listing both
    /// have to agree, in either order; the certificate is shown once both have. One certificate belongs to one
    /// listing.
    #[oai(path = "/certificates/:number/listing", method = "put", operation_id = "attach_certificate")]
    async fn attach(
        &self,
        caller: Author,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
        /// The ETag of the certificate as it was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<Attachment>,
    ) -> Result<Answer<CertificateView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let composed = ops::find(&mut tx, certificate_number(&number)?, now).await?;
        let mut row = composed.certificate;
        if_match.check(Version(row.version))?;
        let (id, listing) = match practitioners::standing(&mut tx, body.listing).await? {
            Some(Standing::Listed { id, .. }) => (id, body.listing),
            _ => {
                return Err(Error::new(
                    model::UNKNOWN_LISTING,
                    format!("There is no listing {}.", body.listing),
                ));
            }
        };
        let side = match caller.role {
            Role::Academy => {
                AcademyKeeper(caller.0).may_keep(row.academy_id, &composed.academy_slug)?;
                Side::Academy
            }
            Role::Practitioner => {
                ListingKeeper(caller.0).may_keep(id, &listing.to_string())?;
                Side::Holder
            }
            Role::Operator => {
                return Err(Error::forbidden(
                    "An operator cannot agree in the place of an academy or of a listing's keeper.",
                ));
            }
        };
        if row.practitioner_id.is_some_and(|attached| attached != id) {
            return Err(Error::new(
                model::ATTACHED_ELSEWHERE,
                "This certificate is attached to another listing.",
            ));
        }
        let version = row.version;
        row.agree(id, side, now);
        save(&app.vault, &mut tx, row, version, now).await?;
        let composed = ops::find(&mut tx, certificate_number(&number)?, now).await?;
        tx.commit().await?;
        Ok(answer(&composed, &app))
    }

    /// Show a certificate on its listing, or not
    ///
    /// The listing's keeper decides whether a certificate is shown there. It stays verifiable by its number
    /// and its file either way.
    #[oai(path = "/certificates/:number", method = "patch", operation_id = "change_certificate")]
    async fn change(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
        /// The ETag of the certificate as it was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<Listed>,
    ) -> Result<Answer<CertificateView>, Error> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let composed = ops::find(&mut tx, certificate_number(&number)?, now).await?;
        let mut row = composed.certificate;
        let Some(id) = row.practitioner_id.filter(|_| row.is_attached()) else {
            return Err(Error::conflict(
                "This certificate belongs to no listing yet; both sides have to agree first.",
            ));
        };
        keeper.may_keep(id, &composed.listing.map(|number| number.to_string()).unwrap_or_default())?;
        if_match.check(Version(row.version))?;
        let version = row.version;
        row.listed = body.listed;
        save(&app.vault, &mut tx, row, version, now).await?;
        let composed = ops::find(&mut tx, certificate_number(&number)?, now).await?;
        tx.commit().await?;
        Ok(answer(&composed, &app))
    }

    /// List the certificates of a listing
    ///
    /// Every certificate the listing shows, newest first, whether it counts or not; `lacks` says what keeps one
    /// from counting. Training that is only stated is not here.
    #[oai(
        path = "/practitioners/:number/certificates",
        method = "get",
        operation_id = "list_listing_certificates"
    )]
    async fn of_listing(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The listing's number, `SMP-…`.
        number: Path<String>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<CertificateView>>, Error> {
        let number = listing_number(&number)?;
        let mut conn = app.db.snapshot().await?;
        let id = match practitioners::standing(&mut conn, number).await? {
            Some(Standing::Listed { id, .. }) => id,
            other => return Err(practitioners::absence(number, other.as_ref(), "/certificates")),
        };
        let binding = Binding::new("listing-certificates").with("listing", &number.to_string());
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after(newest())?;
        let rows = store::page_for(&mut conn, id, before, paging.rows()).await?;
        let total = store::count_for(&mut conn, id).await?;
        page_of(&app, &mut conn, &paging, rows, total).await
    }

    /// List what was stored in an academy's name
    ///
    /// Every certificate of the academy, newest first, attached to a listing or not: for the academy itself, to
    /// see what its keys signed and where it is shown.
    #[oai(path = "/academies/:slug/certificates", method = "get", operation_id = "list_academy_certificates")]
    async fn of_academy(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        uri: &Uri,
        /// The academy's slug.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
        /// From `next_cursor` of the page before.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
    ) -> Result<Answer<Page<CertificateView>>, Error> {
        let mut conn = app.db.snapshot().await?;
        let academy = academies::academy_by_slug(&mut conn, &slug)
            .await?
            .ok_or_else(|| Error::not_found(format!("There is no academy `{}`.", problem::shorten(&slug))))?;
        keeper.may_keep(academy.id, &academy.slug)?;
        let binding = Binding::new("academy-certificates").with("academy", &academy.slug);
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after(newest())?;
        let rows = store::page_of_academy(&mut conn, academy.id, before, paging.rows()).await?;
        let total = store::count_of_academy(&mut conn, academy.id).await?;
        Ok(page_of(&app, &mut conn, &paging, rows, total).await?.private())
    }
}

/// Writes a changed certificate and announces it; two writers cannot both win.
async fn save(
    vault: &crate::platform::vault::Vault,
    tx: &mut crate::platform::db::Tx,
    mut row: store::Certificate,
    version: i64,
    now: Ts,
) -> Result<(), Error> {
    row.updated_at = now;
    if !store::update(tx, &row, version).await? {
        return Err(Error::new(
            problem::PRECONDITION_FAILED,
            "The certificate was changed by somebody else in the meantime. Read it again and repeat the change.",
        ));
    }
    ops::announce(vault, tx, &row, now).await?;
    Ok(())
}
