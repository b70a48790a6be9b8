//! Photos that look like another listing's: what operators see of them and decide.

use poem::http::Uri;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::http::Operator;
use crate::app::{App, Tag};
use crate::cases::model::{
    Case, CasePractitioner, Hold, HoldDecision, Photo, PhotoItem, case_url, speaks_for,
};
use crate::cases::{ops, store};
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::list::page;
use crate::platform::http::{Answer, Binding, Body, Page, Paging, Validate};
use crate::platform::problem::{Error, Fault};

/// `/v1/photo-holds`.
pub struct HoldsApi;

/// A photo that waits for a person.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "PhotoHold", skip_serializing_if_is_none)]
struct HoldView {
    /// Its id.
    id: Uuid,
    /// The address of the list it is in.
    url: String,
    /// Since when it waits.
    opened_at: Ts,
    /// In how many bits of 64 the two pictures differ.
    distance: i64,
    /// The new photo, which waits.
    new: HoldSide,
    /// The photo that was known.
    known: HoldSide,
    /// What was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<HoldDecision>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    /// When it was opened, or decided.
    updated_at: Ts,
}

/// One side of it.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "PhotoHoldSide", skip_serializing_if_is_none)]
struct HoldSide {
    /// The case.
    case_url: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    practitioner: Option<CasePractitioner>,
    /// The photo; absent once it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<PhotoItem>,
    /// What speaks for this side: a larger original, an earlier capture date, the client's confirmation.
    /// Who was seen first is not among them, because it proves nothing.
    speaks_for_it: Vec<String>,
}

/// A decision.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct HoldDecisionBody {
    /// What is so: `unrelated`, `keep-known` or `keep-new`.
    decision: HoldDecision,
    /// Why, for the record.
    #[oai(validator(min_length = 3, max_length = 1000))]
    note: String,
}

impl Validate for HoldDecisionBody {
    fn faults(&self) -> Vec<Fault> {
        if self.decision != HoldDecision::Gone {
            return Vec::new();
        }
        vec![Fault::new("/decision", "not-a-decision", "`gone` is noted by the service itself.")]
    }
}

#[OpenApi(prefix_path = "/v1/photo-holds", tag = "Tag::Cases")]
impl HoldsApi {
    /// List photos that wait for a person
    ///
    /// For operators, the longest waiting first: each beside the known photo it looks like, with what speaks
    /// for either side.
    ///
    /// Problems: 401 `unauthorized`, 403 `forbidden`.
    #[oai(path = "/", method = "get", operation_id = "list_photo_holds")]
    async fn list(
        &self,
        _operator: Operator,
        app: Data<&App>,
        uri: &Uri,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<HoldView>>, Error> {
        let paging = Paging::new(&app.cursors, uri, Binding::new("photo-holds"), cursor.as_deref(), limit.0);
        let after = paging.after((Ts::ZERO, Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let mut holds = store::open_holds(&mut conn, after, paging.rows()).await?;
        let count = store::count_open_holds(&mut conn).await?;
        let next = paging.cut(&mut holds, |last| (last.opened_at, last.id))?;
        let mut items = Vec::with_capacity(holds.len());
        for hold in holds {
            items.push(show(&mut conn, &app, hold).await?);
        }
        Ok(paging.answer(items, count, next).private())
    }

    /// Decide about a photo that waits
    ///
    /// `unrelated`: they are different pictures, and the new one is shown. `keep-known`: the picture belongs
    /// to the known case, and the new case is taken away. `keep-new`: the other way round. The case that is
    /// taken away answers 410 from then on, and its keeper may appeal within 180 days.
    ///
    /// Problems: 401 `unauthorized`, 403 `forbidden` and `tied-to-listing`, 404 `not-found`, 409 `conflict`, 422
    /// `invalid`.
    #[oai(path = "/:id/decision", method = "post", operation_id = "decide_photo_hold")]
    async fn decide(
        &self,
        operator: Operator,
        app: Data<&App>,
        /// The hold's id.
        id: Path<Uuid>,
        body: Body<HoldDecisionBody>,
    ) -> Result<Answer<HoldView>, Error> {
        let mut tx = app.db.write().await?;
        let hold = find(&mut tx, id.0).await?;
        ops::untied_to_both(&mut tx, &operator, &hold).await?;
        let (decision, note) = (body.decision, body.note.trim());
        ops::decide(&mut tx, &app, &hold, decision, Some(note), &operator.actor()).await?;
        let hold = find(&mut tx, id.0).await?;
        let view = show(&mut tx, &app, hold).await?;
        tx.commit().await?;
        Ok(Answer::new(&view).private())
    }
}

async fn find(conn: &mut Conn, id: Uuid) -> Result<Hold, Error> {
    store::hold(conn, id).await?.ok_or_else(|| Error::not_found(format!("There is no photo hold {id}.")))
}

async fn show(conn: &mut Conn, app: &App, hold: Hold) -> Result<HoldView, Error> {
    let public_url = &app.config.public_url;
    let cases = store::cases(conn, &[hold.case, hold.rival_case]).await?;
    let photos = store::photos_by_id(conn, &[hold.photo, hold.rival_photo]).await?;
    let side = |case: Uuid, photo: Uuid, other_case: Uuid, other_photo: Uuid| {
        let find_case = |id: Uuid| cases.iter().find(|case: &&Case| case.id == id);
        let find_photo = |id: Uuid| photos.iter().find(|photo: &&Photo| photo.id == id);
        let reasons =
            match (find_case(case), find_photo(photo), find_case(other_case), find_photo(other_photo)) {
                (Some(case), Some(photo), Some(other_case), Some(other)) => {
                    speaks_for(case, photo, other_case, other)
                }
                _ => Vec::new(),
            };
        HoldSide {
            case_url: case_url(public_url, case),
            practitioner: find_case(case).map(|case| CasePractitioner {
                number: case.listing,
                url: format!("{public_url}/v1/practitioners/{}", case.listing),
            }),
            photo: find_photo(photo).map(|photo| PhotoItem::new(photo, public_url)),
            speaks_for_it: reasons,
        }
    };
    Ok(HoldView {
        id: hold.id,
        url: format!("{public_url}/v1/photo-holds"),
        opened_at: hold.opened_at,
        distance: hold.distance,
        new: side(hold.case, hold.photo, hold.rival_case, hold.rival_photo),
        known: side(hold.rival_case, hold.rival_photo, hold.case, hold.photo),
        decision: hold.decision,
        updated_at: hold.decided_at.unwrap_or(hold.opened_at),
        note: hold.note,
        decided_by: hold.decided_by,
    })
}
