//! Listings over HTTP: the search, one listing, the change feed, and the rules of ranking.

mod results;
mod suggest;

use std::time::Duration;

use poem::Request;
use poem::http::{Uri, header};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::app::{App, Tag};
use crate::config::limits;
use crate::directory::load::load_many;
use crate::directory::model::{self, Ask, Codes, ListingView, Order, Ranking, SearchPage, Words, subject};
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE, next_url};
use crate::platform::http::{Answer, Binding, Cached, CursorKey, Total, Version};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, shorten};
use crate::platform::rendered::Rendered;
use crate::practitioners;
use crate::search;
use crate::vocabulary::{
    Conditions, Countries, CredentialKinds, Currencies, Languages, Levels, Services, SkinTones, Techniques,
    Welcomes,
};

/// How long anyone may keep the rules of ranking.
const KEEP_RANKING: Duration = Duration::from_hours(1);

/// Everything the directory answers.
pub const APIS: (DirectoryApi, suggest::SuggestApi) = (DirectoryApi, suggest::SuggestApi);

/// `/v1/practitioners` (its reads), `/v1/changes`, `/v1/ranking`.
pub struct DirectoryApi;

/// One change of the directory.
#[derive(Clone, Debug, Serialize, Object)]
struct ChangeView {
    /// Its place in the feed; grows, with gaps.
    seq: i64,
    /// What changed.
    url: String,
    /// The same as a path below `/v1`.
    subject: String,
    /// When.
    updated_at: Ts,
    /// Whether it is gone: its address answers 410, or 301 to what answers for it.
    gone: bool,
}

