//! Every stored certificate held against what was taken in.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::academy::Academy;
use crate::support::process::{finish, stipple};

#[tokio::test]
async fn what_is_no_longer_what_was_taken_in_is_named() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let mut numbers = Vec::new();
    for holder in ["Marian Wright", "Zoë Lee", "Ada Byron", "Kim Stone", "Ines Rojas"] {
        let signed = academy.sign(&academy.award(&app, holder, None));
        // One of them is not kept in its canonical form.
        let text = if numbers.is_empty() { format!("{signed:#}") } else { signed.to_string() };
        let sent = academy.keeper.post("/v1/certificates", &json!({})).body("application/vc", text);
        numbers.push(sent.await.expect(201).json()["number"].as_str().unwrap().to_owned());
    }
    let checked = |args| finish(stipple(&app.place, args));
    let good = checked(&["certificate", "check"]);
    assert!(good.status.success());
    assert!(String::from_utf8_lossy(&good.stdout).starts_with("5 certificates, each as it was taken in"));

    let mut tx = app.db.write().await.unwrap();
    // Whoever can write here can put the right digest beside other bytes, but no signature.
    let changes: [fn(&mut Value); 3] = [
        |value| value["credentialSubject"]["identifier"][0]["identityHash"] = json!("Somebody Else"),
        |value| value["validFrom"] = json!("2026-01-01T00:00:00Z"),
        |value| drop(value.as_object_mut().unwrap().remove("proof")),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let number = numbers[at].clone();
        let (kept,): (Vec<u8>,) = tx
            .query("select bytes from certificates where number = $1")
            .bind(number.clone())
            .fetch_one()
            .await
            .unwrap();
        let mut value: Value = serde_json::from_slice(&kept).unwrap();
        change(&mut value);
        let text = stipple::signing::jcs::to_vec(&value).unwrap();
        let digest = stipple::signing::digest::Digest::of_bytes(&text).0.to_vec();
        let update = if at == 0 {
            tx.query("update certificates set bytes = $1 where number = $2").bind(text).bind(number)
        } else {
            tx.query("update certificates set bytes = $1, digest = $3 where number = $2")
                .bind(text)
                .bind(number)
                .bind(digest)
        };
        update.execute().await.unwrap();
    }
    tx.query(
        "update certificates set key = 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' where number = $1",
    )
    .bind(numbers[3].clone())
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let bad = checked(&["certificate", "check"]);
    assert_eq!(bad.status.code(), Some(1));
    let text = String::from_utf8_lossy(&bad.stdout).into_owned();
    for (number, why) in numbers.iter().zip([
        "its bytes are not those that were taken in",
        "the signature does not fit",
        "it is no certificate any more: There is no proof",
        "the key that is named is not known",
    ]) {
        let line =
            text.lines().find(|line| line.starts_with(number)).unwrap_or_else(|| panic!("{number}: {text}"));
        assert!(line.contains(why), "{line}");
    }
    assert!(!text.contains(&numbers[4]) && text.contains("4 of 5 certificates"), "{text}");
}
