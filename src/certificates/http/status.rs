//! Status lists and acts over HTTP: enrol a list, get bits of it, read it; act on a certificate.

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use serde_json::Value;

use super::{Credential, certificate_number};
use crate::academies::{self, Issuer};
use crate::accounts::Role;
use crate::accounts::http::{AcademyKeeper, Author};
use crate::app::{App, Tag};
use crate::certificates::document::LIST_TTL_MS;
use crate::certificates::model::acts::{Act, ActReason, CertificateAct, SignedAct};
use crate::certificates::ops::issue;
use crate::certificates::ops::status::{self as ops, Asked, list_url};
use crate::certificates::store;
use crate::certificates::store::status::{self as rows, List};
use crate::config::limits;
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::answer::{ATTRIBUTION, LICENCE};
use crate::platform::http::{Answer, Body, Created, Idempotency, Page, RawBody, Total, Validate};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::signing::digest::Digest;
use crate::transparency::{self, Op};

/// `/v1/academies/{slug}/status-lists`, `…/status-entries`, `/academies/{slug}/status/{number}`, and
/// `/v1/certificates/{number}/acts`.
pub struct StatusApi;

/// A status list of an academy.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "StatusList")]
struct ListView {
    /// Its address, which certificates name.
    url: String,
    /// Counts the academy's lists from 1.
    number: i64,
    /// Counts its versions from 1.
    version: i64,
    /// How many of its bits were given out.
    given_out: i64,
    /// How many more it has to give; a list is filled to half.
    left: i64,
    /// From when the version holds, as signed.
    updated_at: Ts,
}

/// The status lists of an academy.
#[derive(Debug, Object, Serialize)]
struct StatusLists {
    /// The lists, oldest first.
    items: Vec<ListView>,
    /// How many there are.
    total: Total,
    /// Null: all of them are here.
    #[oai(nullable)]
    next_cursor: Option<String>,
    /// The licence of these facts.
    licence: String,
    /// Whom to name when they are reused.
    attribution: String,
    /// What the next one must have as its id.
    next_url: String,
}

/// How many bits are wanted.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewEntries {
    /// How many; 1 when left out.
    #[oai(default = "one", validator(minimum(value = "1"), maximum(value = "1000")))]
    count: u32,
}

fn one() -> u32 {
    1
}

impl Validate for NewEntries {
    fn faults(&self) -> Vec<Fault> {
        let fits = (1..=limits::STATUS_ENTRIES).contains(&self.count);
        let detail = format!("Ask for 1 to {} at once.", limits::STATUS_ENTRIES);
        if fits { Vec::new() } else { vec![Fault::new("/count", "range", detail)] }
    }
}

/// A bit of a status list, as a certificate names it.
#[derive(Debug, Object, Serialize)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase")]
struct StatusEntry {
    /// The list's address, # and the index.
    id: String,
    /// `BitstringStatusListEntry`.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    kind: String,
    /// `revocation`.
    status_purpose: String,
    /// The bit, in decimal.
    status_list_index: String,
    /// The list's address.
    status_list_credential: String,
}

/// What is to be done to a certificate.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewAct {
    /// What is done.
    act: Act,
    /// Why.
    reason: ActReason,
    /// The certificate that takes its place, where it is replaced.
    superseded_by: Option<Number>,
    /// When the academy says it, as it signed it: `2026-03-01T09:30:00Z`.
    #[oai(validator(max_length = 40))]
    at: Option<String>,
    /// The academy's key, `z6Mk…`.
    #[oai(validator(max_length = 60))]
    key: Option<String>,
    /// The academy's signature over the statement, `z…`; `stipple certificate act` makes it.
    #[oai(validator(max_length = 100))]
    signature: Option<String>,
    /// The next version of the status list the certificate names, with its bit set, signed by the academy; for
    /// acts that end a certificate.
    list: Option<Value>,
}

