//! What makes a listing verified: one pure rule, the same in the index, the listing, the ranking and the
//! vetting report. What a single certificate counts for is [`Facts`].

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Composed, Facts, Requirement};
use crate::platform::id::Number;

/// Whether a listing's training is verified, and why or why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct Verified {
    /// Whether at least one certificate meets every requirement.
    pub value: bool,
    /// The certificates that do.
    pub because: Vec<Number>,
    /// When none does: what the certificate that comes closest lacks.
    pub missing: Vec<Missing>,
}

/// A requirement that is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Missing {
    /// Which requirement.
    pub requirement: Requirement,
    /// The same in a sentence.
    pub detail: String,
    /// The certificate that comes closest, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Number>,
}

/// The rule of `verified=true`: at least one training certificate or regulated qualification in force,
/// with supervised live work, from a recognised academy, made out to a name of the listing's person.
pub fn verified(certificates: &[(Number, Facts)]) -> Verified {
    let judged: Vec<(Number, Vec<Requirement>)> =
        certificates.iter().map(|(number, facts)| (*number, facts.missing())).collect();
    let because: Vec<Number> =
        judged.iter().filter(|(_, missing)| missing.is_empty()).map(|(number, _)| *number).collect();
    let explain = |requirement: Requirement, certificate| Missing {
        requirement,
        detail: requirement.sentence().to_owned(),
        certificate,
    };
    let missing = if because.is_empty() {
        match judged.iter().min_by_key(|(number, missing)| (missing.len(), *number)) {
            Some((number, missing)) => {
                missing.iter().map(|requirement| explain(*requirement, Some(*number))).collect()
            }
            None => vec![explain(Requirement::Certificate, None)],
        }
    } else {
        Vec::new()
    };
    Verified { value: !because.is_empty(), because, missing }
}

/// The first of these certificates that counts, by the day of its award, and that day: when supervised work
/// on living people began.
pub fn first_hands_on(certificates: &[(Composed, Facts)]) -> Option<(&Composed, Date)> {
    let day =
        |held: &Composed| held.certificate.awarded_on.unwrap_or_else(|| held.certificate.valid_from.date());
    let counting = certificates.iter().filter(|(_, facts)| facts.counts());
    counting.map(|(held, _)| (held, day(held))).min_by_key(|(_, day)| *day)
}
