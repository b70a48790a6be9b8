//! Finding cases: filters, facets, pages, and people like oneself.

use std::time::Duration;

use serde_json::{Value, json};
use stipple::cases::{CaseFacet, CaseQuery, Facts, Gallery, Like, Values};
use stipple::platform::clock::Ts;
use stipple::platform::id::NumberKind;
use uuid::Uuid;

use super::{Keeper, story};
use crate::support::TestApp;

/// Three cases: Norwood 5 and a strip scar on Monk 8; Norwood 3 on Monk 4; alopecia totalis on Monk 8.
async fn three(app: &TestApp) -> (Keeper, [String; 3]) {
    let keeper = Keeper::new(app).await;
    let first = keeper.shown(&story(), 1).await;
    app.clock.advance(Duration::from_secs(1));
    let mut second = story();
    second["conditions"] = json!(["male-pattern"]);
    second["loss"] = json!({"norwood": "3"});
    second["client"] = json!({"group": "men", "skin_tone": "mst-4"});
    let second = keeper.shown(&second, 11).await;
    app.clock.advance(Duration::from_secs(1));
    let mut third = story();
    third["conditions"] = json!(["alopecia-totalis"]);
    third["loss"] = json!({"areas": ["whole"], "extent": "over-75"});
    third["client"] = json!({"group": "women", "skin_tone": "mst-8"});
    let third = keeper.shown(&third, 21).await;
    (keeper, [first, second, third])
}

async fn ids(app: &TestApp, query: &str) -> Vec<String> {
    let page = app.anyone().get(&format!("/v1/cases{query}")).await.expect(200).json();
    page["items"].as_array().expect("items").iter().map(|item| super::text(&item["id"])).collect()
}

#[tokio::test]
async fn filters_mean_any_of_their_values_and_all_where_it_says_so() {
    let app = TestApp::new().await;
    let (keeper, [first, second, third]) = three(&app).await;
    let of = |cases: &[&String]| cases.iter().map(|case| (*case).clone()).collect::<Vec<_>>();
    for (query, wanted) in [
        ("", of(&[&third, &second, &first])),
        ("?condition=male-pattern", of(&[&second, &first])),
        ("?condition=scar-fut&condition=alopecia-totalis", of(&[&third, &first])),
        ("?condition_all=scar-fut&condition_all=male-pattern", of(&[&first])),
        ("?condition_all=scar-fut&condition_all=alopecia-totalis", vec![]),
        ("?condition=alopecia-areata", of(&[&third])),
        ("?skin_tone=mst-8&client_group=men", of(&[&first])),
        ("?norwood=3&norwood=4", of(&[&second])),
        ("?stage=settled&extent=over-75", of(&[&third])),
        ("?area=crown", vec![]),
        ("?hair_length=shaved&technique=layering", of(&[&first])),
        ("?client_confirmed=true", vec![]),
    ] {
        assert_eq!(ids(&app, query).await, wanted, "{query}");
    }
    assert_eq!(ids(&app, &format!("?practitioner={}", keeper.number)).await.len(), 3);
    let other = Keeper::new(&app).await;
    assert!(ids(&app, &format!("?practitioner={}", other.number)).await.is_empty());
    for wrong in
        ["?condition=baldness", "?skin_tone=dark", "?colour=black", "?limit=0", "?facets=price", "?cursor=x"]
    {
        app.anyone().get(&format!("/v1/cases{wrong}")).await.expect(400);
    }
}

#[tokio::test]
async fn facets_count_the_other_choices() {
    let app = TestApp::new().await;
    three(&app).await;
    let page = app
        .anyone()
        .get("/v1/cases?skin_tone=mst-8&facets=skin_tone&facets=condition&facets=client_confirmed")
        .await
        .expect(200)
        .json();
    assert_eq!(page["total"]["value"], 2);
    let counts = |facet: &str| -> Vec<(String, u64)> {
        let values = page["facets"][facet].as_array().expect("counts");
        values
            .iter()
            .map(|one| (super::text(&one["value"]), one["count"].as_u64().expect("a count")))
            .collect()
    };
    assert_eq!(
        counts("skin_tone"),
        [("mst-8".to_owned(), 2), ("mst-4".to_owned(), 1)],
        "its own filter is left out"
    );
    assert_eq!(counts("client_confirmed"), [("false".to_owned(), 2)]);
    assert!(counts("condition").contains(&("scar-fut".to_owned(), 1)));
    assert!(!counts("condition").iter().any(|(value, _)| value == "trichotillomania"));
}

