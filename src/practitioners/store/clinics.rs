//! Statements on `clinics` and `practitioner_clinics`.

use std::collections::HashMap;

use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Json, Query, Result};
use crate::platform::geo::Point;
use crate::practitioners::model::{
    Address, Clinic, ClinicDetails, ClinicRole, OpeningHours, Placement, PointSource, Practice,
};
use crate::vocabulary::Country;

#[derive(sqlx::FromRow)]
struct ClinicRow {
    id: Uuid,
    version: i64,
    name: String,
    address_lines: Json<Vec<String>>,
    city: Option<String>,
    region: Option<String>,
    postcode: Option<String>,
    #[sqlx(try_from = "String")]
    country: Country,
    lat: Option<f64>,
    lon: Option<f64>,
    point_source: Option<PointSource>,
    phone: Option<String>,
    website: Option<String>,
    step_free: Option<bool>,
    opening_hours: Json<Vec<OpeningHours>>,
    created_at: Ts,
    updated_at: Ts,
}

impl ClinicRow {
    fn read(self) -> Clinic {
        let address = Address {
            lines: self.address_lines.0,
            city: self.city,
            region: self.region,
            postcode: self.postcode,
            country: self.country,
        };
        let point = self.lat.zip(self.lon).and_then(|(lat, lon)| Point::new(lat, lon));
        let details = ClinicDetails {
            name: self.name,
            address,
            point: point.zip(self.point_source),
            phone: self.phone,
            website: self.website,
            step_free: self.step_free,
            opening_hours: self.opening_hours.0,
        };
        Clinic {
            id: self.id,
            version: self.version,
            details,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct PracticeRow {
    practitioner_id: Uuid,
    #[sqlx(flatten)]
    clinic: ClinicRow,
    role: ClinicRole,
    from_day: Option<String>,
    until_day: Option<String>,
    home_visits: bool,
    confirmed: bool,
}

/// Somebody listed who works or worked at a clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::practitioners) struct Colleague {
    /// The listing's id.
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// Whether the clinic's side agrees.
    pub confirmed: bool,
}

/// The clinic with that id.
///
/// # Errors
/// As the database says.
pub async fn load_clinic(conn: &mut Conn, id: Uuid) -> Result<Option<Clinic>> {
    let row: Option<ClinicRow> = conn
        .query(
            "select id, version, name, address_lines, city, region, postcode, country, lat, lon, point_source,
                 phone, website, step_free, opening_hours, created_at, updated_at
             from clinics where id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(ClinicRow::read))
}

/// Where those practitioners work, each in the order it was added.
pub(super) async fn practices_of(conn: &mut Conn, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Practice>>> {
    let rows: Vec<PracticeRow> = conn
        .query(
            "select w.practitioner_id, w.role, w.from_day, w.until_day, w.home_visits, w.confirmed,
                 c.id, c.version, c.name, c.address_lines, c.city, c.region, c.postcode, c.country, c.lat, c.lon,
                 c.point_source, c.phone, c.website, c.step_free, c.opening_hours, c.created_at, c.updated_at
             from practitioner_clinics w join clinics c on c.id = w.clinic_id
             where w.practitioner_id in ({list})
             order by w.practitioner_id, w.position, c.id",
        )
        .bind_list(ids)
        .fetch_all()
        .await?;
    let mut practices: HashMap<Uuid, Vec<Practice>> = HashMap::new();
    for row in rows {
        let placement = Placement {
            role: row.role,
            from: row.from_day,
            until: row.until_day,
            home_visits: row.home_visits,
        };
        let practice = Practice { clinic: row.clinic.read(), placement, confirmed: row.confirmed };
        practices.entry(row.practitioner_id).or_default().push(practice);
    }
    Ok(practices)
}

/// Everybody listed who works or worked at a clinic.
pub(in crate::practitioners) async fn people_of(conn: &mut Conn, clinic: Uuid) -> Result<Vec<Colleague>> {
    conn.query(
        "select w.practitioner_id as id, p.version, w.confirmed
         from practitioner_clinics w join practitioners p on p.id = w.practitioner_id
         where w.clinic_id = $1 and p.state = 'listed'
         order by w.practitioner_id",
    )
    .bind(clinic)
    .fetch_all()
    .await
}

/// Writes a new clinic, version 1.
pub(in crate::practitioners) async fn insert_clinic(
    conn: &mut Conn,
    id: Uuid,
    details: &ClinicDetails,
    author: Option<Uuid>,
    now: Ts,
) -> Result<()> {
    let query = conn.query(
        "insert into clinics (id, created_at, updated_at, created_by, name, address_lines, city, region,
             postcode, country, lat, lon, point_source, phone, website, step_free, opening_hours)
         values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    );
    bind_details(query.bind(id).bind(now).bind(author), details).execute().await?;
    Ok(())
}

/// Replaces what is known about a clinic whose version is still `version`, and raises it; answers
/// whether it was.
pub(in crate::practitioners) async fn update_clinic(
    conn: &mut Conn,
    id: Uuid,
    version: i64,
    details: &ClinicDetails,
    now: Ts,
) -> Result<bool> {
    let query = conn.query(
        "update clinics set version = version + 1, updated_at = $2, name = $4, address_lines = $5, city = $6,
             region = $7, postcode = $8, country = $9, lat = $10, lon = $11, point_source = $12, phone = $13,
             website = $14, step_free = $15, opening_hours = $16
         where id = $1 and version = $3",
    );
    let rows = bind_details(query.bind(id).bind(now).bind(version), details).execute().await?;
    Ok(rows > 0)
}

/// `$4` to `$16`.
fn bind_details<'c>(query: Query<'c>, details: &ClinicDetails) -> Query<'c> {
    query
        .bind(details.name.clone())
        .bind(Json(details.address.lines.clone()))
        .bind(details.address.city.clone())
        .bind(details.address.region.clone())
        .bind(details.address.postcode.clone())
        .bind(details.address.country.as_str().to_owned())
        .bind(details.point.map(|(point, _)| point.lat))
        .bind(details.point.map(|(point, _)| point.lon))
        .bind(details.point.map(|(_, source)| source))
        .bind(details.phone.clone())
        .bind(details.website.clone())
        .bind(details.step_free)
        .bind(Json(details.opening_hours.clone()))
}