/// A stretch of the change feed.
#[derive(Clone, Debug, Serialize, Object)]
struct ChangesPage {
    /// The changes after `since`, oldest first.
    items: Vec<ChangeView>,
    /// How many there are after `since`.
    total: Total,
    /// What to send as `since` for the next page; null when there is no more yet.
    #[oai(nullable)]
    next_cursor: Option<String>,
    /// Where to go on later: send it as `since` to get only what came after this answer.
    next_since: i64,
    /// The licence of these facts.
    licence: String,
    /// Whom to name when they are reused.
    attribution: String,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Directory")]
impl DirectoryApi {
    /// Find practitioners
    ///
    /// By words, place and need. Every listing can be found, with certificates or without. The order is
    /// made by public rules (`GET /v1/ranking`) and cannot be bought.
    ///
    /// Parameters that take codes of a vocabulary take several: values joined by commas mean any of
    /// them, the parameter given again means that too. `conditions=scar-fut,scar-fue&conditions=male-pattern`
    /// asks for somebody who works on one of the two scars, and on pattern loss. A code with narrower codes
    /// below it finds those as well. Counts, distances and prices are of whole listings: somebody with
    /// three clinics is one listing, shown with the nearest that matches.
    ///
    /// Whoever asks with a token finds what they have just changed.
    ///
    /// An unknown parameter, code or place is 400 and names what was probably meant.
    #[oai(path = "/practitioners", method = "get", operation_id = "search_practitioners")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter")]
    async fn search(
        &self,
        app: Data<&App>,
        request: &Request,
        uri: &Uri,
        /// Words: a name, a clinic, a need. Typos are forgiven, the last word may be unfinished, words of
        /// the trade find each other (`hair tattoo` finds scalp micropigmentation), `"phrases"` and
        /// `-words` are obeyed.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// Around this place: a town (`Manchester`, `Manchester, NH`), a British postcode or its first half,
        /// a US ZIP code, or the id of a place. The answer says in `place` what it was taken for.
        #[oai(validator(min_length = 1, max_length = 160))]
        near: Query<Option<String>>,
        /// How far around the place, in kilometres; 25 when left out.
        #[oai(validator(minimum(value = "0.1"), maximum(value = "20038")))]
        radius_km: Query<Option<f64>>,
        /// Around this latitude, with `lon`.
        #[oai(validator(minimum(value = "-90"), maximum(value = "90")))]
        lat: Query<Option<f64>>,
        /// Around this longitude, with `lat`.
        #[oai(validator(minimum(value = "-180"), maximum(value = "180")))]
        lon: Query<Option<f64>>,
        /// In this box: `west,south,east,north` in degrees. West may be greater than east, across the
        /// antimeridian.
        #[oai(validator(max_length = 120))]
        bbox: Query<Option<String>>,
        /// Works on these conditions.
        conditions: Query<Codes<Conditions>>,
        /// Uses these techniques.
        techniques: Query<Codes<Techniques>>,
        /// Offers these services.
        services: Query<Codes<Services>>,
        /// Offers this so that more people can come.
        welcomes: Query<Codes<Welcomes>>,
        /// Treats clients in these languages.
        languages: Query<Codes<Languages>>,
        /// Works in these countries; one alone also says which country `near` is in.
        country: Query<Codes<Countries>>,
        /// Whether at least one certificate in force counts: a training certificate or regulated
        /// qualification with supervised live work, of a recognised academy, made out to this person.
        verified: Query<Option<bool>>,
        /// Takes new clients.
        accepts_new_clients: Query<Option<bool>>,
        /// Corrects or removes earlier work.
        offers_correction: Query<Option<bool>>,
        /// Holds a credential of these kinds, in force and of a recognised academy.
        credential_kind: Query<Codes<CredentialKinds>>,
        /// Holds a certificate of a course of these levels, in force and of a recognised academy.
        level: Query<Codes<Levels>>,
        /// Holds a certificate of one of these academies, by slug.
        academy: Query<Codes<Words>>,
        /// Shows cases with these conditions.
        shows_conditions: Query<Codes<Conditions>>,
        /// Shows cases on skin of these tones, on the Monk scale.
        shows_skin_tones: Query<Codes<SkinTones>>,
        /// Whether they are newly trained: their first certificate that counts is less than a year old, or fewer
        /// than ten cases with settled work are shown. A label, not a warning.
        newly_trained: Query<Option<bool>>,
        /// Shows at least so many cases with settled work.
        #[oai(validator(maximum(value = "10000")))]
        min_settled_cases: Query<Option<u32>>,
        /// Shows at least so many cases with settled work that the client confirmed.
        #[oai(validator(maximum(value = "10000")))]
        min_confirmed_cases: Query<Option<u32>>,
        /// At least so many hours of supervised work on living people, over the certificates that count.
        #[oai(validator(maximum(value = "10000")))]
        min_hours: Query<Option<u32>>,
        /// Practises for at least so many years, as stated.
        #[oai(validator(maximum(value = "100")))]
        min_years: Query<Option<u32>>,
        /// A whole treatment costs at most this, in minor units of `currency`: 250000 with GBP is 2,500
        /// pounds. Of any treatment; of the one service, where `services` names one.
        #[oai(validator(maximum(value = "10000000000")))]
        price_max: Query<Option<u64>>,
        /// The currency of `price_max`.
        currency: Query<Codes<Currencies>>,
        /// Changed at this instant or later.
        updated_since: Query<Option<Ts>>,
        /// Only these listings, by number; up to 100.
        numbers: Query<Codes<Words>>,
        /// Counts to answer: `conditions`, `techniques`, `services`, `welcomes`, `languages`, `country`,
        /// `verified`, `accepts_new_clients`, `offers_correction`, `credential_kind`, `level`, `academy`,
        /// `shows_conditions`, `shows_skin_tones`, `newly_trained`. A facet's own filter is left out of its counts.
        facets: Query<Codes<Words>>,
        /// More about each listing: `certificates`, `highlights`, `ranking`.
        include: Query<Codes<Words>>,
        /// Whether each listing says where it stands in each bucket of the ranking; the same as `include=ranking`.
        explain: Query<Option<bool>>,
        /// The order: by `relevance`; `distance` when there is a place and no words.
        sort: Query<Option<Order>>,
        /// Where to go on: `next_cursor` of the page before, with every other parameter the same.
        #[oai(validator(max_length = 1024))]
        cursor: Query<Option<String>>,
        /// How many listings at most; 20 when left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
    ) -> Result<Cached<SearchPage>, Error> {
        let ask = Ask {
            q: q.0,
            near: near.0,
            radius_km: radius_km.0,
            lat: lat.0,
            lon: lon.0,
            bbox: bbox.0,
            conditions: conditions.0,
            techniques: techniques.0,
            services: services.0,
            welcomes: welcomes.0,
            languages: languages.0,
            country: country.0,
            verified: verified.0,
            accepts_new_clients: accepts_new_clients.0,
            offers_correction: offers_correction.0,
            credential_kind: credential_kind.0,
            level: level.0,
            academy: academy.0,
            shows_conditions: shows_conditions.0,
            shows_skin_tones: shows_skin_tones.0,
            newly_trained: newly_trained.0,
            min_settled_cases: min_settled_cases.0,
            min_confirmed_cases: min_confirmed_cases.0,
            min_hours: min_hours.0,
            min_years: min_years.0,
            price_max: price_max.0,
            currency: currency.0,
            updated_since: updated_since.0,
            numbers: numbers.0,
            facets: facets.0,
            include: include.0,
            explain: explain.0,
            sort: sort.0,
            limit: limit.0,
        };
        if request.headers().contains_key(header::AUTHORIZATION) {
            see_own_changes(app.0).await?;
        }
        search(app.0, uri, &ask, cursor.0.as_deref()).await
    }