#[tokio::test]
async fn people_like_oneself_are_ranked_and_told_apart() {
    let app = TestApp::new().await;
    let (_, [first, second, third]) = three(&app).await;
    let path = "/v1/cases?like=norwood:5,scar-fut,skin_tone:mst-8";
    let page = app.anyone().get(path).await.expect(200).json();
    let items = page["items"].as_array().expect("items").clone();
    let order: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
    assert_eq!(order, [&json!(first), &json!(second), &json!(third)]);
    assert_eq!(items[0]["likeness"]["differs"], json!([]));
    let same = items[0]["likeness"]["same"].as_array().expect("words").clone();
    assert_eq!(same[0], "Norwood 5");
    assert_eq!(same[2], "Skin tone Monk 8");
    let differs = items[1]["likeness"]["differs"].to_string();
    assert!(differs.contains("Norwood 3 instead of Norwood 5"), "{differs}");
    assert!(differs.contains("Skin tone Monk 4 instead of skin tone Monk 8"), "{differs}");
    assert!(items[2]["likeness"]["differs"].to_string().contains("Not said here: Norwood stage"));
    // Somebody whom nobody here resembles still gets everybody, the nearest first.
    assert_eq!(ids(&app, "?like=scar-burn,ludwig:1,skin_tone:mst-1").await.len(), 3);
    for wrong in ["", "norwood:9", "baldness", "tone:mst-8", "client_confirmed:true"] {
        let faults = app.anyone().get(&format!("/v1/cases?like={wrong}")).await.faults("invalid-parameter");
        assert_eq!(faults[0].0, "query:like", "{wrong}");
    }
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let app = TestApp::new().await;
    three(&app).await;
    for query in ["?limit=1", "?limit=1&like=norwood:3"] {
        let whole = ids(&app, &query.replace("limit=1", "limit=100")).await;
        let (mut found, mut path) = (Vec::new(), format!("/v1/cases{query}"));
        loop {
            let page = app.anyone().get(&path).await.expect(200);
            let body = page.json();
            assert_eq!(body["total"]["value"], 3);
            found
                .extend(body["items"].as_array().expect("items").iter().map(|item| super::text(&item["id"])));
            let Some(cursor) = body["next_cursor"].as_str() else { break };
            assert!(page.header("link").is_some_and(|link| link.contains("rel=\"next\"")));
            path = format!("/v1/cases{query}&cursor={cursor}");
        }
        assert_eq!(found, whole);
    }
    let page = app.anyone().get("/v1/cases?limit=1").await.expect(200).json();
    let cursor = super::text(&page["next_cursor"]);
    app.anyone()
        .get(&format!("/v1/cases?limit=1&skin_tone=mst-8&cursor={cursor}"))
        .await
        .problem("bad-cursor");
}

#[test]
fn a_large_gallery_answers_in_order_and_counts_right() {
    let ids = stipple::platform::id::Ids::seeded(stipple::platform::clock::Clock::fixed(Ts::ZERO), 7);
    let listing = ids.number(NumberKind::Listing);
    let gallery = Gallery::default();
    let tones: Vec<_> = stipple::vocabulary::SkinTone::all().collect();
    let facts = |n: u32| {
        let mut values = Values::default();
        values.add(CaseFacet::SkinTone, tones[usize::try_from(n).expect("a small number") % tones.len()]);
        let at = Ts::from_micros(i64::from(n));
        Facts { case: Uuid::from_u128(u128::from(n)), owner: Uuid::nil(), listing, at, until: None, values }
    };
    gallery.follow(None, 5, &[], (0..10_000).map(facts).collect());
    gallery.follow(Some(4), 9, &[Uuid::from_u128(0)], vec![]);
    assert_eq!(gallery.seq(), Some(5), "who comes late changes nothing");
    let today = Ts::ZERO.date();
    let query =
        CaseQuery { like: Some(Like::parse("skin_tone:mst-3").expect("it reads")), ..CaseQuery::default() };
    let found = gallery.find(&query, &[CaseFacet::SkinTone], None, 1_500, today);
    assert_eq!(found.total, 10_000);
    assert!(found.hits.is_sorted_by(|one, next| one > next));
    let exact = found.hits.iter().filter(|(closeness, _, _)| *closeness == found.hits[0].0).count();
    assert_eq!(exact, 1_000, "all that are the same come first");
    assert!(found.counts[0].1.iter().all(|(_, count)| *count == 1_000));
    let rest = gallery.find(&query, &[], found.hits.last().copied(), 10_000, today);
    assert_eq!(rest.hits.len(), 8_500);
}

#[tokio::test]
async fn behind_the_closest_cases_stand_their_practitioners() {
    let app = TestApp::new().await;
    let (keeper, [first, ..]) = three(&app).await;
    let other = Keeper::new(&app).await;
    let mut body = story();
    body["client"] = json!({"group": "men", "skin_tone": "mst-2"});
    other.shown(&body, 31).await;
    let path = "/v1/cases?like=norwood:5,scar-fut,skin_tone:mst-8&limit=1";
    let page = app.anyone().get(path).await.expect(200).json();
    let behind = page["practitioners"].as_array().expect("practitioners");
    assert_eq!(behind.len(), 2, "several cases of one practitioner are one: {behind:#?}");
    assert_eq!((&behind[0]["number"], &behind[0]["cases"]), (&json!(keeper.number), &json!(3)));
    assert!(behind[0]["closest_case"].as_str().expect("an address").ends_with(&first));
    assert_eq!(behind[0]["differs"], json!([]));
    assert_eq!(behind[1]["number"], json!(other.number));
    assert!(!behind[1]["differs"].as_array().expect("words").is_empty());
    let next = format!("{path}&cursor={}", super::text(&page["next_cursor"]));
    assert_eq!(app.anyone().get(&next).await.expect(200).json()["practitioners"], Value::Null);
    assert_eq!(app.anyone().get("/v1/cases").await.expect(200).json()["practitioners"], Value::Null);
}