impl Validate for NewAct {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |pointer: &str, detail: &str| faults.push(Fault::new(pointer, "act", detail));
        let signed = [("/at", &self.at), ("/key", &self.key), ("/signature", &self.signature)];
        for (pointer, value) in signed {
            match (self.act.is_the_directorys(), value) {
                (true, Some(_)) => fault(pointer, "The directory's own acts carry no academy's signature."),
                // None of them: for an academy whose key the directory holds.
                (false, None) if signed.iter().any(|(_, value)| value.is_some()) => {
                    fault(pointer, "An academy's act is signed: `stipple certificate act` makes this.");
                }
                _ => {}
            }
        }
        if self.superseded_by.is_some() != (self.act == Act::Supersede) {
            fault("/superseded_by", "This goes with `supersede`, and only with that.");
        }
        if self.superseded_by.is_some_and(|number| number.kind() != NumberKind::Certificate) {
            fault("/superseded_by", "This must be a certificate's number, CRT-….");
        }
        faults
    }
}

/// Something that was done to a certificate after it was issued.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "CertificateAct", skip_serializing_if_is_none)]
struct ActView {
    /// Where the certificate's acts are listed.
    url: String,
    /// What was done.
    act: Act,
    /// Why.
    reason: ActReason,
    /// The certificate that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_by: Option<Number>,
    /// Whether it is the directory's own act, and not the academy's.
    is_the_directorys: bool,
    /// When it was taken in, from when it holds.
    at: Ts,
    /// The same: an act never changes.
    updated_at: Ts,
    /// The academy's key, where the academy signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The time the academy's statement names.
    #[serde(skip_serializing_if = "Option::is_none")]
    stated_at: Option<String>,
    /// The academy's signature over its statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    /// The public log's signed promise to take the act in; in the answer to the act itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

impl ActView {
    fn new(act: CertificateAct, url: &str) -> Self {
        let (key, stated_at, signature) = match act.statement {
            Some(SignedAct { key, stated_at, signature }) => (Some(key), Some(stated_at), Some(signature)),
            None => (None, None, None),
        };
        Self {
            url: url.to_owned(),
            act: act.act,
            reason: act.reason,
            superseded_by: act.superseded_by,
            is_the_directorys: act.act.is_the_directorys(),
            at: act.at,
            updated_at: act.at,
            key,
            stated_at,
            signature,
            receipt: None,
        }
    }
}

/// A status list, as the academy signed it.
#[derive(ApiResponse)]
enum ListBytes {
    /// The credential over the bits.
    #[oai(status = 200, content_type = "application/vc+ld+json")]
    Signed(
        Binary<Vec<u8>>,
        /// The version.
        #[oai(header = "ETag")]
        String,
        /// How long it may be kept: as long as the list says itself.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

async fn view(conn: &mut Conn, app: &App, issuer: &Issuer, list: &List) -> Result<ListView, Error> {
    let given_out = rows::count_entries(conn, list.id).await?;
    Ok(ListView {
        url: list_url(&app.config.public_url, &issuer.slug, list.number),
        number: list.number,
        version: list.version,
        given_out,
        left: i64::from(crate::signing::status::ENTRIES / 2) - given_out,
        updated_at: list.valid_from,
    })
}

fn acts_url(app: &App, certificate: Number) -> String {
    format!("{}/v1/certificates/{certificate}/acts", app.config.public_url)
}

#[OpenApi(tag = "Tag::Certificates")]
impl StatusApi {
    /// Enrol a status list
    ///
    /// The body is a status list credential the academy signed, with no bit set: `stipple certificate status-list`
    /// makes one. Its id must be `next_url` of the academy's lists. Certificates then name bits of it, so that
    /// anybody's software sees when the academy revokes one.
    ///
    /// Codes: `status-list-not-taken`.
    #[oai(path = "/v1/academies/:slug/status-lists", method = "post", operation_id = "enrol_status_list")]
    async fn enrol(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
        body: RawBody<Credential>,
    ) -> Result<Created<ListView>, Error> {
        let mut tx = app.db.write().await?;
        let issuer = ops::issuer(&app, &mut tx, &slug).await?;
        keeper.may_keep(issuer.academy_id, &issuer.slug)?;
        let list = ops::enrol(&app, &mut tx, &issuer, &body.bytes).await?;
        changes::append(&mut tx, &format!("academies/{}", issuer.slug), app.clock.now()).await?;
        let view = view(&mut tx, &app, &issuer, &list).await?;
        tx.commit().await?;
        Ok(Created::new(&view).location(&view.url))
    }

    /// List an academy's status lists
    ///
    /// Where its certificates say that they were revoked, how full each list is, and what the next must be called.
    #[oai(path = "/v1/academies/:slug/status-lists", method = "get", operation_id = "list_status_lists")]
    async fn lists(
        &self,
        app: Data<&App>,
        /// The academy.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
    ) -> Result<Answer<StatusLists>, Error> {
        let mut conn = app.db.snapshot().await?;
        let issuer = ops::issuer(&app, &mut conn, &slug).await?;
        let lists = rows::lists(&mut conn, issuer.academy_id).await?;
        let next = lists.last().map_or(1, |list| list.number + 1);
        let mut items = Vec::with_capacity(lists.len());
        for list in &lists {
            items.push(view(&mut conn, &app, &issuer, list).await?);
        }
        let total = Total::exactly(items.len() as u64);
        let next_url = list_url(&app.config.public_url, &issuer.slug, next);
        Ok(Answer::new(&StatusLists {
            items,
            total,
            next_cursor: None,
            licence: LICENCE.to_owned(),
            attribution: ATTRIBUTION.to_owned(),
            next_url,
        }))
    }

    /// Get bits of a status list
    ///
    /// Each is for one certificate: put it into the certificate as `credentialStatus` and sign that. Bits are drawn
    /// at random and given out once. A bit whose certificate is never submitted is not used again.
    ///
    /// Codes: `no-status-list`.
    #[oai(
        path = "/v1/academies/:slug/status-entries",
        method = "post",
        operation_id = "reserve_status_entries"
    )]
    async fn reserve(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewEntries>,
    ) -> Result<Created<Page<StatusEntry>>, Error> {
        let mut tx = app.db.write().await?;
        let issuer = ops::issuer(&app, &mut tx, &slug).await?;
        keeper.may_keep(issuer.academy_id, &issuer.slug)?;
        if let Some(answer) = once.answered(&mut tx, app.clock.now()).await? {
            return Ok(answer);
        }
        let entries = ops::reserve(&app, &mut tx, &issuer, body.count as usize).await?;
        let items: Vec<StatusEntry> = entries
            .into_iter()
            .map(|entry| StatusEntry {
                id: format!("{}#{}", entry.list, entry.index),
                kind: "BitstringStatusListEntry".to_owned(),
                status_purpose: "revocation".to_owned(),
                status_list_index: entry.index.to_string(),
                status_list_credential: entry.list,
            })
            .collect();
        let total = Total::exactly(items.len() as u64);
        let answer = Created::new(&Page::new(items, total, None));
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Read a status list
    ///
    /// The credential the academy signed over the bits of its certificates (Bitstring Status List v1.0): a set bit
    /// means revoked. With `timestamp` the version that was published then.
    #[oai(path = "/academies/:slug/status/:number", method = "get", operation_id = "read_status_list")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The academy.
        #[oai(validator(max_length = 40))]
        slug: Path<String>,
        /// The list's number.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
        number: Path<i64>,
        /// A time in the past: the list as it was published then.
        timestamp: Query<Option<Ts>>,
    ) -> Result<ListBytes, Error> {
        let now = app.clock.now();
        if timestamp.is_some_and(|at| at > now) {
            let detail = "This lies in the future; ask about today or an earlier day.";
            return Err(Error::parameter(Fault::new("query:timestamp", "as-of", detail)));
        }
        let mut conn = app.db.snapshot().await?;
        let issuer = ops::issuer(&app, &mut conn, &slug).await?;
        let list = rows::list_by_number(&mut conn, issuer.academy_id, number.0).await?;
        let list =
            list.ok_or_else(|| Error::not_found(format!("`{}` has no status list {}.", *slug, *number)))?;
        let version = rows::version_at(&mut conn, list.id, timestamp.unwrap_or(now)).await?;
        let version =
            version.ok_or_else(|| Error::not_found("This list was not published yet at that time."))?;
        let tag: String = version.digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let keep = format!("public, max-age={}", LIST_TTL_MS / 1_000);
        Ok(ListBytes::Signed(Binary(version.bytes), format!("\"{tag}\""), keep))
    }

