//! Reports over HTTP: one, and several side by side.

use std::collections::BTreeSet;
use std::time::Duration;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use serde::{Deserialize, Serialize};
use time::Date;
use time::format_description::well_known::Iso8601;

use super::model::{self, CheckToday, Held, Today, UsualPrice, VettingReport};
use crate::app::{App, Tag};
use crate::certificates::{self, Composed, Facts, first_hands_on};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE};
use crate::platform::http::{Answer, Page, Total};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::platform::rendered::Rendered;
use crate::practitioners::{self, Practitioner, practitioner_url};
use crate::vocabulary::{Country, Currency, Service};
use crate::{cases, reviews};

/// What every report says about itself.
const ABOUT: &str = "What was checked, what is only said, and what is missing. It is no score and no advice: \
                     ask what is missing, and leave when you are not at ease.";

/// What of a listing is shown as it is today, whatever moment is asked about.
const UNDATED: [&str; 4] =
    ["prices and usual prices", "their own words", "contacts and languages", "practising since"];

/// `/v1/practitioners/{number}/vetting` and `/v1/compare`.
pub struct VettingApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Vetting")]
impl VettingApi {
    /// Read the vetting report of a listing
    ///
    /// What a careful client checks before sitting down: training, experience, reputation and communication,
    /// each `verified`, `claimed`, `missing` or `not_checked_here`, with what it rests on; what to look twice
    /// at; and each gap as a question to ask. A new practitioner has a label with its rule, not a warning.
    ///
    /// With `as_of` it speaks of that moment by what is known today: a certificate received later does not count,
    /// a review removed since is not there, recognition counts as it was. `today` says what it comes to now, and
    /// what could not be dated.
    ///
    /// Problems: 301 `moved`, 400 `invalid-parameter`, 404 `not-found`, 410 `listing-removed`.
    #[oai(path = "/practitioners/:number/vetting", method = "get", operation_id = "read_vetting")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The listing's number, such as `SMP-7K3F-9Q2M-4`.
        number: Path<Number>,
        /// An earlier moment: an instant such as `2026-05-03T12:00:00Z`, or a day, which means its end.
        #[oai(validator(max_length = 40))]
        as_of: Query<Option<String>>,
    ) -> Result<Answer<VettingReport>, Error> {
        let now = app.clock.now();
        let at = as_of.as_deref().map(|text| moment(text, now)).transpose()?;
        let mut conn = app.db.snapshot().await?;
        let practitioner = find(&mut conn, number.0, "path:number").await?;
        let held = hold(&app, &mut conn, practitioner.clone(), at.unwrap_or(now)).await?;
        let mut report = report(&held);
        if at.is_some_and(|at| at < now) {
            report.today = Some(today(&hold(&app, &mut conn, practitioner, now).await?));
        }
        Ok(Answer::new(&report))
    }

    /// Compare practitioners
    ///
    /// The vetting reports of two to four listings side by side, in the order asked for.
    ///
    /// Problems: 301 `moved`, 404 `not-found`, 410 `listing-removed`.
    #[oai(path = "/compare", method = "get", operation_id = "compare_practitioners")]
    async fn compare(
        &self,
        app: Data<&App>,
        /// Two to four numbers of listings, joined by commas.
        #[oai(validator(max_length = 100))]
        numbers: Query<String>,
    ) -> Result<Answer<Page<VettingReport>>, Error> {
        let numbers = numbers_of(&numbers)?;
        let mut conn = app.db.snapshot().await?;
        let mut items = Vec::with_capacity(numbers.len());
        for number in numbers {
            let practitioner = find(&mut conn, number, "query:numbers").await?;
            items.push(report(&hold(&app, &mut conn, practitioner, app.clock.now()).await?));
        }
        let total = Total::exactly(items.len() as u64);
        Ok(Answer::new(&Page::new(items, total, None)))
    }
}

/// The numbers to compare.
fn numbers_of(text: &str) -> Result<Vec<Number>, Error> {
    let fault = |detail: String| Error::parameter(Fault::new("query:numbers", "format", detail));
    let mut numbers: Vec<Number> = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let number = Number::parse(word, NumberKind::Listing).map_err(|error| fault(format!("{error}.")))?;
        if numbers.contains(&number) {
            return Err(fault(format!("{number} is there twice.")));
        }
        numbers.push(number);
    }
    if !(2..=limits::COMPARED).contains(&numbers.len()) {
        return Err(fault(format!("Name two to {} listings, joined by commas.", limits::COMPARED)));
    }
    Ok(numbers)
}

async fn find(conn: &mut Conn, number: Number, pointer: &str) -> Result<Practitioner, Error> {
    if number.kind() != NumberKind::Listing {
        let detail =
            format!("{number} is the number of something else; the numbers of listings begin with SMP.");
        return Err(Error::parameter(Fault::new(pointer, "format", detail)));
    }
    if let Some(listing) = practitioners::load(conn, number).await? {
        return Ok(listing);
    }
    let standing = practitioners::standing(conn, number).await?;
    Err(practitioners::absence(number, standing.as_ref(), "/vetting"))
}

/// The moment that `as_of` names.
fn moment(text: &str, now: Ts) -> Result<Ts, Error> {
    let fault = |code, detail: &str| Error::parameter(Fault::new("query:as_of", code, detail));
    let day = || {
        let day = Date::parse(text, &Iso8601::DATE).ok()?;
        let over = Ts::at_midnight(day.next_day()?).minus(Duration::from_micros(1));
        // A day that has begun and is not over reaches as far as it goes.
        Some(if Ts::at_midnight(day) <= now { over.min(now) } else { over })
    };
    let at = Ts::parse(text).ok().or_else(day).ok_or_else(|| {
        fault("format", "Give an instant such as `2026-05-03T12:00:00Z`, or a day such as `2026-05-03`.")
    })?;
    if at > now {
        return Err(fault(
            "in-the-future",
            "Nobody knows yet what will be so then. Give a moment that is over.",
        ));
    }
    Ok(at)
}

