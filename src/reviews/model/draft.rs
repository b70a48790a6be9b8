//! What a client writes, and the rules it keeps: the same for one star as for five.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::config::limits;
use crate::platform::problem::Fault;
use crate::practitioners;
use crate::vocabulary::{Condition, Incentive, Relationship, ReviewStage};

/// What a review rates beside its stars, each from 1 to 5 by the codes of the vocabulary
/// `review-dimensions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "ReviewDimensions", deny_unknown_fields, skip_serializing_if_is_none)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dimensions {
    /// Whether it looks real.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub realism: Option<u8>,
    /// The hairline.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hairline: Option<u8>,
    /// How it healed.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub healing: Option<u8>,
    /// Clear answers, no pressure.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub communication: Option<u8>,
    /// How it was to lie there.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comfort: Option<u8>,
    /// Cleanliness.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hygiene: Option<u8>,
    /// Whether it cost what was quoted.
    #[oai(rename = "price-as-quoted", validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price_as_quoted: Option<u8>,
}

/// What a client sends.
#[derive(Clone, Debug)]
pub struct ReviewInput {
    /// Overall, 1 to 5.
    pub stars: u8,
    /// Beside the stars.
    pub dimensions: Dimensions,
    /// Whether they would recommend the practitioner.
    pub would_recommend: bool,
    /// What ties them to the practitioner.
    pub relationship: Relationship,
    /// What they were given or promised.
    pub incentive: Incentive,
    /// What they came with.
    pub condition: Option<Condition>,
    /// In their words.
    pub text: String,
    /// The stage they mean to review, if they say so.
    pub stage: Option<ReviewStage>,
}

/// What a client wrote, once it keeps every rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Overall, 1 to 5.
    pub stars: u8,
    /// Beside the stars.
    pub dimensions: Dimensions,
    /// Whether they would recommend the practitioner.
    pub would_recommend: bool,
    /// What ties them to the practitioner.
    pub relationship: Relationship,
    /// What they were given or promised.
    pub incentive: Incentive,
    /// What they came with.
    pub condition: Option<Condition>,
    /// In their words: plain text, whatever it looks like.
    pub text: String,
}

impl ReviewInput {
    /// Applies every rule.
    ///
    /// # Errors
    /// Everything that is wrong, located by JSON pointers into the request.
    pub fn check(self) -> Result<Draft, Vec<Fault>> {
        let mut faults = Vec::new();
        if !(1..=5).contains(&self.stars) {
            faults.push(Fault::new("/stars", "out-of-range", "From 1 to 5 stars."));
        }
        if self.incentive.has("refused") {
            let detail = "A review that money depends on cannot be taken, whatever it says. If somebody offered you that, a report or a concern about it is welcome.";
            faults.push(Fault::new("/incentive", "refused", detail));
        }
        let text = practitioners::paragraphs("/text", Some(&self.text), limits::REVIEW_CHARS, &mut faults)
            .unwrap_or_default();
        let length = text.chars().filter(|c| !c.is_whitespace()).count();
        if length < limits::REVIEW_CHARS_LEAST {
            let detail = format!(
                "At least {} letters, whatever the stars; there are {length}.",
                limits::REVIEW_CHARS_LEAST
            );
            faults.push(Fault::new("/text", "too-short", detail));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Draft {
            stars: self.stars,
            dimensions: self.dimensions,
            would_recommend: self.would_recommend,
            relationship: self.relationship,
            incentive: self.incentive,
            condition: self.condition,
            text,
        })
    }
}
