//! Statements on `review_sums` and `review_stage_sums`.

use std::collections::HashMap;

use uuid::Uuid;

use crate::platform::db::{Conn, Result};
use crate::reviews::model::{Contribution, Sums};
use crate::vocabulary::ReviewStage;

/// Adds what a review contributes, or takes it away where `sign` is -1. One statement a row, so that
/// two reviews of one listing at once lose nothing.
pub(in crate::reviews) async fn add(
    conn: &mut Conn,
    practitioner_id: Uuid,
    contribution: &Contribution,
    sign: i32,
) -> Result<()> {
    let one = i64::from(sign);
    let of = |stars: u8| if contribution.stars == stars { one } else { 0 };
    let weight = contribution.weight * f64::from(sign);
    conn.query(
        "insert into review_sums (practitioner_id, treatments, invitations, stars_1, stars_2, stars_3, stars_4,
             stars_5, recommending, weight, weighted_stars)
         values ($1, 0, 0, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (practitioner_id) do update set stars_1 = review_sums.stars_1 + excluded.stars_1,
             stars_2 = review_sums.stars_2 + excluded.stars_2, stars_3 = review_sums.stars_3 + excluded.stars_3,
             stars_4 = review_sums.stars_4 + excluded.stars_4, stars_5 = review_sums.stars_5 + excluded.stars_5,
             recommending = review_sums.recommending + excluded.recommending,
             weight = review_sums.weight + excluded.weight,
             weighted_stars = review_sums.weighted_stars + excluded.weighted_stars",
    )
    .bind(practitioner_id)
    .bind(of(1))
    .bind(of(2))
    .bind(of(3))
    .bind(of(4))
    .bind(of(5))
    .bind(if contribution.recommends { one } else { 0 })
    .bind(weight)
    .bind(weight * f64::from(contribution.stars))
    .execute()
    .await?;
    for (stage, stars) in &contribution.stages {
        conn.query(
            "insert into review_stage_sums (practitioner_id, stage, count, stars) values ($1, $2, $3, $4)
             on conflict (practitioner_id, stage) do update set count = review_stage_sums.count + excluded.count,
                 stars = review_stage_sums.stars + excluded.stars",
        )
        .bind(practitioner_id)
        .bind(stage.as_str().to_owned())
        .bind(one)
        .bind(one * i64::from(*stars))
        .execute()
        .await?;
    }
    Ok(())
}

/// Counts treatments recorded and invitations sent.
pub(in crate::reviews) async fn count_requests(
    conn: &mut Conn,
    practitioner_id: Uuid,
    treatments: i64,
    invitations: i64,
) -> Result<()> {
    conn.query(
        "insert into review_sums (practitioner_id, treatments, invitations, stars_1, stars_2, stars_3, stars_4,
             stars_5, recommending, weight, weighted_stars)
         values ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, 0)
         on conflict (practitioner_id) do update set treatments = review_sums.treatments + excluded.treatments,
             invitations = review_sums.invitations + excluded.invitations",
    )
    .bind(practitioner_id)
    .bind(treatments)
    .bind(invitations)
    .execute()
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    practitioner_id: Uuid,
    treatments: i64,
    invitations: i64,
    stars_1: i64,
    stars_2: i64,
    stars_3: i64,
    stars_4: i64,
    stars_5: i64,
    recommending: i64,
    weight: f64,
    weighted_stars: f64,
}

impl Row {
    fn sums(&self) -> Sums {
        Sums {
            treatments: self.treatments,
            invitations: self.invitations,
            stars: [self.stars_1, self.stars_2, self.stars_3, self.stars_4, self.stars_5],
            recommending: self.recommending,
            weight: self.weight,
            weighted_stars: self.weighted_stars,
            stages: Vec::new(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct StageRow {
    #[sqlx(try_from = "String")]
    stage: ReviewStage,
    count: i64,
    stars: i64,
}

/// The sums of a listing and of those merged into it, together.
pub(in crate::reviews) async fn sums_of(conn: &mut Conn, listings: &[Uuid]) -> Result<Sums> {
    let mut sums = Sums::default();
    rows(conn, listings).await?.iter().for_each(|row| sums.add(&row.sums()));
    let stages: Vec<StageRow> = conn
        .query("select stage, count, stars from review_stage_sums where practitioner_id in ({list})")
        .bind_list(listings)
        .fetch_all()
        .await?;
    for row in stages {
        sums.count_stage(row.stage, row.count, row.stars);
    }
    Ok(sums)
}

/// The sums of many listings, each alone and without the stages; those that have none are not there.
pub(in crate::reviews) async fn sums_by_listing(
    conn: &mut Conn,
    listings: &[Uuid],
) -> Result<HashMap<Uuid, Sums>> {
    let rows = rows(conn, listings).await?;
    Ok(rows.iter().map(|row| (row.practitioner_id, row.sums())).collect())
}

async fn rows(conn: &mut Conn, listings: &[Uuid]) -> Result<Vec<Row>> {
    conn.query(
        "select practitioner_id, treatments, invitations, stars_1, stars_2, stars_3, stars_4, stars_5, recommending,
             weight, weighted_stars from review_sums where practitioner_id in ({list})",
    )
    .bind_list(listings)
    .fetch_all()
    .await
}