    /// Act on a certificate
    ///
    /// The academy revokes it, suspends it, lifts that, replaces it, or says that it was issued in error: each is a
    /// statement it signs itself, and `stipple certificate act` makes the whole body. Where the certificate names a
    /// status list, an act that ends it carries the list's next version. For an academy whose key the directory holds,
    /// statement and list are left out, and made here. The directory's own acts are
    /// `directory-withdraw` and `directory-restore`, by an operator: they are shown as the directory's word, and other
    /// people's software does not see them.
    ///
    /// Codes: `act-not-possible`, `statement-refused`, `status-list-not-taken`, `key-not-held`.
    #[oai(path = "/v1/certificates/:number/acts", method = "post", operation_id = "act_on_certificate")]
    async fn act(
        &self,
        caller: Author,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewAct>,
    ) -> Result<Created<ActView>, Error> {
        let number = certificate_number(&number)?;
        let signer = transparency::signer(&app).await?;
        let mut tx = app.db.write().await?;
        let row = store::by_number(&mut tx, number)
            .await?
            .ok_or_else(|| Error::not_found(format!("There is no certificate {number}.")))?;
        let issuer = academies::issuer_by_did(&mut tx, &app.config.issuer_host, &row.issuer).await?;
        let issuer = issuer.ok_or_else(|| Error::internal("a certificate without its academy"))?;
        let actor = caller.actor();
        match (body.act.is_the_directorys(), caller.role) {
            (true, Role::Operator) => {}
            (false, Role::Academy) => AcademyKeeper(caller.0).may_keep(row.academy_id, &issuer.slug)?,
            (true, _) => return Err(Error::forbidden("Only an operator acts for the directory.")),
            (false, _) => {
                return Err(Error::forbidden(
                    "Only the academy that issued it does that. An operator can withdraw the directory's reliance: `directory-withdraw`.",
                ));
            }
        }
        if let Some(answer) = once.answered(&mut tx, app.clock.now()).await? {
            return Ok(answer);
        }
        let NewAct { act, reason, superseded_by, at, key, signature, list } = body.0;
        let statement = match (key, at, signature) {
            (Some(key), Some(stated_at), Some(signature)) => Some(SignedAct { key, stated_at, signature }),
            _ => None,
        };
        let mut asked = Asked { act, reason, superseded_by, statement, list, actor };
        if asked.statement.is_none() && !act.is_the_directorys() {
            issue::sign_act(&app, &mut tx, &row, &issuer, &mut asked).await?;
        }
        let digest = row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?;
        let done = ops::act(&app, &mut tx, row, &issuer, asked).await?;
        let (url, op) = (acts_url(&app, number), Op::Act(done.act.as_str()));
        let receipt = transparency::receipt(&mut tx, &signer, op, digest, done.at).await?;
        let view = ActView { receipt, ..ActView::new(done, &url) };
        let answer = Created::new(&view).location(&url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List what was done to a certificate
    ///
    /// Every act since it was issued, oldest first, with the academy's signature under its own.
    #[oai(path = "/v1/certificates/:number/acts", method = "get", operation_id = "list_certificate_acts")]
    async fn acts(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<Answer<Page<ActView>>, Error> {
        let number = certificate_number(&number)?;
        let mut conn = app.db.snapshot().await?;
        let row = store::by_number(&mut conn, number)
            .await?
            .ok_or_else(|| Error::not_found(format!("There is no certificate {number}.")))?;
        let acts = rows::acts(&mut conn, row.id).await?;
        let total = Total::exactly(acts.len() as u64);
        let url = acts_url(&app, number);
        let items = acts.into_iter().map(|act| ActView::new(act, &url)).collect();
        Ok(Answer::new(&Page::new(items, total, None)))
    }
}
