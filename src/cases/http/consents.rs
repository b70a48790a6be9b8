//! The client's consent: a link that the practitioner prints or the directory mails, and what the client does
//! with it.

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use crate::accounts::Role;
use crate::accounts::http::{ListingKeeper, caller};
use crate::app::{App, Tag};
use crate::cases::model::{
    CONFIRMED, Case, CaseEnd, CaseView, Confirmation, ConsentLink, ConsentToken, ConsentWay, LINK_SPENT,
    Photo, PhotoItem, consent_letter,
};
use crate::cases::{ops, store};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::{Accepted, Answer, Body, Created, Validate};
use crate::platform::problem::{Error, Fault};
use crate::platform::vault::Private;
use crate::practitioners;
use crate::vocabulary::ConsentScope;

/// `/v1/cases/{id}/consent-links` and `/v1/consents/{token}`.
pub struct ConsentsApi;

/// A link for a client, shown once.
#[derive(Clone, Debug, Object, Serialize)]
struct NewConsentLink {
    /// The address of the page to print for the client. Whoever has it can agree and withdraw in the client's name; a
    /// program does so at the same address below `/v1`.
    url: String,
    /// Until when it works, unless the client has agreed by then.
    expires_at: Ts,
}

/// Whom a consent letter goes to.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ConsentLetterBody {
    /// The client's e-mail address.
    #[oai(validator(max_length = 254))]
    email: String,
}

impl Validate for ConsentLetterBody {}

/// A letter that is on its way.
#[derive(Clone, Debug, Object, Serialize)]
struct ConsentLetterSent {
    /// Until when its link works, unless the client has agreed by then.
    expires_at: Ts,
}

/// What the client agrees to.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct ConsentBody {
    /// What for. Being shown in the directory needs `directory` and `api`; without them the case is hidden.
    #[oai(validator(min_items = 1, max_items = 4))]
    scopes: Vec<ConsentScope>,
    /// The last day it holds; until withdrawn when left out.
    until: Option<Date>,
    /// That the client is the person in the photos and 18 or over.
    adult: bool,
}

impl Validate for ConsentBody {
    fn faults(&self) -> Vec<Fault> {
        if self.adult {
            return Vec::new();
        }
        vec![Fault::new("/adult", "not-adult", "Only somebody who is 18 or over can be in a case.")]
    }
}

/// Where a client's consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
enum ConsentState {
    /// The client has said nothing yet.
    Open,
    /// The client agreed.
    Confirmed,
    /// The client withdrew.
    Withdrawn,
    /// The case is over for another reason.
    Over,
}

/// A client's consent, as the client sees it.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Consent", skip_serializing_if_is_none)]
struct ConsentView {
    /// Where it stands.
    state: ConsentState,
    /// The case it is about, drafts included; gone once the case is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<CaseView>,
    /// What the client agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<ConsentScope>>,
    /// The last day it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// When the client agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Ts>,
    /// When the client withdrew.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<Ts>,
    /// Until when the link works, where the client has not agreed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Ts>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Cases")]
impl ConsentsApi {
    /// Make a client's consent link
    ///
    /// For printing: the address is shown once, here. It replaces an earlier link that the client has not
    /// used. Once the client has agreed, only an operator makes another, for a client who lost theirs.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 409 `client-confirmed`, 410 `case-ended`.
    #[oai(path = "/cases/:id/consent-links", method = "post", operation_id = "make_consent_link")]
    async fn make(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
    ) -> Result<Created<NewConsentLink>, Error> {
        let mut tx = app.db.write().await?;
        let case = unconfirmed(&mut tx, &keeper, id.0).await?;
        let (token, expires_at) = new_link(&mut tx, &app, &case, ConsentWay::Printed).await?;
        tx.commit().await?;
        // Never under an idempotency key: the answer would be kept, and the token with it.
        let url = format!("{}/consents/{}", app.config.public_url, token.reveal());
        Ok(Created::new(&NewConsentLink { url, expires_at }).private())
    }

