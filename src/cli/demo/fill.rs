//! Makes the plan real: academies register, prove their keys and are recognised; people are listed; the
//! academies sign and submit. All of it through the API.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use time::{Date, Time};

use super::plan::{Award, Part, Person};
use super::world::{AcademyPlan, CoursePlan, World};
use crate::accounts::Secret;
use crate::api::LocalCaller;
use crate::app::App;
use crate::certificates::document::{self, CourseLink, CourseVersion};
use crate::cli::Failure;
use crate::platform::clock::Ts;
use crate::platform::id::{Number, NumberKind};
use crate::signing::did;
use crate::signing::keys::SigningKey;
use crate::signing::possession;
use crate::signing::proof::{self, Options, Purpose, Suite};

/// An academy of the demo, with its key: the directory never sees it.
pub(super) struct Academy {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) did: String,
    pub(super) key: SigningKey,
    /// Course plan, with `+records` for the version described from records, to what was registered.
    courses: BTreeMap<String, Registered>,
}

struct Registered {
    link: CourseLink,
    title: String,
    description: String,
}

/// Registers the academies of the world with their keys and courses.
pub(super) async fn academies(
    app: &App,
    api: &LocalCaller,
    operator: &Secret,
    world: &World,
) -> Result<Vec<Academy>, Failure> {
    let mut made = Vec::new();
    for plan in &world.academies {
        made.push(academy(app, api, operator, world, plan).await?);
    }
    Ok(made)
}

async fn academy(
    app: &App,
    api: &LocalCaller,
    operator: &Secret,
    world: &World,
    plan: &AcademyPlan,
) -> Result<Academy, Failure> {
    let AcademyPlan { slug, name, .. } = plan;
    let body = json!({
        "slug": slug, "name": name, "country": plan.country, "website": plan.website, "own_words": plan.description,
    });
    api.post(operator, "/v1/academies", &body).await?;
    let did = crate::academies::did(&app.config.issuer_host, slug);
    let key = SigningKey::from_seed(&zeroize::Zeroizing::new(app.ids.bytes()));
    let challenge = api.post(operator, &format!("/v1/academies/{slug}/keys/challenges"), &json!({})).await?;
    let proof = possession::prove(&did, &key, text(&challenge, "challenge")?)?;
    let body = json!({
        "public_key_multibase": key.public().to_multibase(),
        "challenge": challenge["challenge"],
        "proof": proof,
    });
    api.post(operator, &format!("/v1/academies/{slug}/keys"), &body).await?;
    if let (Some(from), Some(by)) = (&plan.recognised_from, &plan.vouched_by) {
        let body = json!({
            "from": from, "vouched_by": by,
            "evidence": {"text": "Invented for the demo: nobody visited an academy that does not exist."},
        });
        api.post(operator, &format!("/v1/academies/{slug}/recognitions"), &body).await?;
    }
    let mut courses = BTreeMap::new();
    for word in &plan.courses {
        let course = world.courses.get(word).ok_or_else(|| format!("the world has no course {word}"))?;
        let (number, registered) = register(api, operator, slug, None, course, None).await?;
        courses.insert(word.clone(), registered);
        if word == "practitioner" {
            let (_, paper) =
                register(api, operator, slug, Some(&number), course, Some(app.clock.today().year())).await?;
            courses.insert(format!("{word}+records"), paper);
        }
    }
    Ok(Academy { slug: slug.clone(), name: name.clone(), did, key, courses })
}

/// Registers a course, or another version of one; answers its number and the version.
async fn register(
    api: &LocalCaller,
    operator: &Secret,
    slug: &str,
    course: Option<&str>,
    plan: &CoursePlan,
    records: Option<i32>,
) -> Result<(String, Registered), Failure> {
    let mut content = json!({
        "title": plan.title, "description": plan.description, "language": "en", "credential_kind": plan.kind,
        "level": plan.level, "hours": plan.hours, "live_models": plan.live_models, "topics": plan.topics,
        "assessments": plan.assessment,
    });
    if let Some(body) = &plan.awarding_body {
        content["awarding_body"] =
            json!({"name": body, "number": plan.awarding_number, "level": plan.awarding_level});
    }
    if let Some(year) = records {
        content["described_from_records"] = year.into();
    }
    let path = match course {
        None => format!("/v1/academies/{slug}/courses"),
        Some(number) => format!("/v1/academies/{slug}/courses/{number}/versions"),
    };
    let answer = api.post(operator, &path, &content).await?;
    let version = answer.get("current").unwrap_or(&answer);
    let link = CourseLink::parse(text(version, "url")?).ok_or("a course version without an address")?;
    let number = link.course_number().to_owned();
    Ok((number, Registered { link, title: plan.title.clone(), description: plan.description.clone() }))
}

/// Lists a person; answers the listing's number.
pub(super) async fn listing(api: &LocalCaller, token: &Secret, person: &Person) -> Result<Number, Failure> {
    let answer = api.post(token, "/v1/practitioners", &listing_body(person)).await?;
    Ok(Number::parse(text(&answer, "number")?, NumberKind::Listing)?)
}

