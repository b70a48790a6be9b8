//! Statements on `reviews` and `review_versions`.

use uuid::Uuid;

use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Query, Result};
use crate::platform::id::Number;
use crate::reviews::model::{
    Dimensions, Draft, RemovedCount, Review, ReviewFilter, ReviewSort, ReviewState, Said, Written,
    condition_path, word_row,
};
use crate::vocabulary::{Incentive, Relationship, RemovalReason, ReviewStage, ReviewVerification};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    practitioner_id: Uuid,
    listing: Number,
    treatment_id: Uuid,
    #[sqlx(try_from = "String")]
    verification: ReviewVerification,
    state: ReviewState,
    version: i64,
    #[sqlx(try_from = "String")]
    stage: ReviewStage,
    stars: i64,
    dimensions: Json<Dimensions>,
    would_recommend: bool,
    #[sqlx(try_from = "String")]
    relationship: Relationship,
    #[sqlx(try_from = "String")]
    incentive: Incentive,
    condition: Option<String>,
    text: String,
    written_at: Ts,
    helpful: i64,
    removal_reason: Option<String>,
    removed_at: Option<Ts>,
    contact_mark: Option<Vec<u8>>,
    address_mark: Option<Vec<u8>>,
    received_at: Ts,
    updated_at: Ts,
}

impl From<Row> for Review {
    fn from(row: Row) -> Self {
        // A code that was once written is in its list for good, so nothing is lost here.
        let reason: Option<RemovalReason> = row.removal_reason.and_then(|code| code.parse().ok());
        Self {
            id: row.id,
            practitioner_id: row.practitioner_id,
            listing: row.listing,
            treatment_id: row.treatment_id,
            verification: row.verification,
            state: row.state,
            version: row.version,
            stage: row.stage,
            draft: Draft {
                stars: u8::try_from(row.stars).unwrap_or(0),
                dimensions: row.dimensions.0,
                would_recommend: row.would_recommend,
                relationship: row.relationship,
                incentive: row.incentive,
                condition: row.condition.and_then(|code| code.parse().ok()),
                text: row.text,
            },
            written_at: row.written_at,
            helpful: row.helpful,
            removal: reason.zip(row.removed_at),
            contact_mark: row.contact_mark,
            address_mark: row.address_mark,
            received_at: row.received_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    review_id: Uuid,
    version: i64,
    #[sqlx(try_from = "String")]
    stage: ReviewStage,
    stars: i64,
    dimensions: Json<Dimensions>,
    would_recommend: bool,
    #[sqlx(try_from = "String")]
    relationship: Relationship,
    #[sqlx(try_from = "String")]
    incentive: Incentive,
    condition: Option<String>,
    text: String,
    at: Ts,
}

/// Writes a new review.
pub(in crate::reviews) async fn insert(conn: &mut Conn, new: &Review) -> Result<()> {
    conn.query(
        "insert into reviews (id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars,
             dimensions, would_recommend, relationship, incentive, condition, condition_path, text, written_at,
             helpful, contact_mark, address_mark, received_at, updated_at, words)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23)",
    )
    .bind(new.id)
    .bind(new.practitioner_id)
    .bind(new.listing)
    .bind(new.treatment_id)
    .bind(new.verification.as_str().to_owned())
    .bind(new.state)
    .bind(new.version)
    .bind(new.stage.as_str().to_owned())
    .bind(i64::from(new.draft.stars))
    .bind(Json(new.draft.dimensions.clone()))
    .bind(new.draft.would_recommend)
    .bind(new.draft.relationship.as_str().to_owned())
    .bind(new.draft.incentive.as_str().to_owned())
    .bind(new.draft.condition.map(|code| code.as_str().to_owned()))
    .bind(condition_path(new.draft.condition))
    .bind(new.draft.text.clone())
    .bind(new.written_at)
    .bind(new.helpful)
    .bind(new.contact_mark.clone())
    .bind(new.address_mark.clone())
    .bind(new.received_at)
    .bind(new.updated_at)
    .bind(word_row(&new.draft.text))
    .execute()
    .await?;
    Ok(())
}

