//! Proof that a treatment took place: sent by the author, judged by an operator, then deleted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::reviews::be_author;
use super::{answer, find, shown, untied};
use crate::accounts::http::Operator;
use crate::app::{App, Tag};
use crate::config::limits;
use crate::platform::http::{Accepted, Answer, Body, Validate};
use crate::platform::problem::{Error, Fault};
use crate::reviews::model::{Proof, ProofKind, ReviewView};
use crate::reviews::{ops, store};
use crate::vocabulary::ReviewVerification;

/// `/v1/reviews/{id}/proof`.
pub struct ProofsApi;

/// What proofs are sealed under.
const DOMAIN: &str = "review proof";

/// What a file may be.
const FILES: [&str; 3] = ["application/pdf", "image/jpeg", "image/png"];

/// A proof to send. One thing at least: words, or a file.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "NewReviewProof")]
struct ProofBody {
    /// The author token.
    #[oai(validator(max_length = 80))]
    author_token: String,
    /// What it is.
    kind: ProofKind,
    /// In words, such as the messages themselves.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: Option<String>,
    /// A file in base64, of a megabyte at most.
    #[oai(validator(max_length = 1400000))]
    file: Option<String>,
    /// What the file is: `application/pdf`, `image/jpeg` or `image/png`.
    #[oai(validator(max_length = 40))]
    media_type: Option<String>,
}

impl Validate for ProofBody {
    const BYTES: usize = limits::PROOF_BYTES;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.text.is_none() && self.file.is_none() {
            faults.push(Fault::new("", "required", "Send words in `text`, a `file`, or both."));
        }
        if self.file.as_ref().is_some_and(|file| STANDARD.decode(file).is_err()) {
            faults.push(Fault::new("/file", "format", "This must be base64 (RFC 4648 section 4)."));
        }
        match self.media_type.as_deref() {
            Some(given) if !FILES.contains(&given) => {
                faults.push(Fault::unknown_value("/media_type", given, FILES));
            }
            None if self.file.is_some() => faults.push(Fault::required("/media_type")),
            _ => {}
        }
        faults
    }
}

/// What an operator found.
#[derive(Object)]
#[oai(deny_unknown_fields, rename = "ReviewProofJudgement")]
struct JudgementBody {
    /// Whether it shows that the treatment took place.
    accepted: bool,
}

impl Validate for JudgementBody {}

/// A proof that was taken in.
#[derive(Debug, Object, Serialize)]
struct ReviewProofSent {
    /// What happens now.
    next: String,
}

#[OpenApi(prefix_path = "/v1/reviews", tag = "Tag::Reviews")]
impl ProofsApi {
    /// Send proof of a treatment
    ///
    /// A receipt, a deposit, or messages about the booking. It is sealed, shown to the operator who judges
    /// it alone, and deleted then. With it a review counts as much as one the practitioner invited.
    ///
    /// Problems: 403 `not-the-author`, 404 `not-found`, 409 `review-removed`, 422 `invalid`.
    #[oai(path = "/:id/proof", method = "post", operation_id = "send_proof")]
    async fn send(
        &self,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<ProofBody>,
    ) -> Result<Accepted<ReviewProofSent>, Error> {
        let ProofBody { author_token, kind, text, file, media_type } = body.0;
        let mut tx = app.db.write().await?;
        let review = find(&mut tx, id.0).await?;
        be_author(&app, &review, &author_token)?;
        shown(&review)?;
        let clear = serde_json::to_vec(&Proof { kind, text, file, media_type }).map_err(Error::internal)?;
        let sealed = app.vault.seal(&app.ids, DOMAIN, review.id.as_bytes(), &clear);
        store::keep_proof(&mut tx, review.id, sealed, app.clock.now()).await?;
        tx.commit().await?;
        let next = "An operator who is not tied to the listing looks at it, and it is deleted then.";
        Ok(Accepted::new(&ReviewProofSent { next: next.to_owned() }).private())
    }

    /// Read the proof of a review
    ///
    /// To judge it.
    ///
    /// Problems: 403 `tied-to-listing`, 404 `not-found`.
    #[oai(path = "/:id/proof", method = "get", operation_id = "read_proof")]
    async fn read(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
    ) -> Result<Answer<Proof>, Error> {
        let mut conn = app.db.snapshot().await?;
        let review = find(&mut conn, id.0).await?;
        untied(&mut conn, &operator, review.practitioner_id).await?;
        let sealed = store::proof(&mut conn, review.id).await?.ok_or_else(no_proof)?;
        let clear = app.vault.open(DOMAIN, review.id.as_bytes(), &sealed);
        let clear = clear.ok_or_else(|| Error::internal("a proof sealed under another secret"))?;
        let proof: Proof = serde_json::from_slice(&clear).map_err(Error::internal)?;
        Ok(Answer::new(&proof).private())
    }

    /// Judge the proof of a review
    ///
    /// Either way it is deleted. Accepted, the review is labelled `proof-seen` and counts as much as an
    /// invited one; otherwise it stays as it is.
    ///
    /// Problems: 403 `tied-to-listing`, 404 `not-found`, 409 `review-removed`.
    #[oai(path = "/:id/proof/judgement", method = "post", operation_id = "judge_proof")]
    async fn judge(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The review's id.
        id: Path<Uuid>,
        body: Body<JudgementBody>,
    ) -> Result<Answer<ReviewView>, Error> {
        let mut tx = app.db.write().await?;
        let mut review = find(&mut tx, id.0).await?;
        untied(&mut tx, &operator, review.practitioner_id).await?;
        shown(&review)?;
        store::proof(&mut tx, review.id).await?.ok_or_else(no_proof)?;
        store::delete_proof(&mut tx, review.id).await?;
        let (id, actor) = (app.ids.uuid(), operator.actor());
        let judged = (body.accepted, actor.as_str());
        store::note_judgement(&mut tx, id, review.id, judged, app.clock.now()).await?;
        if body.accepted && review.verification.as_str() != "invited" {
            let label = ReviewVerification::named("proof-seen");
            ops::relabel(&mut tx, &mut review, label, app.clock.now()).await?;
        }
        let answer = answer(&mut tx, &app, &review).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

fn no_proof() -> Error {
    Error::not_found("No proof of this review waits to be judged.")
}
