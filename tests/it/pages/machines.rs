//! What pages give to machines: one address each, what engines may keep, sitemaps, and schema.org's JSON-LD.

use serde_json::{Value, json};

use super::badge::{revoke, trained};
use crate::reviews::{World, review};
use crate::support::{Response, TestApp};

/// The JSON-LD of a page, read as a browser finds it: to the first end of its element.
fn linked(page: &Response) -> Value {
    let text = page.text();
    let (_, rest) = text.split_once("<script type=\"application/ld+json\">").expect("there is JSON-LD");
    let (data, _) = rest.split_once("</script>").expect("it ends");
    assert!(!data.contains('<'), "a sign that may end it: {data}");
    serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"))
}

fn is_hidden(text: &str) -> bool {
    text.contains("<meta name=\"robots\" content=\"noindex\">") && !text.contains("rel=\"canonical\"")
}

#[tokio::test]
async fn a_page_has_one_address_and_an_answer_has_none() {
    let app = TestApp::new().await;
    let (listing, certificate, ..) = trained(&app, "Marian Wright").await;
    let origin = app.config.public_url.clone();
    let listing_path = format!("/practitioners/{listing}");
    let certificate_path = format!("/certificates/{certificate}");
    for (asked, canonical) in [
        ("/", "/"),
        ("/verify", "/verify"),
        ("/ranking?from=somewhere", "/ranking"),
        ("/academies", "/academies"),
        ("/academies/leeds-smp-school", "/academies/leeds-smp-school"),
        (listing_path.as_str(), listing_path.as_str()),
        (&format!("{listing_path}?reviews=worst"), &listing_path),
        (&listing_path.to_lowercase(), &listing_path),
        (&certificate_path, &certificate_path),
    ] {
        let page = app.anyone().get(asked).await.expect(200).text();
        let link = format!("<link rel=\"canonical\" href=\"{origin}{canonical}\">");
        assert!(page.contains(&link) && !is_hidden(&page), "{asked}: {page}");
    }
    for asked in [
        "/check?who=Ann",
        "/academies?q=leeds",
        "/rating?listing=nonsense",
        &format!("{listing_path}/questions"),
    ] {
        let page = app.anyone().get(asked).await.text();
        assert!(is_hidden(&page), "{asked}: {page}");
    }
    let missing = app.anyone().get("/practitioners/SMP-2222-2222-2").await;
    assert!(missing.status == 404 && is_hidden(&missing.text()));
}

#[tokio::test]
async fn a_certificate_that_is_not_shown_is_not_kept_by_engines() {
    let app = TestApp::new().await;
    let academy = crate::support::academy::Academy::recognised(&app, "leeds-smp-school").await;
    let alone = academy.sign(&academy.award(&app, "Marian Wright", None));
    let number = academy.submit(&alone).await.expect(201).json()["number"].as_str().unwrap().to_owned();
    let page = app.anyone().get(&format!("/certificates/{number}")).await.expect(200).text();
    assert!(is_hidden(&page), "{page}");
}

#[tokio::test]
async fn sitemaps_name_what_is_listed_and_nothing_else() {
    let app = TestApp::new().await;
    let (listing, certificate, ..) = trained(&app, "Marian Wright").await;
    let operator = app.as_operator().await;
    let add = async |name: &str| {
        let made = operator.post("/v1/practitioners", &json!({"name": name})).await.expect(201).json();
        made["number"].as_str().unwrap().to_owned()
    };
    let (gone, merged) = (add("Ann Gone").await, add("Ann Twice").await);
    operator.delete(&format!("/v1/practitioners/{gone}?reason=not-genuine")).if_match("*").await.expect(204);
    operator.post(&format!("/v1/practitioners/{merged}/merge"), &json!({"into": listing})).await.expect(200);

    let origin = &app.config.public_url;
    let robots = app.anyone().get("/robots.txt").await.expect(200).text();
    assert!(robots.contains(&format!("Sitemap: {origin}/sitemap.xml")) && robots.contains("Disallow: /v1/"));
    let index = app.anyone().get("/sitemap.xml").await.expect(200).text();
    let mut named = String::new();
    let maps: Vec<&str> =
        index.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).collect();
    assert_eq!(maps.len(), 3, "{index}");
    for map in maps {
        let file = app
            .anyone()
            .get(map.strip_prefix(origin.as_str()).expect("an absolute address"))
            .await
            .expect(200);
        assert_eq!(file.header("content-type"), Some("application/xml"));
        let text = file.text();
        usvg::roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{map}: {error}: {text}"));
        named += &text;
    }
    assert!(named.contains(&format!("<loc>{origin}/practitioners/{listing}</loc><lastmod>20")), "{named}");
    assert!(named.contains(&format!("<loc>{origin}/academies/leeds-smp-school</loc><lastmod>20")), "{named}");
    assert!(named.contains(&format!("<loc>{origin}/before-you-book</loc>")), "{named}");
    for hidden in [gone, merged, certificate] {
        assert!(!named.contains(&hidden), "{hidden}: {named}");
    }
    // A sitemap may begin after any number, listed or not, and ends with the last one.
    let rest = app.anyone().get(&format!("/sitemaps/practitioners-{listing}.xml")).await.expect(200).text();
    assert!(!rest.contains(&listing) && rest.ends_with("</urlset>\n"), "{rest}");
    for missing in ["certificates.xml", "practitioners-x.xml", "practitioners", "academies-..xml"] {
        app.anyone().get(&format!("/sitemaps/{missing}")).await.expect(404);
    }
}