/// Writes what may change of a review, if `version` is still the current one; answers whether it was.
pub(in crate::reviews) async fn update(conn: &mut Conn, review: &Review, version: i64) -> Result<bool> {
    let rows = conn
        .query(
            "update reviews set verification = $3, state = $4, version = $5, stage = $6, stars = $7, dimensions = $8,
                 would_recommend = $9, relationship = $10, incentive = $11, condition = $12, condition_path = $13,
                 text = $14, written_at = $15, removal_reason = $16, removed_at = $17, updated_at = $18,
                 words = $19
             where id = $1 and version = $2",
        )
        .bind(review.id)
        .bind(version)
        .bind(review.verification.as_str().to_owned())
        .bind(review.state)
        .bind(review.version)
        .bind(review.stage.as_str().to_owned())
        .bind(i64::from(review.draft.stars))
        .bind(Json(review.draft.dimensions.clone()))
        .bind(review.draft.would_recommend)
        .bind(review.draft.relationship.as_str().to_owned())
        .bind(review.draft.incentive.as_str().to_owned())
        .bind(review.draft.condition.map(|code| code.as_str().to_owned()))
        .bind(condition_path(review.draft.condition))
        .bind(review.draft.text.clone())
        .bind(review.written_at)
        .bind(review.removal.map(|(reason, _)| reason.as_str().to_owned()))
        .bind(review.removal.map(|(_, at)| at))
        .bind(review.updated_at)
        .bind(word_row(&review.draft.text))
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The review with that id.
pub(in crate::reviews) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Review>> {
    let row: Option<Row> = conn
        .query(
            "select id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars, dimensions,
                 would_recommend, relationship, incentive, condition, text, written_at, helpful, removal_reason,
                 removed_at, contact_mark, address_mark, received_at, updated_at
             from reviews where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Review::from))
}

/// The review of a treatment.
pub(in crate::reviews) async fn by_treatment(conn: &mut Conn, treatment: Uuid) -> Result<Option<Review>> {
    let row: Option<Row> = conn
        .query(
            "select id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars, dimensions,
                 would_recommend, relationship, incentive, condition, text, written_at, helpful, removal_reason,
                 removed_at, contact_mark, address_mark, received_at, updated_at
             from reviews where treatment_id = $1",
        )
        .bind(treatment)
        .fetch_optional()
        .await?;
    Ok(row.map(Review::from))
}

