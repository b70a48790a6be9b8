//! Statements on `practitioners` and `practitioner_services`.

use std::collections::HashMap;

use uuid::Uuid;

use super::{clinics, earlier_of};
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Query, Result};
use crate::platform::id::Number;
use crate::practitioners::model::{
    Contact, Earlier, ListingRemoval, OfferedService, OwnWords, Practitioner, Price, Profile, SocialProfile,
    Standing, StatedTraining, subject,
};
use crate::vocabulary::{Condition, Language, Service, Technique, Welcome};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: Number,
    version: i64,
    name: String,
    given_name: Option<String>,
    family_name: Option<String>,
    former_names: Json<Vec<String>>,
    also_known_as: Json<Vec<String>>,
    headline: Option<String>,
    bio: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    website: Option<String>,
    booking_url: Option<String>,
    social_profiles: Json<Vec<SocialProfile>>,
    practising_since: Option<String>,
    conditions: Json<Vec<Condition>>,
    techniques: Json<Vec<Technique>>,
    welcomes: Json<Vec<Welcome>>,
    languages: Json<Vec<Language>>,
    accepts_new_clients: Option<bool>,
    country: Option<String>,
    stated_training: Json<Vec<StatedTraining>>,
    portrait: Option<String>,
    created_at: Ts,
    updated_at: Ts,
}

