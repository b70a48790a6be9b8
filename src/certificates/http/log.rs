//! A certificate in the public log, over HTTP: the receipt it was given, where its entry is, and the proof.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::{Binary, PlainText};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::certificate_number;
use crate::app::{App, Tag};
use crate::certificates::{ops, store};
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::http::Answer;
use crate::platform::problem::Error;
use crate::signing::digest::Digest;
use crate::transparency::{self, Op, Place};

/// `/v1/certificates/{number}/log`, `…/log-proof` and `…/bundle`.
pub struct CertificateLogApi;

/// A certificate in the public log.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "CertificateLog", skip_serializing_if_is_none)]
struct LogView {
    /// Its address.
    url: String,
    /// The digest in its entry: SHA-256 of the canonical form of the secured document, as `digestMultibase`.
    digest: String,
    /// When the directory received it.
    received_at: Ts,
    /// The log's signed promise to take it in; absent while the log signs nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// The index of its entry, from 0; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// When it entered the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    logged_at: Option<Ts>,
    /// Where the proof that it is in the log can be had, as a file.
    proof_url: String,
    /// When this changed last.
    updated_at: Ts,
}

/// The proof that a certificate is in the log.
#[derive(ApiResponse)]
enum ProofFile {
    /// A file for keeping (C2SP tlog-proof); its `extra` line is the entry.
    #[oai(status = 200)]
    Proof(
        PlainText<String>,
        /// It names the newest checkpoint, and serves as well with every earlier one.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

/// A bundle for verifying without a network.
#[derive(ApiResponse)]
enum BundleFile {
    /// The bundle, as JSON.
    #[oai(status = 200, content_type = "application/json")]
    Bundle(
        Binary<Vec<u8>>,
        /// It says of when it is, and is made anew each time.
        #[oai(header = "Cache-Control")]
        String,
        /// What to call it.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// The certificate's id, digest and time of receipt, and where it is in the log.
async fn find(conn: &mut Conn, number: &str) -> Result<(store::Certificate, Digest, Option<Place>), Error> {
    let number = certificate_number(number)?;
    let row = store::by_number(conn, number)
        .await?
        .ok_or_else(|| Error::not_found(format!("There is no certificate {number}.")))?;
    let digest = row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?;
    let place = transparency::place_of(conn, Op::Certificate, row.id).await?;
    Ok((row, digest, place))
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Log")]
impl CertificateLogApi {
    /// Read where a certificate is in the public log
    ///
    /// With the receipt its academy was given: keep it, and `stipple log audit --receipt FILE` checks that the log kept
    /// its word. An entry enters within the hour, as a rule within seconds.
    #[oai(path = "/certificates/:number/log", method = "get", operation_id = "read_certificate_log")]
    async fn read(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<Answer<LogView>, Error> {
        let signer = transparency::signer(&app).await?;
        let mut conn = app.db.snapshot().await?;
        let (row, digest, place) = find(&mut conn, &number).await?;
        let receipt =
            transparency::receipt(&mut conn, &signer, Op::Certificate, digest, row.received_at).await?;
        let base = format!("{}/v1/{}", app.config.public_url, row.subject());
        Ok(Answer::new(&LogView {
            url: format!("{base}/log"),
            digest: digest.to_multibase(),
            received_at: row.received_at,
            receipt,
            index: place.map(|place| place.index),
            logged_at: place.map(|place| place.at),
            proof_url: format!("{base}/log-proof"),
            updated_at: place.map_or(row.received_at, |place| place.at),
        }))
    }

    /// Read the proof that a certificate is in the public log
    ///
    /// A small file that needs no network to be checked: the entry, the hashes beside it, and a checkpoint the log
    /// signed.
    #[oai(path = "/certificates/:number/log-proof", method = "get", operation_id = "read_log_proof")]
    async fn proof(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<ProofFile, Error> {
        let mut conn = app.db.snapshot().await?;
        let (row, _, place) = find(&mut conn, &number).await?;
        let proof = match place {
            Some(place) => transparency::offline_proof(&mut conn, place.index).await?,
            None => None,
        };
        let proof = proof.ok_or_else(|| {
            Error::not_found(format!(
                "{} was received on {} and is not in a signed checkpoint of the log yet. It will be within the hour; \
                 until then `…/log` has the receipt.",
                row.number, row.received_at
            ))
        })?;
        Ok(ProofFile::Proof(PlainText(proof.to_text()), "public, max-age=60".to_owned()))
    }

    /// Read everything it takes to verify a certificate without a network
    ///
    /// The certificate, its academy's DID document, its status list, its course version, the registry of recognised
    /// academies, what was done to it, and the proofs that it and its key are in the log; the whole signed by the registry.
    /// `stipple certificate verify FILE --roots roots.json` verifies it from the roots alone. What it says holds as of its
    /// time.
    #[oai(path = "/certificates/:number/bundle", method = "get", operation_id = "read_bundle")]
    async fn bundle(
        &self,
        app: Data<&App>,
        /// The certificate's number, `CRT-…`.
        number: Path<String>,
    ) -> Result<BundleFile, Error> {
        let number = certificate_number(&number)?;
        let bundle = ops::bundle::make(&app, number).await?;
        let bytes = serde_json::to_vec(&bundle).map_err(Error::internal)?;
        Ok(BundleFile::Bundle(
            Binary(bytes),
            "no-store".to_owned(),
            format!("attachment; filename=\"{number}.bundle.json\""),
        ))
    }
}
