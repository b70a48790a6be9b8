//! Making a bundle: everything the directory has that it takes to verify a certificate without it.

use serde_json::{Value, json};

use crate::academies::{self, CourseVersionUrl};
use crate::app::App;
use crate::certificates::bundle;
use crate::certificates::document::Document;
use crate::certificates::store;
use crate::certificates::verdict;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::transparency::{self, Op, Place};

/// The bundle of a certificate, signed by the registry.
///
/// # Errors
/// 404 where there is none of this number, or its entry is in no signed checkpoint yet.
pub(in crate::certificates) async fn make(app: &App, number: Number) -> Result<Value, Error> {
    let registrar = academies::ops::registrar(app).await?;
    let mut conn = app.db.snapshot().await?;
    let now = Ts::from_micros(app.clock.now().seconds() * 1_000_000);
    let row = store::by_number(&mut conn, number)
        .await?
        .ok_or_else(|| Error::not_found(format!("There is no certificate {number}.")))?;
    let bytes = store::bytes(&mut conn, row.id).await?;
    let text = verdict::read(&bytes).map_err(Error::internal)?;
    let document = Document::read_text(&text)
        .map_err(|_| Error::internal("a stored certificate that cannot be read"))?;
    let issuer = academies::issuer_by_did(&mut conn, &app.config.issuer_host, &row.issuer)
        .await?
        .ok_or_else(|| Error::internal("a certificate without its academy"))?;
    let place = transparency::place_of(&mut conn, Op::Certificate, row.id).await?;
    let certificate = proof(&mut conn, place).await?.ok_or_else(|| {
        Error::not_found(format!(
            "{number} is not in a signed checkpoint of the log yet; it will be within the hour, as a rule within seconds."
        ))
    })?;
    let mut keys = Vec::new();
    for key in &issuer.keys {
        let place = transparency::place_of(&mut conn, Op::KeyAdd, key.id).await?;
        keys.extend(proof(&mut conn, place).await?);
    }
    let list = match row.status_list_id {
        Some(list) => store::status::version_at(&mut conn, list, Ts::MAX).await?,
        None => None,
    };
    let list: Option<Value> =
        list.map(|list| serde_json::from_slice(&list.bytes)).transpose().map_err(Error::internal)?;
    let course = match CourseVersionUrl::parse(document.achievement) {
        Some(url) => academies::course_version(&mut conn, &url).await?,
        None => None,
    };
    let course: Option<Value> =
        course.map(|course| serde_json::from_slice(&course.bytes)).transpose().map_err(Error::internal)?;
    let acts: Vec<Value> = store::status::acts(&mut conn, row.id)
        .await?
        .iter()
        .map(crate::certificates::acts::CertificateAct::to_json)
        .collect();
    let registry = academies::ops::registry(app, &mut conn, &registrar).await?;
    let mut made = json!({
        "type": bundle::TYPE,
        "at": now,
        "number": number.to_string(),
        "certificate": text.tree.to_value(),
        "didDocument": issuer.did_document(now),
        "statusList": list,
        "courseVersion": course,
        "registry": &*registry,
        "acts": acts,
        "proofs": {"certificate": certificate, "keys": keys},
    });
    let digest = bundle::digest_of(&made).map_err(Error::internal)?;
    let signature = academies::ops::sign_statement(&registrar, &bundle::statement(digest))?;
    made["signature"] = json!({"key": registrar.method(), "value": signature});
    Ok(made)
}

async fn proof(conn: &mut Conn, place: Option<Place>) -> Result<Option<String>, Error> {
    match place {
        Some(place) => Ok(transparency::offline_proof(conn, place.index).await?.map(|proof| proof.to_text())),
        None => Ok(None),
    }
}
