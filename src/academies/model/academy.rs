//! The academy itself: its slug, what slugs look alike, and what may stand on its page.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use url::Url;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::problem::Fault;
use crate::search::words::fold;
use crate::signing::did::DidWeb;
use crate::vocabulary::Country;

/// The shortest and the longest slug, in characters.
pub const SLUG_CHARS: std::ops::RangeInclusive<usize> = 3..=40;

/// Words that mean something of ours in an address or would pass for the directory itself.
const RESERVED: &[&str] = &[
    "about",
    "academies",
    "academy",
    "account",
    "admin",
    "api",
    "app",
    "assets",
    "certificate",
    "certificates",
    "changes",
    "demo",
    "did",
    "did-json",
    "directory",
    "docs",
    "example",
    "healthz",
    "help",
    "key",
    "keys",
    "legal",
    "log",
    "login",
    "metrics",
    "new",
    "none",
    "null",
    "official",
    "openapi",
    "operator",
    "operators",
    "places",
    "practitioner",
    "practitioners",
    "problems",
    "readyz",
    "recognised",
    "register",
    "registry",
    "root",
    "search",
    "security",
    "smp",
    "static",
    "status",
    "stipple",
    "support",
    "system",
    "test",
    "true",
    "false",
    "undefined",
    "v1",
    "v2",
    "verified",
    "verify",
    "vocabularies",
    "well-known",
    "witness",
    "www",
];

/// An academy's name in addresses and identifiers: lower-case ASCII letters, digits and single hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Reads a slug by the rule for new ones.
    ///
    /// # Errors
    /// A sentence that says what a slug is, or that the word is reserved.
    pub fn parse(text: &str) -> Result<Self, String> {
        let good = SLUG_CHARS.contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && !text.contains("--");
        if !good {
            return Err(format!(
                "A slug has {} to {} lower-case letters a to z, digits and single hyphens between them, and begins with a letter.",
                SLUG_CHARS.start(),
                SLUG_CHARS.end()
            ));
        }
        let skeleton = skeleton(text);
        if RESERVED.iter().any(|word| *word == text || self::skeleton(word) == skeleton) {
            return Err(format!("`{text}` is reserved; choose the academy's own name."));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it has in common with every slug that could be mistaken for it.
    pub fn skeleton(&self) -> String {
        skeleton(&self.0)
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Folds together what the eye confuses: hyphens count for nothing, digits stand for the letters they
/// resemble, `rn` is read as `m`, `vv` as `w`, `cl` as `d`, and a doubled letter is one letter.
fn skeleton(slug: &str) -> String {
    let plain: String = slug
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' | 'j' => 'l',
            '2' => 'z',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            '6' | '8' => 'b',
            '9' | 'q' => 'g',
            other => other,
        })
        .collect();
    let plain = plain.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    let mut skeleton = String::with_capacity(plain.len());
    for c in plain.chars() {
        if !skeleton.ends_with(c) {
            skeleton.push(c);
        }
    }
    skeleton
}

/// The DID of the academy with that slug under a DID host.
pub fn did(issuer_host: &str, slug: &str) -> String {
    format!("did:web:{issuer_host}:academies:{slug}")
}

/// The slug in a DID of an academy under that DID host; `None` for every other DID.
pub fn slug_of_did(issuer_host: &str, did: &str) -> Option<String> {
    let web = DidWeb::parse(did).ok().filter(|web| web.host() == issuer_host && web.port().is_none())?;
    match web.path() {
        [room, slug] if room == "academies" => Some(slug.clone()),
        _ => None,
    }
}

/// What an academy says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What it is called.
    pub name: String,
    /// What the register of companies calls it.
    pub legal_name: Option<String>,
    /// Its website.
    pub website: Option<String>,
    /// Where it is at home.
    pub country: Country,
    /// Where to write; never shown to anyone but the academy and operators.
    pub contact_email: Option<String>,
    /// In its own words; nobody has checked them.
    pub own_words: Option<String>,
}

/// An academy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Academy {
    /// Its id, inside only.
    pub id: Uuid,
    /// Its name in addresses and identifiers.
    pub slug: String,
    /// What it says about itself.
    pub profile: Profile,
    /// Counted up by every change of the profile.
    pub version: i64,
    /// When it was registered.
    pub created_at: Ts,
    /// When anything about it last changed.
    pub updated_at: Ts,
    /// What it goes by in the public log: random, so that no entry carries a name.
    pub log_id: Uuid,
    /// Its did:web on its own site; none for an academy that the directory hosts.
    pub own_did: Option<String>,
    /// When the document there was last looked at.
    pub did_checked_at: Option<Ts>,
    /// What was wrong with it then.
    pub did_fault: Option<String>,
}

impl Academy {
    /// Its DID as the issuer of certificates: on its own site, or under the directory's DID host.
    pub fn did(&self, issuer_host: &str) -> String {
        self.own_did.clone().unwrap_or_else(|| did(issuer_host, &self.slug))
    }

    /// Its subject in the change feed: its path under `/v1`.
    pub fn subject(&self) -> String {
        format!("academies/{}", self.slug)
    }
}

impl Profile {
    /// The profile with its text tidied: normal forms, no stray spaces, empty text as none.
    #[must_use]
    pub fn tidied(self) -> Self {
        let optional = |text: Option<String>| text.map(|text| line(&text)).filter(|text| !text.is_empty());
        Self {
            name: line(&self.name),
            legal_name: optional(self.legal_name),
            website: self.website.map(|website| normal_url(&website)),
            country: self.country,
            contact_email: optional(self.contact_email),
            own_words: self.own_words.map(|text| prose(&text)).filter(|text| !text.is_empty()),
        }
    }

    /// What is wrong with it beyond lengths and formats.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if line(&self.name).chars().count() < 2 {
            faults.push(Fault::new("/name", "too-short", "Give the academy's name."));
        }
        if let Some(website) = &self.website {
            faults.extend(web_address(website, "/website"));
        }
        faults
    }

    /// What lists are sorted by.
    pub fn sort_name(&self) -> String {
        fold(&self.name)
    }

    /// What `q` is looked for in.
    pub fn search_text(&self, slug: &str) -> String {
        let legal = self.legal_name.as_deref().unwrap_or("");
        format!("{} {slug} {}", fold(&self.name), fold(legal))
    }
}

/// One line of text: normal form C, single spaces, no control characters.
pub fn line(text: &str) -> String {
    let plain: String = text.nfc().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines of text: normal form C, line breaks kept, no other control characters.
pub fn prose(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let plain: String = text.nfc().filter(|c| *c == '\n' || !c.is_control()).collect();
    plain.trim().to_owned()
}

/// The fault of an address that is not one of the web.
pub fn web_address(text: &str, pointer: &str) -> Option<Fault> {
    let good = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| host.contains('.'))
            && url.username().is_empty()
            && url.password().is_none()
    });
    (!good).then(|| {
        Fault::new(pointer, "format", "This must be a web address, such as https://example.com/page.")
    })
}

/// An address in its normal form, or as it was when it is none.
pub fn normal_url(text: &str) -> String {
    Url::parse(text.trim()).map_or_else(|_| text.trim().to_owned(), String::from)
}
