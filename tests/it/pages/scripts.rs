//! The modules of script: each is there, loads nothing from elsewhere, and finds on its page every sentence it says.

use std::collections::BTreeSet;

use poem::http::Method;
use stipple::platform::id::NumberKind;

use crate::support::TestApp;
use crate::support::academy::Academy;
use crate::support::source::{root, walk};

/// What stands between two texts, everywhere in a third.
fn between<'a>(text: &'a str, before: &'a str, after: char) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
}

fn script(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("src/pages/script/{name}.js"))).unwrap()
}

#[tokio::test]
async fn every_module_is_served_and_loads_only_modules_from_here() {
    let app = TestApp::new().await;
    let mut files = Vec::new();
    walk(&root().join("src/pages/script"), &mut files);
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let served = app.anyone().get(&format!("/script/{name}")).await.expect(200);
        assert_eq!(served.header("content-type"), Some("text/javascript; charset=utf-8"), "{name}");
        let text = served.text();
        assert!(
            !text.contains("http://") || name == "statements.js",
            "{name} knows an address without https"
        );
        let imports = between(&text, " from \"", '"').chain(between(&text, "import(\"", '"'));
        for module in imports.filter(|module| !module.contains(' ')) {
            let module = module.strip_prefix("./").unwrap_or_else(|| panic!("{name} loads {module}"));
            app.anyone().get(&format!("/script/{module}")).await.expect(200);
        }
        for harm in ["eval(", "innerHTML", "document.cookie", "localStorage", "new Function"] {
            assert!(!text.contains(harm), "{name} has {harm}");
        }
    }
    app.anyone().get("/script/none.js").await.expect(404);
}

/// The names of the sentences a page has for its script.
fn sentences(page: &str) -> BTreeSet<&str> {
    between(page, "data-text=\"", '"').collect()
}

/// A form as a browser sends it, with a text.
async fn verify(app: &TestApp, text: &str) -> String {
    let body =
        format!("--edge\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--edge--\r\n");
    let sent = app.anyone().call(Method::POST, "/verify");
    sent.body("multipart/form-data; boundary=edge", body.into_bytes()).await.text()
}

#[tokio::test]
async fn the_second_check_has_its_place_beside_every_answer() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let signed = academy.sign(&academy.award(&app, "Marian Wright", None));
    let number = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();

    let page = app.anyone().get(&format!("/certificates/{number}")).await.expect(200).text();
    assert!(page.contains("src=\"/script/second.js\""), "{page}");
    let stored = format!("data-second hidden data-number=\"{number}\"><h2>Checked a second time");
    assert!(page.contains(&stored), "{page}");
    let has = sentences(&page);
    let scripts = [script("recheck"), script("second")].concat();
    let outcomes = ["pass", "warn", "fail", "unknown"];
    for outcome in outcomes {
        for said in between(&scripts, &format!("\"{outcome}\", \""), '"') {
            assert!(has.contains(said), "nobody can say {said}");
        }
    }
    let used =
        |name: &&str| scripts.contains(&format!("\"{name}\"")) || scripts.contains(&format!("texts.{name}"));
    let unused: Vec<_> = has.iter().filter(|name| !used(name)).collect();
    assert!(unused.is_empty() && has.len() > 30, "nobody says {unused:?}");

    let brought = verify(&app, &signed.to_string()).await;
    assert!(brought.contains(&format!("data-number=\"{number}\" data-brought=\"yes\"")), "{brought}");
    assert!(brought.contains("<dd>Marian Wright</dd>"), "{brought}");
    let typed = verify(&app, &number).await;
    assert!(typed.contains("data-second") && !typed.contains("data-brought"), "{typed}");
    let forged = verify(&app, &signed.to_string().replace("Marian Wright", "<b>Mary</b>")).await;
    assert!(forged.contains("data-verdict=\"invalid\"") && forged.contains("data-brought"), "{forged}");
    assert!(!forged.contains("<dd>Marian Wright</dd>") && !forged.contains("<b>"), "{forged}");
}

#[tokio::test]
async fn what_is_no_certificate_of_ours_gets_a_sentence_that_says_what_to_do() {
    let app = TestApp::new().await;
    let unknown = app.ids.number(NumberKind::Certificate).to_string();
    for (text, said) in [
        ("hello", "That is not the number of a certificate from here."),
        (&unknown, "We have no certificate with this number."),
        ("https://elsewhere.example/c/1", "This link leads to another site."),
        ("<script>alert(1)</script>", "That did not work"),
    ] as [(&str, &str); 4]
    {
        let page = verify(&app, text).await;
        assert!(page.contains(said), "{text}: {page}");
        assert!(!page.contains("<script>alert"), "{page}");
    }
    let form = app.anyone().get("/verify").await.expect(200).text();
    let has = sentences(&form);
    let script = script("verify");
    let missing: Vec<_> = between(&script, "text(\"", '"').filter(|name| !has.contains(name)).collect();
    assert!(missing.is_empty(), "nobody can say {missing:?}");
}

#[tokio::test]
async fn signing_says_what_it_needs_and_knows_every_sentence_it_says() {
    let app = TestApp::new().await;
    let page = app.anyone().get("/sign").await.expect(200).text();
    assert!(page.contains("<noscript>") && page.contains("stipple certificate sign --help"), "{page}");
    assert!(page.contains("data-sign hidden"), "without script there are no steps to be seen");
    let has = sentences(&page);
    let (sign, students) = (script("sign"), script("students"));
    let said = between(&sign, "say(\"", '"').chain(between(&students, "say: \"", '"')).chain(between(
        &students,
        "Unreadable(\"",
        '"',
    ));
    let missing: Vec<_> = said.filter(|name| !has.contains(name)).collect();
    assert!(missing.is_empty(), "nobody can say {missing:?}");
    for state in ["waiting", "unconfirmed", "retired", "withdrawn", "compromised"] {
        assert!(has.contains(format!("key_{state}").as_str()), "a key that is {state}");
    }
    for place in between(&sign, "part(\"", '"') {
        assert!(page.contains(&format!("data-part=\"{place}\"")), "there is no place {place}");
    }
}