    /// Read a listing
    ///
    /// What the practitioner says, and apart from it what academies signed: `certificates`, whether the
    /// training is `verified` and why, `stated_training` that nobody signed, `own_words` that nobody
    /// checked. The `ETag` begins with the listing's version, which `If-Match` takes.
    ///
    /// A number has a check character: one that is mistyped is told apart from one that was never given
    /// out. A merged listing answers 301, a removed one 410 with the reason.
    #[oai(path = "/practitioners/:number", method = "get", operation_id = "read_practitioner")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The listing's number, such as `SMP-7K3F-9Q2M-4`.
        #[oai(validator(max_length = 40))]
        number: Path<String>,
    ) -> Result<Cached<ListingView>, Error> {
        let number = Number::parse(&number, NumberKind::Listing).map_err(|error| {
            Error::not_found(format!("`{}` is not the number of a listing: {error}.", shorten(&number)))
        })?;
        let name = subject(number);
        if let Some(rendered) = app.rendered.get(&name) {
            return Ok(Cached::new(rendered));
        }
        let read_at = app.rendered.generation();
        let mut conn = app.db.snapshot().await?;
        let ids = practitioners::ids_of(&mut conn, &[number]).await?;
        let Some(listing) = load_many(&mut conn, &ids, app.clock.now()).await?.pop() else {
            let standing = practitioners::standing(&mut conn, number).await?;
            return Err(practitioners::absence(number, standing.as_ref(), ""));
        };
        drop(conn);
        let view = ListingView::new(&listing, &app.config.public_url);
        let rendered = Cached::render_composed(&view, Version(listing.practitioner.version))?;
        app.rendered.put(&name, rendered.clone(), read_at);
        Ok(Cached::new(rendered))
    }

    /// Follow what changes
    ///
    /// Everything that changed after `since`, oldest first, one entry each time. Keep `next_since` and ask
    /// again with it; what is `gone` is to be forgotten. To begin, read the listings first, from `since`
    /// as it stood before.
    #[oai(path = "/changes", method = "get", operation_id = "list_changes")]
    async fn changes(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The place in the feed after which to begin; 0 is the beginning.
        #[oai(default, validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
        since: Query<i64>,
        /// How many changes at most; 100 when left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<Option<u32>>,
    ) -> Result<Answer<ChangesPage>, Error> {
        let page = changes_page(app.0, since.0, limit.0.unwrap_or(100)).await?;
        let answer = Answer::new(&page);
        Ok(match &page.next_cursor {
            Some(next) => {
                let next = format!("{}?since={next}&limit={}", uri.path(), limit.0.unwrap_or(100));
                answer.link("next", &next)
            }
            None => answer,
        })
    }