impl From<Row> for Practitioner {
    fn from(row: Row) -> Self {
        let profile = Profile {
            name: row.name,
            given_name: row.given_name,
            family_name: row.family_name,
            former_names: row.former_names.0,
            also_known_as: row.also_known_as.0,
            own_words: OwnWords { headline: row.headline, bio: row.bio },
            contact: Contact {
                phone: row.phone,
                email: row.email,
                website: row.website,
                booking_url: row.booking_url,
            },
            social_profiles: row.social_profiles.0,
            practising_since: row.practising_since,
            services: Vec::new(),
            conditions: row.conditions.0,
            techniques: row.techniques.0,
            welcomes: row.welcomes.0,
            languages: row.languages.0,
            accepts_new_clients: row.accepts_new_clients,
            country: row.country.and_then(|code| code.parse().ok()),
            stated_training: row.stated_training.0,
        };
        Self {
            id: row.id,
            number: row.number,
            version: row.version,
            profile,
            portrait: row.portrait,
            clinics: Vec::new(),
            earlier: Vec::new(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct ServiceRow {
    practitioner_id: Uuid,
    #[sqlx(try_from = "String")]
    service: Service,
    amount_from: Option<i64>,
    amount_to: Option<i64>,
    currency: Option<String>,
    unit: Option<String>,
    sessions_included: Option<i64>,
    touch_up_included: Option<bool>,
}

impl ServiceRow {
    fn read(self) -> OfferedService {
        // A code that was once written is in its list for good, so nothing is lost here.
        let code = self.currency.and_then(|code| code.parse().ok());
        let unit = self.unit.and_then(|code| code.parse().ok());
        let price = self.amount_from.zip(code).zip(unit).map(|((amount_from, currency), unit)| Price {
            amount_from,
            amount_to: self.amount_to,
            currency,
            unit,
            sessions_included: self.sessions_included.and_then(|count| u32::try_from(count).ok()),
            touch_up_included: self.touch_up_included,
        });
        OfferedService { service: self.service, price }
    }
}

/// The listing with that number, if it is listed. Five statements, however much it says.
///
/// # Errors
/// As the database says.
pub async fn load(conn: &mut Conn, number: Number) -> Result<Option<Practitioner>> {
    let ids = ids_of(conn, &[number]).await?;
    Ok(load_many(conn, &ids).await?.pop())
}

/// The listings with those ids that are listed, by id. Four statements, however many there are.
///
/// # Errors
/// As the database says.
pub async fn load_many(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Practitioner>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = conn
        .query(
            "select id, number, version, name, given_name, family_name, former_names, also_known_as, headline,
                 bio, phone, email, website, booking_url, social_profiles, practising_since, conditions,
                 techniques, welcomes, languages, accepts_new_clients, country, stated_training, portrait,
                 created_at, updated_at
             from practitioners
             where state = 'listed' and id in ({list})
             order by id",
        )
        .bind_list(ids)
        .fetch_all()
        .await?;
    let mut listings: Vec<Practitioner> = rows.into_iter().map(Practitioner::from).collect();
    let mut services = services_of(conn, ids).await?;
    let mut practices = clinics::practices_of(conn, ids).await?;
    let mut earlier = earlier_of(conn, ids).await?;
    earlier.retain(Earlier::is_shown);
    for listing in &mut listings {
        listing.profile.services = services.remove(&listing.id).unwrap_or_default();
        listing.clinics = practices.remove(&listing.id).unwrap_or_default();
        listing.earlier = earlier.extract_if(.., |one| one.listing == listing.id).collect();
    }
    Ok(listings)
}

async fn services_of(conn: &mut Conn, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<OfferedService>>> {
    let rows: Vec<ServiceRow> = conn
        .query(
            "select practitioner_id, service, amount_from, amount_to, currency, unit, sessions_included,
                 touch_up_included
             from practitioner_services
             where practitioner_id in ({list})
             order by practitioner_id, position",
        )
        .bind_list(ids)
        .fetch_all()
        .await?;
    let mut services: HashMap<Uuid, Vec<OfferedService>> = HashMap::new();
    for row in rows {
        services.entry(row.practitioner_id).or_default().push(row.read());
    }
    Ok(services)
}

/// How many listings are listed.
///
/// # Errors
/// As the database says.
pub async fn count(conn: &mut Conn) -> Result<u64> {
    let (count,): (i64,) =
        conn.query("select count(*) from practitioners where state = 'listed'").fetch_one().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Those of the numbers under which something is listed, in order.
///
/// # Errors
/// As the database says.
pub async fn listed_among(conn: &mut Conn, numbers: &[Number]) -> Result<Vec<Number>> {
    let rows: Vec<(Number,)> = conn
        .query(
            "select number from practitioners where state = 'listed' and number in ({list}) order by number",
        )
        .bind_list(numbers)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Up to `limit` listings after a number, in order, each with when it was changed last.
///
/// # Errors
/// As the database says.
pub async fn listed_after(conn: &mut Conn, number: &str, limit: i64) -> Result<Vec<(Number, Ts)>> {
    conn.query(
        "select number, updated_at from practitioners where state = 'listed' and number > $1
         order by number limit $2",
    )
    .bind(number.to_owned())
    .bind(limit)
    .fetch_all()
    .await
}

/// The ids of those of the numbers that are listed, by id.
///
/// # Errors
/// As the database says.
pub async fn ids_of(conn: &mut Conn, numbers: &[Number]) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn
        .query("select id from practitioners where state = 'listed' and number in ({list}) order by id")
        .bind_list(numbers)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Up to `limit` ids of listings after `id`, in order: the walk of a rebuild, from [`Uuid::nil`].
///
/// # Errors
/// As the database says.
pub async fn ids_after(conn: &mut Conn, id: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn
        .query("select id from practitioners where state = 'listed' and id > $1 order by id limit $2")
        .bind(id)
        .bind(limit)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What has become of a number; `None` when it was never given out.
///
/// # Errors
/// As the database says.
pub async fn standing(conn: &mut Conn, number: Number) -> Result<Option<Standing>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        version: i64,
        into_number: Option<Number>,
        removal: Option<ListingRemoval>,
        ended_at: Option<Ts>,
    }
    let row: Option<Row> = conn
        .query(
            "select p.id, p.version, survivor.number as into_number, p.removal, p.ended_at
             from practitioners p left join practitioners survivor on survivor.id = p.merged_into
             where p.number = $1",
        )
        .bind(number)
        .fetch_optional()
        .await?;
    Ok(row.map(|row| match (row.into_number, row.removal, row.ended_at) {
        (Some(into), _, Some(at)) => Standing::Merged { id: row.id, into, at },
        (None, Some(reason), Some(at)) => Standing::Removed { id: row.id, reason, at },
        _ => Standing::Listed { id: row.id, version: row.version },
    }))
}

/// The ids of the listings merged into this one: what was filed under them counts for it.
///
/// # Errors
/// As the database says.
pub async fn merged_into(conn: &mut Conn, id: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = conn
        .query("select id from practitioners where merged_into = $1 order by id")
        .bind(id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The listings merged into any of these: each with the one it was merged into.
///
/// # Errors
/// As the database says.
pub async fn merged_into_any(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    conn.query("select id, merged_into from practitioners where merged_into in ({list}) order by id")
        .bind_list(ids)
        .fetch_all()
        .await
}

/// Says that something shown on a listing changed: moves its `updated_at` on, not its version, and
/// appends it to the change feed. A listing that is no longer listed stays as it is.
///
/// # Errors
/// As the database says.
pub async fn touched(conn: &mut Conn, id: Uuid, at: Ts) -> Result<()> {
    let row: Option<(Number,)> = conn
        .query(
            "update practitioners set updated_at = case when updated_at < $2 then $2 else updated_at end
             where id = $1 and state = 'listed' returning number",
        )
        .bind(id)
        .bind(at)
        .fetch_optional()
        .await?;
    match row {
        Some((number,)) => changes::append(conn, &subject(number), at).await,
        None => Ok(()),
    }
}

/// Writes a new listing: number, profile and services, version 1. Answers `false`, having written
/// nothing, where the number is taken.
pub(in crate::practitioners) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    number: Number,
    profile: &Profile,
    now: Ts,
) -> Result<bool> {
    let query = conn.query(
        "insert into practitioners (id, number, created_at, updated_at, name, given_name, family_name,
             former_names, also_known_as, headline, bio, phone, email, website, booking_url, social_profiles,
             practising_since, conditions, techniques, welcomes, languages, accepts_new_clients, country,
             stated_training)
         values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
             $20, $21, $22, $23)
         on conflict (number) do nothing",
    );
    if bind_profile(query.bind(id).bind(number).bind(now), profile).execute().await? == 0 {
        return Ok(false);
    }
    insert_services(conn, id, &profile.services).await?;
    Ok(true)
}

/// Replaces the profile of a listing whose version is still `version`, and raises it; answers whether
/// it was.
pub(in crate::practitioners) async fn update(
    conn: &mut Conn,
    id: Uuid,
    version: i64,
    profile: &Profile,
    now: Ts,
) -> Result<bool> {
    let query = conn.query(
        "update practitioners set version = version + 1, updated_at = $3, name = $4, given_name = $5,
             family_name = $6, former_names = $7, also_known_as = $8, headline = $9, bio = $10, phone = $11,
             email = $12, website = $13, booking_url = $14, social_profiles = $15, practising_since = $16,
             conditions = $17, techniques = $18, welcomes = $19, languages = $20, accepts_new_clients = $21,
             country = $22, stated_training = $23
         where id = $1 and version = $2 and state = 'listed'",
    );
    if bind_profile(query.bind(id).bind(version).bind(now), profile).execute().await? == 0 {
        return Ok(false);
    }
    conn.query("delete from practitioner_services where practitioner_id = $1").bind(id).execute().await?;
    insert_services(conn, id, &profile.services).await?;
    Ok(true)
}

/// `$4` to `$23`.
fn bind_profile<'c>(query: Query<'c>, profile: &Profile) -> Query<'c> {
    query
        .bind(profile.name.clone())
        .bind(profile.given_name.clone())
        .bind(profile.family_name.clone())
        .bind(Json(profile.former_names.clone()))
        .bind(Json(profile.also_known_as.clone()))
        .bind(profile.own_words.headline.clone())
        .bind(profile.own_words.bio.clone())
        .bind(profile.contact.phone.clone())
        .bind(profile.contact.email.clone())
        .bind(profile.contact.website.clone())
        .bind(profile.contact.booking_url.clone())
        .bind(Json(profile.social_profiles.clone()))
        .bind(profile.practising_since.clone())
        .bind(Json(profile.conditions.clone()))
        .bind(Json(profile.techniques.clone()))
        .bind(Json(profile.welcomes.clone()))
        .bind(Json(profile.languages.clone()))
        .bind(profile.accepts_new_clients)
        .bind(profile.country.map(|country| country.as_str().to_owned()))
        .bind(Json(profile.stated_training.clone()))
}

async fn insert_services(conn: &mut Conn, id: Uuid, services: &[OfferedService]) -> Result<()> {
    for (position, offered) in (0_i64..).zip(services) {
        let price = offered.price;
        conn.query(
            "insert into practitioner_services (practitioner_id, position, service, amount_from, amount_to,
                 currency, unit, sessions_included, touch_up_included)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(position)
        .bind(offered.service.as_str().to_owned())
        .bind(price.map(|price| price.amount_from))
        .bind(price.and_then(|price| price.amount_to))
        .bind(price.map(|price| price.currency.as_str().to_owned()))
        .bind(price.map(|price| price.unit.as_str().to_owned()))
        .bind(price.and_then(|price| price.sessions_included).map(i64::from))
        .bind(price.and_then(|price| price.touch_up_included))
        .execute()
        .await?;
    }
    Ok(())
}

/// Names the portrait of a listing whose version is still `version`, and raises it; answers whether
/// it was.
pub(in crate::practitioners) async fn set_portrait(
    conn: &mut Conn,
    id: Uuid,
    version: i64,
    portrait: Option<&str>,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update practitioners set version = version + 1, updated_at = $3, portrait = $4
             where id = $1 and version = $2 and state = 'listed'",
        )
        .bind(id)
        .bind(version)
        .bind(now)
        .bind(portrait.map(str::to_owned))
        .execute()
        .await?;
    Ok(rows > 0)
}

/// Raises the version of a listing that is still at `version`; answers whether it was.
pub(in crate::practitioners) async fn raise(
    conn: &mut Conn,
    id: Uuid,
    version: i64,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update practitioners set version = version + 1, updated_at = $3
             where id = $1 and version = $2 and state = 'listed'",
        )
        .bind(id)
        .bind(version)
        .bind(now)
        .execute()
        .await?;
    Ok(rows > 0)
}

/// The name of a listing's portrait in the blob store, listed or not.
pub(in crate::practitioners) async fn portrait_of(conn: &mut Conn, id: Uuid) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> =
        conn.query("select portrait from practitioners where id = $1").bind(id).fetch_optional().await?;
    Ok(row.and_then(|(portrait,)| portrait))
}

