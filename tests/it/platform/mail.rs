//! Letters and the vault: what lies in the queue says nothing, what is sent is whole and sent once.

use std::fs;

use serde_json::Value;
use stipple::config::Secret;
use stipple::platform::db::Json;
use stipple::platform::jobs::{self, Failed};
use stipple::platform::mail::Letter;
use stipple::platform::vault::{Private, Vault};

use crate::support::TestApp;
use crate::support::smtp::{MailServer, Mood};

fn letter(to: &str, subject: &str, text: &str) -> Letter {
    Letter {
        to: Private::new(to.to_owned()),
        subject: subject.to_owned(),
        text: Private::new(text.to_owned()),
    }
}

async fn enqueue(app: &TestApp, letter: &Letter) {
    let mut tx = app.db.write().await.unwrap();
    app.mail.enqueue(&mut tx, &app.ids, letter, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn payloads(app: &TestApp) -> Vec<Value> {
    let mut conn = app.db.read().await.unwrap();
    let rows: Vec<(Json<Value>,)> = conn.query("select payload from jobs").fetch_all().await.unwrap();
    rows.into_iter().map(|(payload,)| payload.0).collect()
}

#[tokio::test]
async fn a_letter_is_sealed_in_the_queue_and_one_readable_file_afterwards() {
    let app = TestApp::new().await;
    enqueue(&app, &letter("ann@example.com", "Your visit – please", "Dear Ann,\n\nthe word is sesame.\n"))
        .await;
    let waiting = payloads(&app).await;
    let text = waiting[0].to_string();
    for secret in ["ann", "sesame", "visit"] {
        assert!(!text.contains(secret), "the queue says {secret}: {text}");
    }
    app.run_jobs().await;
    // The worker may do a job twice: the letter stays one.
    app.mail.deliver(waiting[0].clone()).await.unwrap();
    let files: Vec<_> =
        fs::read_dir(app.place.dir.path().join("mail")).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 1);
    let sent = fs::read_to_string(files[0].path()).unwrap();
    assert!(files[0].path().extension().is_some_and(|ending| ending == "eml"));
    assert!(sent.contains("To: ann@example.com\r\n"), "{sent}");
    assert!(sent.contains("Subject: =?utf-8?B?"), "{sent}");
    assert!(sent.contains("Date: Mon, 01 Jun 2026 12:00:00 +0000\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\nDear Ann,\r\n\r\nthe word is sesame.\r\n"), "{sent}");
}

#[tokio::test]
async fn nobody_writes_a_header_of_their_own() {
    let mut app = TestApp::new().await;
    app.jobs_may_stay();
    enqueue(&app, &letter("ann@example.com\r\nBcc: all@example.com", "Hello", "text")).await;
    let waiting = payloads(&app).await;
    let Failed::ForGood(refused) = app.mail.deliver(waiting[0].clone()).await.unwrap_err() else {
        panic!("trying again would come to the same")
    };
    assert!(refused.contains("control character") && !refused.contains("example.com"), "{refused}");
    assert!(!app.place.dir.path().join("mail").exists());
}

/// An application whose letters go to a server of these moods.
async fn with_server(moods: &'static [Mood]) -> (TestApp, MailServer) {
    let server = MailServer::start(moods).await;
    let url = format!("smtp://ann:sesame@127.0.0.1:{}", server.port);
    (TestApp::with(|config| config.mail_url = Secret::new(url)).await, server)
}

#[tokio::test]
async fn a_mail_server_gets_the_letter_as_it_was_written() {
    let (app, server) = with_server(&[]).await;
    let text = "Dear Ann,\n\n.a line with a dot\n..and two\n.\nGrüße\n";
    enqueue(&app, &letter("ann@example.com", "Your visit – please", text)).await;
    app.run_jobs().await;
    let heard = server.heard();
    let [sent] = heard.letters.as_slice() else { panic!("one letter in {heard:#?}") };
    assert!(
        sent.ends_with("\r\n\r\nDear Ann,\r\n\r\n.a line with a dot\r\n..and two\r\n.\r\nGrüße\r\n"),
        "{sent}"
    );
    assert!(sent.contains("To: ann@example.com\r\n") && sent.contains("Message-ID: <"), "{sent}");
    let from = format!("MAIL FROM:<no-reply@{}>", app.config.issuer_host);
    assert!(heard.commands.iter().any(|said| said.starts_with(&from)), "{heard:#?}");
    assert!(heard.commands.iter().any(|said| said.starts_with("AUTH PLAIN")), "{heard:#?}");
    assert!(!app.place.dir.path().join("mail").exists(), "nothing is left in a folder");
}

#[tokio::test]
async fn a_letter_not_taken_now_is_the_same_letter_later() {
    let (app, server) = with_server(&[Mood::Later, Mood::HangsUp]).await;
    enqueue(&app, &letter("ann@example.com", "Hello", "The word is sesame.")).await;
    for _ in 0..2 {
        app.run_jobs().await;
        assert_eq!(server.heard().letters.len(), 0);
        let mut conn = app.db.read().await.unwrap();
        let (said,): (String,) = conn.query("select last_error from jobs").fetch_one().await.unwrap();
        assert!(said.starts_with("the mail server 127.0.0.1 ") && !said.contains("ann@"), "{said}");
        drop(conn);
        app.clock.advance(std::time::Duration::from_secs(60));
    }
    app.run_jobs().await;
    assert_eq!(server.heard().letters.len(), 1);
}

#[tokio::test]
async fn a_letter_refused_for_good_is_dead_at_once_and_can_be_sent_again() {
    let (mut app, server) = with_server(&[Mood::Refuses]).await;
    app.jobs_may_stay();
    enqueue(&app, &letter("ann@example.com", "Hello", "The word is sesame.")).await;
    app.run_jobs().await;
    let mut tx = app.db.write().await.unwrap();
    let counts = jobs::counts(&mut tx).await.unwrap();
    assert_eq!((counts.due, counts.dead), (0, 1));
    let (said,): (String,) = tx.query("select last_error from jobs").fetch_one().await.unwrap();
    assert_eq!(said, "the mail server 127.0.0.1 refused the letter (550)");
    jobs::replay(&mut tx, "mail.send", app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    assert_eq!(server.heard().letters.len(), 1);
}

#[tokio::test]
async fn what_is_sealed_opens_in_its_place_alone() {
    let app = TestApp::new().await;
    let (vault, ids) = (&app.vault, &app.ids);
    let clear = Private::new("ann@example.com".to_owned());
    assert_eq!(format!("{clear:?} {vault:?}"), "(private) Vault(secret)");
    let sealed = vault.seal_text(ids, "contacts", b"one", &clear);
    assert_ne!(sealed, vault.seal_text(ids, "contacts", b"one", &clear), "every seal is another");
    assert_eq!(vault.open_text("contacts", b"one", &sealed), Some(clear));
    let mut bent = sealed.clone();
    *bent.last_mut().unwrap() ^= 1;
    for (domain, about, bytes) in [
        ("contacts", b"two", &sealed[..]),
        ("letters", b"one", &sealed),
        ("contacts", b"one", &bent),
        ("contacts", b"one", &sealed[..5]),
        ("contacts", b"one", &[]),
    ] {
        assert_eq!(vault.open_text(domain, about, bytes), None, "{domain}");
    }
    assert_eq!(Vault::new("another secret of 32 characters!").open_text("contacts", b"one", &sealed), None);
    let mark = vault.mark("contacts", b"ann@example.com");
    assert!(vault.is_mark("contacts", b"ann@example.com", &mark));
    assert!(!vault.is_mark("contacts", b"bob@example.com", &mark));
    assert!(!vault.is_mark("votes", b"ann@example.com", &mark));
}