/// Keeps a version of a review for good.
pub(in crate::reviews) async fn insert_version(conn: &mut Conn, id: Uuid, new: &Written) -> Result<()> {
    conn.query(
        "insert into review_versions (review_id, version, stage, stars, dimensions, would_recommend, relationship,
             incentive, condition, text, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(new.version)
    .bind(new.stage.as_str().to_owned())
    .bind(i64::from(new.draft.stars))
    .bind(Json(new.draft.dimensions.clone()))
    .bind(new.draft.would_recommend)
    .bind(new.draft.relationship.as_str().to_owned())
    .bind(new.draft.incentive.as_str().to_owned())
    .bind(new.draft.condition.map(|code| code.as_str().to_owned()))
    .bind(new.draft.text.clone())
    .bind(new.at)
    .execute()
    .await?;
    Ok(())
}

/// The versions of many reviews, oldest first within each.
pub(in crate::reviews) async fn versions_of(
    conn: &mut Conn,
    reviews: &[Uuid],
) -> Result<Vec<(Uuid, Written)>> {
    let rows: Vec<VersionRow> = conn
        .query(
            "select review_id, version, stage, stars, dimensions, would_recommend, relationship, incentive, condition,
                 text, at
             from review_versions where review_id in ({list}) order by review_id, version",
        )
        .bind_list(reviews)
        .fetch_all()
        .await?;
    let written = |row: VersionRow| {
        let draft = Draft {
            stars: u8::try_from(row.stars).unwrap_or(0),
            dimensions: row.dimensions.0,
            would_recommend: row.would_recommend,
            relationship: row.relationship,
            incentive: row.incentive,
            condition: row.condition.and_then(|code| code.parse().ok()),
            text: row.text,
        };
        (row.review_id, Written { version: row.version, stage: row.stage, draft, at: row.at })
    };
    Ok(rows.into_iter().map(written).collect())
}

/// Every version of the published reviews of these listings that was written until `until`, those of a
/// review together and the oldest first.
pub(in crate::reviews) async fn said_until(
    conn: &mut Conn,
    listings: &[Uuid],
    until: Ts,
) -> Result<Vec<Said>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        review_id: Uuid,
        #[sqlx(try_from = "String")]
        verification: ReviewVerification,
        #[sqlx(try_from = "String")]
        stage: ReviewStage,
        stars: i64,
        would_recommend: bool,
        dimensions: Json<Dimensions>,
        replied_at: Option<Ts>,
        at: Ts,
    }
    let rows: Vec<Row> = conn
        .query(
            "select v.review_id, r.verification, v.stage, v.stars, v.would_recommend, v.dimensions,
                 (select min(p.at) from review_replies p where p.review_id = r.id) as replied_at, v.at
             from reviews r join review_versions v on v.review_id = r.id
             where r.state = 'published' and v.at <= $1 and r.practitioner_id in ({list})
             order by v.review_id, v.version",
        )
        .bind(until)
        .bind_list(listings)
        .fetch_all()
        .await?;
    let said = |row: Row| Said {
        review: row.review_id,
        verification: row.verification,
        stage: row.stage,
        stars: u8::try_from(row.stars).unwrap_or(0),
        recommends: row.would_recommend,
        communication: row.dimensions.0.communication,
        replied: row.replied_at.is_some_and(|at| at <= until),
        at: row.at,
    };
    Ok(rows.into_iter().map(said).collect())
}

/// A page of reviews behind a position: the key of the sort (an instant in microseconds, stars, votes)
/// and the id that breaks ties.
pub(in crate::reviews) async fn page(
    conn: &mut Conn,
    filter: &ReviewFilter,
    sort: ReviewSort,
    (key, id): (i64, Uuid),
    limit: i64,
) -> Result<Vec<Review>> {
    let query = match sort {
        ReviewSort::Newest => conn.query(NEWEST),
        ReviewSort::Lowest => conn.query(LOWEST),
        ReviewSort::Highest => conn.query(HIGHEST),
        ReviewSort::MostHelpful => conn.query(MOST_HELPFUL),
    };
    let query = query.bind(filter.state).bind(stage(filter)).bind(condition(filter));
    let query = match sort {
        ReviewSort::Newest => query.bind(Ts::from_micros(key)),
        _ => query.bind(key),
    };
    let query = said(query.bind(id).bind(limit), filter);
    let rows: Vec<Row> = query.bind_list(&filter.listings).fetch_all().await?;
    Ok(rows.into_iter().map(Review::from).collect())
}

const NEWEST: &str = "select id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars, dimensions,
                 would_recommend, relationship, incentive, condition, text, written_at, helpful, removal_reason,
                 removed_at, contact_mark, address_mark, received_at, updated_at
             from reviews
             where practitioner_id in ({list}) and state = $1 and (cast($2 as text) is null or stage = $2)
                 and (cast($3 as text) is null or condition_path like $3)
                 and words like $7 and words like $8 and words like $9 and words like $10 and (written_at, id) < ($4, $5)
             order by written_at desc, id desc limit $6";

