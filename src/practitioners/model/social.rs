//! Social profiles: whatever people paste, brought to a network and a handle.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use url::Url;

use super::web;
use crate::platform::problem::{Fault, shorten};
use crate::vocabulary::{List, SocialNetwork, SocialNetworks};

/// A profile on a social network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocialProfile {
    /// Which network.
    pub network: SocialNetwork,
    /// The name of the profile there, without `@`; of a company or a channel id with
    /// what stands before it (`company/scalp-studio`).
    pub handle: String,
}

/// A social profile as it is given: a handle with its network, or an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct SocialProfileInput {
    /// Which network. May be left out where `handle` is the profile's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<SocialNetwork>,
    /// The handle, with or without `@`, or the address of the profile in any of its forms.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub handle: String,
}

impl SocialProfile {
    /// Reads one as given.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn read(input: &SocialProfileInput) -> Result<Self, String> {
        let text = input.handle.trim();
        let looks_like_address = text.contains("://") || (text.contains('/') && text.contains('.'));
        if looks_like_address {
            let profile = web::parse(text).ok().map(web::unwrapped).and_then(|url| Self::from_url(&url));
            return match (profile, input.network) {
                (Some(profile), Some(network)) if profile.network != network => {
                    Err(format!("That is a profile on {}, not on {network}.", profile.network))
                }
                (Some(profile), _) => Ok(profile),
                (None, Some(network)) => Err(format!("That is not the address of a profile on {network}.")),
                (None, None) => Err("That is not the address of a profile on a network this directory knows; give it as the website, or write the network and the handle.".to_owned()),
            };
        }
        let network = input
            .network
            .ok_or("Say which `network` the handle is on, or give the profile's whole address.")?;
        Self::from_handle(network, text)
            .ok_or_else(|| format!("`{}` cannot be a handle on {network}.", shorten(text)))
    }

    /// The profile behind an address, if it is one.
    pub(super) fn from_url(url: &Url) -> Option<Self> {
        let network = network_of(web::host(url))?;
        let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
        let query =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let handle = match (network.as_str(), parts.as_slice()) {
            ("facebook", ["profile.php", ..]) => query("id")?,
            ("whatsapp", ["send", ..]) => query("phone")?,
            ("facebook", ["p", slug, ..]) => slug.rsplit('-').next()?.to_owned(),
            ("youtube", [folder @ ("channel" | "c" | "user"), name, ..])
            | ("linkedin", [folder @ ("in" | "company" | "school"), name, ..]) => format!("{folder}/{name}"),
            ("linkedin", ["pub", name, ..]) => format!("in/{name}"),
            ("instagram", ["stories" | "_u", name, ..])
            | ("facebook", ["people" | "pages", _, name, ..] | ["pg", name, ..])
            | ("snapchat", ["add" | "@", name, ..])
            | ("bluesky", ["profile", name, ..]) => (*name).to_owned(),
            ("tiktok" | "threads", [name, ..]) if name.starts_with('@') => (*name).to_owned(),
            ("tiktok" | "threads" | "linkedin" | "bluesky", _) | (_, []) => return None,
            (_, [name, ..]) => (*name).to_owned(),
        };
        Self::from_handle(network, &handle)
    }

    /// The profile called that on a network, if it can be one.
    pub(super) fn from_handle(network: SocialNetwork, text: &str) -> Option<Self> {
        let decoded = percent_decoded(text);
        let text = decoded.trim().trim_start_matches('@').trim_end_matches('/');
        let word = |most: usize, extra: &str| {
            (1..=most).contains(&text.len())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
                && text.chars().any(|c| c.is_ascii_alphanumeric())
        };
        let lower = text.to_lowercase();
        let handle = match network.as_str() {
            "instagram" | "threads" if word(30, "._") => lower,
            "tiktok" if word(24, "._") => lower,
            "x" if word(15, "_") => lower,
            "facebook" if word(80, ".-_") => lower,
            "pinterest" | "snapchat" if word(30, "._-") => lower,
            "vk" if word(32, "._") => lower,
            "bluesky" if text.contains('.') && word(253, ".-") => lower,
            "whatsapp" => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                return ((7..=15).contains(&digits.len())).then_some(Self { network, handle: digits });
            }
            "linkedin" => in_folder(text, "in", &["in", "company", "school"])?.to_lowercase(),
            "youtube" => match text.split_once('/') {
                // A channel id tells capitals from small letters; every other name does not.
                Some(("channel", id)) if is_slug(id) => format!("channel/{id}"),
                Some((kind @ ("c" | "user"), name)) if is_slug(name) => {
                    format!("{kind}/{}", name.to_lowercase())
                }
                None if is_slug(text) => lower,
                _ => return None,
            },
            _ => return None,
        };
        let first = handle.split('/').next().unwrap_or_default();
        (!is_reserved(network.as_str(), first)).then_some(Self { network, handle })
    }

    /// The address of the profile.
    pub fn url(&self) -> String {
        let template = self.network.entry().profile.as_deref().unwrap_or("{handle}");
        if let Some((_, rest)) = self.handle.split_once('/') {
            // "company/…", "channel/…": another folder than that of plain handles.
            let root = template.match_indices('/').nth(2).map_or(template, |(at, _)| &template[..at]);
            return if self.handle.starts_with("in/") {
                template.replace("{handle}", rest)
            } else {
                format!("{root}/{}", self.handle)
            };
        }
        template.replace("{handle}", &self.handle)
    }

    /// The key it is found by.
    pub(super) fn key(&self) -> String {
        // Facebook takes janesmp, Jane.SMP and jane.smp for one.
        let handle = if self.network.as_str() == "facebook" {
            self.handle.replace('.', "")
        } else {
            self.handle.clone()
        };
        format!("{}:{handle}", self.network)
    }
}

