//! A certificate from its bytes to the verdict, beside the one signature check it contains.

use std::hint::black_box;
use std::time::{Duration, Instant};

use ed25519_dalek::Signer;
use serde_json::json;
use stipple::certificates::document::{Award, CourseLink, CourseVersion, Trainer, trainer_urn};
use stipple::certificates::verdict::{
    self, Answer, Issuer, IssuerRecord, KeyRecord, Knowledge, Question, Recognition, Span, Status, Stored,
};
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::id::{Ids, NumberKind};
use stipple::signing::did::{self, DidDocument, KeyState, ListedKey};
use stipple::signing::digest::Digest;
use stipple::signing::jcs;
use stipple::signing::keys::SigningKey;
use stipple::signing::proof::{self, Expect, Options as ProofOptions, Purpose, Suite};
use stipple::signing::status::{Bitstring, Entry};
use zeroize::Zeroizing;

use crate::demo::Demos;
use crate::peers::Peers;
use crate::table::{Row, median};
use crate::{Measured, Options};

const DID: &str = "did:web:stipple.example:academies:north";
const LEAST: f64 = 0.75;
const LEAST_KEPT: f64 = 0.9;
const A_ROUND: u32 = 100;

/// Rounds of each in turns with the bare signature check, on this thread; a ratio is the middle one of the rounds'.
pub(crate) fn run(options: &Options, _: &mut Demos) -> Measured {
    let rounds = if options.quick { 21 } else { 101 };
    let now = Ts::parse("2026-11-21T10:00:00Z")?;
    let key = SigningKey::from_seed(&Zeroizing::new([1; 32]));
    let issuer = IssuerRecord {
        did: DID.to_owned(),
        name: Some("North School".to_owned()),
        keys: vec![KeyRecord::standing(DID, key.public(), Some(Ts::parse("2024-01-01T00:00:00Z")?))],
        recognition: Recognition::Registry {
            name: "A registry".to_owned(),
            spans: vec![Span { from: Ts::parse("2024-01-01T00:00:00Z")?, until: None }],
        },
    };
    let raw_key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    // What a proof signs: two SHA-256 digests.
    let message = [7; 64];
    let signature = raw_key.sign(&message);
    let public = raw_key.verifying_key();
    let raw = || public.verify_strict(black_box(&message), black_box(&signature)).is_ok();
    let kinds: [(&str, &[Suite], Option<f64>); 3] = [
        ("certificate of eddsa-jcs-2022, bytes to verdict", &[Suite::EddsaJcs2022], Some(LEAST)),
        ("certificate of eddsa-rdfc-2022, bytes to verdict", &[Suite::EddsaRdfc2022], None),
        ("certificate with both proofs, bytes to verdict", &Suite::BOTH, None),
    ];
    let mut rows = Vec::new();
    for (what, suites, least) in kinds {
        let bytes = certificate(&key, suites, None)?;
        let held = Digest::of_json(&serde_json::from_slice(&bytes)?)?;
        let ours = || {
            verdict::of_bytes(black_box(&bytes), Question::now(now), |_| Knowledge {
                issuer: Issuer::Known(&issuer),
                stored: Stored::Held(held),
                ..Knowledge::default()
            })
        };
        let said = ours();
        if said.verdict != Answer::Valid {
            return Err(
                format!("the certificate is {:?}, which is not what is measured", said.verdict).into()
            );
        }
        let (mut verdicts, mut signatures, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let raw_rate = rate(raw);
            let our_rate = rate(ours);
            verdicts.push(our_rate);
            signatures.push(raw_rate);
            ratios.push(our_rate / raw_rate);
        }
        let figures = (median(verdicts), median(signatures));
        let row = Row::at_least(what, figures, "/s", median(ratios), least.unwrap_or_default());
        rows.push(row.note(&format!("beside verify_strict alone; {} bytes, one core", bytes.len())));
        if suites == [Suite::EddsaJcs2022] {
            rows.push(from_kept(rounds, &bytes, held, &key, raw)?);
            rows.push(status_check(rounds, &bytes, &key, &issuer, now)?);
        }
        if suites == [Suite::EddsaRdfc2022] {
            rows.push(beside_npm(options, &bytes, &key, ours)?);
        }
    }
    Ok(rows)
}

/// The same certificate from the bytes it is kept as, whose form was judged when it was taken in.
fn from_kept(
    rounds: usize,
    bytes: &[u8],
    held: Digest,
    key: &SigningKey,
    raw: impl Fn() -> bool,
) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let (public, method) = (key.public(), did::method_id(DID, &key.public()));
    let kept = jcs::to_vec(&serde_json::from_slice(bytes)?)?;
    let ours = || {
        let known = |named: &str| (named == method).then_some(&public);
        proof::verify_kept(black_box(&kept), held, Expect::CERTIFICATE, known)
    };
    ours()?;
    let (mut mine, mut signatures, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let raw_rate = rate(&raw);
        let our_rate = rate(ours);
        mine.push(our_rate);
        signatures.push(raw_rate);
        ratios.push(our_rate / raw_rate);
    }
    let what = "certificate of eddsa-jcs-2022, from stored canonical bytes";
    Ok(Row::at_least(what, (median(mine), median(signatures)), "/s", median(ratios), LEAST_KEPT)
        .note("digest and signature, beside verify_strict alone; one core"))
}