/// Takes a listing whose version is still `version` off the directory; answers whether it was.
pub(in crate::practitioners) async fn remove(
    conn: &mut Conn,
    id: Uuid,
    version: i64,
    reason: ListingRemoval,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update practitioners set version = version + 1, state = 'removed', removal = $3, ended_at = $4,
                 updated_at = $4
             where id = $1 and version = $2 and state = 'listed'",
        )
        .bind(id)
        .bind(version)
        .bind(reason)
        .bind(now)
        .execute()
        .await?;
    Ok(rows > 0)
}

/// Makes one listing answer for another whose version is still `version`, and for all that were
/// merged into that one before; answers whether it was.
pub(in crate::practitioners) async fn merge(
    conn: &mut Conn,
    id: Uuid,
    version: i64,
    into: Uuid,
    now: Ts,
) -> Result<bool> {
    let rows = conn
        .query(
            "update practitioners set version = version + 1, state = 'merged', merged_into = $3, ended_at = $4,
                 updated_at = $4
             where id = $1 and version = $2 and state = 'listed'",
        )
        .bind(id)
        .bind(version)
        .bind(into)
        .bind(now)
        .execute()
        .await?;
    if rows > 0 {
        conn.query("update practitioners set merged_into = $2 where merged_into = $1")
            .bind(id)
            .bind(into)
            .execute()
            .await?;
    }
    Ok(rows > 0)
}

/// Forgets what a listing said about a person: everything but its number, its dates and the reason
/// for its removal. The clinics it names stay, without it.
pub(in crate::practitioners) async fn erase(conn: &mut Conn, id: Uuid) -> Result<()> {
    let nothing = Json(Vec::<String>::new());
    conn.query(
        "update practitioners set name = '', given_name = null, family_name = null, former_names = $2,
             also_known_as = $2, headline = null, bio = null, phone = null, email = null, website = null,
             booking_url = null, social_profiles = $2, practising_since = null, conditions = $2,
             techniques = $2, welcomes = $2, languages = $2, accepts_new_clients = null, country = null,
             stated_training = $2, portrait = null
         where id = $1",
    )
    .bind(id)
    .bind(nothing.clone())
    .execute()
    .await?;
    conn.query("delete from practitioner_services where practitioner_id = $1").bind(id).execute().await?;
    conn.query("delete from practitioner_clinics where practitioner_id = $1").bind(id).execute().await?;
    conn.query("update practitioner_history set changes = $2 where practitioner_id = $1")
        .bind(id)
        .bind(nothing)
        .execute()
        .await?;
    Ok(())
}
