//! Issuing for an academy whose key the directory holds: the document is built, given a bit of a status list and signed
//! here, and then taken in like any other.

use serde_json::{Map, Value};
use time::Date;

use super::status::list_url;
use super::{Accepted, accept, status};
use crate::academies::{self, CourseVersion, CourseVersionUrl, Issuer};
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::certificates::document::{self, Award, CourseLink, StatusList, Trainer, criteria_of, trainer_urn};
use crate::certificates::model::acts::{Act, ActStatement, SignedAct};
use crate::certificates::model::{self, HELD};
use crate::certificates::store::status as rows;
use crate::certificates::store::{self, Certificate};
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Tx};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::signing::did;
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::signing::keys::SigningKey;
use crate::signing::proof::{self, Options, Purpose, Suite};
use crate::signing::status::{Bitstring, ENTRIES};

/// What an academy asks to be certified.
#[derive(Clone, Debug)]
pub(in crate::certificates) struct Order {
    /// The holder's full name.
    pub(in crate::certificates) holder: String,
    /// The address of the course version.
    pub(in crate::certificates) course: String,
    /// The number of the paper certificate it stands for, where there was one.
    pub(in crate::certificates) old_number: Option<String>,
    /// The day of the award.
    pub(in crate::certificates) awarded: Date,
    /// The holder's listing, where the academy knows it.
    pub(in crate::certificates) listing: Option<Number>,
    /// Who taught, by number.
    pub(in crate::certificates) trainer: Option<Number>,
    /// The last day it is valid.
    pub(in crate::certificates) valid_until: Option<Date>,
}

/// The key the directory holds for this academy.
async fn key_of(app: &App, conn: &mut Conn, issuer: &Issuer) -> Result<SigningKey, Error> {
    academies::ops::held_signer(app, conn, issuer, app.clock.now()).await?.ok_or_else(|| {
        Error::new(
            HELD,
            format!(
                "The directory holds no key of `{}` that may sign now. An academy that holds its own signs with \
                 `stipple certificate sign` and submits; the directory holds one after POST …/keys/held.",
                issuer.slug
            ),
        )
    })
}

fn sign(mut document: Map<String, Value>, issuer: &Issuer, key: &SigningKey, at: Ts) -> Result<Value, Error> {
    let method = did::method_id(&issuer.did, &key.public());
    let created = at.to_string();
    let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
    proof::sign(&mut document, key, &Suite::BOTH, options).map_err(Error::internal)?;
    Ok(Value::Object(document))
}

/// Whole seconds: what a document states is what a person reads.
fn whole(at: Ts) -> Ts {
    Ts::from_micros(at.seconds() * 1_000_000)
}

/// Builds, signs and takes in a certificate.
///
/// # Errors
/// 409 where the directory holds no key of this academy; 422 with every fault of the order; then as [`accept`].
pub(in crate::certificates) async fn issue(
    app: &App,
    tx: &mut Tx,
    keeper: &AcademyKeeper,
    issuer: &Issuer,
    order: Order,
) -> Result<Accepted, Error> {
    let now = whole(app.clock.now());
    let key = key_of(app, tx, issuer).await?;
    let course = course_of(app, tx, issuer, &order.course).await?;
    let trainer = trainer_of(tx, issuer, order.trainer).await?;
    ready_list(app, tx, issuer, &key).await?;
    let entry = status::reserve(app, tx, issuer, 1).await?.pop();
    let content = serde_json::to_value(&course.content).map_err(Error::internal)?;
    let link =
        CourseLink::parse(&order.course).ok_or_else(|| Error::internal("a course without an address"))?;
    let award = Award {
        id: app.ids.random_uuid(),
        issuer: issuer.did.clone(),
        issuer_name: issuer.name.clone(),
        course: document::CourseVersion {
            link,
            name: course.content.title.clone(),
            description: course.content.description.clone(),
            criteria: criteria_of(&content),
        },
        holder: academies::line(&order.holder),
        listing: order.listing,
        trainer,
        old_number: order.old_number.map(|number| academies::line(&number)),
        awarded: Ts::at_midnight(order.awarded),
        valid_from: now,
        // The whole of the last day.
        valid_until: order
            .valid_until
            .map(|day| Ts::from_micros(Ts::at_midnight(day).micros() + 86_399_000_000)),
        status: entry,
    };
    let signed = sign(award.to_credential(), issuer, &key, now)?;
    let bytes = jcs::to_vec(&signed).map_err(Error::internal)?;
    accept(app, tx, keeper, &bytes).await
}

