//! The pictures that others show beside a link: what they say is what the page says, and no longer.

use stipple::certificates::forms::{CARD_SIZE, Card, Tone};

use super::badge::{ended, revoke, trained};
use crate::support::{Response, TestApp};

/// Insists on a PNG of the one size.
#[track_caller]
fn is_picture(answer: &Response) {
    assert_eq!(answer.header("content-type"), Some("image/png"));
    assert!(answer.bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let side = |at: usize| u32::from_be_bytes(answer.bytes[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), CARD_SIZE);
}

/// The address of the picture in the head of a page, without the host.
fn named(app: &TestApp, page: &str) -> String {
    let rest = page.split("<meta property=\"og:image\" content=\"").nth(1).expect("a picture");
    let address = rest.split('"').next().unwrap();
    address.strip_prefix(app.config.public_url.as_str()).expect("an absolute address").to_owned()
}

#[tokio::test]
async fn a_picture_changes_with_what_it_says() {
    let app = TestApp::new().await;
    let (listing, certificate, academy, signed) = trained(&app, "Marian Wright").await;
    let pages = [format!("/practitioners/{listing}"), format!("/certificates/{certificate}")];
    let words = [
        ("Training verified", "Training not verified"),
        ("Certificate is valid", "Certificate is not valid"),
    ];
    let mut before = Vec::new();
    for (page, (yes, _)) in pages.iter().zip(words) {
        let text = app.anyone().get(page).await.expect(200).text();
        assert!(
            text.contains(&format!("property=\"og:image:alt\" content=\"{yes}: Marian Wright")),
            "{text}"
        );
        let address = named(&app, &text);
        let picture = app.anyone().get(&address).await.expect(200);
        is_picture(&picture);
        assert_eq!(picture.header("cache-control"), Some("public, max-age=300, must-revalidate"));
        let tag = picture.etag();
        assert!(address.ends_with(&format!("?v={}", tag.trim_matches('"'))), "{address} {tag}");
        let same = app.anyone().get(&address).header("if-none-match", &tag).await;
        assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0));
        before.push((address, tag, picture.bytes));
    }
    revoke(&app, &academy, &signed, &certificate).await;
    for ((page, (_, no)), (address, tag, bytes)) in pages.iter().zip(words).zip(before) {
        let text = app.anyone().get(page).await.expect(200).text();
        assert!(text.contains(&format!("content=\"{no}: Marian Wright")), "{text}");
        assert_ne!(named(&app, &text), address, "those who keep pictures by address see another one");
        let now = app.anyone().get(&address).header("if-none-match", &tag).await.expect(200);
        is_picture(&now);
        assert!(now.etag() != tag && now.bytes != bytes, "the old address says what is so now");
    }
}

#[tokio::test]
async fn there_is_no_picture_of_nobody_and_a_merged_one_leads_on() {
    let app = TestApp::new().await;
    let (gone, merged, into) = ended(&app).await;
    app.anyone().get(&format!("/practitioners/{gone}/picture.png")).await.expect(410);
    app.anyone().get("/practitioners/SMP-2222-2222-2/picture.png").await.expect(404);
    app.anyone().get("/certificates/CRT-2222-2222-2/picture.png").await.expect(404);
    let moved = app.anyone().get(&format!("/practitioners/{merged}/picture.png")).await.expect(301);
    assert_eq!(moved.header("location"), Some(format!("/practitioners/{into}/picture.png").as_str()));
    let page = app.anyone().get(&format!("/practitioners/{merged}")).await.expect(301);
    assert_eq!(page.header("location"), Some(format!("/practitioners/{into}").as_str()));
}

#[test]
fn no_name_breaks_the_picture() {
    let card = |name: &str| Card {
        tone: Tone::Open,
        verdict: "Training not verified".to_owned(),
        name: name.to_owned(),
        facts: vec![name.to_owned(), "<text>&\"".to_owned()],
        number: "SMP-2222-2222-2".to_owned(),
        foot: "Stipple".to_owned(),
    };
    for name in [
        "",
        "\u{1}\u{0}\u{fffe}",
        "🙂🧑🏽‍🦲",
        "محمد عبد الرحمن بن عبد العزيز",
        "</text></svg><script>alert(1)</script>",
        &"W".repeat(10_000),
        &"لا ".repeat(4_000),
    ] {
        let card = card(name);
        let svg = card.to_svg();
        usvg::roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{name:.40}: {error}"));
        assert!(!svg.contains("<script") && svg.len() < 20_000, "{name:.40}: {}", svg.len());
        let png = card.to_png().unwrap_or_else(|error| panic!("{name:.40}: {error}"));
        assert!(png.starts_with(b"\x89PNG"), "{name:.40}");
    }
}