/// Everything that a report about a moment rests on.
async fn hold(app: &App, conn: &mut Conn, practitioner: Practitioner, at: Ts) -> Result<Held, Error> {
    let listed = std::slice::from_ref(&practitioner);
    let mut composed = certificates::of_listings(conn, listed, at).await?;
    let certificates: Vec<(Composed, Facts)> = composed
        .remove(&practitioner.id)
        .unwrap_or_default()
        .into_iter()
        // Nobody can tell that a certificate was there before the directory received it.
        .filter(|composed| composed.certificate.received_at <= at)
        .map(|composed| {
            let facts = composed.facts(at);
            (composed, facts)
        })
        .collect();
    let usual = usual_prices(app, conn, &practitioner, app.clock.now()).await?;
    let mut shown = cases::portfolios(conn, &[practitioner.id], at).await?;
    let reputation = reviews::reputation(conn, practitioner.id, at).await?;
    let mut earlier = Vec::new();
    for one in practitioners::ops::earlier(conn, practitioner.id).await? {
        let said = reviews::reputation(conn, one.id, at).await?;
        earlier.extend((one.found_at <= at).then_some((one, said)));
    }
    let first_treatment = reviews::first_treatment(conn, practitioner.id).await?;
    let supervisor = match first_hands_on(&certificates) {
        Some((first, _)) => certificates::trainer_of(conn, first.certificate.id).await?,
        None => None,
    };
    Ok(Held {
        portfolio: shown.remove(&practitioner.id).unwrap_or_default(),
        public_url: app.config.public_url.clone(),
        practitioner,
        certificates,
        usual,
        supervisor,
        reputation,
        earlier,
        first_treatment,
        at,
    })
}

fn report(held: &Held) -> VettingReport {
    let (checks, ask) = model::checks(held);
    VettingReport {
        number: held.practitioner.number,
        url: practitioner_url(&held.public_url, held.practitioner.number),
        name: held.practitioner.profile.name.clone(),
        about: ABOUT.to_owned(),
        checks,
        warnings: model::warnings(held),
        facts: model::facts(held),
        newly_trained: model::newly_trained(held),
        cases: (&held.portfolio).into(),
        reviews: model::reviews_note(held),
        usual_prices: model::usual_prices(held),
        ask,
        as_of: held.at,
        today: None,
        updated_at: held.practitioner.updated_at,
        licence: LICENCE.to_owned(),
        attribution: ATTRIBUTION.to_owned(),
    }
}

/// What a report says today, beside one about an earlier moment.
fn today(held: &Held) -> Today {
    let (checks, _) = model::checks(held);
    Today {
        at: held.at,
        checks: checks.iter().map(|one| CheckToday { check: one.check, outcome: one.outcome }).collect(),
        warnings: model::warnings(held).iter().map(|one| one.warning).collect(),
        newly_trained: model::newly_trained(held).value,
        undated: UNDATED.map(str::to_owned).to_vec(),
    }
}

/// The usual prices of what a listing offers as whole treatments, in the countries it works in.
async fn usual_prices(
    app: &App,
    conn: &mut Conn,
    practitioner: &Practitioner,
    at: Ts,
) -> Result<Vec<((Service, Country, Currency), UsualPrice)>, Error> {
    let countries: BTreeSet<Country> =
        practitioner.clinics_on(at.date()).map(|practice| practice.clinic.details.address.country).collect();
    let offered: BTreeSet<(Service, Currency)> = practitioner
        .profile
        .services
        .iter()
        .filter(|offered| !offered.service.has("not-treatment"))
        .filter_map(|offered| Some((offered.service, offered.price?)))
        .filter(|(_, price)| price.unit.has("comparable"))
        .map(|(service, price)| (service, price.currency))
        .collect();
    let mut found = Vec::new();
    for (service, currency) in offered {
        for country in &countries {
            let key = (service, *country, currency);
            found.extend(usual_price(app, conn, key, at).await?.map(|usual| (key, usual)));
        }
    }
    Ok(found)
}

/// A usual price as it is kept for a while: counting it reads every price of the country.
#[derive(Serialize, Deserialize)]
struct Kept {
    counted_at: Ts,
    usual: Option<UsualPrice>,
}

async fn usual_price(
    app: &App,
    conn: &mut Conn,
    (service, country, currency): (Service, Country, Currency),
    at: Ts,
) -> Result<Option<UsualPrice>, Error> {
    let name = format!("usual-prices/{service}/{country}/{currency}");
    let kept = app.rendered.get(&name).and_then(|kept| serde_json::from_slice::<Kept>(&kept.body).ok());
    if let Some(kept) = kept.filter(|kept| at.since(kept.counted_at) < limits::USUAL_PRICE_KEPT) {
        return Ok(kept.usual);
    }
    let read_at = app.rendered.generation();
    let prices = practitioners::clinic_prices(conn, service, country, currency).await?;
    let usual = UsualPrice::of(&prices);
    let body = serde_json::to_vec(&Kept { counted_at: at, usual }).map_err(Error::internal)?;
    app.rendered.put(&name, Rendered { body: body.into(), etag: "".into() }, read_at);
    Ok(usual)
}