    /// Mail a client's consent link
    ///
    /// In a letter from the directory straight to the client; nobody else sees the address of the link, and the
    /// client's is not kept. It replaces an earlier link that the client has not used. A letter an hour, not to the
    /// listing's own address.
    ///
    /// Problems: 403 `forbidden`, 404 `not-found`, 409 `client-confirmed` and `conflict`, 410 `case-ended`, 422
    /// `invalid`.
    #[oai(path = "/cases/:id/consent-letters", method = "post", operation_id = "mail_consent_link")]
    async fn mail(
        &self,
        keeper: ListingKeeper,
        app: Data<&App>,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<ConsentLetterBody>,
    ) -> Result<Accepted<ConsentLetterSent>, Error> {
        let now = app.clock.now();
        let refused = |code, detail: String| Error::invalid(vec![Fault::new("/email", code, detail)]);
        let email = practitioners::email(&body.0.email).map_err(|detail| refused("email", detail))?;
        let mut tx = app.db.write().await?;
        let case = unconfirmed(&mut tx, &keeper, id.0).await?;
        let listing = practitioners::load_many(&mut tx, &[case.practitioner]).await?.pop();
        let own = listing.and_then(|listing| listing.profile.contact.email.clone());
        if own.is_some_and(|own| own.eq_ignore_ascii_case(&email)) {
            let detail = "That is the listing's own address. The letter goes to the client.";
            return Err(refused("own-address", detail.to_owned()));
        }
        let before = store::mailed_at(&mut tx, case.id).await?;
        if before.is_some_and(|at| now.since(at) < limits::CONSENT_LETTER_EVERY) {
            let detail = "A letter went out less than an hour ago. Give the client the time to read it.";
            return Err(Error::conflict(detail));
        }
        let (token, expires_at) = new_link(&mut tx, &app, &case, ConsentWay::Mailed).await?;
        let letter = consent_letter(Private::new(email), &case, &token, expires_at, &app.config.public_url);
        app.mail.enqueue(&mut tx, &app.ids, &letter, now).await?;
        tx.commit().await?;
        Ok(Accepted::new(&ConsentLetterSent { expires_at }).private())
    }

    /// Read a consent
    ///
    /// What the client is asked for, or has agreed to. Reading changes nothing, however often it is done.
    ///
    /// Problems: 404 `not-found`, 410 `consent-link-spent`.
    #[oai(path = "/consents/:token", method = "get", operation_id = "read_consent")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The token in the client's link.
        token: Path<String>,
    ) -> Result<Answer<ConsentView>, Error> {
        let token = parse(&token)?;
        let mut conn = app.db.snapshot().await?;
        let link = find_link(&mut conn, &token, app.clock.now()).await?;
        show(&mut conn, &app, &link, &token).await
    }

