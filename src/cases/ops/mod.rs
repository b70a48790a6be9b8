//! What can be done to cases, inside the caller's transaction: each operation that changes what is shown
//! touches the listing and appends the case to the change feed.

mod photos;
mod portfolio;
mod watch;

pub use photos::{NewPhoto, keep_photo};
pub use portfolio::portfolios;
pub use watch::{gallery, gazer, sweep};

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::model::{
    self, Case, CaseEnd, CaseState, Confirmation, Details, Hold, HoldDecision, Photo, TOO_MANY,
};
use super::store;
use crate::accounts::{Caller, Role};
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{self, Error, Fault, Result};
use crate::platform::{changes, jobs};
use crate::practitioners::{self, Standing};
use crate::transparency::{self, Op};

/// The job that deletes the files of photos that are not kept.
pub const DELETE_PHOTOS: &str = "cases.delete-photos";

/// What [`DELETE_PHOTOS`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePhotos {
    /// The photos.
    pub photos: Vec<Uuid>,
}

/// The listing under a number: its id.
///
/// # Errors
/// 400 for the number of something else, 404, 410 or 301 where nothing is listed under it.
pub async fn listing(conn: &mut Conn, number: Number) -> Result<Uuid> {
    if number.kind() != NumberKind::Listing {
        let detail =
            format!("{number} is the number of something else; the numbers of listings begin with SMP.");
        return Err(Error::parameter(Fault::new("path:number", "format", detail)));
    }
    match practitioners::standing(conn, number).await? {
        Some(Standing::Listed { id, .. }) => Ok(id),
        other => Err(practitioners::absence(number, other.as_ref(), "/cases")),
    }
}

/// The case under an id, whoever asks.
///
/// # Errors
/// 404 where there is none, 410 where it has ended.
pub async fn find(conn: &mut Conn, id: Uuid) -> Result<Case> {
    let case = store::case(conn, id).await?.ok_or_else(|| model::no_such_case(id))?;
    match case.ended {
        Some((at, reason)) => Err(model::ended(at, reason)),
        None => Ok(case),
    }
}

/// The case under an id, and whether whoever asks keeps it.
///
/// # Errors
/// As [`find`]; 404 also for a case that is not shown to this caller.
pub async fn find_to_see(
    conn: &mut Conn,
    id: Uuid,
    caller: Option<&Caller>,
    today: Date,
) -> Result<(Case, bool)> {
    let case = find(conn, id).await?;
    if caller.is_some_and(|caller| caller.keeps(Role::Practitioner, case.practitioner)) {
        return Ok((case, true));
    }
    // Not shown is not there: a stranger does not learn of a draft.
    let listed = practitioners::listed_among(conn, &[case.listing]).await?;
    if case.is_shown(today) && !listed.is_empty() { Ok((case, false)) } else { Err(model::no_such_case(id)) }
}

/// Makes a draft.
///
/// # Errors
/// 409 where the listing has as many cases as it may have.
pub async fn create(
    conn: &mut Conn,
    app: &App,
    owner: Uuid,
    listing: Number,
    details: Details,
) -> Result<Case> {
    if store::count_cases(conn, owner, true).await? >= limits::CASES_PER_LISTING {
        let detail = format!("A listing has at most {} cases.", limits::CASES_PER_LISTING);
        return Err(Error::new(TOO_MANY, detail));
    }
    let now = app.clock.now();
    let case = Case {
        id: app.ids.uuid(),
        practitioner: owner,
        listing,
        version: 1,
        state: CaseState::Draft,
        details,
        confirmation: None,
        published_at: None,
        ended: None,
        created_at: now,
        updated_at: now,
    };
    store::insert_case(conn, &case).await?;
    Ok(case)
}

/// Writes a changed case down, shown or not.
///
/// # Errors
/// 422 for what cannot be so, 412 when somebody else changed it meanwhile.
pub async fn change(
    conn: &mut Conn,
    app: &App,
    (before, after): (&Case, &Case),
    photos: &[Photo],
    now: Ts,
) -> Result<()> {
    let today = now.date();
    let mut faults = after.details.faults(today);
    faults.extend(after.photo_date_faults(photos));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    after.check_shown(photos, today)?;
    if !store::update_case(conn, after, now).await? {
        return Err(Error::new(
            problem::PRECONDITION_FAILED,
            "Somebody else changed it at the same moment. Read it again, and make your change from there.",
        ));
    }
    if before.state == CaseState::Published || after.state == CaseState::Published {
        note(conn, app, after, now).await?;
    }
    Ok(())
}

/// Tells the listing and the change feed that what is shown of a case has changed.
///
/// # Errors
/// As the database says.
pub async fn note(conn: &mut Conn, app: &App, case: &Case, now: Ts) -> Result<()> {
    log(conn, app, case, None, now).await?;
    tell(conn, case, now).await
}

/// Puts what is shown of a case, or that it no longer is, in front of the public log.
async fn log(conn: &mut Conn, app: &App, case: &Case, end: Option<CaseEnd>, now: Ts) -> Result<()> {
    let shown = end.is_none() && case.state == CaseState::Published;
    let mut record = json!({"at": now, "case": case.id, "listing": case.listing});
    if shown {
        let photos = store::photos(conn, &[case.id]).await?;
        let photos: Vec<Uuid> = photos.iter().filter(|photo| !photo.held).map(|photo| photo.id).collect();
        record["details"] = serde_json::to_value(&case.details).map_err(Error::internal)?;
        record["photos"] = json!(photos);
    }
    if let Some(end) = end {
        record["end"] = json!(end);
    }
    let op = if shown { Op::Case } else { Op::CaseRemove };
    Ok(transparency::record(conn, &app.ids, op, (case.id, case.practitioner), &record, now).await?)
}