async fn course_of(
    app: &App,
    conn: &mut Conn,
    issuer: &Issuer,
    address: &str,
) -> Result<CourseVersion, Error> {
    let url = CourseVersionUrl::parse(address)
        .filter(|url| url.origin == app.config.public_url && url.slug == issuer.slug);
    let version = match &url {
        Some(url) => academies::course_version(conn, url).await?,
        None => None,
    };
    version.filter(|version| version.academy_id == issuer.academy_id).ok_or_else(|| {
        let detail =
            "This must be the address of a course version of this academy: `current.url` of its course.";
        Error::new(model::UNKNOWN_COURSE, detail).with_faults(vec![Fault::new("/course", "course", detail)])
    })
}

async fn trainer_of(
    conn: &mut Conn,
    issuer: &Issuer,
    number: Option<Number>,
) -> Result<Option<Trainer>, Error> {
    let Some(number) = number else { return Ok(None) };
    let name = academies::trainer_name(conn, issuer.academy_id, number).await?;
    let name = name.filter(|_| number.kind() == NumberKind::Trainer).ok_or_else(|| {
        let detail = "This is not a trainer of this academy; add them first.";
        Error::invalid(vec![Fault::new("/trainer", "unknown-trainer", detail)])
    })?;
    Ok(Some(Trainer { id: trainer_urn(number), name }))
}

/// Makes sure that the academy has a status list with a bit to give.
async fn ready_list(app: &App, tx: &mut Tx, issuer: &Issuer, key: &SigningKey) -> Result<(), Error> {
    let lists = rows::lists(tx, issuer.academy_id).await?;
    if let Some(list) = lists.last()
        && rows::count_entries(tx, list.id).await? < i64::from(ENTRIES / 2)
    {
        return Ok(());
    }
    let number = lists.last().map_or(1, |list| list.number + 1);
    let url = list_url(&app.config.public_url, &issuer.slug, number);
    let now = whole(app.clock.now());
    let signed = sign(StatusList::draft(&url, &issuer.did, now, &Bitstring::zero()), issuer, key, now)?;
    let bytes = jcs::to_vec(&signed).map_err(Error::internal)?;
    status::enrol(app, tx, issuer, &bytes).await?;
    Ok(())
}

/// Signs an act in the name of an academy whose key the directory holds, and the next version of the status list where
/// the act sets its bit.
///
/// # Errors
/// 409 where the directory holds no key of this academy.
pub(in crate::certificates) async fn sign_act(
    app: &App,
    tx: &mut Tx,
    row: &Certificate,
    issuer: &Issuer,
    asked: &mut status::Asked,
) -> Result<(), Error> {
    let key = key_of(app, tx, issuer).await?;
    let now = whole(app.clock.now());
    let at = now.to_string();
    let statement = ActStatement {
        did: &issuer.did,
        certificate: row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?,
        act: asked.act,
        reason: asked.reason,
        superseded_by: asked.superseded_by,
        at: &at,
    };
    let signature = key.sign(&statement.bytes()).to_multibase();
    asked.statement = Some(SignedAct { key: key.public().to_multibase(), stated_at: at.clone(), signature });
    asked.list = next_list(app, tx, row, issuer, asked.act, (&key, now)).await?;
    Ok(())
}

async fn next_list(
    app: &App,
    tx: &mut Tx,
    row: &Certificate,
    issuer: &Issuer,
    act: Act,
    (key, now): (&SigningKey, Ts),
) -> Result<Option<Value>, Error> {
    let (Some(list_id), Some(position)) = (row.status_list_id, row.status_position) else { return Ok(None) };
    let ended = rows::acts(tx, row.id).await?.iter().any(|act| act.act.is_final());
    if !act.is_final() || ended {
        return Ok(None);
    }
    let list = rows::list(tx, list_id).await?;
    let held = store::status::version_at(tx, list_id, Ts::MAX).await?;
    let held = held.ok_or_else(|| Error::internal("a status list without a version"))?;
    let mut bits = status::bits_of(&held.bytes)?;
    bits.set(u32::try_from(position).map_err(Error::internal)?);
    let url = list_url(&app.config.public_url, &issuer.slug, list.number);
    // Two acts within a second: each version is later than the one before.
    let from = now.max(Ts::from_micros(list.valid_from.micros() + 1_000_000));
    Ok(Some(sign(StatusList::draft(&url, &issuer.did, from, &bits), issuer, key, now)?))
}
