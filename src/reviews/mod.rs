//! Reviews: the treatments they are about, the invitations that go out for them, staged reviews with
//! every version, and the rating that follows from them by a published formula.
//!
//! Routes: `POST` and `GET /v1/practitioners/{number}/treatments`, and `sessions` below one; `GET` and
//! `POST /v1/review-invitations/{token}`; `GET` and `POST /v1/practitioners/{number}/reviews`; `GET
//! /v1/reviews/{id}` and below it `log`, `reply`, `helpful`, `reports`, `proof`, `withdrawal`, `removal`,
//! `statement` and `appeals`; `GET /v1/review-reports` and `dismissal` below one; `PUT
//! /v1/practitioners/{number}/tie`; `POST /v1/practitioners/{number}/concerns`, `GET /v1/concerns` and
//! `decision` below one.
//!
//! Tables: `treatments`, `review_invitations`, `reviews`, `review_versions`, `review_sums`,
//! `review_stage_sums`, `review_replies`, `review_reports`, `review_removals`,
//! `review_proofs`, `proof_judgements`, `review_votes`, `review_prints`, `concerns`.
//!
//! Invariants:
//! - an invitation goes to the client and never through the practitioner's API; it follows from the
//!   treatment and cannot be withheld, withdrawn or chosen;
//! - a token is used once, for the treatment it was made for, and is kept as its hash;
//! - a review of one star and one of five go the same way: published in the transaction that receives
//!   them, with the same least length;
//! - a treatment has one review, which counts once, with its latest version; every version is kept;
//! - the sums of a listing change in the transaction of the review that changes them;
//! - how to reach a client is sealed, shown to nobody, and erased;
//! - a person removes a review, for a closed reason that is never what it says of the practitioner;
//!   another person decides the appeal; nobody decides about a listing they are tied to;
//! - what is removed is still counted, by reason and stars.

pub mod http;
pub mod jobs;
mod model;
mod ops;
mod signals;
mod standing;
mod store;

pub use model::*;
pub use standing::*;
