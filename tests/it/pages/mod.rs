//! The pages: they are there, they lead somewhere, and they load nothing from anywhere else.

mod academies;
mod badge;
mod compare;
mod explained;
mod find;
mod machines;
mod map;
mod picture;
mod reading;
mod scripts;
mod texts;
pub(crate) mod trouble;

use crate::support::TestApp;

#[tokio::test]
async fn the_front_door_greets_and_every_link_on_it_answers() {
    let app = TestApp::new().await;
    let front = app.anyone().get("/").await.expect(200);
    assert_eq!(front.header("content-type"), Some("text/html; charset=utf-8"));
    let text = front.text();
    assert!(text.contains("Check before you sit down"));
    let links: Vec<String> = text
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with('/'))
        .map(|link| link.replace("&amp;", "&"))
        .collect();
    assert!(links.iter().any(|link| link.starts_with("/find?")), "{links:?}");
    assert!(links.contains(&"/verify".to_owned()) && links.contains(&"/find".to_owned()), "{links:?}");
    for link in &links {
        // The index of a test is not followed: a search answers, or says that its index is not open.
        let status = app.anyone().get(link).await.status.as_u16();
        assert!(status == 200 || (status == 503 && link.starts_with("/find")), "{link}: {status}");
    }
}

#[tokio::test]
async fn the_reference_shows_every_operation_and_every_problem_code() {
    let app = TestApp::new().await;
    let docs = app.anyone().get("/docs").await.expect(200).text();
    for id in stipple::api::operation_ids() {
        let article = docs.split(&format!("<article id=\"{id}\">")).nth(1);
        let article = article.and_then(|rest| rest.split("</article>").next());
        let article = article.unwrap_or_else(|| panic!("{id} is not in /docs"));
        assert!(article.contains("<pre tabindex=\"0\"><code>curl -s"), "{id} has no call to copy");
    }
    let codes = app.anyone().get("/problems").await.expect(200).text();
    for code in stipple::api::problem_codes() {
        assert!(codes.contains(&format!("id=\"{}\"", code.slug)), "{} is not in /problems", code.slug);
        let to = app.anyone().get(&format!("/problems/{}", code.slug)).await.expect(303);
        assert_eq!(to.header("location"), Some(format!("/problems#{}", code.slug).as_str()));
    }
    app.anyone().get("/problems/no-such-code").await.expect(404).problem("not-found");
}

#[tokio::test]
async fn no_page_loads_anything_from_elsewhere() {
    let app = TestApp::new().await;
    for path in [
        "/",
        "/docs",
        "/problems",
        "/verify",
        "/before-you-book",
        "/check",
        "/academies",
        "/log",
        "/ranking",
        "/rating",
        "/sign",
    ] {
        let page = app.anyone().get(path).await.expect(200);
        let policy = page.header("content-security-policy").expect("a policy").to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        // The one absolute address is what the page is called, which nothing loads.
        let text =
            page.text().replacen("<link rel=\"canonical\" href=\"http", "<link rel=\"canonical\" href=\"", 1);
        let inline = text.split("<script").skip(1).any(|script| {
            !script.starts_with(" type=\"module\" src=\"/script/")
                && !script.starts_with(" type=\"application/ld+json\"")
        });
        assert!(!inline && !text.contains("src=\"http"), "{path} loads something");
        assert!(!text.contains("href=\"http"), "{path} links away");
    }
    app.anyone().get("/style.css").await.expect(200);
}
