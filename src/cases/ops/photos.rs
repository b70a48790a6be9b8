//! Keeping a photo: what it looks like is compared with every photo of other listings first.

use uuid::Uuid;

use super::{find, gazer, note, refused};
use crate::accounts::Caller;
use crate::accounts::Role;
use crate::app::App;
use crate::cases::model::{self, Alike, CaseState, Hold, Looks, Photo, PhotoFacts, TOO_MANY};
use crate::cases::store;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::problem::{Error, Result};

/// Cases of others that one photo is compared with by a person, at most.
const RIVALS: usize = 5;

/// A photo whose files are stored already.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    /// Its id.
    pub id: Uuid,
    /// What is said about it.
    pub facts: PhotoFacts,
    /// What was sent, in pixels: width and height, upright.
    pub size: (u32, u32),
    /// A blurred picture of a few pixels.
    pub placeholder: String,
    /// What it looks like.
    pub looks: Looks,
}

/// Keeps a photo of a case. Where it looks like another listing's it waits for a person; neither side is
/// told of the other.
///
/// # Errors
/// 403, 404, 410 as the case stands by now, 409 past the most photos, 422 for an impossible day.
pub async fn keep_photo(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    case: Uuid,
    new: NewPhoto,
) -> Result<()> {
    let now = app.clock.now();
    // Raised first, which holds the case: a consent that is withdrawn meanwhile is seen below, or sees this.
    store::touch_case(conn, case, now).await?;
    let case = find(conn, case).await?;
    if !caller.keeps(Role::Practitioner, case.practitioner) {
        return Err(model::no_such_case(case.id));
    }
    let faults = new.facts.faults(&case.details, now.date());
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    let photos = store::photos(conn, &[case.id]).await?;
    if i64::try_from(photos.len()).unwrap_or(i64::MAX) >= limits::PHOTOS_PER_CASE {
        let detail = format!("A case has at most {} photos.", limits::PHOTOS_PER_CASE);
        return Err(Error::new(TOO_MANY, detail));
    }
    store::lock_photos(conn).await?;
    let alike = gazer(app, conn).await?.alike(&new.looks, Some(case.practitioner));
    let holds = rivals(conn, app, &new, case.id, &alike, now).await?;
    let photo = Photo {
        seq: 0,
        id: new.id,
        case: case.id,
        facts: new.facts,
        size: (i64::from(new.size.0), i64::from(new.size.1)),
        placeholder: new.placeholder,
        held: !holds.is_empty(),
        created_at: now,
    };
    store::insert_photo(conn, case.practitioner, &photo, &new.looks).await?;
    for hold in &holds {
        store::insert_hold(conn, hold).await?;
    }
    if case.state == CaseState::Published && !photo.held { note(conn, app, &case, now).await } else { Ok(()) }
}

/// What a person has to compare a photo with: the closest photo of each other case that still stands.
async fn rivals(
    conn: &mut Conn,
    app: &App,
    new: &NewPhoto,
    case: Uuid,
    alike: &[Alike],
    now: Ts,
) -> Result<Vec<Hold>> {
    let ids: Vec<Uuid> = alike.iter().map(|one| one.photo).collect();
    let known = store::photos_by_id(conn, &ids).await?;
    let mut holds: Vec<Hold> = Vec::new();
    for one in alike {
        let Some(rival) = known.iter().find(|photo| photo.id == one.photo) else { continue };
        if holds.len() < RIVALS && holds.iter().all(|hold| hold.rival_case != rival.case) {
            holds.push(Hold {
                id: app.ids.uuid(),
                photo: new.id,
                case,
                rival_photo: rival.id,
                rival_case: rival.case,
                distance: i64::from(one.distance),
                opened_at: now,
                decision: None,
                note: None,
                decided_at: None,
                decided_by: None,
            });
        }
    }
    Ok(holds)
}
