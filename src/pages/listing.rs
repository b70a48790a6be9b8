//! One listing: the four checks first, then what academies signed, the work, every review, the prices, and what the
//! practitioner says, apart from what was checked.

use maud::{Markup, html};
use serde::Deserialize;

use super::badge;
use super::card::{self, local};
use super::client::{Asked, query_of};
use super::clinics::{self, Practice};
use super::days::day;
use super::form::Reply;
use super::gallery::Case;
use super::labels::{label, labels, money};
use super::layout;
use super::linked::{self, Listed, Reviewed};
use super::picture;
use super::reputation::{Reading, Reviews};
use super::texts::{fill, t};
use super::training::{self, Certificate, Vouchers};
use crate::platform::problem::Error;

#[derive(Deserialize)]
struct Listing {
    number: String,
    name: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    former_names: Vec<String>,
    portrait: Option<Portrait>,
    verified: Verified,
    certificates: Vec<Certificate>,
    #[serde(default)]
    stated_training: Vec<Stated>,
    own_words: OwnWords,
    clinics: Vec<Practice>,
    services: Vec<Offered>,
    practising_since: Option<String>,
    #[serde(default)]
    conditions: Vec<String>,
    #[serde(default)]
    techniques: Vec<String>,
    #[serde(default)]
    welcomes: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    accepts_new_clients: Option<bool>,
    contact: Option<Contact>,
    #[serde(default)]
    social_profiles: Vec<Profile>,
    updated_at: String,
}

/// Training that nobody signed.
#[derive(Deserialize)]
struct Stated {
    academy: String,
    course: Option<String>,
    year: Option<u32>,
}

#[derive(Deserialize)]
struct Contact {
    email: Option<String>,
    phone: Option<String>,
    website: Option<String>,
    booking_url: Option<String>,
}

#[derive(Deserialize)]
struct Profile {
    network: String,
    handle: String,
    url: String,
}

#[derive(Deserialize)]
struct Portrait {
    large: String,
}

#[derive(Deserialize)]
struct Verified {
    value: bool,
}

#[derive(Deserialize)]
struct OwnWords {
    headline: Option<String>,
    bio: Option<String>,
}

#[derive(Deserialize)]
struct Offered {
    service: String,
    price: Option<Price>,
}

#[derive(Deserialize)]
struct Price {
    currency: String,
    unit: Option<String>,
    amount_from: i64,
    amount_to: Option<i64>,
    sessions_included: Option<u32>,
    touch_up_included: Option<bool>,
}

#[derive(Deserialize)]
struct Vetting {
    checks: Vec<Check>,
    warnings: Vec<Warning>,
    #[serde(default)]
    facts: Vec<Fact>,
    usual_prices: Vec<OthersAsk>,
    ask: Vec<Question>,
}

#[derive(Deserialize)]
struct Fact {
    detail: String,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Check {
    #[serde(rename = "check")]
    name: String,
    outcome: String,
    summary: String,
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    label: String,
    url: String,
}

#[derive(Deserialize)]
struct Warning {
    detail: String,
}

/// What others ask for the same.
#[derive(Deserialize)]
struct OthersAsk {
    service: String,
    country: String,
    currency: String,
    usual_from: i64,
    usual_to: i64,
    clinics: u32,
}

#[derive(Deserialize)]
struct Question {
    question: String,
}

#[derive(Deserialize)]
struct Cases {
    items: Vec<Case>,
}

/// What the address may say beside the number.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    reviews: Reading,
    /// From where on reviews are read.
    from: String,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, number: &str, form: &Form) -> Result<Reply, Error> {
    let base = format!("/v1/practitioners/{number}");
    let sort = form.reviews.sort();
    let address = query_of(&[("sort", sort), ("limit", "20"), ("cursor", &form.from)]);
    let address = format!("{base}/reviews?{address}");
    let (listing, listed): (Listing, Listed) = match asked.get_both(&base).await {
        Err(error) if error.code().status == 410 => {
            return gone(asked, number, form.reviews, &error, &address).await;
        }
        listing => listing?,
    };
    let (vetting_address, cases_address) = (format!("{base}/vetting"), format!("{base}/cases?limit=12"));
    let (vetting, (reviews, reviewed), cases, vouchers) = tokio::try_join!(
        asked.get::<Vetting>(&vetting_address),
        asked.get_both::<Reviews, Reviewed>(&address),
        asked.get::<Cases>(&cases_address),
        Vouchers::of(asked, &listing.certificates),
    )?;
    let content = html! {
        @if let Some(portrait) = &listing.portrait {
            img.portrait src=(local(&portrait.large)) alt="" width="128" height="128";
        }
        h1 { (listing.name) }
        (listing.summary())
        nav.on-page.screen aria-label=(t("listing.on_page")) {
            a href="#checks" { (t("listing.checks_short")) }
            a href="#certificates" { (t("listing.certificates")) }
            a href="#work" { (t("listing.work_short")) }
            a href="#reviews" { (t("listing.reviews")) }
            a href="#prices" { (t("listing.prices")) }
            a href="#clinics" { (t("listing.clinics")) }
            a href="#own" { (t("listing.own")) }
        }
        (vetting.render())
        (training::section(&listing.certificates, &vouchers))
        (work(&cases.items))
        (reviews.render(&listing.number, form.reviews, false))
        (prices(&listing.services, &vetting.usual_prices))
        (clinics::section(&listing.clinics))
        (own_words(&listing))
        p {
            a href={ "/practitioners/" (listing.number) "/questions" } { (t("listing.questions")) } " · "
            a href={ "/practitioners/" (listing.number) "/history" } { (t("listing.history")) } " · "
            span.kind { (fill("listing.updated", "day", day(&listing.updated_at))) }
        }
        (badge::how_to(&listing.number))
    };
    let linked = linked::listing(&listed, &reviewed, asked.today()?);
    let page = layout::Page::new(&listing.name).script("slider").linked(&linked);
    let at = format!("/practitioners/{}", listing.number);
    Ok(Reply::taken(picture::shown_on(page, &at, &picture::of_listing(&listed), &content)))
}