const LOWEST: &str = "select id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars, dimensions,
                 would_recommend, relationship, incentive, condition, text, written_at, helpful, removal_reason,
                 removed_at, contact_mark, address_mark, received_at, updated_at
             from reviews
             where practitioner_id in ({list}) and state = $1 and (cast($2 as text) is null or stage = $2)
                 and (cast($3 as text) is null or condition_path like $3)
                 and words like $7 and words like $8 and words like $9 and words like $10 and (stars, id) > ($4, $5)
             order by stars, id limit $6";

const HIGHEST: &str = "select id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars, dimensions,
                 would_recommend, relationship, incentive, condition, text, written_at, helpful, removal_reason,
                 removed_at, contact_mark, address_mark, received_at, updated_at
             from reviews
             where practitioner_id in ({list}) and state = $1 and (cast($2 as text) is null or stage = $2)
                 and (cast($3 as text) is null or condition_path like $3)
                 and words like $7 and words like $8 and words like $9 and words like $10 and (stars, id) < ($4, $5)
             order by stars desc, id desc limit $6";

const MOST_HELPFUL: &str = "select id, practitioner_id, listing, treatment_id, verification, state, version, stage, stars, dimensions,
                 would_recommend, relationship, incentive, condition, text, written_at, helpful, removal_reason,
                 removed_at, contact_mark, address_mark, received_at, updated_at
             from reviews
             where practitioner_id in ({list}) and state = $1 and (cast($2 as text) is null or stage = $2)
                 and (cast($3 as text) is null or condition_path like $3)
                 and words like $7 and words like $8 and words like $9 and words like $10 and (helpful, id) < ($4, $5)
             order by helpful desc, id desc limit $6";

/// How many reviews a filter lets through.
pub(in crate::reviews) async fn count(conn: &mut Conn, filter: &ReviewFilter) -> Result<i64> {
    let query = conn
        .query(
            "select count(*) from reviews
             where practitioner_id in ({list}) and state = $1 and (cast($2 as text) is null or stage = $2)
                 and (cast($3 as text) is null or condition_path like $3)
                 and words like $4 and words like $5 and words like $6 and words like $7",
        )
        .bind(filter.state)
        .bind(stage(filter))
        .bind(condition(filter));
    let (count,): (i64,) = said(query, filter).bind_list(&filter.listings).fetch_one().await?;
    Ok(count)
}

/// The patterns of the words that a text must have; what is no letter, digit or mark is in none.
fn said<'c>(query: Query<'c>, filter: &ReviewFilter) -> Query<'c> {
    let pattern =
        |at: usize| filter.words.get(at).map_or_else(|| "%".to_owned(), |word| format!("% {word}%"));
    (0..limits::WORDS_OF_A_REVIEW).fold(query, |query, at| query.bind(pattern(at)))
}

fn stage(filter: &ReviewFilter) -> Option<String> {
    filter.stage.map(|stage| stage.as_str().to_owned())
}

/// Codes have neither `%` nor `_` in them.
fn condition(filter: &ReviewFilter) -> Option<String> {
    filter.condition.map(|condition| format!("% {condition} %"))
}

#[derive(sqlx::FromRow)]
struct RemovedRow {
    #[sqlx(try_from = "String")]
    reason: RemovalReason,
    stars: i64,
    count: i64,
}

/// The removed reviews of a listing and those merged into it, by reason and stars.
pub(in crate::reviews) async fn removed_counts(
    conn: &mut Conn,
    listings: &[Uuid],
) -> Result<Vec<RemovedCount>> {
    let rows: Vec<RemovedRow> = conn
        .query(
            "select removal_reason as reason, stars, count(*) as count from reviews
             where practitioner_id in ({list}) and state = 'removed' and removal_reason is not null
             group by removal_reason, stars order by removal_reason, stars",
        )
        .bind_list(listings)
        .fetch_all()
        .await?;
    let counted = |row: RemovedRow| RemovedCount { reason: row.reason, stars: row.stars, count: row.count };
    Ok(rows.into_iter().map(counted).collect())
}
