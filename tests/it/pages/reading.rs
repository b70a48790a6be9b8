//! The pages for people: find, look, check.

use poem::http::Method;
use serde_json::json;
use stipple::pages::{By, Search};

use crate::directory::{Directory, at, leeds, manchester};
use crate::support::TestApp;
use crate::support::academy::Academy;

#[test]
fn one_box_understands_a_need_and_a_place() {
    let taken = |words: &str, near: &str| {
        let search = Search::of(words, near);
        (search.words, search.near)
    };
    assert_eq!(taken("crown thinning near Leeds", ""), ("crown thinning".into(), Some("Leeds".into())));
    assert_eq!(taken("  scar  around LS1 4AP ", ""), ("scar".into(), Some("LS1 4AP".into())));
    assert_eq!(taken("Near Leeds", ""), (String::new(), Some("Leeds".into())));
    assert_eq!(taken("linear near ", ""), ("linear near".into(), None));
    assert_eq!(taken("scar near Leeds", "York"), ("scar near Leeds".into(), Some("York".into())));
    assert_eq!(taken("İ near Leeds", "").1.is_some(), "İ near".to_lowercase().len() == "İ near".len());
}

#[test]
fn what_is_pasted_is_told_by_its_looks() {
    for (text, by) in [
        ("@dots.by.ana", By::Url),
        ("https://instagram.com/dots", By::Url),
        ("dots.example", By::Url),
        ("+44 (0)113 496-0000", By::Phone),
        ("0113 4960000", By::Phone),
        ("Ana Novák", By::Name),
        ("Ana", By::Name),
        ("12 Dots", By::Name),
    ] {
        assert_eq!(By::of(text), by, "{text}");
    }
}

#[tokio::test]
async fn a_client_finds_looks_and_reads_what_is_missing() {
    let directory = Directory::new().await;
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    let trained = directory.add(&at("Marian Wright", &leeds())).await;
    let evil = "<script>alert(1)</script>";
    let mut untrained = at("Marian Untrained", &leeds());
    untrained["own_words"] = json!({"headline": evil, "bio": evil});
    let untrained = directory.add(&untrained).await;
    directory.add(&at("Marian Faraway", &manchester())).await;
    academy
        .submit(&academy.sign(&academy.award(&directory, "Marian Wright", Some(&trained))))
        .await
        .expect(201);
    directory.settle().await;

    let anyone = directory.anyone();
    let found = anyone.get("/find?q=marian+near+Leeds&radius_km=10").await.expect(200).text();
    assert!(found.contains(&format!("data-number=\"{trained}\"")), "{found}");
    assert!(found.contains("This hides 1 whose training is not verified."), "{found}");
    let divider = found.find("Near you, but their training is not verified").expect("a divider");
    assert!(found.find(&untrained).expect("shown below it") > divider, "{found}");
    assert!(!found.contains("<script>") && found.contains("&lt;script&gt;"), "{found}");
    let all = anyone.get("/find?q=marian&near=Leeds&radius_km=10&all=1").await.expect(200).text();
    assert!(all.contains(&untrained) && all.contains("2 practitioners around Leeds"), "{all}");
    let nowhere = anyone.get("/find?q=marian+near+Qwxzyville").await.expect(200).text();
    assert!(nowhere.contains("We know no place called “Qwxzyville”"), "{nowhere}");

    let shown = anyone.get(&format!("/practitioners/{trained}")).await.expect(200).text();
    assert!(shown.contains("data-check=\"training\" data-outcome=\"verified\""), "{shown}");
    assert!(shown.contains("Counts as verified training."), "{shown}");
    let shown = anyone.get(&format!("/practitioners/{untrained}?reviews=worst")).await.expect(200).text();
    assert!(shown.contains("No certificate is shown."), "{shown}");
    assert!(!shown.contains("<script>") && shown.contains("&lt;script&gt;"), "{shown}");
    let ask = anyone.get(&format!("/practitioners/{untrained}/questions")).await.expect(200).text();
    assert!(ask.contains("My questions for Marian Untrained") && ask.contains('?'), "{ask}");
    let missing = anyone.get("/practitioners/SMP-0000-0000-0").await;
    assert_eq!(missing.status.as_u16(), 404);
    assert!(missing.text().contains("That did not work"));

    let none = anyone.get("/work?condition=scar-fut&skin_tone=mst-8").await.expect(200).text();
    assert!(none.contains("No cases fit all of that."), "{none}");
    assert!(none.contains("value=\"scar-fut\" selected"), "{none}");
    let listed = anyone.get("/check?who=Marian+Wright").await.expect(200).text();
    assert!(listed.contains("They are listed here.") && listed.contains(&trained), "{listed}");
    let unlisted = anyone.get("/check?who=%40nobody.at.all").await.expect(200).text();
    assert!(
        unlisted.contains("We do not list them.") && unlisted.contains("A message you can send"),
        "{unlisted}"
    );
}

/// A form as a browser sends it.
fn form(parts: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        body.extend_from_slice(b"--edge\r\ncontent-disposition: form-data; name=\"");
        body.extend_from_slice(name.as_bytes());
        body.push(b'"');
        if let Some(file) = file {
            body.extend_from_slice(format!("; filename=\"{file}\"").as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    ("multipart/form-data; boundary=edge".to_owned(), body)
}

#[tokio::test]
async fn a_certificate_is_checked_as_a_file_as_text_and_by_its_number() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    let number = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();
    let text = signed.to_string();
    let check = async |parts: &[(&str, Option<&str>, &[u8])]| {
        let (media_type, body) = form(parts);
        app.anyone().call(Method::POST, "/verify").body(&media_type, body).await
    };
    for parts in [
        [("file", Some("c.json"), text.as_bytes()), ("text", None, b"".as_slice())],
        [("file", Some(""), b"".as_slice()), ("text", None, text.as_bytes())],
        [("file", Some(""), b"".as_slice()), ("text", None, number.as_bytes())],
    ] {
        let verdict = check(&parts).await.expect(200).text();
        assert!(verdict.contains("data-verdict=\"valid\""), "{verdict}");
        assert!(verdict.contains(&format!("/certificates/{number}")), "{verdict}");
    }
    let forged = text.replace("Marian Wright", "Marian Writ");
    let verdict = check(&[("file", Some("c.json"), forged.as_bytes())]).await.expect(200).text();
    assert!(
        verdict.contains("data-verdict=\"invalid\"") && verdict.contains("data-outcome=\"fail\""),
        "{verdict}"
    );
    let empty = check(&[("file", Some(""), b""), ("text", None, b"  ")]).await.expect(200).text();
    assert!(empty.contains("Choose a file, or paste or type something first."), "{empty}");
    let broken = check(&[("text", None, b"{\"a\": 1, \"a\": 2}")]).await;
    assert_eq!(broken.status.as_u16(), 400, "{}", broken.text());
    assert!(broken.text().contains("That did not work"), "{}", broken.text());
}
