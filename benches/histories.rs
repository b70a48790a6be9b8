//! Many cases to search, and a listing with many reviews, over HTTP.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use stipple::api;
use stipple::app::App;
use stipple::platform::db::Tx;
use uuid::Uuid;

use crate::client::{self, Connection};
use crate::demo::{self, Demos};
use crate::table::{Row, median, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A demo of its own: what is multiplied here is not measured elsewhere.
const SIZE: u32 = 60;
const CASES: i64 = 100_000;
const CASE_SEARCH: Duration = Duration::from_millis(5);
const REVIEWS: i64 = 10_000;
const FEW_REVIEWS: i64 = 10;
const TIMES: f64 = 3.0;

/// A search over many cases: by likeness, by filters, with every facet.
pub(crate) fn cases(options: &Options, demos: &mut Demos) -> Measured {
    let runtime = tokio::runtime::Runtime::new()?;
    let app = runtime.block_on(demo::open(demos.of(SIZE)?))?;
    let wanted = if options.quick { CASES / 10 } else { CASES };
    runtime.block_on(multiply_cases(&app, wanted))?;
    let ours = client::serve(&runtime, api::router(app))?;
    let paths = [
        "/v1/cases?like=norwood:5,scar-fut,skin_tone:mst-8",
        "/v1/cases?condition=male-pattern&skin_tone=mst-4&skin_tone=mst-5",
        "/v1/cases?facets=condition&facets=skin_tone&facets=norwood&facets=stage&client_confirmed=true",
        "/v1/cases?like=alopecia-totalis,skin_tone:mst-2&stage=settled",
    ];
    let mut connection = Connection::open(ours)?;
    let total: Value = serde_json::from_slice(connection.get("/v1/cases")?)?;
    let total = total["total"]["value"].as_i64().unwrap_or(0);
    let mut times = Vec::new();
    for round in 0..if options.quick { 40 } else { 400 } {
        let begun = Instant::now();
        connection.get(paths[round % paths.len()])?;
        times.push(begun.elapsed());
    }
    let p99 = percentile(&mut times.clone(), 99);
    let row = Row::within("case search over HTTP", percentile(&mut times, 50), CASE_SEARCH);
    Ok(vec![row.note(&format!("{total} cases; likeness, filters, facets in turns; p99 {p99:.1?}"))])
}

/// The demo's cases again and again, each time on other skin.
async fn multiply_cases(app: &App, wanted: i64) -> Result<()> {
    let mut tx = app.db.write().await?;
    tx.query(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1),
         kept (at, of, practitioner_id, listing, details, published_at, created_at, updated_at) as (
             select row_number() over (order by id) - 1, count(*) over (), practitioner_id, listing, details,
                 published_at, created_at, updated_at
             from cases where state = 'published')
         insert into cases (id, practitioner_id, listing, state, details, published_at, created_at, updated_at)
         select randomblob(16), practitioner_id, listing, 'published',
             json_set(details, '$.client.skin_tone', 'mst-' || (1 + i % 10)), published_at, created_at, updated_at
         from n join kept on kept.at = n.i % kept.of",
    )
    .bind(wanted)
    .execute()
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The first page of a listing's reviews with all they come to: of many, beside of few.
pub(crate) fn reviews(options: &Options, demos: &mut Demos) -> Measured {
    let dir = demos.of(SIZE)?;
    let (many, few) = two_listings(&dir.join("demo.json"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let app = runtime.block_on(demo::open(dir))?;
    runtime.block_on(async {
        let mut tx = app.db.write().await?;
        set_reviews(&mut tx, &many, REVIEWS).await?;
        set_reviews(&mut tx, &few, FEW_REVIEWS).await?;
        tx.commit().await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    let ours = client::serve(&runtime, api::router(app))?;
    let path = |number: &str| format!("/v1/practitioners/{number}/reviews?limit=10");
    let (many, few) = (path(&many), path(&few));
    let mut connection = Connection::open(ours)?;
    for (path, count) in [(&many, REVIEWS), (&few, FEW_REVIEWS)] {
        let page: Value = serde_json::from_slice(connection.get(path)?)?;
        if page["total"]["value"] != count || page["items"].as_array().map(Vec::len) != Some(10) {
            return Err(format!("{path} has {} reviews and not {count}", page["total"]["value"]).into());
        }
    }
    let (mut of_many, mut of_few, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut time = |path: &str| -> Result<Duration> {
        let begun = Instant::now();
        connection.get(path)?;
        Ok(begun.elapsed())
    };
    for _ in 0..if options.quick { 50 } else { 500 } {
        let (one, other) = (time(&many)?, time(&few)?);
        ratios.push(one.as_secs_f64() / other.as_secs_f64());
        of_many.push(one);
        of_few.push(other);
    }
    let figures = (percentile(&mut of_many, 50), percentile(&mut of_few, 50));
    let row = Row::beside("reviews of a listing with 10,000", figures, median(ratios), TIMES);
    Ok(vec![row.note("rating, histogram and the first 10, beside a listing with 10 reviews")])
}

/// Two listings of the demo that were reviewed.
fn two_listings(demo: &Path) -> Result<(String, String)> {
    let demo: Value = serde_json::from_slice(&std::fs::read(demo)?)?;
    let of = |word: &str| demo["numbers"][word].as_str().map(str::to_owned);
    Ok((of("corrections").ok_or("no corrections")?, of("paper_days").ok_or("no paper days")?))
}

/// Copies of what was written about a listing, or fewer of it, until it has so many reviews; the sums with them.
async fn set_reviews(tx: &mut Tx, number: &str, wanted: i64) -> Result<()> {
    tx.query(
        "delete from reviews where listing = $1 and id not in (
             select id from reviews where listing = $1 and state = 'published' order by id limit $2)",
    )
    .bind(number.to_owned())
    .bind(wanted)
    .execute()
    .await?;
    let kept: Vec<(Uuid, Uuid)> = tx
        .query("select id, treatment_id from reviews where listing = $1 order by id")
        .bind(number.to_owned())
        .fetch_all()
        .await?;
    let missing = u64::try_from(wanted)?.saturating_sub(kept.len() as u64);
    for (at, (review, treatment)) in (0..missing).zip(kept.iter().cycle()) {
        copy(tx, (*review, Uuid::from_u64_pair(1, at)), (*treatment, Uuid::from_u64_pair(2, at))).await?;
    }
    tx.query(
        "update review_sums set (stars_1, stars_2, stars_3, stars_4, stars_5, recommending) = (
             select sum(stars = 1), sum(stars = 2), sum(stars = 3), sum(stars = 4), sum(stars = 5),
                 sum(would_recommend)
             from reviews where listing = $1 and state = 'published')
         where practitioner_id = (select id from practitioners where number = $1)",
    )
    .bind(number.to_owned())
    .execute()
    .await?;
    Ok(())
}

async fn copy(tx: &mut Tx, review: (Uuid, Uuid), treatment: (Uuid, Uuid)) -> Result<()> {
    tx.query(
        "insert into treatments (id, practitioner_id, listing, origin, service, sessions, last_on, card, created_at,
             created_by)
         select $2, practitioner_id, listing, origin, service, sessions, last_on, card, created_at, created_by
         from treatments where id = $1",
    )
    .bind(treatment.0)
    .bind(treatment.1)
    .execute()
    .await?;
    tx.query(
        "insert into reviews (id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars,
             dimensions, would_recommend, relationship, incentive, condition, condition_path, text, written_at,
             helpful, received_at, updated_at)
         select $2, practitioner_id, listing, $3, verification, state, version, stage, stars, dimensions,
             would_recommend, relationship, incentive, condition, condition_path, text, written_at, helpful,
             received_at, updated_at
         from reviews where id = $1",
    )
    .bind(review.0)
    .bind(review.1)
    .bind(treatment.1)
    .execute()
    .await?;
    tx.query(
        "insert into review_versions (review_id, version, stage, stars, dimensions, would_recommend, relationship,
             incentive, condition, text, at)
         select $2, version, stage, stars, dimensions, would_recommend, relationship, incentive, condition, text, at
         from review_versions where review_id = $1",
    )
    .bind(review.0)
    .bind(review.1)
    .execute()
    .await?;
    Ok(())
}
