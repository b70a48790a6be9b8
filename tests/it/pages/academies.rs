//! Who trains: the list and the page of one academy, beside what other software reads at the same address.

use poem::http::Method;
use serde_json::json;

use crate::directory::{Directory, at, leeds};
use crate::support::TestApp;
use crate::support::academy::{Academy, counting_course};

#[tokio::test]
async fn a_client_reads_who_vouches_for_whom_and_how_many_certificates_stand() {
    let directory = Directory::new().await;
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    Academy::register(&directory, "garage-school").await;
    let trained = directory.add(&at("Marian Wright", &leeds())).await;
    let award = academy.award(&directory, "Marian Wright", Some(&trained));
    academy.submit(&academy.sign(&award)).await.expect(201);
    directory.settle().await;

    let list = directory.anyone().get("/academies").await.expect(200).text();
    let card = |slug: &str| {
        let rest = list.split(&format!("data-academy=\"{slug}\"")).nth(1).expect("a card");
        rest.split("</article>").next().unwrap().to_owned()
    };
    let known = card("leeds-smp-school");
    assert!(known.contains("Vouched for by The operators, after a visit since "), "{known}");
    assert!(known.contains("1 person listed here shows a certificate of theirs that stands."), "{known}");
    let unknown = card("garage-school");
    assert!(unknown.contains("Nobody vouches for it now"), "{unknown}");
    assert!(unknown.contains("Nobody listed here shows a certificate"), "{unknown}");
    let found = directory.anyone().get("/academies?q=garage").await.expect(200).text();
    assert!(!found.contains("leeds-smp-school") && found.contains("garage-school"), "{found}");
    assert!(found.contains("name=\"robots\" content=\"noindex\""), "an answer is not kept: {found}");
}

#[tokio::test]
async fn the_list_goes_on_to_its_end() {
    let app = TestApp::new().await;
    // Slugs that look alike are refused.
    let names = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa \
                 quebec romeo sierra tango uniform";
    for name in names.split_whitespace() {
        let keeper = app.as_new_academy().await;
        let body =
            json!({"slug": format!("{name}-dots"), "name": format!("Dots of {name}"), "country": "GB"});
        keeper.post("/v1/academies", &body).await.expect(201);
    }
    let first = app.anyone().get("/academies").await.expect(200).text();
    assert!(first.contains("Academies found: 21"), "{first}");
    let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let next = next.expect("a next page").replace("&amp;", "&");
    let last = app.anyone().get(&next).await.expect(200).text();
    assert!(last.contains("Dots of uniform") && !last.contains("rel=\"next\""), "{last}");
}

#[tokio::test]
async fn one_academy_is_shown_whole_and_its_other_addresses_stay() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let mut remote = counting_course();
    remote["title"] = json!("Dots at Home");
    remote["hours"] = json!({"online-theory": 12, "self-study": 8});
    remote["live_models"] = json!(0);
    remote["topics"] = json!(["skin-anatomy"]);
    academy.add_course(&remote).await;
    let trainer = json!({"name": "Ann <b>Teacher</b>", "practising_since": 2012});
    academy.keeper.post("/v1/academies/leeds-smp-school/trainers", &trainer).await.expect(201);

    let page = app.anyone().get("/academies/leeds-smp-school").await.expect(200).text();
    let course = |title: &str| {
        let rest = page.split(&format!("<h3>{title}</h3>")).nth(1).expect("a course");
        rest.split("</article>").next().unwrap().to_owned()
    };
    let hands_on = course("SMP Practitioner Certificate");
    assert!(hands_on.contains("with the trainer there</th><td>24 hours"), "{hands_on}");
    assert!(!hands_on.contains("Taught only on the web"), "{hands_on}");
    let remote = course("Dots at Home");
    assert!(remote.contains("Taught only on the web") && remote.contains("<td>0 hours"), "{remote}");
    assert!(
        page.contains("data-recognised=\"true\"") && page.contains("The operators, after a visit"),
        "{page}"
    );
    assert!(
        page.contains(&format!("<code>{}</code>: signs since ", academy.key.public().to_multibase())),
        "{page}"
    );
    assert!(page.contains("Ann &lt;b&gt;Teacher&lt;/b&gt;") && page.contains("Working since 2012"), "{page}");

    let document = app.anyone().get("/academies/leeds-smp-school/did.json").await.expect(200).json();
    assert_eq!(document["id"], academy.did);
    academy.enrol(&app, 1).await;
    app.anyone().get("/academies/leeds-smp-school/status/1").await.expect(200);
    assert_eq!(app.anyone().get("/academies/nobody-here").await.status.as_u16(), 404);
    assert_eq!(app.anyone().get("/academies/..%2fetc%3fa").await.status.as_u16(), 404);
}

#[tokio::test]
async fn an_academy_that_lost_its_standing_says_so() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let base = "/v1/academies/leeds-smp-school";
    let operator = app.as_operator().await;
    let recognition = app.anyone().get(&format!("{base}/recognitions")).await.expect(200).json();
    let id = recognition["items"][0]["id"].as_str().unwrap().to_owned();
    app.clock.advance(std::time::Duration::from_secs(3600));
    let reason = json!({"reason": "It sold certificates without training."});
    operator.post(&format!("{base}/recognitions/{id}/end"), &reason).await.expect(200);
    let key = academy.key.public().to_multibase();
    operator.call(Method::POST, &format!("{base}/keys/{key}/retire")).await.expect(200);

    let page = app.anyone().get("/academies/leeds-smp-school").await.expect(200).text();
    assert!(page.contains("data-recognised=\"false\""), "{page}");
    assert!(page.contains("Nobody vouches for it now. That ended on "), "{page}");
    assert!(page.contains("The reason given: It sold certificates without training."), "{page}");
    assert!(page.contains("It has no key in use") && page.contains("data-state=\"retired\""), "{page}");
}
