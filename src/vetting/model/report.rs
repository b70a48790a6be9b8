//! What a report says, as it stands on the wire.

use poem_openapi::{Enum, Object};
use serde::Serialize;

use crate::cases::CaseCounts;
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::reviews::{Histogram, Rating, Recommending, RemovedCount};
use crate::vocabulary::{Country, Currency, Service};

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename = "VettingCheckName", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// Were they trained, by whom, with supervised work on living people?
    Training,
    /// Have they done it before, with work that has healed?
    Experience,
    /// What do earlier clients say, the unflattering ones included?
    Reputation,
    /// Do they answer plainly: prices, languages, ways to reach them?
    Communication,
    /// Are they licensed where the law asks for it?
    Licence,
    /// Are they insured?
    Insurance,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename = "VettingOutcome", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody other than the practitioner stands for it, and that was checked.
    Verified,
    /// The practitioner says so; nobody has checked it.
    Claimed,
    /// There is nothing.
    Missing,
    /// This directory does not check it.
    NotCheckedHere,
}

/// Where something can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingEvidence")]
pub struct Evidence {
    /// What is there.
    pub label: String,
    /// Its address.
    pub url: String,
}

/// One of the things a careful client checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingCheck", skip_serializing_if_is_none)]
pub struct Check {
    /// Which.
    pub check: CheckName,
    /// What it came to.
    pub outcome: Outcome,
    /// The same in plain words.
    pub summary: String,
    /// What it rests on, where it can be looked at.
    pub evidence: Vec<Evidence>,
    /// When what it rests on last came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_checked: Option<Ts>,
}

/// What a client should look twice at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// A whole treatment costs far less than it usually does there.
    PriceFarBelowUsual,
    /// Their own words claim what no honest practitioner can.
    UnsupportedClaim,
    /// All of their training was online.
    OnlineOnlyTraining,
    /// An academy that signed for them was recognised once and is not any more.
    AcademyNoLongerRecognised,
}

/// A price beside the usual one. Amounts are in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Object)]
pub struct PriceNote {
    /// Of what.
    pub service: Service,
    /// Where.
    pub country: Country,
    /// In which currency.
    pub currency: Currency,
    /// What they ask for a whole treatment.
    pub amount: i64,
    /// A quarter of the clinics ask this or less.
    pub usual_from: i64,
    /// Half of the clinics ask this or less.
    pub median: i64,
    /// Three quarters of the clinics ask this or less.
    pub usual_to: i64,
    /// How many clinics were compared.
    pub clinics: u64,
}

/// What clinics ask for a whole treatment. Amounts are in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Object)]
pub struct UsualPriceNote {
    /// For what.
    pub service: Service,
    /// Where.
    pub country: Country,
    /// In which currency.
    pub currency: Currency,
    /// A quarter of the clinics ask this or less.
    pub usual_from: i64,
    /// Half of the clinics ask this or less.
    pub median: i64,
    /// Three quarters of the clinics ask this or less.
    pub usual_to: i64,
    /// How many clinics were compared.
    pub clinics: u64,
}

/// A claim, in the practitioner's own words, not verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
pub struct ClaimNote {
    /// The claim's code in the list.
    pub code: String,
    /// What they wrote.
    pub words: String,
    /// The version of the list of claims.
    pub list_version: u32,
}

/// Something to look twice at, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingWarning", skip_serializing_if_is_none)]
pub struct Warning {
    /// What.
    pub warning: WarningKind,
    /// The same in plain words.
    pub detail: String,
    /// The price, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceNote>,
    /// The claim, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimNote>,
    /// What it rests on, where it can be looked at.
    pub evidence: Vec<Evidence>,
}

/// A half of the rule of newly trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename = "NewlyTrainedBecause", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum NewBecause {
    /// Their first certificate that counts was awarded less than a year ago.
    TrainedWithinAYear,
    /// Few cases with settled work are shown.
    FewSettledCases,
}

