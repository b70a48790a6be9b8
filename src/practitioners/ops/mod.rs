//! What can be done to listings and clinics, inside the caller's transaction: for handlers, and for
//! the commands that fill a directory.
//!
//! Each operation compares the version its author saw, writes one history entry a listing, and
//! appends what changed to the change feed. Who may do it is the caller's to have asked.

mod earlier;

pub use earlier::{earlier, mark};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{
    self, Action, Clinic, ClinicDetails, FieldChange, ListingRemoval, NewListing, Placement, Practice,
    Practitioner, Premises, Profile, clinic_changes, clinic_subject, placement_change, profile_changes,
    subject,
};
use super::store;
use crate::accounts::{self, Caller, Role, Subject};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::id::{Ids, Number, NumberKind};
use crate::platform::problem::{self, Error, Fault, Result};
use crate::platform::vault::Vault;
use crate::platform::{changes, jobs};

/// The job that removes a portrait nobody shows any more.
pub const DELETE_PORTRAIT: &str = "practitioners.delete-portrait";

/// What [`DELETE_PORTRAIT`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePortrait {
    /// The listing that showed it.
    pub practitioner: Uuid,
    /// Its name in the blob store.
    pub portrait: String,
}

/// Who does it, when, and where ids come from.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// Where ids come from.
    pub ids: &'a Ids,
    /// Keeps what gives a listing away from being read back.
    pub vault: &'a Vault,
    /// When.
    pub now: Ts,
}

