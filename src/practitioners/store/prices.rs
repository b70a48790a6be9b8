//! What clinics charge, compared across listings.

use crate::platform::db::{Conn, Result};
use crate::vocabulary::{Country, Currency, Service};

/// What each clinic of a country charges for a whole treatment, in one currency: the lowest price of anybody
/// who works there, in ascending order.
///
/// # Errors
/// As the database says.
pub async fn clinic_prices(
    conn: &mut Conn,
    service: Service,
    country: Country,
    currency: Currency,
) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query(
            "select min(s.amount_from) as amount
             from practitioner_services s
             join practitioners p on p.id = s.practitioner_id and p.state = 'listed'
             join practitioner_clinics at on at.practitioner_id = s.practitioner_id
             join clinics c on c.id = at.clinic_id
             where s.service = $1 and s.currency = $2 and s.unit = 'whole-treatment' and c.country = $3
             group by c.id
             order by 1",
        )
        .bind(service.as_str().to_owned())
        .bind(currency.as_str().to_owned())
        .bind(country.as_str().to_owned())
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(amount,)| amount).collect())
}
