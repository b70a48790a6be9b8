//! Completing what is typed.

use serde_json::{Value, json};

use super::{Directory, at, manchester};

async fn suggested(directory: &Directory, query: &str) -> Value {
    directory.settle().await;
    directory.anyone().get(&format!("/v1/suggest?{query}")).await.expect(200).json()
}

fn texts<'a>(found: &'a Value, kind: &str) -> Vec<&'a str> {
    found[kind].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_field_finds_people_clinics_places_and_conditions() {
    let directory = Directory::new().await;
    let mut robert = at("Robert Mancroft", &manchester());
    robert["former_names"] = json!(["Robert Leedham"]);
    let number = directory.add(&robert).await;
    let found = suggested(&directory, "q=manc").await;
    assert_eq!(texts(&found, "people"), ["Robert Mancroft"]);
    let person = &found["people"][0];
    assert_eq!((&person["number"], &person["name"]), (&json!(number), &json!("Robert Mancroft")));
    assert_eq!(
        person["parts"],
        json!([{"text": "Robert ", "match": false}, {"text": "Mancroft", "match": true}])
    );
    assert!(person["url"].as_str().unwrap().ends_with(&number));
    assert!(texts(&found, "places")[0].starts_with("Manchester, England"), "{found:#}");
    assert!(found["attribution"].as_str().unwrap().contains("GeoNames"));
    // By a former name, and by what Robert is called for short; the listing says who it is today.
    for (typed, text) in [("leedh", "Robert Leedham"), ("bobb", "bobby")] {
        let found = suggested(&directory, &format!("q={typed}&types=people")).await;
        assert_eq!(texts(&found, "people"), [text]);
        assert_eq!(found["people"][0]["name"], "Robert Mancroft");
        assert_eq!(found["places"], json!([]), "only what was asked for");
    }
    let clinic = manchester()["name"].as_str().unwrap().to_owned();
    let found = suggested(&directory, &format!("q={}", &clinic[..4].replace(' ', "%20"))).await;
    assert_eq!(texts(&found, "clinics"), [clinic.as_str()]);
}

#[tokio::test]
async fn conditions_are_found_by_what_people_call_them() {
    let directory = Directory::new().await;
    let label = suggested(&directory, "q=alopecia+ar&types=conditions").await;
    assert_eq!(label["conditions"][0]["code"], "alopecia-areata", "{label:#}");
    assert!(label["conditions"][0].get("also").is_none());
    let typo = suggested(&directory, "q=alopecai&types=conditions&limit=20").await;
    assert!(!typo["conditions"].as_array().unwrap().is_empty());
    let synonym = suggested(&directory, "q=spot+bald&types=conditions").await;
    let codes: Vec<&Value> =
        synonym["conditions"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["crown-thinning", "alopecia-areata"]);
    assert_eq!(synonym["conditions"][1]["also"], "spot baldness");
    let nothing = suggested(&directory, "q=%3F%21&types=conditions").await;
    assert_eq!(nothing["conditions"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_suggested_is_refused() {
    let directory = Directory::new().await;
    directory.settle().await;
    for query in ["", "q=", "q=x&types=people,banana", "q=x&limit=0", "q=x&limit=21", "q=x&kind=people"] {
        let refused = directory.anyone().get(&format!("/v1/suggest?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
    }
}