/// What is left of a listing that was taken off: why, and its reviews.
async fn gone(
    asked: &Asked<'_>,
    number: &str,
    reading: Reading,
    why: &Error,
    reviews: &str,
) -> Result<Reply, Error> {
    let reviews: Option<Reviews> = asked.get(reviews).await.ok();
    let content = html! {
        h1 { (t("listing.gone")) }
        p.lead { (why.detail()) }
        @if let Some(reviews) = &reviews { (reviews.render(number, reading, true)) }
        p { a href="/find" { (t("site.find")) } }
    };
    Ok(Reply::refused(layout::page(t("listing.gone"), &content), why))
}

impl Listing {
    /// Below the name: what somebody wants to know first.
    fn summary(&self) -> Markup {
        let names = self.also_known_as.join(", ");
        let former = self.former_names.join(", ");
        html! {
            p { (card::badge(self.verified.value)) " " span.kind { (fill("listing.number", "number", &self.number)) } }
            ul.facts {
                @if !names.is_empty() { li { (fill("listing.also", "names", names)) } }
                @if !former.is_empty() { li { (fill("listing.former", "names", former)) } }
                @if self.accepts_new_clients == Some(false) { li { (t("card.not_new")) } }
                @if !self.conditions.is_empty() { li { (fill("listing.conditions", "list", labels("conditions", &self.conditions))) } }
                @if !self.techniques.is_empty() { li { (fill("listing.techniques", "list", labels("techniques", &self.techniques))) } }
                @if !self.languages.is_empty() { li { (fill("listing.languages", "list", labels("languages", &self.languages))) } }
                @if !self.welcomes.is_empty() { li { (labels("welcomes", &self.welcomes)) } }
            }
        }
    }
}

/// What the listing leaves open, to be printed.
pub(super) async fn questions(asked: &Asked<'_>, number: &str) -> Result<Markup, Error> {
    let base = format!("/v1/practitioners/{number}");
    let report = format!("{base}/vetting");
    let (listing, vetting) = tokio::try_join!(asked.get::<Listing>(&base), asked.get::<Vetting>(&report))?;
    let heading = fill("listing_questions.heading", "name", &listing.name);
    let content = html! {
        h1 { (heading) }
        p.lead { (t("listing_questions.lead")) }
        ul.ask { @for ask in &vetting.ask { li { (ask.question) } } }
        p.screen { a href={ "/practitioners/" (listing.number) } { (t("listing_questions.back")) } }
    };
    Ok(layout::page(&heading, &content))
}

impl Vetting {
    fn render(&self) -> Markup {
        html! {
            @if !self.warnings.is_empty() {
                section.warnings {
                    h2 { (t("listing.warnings")) }
                    ul { @for warning in &self.warnings { li { (warning.detail) } } }
                }
            }
            @if !self.facts.is_empty() {
                ul.note {
                    @for fact in &self.facts {
                        li { (fact.detail) @if let Some(url) = &fact.url { " " a href=(page_of(url)) { (t("listing.evidence")) } } }
                    }
                }
            }
            section.checks #checks {
                h2 { (t("listing.checks")) }
                @for check in self.checks.iter().filter(|check| check.is_made()) {
                    article data-check=(check.name) data-outcome=(check.outcome) {
                        h3 { (capital(&check.name)) }
                        p.outcome { (outcome(&check.outcome)) }
                        p { (check.summary) }
                        @if !check.evidence.is_empty() {
                            details {
                                summary { (t("listing.evidence")) }
                                ul { @for piece in &check.evidence { li { a href=(page_of(&piece.url)) { (piece.label) } } } }
                            }
                        }
                    }
                }
                @for check in self.checks.iter().filter(|check| !check.is_made()) { p.kind { (check.summary) } }
            }
        }
    }
}

impl Check {
    /// Whether this directory looks into it at all.
    fn is_made(&self) -> bool {
        self.outcome != "not_checked_here"
    }
}