/// The network whose profiles are at a host, `www.`, `m.` and country names before it forgiven.
pub(super) fn network_of(host: &str) -> Option<SocialNetwork> {
    SocialNetworks::vocabulary()
        .codes
        .iter()
        .find(|entry| {
            entry.hosts.iter().any(|own| {
                host.strip_suffix(own.as_str())
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
        })
        .and_then(|entry| entry.code.parse().ok())
}

/// All profiles as given, faults located; repetitions dropped.
pub(super) fn read_all(
    pointer: &str,
    inputs: &[SocialProfileInput],
    faults: &mut Vec<Fault>,
) -> Vec<SocialProfile> {
    let mut profiles: Vec<SocialProfile> = Vec::with_capacity(inputs.len());
    for (at, input) in inputs.iter().enumerate() {
        match SocialProfile::read(input) {
            Ok(profile) if profiles.iter().any(|known| known.key() == profile.key()) => {}
            Ok(profile) => profiles.push(profile),
            Err(detail) => faults.push(Fault::new(format!("{pointer}/{at}/handle"), "not-a-profile", detail)),
        }
    }
    profiles
}

fn in_folder(text: &str, usual: &str, folders: &[&str]) -> Option<String> {
    let (folder, slug) = text.split_once('/').unwrap_or((usual, text));
    let slug = slug.split('/').next().unwrap_or_default();
    let plain = (1..=100).contains(&slug.chars().count())
        && slug.chars().all(|c| c.is_alphanumeric() || "-_.&'".contains(c));
    (plain && folders.contains(&folder)).then(|| format!("{folder}/{slug}"))
}

fn is_slug(text: &str) -> bool {
    (1..=100).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || "._-·".contains(c))
}

/// Paths of the networks themselves, which are nobody's profile.
const RESERVED: &[(&str, &str)] = &[
    ("instagram", "p reel reels tv explore accounts stories direct about s share developer legal"),
    (
        "facebook",
        "groups events marketplace watch sharer sharer.php share share.php login photo photo.php photos story.php \
         permalink.php reel dialog help profile.php home.php hashtag l.php pages people videos p",
    ),
    ("tiktok", "video tag music foryou discover"),
    ("youtube", "watch shorts playlist results feed live embed redirect hashtag"),
    ("x", "i home search hashtag intent share explore settings messages notifications login signup compose"),
    ("pinterest", "pin search ideas explore today"),
    ("snapchat", "add discover spotlight p t"),
    ("vk", "feed im video wall photo search club public"),
    ("threads", "search t"),
];

fn is_reserved(network: &str, word: &str) -> bool {
    RESERVED.iter().any(|(of, words)| *of == network && words.split(' ').any(|reserved| reserved == word))
}

fn percent_decoded(text: &str) -> String {
    let bytes: Vec<(String, String)> =
        url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
            .into_owned()
            .collect();
    bytes.into_iter().next().map_or_else(|| text.to_owned(), |(_, value)| value)
}
