//! The log, the ranking and the rating explained: what the pages say is what the API says.

use serde_json::json;

use crate::reviews::{World, review};
use crate::support::TestApp;
use crate::support::academy::Academy;

#[tokio::test]
async fn the_log_is_shown_as_it_is_now() {
    let app = TestApp::new().await;
    Academy::recognised(&app, "leeds-smp-school").await;
    let size = app.log().await;
    let log = app.anyone().get("/v1/log").await.expect(200).json();
    let page = app.anyone().get("/log").await.expect(200).text();
    assert!(size > 0 && page.contains(&format!("data-size=\"{size}\"")), "{page}");
    assert!(page.contains("data-witnesses=\"0\"") && page.contains("you have only our word"), "{page}");
    assert!(page.contains(&format!("stipple log audit {}", app.config.public_url)), "{page}");
    assert!(page.contains(log["vkey"].as_str().unwrap()) && page.contains(log["origin"].as_str().unwrap()));
    app.anyone().get("/log/checkpoint").await.expect(200);
}

#[tokio::test]
async fn every_rule_of_the_ranking_is_on_its_page_with_its_points() {
    let app = TestApp::new().await;
    let rules = app.anyone().get("/v1/ranking").await.expect(200).json();
    let page = app.anyone().get("/ranking").await.expect(200).text();
    for bucket in rules["buckets"].as_array().unwrap() {
        assert!(
            page.contains(&format!("data-bucket=\"{}\"", bucket["bucket"].as_str().unwrap())),
            "{bucket}"
        );
    }
    for rule in rules["standing"].as_array().unwrap() {
        let row = page.split(&format!("data-rule=\"{}\"", rule["rule"].as_str().unwrap())).nth(1);
        let row = row.unwrap().split("</tr>").next().unwrap();
        let points = rule["points"].as_i64().unwrap();
        let shown = if points < 0 { format!("\u{2212}{}", -points) } else { format!("+{points}") };
        assert!(row.contains(&format!("<td>{shown}</td>")), "{rule}: {row}");
    }
    assert!(page.contains("There is no paid place"));
    let front = app.anyone().get("/").await.expect(200).text();
    assert!(front.contains("href=\"/ranking\"") && !front.contains("/v1/ranking"), "{front}");
}

#[tokio::test]
async fn the_rating_is_explained_by_the_numbers_that_make_it() {
    let world = World::new().await;
    world.reviewed("ann@example.com", review(2)).await;
    let formula = world.app.anyone().get(&format!("/v1/practitioners/{}/reviews", world.listing)).await;
    let summary = formula.expect(200).json()["summary"].clone();
    let page = world.app.anyone().get("/rating").await.expect(200).text();
    for (letter, member) in [
        ("C", "prior_weight"),
        ("m", "prior_mean"),
        ("half_life_days", "half_life_days"),
        ("check", "unchecked"),
        ("stage", "fresh"),
    ] {
        let value = summary["formula"][member].as_f64().unwrap();
        assert!(
            page.contains(&format!("<td><code>{letter}</code></td><td>{value}</td>")),
            "{member}: {page}"
        );
    }
    // By hand: 5 stars a month old, 5 fresh and ten days old, 2 two years old, 1 unchecked and two months old.
    let aged = |days: f64| 0.5_f64.powf(days / 730.0);
    let weights = [aged(30.0), aged(10.0) * 0.5, aged(730.0), aged(60.0) * 0.35];
    let stars: f64 = weights.iter().zip([5.0, 5.0, 2.0, 1.0]).map(|(weight, stars)| weight * stars).sum();
    let rating = (5.0 * 3.5 + stars) / (5.0 + weights.iter().sum::<f64>());
    assert!(page.contains(&format!(") = {rating:.2}</code>")), "{rating}: {page}");

    let of_one =
        world.app.anyone().get(&format!("/rating?listing={}", world.listing)).await.expect(200).text();
    let said = format!("The rating is {:.2}, as of ", summary["rating"].as_f64().unwrap());
    assert!(of_one.contains(&said), "{of_one}");
    assert!(of_one.contains("<dt>Reviews that came in</dt><dd>1</dd>"), "{of_one}");
    let removal = json!({"reason": "spam", "facts": "The same text stands under nine other listings."});
    let id = world.reviews("").await["items"][0]["id"].as_str().unwrap().to_owned();
    let operator = world.app.as_operator().await;
    operator.post(&format!("/v1/reviews/{id}/removal"), &removal).await.expect(200);
    let of_one =
        world.app.anyone().get(&format!("/rating?listing={}", world.listing)).await.expect(200).text();
    assert!(of_one.contains("1 × Spam (2 stars)"), "{of_one}");
    assert_eq!(world.app.anyone().get("/rating?listing=nonsense").await.status.as_u16(), 400);
}
