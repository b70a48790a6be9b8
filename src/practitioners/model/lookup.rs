//! Who is behind an address, a number or a name: the keys listings are found by.

use super::contact;
use super::names::name_key;
use super::profile::Profile;
use super::social::SocialProfile;
use super::web;
use crate::platform::problem::{Error, Fault};
use crate::vocabulary::Country;

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum HandleKind {
    /// The address of a website or of a booking page.
    Web,
    /// A social profile: network and handle.
    Social,
    /// A telephone number in E.164.
    Phone,
    /// A name, folded.
    Name,
}

impl HandleKind {
    /// What matched, in a look-up's words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Web => "website",
            Self::Social => "social",
            Self::Phone => "phone",
            Self::Name => "name",
        }
    }
}

/// One key a listing is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle {
    /// What kind.
    pub kind: HandleKind,
    /// The key itself, normalised.
    pub key: String,
}

impl Handle {
    fn new(kind: HandleKind, key: impl Into<String>) -> Self {
        /// Bytes of a key at most: an index takes no longer ones, and no two differ only after so many.
        const MOST: usize = 1000;
        let mut key = key.into();
        key.truncate(key.floor_char_boundary(MOST));
        Self { kind, key }
    }
}

impl Profile {
    /// The keys this listing is found by. The e-mail address is not one: it could be guessed at.
    pub fn handles(&self) -> Vec<Handle> {
        let mut handles = Vec::new();
        let addresses = [&self.contact.website, &self.contact.booking_url];
        for url in addresses.into_iter().flatten().filter_map(|text| web::parse(text).ok()) {
            if let Some(profile) = SocialProfile::from_url(&url) {
                handles.push(Handle::new(HandleKind::Social, profile.key()));
            }
            handles.push(Handle::new(HandleKind::Web, web::key(&url)));
        }
        handles.extend(self.social_profiles.iter().map(|one| Handle::new(HandleKind::Social, one.key())));
        handles.extend(self.contact.phone.iter().map(|phone| Handle::new(HandleKind::Phone, phone)));
        let legal = self.given_name.as_ref().zip(self.family_name.as_ref());
        let legal = legal.map(|(given, family)| format!("{given} {family}"));
        let names =
            [&self.name].into_iter().chain(&legal).chain(&self.former_names).chain(&self.also_known_as);
        handles.extend(names.map(|name| Handle::new(HandleKind::Name, name_key(name))));
        handles.retain(|handle| !handle.key.is_empty());
        handles.sort_unstable();
        handles.dedup();
        handles
    }
}

/// The keys that answer one question, the most telling first: the first that any listing has decides.
///
/// # Errors
/// What to ask instead: 400.
pub fn keys_of_url(text: &str) -> Result<Vec<Handle>, Error> {
    let text = text.trim();
    let fault = |detail: String| Error::parameter(Fault::new("query:url", "not-a-web-address", detail));
    if let Some(profile) = network_and_handle(text) {
        return Ok(vec![Handle::new(HandleKind::Social, profile.key())]);
    }
    if text.starts_with('@') {
        return Err(fault(
            "A handle alone could be on any network: write instagram:@jane, or the profile's address."
                .to_owned(),
        ));
    }
    let url = web::unwrapped(web::parse(text).map_err(fault)?);
    let mut handles = Vec::new();
    if let Some(profile) = SocialProfile::from_url(&url) {
        handles.push(Handle::new(HandleKind::Social, profile.key()));
        if profile.network.as_str() == "whatsapp" {
            handles.push(Handle::new(HandleKind::Phone, format!("+{}", profile.handle)));
        }
    }
    handles.extend(web::candidate_keys(&url).into_iter().map(|key| Handle::new(HandleKind::Web, key)));
    Ok(handles)
}

/// `instagram:@jane`, `instagram:jane`, `instagram @jane`.
fn network_and_handle(text: &str) -> Option<SocialProfile> {
    let (network, handle) = text.split_once([':', ' '])?;
    if handle.starts_with('/') {
        return None;
    }
    SocialProfile::from_handle(network.trim().to_ascii_lowercase().parse().ok()?, handle.trim())
}

/// The key of a telephone number, read as people of `country` write it.
///
/// # Errors
/// What to ask instead: 400.
pub fn key_of_phone(text: &str, country: Option<Country>) -> Result<Handle, Error> {
    // In a query a plus sign that was not encoded arrives as a space.
    let text = if text.starts_with(' ') { format!("+{}", text.trim()) } else { text.trim().to_owned() };
    contact::phone(&text, country)
        .map(|phone| Handle::new(HandleKind::Phone, phone))
        .map_err(|detail| Error::parameter(Fault::new("query:phone", "not-a-phone-number", detail)))
}

/// The key of a name.
///
/// # Errors
/// When there is no letter in it: 400.
pub fn key_of_name(text: &str) -> Result<Handle, Error> {
    let key = name_key(text);
    if key.is_empty() {
        return Err(Error::parameter(Fault::new(
            "query:name",
            "not-a-name",
            "Write a whole name, such as Jane Doe.",
        )));
    }
    Ok(Handle::new(HandleKind::Name, key))
}

/// What absence from the directory means.
pub const NOT_LISTED: &str = "not listed, which by itself means nothing";

/// What to ask somebody who is not listed, from the four things a careful client checks.
pub const QUESTIONS: &[&str] = &[
    "Which academy signed your certificate, when, and how many hours and live models did the course have?",
    "Can I see photos of healed work at least a year old, that is your own, on people with a scalp and skin like mine?",
    "May I read all your reviews, the unflattering ones included, and speak with earlier clients?",
    "What exactly is included in the price, how many sessions and touch-ups, and what happens if I am not happy?",
    "Are you registered or licensed where the law asks for it, and insured?",
];
