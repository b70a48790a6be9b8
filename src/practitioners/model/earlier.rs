//! Listings that were taken off before: what gives somebody away who lists anew, and how it is told.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::names::name_key;
use super::profile::Profile;
use super::view::practitioner_url;
use super::{ListingRemoval, web};
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::problem::Code;
use crate::platform::vault::Vault;

/// An objection after another.
pub const OBJECTED_ALREADY: Code = Code::new("objected-already", 409, "The keeper objected before");

/// What two listings share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Enum, sqlx::Type)]
#[oai(rename = "SharedBetweenListings", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum Shared {
    /// A certificate of the same training, made out to the same name.
    Certificate,
    /// The telephone number.
    Phone,
    /// The website.
    Website,
    /// The e-mail address.
    Email,
}

impl Shared {
    /// As it is said in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Phone => "telephone number",
            Self::Website => "website",
            Self::Email => "e-mail address",
        }
    }
}

/// Something that gives a listing away, under the directory's key: it can be compared, and not read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is of.
    pub kind: Shared,
    /// The keyed digest.
    pub mark: [u8; 32],
}

impl Mark {
    /// The domain separates these digests from all others under the key.
    const DOMAIN: &str = "practitioners.mark";

    fn new(vault: &Vault, kind: Shared, text: &str) -> Self {
        Self { kind, mark: vault.mark(Self::DOMAIN, format!("{}\n{text}", kind.words()).as_bytes()) }
    }

    /// Of a training: who signed, for what, when it was awarded, to whom.
    pub fn of_certificate(vault: &Vault, issuer: &str, course: &str, awarded_on: Date, holder: &str) -> Self {
        let holder = name_key(holder);
        Self::new(vault, Shared::Certificate, &format!("{issuer}\n{course}\n{awarded_on}\n{holder}"))
    }
}

impl Profile {
    /// What would give this listing away. Booking pages are not among it: many share one.
    pub fn marks(&self, vault: &Vault) -> Vec<Mark> {
        let contact = &self.contact;
        let phone = contact.phone.iter().map(|phone| Mark::new(vault, Shared::Phone, phone));
        let email = contact.email.iter().map(|email| Mark::new(vault, Shared::Email, &email.to_lowercase()));
        let website = contact.website.as_ref().and_then(|text| web::parse(text).ok());
        let website = website.iter().map(|url| Mark::new(vault, Shared::Website, &web::key(url)));
        phone.chain(website).chain(email).collect()
    }
}

impl ListingRemoval {
    /// Whether a listing that was removed for this is followed to a new one of the same person. What was not
    /// theirs, and what a court took off, is not.
    pub const fn is_followed(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Retired | Self::Deceased)
    }
}

/// A listing that was taken off, and what a later one shares with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// The later listing.
    pub listing: Uuid,
    /// The earlier one.
    pub id: Uuid,
    /// The earlier one's number.
    pub number: Number,
    /// What they share, in the order of [`Shared`].
    pub shared: Vec<Shared>,
    /// When the earlier one was taken off.
    pub removed_at: Ts,
    /// Why.
    pub removal: ListingRemoval,
    /// When it was found that they share it.
    pub found_at: Ts,
    /// What the keeper of the later one says against it, and since when.
    pub objection: Option<(String, Ts)>,
    /// What an operator decided.
    pub decided: Option<(EarlierOutcome, String, Ts)>,
}

impl Earlier {
    /// Whether it is shown.
    pub fn is_shown(&self) -> bool {
        !matches!(self.decided, Some((EarlierOutcome::Dropped, ..)))
    }

    /// What they share, in words.
    pub fn shared_words(&self) -> String {
        let words: Vec<&str> = self.shared.iter().map(|one| one.words()).collect();
        match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => words.concat(),
        }
    }
}

/// What an operator decided about two listings that share something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename = "EarlierListingOutcome", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum EarlierOutcome {
    /// The same person: it stays shown.
    Kept,
    /// Not the same person: it is shown no more.
    Dropped,
}

/// An earlier listing of the same practitioner, as far as can be told from what the two share.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(rename = "EarlierListing", skip_serializing_if_is_none)]
pub struct EarlierView {
    /// The earlier listing's number.
    pub number: Number,
    /// Its address, which answers 410 with the reason.
    pub url: String,
    /// Its reviews, which stay readable.
    pub reviews_url: String,
    /// What the two share.
    pub shared: Vec<Shared>,
    /// When the earlier one was taken off.
    pub removed_at: Ts,
    /// Why.
    pub reason: ListingRemoval,
    /// Whether the keeper of the later listing objects, and nobody has decided yet.
    pub disputed: bool,
    /// Whether an operator found that they are the same person.
    pub confirmed: bool,
    /// When this changed last.
    pub updated_at: Ts,
}

impl EarlierView {
    /// The view below `public_url`.
    pub fn new(earlier: &Earlier, public_url: &str) -> Self {
        let url = practitioner_url(public_url, earlier.number);
        let changed = earlier.decided.as_ref().map(|(.., at)| *at);
        let changed = changed.or(earlier.objection.as_ref().map(|(_, at)| *at)).unwrap_or(earlier.found_at);
        Self {
            number: earlier.number,
            reviews_url: format!("{url}/reviews"),
            url,
            shared: earlier.shared.clone(),
            removed_at: earlier.removed_at,
            reason: earlier.removal,
            disputed: earlier.objection.is_some() && earlier.decided.is_none(),
            confirmed: matches!(earlier.decided, Some((EarlierOutcome::Kept, ..))),
            updated_at: changed,
        }
    }
}