/// Makes a listing under a fresh number; a practitioner's token that keeps none keeps this one.
///
/// # Errors
/// 422 when a clinic it names is not there, 409 when the token was bound meanwhile.
pub async fn create(conn: &mut Conn, act: &Act<'_>, listing: &NewListing) -> Result<Number> {
    let id = act.ids.uuid();
    let number = insert(conn, act, id, &listing.profile).await?;
    let mut history = profile_changes(&Profile::default(), &listing.profile);
    let mut faults = Vec::new();
    for (position, (premises, placement)) in listing.clinics.iter().enumerate() {
        match place(conn, act, id, position, premises, placement).await? {
            Some(practice) => history.extend(placement_change(None, Some(&practice))),
            None => faults.push(unknown_clinic(&format!("/clinics/{position}/id"))),
        }
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    store::set_handles(conn, id, &listing.profile.handles()).await?;
    earlier::leave(conn, id, &listing.profile.marks(act.vault), act.now).await?;
    if act.caller.role == Role::Practitioner {
        accounts::bind(conn, act.caller, &Subject { id, name: number.to_string() }).await?;
    }
    store::record(conn, id, 1, Action::Created, history, &act.caller.actor(), act.now).await?;
    changes::append(conn, &subject(number), act.now).await?;
    Ok(number)
}

async fn insert(conn: &mut Conn, act: &Act<'_>, id: Uuid, profile: &Profile) -> Result<Number> {
    // There are 31^8 numbers: a second try is rare, a fourth means that something is broken.
    for _ in 0..4 {
        let number = act.ids.number(NumberKind::Listing);
        if store::insert(conn, id, number, profile, act.now).await? {
            return Ok(number);
        }
    }
    Err(Error::internal("four fresh numbers in a row are taken"))
}

/// Replaces what a listing says; nothing happens where nothing differs.
///
/// # Errors
/// 412 when somebody else changed it meanwhile.
pub async fn change(conn: &mut Conn, act: &Act<'_>, listing: &Practitioner, profile: &Profile) -> Result<()> {
    let history = profile_changes(&listing.profile, profile);
    if history.is_empty() {
        return Ok(());
    }
    if !store::update(conn, listing.id, listing.version, profile, act.now).await? {
        return Err(changed_meanwhile());
    }
    store::set_handles(conn, listing.id, &profile.handles()).await?;
    earlier::leave(conn, listing.id, &profile.marks(act.vault), act.now).await?;
    changed(conn, act, listing, Action::Changed, history).await
}

/// Shows another portrait, or none; the old one is deleted afterwards.
///
/// # Errors
/// 412 when somebody else changed the listing meanwhile.
pub async fn set_portrait(
    conn: &mut Conn,
    act: &Act<'_>,
    listing: &Practitioner,
    portrait: Option<&str>,
) -> Result<()> {
    if listing.portrait.as_deref() == portrait {
        return Ok(());
    }
    if !store::set_portrait(conn, listing.id, listing.version, portrait, act.now).await? {
        return Err(changed_meanwhile());
    }
    drop_portrait(conn, act, listing).await?;
    let history = vec![FieldChange::withheld("/portrait")];
    changed(conn, act, listing, Action::PortraitChanged, history).await
}

/// Takes a listing off the directory for good. Its number answers 410 with the reason from now on;
/// where the practitioner asked for it, nothing about them is kept that could be read.
///
/// # Errors
/// 412 when somebody else changed the listing meanwhile.
pub async fn remove(
    conn: &mut Conn,
    act: &Act<'_>,
    listing: &Practitioner,
    reason: ListingRemoval,
) -> Result<()> {
    if !store::remove(conn, listing.id, listing.version, reason, act.now).await? {
        return Err(changed_meanwhile());
    }
    store::clear_handles(conn, listing.id).await?;
    // Whoever listed anew before taking the old one off sheds nothing either.
    earlier::find(conn, listing.id, act.now).await?;
    if reason.erases() {
        drop_portrait(conn, act, listing).await?;
        store::erase(conn, listing.id).await?;
    }
    let history = vec![FieldChange::shown("/removal", serde_json::Value::Null, serde_json::json!(reason))];
    changed(conn, act, listing, Action::Removed, history).await
}

/// Makes `survivor` answer for `listing`, whose number answers 301 from now on. The survivor takes
/// over the clinics it does not have, and is found by the other's addresses and names; what else that
/// one said is for its keeper to bring over.
///
/// # Errors
/// 412 when somebody else changed either meanwhile.
pub async fn merge(
    conn: &mut Conn,
    act: &Act<'_>,
    listing: &Practitioner,
    survivor: &Practitioner,
) -> Result<()> {
    let merged = store::merge(conn, listing.id, listing.version, survivor.id, act.now).await?;
    if !merged || !store::raise(conn, survivor.id, survivor.version, act.now).await? {
        return Err(changed_meanwhile());
    }
    store::move_practices(conn, listing.id, survivor.id).await?;
    store::hand_marks_on(conn, listing.id, survivor.id).await?;
    let into = serde_json::json!(survivor.number);
    let from = serde_json::json!(listing.number);
    let history = vec![FieldChange::shown("/merged_into", serde_json::Value::Null, into)];
    changed(conn, act, listing, Action::Merged, history).await?;
    let history = vec![FieldChange::shown("/merged_from", serde_json::Value::Null, from)];
    changed(conn, act, survivor, Action::Absorbed, history).await
}

/// Writes a clinic down.
///
/// # Errors
/// As the database says.
pub async fn create_clinic(conn: &mut Conn, act: &Act<'_>, details: &ClinicDetails) -> Result<Uuid> {
    let id = act.ids.uuid();
    store::insert_clinic(conn, id, details, Some(act.caller.token_id), act.now).await?;
    changes::append(conn, &clinic_subject(id), act.now).await?;
    Ok(id)
}

/// Replaces what is known about a clinic, on every listing that names it.
///
/// # Errors
/// 412 when somebody else changed it meanwhile.
pub async fn change_clinic(
    conn: &mut Conn,
    act: &Act<'_>,
    clinic: &Clinic,
    details: &ClinicDetails,
) -> Result<()> {
    if clinic.details == *details {
        return Ok(());
    }
    if !store::update_clinic(conn, clinic.id, clinic.version, details, act.now).await? {
        return Err(changed_meanwhile());
    }
    changes::append(conn, &clinic_subject(clinic.id), act.now).await?;
    let history = clinic_changes(clinic.id, &clinic.details, details);
    let actor = act.caller.actor();
    for person in store::people_of(conn, clinic.id).await? {
        let (id, version) = (person.id, person.version);
        store::record(conn, id, version, Action::ClinicChanged, history.clone(), &actor, act.now).await?;
        store::touched(conn, id, act.now).await?;
    }
    Ok(())
}

/// Whether a caller speaks for a clinic: an operator, whoever wrote it, or somebody who works there
/// and whom the clinic's side confirmed.
///
/// # Errors
/// As the database says.
pub async fn speaks_for(conn: &mut Conn, caller: &Caller, clinic: Uuid) -> Result<bool> {
    if caller.role == Role::Operator || store::clinic_author(conn, clinic).await? == Some(caller.token_id) {
        return Ok(true);
    }
    let (Role::Practitioner, Some(own)) = (caller.role, caller.scope()) else { return Ok(false) };
    let people = store::people_of(conn, clinic).await?;
    Ok(people.iter().any(|person| person.id == own && person.confirmed))
}

/// Says that, or how, somebody works at a clinic.
///
/// # Errors
/// 404 for a clinic that is not there, 422 past the most clinics, 412 when somebody else changed the
/// listing meanwhile.
pub async fn attach(
    conn: &mut Conn,
    act: &Act<'_>,
    listing: &Practitioner,
    clinic: Uuid,
    placement: &Placement,
) -> Result<()> {
    let before = listing.clinics.iter().find(|practice| practice.clinic.id == clinic);
    if before.is_none() && listing.clinics.len() >= limits::CLINICS_PER_LISTING {
        let detail = format!("A listing names at most {} clinics.", limits::CLINICS_PER_LISTING);
        return Err(Error::invalid(vec![Fault::new("", "too-many", detail)]));
    }
    let premises = Premises::Known(clinic);
    let position = listing.clinics.len();
    let Some(after) = place(conn, act, listing.id, position, &premises, placement).await? else {
        return Err(no_such_clinic(clinic));
    };
    let history = placement_change(before, Some(&after));
    if history.is_empty() {
        return Ok(());
    }
    raise(conn, act, listing).await?;
    changed(conn, act, listing, Action::ClinicAttached, history).await
}

/// Takes a clinic off a listing.
///
/// # Errors
/// 404 when it names no such clinic, 412 when somebody else changed it meanwhile.
pub async fn detach(conn: &mut Conn, act: &Act<'_>, listing: &Practitioner, clinic: Uuid) -> Result<()> {
    let before = listing.clinics.iter().find(|practice| practice.clinic.id == clinic);
    if !store::detach(conn, listing.id, clinic).await? {
        return Err(Error::not_found(format!("The listing {} names no clinic {clinic}.", listing.number)));
    }
    raise(conn, act, listing).await?;
    changed(conn, act, listing, Action::ClinicDetached, placement_change(before, None)).await
}

/// Notes that a clinic's side agrees that somebody works there. Nothing happens where it did already.
///
/// # Errors
/// 404 when the listing names no such clinic.
pub async fn confirm(conn: &mut Conn, act: &Act<'_>, listing: &Practitioner, clinic: Uuid) -> Result<()> {
    if !listing.clinics.iter().any(|practice| practice.clinic.id == clinic) {
        return Err(Error::not_found(format!("The listing {} names no clinic {clinic}.", listing.number)));
    }
    if !store::confirm(conn, listing.id, clinic).await? {
        return Ok(());
    }
    let field = format!("/clinics/{clinic}/confirmed");
    let history = vec![FieldChange::shown(field, serde_json::json!(false), serde_json::json!(true))];
    let (actor, version) = (act.caller.actor(), listing.version);
    store::record(conn, listing.id, version, Action::ClinicConfirmed, history, &actor, act.now).await?;
    Ok(store::touched(conn, listing.id, act.now).await?)
}

/// The problem of a clinic that is not there.
#[track_caller]
pub fn no_such_clinic(id: Uuid) -> Error {
    Error::not_found(format!("There is no clinic {id}. POST /v1/clinics makes one."))
}

/// Writes down that somebody works somewhere; `None` where that is no clinic of the directory.
async fn place(
    conn: &mut Conn,
    act: &Act<'_>,
    practitioner: Uuid,
    position: usize,
    premises: &Premises<ClinicDetails>,
    placement: &Placement,
) -> Result<Option<Practice>> {
    let (id, agreed) = match premises {
        Premises::New(details) => (create_clinic(conn, act, details).await?, true),
        Premises::Known(id) => (*id, speaks_for(conn, act.caller, *id).await?),
    };
    let Some(clinic) = store::load_clinic(conn, id).await? else { return Ok(None) };
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    store::attach(conn, practitioner, id, position, placement, agreed).await?;
    Ok(Some(Practice { clinic, placement: placement.clone(), confirmed: agreed }))
}

fn unknown_clinic(pointer: &str) -> Fault {
    Fault::new(pointer, "unknown-clinic", "There is no clinic with this id; describe it here instead.")
}

async fn raise(conn: &mut Conn, act: &Act<'_>, listing: &Practitioner) -> Result<()> {
    if store::raise(conn, listing.id, listing.version, act.now).await? {
        Ok(())
    } else {
        Err(changed_meanwhile())
    }
}

/// The history entry and the change of a listing whose version was just raised.
async fn changed(
    conn: &mut Conn,
    act: &Act<'_>,
    listing: &Practitioner,
    action: Action,
    history: Vec<FieldChange>,
) -> Result<()> {
    let version = listing.version + 1;
    store::record(conn, listing.id, version, action, history, &act.caller.actor(), act.now).await?;
    Ok(changes::append(conn, &listing.subject(), act.now).await?)
}

async fn drop_portrait(conn: &mut Conn, act: &Act<'_>, listing: &Practitioner) -> Result<()> {
    let Some(portrait) = listing.portrait.clone() else { return Ok(()) };
    let payload = DeletePortrait { practitioner: listing.id, portrait };
    Ok(jobs::enqueue(conn, act.ids, DELETE_PORTRAIT, &payload, act.now).await?)
}

/// Two writers read one version; the other was first.
#[track_caller]
fn changed_meanwhile() -> Error {
    Error::new(
        problem::PRECONDITION_FAILED,
        "Somebody else changed it at the same moment. Read it again, and make your change from there.",
    )
}

/// Refuses an operator who is tied to a listing.
///
/// # Errors
/// 403 `tied-to-listing`.
pub async fn untied(conn: &mut Conn, operator: &Caller, listing: Uuid) -> Result<()> {
    let name = operator.actor();
    if store::is_tied(conn, (operator.token_id, &name), listing).await? { Err(model::tied()) } else { Ok(()) }
}
