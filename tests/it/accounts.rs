//! Tokens: what is kept of them, when they work, what they are bound to.

use std::ops::Deref;
use std::time::Duration;

use stipple::accounts::{self, Caller, NewToken, Role, Secret, Subject, TokenProblem};
use stipple::platform::clock::Ts;

use crate::support::{self, TestDb};

struct House(TestDb);

impl Deref for House {
    type Target = TestDb;
    fn deref(&self) -> &TestDb {
        &self.0
    }
}

async fn house() -> House {
    House(support::db().await)
}

impl House {
    async fn token(&self, role: Role, expires_at: Option<Ts>) -> (accounts::Token, Secret) {
        let mut tx = self.db.write().await.unwrap();
        let new = NewToken { role, subject: None, label: "front desk".into(), expires_at };
        let made = accounts::create(&mut tx, &self.ids, new, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        made
    }

    async fn authenticate(&self, secret: &Secret) -> Result<accounts::Token, TokenProblem> {
        let mut conn = self.db.read().await.unwrap();
        accounts::authenticate(&mut conn, secret, self.clock.now()).await.unwrap()
    }
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked() {
    let house = house().await;
    let (token, secret) = house.token(Role::Operator, None).await;
    assert!(secret.reveal().starts_with("stp_op_"));
    assert_eq!(house.authenticate(&secret).await.unwrap(), token);

    let mut tx = house.db.write().await.unwrap();
    assert!(accounts::revoke(&mut tx, token.id, house.clock.now()).await.unwrap());
    assert!(!accounts::revoke(&mut tx, token.id, house.clock.now()).await.unwrap(), "only once");
    tx.commit().await.unwrap();
    assert_eq!(house.authenticate(&secret).await, Err(TokenProblem::Revoked(house.clock.now())));
}

#[tokio::test]
async fn a_token_stops_at_its_expiry_to_the_microsecond() {
    let house = house().await;
    let end = house.clock.now().plus(Duration::from_secs(60));
    let (_, secret) = house.token(Role::Academy, Some(end)).await;
    house.clock.advance(Duration::from_micros(59_999_999));
    assert!(house.authenticate(&secret).await.is_ok());
    house.clock.advance(Duration::from_micros(1));
    assert_eq!(house.authenticate(&secret).await, Err(TokenProblem::Expired(end)));
}

#[tokio::test]
async fn a_changed_token_is_unknown() {
    let house = house().await;
    let (_, secret) = house.token(Role::Practitioner, None).await;
    let good = secret.reveal().to_owned();
    // The same secret under a prefix that promises more.
    let promoted = good.replace("stp_pr_", "stp_op_");
    let other = Secret::generate(&house.ids, Role::Practitioner);
    for text in [promoted.as_str(), other.reveal()] {
        let forged = Secret::parse(text).unwrap();
        assert_eq!(house.authenticate(&forged).await, Err(TokenProblem::Unknown));
    }
    for text in
        ["", "stp_op_", "Bearer x", "stp_xx_4bKpVw", &good[..30], &format!("{good}{good}"), "stp_op_ö"]
    {
        assert!(Secret::parse(text).is_none(), "{text}");
    }
}

#[tokio::test]
async fn the_text_of_a_token_is_nowhere_in_the_database() {
    let house = house().await;
    let (token, secret) = house.token(Role::Operator, None).await;
    house.db.close().await;
    let secret_part = &secret.reveal()["stp_op_".len()..];
    for entry in std::fs::read_dir(house.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let found = bytes.windows(secret_part.len()).any(|window| window == secret_part.as_bytes());
        assert!(!found);
    }
    assert!(!format!("{secret:?} {token:?}").contains(&secret_part[..8]));
}

#[tokio::test]
async fn a_token_is_bound_once_and_to_one_subject() {
    let house = house().await;
    let (token, secret) = house.token(Role::Academy, None).await;
    let caller = Caller::from(token);
    let first = Subject { id: house.ids.uuid(), name: "north-london".into() };
    let second = Subject { id: house.ids.uuid(), name: "leeds".into() };
    assert!(caller.may_register(Role::Academy) && !caller.may_register(Role::Practitioner));

    let mut tx = house.db.write().await.unwrap();
    accounts::bind(&mut tx, &caller, &first).await.unwrap();
    let again = accounts::bind(&mut tx, &caller, &second).await.unwrap_err();
    assert_eq!(again.code().slug, "conflict");
    tx.commit().await.unwrap();

    let bound = Caller::from(house.authenticate(&secret).await.unwrap());
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
    let house = house().await;
    let (token, secret) = house.token(Role::Operator, None).await;
    let caller = Caller::from(token);
    let subject = Subject { id: house.ids.uuid(), name: "leeds".into() };
    let mut tx = house.db.write().await.unwrap();
    accounts::bind(&mut tx, &caller, &subject).await.unwrap();
    tx.commit().await.unwrap();
    let caller = Caller::from(house.authenticate(&secret).await.unwrap());
    assert_eq!(caller.subject, None);
    assert_eq!(caller.actor(), "operator:front desk");
    assert!(caller.keeps(Role::Academy, subject.id) && caller.keeps(Role::Practitioner, subject.id));
}

#[tokio::test]
async fn last_use_is_noted_by_the_day() {
    let house = house().await;
    let (token, secret) = house.token(Role::Operator, None).await;
    assert!(token.is_stale(house.clock.now()));
    for _ in 0..2 {
        let mut tx = house.db.write().await.unwrap();
        accounts::touch(&mut tx, token.id, house.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        house.clock.advance(Duration::from_secs(3600));
    }
    let used = house.authenticate(&secret).await.unwrap();
    assert_eq!(used.last_used_at, Some(Ts::parse("2026-06-01T00:00:00Z").unwrap()));
    assert!(!used.is_stale(house.clock.now()));
    house.clock.advance(Duration::from_secs(24 * 3600));
    assert!(used.is_stale(house.clock.now()));
}
