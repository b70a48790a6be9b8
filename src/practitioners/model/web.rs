//! Web addresses: brought to one form for showing, and to a shorter one for finding.

use url::{Host, Url};

use super::social;
use crate::config::limits::URL_CHARS;
use crate::platform::problem::Fault;

/// Query parameters that say how somebody came, not where they are going.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "igsh",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "si",
    "ref",
    "ref_src",
    "ref_url",
    "source",
    "mibextid",
    "_hsenc",
    "_hsmi",
    "hl",
    "lang",
    "trk",
    "rdid",
    "share_url",
];

/// Hosts where every path is somebody else's: an address there never stands for the whole host.
const SHARED: &[&str] = &[
    "about.me",
    "acuityscheduling.com",
    "app.acuityscheduling.com",
    "beacons.ai",
    "bio.link",
    "bit.ly",
    "book.squareup.com",
    "booksy.com",
    "calendly.com",
    "carrd.co",
    "docs.google.com",
    "fresha.com",
    "g.co",
    "g.page",
    "goo.gl",
    "google.com",
    "linktr.ee",
    "maps.app.goo.gl",
    "maps.google.com",
    "nextdoor.com",
    "phorest.com",
    "planity.com",
    "realself.com",
    "setmore.com",
    "sites.google.com",
    "square.site",
    "squareup.com",
    "t.co",
    "taplink.cc",
    "tinyurl.com",
    "treatwell.co.uk",
    "trustpilot.com",
    "uk.trustpilot.com",
    "vagaro.com",
    "whatclinic.com",
    "yell.com",
    "yelp.co.uk",
    "yelp.com",
    "youcanbook.me",
];

/// An address as it is stored and shown: `https` unless `http` was written, host in lower case,
/// nothing that tracks, no fragment.
pub(super) fn normalise(pointer: &str, text: Option<&str>, faults: &mut Vec<Fault>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    if text.chars().count() > URL_CHARS {
        faults.push(Fault::new(pointer, "too-long", format!("At most {URL_CHARS} characters.")));
        return None;
    }
    match parse(text) {
        Ok(url) if path_and_query(&url).is_none() && is_shared(host(&url)) => {
            faults.push(Fault::new(
                pointer,
                "shared-host",
                format!(
                    "`{}` belongs to everybody; give the address of the practitioner's own page there.",
                    host(&url)
                ),
            ));
            None
        }
        Ok(url) if url.as_str().len() > 2 * URL_CHARS => {
            let detail = "Spelled out as browsers send it, it is too long; give a shorter address.";
            faults.push(Fault::new(pointer, "too-long", detail));
            None
        }
        Ok(url) => Some(url.into()),
        Err(detail) => {
            faults.push(Fault::new(pointer, "not-a-web-address", detail));
            None
        }
    }
}

/// Reads an address that people wrote: with or without a scheme, http or https only.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    const WANTED: &str = "Write a web address such as https://example.com/jane.";
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(format!("There is a space or a control character in it. {WANTED}"));
    }
    let lower = text.to_ascii_lowercase();
    let full = match lower.find("://") {
        Some(_) if lower.starts_with("http://") || lower.starts_with("https://") => text.to_owned(),
        Some(_) => return Err(format!("Only http and https addresses are taken. {WANTED}")),
        None if text.starts_with("//") => format!("https:{text}"),
        None => format!("https://{text}"),
    };
    let mut url = Url::parse(&full).map_err(|error| format!("It cannot be read ({error}). {WANTED}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("An address with a user name or a password in it is not taken.".to_owned());
    }
    match url.host() {
        Some(Host::Domain(domain)) if is_public(domain) => {}
        _ => return Err(format!("Its host is not a public domain name. {WANTED}")),
    }
    url.set_fragment(None);
    drop_tracking(&mut url);
    if let Some(domain) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&domain)).map_err(|error| error.to_string())?;
    }
    Ok(url)
}

fn is_public(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && last.len() > 1
        && !["localhost", "local", "internal", "lan", "home", "onion", "arpa"].contains(&last)
        && domain.split('.').all(|label| !label.is_empty())
}

fn drop_tracking(url: &mut Url) {
    if url.query().is_none() {
        return;
    }
    let is_tracking = |name: &str| name.starts_with("utm_") || TRACKING.contains(&name);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !is_tracking(&name.to_ascii_lowercase()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else if kept.len() < url.query_pairs().count() {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
}

/// The host without `www.`, which nobody reads as part of a name.
pub(super) fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

fn is_shared(host: &str) -> bool {
    SHARED.contains(&host) || social::network_of(host).is_some()
}

/// What follows the host, without a slash at the end; `None` where nothing does.
fn path_and_query(url: &Url) -> Option<String> {
    let path = url.path().trim_end_matches('/');
    let text = match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

/// The key an address is found by: host and path in lower case, without scheme, `www.`, or a slash at
/// the end.
pub(super) fn key(url: &Url) -> String {
    format!("{}{}", host(url), path_and_query(url).unwrap_or_default()).to_lowercase()
}

/// The keys under which the listing behind an address may stand, the most telling first: the address
/// itself, without its query, then each folder above it, up to the host; not further than the
/// first folder where the host is everybody's.
pub(super) fn candidate_keys(url: &Url) -> Vec<String> {
    /// Folders looked at above an address.
    const DEEPEST: usize = 12;
    let host = host(url);
    let mut keys = vec![key(url)];
    let mut path = url.path().trim_end_matches('/').to_lowercase();
    for _ in 0..DEEPEST {
        let candidate = format!("{host}{path}");
        if path.is_empty() && is_shared(host) {
            break;
        }
        if !keys.contains(&candidate) {
            keys.push(candidate);
        }
        match path.rfind('/') {
            Some(at) => path.truncate(at),
            None => break,
        }
    }
    keys
}

/// Where a network's "you are leaving" page leads.
pub(super) fn unwrapped(url: Url) -> Url {
    let leaves = match host(&url) {
        "l.instagram.com" | "l.facebook.com" | "lm.facebook.com" | "l.messenger.com" => "u",
        "google.com" if url.path() == "/url" => "q",
        "youtube.com" if url.path() == "/redirect" => "q",
        "linkedin.com" if url.path() == "/redir/redirect" => "url",
        _ => return url,
    };
    let target = url.query_pairs().find(|(name, _)| name == leaves).map(|(_, value)| value.into_owned());
    target.and_then(|target| parse(&target).ok()).unwrap_or(url)
}
