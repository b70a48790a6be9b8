//! Cases of the demo: invented heads before and after, on every skin tone; consent given, withdrawn and only
//! stated; and one picture that somebody else took over.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use image::imageops;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use super::fill::text;
use super::past::{Listed, Past};
use super::plan::{Part, pick};
use super::scalp::{self, Scene};
use crate::cli::Failure;

/// Cases at most, however many listings there are.
const MOST_CASES: usize = 40;
/// Cases that are made at once.
const AT_ONCE: usize = 4;

/// What clients came with, and how much of it: conditions, loss, group.
const STORIES: [(&[&str], &str, &str); 10] = [
    (&["male-pattern"], r#"{"norwood": "5"}"#, "men"),
    (&["male-pattern", "scar-fut"], r#"{"norwood": "5"}"#, "men"),
    (&["male-pattern", "receding-hairline"], r#"{"norwood": "3"}"#, "men"),
    (&["female-pattern"], r#"{"ludwig": "2"}"#, "women"),
    (&["alopecia-areata"], r#"{"areas": ["patches"], "extent": "under-25"}"#, "women"),
    (&["alopecia-totalis"], r#"{"areas": ["whole"], "extent": "over-75"}"#, "women"),
    (&["scar-fue"], r#"{"areas": ["whole"], "extent": "25-50"}"#, "men"),
    (&["traction-alopecia"], r#"{"areas": ["hairline", "temples"], "extent": "under-25"}"#, "women"),
    (&["crown-thinning"], r#"{"areas": ["crown"], "extent": "under-25"}"#, "men"),
    (&["scar-trauma"], r#"{"areas": ["patches"], "extent": "under-25"}"#, "non-binary"),
];
const CORRECTIONS: (&[&str], &str, &str) = (&["failed-smp", "male-pattern"], r#"{"norwood": "6"}"#, "men");

/// A case to be made.
struct Plan {
    at: usize,
    listing: usize,
    story: (&'static [&'static str], &'static str, &'static str),
    tone: usize,
    /// Days since its last session.
    since: i64,
    confirmed: bool,
    seed: u64,
}

/// Makes the cases; answers what of them `demo.json` points at, and a picture to ask about.
pub(super) async fn show(
    past: &Past<'_>,
    listed: &[Listed],
    seed: u64,
) -> Result<(Map<String, Value>, Option<Vec<u8>>), Failure> {
    let plans = plans(listed, seed);
    let made: BTreeMap<usize, String> = stream::iter(&plans)
        .map(|plan| async move { Ok::<_, Failure>((plan.at, make(past, listed, plan).await?)) })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut found = Map::new();
    let of = |plan: &Plan| made.get(&plan.at).cloned().unwrap_or_default();
    if let Some(plan) = plans.iter().find(|plan| plan.since > 380) {
        found.insert("all_stages".to_owned(), of(plan).into());
    }
    if let Some(plan) = plans.iter().find(|plan| listed[plan.listing].part == Part::Corrections) {
        found.insert("correction".to_owned(), of(plan).into());
    }
    draft_of_the_novice(past, listed, seed).await?;
    let Some(victim) = plans.iter().rev().find(|plan| plan.confirmed) else { return Ok((found, None)) };
    if let Some(id) = withdrawn(past, listed, &plans, &made).await? {
        found.insert("withdrawn".to_owned(), id.into());
    }
    let settled = drawn(victim, "settled", "front")?;
    let thief =
        (0..listed.len()).rev().find(|at| *at != victim.listing && listed[*at].part == Part::PasserBy);
    if let Some(thief) = thief {
        let (id, hold) = steal(past, listed, thief, victim, &settled).await?;
        found.insert("stolen_from".to_owned(), of(victim).into());
        found.insert("stolen".to_owned(), id.into());
        found.insert("hold".to_owned(), hold.into());
    }
    past.post().await?;
    Ok((found, Some(scalp::jpeg(&imageops::flip_horizontal(&settled))?)))
}

fn plans(listed: &[Listed], seed: u64) -> Vec<Plan> {
    let mut rng = StdRng::seed_from_u64(seed ^ 0xca5e5);
    let mut plans: Vec<Plan> = Vec::new();
    for (listing, one) in listed.iter().enumerate() {
        let count = match one.part {
            Part::Corrections => 8,
            Part::PaperDays => 6,
            Part::PasserBy if rng.random_ratio(1, 3) => rng.random_range(1..5),
            Part::PasserBy | Part::Novice | Part::NoCertificate | Part::OnlineOnly => 0,
            _ => 1,
        };
        for of_listing in 0..count {
            if plans.len() >= MOST_CASES {
                return plans;
            }
            let at = plans.len();
            let story = match one.part {
                Part::Corrections if of_listing < 5 => CORRECTIONS,
                _ => STORIES[at % STORIES.len()],
            };
            plans.push(Plan {
                at,
                listing,
                story,
                tone: at * 3 % 10 + 1,
                since: if at.is_multiple_of(6) {
                    rng.random_range(385..600)
                } else {
                    rng.random_range(75..360)
                },
                confirmed: one.part == Part::Corrections || !at.is_multiple_of(3),
                seed: seed.wrapping_mul(1_000_003).wrapping_add(at as u64),
            });
        }
    }
    plans
}

fn body(past: &Past<'_>, plan: &Plan) -> Result<Value, Failure> {
    let (conditions, loss, group) = plan.story;
    let hair = ["black", "dark-brown", "brown", "grey", "none"];
    Ok(json!({
        "conditions": conditions,
        "loss": serde_json::from_str::<Value>(loss)?,
        "client": {
            "group": group, "skin_tone": format!("mst-{}", plan.tone), "hair_length": "shaved",
            "hair_colour": hair[plan.at % hair.len()],
        },
        "techniques": ["stippling", "layering"],
        "sessions": [past.day(plan.since + 14), past.day(plan.since)],
        "consent": {"scopes": ["directory", "api"], "given_on": past.day(plan.since + 14)},
    }))
}

/// A picture of a case: the same for the same stage and view.
fn drawn(plan: &Plan, stage: &str, view: &str) -> Result<image::RgbImage, Failure> {
    let salt =
        stage.bytes().chain(view.bytes()).fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
    let mut rng = StdRng::seed_from_u64(plan.seed ^ salt);
    let scar = plan.story.0.iter().any(|condition| condition.starts_with("scar"));
    scalp::picture(&mut rng, Scene { tone: plan.tone, stage, view, scar })
}

async fn make(past: &Past<'_>, listed: &[Listed], plan: &Plan) -> Result<String, Failure> {
    let path = format!("/v1/practitioners/{}/cases", listed[plan.listing].number);
    let case = past.api.post(past.operator, &path, &body(past, plan)?).await?;
    let id = text(&case, "id")?.to_owned();
    let mut photos = vec![
        ("before", "front", plan.since + 16),
        ("settled", "front", plan.since - 62),
        ("settled", "hairline-close", plan.since - 62),
    ];
    if plan.at.is_multiple_of(4) {
        photos.push(("fresh", "front", plan.since - 1));
    }
    if plan.since > 380 {
        photos.push(("fresh", "hairline-close", plan.since - 2));
        photos.push(("healed", "front", plan.since - 35));
        photos.push(("year1", "front", plan.since - 370));
    }
    for (stage, view, ago) in photos {
        photo(past, &id, (stage, view), ago, scalp::jpeg(&drawn(plan, stage, view)?)?).await?;
    }
    if plan.confirmed {
        confirm(past, &id, plan.at).await?;
    }
    let change = json!({"published": true});
    past.api.patch(past.operator, &format!("/v1/cases/{id}"), &change).await?;
    Ok(id)
}

async fn photo(
    past: &Past<'_>,
    case: &str,
    (stage, view): (&str, &str),
    ago: i64,
    jpeg: Vec<u8>,
) -> Result<Value, Failure> {
    let day = past.day(ago);
    let path = format!(
        "/v1/cases/{case}/photos?stage={stage}&view={view}&taken_on={day}&light=clinic-even&identity=hidden"
    );
    past.api.post_picture(past.operator, &path, jpeg).await
}

/// The client gets a letter and agrees; answers the address of the consent.
async fn confirm(past: &Past<'_>, case: &str, at: usize) -> Result<String, Failure> {
    let email = format!("case-{at}@mail.example");
    let letters = format!("/v1/cases/{case}/consent-letters");
    past.api.post(past.operator, &letters, &json!({"email": email})).await?;
    let link = format!("/v1/consents/{}", past.link_for(&email, "stc_").await?);
    past.api.post_as_anyone(&link, &json!({"scopes": ["directory", "api"], "adult": true})).await?;
    Ok(link)
}

/// Somebody new: treated two weeks ago, so there is nothing healed to show, and a draft of it.
async fn draft_of_the_novice(past: &Past<'_>, listed: &[Listed], seed: u64) -> Result<(), Failure> {
    let Some(listing) = listed.iter().position(|one| one.part == Part::Novice) else { return Ok(()) };
    let plan = Plan {
        at: 9_000,
        listing,
        story: STORIES[2],
        tone: 6,
        since: 12,
        confirmed: false,
        seed: seed ^ 0xd1,
    };
    let path = format!("/v1/practitioners/{}/cases", listed[listing].number);
    let case = past.api.post(past.operator, &path, &body(past, &plan)?).await?;
    let id = text(&case, "id")?;
    for (stage, ago) in [("before", plan.since + 15), ("fresh", plan.since - 1)] {
        photo(past, id, (stage, "front"), ago, scalp::jpeg(&drawn(&plan, stage, "front")?)?).await?;
    }
    Ok(())
}

/// The client of one case takes everything back.
async fn withdrawn(
    past: &Past<'_>,
    listed: &[Listed],
    plans: &[Plan],
    made: &BTreeMap<usize, String>,
) -> Result<Option<String>, Failure> {
    let plan = plans.iter().find(|plan| !plan.confirmed && listed[plan.listing].part == Part::PasserBy);
    let Some((plan, id)) = plan.and_then(|plan| Some((plan, made.get(&plan.at)?))) else { return Ok(None) };
    let link = confirm(past, id, plan.at).await?;
    past.api.post_as_anyone(&format!("{link}/withdrawal"), &json!({})).await?;
    Ok(Some(id.clone()))
}

/// Somebody passes another's settled work off as theirs: mirrored, and cropped a little. It waits for an operator.
async fn steal(
    past: &Past<'_>,
    listed: &[Listed],
    thief: usize,
    victim: &Plan,
    settled: &image::RgbImage,
) -> Result<(String, String), Failure> {
    let mut rng = StdRng::seed_from_u64(victim.seed ^ 0x57ea1);
    let story = *pick(&mut rng, &STORIES);
    let plan = Plan {
        at: 9_001,
        listing: thief,
        story,
        since: 90,
        confirmed: false,
        seed: victim.seed.rotate_left(17),
        ..*victim
    };
    let path = format!("/v1/practitioners/{}/cases", listed[thief].number);
    let case = past.api.post(past.operator, &path, &body(past, &plan)?).await?;
    let id = text(&case, "id")?.to_owned();
    let before = scalp::jpeg(&drawn(&plan, "before", "front")?)?;
    photo(past, &id, ("before", "front"), plan.since + 15, before).await?;
    let mirrored = imageops::flip_horizontal(settled);
    let (width, height) = mirrored.dimensions();
    let cropped = imageops::crop_imm(&mirrored, 12, 12, width - 24, height - 24).to_image();
    photo(past, &id, ("settled", "front"), plan.since - 65, scalp::jpeg(&cropped)?).await?;
    let holds = past.api.get(past.operator, "/v1/photo-holds").await?;
    let hold = text(&holds["items"][0], "id")?.to_owned();
    Ok((id, hold))
}
