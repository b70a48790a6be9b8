//! What a practitioner asks an academy to sign.

use poem_openapi::Enum;
use serde::Serialize;
use uuid::Uuid;

use crate::platform::clock::Ts;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum RequestState {
    /// It waits for the academy.
    Open,
    /// The academy signed a certificate for it.
    Signed,
    /// The academy declined.
    Declined,
    /// The practitioner took it back.
    Withdrawn,
}

impl RequestState {
    const ALL: [Self; 4] = [Self::Open, Self::Signed, Self::Declined, Self::Withdrawn];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Signed => "signed",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Why an academy declines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum DeclineReason {
    /// Its records have no such student.
    NoRecord,
    /// The training was begun and not completed.
    NotCompleted,
    /// The training was somebody else's.
    SomebodyElse,
    /// The course is not one of its own.
    NotOurCourse,
}

impl DeclineReason {
    const ALL: [Self; 4] = [Self::NoRecord, Self::NotCompleted, Self::SomebodyElse, Self::NotOurCourse];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoRecord => "no-record",
            Self::NotCompleted => "not-completed",
            Self::SomebodyElse => "somebody-else",
            Self::NotOurCourse => "not-our-course",
        }
    }

    /// The reason of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    /// Its id.
    pub id: Uuid,
    /// The listing it is made for.
    pub practitioner_id: Uuid,
    /// The academy it is made to.
    pub academy_id: Uuid,
    /// What the course was called, as the practitioner states it.
    pub course: Option<String>,
    /// In which year.
    pub year: Option<i32>,
    /// The number of the paper certificate.
    pub old_number: Option<String>,
    /// Where it stands.
    pub state: RequestState,
    /// Why the academy declined.
    pub reason: Option<DeclineReason>,
    /// The certificate that was signed for it.
    pub certificate_id: Option<Uuid>,
    /// When it was made.
    pub created_at: Ts,
    /// When it changed last.
    pub updated_at: Ts,
}

impl SigningRequest {
    /// Whether a certificate awarded in that year is what was asked for: the same year, where one was stated.
    pub fn is_met_by(&self, awarded: Option<i32>) -> bool {
        self.year.is_none() || self.year == awarded
    }
}