/// Puts what was done about a case, beside showing it and taking it away, in front of the public log: what happened and
/// what it came to, and nobody's words.
///
/// # Errors
/// As the database says.
pub async fn log_moderation(
    conn: &mut Conn,
    app: &App,
    op: Op,
    case: &Case,
    outcome: impl Serialize,
    now: Ts,
) -> Result<()> {
    let record = json!({"at": now, "case": case.id, "listing": case.listing, "outcome": outcome});
    Ok(transparency::record(conn, &app.ids, op, (case.id, case.practitioner), &record, now).await?)
}

/// Tells the listing and the change feed.
async fn tell(conn: &mut Conn, case: &Case, now: Ts) -> Result<()> {
    // The listing first: everybody takes a listing's row before the feed's turn.
    practitioners::touched(conn, case.practitioner, now).await?;
    Ok(changes::append(conn, &case.subject(), now).await?)
}

/// Takes a case away for good, with its photos and all it said. Nothing happens where it has ended.
///
/// # Errors
/// As the database says.
pub async fn end(conn: &mut Conn, app: &App, case: &Case, reason: CaseEnd, now: Ts) -> Result<()> {
    if !store::end_case(conn, case.id, reason, now).await? {
        return Ok(());
    }
    let photos = store::photos(conn, &[case.id]).await?;
    drop_photos(conn, app, &photos, now).await?;
    if case.published_at.is_some() {
        // Nothing of the client is kept, so nothing leads from the log to what was said of them.
        transparency::erase(conn, case.id, now).await?;
        log(conn, app, case, Some(reason), now).await?;
        tell(conn, case, now).await?;
    }
    Ok(())
}

/// Forgets photos and has their files deleted.
///
/// # Errors
/// As the database says.
pub async fn drop_photos(conn: &mut Conn, app: &App, photos: &[Photo], now: Ts) -> Result<()> {
    if photos.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = photos.iter().map(|photo| photo.id).collect();
    store::delete_photos(conn, &ids).await?;
    store::close_holds(conn, &ids, now).await?;
    Ok(jobs::enqueue(conn, &app.ids, DELETE_PHOTOS, &DeletePhotos { photos: ids }, now).await?)
}

/// Notes what the client confirmed. A case whose client does not want it shown is no longer.
///
/// # Errors
/// As the database says.
pub async fn confirm(conn: &mut Conn, app: &App, case: &Case, own: Confirmation, now: Ts) -> Result<()> {
    store::confirm(conn, case.id, now, &own.scopes, own.until).await?;
    let mut after = Case { confirmation: Some(own), ..case.clone() };
    if !after.grounds().is_some_and(|grounds| grounds.cover(now.date())) {
        after.state = CaseState::Draft;
    }
    store::update_case(conn, &after, now).await?;
    if case.state == CaseState::Published {
        note(conn, app, &after, now).await?;
    }
    Ok(())
}

/// Decides about a photo that waits.
///
/// # Errors
/// 409 when it was decided before.
pub async fn decide(
    conn: &mut Conn,
    app: &App,
    hold: &Hold,
    decision: HoldDecision,
    note_text: Option<&str>,
    by: &str,
) -> Result<()> {
    let now = app.clock.now();
    if !store::decide_hold(conn, hold.id, decision, note_text, by, now).await? {
        return Err(Error::conflict("Somebody has decided this already."));
    }
    let loser = match decision {
        HoldDecision::KeepKnown => Some(hold.case),
        HoldDecision::KeepNew => Some(hold.rival_case),
        HoldDecision::Unrelated | HoldDecision::Gone => None,
    };
    if let Some(loser) = loser
        && let Some(case) = store::case(conn, loser).await?
    {
        end(conn, app, &case, CaseEnd::NotTheirs, now).await?;
    }
    // After what it ends, whose way out of the log goes with it; before what it lets be shown.
    if let Some(case) = store::case(conn, hold.case).await? {
        log_moderation(conn, app, Op::HoldDecide, &case, decision, now).await?;
    }
    if decision == HoldDecision::KeepKnown || store::waits(conn, hold.photo).await? {
        return Ok(());
    }
    store::release_photo(conn, hold.photo).await?;
    match store::case(conn, hold.case).await? {
        Some(case) if case.state == CaseState::Published => note(conn, app, &case, now).await,
        _ => Ok(()),
    }
}

/// Refuses an operator who is tied to either listing of a hold.
///
/// # Errors
/// 403 `tied-to-listing`.
pub async fn untied_to_both(conn: &mut Conn, operator: &Caller, hold: &Hold) -> Result<()> {
    for case in store::cases(conn, &[hold.case, hold.rival_case]).await? {
        practitioners::ops::untied(conn, operator, case.practitioner).await?;
    }
    Ok(())
}

/// Says that a case was taken away wrongly, and takes `other` away in its place, if that is decided too.
///
/// # Errors
/// As the database says.
pub async fn restore(conn: &mut Conn, app: &App, id: Uuid, other: Option<Uuid>, now: Ts) -> Result<()> {
    store::set_end(conn, id, CaseEnd::TakenAwayWrongly, now).await?;
    if let Some(other) = other
        && let Some(other) = store::case(conn, other).await?
    {
        end(conn, app, &other, CaseEnd::NotTheirs, now).await?;
    }
    Ok(changes::append(conn, &format!("cases/{id}"), now).await?)
}

/// The problem of parameters that cannot be so, all of them at once.
#[track_caller]
pub fn refused(mut faults: Vec<Fault>) -> Error {
    if faults.len() == 1 {
        return Error::parameter(faults.remove(0));
    }
    let detail = format!("{} parameters cannot be used; each is in `errors`.", faults.len());
    Error::new(problem::INVALID_PARAMETER, detail).with_faults(faults)
}
