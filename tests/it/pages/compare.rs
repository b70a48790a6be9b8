//! Side by side: two to four, and what is said of any other number, of the unknown and of the gone.

use serde_json::json;

use super::find::links;
use crate::directory::{Directory, at, leeds, manchester};

/// What a page says, of its notes and its lead.
fn said(page: &str) -> &str {
    let from = page.find("<h1>").expect("a heading");
    &page[from..page.find("</main>").expect("an end")]
}

#[tokio::test]
async fn two_to_four_stand_side_by_side() {
    let directory = Directory::new().await;
    let price = json!({"amount_from": 200_000, "currency": "GBP", "unit": "whole-treatment"});
    let mut ada = at("Ada", &leeds());
    ada["services"] = json!([{"service": "full-head", "price": price}]);
    ada["languages"] = json!(["en", "pl"]);
    let ada = directory.add(&ada).await;
    let evil = "\"><script>alert(1)</script>";
    let mut other = at(evil, &manchester());
    other["own_words"] = json!({"headline": evil, "bio": format!("We are certified by everybody. {evil}")});
    let other = directory.add(&other).await;
    let nowhere = directory.add(&json!({"name": "Nowhere"})).await;
    directory.settle().await;
    let anyone = directory.anyone();

    let two = anyone.get(&format!("/compare?id={ada}&id={other}&near=Leeds")).await.expect(200).text();
    assert_eq!(two.matches("scope=\"col\"").count(), 2, "{two}");
    let rows = two.matches("scope=\"rowgroup\" colspan=\"2\"").count();
    assert_eq!(two.matches("<td>").count(), rows * 2, "a cell of each in every row: {two}");
    assert!(rows >= 10, "{rows} rows");
    assert!(two.contains("Full head: from 2000 GBP") && two.contains("English, Polish"), "{two}");
    assert!(two.contains("Northern Scalp Studio, Manchester · 36 miles away"), "{two}");
    assert!(!two.contains("<script>alert") && two.contains("&lt;script&gt;"), "{two}");
    assert!(two.find("Ada").unwrap() < two.find("&lt;script&gt;").unwrap(), "in the order chosen");

    let three =
        anyone.get(&format!("/compare?id={ada},{other},{nowhere}&near=Leeds")).await.expect(200).text();
    assert_eq!(three.matches("scope=\"col\"").count(), 3, "who has no clinic is compared too: {three}");
    let less = links(&three, "/compare?");
    assert_eq!(less.len(), 3, "{less:?}");
    assert_eq!(less[0], format!("/compare?id={other}&id={nowhere}&near=Leeds"));
    anyone.get(&less[0]).await.expect(200);
    // A place that is not known leaves distances out, and nothing else.
    anyone.get(&format!("/compare?id={ada}&id={other}&near=Qwxzyville")).await.expect(200);

    let found = anyone.get("/find?near=Leeds&all=1").await.expect(200).text();
    assert!(found.contains(&format!("name=\"id\" value=\"{ada}\" form=\"tray\"")), "{found}");
    assert!(found.contains("<form class=\"tray\" id=\"tray\" action=\"/compare\" method=\"get\""), "{found}");
}

#[tokio::test]
async fn any_other_number_is_told_what_to_do() {
    let directory = Directory::new().await;
    let mut all = Vec::new();
    for name in ["Ada", "Bea", "Cid", "Dot", "Eve"] {
        all.push(directory.add(&at(name, &leeds())).await);
    }
    directory.settle().await;
    let anyone = directory.anyone();
    let compare = async |ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
        let answer = anyone.get(&format!("/compare?{}", ids.join("&"))).await;
        (answer.status.as_u16(), answer.text())
    };
    let (status, none) = compare(&[]).await;
    assert!(status == 400 && said(&none).contains("Nobody is chosen yet."), "{none}");
    let (status, one) = compare(&[&all[0], &all[0]]).await;
    assert!(status == 400 && said(&one).contains("Only Ada is chosen."), "{one}");
    let five: Vec<&str> = all.iter().map(String::as_str).collect();
    let (status, many) = compare(&five).await;
    assert!(status == 400 && said(&many).contains("at most four"), "{many}");
    let less = links(&many, "/compare?");
    assert!(less.len() == 5 && many.contains("Leave out Eve"), "{many}");
    for link in less {
        assert_eq!(anyone.get(&link).await.expect(200).text().matches("scope=\"col\"").count(), 4);
    }

    let (status, wrong) = compare(&[&all[0], &all[1], "%3Cscript%3E", "SMP-1"]).await;
    assert_eq!(status, 200, "the others are compared: {wrong}");
    assert!(wrong.contains("“&lt;script&gt;” is not the number of a listing."), "{wrong}");
    let (status, unknown) = compare(&[&all[0], "SMP-2222-2222-2"]).await;
    assert!(status == 404 && said(&unknown).contains("SMP-2222-2222-2"), "{unknown}");
    assert!(said(&unknown).contains("Only Ada is chosen."), "{unknown}");
    let long = "a".repeat(3_000);
    let (status, wrong) = compare(&[&long, &long, &long]).await;
    assert!(status == 400 && wrong.len() < 10_000, "{status} {}", wrong.len());

    let operator = directory.as_operator().await;
    let gone = format!("/v1/practitioners/{}?reason=withdrawn", all[4]);
    operator.delete(&gone).if_match("*").await.expect(204);
    let merge = format!("/v1/practitioners/{}/merge", all[3]);
    operator.post(&merge, &json!({"into": all[2]})).await.expect(200);
    let (status, some) = compare(&[&all[0], &all[4], &all[3]]).await;
    assert_eq!(status, 200, "{some}");
    assert_eq!(some.matches("scope=\"col\"").count(), 2, "{some}");
    assert!(some.contains("was removed on") && some.contains("was merged into"), "{some}");
    assert!(some.contains(">Cid<"), "who a listing was merged into is compared: {some}");
}