/// The token that wrote a clinic, where one did.
pub(in crate::practitioners) async fn clinic_author(conn: &mut Conn, id: Uuid) -> Result<Option<Uuid>> {
    let row: Option<(Option<Uuid>,)> =
        conn.query("select created_by from clinics where id = $1").bind(id).fetch_optional().await?;
    Ok(row.and_then(|(author,)| author))
}

/// Says that and how somebody works at a clinic; a confirmation once given stays.
pub(in crate::practitioners) async fn attach(
    conn: &mut Conn,
    practitioner: Uuid,
    clinic: Uuid,
    position: i64,
    placement: &Placement,
    confirmed: bool,
) -> Result<()> {
    conn.query(
        "insert into practitioner_clinics (practitioner_id, clinic_id, position, role, from_day, until_day,
             home_visits, confirmed)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (practitioner_id, clinic_id) do update set role = excluded.role,
             from_day = excluded.from_day, until_day = excluded.until_day, home_visits = excluded.home_visits,
             confirmed = practitioner_clinics.confirmed or excluded.confirmed",
    )
    .bind(practitioner)
    .bind(clinic)
    .bind(position)
    .bind(placement.role)
    .bind(placement.from.clone())
    .bind(placement.until.clone())
    .bind(placement.home_visits)
    .bind(confirmed)
    .execute()
    .await?;
    Ok(())
}

/// Notes that the clinic's side agrees; answers whether that is news.
pub(in crate::practitioners) async fn confirm(
    conn: &mut Conn,
    practitioner: Uuid,
    clinic: Uuid,
) -> Result<bool> {
    let rows = conn
        .query(
            "update practitioner_clinics set confirmed = true
             where practitioner_id = $1 and clinic_id = $2 and not confirmed",
        )
        .bind(practitioner)
        .bind(clinic)
        .execute()
        .await?;
    Ok(rows > 0)
}

/// Takes somebody off a clinic; answers whether they were there.
pub(in crate::practitioners) async fn detach(
    conn: &mut Conn,
    practitioner: Uuid,
    clinic: Uuid,
) -> Result<bool> {
    let rows = conn
        .query("delete from practitioner_clinics where practitioner_id = $1 and clinic_id = $2")
        .bind(practitioner)
        .bind(clinic)
        .execute()
        .await?;
    Ok(rows > 0)
}

/// Gives a listing the clinics of another that it does not have, after its own.
pub(in crate::practitioners) async fn move_practices(conn: &mut Conn, from: Uuid, to: Uuid) -> Result<()> {
    conn.query(
        "insert into practitioner_clinics (practitioner_id, clinic_id, position, role, from_day, until_day,
             home_visits, confirmed)
         select $2, clinic_id, position + 1000, role, from_day, until_day, home_visits, confirmed
         from practitioner_clinics where practitioner_id = $1
         on conflict (practitioner_id, clinic_id) do nothing",
    )
    .bind(from)
    .bind(to)
    .execute()
    .await?;
    conn.query("delete from practitioner_clinics where practitioner_id = $1").bind(from).execute().await?;
    Ok(())
}