/// What it costs more that a certificate names a bit of a list kept here, which is unpacked in memory: that the entry is
/// read, judged to be of this list, its bit looked up, and the evidence of it written.
fn status_check(
    rounds: usize,
    without: &[u8],
    key: &SigningKey,
    issuer: &IssuerRecord,
    now: Ts,
) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let entry = Entry { list: "https://stipple.example/academies/north/status/1".to_owned(), index: 4711 };
    let with = certificate(key, &[Suite::EddsaJcs2022], Some(entry))?;
    let bits = Bitstring::zero();
    let verdict = |bytes: &[u8]| {
        verdict::of_bytes(black_box(bytes), Question::now(now), |document| {
            let kept = |entry: &Entry| entry.list == "https://stipple.example/academies/north/status/1";
            let is_set =
                document.status_entry().filter(kept).and_then(|entry| black_box(&bits).is_set(entry.index));
            Knowledge {
                issuer: Issuer::Known(issuer),
                stored: document.digest().map_or(Stored::NotHeld, Stored::Held),
                status: is_set.map_or(Status::NotRead, |is_set| Status::Read { is_set, published: now }),
                ..Knowledge::default()
            }
        })
    };
    for bytes in [without, &with] {
        let said = verdict(bytes);
        if said.verdict != Answer::Valid {
            return Err(
                format!("the certificate is {:?}, which is not what is measured", said.verdict).into()
            );
        }
    }
    let mut more = Vec::new();
    for _ in 0..rounds {
        let (plain, listed) = (rate(|| verdict(without)), rate(|| verdict(&with)));
        more.push(1.0 / listed - 1.0 / plain);
    }
    let more = Duration::from_secs_f64(median(more).max(0.0));
    let row = Row::within("a status entry in a verdict costs more", more, Duration::from_micros(2));
    Ok(row.note("the list is one of this directory, unpacked in memory; one core"))
}

/// The same certificate, in turns with what clients of the npm stack use.
fn beside_npm<T>(
    options: &Options,
    bytes: &[u8],
    key: &SigningKey,
    ours: impl Fn() -> T,
) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let what = "certificate of eddsa-rdfc-2022, beside npm's @digitalbazaar/vc";
    let mut peers = match Peers::start() {
        Ok(peers) => peers,
        Err(why) => return Ok(Row::not_measured(what, &why)),
    };
    let listed = ListedKey { key: key.public(), state: KeyState::Standing };
    let question = json!({
        "ask": "rate", "credential": serde_json::from_slice::<serde_json::Value>(bytes)?, "suites": ["eddsa-rdfc-2022"],
        "documents": {DID: DidDocument::build(DID, &[listed])}, "seconds": 1,
    });
    let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    // The first of theirs warms their compiler up, and does not count.
    for round in 0..if options.quick { 4 } else { 8 } {
        let their_rate = peers.ask(&question)?["rate"].as_f64().ok_or("npm's stack gave no rate")?;
        let our_rate = rate(&ours);
        if round > 0 {
            mine.push(our_rate);
            theirs.push(their_rate);
            ratios.push(our_rate / their_rate);
        }
    }
    Ok(Row::at_least(what, (median(mine), median(theirs)), "/s", median(ratios), 10.0)
        .note("contexts at hand on both sides, one core"))
}

fn rate<T>(work: impl Fn() -> T) -> f64 {
    let started = Instant::now();
    for _ in 0..A_ROUND {
        black_box(work());
    }
    f64::from(A_ROUND) / started.elapsed().as_secs_f64()
}

/// A certificate with everything a certificate of this directory says.
fn certificate(
    key: &SigningKey,
    suites: &[Suite],
    status: Option<Entry>,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let ids = Ids::seeded(Clock::fixed(Ts::parse("2026-11-21T10:00:00Z")?), 1);
    let course = "https://stipple.example/v1/academies/north/courses/CRS-2345-6789-A";
    let award = Award {
        id: ids.random_uuid(),
        issuer: DID.to_owned(),
        issuer_name: "North School".to_owned(),
        course: CourseVersion {
            link: CourseLink::new(course, Digest::of_json(&json!({"title": "Foundation"}))?)
                .ok_or("not a course")?,
            name: "Foundation in Scalp Micropigmentation".to_owned(),
            description: "Five days on skin, needles and hairlines, with live models.".to_owned(),
            criteria: "Hours: 24 h supervised live. Live models: 4. Assessed by exam.".to_owned(),
        },
        holder: "Zoë Ångström-Lee".to_owned(),
        listing: Some(ids.number(NumberKind::Listing)),
        trainer: Some(Trainer {
            id: trainer_urn(ids.number(NumberKind::Trainer)),
            name: "Sam Trainer".to_owned(),
        }),
        old_number: None,
        awarded: Ts::parse("2026-02-27T00:00:00Z")?,
        valid_from: Ts::parse("2026-03-01T09:30:00Z")?,
        valid_until: Some(Ts::parse("2029-03-01T23:59:59Z")?),
        status,
    };
    let mut document = award.to_credential();
    let method = did::method_id(DID, &key.public());
    let options =
        ProofOptions { method: &method, purpose: Purpose::AssertionMethod, created: "2026-03-01T09:30:00Z" };
    proof::sign(&mut document, key, suites, options).map_err(|error| format!("{error:?}"))?;
    Ok(serde_json::to_vec(&document)?)
}