    /// Agree, as the client
    ///
    /// With the client's own link, by whoever holds it and no token of the directory: a practitioner cannot
    /// agree in their client's place. Sent again it replaces what was agreed.
    ///
    /// Problems: 403 `forbidden` to any token of the directory, 404 `not-found`, 410 `consent-link-spent` and
    /// `case-ended`, 422 `invalid`.
    #[oai(path = "/consents/:token", method = "post", operation_id = "give_consent")]
    async fn give(
        &self,
        request: &Request,
        app: Data<&App>,
        /// The token in the client's link.
        token: Path<String>,
        body: Body<ConsentBody>,
    ) -> Result<Answer<ConsentView>, Error> {
        only_clients(request)?;
        let now = app.clock.now();
        let ConsentBody { mut scopes, until, adult: _ } = body.0;
        scopes.sort_unstable();
        scopes.dedup();
        if until.is_some_and(|until| until < now.date()) {
            return Err(Error::invalid(vec![Fault::new("/until", "in-the-past", "That day has passed.")]));
        }
        let token = parse(&token)?;
        let mut tx = app.db.write().await?;
        let link = find_link(&mut tx, &token, now).await?;
        // Held first, so that what is changed below is what was read.
        store::touch_case(&mut tx, link.case, now).await?;
        let case = ops::find(&mut tx, link.case).await?;
        let own = Confirmation { at: now, scopes, until, way: link.way };
        ops::confirm(&mut tx, &app, &case, own, now).await?;
        let link = find_link(&mut tx, &token, now).await?;
        let answer = show(&mut tx, &app, &link, &token).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Withdraw, as the client
    ///
    /// With the same link, at any time. The case ends at once: its photos, their placeholders and looks, and
    /// all it said leave the directory, the files within a minute. Withdrawing again changes nothing.
    ///
    /// Problems: 403 `forbidden` to any token of the directory, 404 `not-found`, 410 `consent-link-spent`.
    #[oai(path = "/consents/:token/withdrawal", method = "post", operation_id = "withdraw_consent")]
    async fn withdraw(
        &self,
        request: &Request,
        app: Data<&App>,
        /// The token in the client's link.
        token: Path<String>,
    ) -> Result<Answer<ConsentView>, Error> {
        only_clients(request)?;
        let now = app.clock.now();
        let token = parse(&token)?;
        let mut tx = app.db.write().await?;
        let link = find_link(&mut tx, &token, now).await?;
        if link.revoked_at.is_none() {
            if let Some(case) = store::case(&mut tx, link.case).await? {
                ops::end(&mut tx, &app, &case, CaseEnd::ConsentWithdrawn, now).await?;
            }
            store::revoke(&mut tx, link.case, now).await?;
        }
        let link = find_link(&mut tx, &token, now).await?;
        let answer = show(&mut tx, &app, &link, &token).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// The case a new link is made for.
///
/// # Errors
/// As [`ops::find`]; 403 for somebody else's, 409 once the client has agreed.
async fn unconfirmed(conn: &mut Conn, keeper: &ListingKeeper, id: Uuid) -> Result<Case, Error> {
    let case = ops::find(conn, id).await?;
    keeper.may_keep(case.practitioner, &case.listing.to_string())?;
    if case.confirmation.is_some() && keeper.role != Role::Operator {
        let detail = "The client has agreed with their own link. If they lost it, an operator makes another.";
        return Err(Error::new(CONFIRMED, detail));
    }
    Ok(case)
}

/// Makes the link of a case, and says until when it works.
async fn new_link(
    conn: &mut Conn,
    app: &App,
    case: &Case,
    way: ConsentWay,
) -> Result<(ConsentToken, Ts), Error> {
    let now = app.clock.now();
    let token = ConsentToken::generate(&app.ids);
    let expires_at = now.plus(limits::CONSENT_LINK_LIFE);
    store::set_link(conn, case.id, &token.hash(), way, (now, expires_at)).await?;
    Ok((token, expires_at))
}

/// The client has no token of the directory; whoever has one is somebody else.
fn only_clients(request: &Request) -> Result<(), Error> {
    match caller(request) {
        None => Ok(()),
        Some(caller) => Err(caller.refusal("Only the client agrees and withdraws, with their link alone.")),
    }
}

fn parse(token: &str) -> Result<ConsentToken, Error> {
    ConsentToken::parse(token).ok_or_else(no_such_link)
}

#[track_caller]
fn no_such_link() -> Error {
    Error::not_found(
        "There is no such consent link. Check that it was copied whole; a newer link replaces it.",
    )
}

/// The link of a token.
///
/// # Errors
/// 404 for an unknown one, 410 for one that ran out before the client used it.
pub(super) async fn find_link(conn: &mut Conn, token: &ConsentToken, now: Ts) -> Result<ConsentLink, Error> {
    let link = store::link(conn, &token.hash()).await?.filter(|link| token.is(&link.token_hash));
    let link = link.ok_or_else(no_such_link)?;
    if link.confirmed.is_none() && link.revoked_at.is_none() && link.expires_at <= now {
        let detail = format!("This link could be used until {}. Ask for a new one.", link.expires_at.date());
        return Err(Error::new(LINK_SPENT, detail));
    }
    Ok(link)
}

async fn show(
    conn: &mut Conn,
    app: &App,
    link: &ConsentLink,
    token: &ConsentToken,
) -> Result<Answer<ConsentView>, Error> {
    let case = store::case(conn, link.case).await?.filter(|case| case.ended.is_none());
    let state = match (link.revoked_at, &case, &link.confirmed) {
        (Some(_), _, _) => ConsentState::Withdrawn,
        (None, None, _) => ConsentState::Over,
        (None, Some(_), Some(_)) => ConsentState::Confirmed,
        (None, Some(_), None) => ConsentState::Open,
    };
    let case = match case {
        Some(case) => {
            let photos = store::photos(conn, &[case.id]).await?;
            let mut view = CaseView::new(&case, &[], &app.config.public_url, None);
            view.photos =
                photos.iter().map(|photo| own_photo(photo, &app.config.public_url, token)).collect();
            Some(view)
        }
        None => None,
    };
    let confirmed = link.confirmed.as_ref().filter(|_| case.is_some());
    let view = ConsentView {
        state,
        scopes: confirmed.map(|own| own.scopes.clone()),
        until: confirmed.and_then(|own| own.until).map(|day| day.to_string()),
        confirmed_at: confirmed.map(|own| own.at),
        withdrawn_at: link.revoked_at,
        expires_at: (state == ConsentState::Open).then_some(link.expires_at),
        case,
    };
    Ok(Answer::new(&view).private())
}

/// A photo with addresses that the client's link opens.
fn own_photo(photo: &Photo, public_url: &str, token: &ConsentToken) -> PhotoItem {
    let mut item = PhotoItem::new(photo, public_url);
    for file in &mut item.files {
        file.url = format!("{}&consent={}", file.url, token.reveal());
    }
    item
}