/// Something that is simply so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename = "VettingFactKind", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Their first treatment here is too recent for any work to have settled.
    NoSettledWorkYet,
    /// They had a listing here before, as far as can be told from what the two share.
    EarlierListing,
}

/// Something that is simply so, and no warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingFact", skip_serializing_if_is_none)]
pub struct Fact {
    /// What.
    pub fact: FactKind,
    /// The same in plain words.
    pub detail: String,
    /// Where to read on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The figures behind the reputation.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(rename = "VettingReviews")]
pub struct ReviewsNote {
    /// The rating.
    pub rating: Rating,
    /// Published reviews by their stars.
    pub histogram: Histogram,
    /// How many would recommend the practitioner.
    pub would_recommend: Recommending,
    /// Published reviews whose author was invited by letter, or whose proof was seen.
    pub checked: i64,
    /// Published reviews the practitioner replied to.
    pub replied: i64,
    /// Reviews removed, by reason and stars.
    pub removed: Vec<RemovedCount>,
}

/// A check in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingCheckToday")]
pub struct CheckToday {
    /// Which.
    pub check: CheckName,
    /// What it comes to today.
    pub outcome: Outcome,
}

/// What the same report says today, beside one about an earlier moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingToday")]
pub struct Today {
    /// The moment of the answer.
    pub at: Ts,
    /// The checks.
    pub checks: Vec<CheckToday>,
    /// The warnings.
    pub warnings: Vec<WarningKind>,
    /// Whether they are newly trained today.
    pub newly_trained: bool,
    /// What is shown above as it is today, since nobody kept what it was.
    pub undated: Vec<String>,
}

/// Whether somebody was trained not long ago. A label, not a warning: everybody was new once, and somebody new is
/// to be judged by their training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct NewlyTrained {
    /// Whether they are.
    pub value: bool,
    /// By which half of the rule.
    pub because: Vec<NewBecause>,
    /// The rule, in words.
    pub rule: String,
    /// Cases with settled work that are shown here.
    pub settled_cases: u32,
    /// The day of their first certificate with supervised work on living people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_trained_on: Option<String>,
    /// Under whom, as the certificate says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<String>,
    /// Hours of supervised work on living people, over the certificates that count.
    pub supervised_live_hours: u32,
    /// Living models worked on, over the certificates that count.
    pub live_models: u32,
}

/// A gap, as a question to put to the practitioner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Object)]
#[oai(rename = "VettingQuestion")]
pub struct Question {
    /// Which check it belongs to.
    pub check: CheckName,
    /// What to ask.
    pub question: String,
}

/// What is known about a practitioner, check by check.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct VettingReport {
    /// The listing's number.
    pub number: Number,
    /// The listing's address.
    pub url: String,
    /// The name shown.
    pub name: String,
    /// What this report is and is not.
    pub about: String,
    /// The four checks of a careful client, then what this directory does not check.
    pub checks: Vec<Check>,
    /// What to look twice at; empty is not a recommendation.
    pub warnings: Vec<Warning>,
    /// What is simply so.
    pub facts: Vec<Fact>,
    /// Whether they were trained not long ago.
    pub newly_trained: NewlyTrained,
    /// The cases that are shown, counted.
    pub cases: CaseCounts,
    /// The reviews, counted.
    pub reviews: ReviewsNote,
    /// What others ask for the whole treatments that they state a price of, in the countries they work in; only where
    /// enough clinics say theirs.
    pub usual_prices: Vec<UsualPriceNote>,
    /// What to ask them, from the gaps above.
    pub ask: Vec<Question>,
    /// The moment it speaks of.
    pub as_of: Ts,
    /// What the report says today, where `as_of` is an earlier moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<Today>,
    /// When anything shown on the listing changed last.
    pub updated_at: Ts,
    /// The licence of these facts.
    pub licence: String,
    /// Whom to name when they are reused.
    pub attribution: String,
}
