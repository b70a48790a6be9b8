//! The demo, as somebody finds it: a history that is whole, and the same for the same seed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support;
use crate::support::process::{Server, finish, stipple};

/// A demo that is served, and what its `demo.json` says.
struct Shown {
    server: Server,
    said: Value,
}

impl Shown {
    fn get(&self, path: &str) -> Value {
        let token = self.said["tokens"]["operator"].as_str().unwrap();
        let (status, answer) = self.server.call("GET", path, token, None).unwrap();
        assert_eq!(status, 200, "{path}: {answer:#}");
        answer
    }

    /// Everything in a list, page by page.
    fn all(&self, path: &str) -> Vec<Value> {
        let mut items: Vec<Value> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}{cursor}"));
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }
}

#[tokio::test]
async fn a_demo_has_reviews_of_every_stage_and_cases_on_every_skin_tone() {
    let place = support::db().await;
    let data_dir = place.dir.path().join("data");
    let command = |arguments: &[&str]| {
        let mut command = stipple(&place, arguments);
        command.env("STIPPLE_DATA_DIR", &data_dir);
        command
    };
    let filled =
        finish(command(&["demo", "--fill-only", "--practitioners", "24", "--listen", "127.0.0.1:0"]));
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    let said = fs::read(data_dir.join("demo.json")).unwrap();
    let server = Server::started(command(&["serve", "--listen", "127.0.0.1:0"])).unwrap();
    let demo = Shown { server, said: serde_json::from_slice(&said).unwrap() };
    reviews_are_whole(&demo);
    cases_are_whole(&demo);
    let letters = data_dir.join("mail");
    assert!(
        !letters.exists() || fs::read_dir(letters).unwrap().next().is_none(),
        "nobody gets a letter of it"
    );
}

fn reviews_are_whole(demo: &Shown) {
    let (mut stages, mut labels, mut replied, mut texts) =
        (BTreeSet::new(), BTreeSet::new(), 0, BTreeSet::new());
    let mut count = 0;
    for listing in demo.all("/v1/practitioners?limit=100") {
        let number = listing["number"].as_str().unwrap();
        let reviews = demo.all(&format!("/v1/practitioners/{number}/reviews?limit=100"));
        assert_eq!(listing["rating"]["reviews"].as_u64().unwrap_or(0), reviews.len() as u64, "{number}");
        for review in &reviews {
            count += 1;
            stages.insert(review["stage"].as_str().unwrap().to_owned());
            labels.insert(review["verification_label"].to_string());
            replied += usize::from(review["replies"][0].is_object());
            texts.insert(review["text"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(stages, ["fresh", "healed", "healing", "settled", "year1"].map(str::to_owned).into());
    assert!(labels.len() >= 4, "{labels:?}");
    assert!(replied > 5, "{replied} replies");
    assert_eq!(texts.len(), count, "no two clients write the same");
    let grown = demo.get(&format!("/v1/reviews/{}", demo.said["reviews"]["grown"].as_str().unwrap()));
    assert!(grown["versions"].as_array().unwrap().len() > 2, "{grown:#}");
    let removed = demo.get(&format!("/v1/reviews/{}", demo.said["reviews"]["removed"].as_str().unwrap()));
    assert_eq!(removed["removal"]["reason"], "wrong-provider", "{removed:#}");
    assert!(removed["text"].is_null(), "{removed:#}");
}

fn cases_are_whole(demo: &Shown) {
    let cases = demo.all("/v1/cases?limit=100");
    let tones: BTreeSet<_> = cases.iter().map(|case| case["client"]["skin_tone"].to_string()).collect();
    assert_eq!(tones.len(), 10, "{tones:?}");
    let of = |word: &str| demo.said["cases"][word].as_str().unwrap();
    let shown: BTreeSet<_> = cases.iter().filter_map(|case| case["id"].as_str()).collect();
    assert!(shown.contains(of("all_stages")) && shown.contains(of("stolen_from")));
    assert!(!shown.contains(of("withdrawn")) && !shown.contains(of("stolen")));
    let holds = demo.all("/v1/photo-holds?limit=100");
    assert_eq!(holds.len(), 1, "{holds:#?}");
    assert_eq!(holds[0]["id"], demo.said["cases"]["hold"]);
    let photos = demo.get(&format!("/v1/cases/{}", of("all_stages")));
    let stages: BTreeSet<_> =
        photos["photos"].as_array().unwrap().iter().map(|photo| photo["stage"].to_string()).collect();
    assert_eq!(stages.len(), 5, "{stages:?}");
}
