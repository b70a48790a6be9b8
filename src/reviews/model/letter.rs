//! What the directory writes to clients.

use super::moderation::{AppealOutcome, Removal};
use super::review::Review;
use super::token::InvitationToken;
use super::treatment::Treatment;
use crate::platform::clock::Ts;
use crate::platform::mail::Letter;
use crate::platform::vault::Private;

/// The end of every letter.
const FOOT: &str = "Opening the address changes nothing. Write what you like, good or bad: the practitioner cannot see\n\
                    this letter, choose who gets one, or take a review down.\n";

/// The invitation to review a treatment, or to say how it has healed since.
pub(in crate::reviews) fn invitation(
    to: Private,
    treatment: &Treatment,
    token: &InvitationToken,
    expires_at: Ts,
    public_url: &str,
) -> Letter {
    let text = format!(
        "You had a scalp micropigmentation session with the practitioner listed as {listing}.\n\
         How is it now? Your review can be written, once, until {until}, at\n\n\
         {public_url}/review/{token}\n\n\
         {FOOT}",
        listing = treatment.listing,
        until = expires_at.date(),
        token = token.reveal(),
    );
    letter(to, format!("How is your treatment? ({})", treatment.listing), text)
}

/// The question whether an address is that of somebody who wants to review.
pub(in crate::reviews) fn confirmation(
    to: Private,
    treatment: &Treatment,
    token: &InvitationToken,
    expires_at: Ts,
    public_url: &str,
) -> Letter {
    let text = format!(
        "Somebody, we hope you, wants to review the practitioner listed as {listing} and gave this address.\n\
         The review can be written, once, until {until}, at\n\n\
         {public_url}/review/{token}\n\n\
         If it was not you, do nothing: the address is forgotten that day.\n",
        listing = treatment.listing,
        until = expires_at.date(),
        token = token.reveal(),
    );
    letter(to, format!("Your review of {}", treatment.listing), text)
}

/// What an author is told about their review.
#[derive(Clone, Copy, Debug)]
pub(in crate::reviews) enum Occasion<'a> {
    /// It is shown, or a new version of it is.
    Published,
    /// An operator removed it, or decided the author's appeal.
    Decided(&'a Removal),
}

/// News of a review to its author, with the author's token.
pub(in crate::reviews) fn about_review(
    to: Private,
    review: &Review,
    occasion: Occasion<'_>,
    author_token: &str,
    public_url: &str,
) -> Letter {
    let id = review.id;
    let (subject, news) = match occasion {
        Occasion::Published => ("Your review is published", "Your review is published at".to_owned()),
        Occasion::Decided(removal) => match &removal.outcome {
            None => ("Your review was removed", removed(removal)),
            Some((AppealOutcome::Restored, findings, _)) => (
                "Your review is shown again",
                format!("Your appeal was right, and your review is shown again.\n\n{findings}\n\nIt is at"),
            ),
            Some((AppealOutcome::Upheld, findings, _)) => (
                "Your appeal was decided",
                format!(
                    "Another operator looked at your appeal. Your review stays removed.\n\n{findings}\n\nWhat is left of it is at"
                ),
            ),
        },
    };
    let text = format!(
        "{news}\n\n{public_url}/reviews/{id}\n\n\
         Keep this author token: it shows that the review is yours.\n\n{author_token}\n\n\
         With it you can withdraw the review at any time, at the same address.\n"
    );
    letter(to, format!("{subject} ({})", review.listing), text)
}

/// The statement of reasons.
fn removed(removal: &Removal) -> String {
    format!(
        "Your review was removed by a person, not by a machine.\n\n\
         Ground: {ground} ({code})\nFacts: {facts}\nDecided by: {by}, on {at}\n\n\
         You may appeal until {until}; another person decides. What is left of the review, and the way to appeal\n\
         with your author token, is at",
        ground = removal.reason.label(),
        code = removal.reason,
        facts = removal.facts,
        by = removal.decided_by,
        at = removal.at.date(),
        until = removal.appeal_until().date(),
    )
}

fn letter(to: Private, subject: String, text: String) -> Letter {
    Letter { to, subject, text: Private::new(text) }
}