    /// Read the rules of ranking
    ///
    /// What search results are ordered by, with every number that enters.
    #[oai(path = "/ranking", method = "get", operation_id = "read_ranking")]
    async fn ranking(&self) -> Result<Answer<Ranking>, Error> {
        Ok(Answer::new(&model::ranking()).public_for(KEEP_RANKING))
    }
}

/// Waits until searches see everything that was committed by now, through whichever instance: whoever has a token may
/// have changed something a moment ago. Where the index takes longer than anybody should wait, they search what there is.
async fn see_own_changes(app: &App) -> Result<(), Error> {
    let latest = changes::latest(&mut app.db.read().await?).await?;
    let _ = tokio::time::timeout(limits::OWN_CHANGE_WAIT, app.search.wait_until_indexed(latest)).await;
    Ok(())
}

async fn search(app: &App, uri: &Uri, ask: &Ask, cursor: Option<&str>) -> Result<Cached<SearchPage>, Error> {
    let mut plan = ask.plan(app.clock.now())?;
    let engine = app.search.engine()?;
    let key = CursorKey::new(app.config.secret.reveal());
    let list = binding(uri);
    plan.query.after = cursor.map(|cursor| key.open::<search::Cursor>(&list, cursor)).transpose()?;
    let answer = engine.search(plan.query.clone()).await.map_err(results::problem_of)?;
    let cards = results::cards(app, &answer.hits).await?;
    let next = answer.next.as_ref().map(|next| key.seal(&list, next)).transpose()?;
    let body = results::body(&plan, &answer, &cards, next.as_deref()).map_err(Error::internal)?;
    let rendered = Rendered { etag: crate::platform::http::etag::tag_of(&body).into(), body };
    let page = Cached::new(rendered);
    Ok(match next {
        Some(next) => page.header(header::LINK, &format!("<{}>; rel=\"next\"", next_url(uri, &next))),
        None => page,
    })
}

/// A cursor belongs to the search it came from: every parameter that says which listings and in what
/// order, as written.
fn binding(uri: &Uri) -> Binding {
    const OF_THE_PAGE: [&str; 4] = ["cursor", "limit", "facets", "include"];
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs
        .filter(|(name, _)| !OF_THE_PAGE.contains(&name.as_ref()))
        .fold(Binding::new("practitioners"), |list, (name, value)| list.with(&name, &value))
}

async fn changes_page(app: &App, since: i64, limit: u32) -> Result<ChangesPage, Error> {
    let mut conn = app.db.snapshot().await?;
    let mut found = changes::after(&mut conn, since, i64::from(limit) + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let gone = gone(&mut conn, &found).await?;
    let public_url = &app.config.public_url;
    let next_since = found.last().map_or(since, |change| change.seq);
    let count = found.len() as u64;
    let items = found.into_iter().map(|change| ChangeView {
        seq: change.seq,
        url: format!("{public_url}/v1/{}", change.subject),
        gone: gone.contains(&change.subject),
        subject: change.subject,
        updated_at: change.at,
    });
    Ok(ChangesPage {
        items: items.collect(),
        total: if more { Total::at_least(count + 1) } else { Total::exactly(count) },
        next_cursor: more.then(|| next_since.to_string()),
        next_since,
        licence: LICENCE.to_owned(),
        attribution: ATTRIBUTION.to_owned(),
    })
}

/// The listings among what changed that are no longer listed.
async fn gone(
    conn: &mut crate::platform::db::Conn,
    changes: &[changes::Change],
) -> Result<std::collections::HashSet<String>, Error> {
    let mut numbers: Vec<Number> = changes
        .iter()
        .filter_map(|change| change.subject.strip_prefix("practitioners/")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let listed = practitioners::listed_among(conn, &numbers).await?;
    Ok(numbers.into_iter().filter(|number| !listed.contains(number)).map(subject).collect())
}