fn listing_body(person: &Person) -> Value {
    let name = format!("{} {}", person.given, person.family);
    let handle = handle_of(person);
    let services: Vec<Value> = person
        .prices
        .iter()
        .map(|price| {
            let mut body = json!({
                "amount_from": price.from, "currency": price.currency, "unit": price.unit,
                "sessions_included": price.sessions, "touch_up_included": price.touch_up,
            });
            if let Some(to) = price.to {
                body["amount_to"] = to.into();
            }
            json!({"service": price.service, "price": body})
        })
        .collect();
    let mut address = json!({"lines": [person.street], "city": person.city, "country": person.country});
    if let Some(postcode) = &person.postcode {
        address["postcode"] = json!(postcode);
    }
    let mut body = json!({
        "name": name, "given_name": person.given, "family_name": person.family, "country": person.country,
        "own_words": {"bio": person.bio},
        "contact": {
            "website": format!("https://{handle}.example"),
            "email": format!("hello@{handle}.example"),
        },
        "social_profiles": [{"network": "instagram", "handle": handle.replace('-', "_")}],
        "practising_since": person.practising_since.to_string(),
        "services": services, "conditions": person.conditions, "techniques": person.techniques,
        "welcomes": person.welcomes, "languages": person.languages,
        "accepts_new_clients": person.accepts_new_clients,
        "clinics": [{
            "name": format!("{} Scalp Studio", person.family),
            "address": address,
            "opening_hours": opening_hours(&person.family),
        }],
    });
    if let Some(former) = &person.former_family {
        body["former_names"] = json!([format!("{} {former}", person.given)]);
    }
    if let Some((academy, course, year)) = &person.stated {
        body["stated_training"] = json!([{"academy": academy, "course": course, "year": year}]);
    }
    body
}

/// When a studio of that name is open; some do not say.
fn opening_hours(family: &str) -> Value {
    const WEEK: [&str; 6] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let (days, stretches): (&[&str], &[(&str, &str)]) = match family.len() % 4 {
        0 => (&[], &[]),
        1 => (&WEEK[..5], &[("09:00", "17:00")]),
        2 => (&WEEK[1..], &[("10:00", "18:30")]),
        _ => (&WEEK[2..], &[("09:00", "12:00"), ("13:00", "19:00")]),
    };
    let on = |day| {
        stretches.iter().map(move |(opens, closes)| json!({"day": day, "opens": opens, "closes": closes}))
    };
    days.iter().flat_map(on).collect()
}

/// A host name and handle nobody else in the demo has.
fn handle_of(person: &Person) -> String {
    let plain: String = format!("{}-{}", person.given, person.family)
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            'a'..='z' | '-' => Some(c),
            'ä' | 'á' | 'à' => Some('a'),
            'ö' | 'ó' => Some('o'),
            'ü' | 'ú' => Some('u'),
            'é' | 'è' | 'ë' => Some('e'),
            'í' | 'ï' | 'ı' => Some('i'),
            'ñ' => Some('n'),
            _ => None,
        })
        .collect();
    // Networks take thirty characters at most.
    let short: String = plain.trim_matches('-').chars().take(18).collect();
    format!("{}-smp-{}", short.trim_end_matches('-'), person.index)
}

/// Builds the document, signs it with the academy's own key and submits it; answers its number and the
/// exact bytes.
pub(super) async fn certificate(
    app: &App,
    api: &LocalCaller,
    token: &Secret,
    academy: &Academy,
    award: &Award,
    listing: Number,
) -> Result<(String, Vec<u8>), Failure> {
    let word = if award.from_records { format!("{}+records", award.course) } else { award.course.clone() };
    let course =
        academy.courses.get(&word).ok_or_else(|| format!("{} has no course {word}", academy.slug))?;
    let now = app.clock.now();
    let signed_on = if award.from_records { now } else { noon(award.awarded).min(now) };
    let credential = document::Award {
        id: app.ids.random_uuid(),
        issuer: academy.did.clone(),
        issuer_name: academy.name.clone(),
        course: CourseVersion {
            link: course.link.clone(),
            name: course.title.clone(),
            description: course.description.clone(),
            criteria: "Completed every part of the course and passed its assessment.".to_owned(),
        },
        holder: award.holder.clone(),
        listing: Some(listing),
        trainer: None,
        old_number: None,
        awarded: noon(award.awarded).min(now),
        valid_from: signed_on,
        valid_until: award.valid_until.map(noon),
        status: None,
    };
    let mut signed = credential.to_credential();
    let method = did::method_id(&academy.did, &academy.key.public());
    let created = signed_on.to_string();
    let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
    proof::sign(&mut signed, &academy.key, &Suite::BOTH, options)?;
    let bytes = serde_json::to_vec_pretty(&Value::Object(signed))?;
    let answer = api.post_bytes(token, "/v1/certificates", bytes.clone()).await?;
    Ok((text(&answer, "number")?.to_owned(), bytes))
}

fn noon(day: Date) -> Ts {
    Ts::from_datetime(day.with_time(Time::from_hms(12, 0, 0).unwrap_or(Time::MIDNIGHT)).assume_utc())
}

pub(super) fn text<'a>(value: &'a Value, member: &str) -> Result<&'a str, Failure> {
    value[member].as_str().ok_or_else(|| format!("the API answered without `{member}`: {value}").into())
}

/// Writes a file of the demo, for its owner alone where it is secret.
pub(super) fn write(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mode = if secret { 0o600 } else { 0o644 };
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    Ok(())
}

/// Whether `part` is one that `demo.json` names.
pub(super) fn is_named(part: Part) -> bool {
    part != Part::PasserBy
}