/// The page that shows what is at an address of the API, where there is one.
fn page_of(url: &str) -> String {
    let address = local(url);
    let Some(below) = address.strip_prefix("/v1") else { return address.to_owned() };
    let (path, query) = below.split_once('?').unwrap_or((below, ""));
    match path.rsplit_once('/') {
        Some((listing, "cases")) if listing.starts_with("/practitioners/") => format!("{listing}#work"),
        Some((listing, "reviews")) if query.contains("sort=lowest") => {
            format!("{listing}?reviews=worst#reviews")
        }
        Some((listing, "reviews")) => format!("{listing}#reviews"),
        Some(("/certificates" | "/practitioners" | "/academies" | "/reviews", _)) => path.to_owned(),
        _ => address.to_owned(),
    }
}

fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "verified" => t("listing.verified"),
        "claimed" => t("listing.claimed"),
        _ => t("listing.missing"),
    }
}

fn work(cases: &[Case]) -> Markup {
    html! {
        section #work {
            h2 { (t("listing.work")) }
            @if cases.is_empty() { p { (t("listing.no_work")) } } @else { p { (t("listing.stage_days")) } }
            div.cases { @for case in cases { (case.render(true)) } }
        }
    }
}

fn prices(services: &[Offered], usual: &[OthersAsk]) -> Markup {
    let priced: Vec<(&Offered, &Price)> =
        services.iter().filter_map(|offered| Some((offered, offered.price.as_ref()?))).collect();
    html! {
        section #prices {
            h2 { (t("listing.prices")) }
            @if priced.is_empty() { p { (t("listing.no_prices")) } } @else {
                ul { @for (offered, price) in priced { li { (label("services", &offered.service)) ": " (price.in_words()) } } }
                p.kind { (t("listing.price_ask")) }
            }
            @for usual in usual {
                p {
                    (label("services", &usual.service)) ": "
                    (fill("listing.usual", "country", label("countries", &usual.country))
                        .replace("{from}", &money(usual.usual_from, &usual.currency))
                        .replace("{to}", &money(usual.usual_to, &usual.currency))
                        .replace("{n}", &usual.clinics.to_string()))
                }
            }
        }
    }
}

impl Price {
    fn in_words(&self) -> Markup {
        html! {
            @match self.amount_to {
                Some(most) if most > self.amount_from => {
                    (money(self.amount_from, &self.currency)) "–" (money(most, &self.currency))
                }
                _ => (fill("listing.price_from", "price", money(self.amount_from, &self.currency))),
            }
            @if let Some(unit) = &self.unit { " (" (label("price-units", unit).to_lowercase()) ")" }
            @match self.sessions_included {
                Some(1) => { ", " (t("listing.sessions_one")) }
                Some(sessions) => { ", " (fill("listing.sessions", "n", sessions)) }
                None => {}
            }
            @match self.touch_up_included {
                Some(true) => { ", " (t("listing.touch_up")) }
                Some(false) => { ", " (t("listing.no_touch_up")) }
                None => {}
            }
        }
    }
}

fn own_words(listing: &Listing) -> Markup {
    html! {
        section.own #own {
            h2 { (t("listing.own")) }
            p.kind { (t("listing.own_note")) }
            @if let Some(headline) = &listing.own_words.headline { p { strong { (headline) } } }
            @if let Some(bio) = &listing.own_words.bio { p { (bio) } }
            @if let Some(since) = &listing.practising_since { p { (fill("listing.since", "year", since)) "." } }
            @if !listing.stated_training.is_empty() {
                p { (t("listing.stated")) }
                ul {
                    @for stated in &listing.stated_training {
                        li {
                            (stated.academy)
                            @if let Some(course) = &stated.course { ", " (course) }
                            @if let Some(year) = stated.year { ", " (year) }
                        }
                    }
                }
            }
            (contact(listing))
        }
    }
}

/// How to reach them: addresses of other sites, which the page only names.
fn contact(listing: &Listing) -> Markup {
    let own = listing.contact.as_ref();
    let sites = [own.and_then(|own| own.website.as_ref()), own.and_then(|own| own.booking_url.as_ref())];
    html! {
        @if own.is_some() || !listing.social_profiles.is_empty() {
            h3 { (t("listing.contact")) }
            ul {
                @if let Some(phone) = own.and_then(|own| own.phone.as_ref()) { li { a href={ "tel:" (phone) } { (phone) } } }
                @if let Some(email) = own.and_then(|own| own.email.as_ref()) { li { a href={ "mailto:" (email) } { (email) } } }
                @for site in sites.into_iter().flatten().filter(|site| is_web(site)) {
                    li { a href=(site) rel="noopener nofollow ugc" { (site) } }
                }
                @for profile in listing.social_profiles.iter().filter(|profile| is_web(&profile.url)) {
                    li {
                        (label("social-networks", &profile.network)) ": "
                        a href=(profile.url) rel="noopener nofollow ugc" { (profile.handle) }
                    }
                }
            }
        }
    }
}

/// Whether an address is one of the web: no other may stand in a link.
fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
