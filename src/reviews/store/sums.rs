//! Statements on `review_sums` and `review_stage_sums`.

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

#[derive(sqlx::FromRow)]
struct StageRow {
    #[sqlx(try_from = "String")]
    stage: ReviewStage,
    count: i64,
    stars: i64,
}

/// The sums of a listing and of those merged into it, together.
pub(in crate::reviews) async fn sums_of(conn: &mut Conn, listings: &[Uuid]) -> Result<Sums> {
    let rows: Vec<Row> = conn
        .query(
            "select treatments, invitations, stars_1, stars_2, stars_3, stars_4, stars_5, recommending, weight,
                 weighted_stars from review_sums where practitioner_id in ({list})",
        )
        .bind_list(listings)
        .fetch_all()
        .await?;
    let mut sums = Sums::default();
    for row in rows {
        sums.treatments += row.treatments;
        sums.invitations += row.invitations;
        let stars = [row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5];
        for (sum, more) in sums.stars.iter_mut().zip(stars) {
            *sum += more;
        }
        sums.recommending += row.recommending;
        sums.weight += row.weight;
        sums.weighted_stars += row.weighted_stars;
    }
    let stages: Vec<StageRow> = conn
        .query("select stage, count, stars from review_stage_sums where practitioner_id in ({list})")
        .bind_list(listings)
        .fetch_all()
        .await?;
    for row in stages {
        match sums.stages.iter_mut().find(|(stage, ..)| *stage == row.stage) {
            Some(slot) => {
                slot.1 += row.count;
                slot.2 += row.stars;
            }
            None => sums.stages.push((row.stage, row.count, row.stars)),
        }
    }
    Ok(sums)
}
