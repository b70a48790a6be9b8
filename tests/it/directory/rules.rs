//! The pure rules: what makes a listing verified, and its standing.

use std::time::Duration;

use proptest::prelude::*;
use stipple::certificates::{Facts, HolderMatch, Requirement, verified};
use stipple::directory::{StandingFacts, standing};
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::id::{Ids, Number, NumberKind};
use stipple::vocabulary::{CertificateStatus, CredentialKind};

fn number(seed: u64) -> Number {
    Ids::seeded(Clock::fixed(Ts::ZERO), seed).number(NumberKind::Certificate)
}

/// What a certificate that counts is.
fn good() -> Facts {
    Facts {
        kind: CredentialKind::named("training-certificate"),
        status: CertificateStatus::named("active"),
        supervised_live_hours: 1,
        recognised: true,
        holder: HolderMatch::Same,
    }
}

fn missing(facts: Facts) -> Vec<Requirement> {
    let verdict = verified(&[(number(1), facts)]);
    assert_eq!(verdict.value, verdict.missing.is_empty());
    assert!(verdict.missing.iter().all(|missing| missing.certificate == Some(number(1))));
    verdict.missing.into_iter().map(|missing| missing.requirement).collect()
}

#[test]
fn one_good_certificate_verifies() {
    let verdict = verified(&[(number(1), good())]);
    assert!(verdict.value);
    assert_eq!(verdict.because, [number(1)]);
    assert!(verdict.missing.is_empty());
}

#[test]
fn no_certificate_says_so() {
    let verdict = verified(&[]);
    assert!(!verdict.value && verdict.because.is_empty());
    let [only] = verdict.missing.as_slice() else { panic!("one thing is missing") };
    assert_eq!((only.requirement, only.certificate), (Requirement::Certificate, None));
}

#[test]
fn each_requirement_is_one() {
    assert_eq!(missing(Facts { supervised_live_hours: 0, ..good() }), [Requirement::SupervisedLive]);
    assert_eq!(missing(Facts { recognised: false, ..good() }), [Requirement::RecognisedAcademy]);
    for holder in [HolderMatch::Differs, HolderMatch::Unattached] {
        assert_eq!(missing(Facts { holder, ..good() }), [Requirement::HolderName]);
    }
    assert_eq!(missing(Facts { holder: HolderMatch::Former, ..good() }), []);
    for status in CertificateStatus::all() {
        let counts = missing(Facts { status, ..good() }).is_empty();
        assert_eq!(counts, ["active", "expiring"].contains(&status.as_str()), "{status}");
    }
    for kind in CredentialKind::all() {
        let counts = missing(Facts { kind, ..good() }).is_empty();
        let training = ["training-certificate", "regulated-qualification"].contains(&kind.as_str());
        assert_eq!(counts, training, "{kind}");
    }
}

#[test]
fn the_certificate_that_comes_closest_explains() {
    let attendance =
        Facts { kind: CredentialKind::named("course-attendance"), supervised_live_hours: 0, ..good() };
    let expired = Facts { status: CertificateStatus::named("expired"), ..good() };
    let verdict = verified(&[(number(2), attendance), (number(3), expired)]);
    let [only] = verdict.missing.as_slice() else { panic!("the expired one lacks one thing") };
    assert_eq!((only.requirement, only.certificate), (Requirement::InForce, Some(number(3))));
}

#[test]
fn requirements_met_by_different_certificates_do_not_add_up() {
    let online = Facts { supervised_live_hours: 0, ..good() };
    let somebody_elses = Facts { holder: HolderMatch::Differs, ..good() };
    assert!(!verified(&[(number(1), online), (number(2), somebody_elses)]).value);
}

fn any_certificate() -> impl Strategy<Value = (Number, Facts)> {
    let kinds: Vec<CredentialKind> = CredentialKind::all().collect();
    let statuses: Vec<CertificateStatus> = CertificateStatus::all().collect();
    let holders = vec![HolderMatch::Same, HolderMatch::Former, HolderMatch::Differs, HolderMatch::Unattached];
    let (kind, status) = (prop::sample::select(kinds), prop::sample::select(statuses));
    let holder = prop::sample::select(holders);
    (0..1000_u64, kind, status, 0..200_u32, any::<bool>(), holder).prop_map(
        |(seed, kind, status, supervised_live_hours, recognised, holder)| {
            (number(seed), Facts { kind, status, supervised_live_hours, recognised, holder })
        },
    )
}

fn facts(verified: bool, live: u32, age_days: u64) -> (StandingFacts, Ts) {
    let now = Ts::parse("2026-06-01T12:00:00Z").expect("an instant");
    let facts = StandingFacts {
        verified,
        supervised_live_hours: live,
        settled_confirmed_cases: 0,
        has_price: false,
        has_contact: false,
        has_clinic: false,
        updated_at: now.minus(Duration::from_hours(24 * age_days)),
    };
    (facts, now)
}

fn points(verified: bool, live: u32, age_days: u64) -> i32 {
    let (facts, now) = facts(verified, live, age_days);
    standing(&facts, now)
}

#[test]
fn training_lifts_and_age_lowers() {
    assert!(points(true, 1, 0) > points(false, 0, 0));
    assert!(points(true, 40, 0) > points(true, 1, 0));
    assert!(points(true, 1, 0) > points(true, 1, 365));
    assert!(points(true, 1, 365) > points(true, 1, 730));
    assert!(points(true, 1, 730) > points(false, 0, 0), "a stale training is still a training");
}

#[test]
fn settled_work_that_clients_confirmed_lifts_as_training_does() {
    let with = |verified, live, cases| {
        let (mut facts, now) = facts(verified, live, 0);
        facts.settled_confirmed_cases = cases;
        standing(&facts, now)
    };
    assert!(with(true, 8, 1) > with(true, 8, 0));
    assert!(with(false, 0, 1) > with(false, 0, 0), "a client's word counts by itself");
    assert_eq!(with(true, 100, 0), with(true, 0, 25), "somebody new can have it all by training");
    assert_eq!(with(true, 100, 0), with(true, 100, u32::MAX), "and nobody more");
    assert_eq!(with(false, 100, 0), with(false, 0, 0), "hours that are not verified are only hours");
    assert!(with(true, 0, 0) > with(false, 0, 9), "verified training weighs more than a few cases");
}

#[test]
fn the_published_rules_are_the_ones_that_count() {
    let rules = stipple::directory::ranking();
    let most: i32 = rules.standing.iter().map(|rule| rule.points.max(0)).sum();
    let (mut facts, now) = facts(true, u32::MAX, 0);
    (facts.has_price, facts.has_contact, facts.has_clinic) = (true, true, true);
    assert_eq!(standing(&facts, now), most);
    assert_eq!(most, 100, "the best there is");
}

proptest! {
    #[test]
    fn more_certificates_never_take_a_verification_away(
        held in prop::collection::vec(any_certificate(), 0..6),
        more in any_certificate(),
    ) {
        let before = verified(&held);
        let mut all = held;
        all.push(more);
        let after = verified(&all);
        prop_assert!(!before.value || after.value);
        prop_assert_eq!(after.value, after.missing.is_empty());
        prop_assert_eq!(after.value, !after.because.is_empty());
    }

    #[test]
    fn standing_stays_between_0_and_100(verified: bool, live: u32, days in 0..2000_u64, price: bool) {
        let (mut facts, now) = facts(verified, live, days);
        facts.has_price = price;
        prop_assert!((0..=100).contains(&standing(&facts, now)));
    }
}
