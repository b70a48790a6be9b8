//! Tokens: what is kept of them, when they work, what they are bound to.

use std::time::Duration;

use serde_json::json;
use stipple::accounts::{self, Caller, NewToken, Role, Secret, Subject, TokenProblem};
use stipple::cli::token::{NewArgs, RoleArg, make};
use stipple::platform::clock::Ts;

use crate::support::{TestApp, postgres_url};

/// A fresh token that keeps nothing yet.
async fn token(app: &TestApp, role: Role, expires_at: Option<Ts>) -> (accounts::Token, Secret) {
    let mut tx = app.db.write().await.unwrap();
    let new = NewToken { role, subject: None, label: "front desk".into(), expires_at };
    let made = accounts::create(&mut tx, &app.ids, new, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    made
}

async fn authenticate(app: &TestApp, secret: &Secret) -> Result<accounts::Token, TokenProblem> {
    let mut conn = app.db.read().await.unwrap();
    accounts::authenticate(&mut conn, secret, app.clock.now()).await.unwrap()
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked() {
    let app = TestApp::new().await;
    let (token, secret) = token(&app, Role::Operator, None).await;
    assert!(secret.reveal().starts_with("stp_op_"));
    assert_eq!(authenticate(&app, &secret).await.unwrap(), token);

    let mut tx = app.db.write().await.unwrap();
    assert!(accounts::revoke(&mut tx, token.id, app.clock.now()).await.unwrap());
    assert!(!accounts::revoke(&mut tx, token.id, app.clock.now()).await.unwrap(), "only once");
    tx.commit().await.unwrap();
    assert_eq!(authenticate(&app, &secret).await, Err(TokenProblem::Revoked(app.clock.now())));
}

#[tokio::test]
async fn a_token_stops_at_its_expiry_to_the_microsecond() {
    let app = TestApp::new().await;
    let end = app.clock.now().plus(Duration::from_secs(60));
    let (_, secret) = token(&app, Role::Academy, Some(end)).await;
    app.clock.advance(Duration::from_micros(59_999_999));
    assert!(authenticate(&app, &secret).await.is_ok());
    app.clock.advance(Duration::from_micros(1));
    assert_eq!(authenticate(&app, &secret).await, Err(TokenProblem::Expired(end)));
}

#[tokio::test]
async fn a_changed_token_is_unknown() {
    let app = TestApp::new().await;
    let (_, secret) = token(&app, Role::Practitioner, None).await;
    let good = secret.reveal().to_owned();
    // The same secret under a prefix that promises more.
    let promoted = good.replace("stp_pr_", "stp_op_");
    let other = Secret::with_prefix(&app.ids, Role::Practitioner.prefix());
    for text in [promoted.as_str(), other.reveal()] {
        let forged = Secret::parse(text).unwrap();
        assert_eq!(authenticate(&app, &forged).await, Err(TokenProblem::Unknown));
    }
    for text in
        ["", "stp_op_", "Bearer x", "stp_xx_4bKpVw", &good[..30], &format!("{good}{good}"), "stp_op_ö"]
    {
        assert!(Secret::parse(text).is_none(), "{text}");
    }
}

#[tokio::test]
async fn the_text_of_a_token_is_nowhere_in_the_database() {
    let app = TestApp::new().await;
    let (token, secret) = token(&app, Role::Operator, None).await;
    let secret_part = &secret.reveal()["stp_op_".len()..];
    assert!(!format!("{secret:?} {token:?}").contains(&secret_part[..8]));
    // On PostgreSQL the files are the server's; the statements are the same.
    if postgres_url().is_none() {
        app.db.close().await;
        let bytes = std::fs::read(app.place.dir.path().join("stipple.db")).unwrap();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(holds(&secret.hash()), "this is the file the token is in");
        assert!(!holds(secret_part.as_bytes()));
    }
}

#[tokio::test]
async fn a_token_is_bound_once_and_to_one_subject() {
    let app = TestApp::new().await;
    let (token, secret) = token(&app, Role::Academy, None).await;
    let caller = Caller::from(token);
    let first = Subject { id: app.ids.uuid(), name: "north-london".into() };
    let second = Subject { id: app.ids.uuid(), name: "leeds".into() };
    assert!(caller.may_register(Role::Academy) && !caller.may_register(Role::Practitioner));

    let mut tx = app.db.write().await.unwrap();
    accounts::bind(&mut tx, &caller, &first).await.unwrap();
    let again = accounts::bind(&mut tx, &caller, &second).await.unwrap_err();
    assert_eq!(again.code().slug, "conflict");
    tx.commit().await.unwrap();

    let bound = Caller::from(authenticate(&app, &secret).await.unwrap());
    assert_eq!(bound.actor(), "academy:north-london");
    assert!(bound.keeps(Role::Academy, first.id) && !bound.keeps(Role::Academy, second.id));
    assert!(
        !bound.keeps(Role::Practitioner, first.id),
        "an academy's token keeps no listing, whatever its id"
    );
    assert!(!bound.may_register(Role::Academy));
    let refusal = bound.refusal("Changing the academy `leeds` needs its own token.");
    assert_eq!(refusal.code().status, 403);
    assert!(refusal.detail().contains("north-london"), "{refusal}");
}

#[tokio::test]
async fn an_operators_token_is_never_bound_and_keeps_everything() {
    let app = TestApp::new().await;
    let (token, secret) = token(&app, Role::Operator, None).await;
    let caller = Caller::from(token);
    let subject = Subject { id: app.ids.uuid(), name: "leeds".into() };
    let mut tx = app.db.write().await.unwrap();
    accounts::bind(&mut tx, &caller, &subject).await.unwrap();
    tx.commit().await.unwrap();
    let caller = Caller::from(authenticate(&app, &secret).await.unwrap());
    assert_eq!(caller.subject, None);
    assert_eq!(caller.actor(), "operator:front desk");
    assert!(caller.keeps(Role::Academy, subject.id) && caller.keeps(Role::Practitioner, subject.id));
}

#[tokio::test]
async fn last_use_is_noted_once_a_day_by_whatever_the_token_asks() {
    let app = TestApp::new().await;
    let client = app.as_operator().await;
    let secret = Secret::parse(client.token().unwrap()).unwrap();
    let last_used = async || authenticate(&app, &secret).await.unwrap().last_used_at;
    assert_eq!(last_used().await, None);
    client.get("/v1/academies").await.expect(200);
    assert_eq!(last_used().await, Some(Ts::parse("2026-06-01T00:00:00Z").unwrap()));
    app.clock.advance(Duration::from_secs(11 * 3600));
    client.get("/v1/academies").await.expect(200);
    assert_eq!(last_used().await, Some(Ts::parse("2026-06-01T00:00:00Z").unwrap()));
    app.clock.advance(Duration::from_secs(3600));
    client.get("/v1/nothing").await.expect(404);
    assert_eq!(last_used().await, Some(Ts::parse("2026-06-02T00:00:00Z").unwrap()));
}

#[tokio::test]
async fn a_writer_that_is_busy_delays_no_reader_with_a_token() {
    let app = TestApp::new().await;
    let client = app.as_operator().await;
    let tx = app.db.write().await.unwrap();
    client.get("/v1/academies").await.expect(200);
    drop(tx);
}

fn wanted(role: RoleArg) -> NewArgs {
    NewArgs { role, academy: None, listing: None, label: None, expires: None, json: false }
}

#[tokio::test]
async fn a_token_made_on_the_command_line_works_with_what_serves_the_same_data() {
    let app = TestApp::new().await;
    let operator = app.as_operator().await;
    let body = json!({"slug": "leeds-smp-school", "name": "Leeds SMP School", "country": "GB"});
    operator.post("/v1/academies", &body).await.expect(201);
    let args = NewArgs {
        academy: Some("leeds-smp-school".into()),
        label: Some("Office".into()),
        expires: Some("2026-06-01".into()),
        ..wanted(RoleArg::Academy)
    };
    let (token, secret) = make(&app, &args).await.unwrap();
    assert_eq!(
        token.expires_at,
        Some(Ts::parse("2026-06-02T00:00:00Z").unwrap()),
        "the last day is a whole one"
    );
    let change = json!({"name": "Leeds School"});
    let call = || {
        let call = app.anyone().patch("/v1/academies/leeds-smp-school", &change).if_match("*");
        call.header("authorization", format!("bearer {}", secret.reveal()))
    };
    call().await.expect(200);
    let mut tx = app.db.write().await.unwrap();
    accounts::revoke(&mut tx, token.id, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let refused = call().await.expect(401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert!(refused.problem("unauthorized")["detail"].as_str().unwrap().contains("revoked on 2026-06-01"));
}

#[tokio::test]
async fn the_command_line_refuses_a_scope_that_names_nothing() {
    let app = TestApp::new().await;
    let cases = [
        (
            NewArgs { academy: Some("nobody".into()), ..wanted(RoleArg::Academy) },
            "no academy has the slug nobody",
        ),
        (
            NewArgs { academy: Some("nobody".into()), ..wanted(RoleArg::Operator) },
            "--academy is for --role academy",
        ),
        (
            NewArgs { listing: Some("SMP-7K3F-9Q2M-5".into()), ..wanted(RoleArg::Practitioner) },
            "check character",
        ),
        (
            NewArgs { listing: Some("CRT-2222-2222-2".into()), ..wanted(RoleArg::Practitioner) },
            "CRT-2222-2222-2: ",
        ),
        (
            NewArgs { listing: Some("x".into()), ..wanted(RoleArg::Academy) },
            "--listing is for --role practitioner",
        ),
        (NewArgs { expires: Some("2026-05-31".into()), ..wanted(RoleArg::Operator) }, "has passed"),
        (NewArgs { expires: Some("2027-02-29".into()), ..wanted(RoleArg::Operator) }, "a day that exists"),
        (NewArgs { label: Some(" ".into()), ..wanted(RoleArg::Operator) }, "a label is one line"),
    ];
    for (args, expected) in cases {
        let refusal = make(&app, &args).await.unwrap_err().to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
    let unknown = app.ids.number(stipple::platform::id::NumberKind::Listing).to_string();
    let args = NewArgs { listing: Some(unknown.clone()), ..wanted(RoleArg::Practitioner) };
    let refusal = make(&app, &args).await.unwrap_err().to_string();
    assert!(refusal.starts_with(&format!("there is no listing {unknown}")), "{refusal}");
}