#[tokio::test]
async fn json_ld_says_what_is_so_and_stops_when_it_is_not() {
    let app = TestApp::new().await;
    let evil = "Marian </script><script>alert(1)</script> Wright";
    let (listing, certificate, academy, signed) = trained(&app, evil).await;
    let person = async || {
        let data = linked(&app.anyone().get(&format!("/practitioners/{listing}")).await.expect(200));
        data["@graph"][0].clone()
    };
    let shown = person().await;
    assert_eq!((&shown["@type"], &shown["name"]), (&json!("Person"), &json!(evil)));
    assert_eq!(shown["identifier"]["value"], json!(listing));
    assert_eq!(shown["worksFor"][0]["@type"], json!(["HealthAndBeautyBusiness", "TattooParlor"]));
    assert_eq!(shown["worksFor"][0]["address"]["addressLocality"], "Leeds");
    assert!(shown["worksFor"][0]["geo"]["latitude"].as_f64().is_some_and(|lat| lat > 53.0), "{shown}");
    let status = |shown: &Value| shown["hasCertification"][0]["certificationStatus"].clone();
    assert_eq!(status(&shown), "https://schema.org/CertificationActive");
    assert_eq!(shown["hasCredential"][0]["recognizedBy"]["@type"], "EducationalOrganization");
    let page = async || linked(&app.anyone().get(&format!("/certificates/{certificate}")).await.expect(200));
    let document = page().await;
    assert_eq!(document["@type"], json!(["EducationalOccupationalCredential", "Certification"]));
    assert_eq!(document["certificationStatus"], "https://schema.org/CertificationActive");
    assert_eq!(document["about"]["name"], evil);

    revoke(&app, &academy, &signed, &certificate).await;
    let shown = person().await;
    assert_eq!(status(&shown), "https://schema.org/CertificationInactive");
    assert!(shown.get("hasCredential").is_none(), "{shown}");
    assert_eq!(page().await["certificationStatus"], "https://schema.org/CertificationInactive");

    let school = linked(&app.anyone().get("/academies/leeds-smp-school").await.expect(200));
    assert_eq!(
        (&school["@type"], &school["identifier"]),
        (&json!("EducationalOrganization"), &json!(academy.did))
    );
    let site = linked(&app.anyone().get("/").await.expect(200));
    let search = site["@graph"][1]["potentialAction"]["target"]["urlTemplate"].as_str().unwrap();
    assert_eq!(search, format!("{}/find?q={{search_term_string}}", app.config.public_url));
}

#[tokio::test]
async fn ratings_are_ours_and_only_where_there_are_some() {
    let world = World::new().await;
    let path = format!("/practitioners/{}", world.listing);
    let service = async || linked(&world.app.anyone().get(&path).await.expect(200))["@graph"][1].clone();
    let none = service().await;
    assert_eq!(none["@type"], "Service");
    assert!(none.get("aggregateRating").is_none() && none.get("review").is_none(), "{none}");
    world.reviewed("ann@example.com", review(2)).await;
    let some = service().await;
    assert_eq!(some["aggregateRating"]["reviewCount"], 1);
    assert_eq!(some["review"][0]["reviewRating"]["ratingValue"], 2);
    let summary = world.reviews("").await["summary"].clone();
    assert_eq!(some["aggregateRating"]["ratingValue"], summary["rating"], "what the page itself shows");
}
