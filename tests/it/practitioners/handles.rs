//! Addresses, profiles and numbers, in whatever form they were copied, lead to one key.

use proptest::prelude::*;
use stipple::practitioners::{
    Contact, HandleKind, ProfileInput, SocialProfileInput, key_of_name, key_of_phone, keys_of_url,
};
use stipple::vocabulary::Country;
use time::macros::date;

fn first(url: &str) -> (HandleKind, String) {
    let keys = keys_of_url(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    (keys[0].kind, keys[0].key.clone())
}

/// A key, and what people paste that leads to it.
const PROFILES: &[(&str, &[&str])] = &[
    (
        "instagram:jane.smp",
        &[
            "https://www.instagram.com/jane.smp/",
            "instagram.com/Jane.SMP",
            "http://m.instagram.com/jane.smp?igsh=MzRlODBiNWFlZA==",
            "https://instagram.com/jane.smp/reels/?hl=en",
            "https://www.instagram.com/stories/jane.smp/3141592653/",
            "https://l.instagram.com/?u=https%3A%2F%2Finstagram.com%2Fjane.smp&e=AT0",
            "https://instagr.am/jane.smp",
            "instagram:@jane.smp",
            "Instagram: jane.smp",
            "instagram @jane.smp",
        ],
    ),
    (
        "facebook:janesmp",
        &[
            "https://www.facebook.com/JaneSMP",
            "https://m.facebook.com/jane.smp/",
            "fb.com/janesmp?mibextid=ZbWKwL",
            "https://web.facebook.com/janesmp/photos",
            "https://en-gb.facebook.com/pg/janesmp/about/",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Ffacebook.com%2Fjanesmp%3Ffbclid%3Dx&h=AT",
        ],
    ),
    (
        "facebook:100012345678901",
        &[
            "https://www.facebook.com/profile.php?id=100012345678901",
            "https://facebook.com/people/Jane-Doe/100012345678901/",
            "https://www.facebook.com/p/Jane-Doe-SMP-100012345678901/",
            "https://www.facebook.com/100012345678901",
        ],
    ),
    (
        "tiktok:jane.smp",
        &["https://www.tiktok.com/@Jane.smp?_t=8abc&_r=1", "tiktok.com/@jane.smp/video/7123"],
    ),
    ("youtube:janesmp", &["https://youtube.com/@JaneSMP", "https://m.youtube.com/@janesmp/videos?si=abc"]),
    (
        "youtube:channel/UCaBcDeFgHiJkLmNoPqRsTuV",
        &["https://www.youtube.com/channel/UCaBcDeFgHiJkLmNoPqRsTuV/about"],
    ),
    ("x:jane_smp", &["https://twitter.com/Jane_SMP", "https://x.com/jane_smp/status/1?s=20", "x:jane_smp"]),
    (
        "linkedin:in/jane-doe-1a2b",
        &[
            "https://www.linkedin.com/in/Jane-Doe-1a2b/?trk=x",
            "uk.linkedin.com/in/jane-doe-1a2b",
            "linkedin:jane-doe-1a2b",
        ],
    ),
    ("linkedin:company/scalp-studio", &["https://www.linkedin.com/company/scalp-studio/about/"]),
    ("threads:jane.smp", &["https://www.threads.net/@jane.smp", "https://www.threads.com/@Jane.smp/post/C1"]),
    ("bluesky:jane.bsky.social", &["https://bsky.app/profile/Jane.bsky.social"]),
];

#[test]
fn profiles_in_every_common_form_are_one() {
    for (key, forms) in PROFILES {
        for form in *forms {
            assert_eq!(first(form), (HandleKind::Social, (*key).to_owned()), "{form}");
        }
    }
}

#[test]
fn pages_of_a_network_are_nobodys_profile() {
    for url in [
        "https://www.instagram.com/p/C1a2b3/",
        "https://www.instagram.com/reel/C1a2b3/",
        "https://www.instagram.com/explore/tags/smp/",
        "https://www.facebook.com/groups/12345",
        "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fexample.com",
        "https://x.com/search?q=smp",
        "https://www.youtube.com/watch?v=abc",
        "https://youtu.be/watch",
        "https://www.linkedin.com/jobs/view/1",
        "https://www.tiktok.com/tag/smp",
        "https://www.instagram.com/",
        "https://notinstagram.com/jane",
        "https://instagram.com.evil.example/jane",
    ] {
        assert_eq!(first(url).0, HandleKind::Web, "{url}");
    }
}

#[test]
fn a_page_leads_to_the_site_but_never_to_a_host_that_is_everybodys() {
    let keys = |url: &str| -> Vec<String> {
        keys_of_url(url).expect(url).into_iter().map(|handle| handle.key).collect()
    };
    assert_eq!(
        keys("https://WWW.Example.com/Team/Jane/?utm_source=x&b=2#top"),
        ["example.com/team/jane?b=2", "example.com/team/jane", "example.com/team", "example.com"]
    );
    assert_eq!(keys("example.com"), ["example.com"]);
    assert_eq!(keys("https://www.fresha.com/a/jane"), ["fresha.com/a/jane", "fresha.com/a"]);
    assert!(!keys("https://linktr.ee/jane").contains(&"linktr.ee".to_owned()));
    assert_eq!(keys("https://bücher.example/").first().map(String::as_str), Some("xn--bcher-kva.example"));
}

#[test]
fn what_is_no_address_is_said_to_be_none() {
    for url in [
        "",
        " ",
        "jane doe",
        "javascript:alert(1)",
        "ftp://example.com",
        "http://localhost/x",
        "http://192.168.0.1/",
        "http://[::1]/",
        "https://user:secret@example.com/",
        "https://example",
        "@jane",
        "mailto:jane@example.com",
    ] {
        let error = keys_of_url(url).expect_err(url);
        assert_eq!(error.code().status, 400, "{url}");
    }
}

#[test]
fn numbers_are_one_however_they_are_written() {
    let gb = Some(Country::named("GB"));
    for text in [
        "+44 161 496 0001",
        "0161 496 0001",
        "(0161) 4960001",
        "+44 (0)161-496-0001",
        "tel:+441614960001",
        "0044 161 496 0001",
    ] {
        assert_eq!(key_of_phone(text, gb).expect(text).key, "+441614960001", "{text}");
    }
    assert_eq!(key_of_phone("+1 404 555 0123", gb).expect("another country's").key, "+14045550123");
    for text in ["", "0161", "161 496 0001 99999", "not a number", "+44 161 496 0001 ext. 3", "+999 123 4567"]
    {
        assert!(key_of_phone(text, gb).is_err(), "{text}");
    }
    assert!(key_of_phone("0161 496 0001", None).is_err(), "whose 0161?");
}

#[test]
fn a_listing_is_found_by_what_it_shows_and_never_by_its_email() {
    let input = ProfileInput {
        name: "Jane Doe".to_owned(),
        given_name: Some("Jane".to_owned()),
        family_name: Some("Doe-Smith".to_owned()),
        former_names: vec!["Jane Roe".to_owned()],
        also_known_as: vec!["Skalp & Co.".to_owned()],
        contact: Contact {
            phone: Some("+44 161 496 0001".to_owned()),
            email: Some("jane@example.com".to_owned()),
            website: Some("https://www.instagram.com/jane.smp/?igsh=1".to_owned()),
            booking_url: Some("https://booksy.com/jane?utm_medium=x".to_owned()),
        },
        social_profiles: vec![SocialProfileInput {
            network: Some("x".parse().expect("a network")),
            handle: "@jane".to_owned(),
        }],
        ..ProfileInput::default()
    };
    let profile = input.check(date!(2026 - 06 - 01)).expect("it keeps every rule");
    let keys: Vec<(HandleKind, String)> =
        profile.handles().into_iter().map(|handle| (handle.kind, handle.key)).collect();
    for (kind, key) in [
        (HandleKind::Web, "booksy.com/jane"),
        (HandleKind::Social, "instagram:jane.smp"),
        (HandleKind::Social, "x:jane"),
        (HandleKind::Phone, "+441614960001"),
        (HandleKind::Name, "doe jane"),
        (HandleKind::Name, "doe jane smith"),
        (HandleKind::Name, "jane roe"),
        (HandleKind::Name, "co skalp"),
    ] {
        assert!(keys.contains(&(kind, key.to_owned())), "{key} is not among {keys:?}");
    }
    assert!(!keys.iter().any(|(_, key)| key.contains('@')), "{keys:?}");
    assert_eq!(key_of_name("Doe, Jane").expect("a name").key, "doe jane");
}

proptest! {
    #[test]
    fn no_text_is_too_strange_to_be_asked_about(text in "\\PC{0,80}") {
        let _ = keys_of_url(&text);
        let _ = key_of_phone(&text, Some(Country::named("US")));
        let _ = key_of_name(&text);
        let input = ProfileInput {
            name: text.clone(),
            contact: Contact { phone: Some(text.clone()), email: Some(text.clone()), website: Some(text.clone()), booking_url: None },
            social_profiles: vec![SocialProfileInput { network: None, handle: text.clone() }],
            practising_since: Some(text),
            ..ProfileInput::default()
        };
        let _ = input.check(date!(2026 - 06 - 01));
    }

    /// What was stored is found again by its own form, and cleaning it twice changes nothing.
    #[test]
    fn an_address_that_was_stored_is_found(host in "[a-z]{3,10}\\.(com|co\\.uk|example)", path in "(/[A-Za-z0-9._~%-]{1,8}){0,3}/?", query in "(\\?[a-z]{1,4}=[a-z0-9]{1,4}(&utm_source=x)?)?") {
        let address = format!("https://www.{host}{path}{query}");
        let input = ProfileInput {
            name: "Jane Doe".to_owned(),
            contact: Contact { website: Some(address.clone()), ..Contact::default() },
            ..ProfileInput::default()
        };
        if let Ok(profile) = input.check(date!(2026 - 06 - 01)) {
            let keys = keys_of_url(&address).expect("it was stored, so it can be asked");
            prop_assert!(profile.handles().contains(&keys[0]), "{address}: {keys:?}");
            let again = ProfileInput::from(profile.clone()).check(date!(2026 - 06 - 01)).expect("clean");
            prop_assert_eq!(again, profile);
        }
    }

    #[test]
    fn a_handle_survives_its_own_address(name in "[a-z][a-z0-9_]{2,14}") {
        for network in ["instagram", "facebook", "tiktok", "youtube", "x", "linkedin", "threads", "pinterest"] {
            let given = |handle: String, network: Option<&str>| ProfileInput {
                name: "Jane Doe".to_owned(),
                social_profiles: vec![SocialProfileInput { network: network.map(|code| code.parse().expect("a network")), handle }],
                ..ProfileInput::default()
            };
            // Some names are the network's own pages.
            let Ok(profile) = given(format!("@{name}"), Some(network)).check(date!(2026 - 06 - 01)) else { continue };
            let url = profile.social_profiles[0].url();
            let again = given(url.clone(), None).check(date!(2026 - 06 - 01)).unwrap_or_else(|faults| panic!("{url}: {faults:?}"));
            prop_assert_eq!(&again.social_profiles, &profile.social_profiles, "{}", url);
        }
    }
}
