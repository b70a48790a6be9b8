//! Instants: what they read and write, and that both databases sort them as they are.

use std::time::Duration;

use proptest::prelude::*;
use stipple::platform::changes;
use stipple::platform::clock::{Clock, Ts};

use crate::support;

fn instants() -> impl Strategy<Value = Ts> {
    (Ts::ZERO.micros()..=Ts::MAX.micros()).prop_map(Ts::from_micros)
}

proptest! {
    #[test]
    fn an_instant_is_read_as_it_is_written(at in instants()) {
        prop_assert_eq!(Ts::parse(&at.to_string()).unwrap(), at);
        let format = time::format_description::well_known::Rfc3339;
        prop_assert_eq!(at.to_string(), at.datetime().format(&format).unwrap());
        let json = serde_json::to_string(&at).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ts>(&json).unwrap(), at);
        prop_assert!(at.to_string().ends_with('Z'));
    }

    #[test]
    fn adding_and_taking_away_agree(at in instants(), seconds in 0..4_000_000_000_u64) {
        let by = Duration::from_secs(seconds);
        prop_assert!(at.plus(by) >= at && at.minus(by) <= at);
        if at.plus(by) < Ts::MAX {
            prop_assert_eq!(at.plus(by).since(at), by);
            prop_assert_eq!(at.plus(by).minus(by), at);
            prop_assert_eq!(at.since(at.plus(by)), Duration::ZERO);
        }
    }
}

#[test]
fn an_instant_may_be_written_in_any_zone_and_finer_than_it_is_kept() {
    let noon = Ts::parse("2026-06-01T12:00:00Z").unwrap();
    assert_eq!(Ts::parse("2026-06-01T13:30:00+01:30").unwrap(), noon);
    assert_eq!(Ts::parse("2026-06-01T12:00:00.000000999Z").unwrap(), noon);
    assert_eq!(Ts::parse("2026-06-01T12:00:00.000001Z").unwrap(), noon.plus(Duration::from_micros(1)));
    assert_eq!(noon.to_string(), "2026-06-01T12:00:00Z");
    assert_eq!(Ts::at_midnight(noon.date()).to_string(), "2026-06-01T00:00:00Z");
}

#[test]
fn what_is_no_instant_is_refused() {
    for text in [
        "",
        "now",
        "2026-06-01",
        "2026-06-01T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-06-01T25:00:00Z",
        "20260601T120000Z",
        "2026-06-01T12:00:00+99:00",
    ] {
        assert!(Ts::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_fixed_clock_moves_only_when_told_and_for_everyone_who_shares_it() {
    let clock = Clock::fixed(Ts::parse("2026-06-01T23:59:59Z").unwrap());
    let shared = clock.clone();
    assert_eq!(clock.now(), shared.now());
    clock.advance(Duration::from_secs(1));
    assert_eq!(shared.now().to_string(), "2026-06-02T00:00:00Z");
    assert_eq!(shared.today().to_string(), "2026-06-02");
}

#[tokio::test]
async fn the_database_sorts_and_returns_instants_exactly() {
    let db = support::db().await;
    // Texts of these would sort in another order: fractions of different length, years of different width.
    let mut instants: Vec<Ts> = [0, 1, 999, 1_000, 1_001, 100_000, 120_000, 500_000, 1_000_000, 1_000_001]
        .into_iter()
        .map(|micros| Ts::parse("2026-06-01T12:00:00Z").unwrap().plus(Duration::from_micros(micros)))
        .chain([Ts::ZERO, Ts::MAX, Ts::from_micros(1)])
        .collect();
    let mut tx = db.write().await.unwrap();
    for (at, instant) in instants.iter().enumerate() {
        // In an order of their own, so that the one they were written in does not help.
        changes::append(&mut tx, &format!("x/{}", (at * 7) % 13), *instant).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut conn = db.read().await.unwrap();
    let sorted: Vec<(Ts,)> = conn.query("select at from changes order by at").fetch_all().await.unwrap();
    instants.sort();
    assert_eq!(sorted.into_iter().map(|(at,)| at).collect::<Vec<_>>(), instants);
    let later: Vec<(Ts,)> = conn
        .query("select at from changes where at > $1 and at < $2 order by at desc")
        .bind(Ts::from_micros(1))
        .bind(Ts::MAX)
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(later.len(), instants.len() - 3);
}
