//! The registry over HTTP: who is recognised, signed; its DID document; and the roots to pin.

use poem::web::Data;
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::did::DidDocumentAnswer;
use crate::academies::ops;
use crate::app::{App, Tag};
use crate::platform::http::Answer;
use crate::platform::problem::Error;
use crate::transparency;

/// `/v1/registry`, `/v1/roots` and `/.well-known/did.json`.
pub struct RegistryApi;

/// The registry as a credential.
#[derive(ApiResponse)]
enum RegistryAnswer {
    /// The signed credential.
    #[oai(status = 200, content_type = "application/vc")]
    Signed(
        Binary<Vec<u8>>,
        /// May be kept for a while.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

/// What offline verification starts from; to be kept, and compared with what others keep.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Roots")]
struct RootsView {
    /// Always `StippleRoots`.
    r#type: String,
    /// The log's key, as C2SP's signed notes write it.
    log: String,
    /// Who signs the registry.
    registry: RegistryKeys,
    /// Witnesses that must have seen a checkpoint; the directory names none, whoever pins the file may.
    witnesses: Vec<String>,
}

/// Who signs the registry.
#[derive(Debug, Object, Serialize)]
struct RegistryKeys {
    /// Its DID.
    did: String,
    /// Its keys, as Multikeys.
    keys: Vec<String>,
}

#[OpenApi(tag = "Tag::Academies")]
impl RegistryApi {
    /// Read the recognised academies as a signed credential
    ///
    /// Every academy that was ever recognised here, by DID, with since when and until when; signed by the registry, whose
    /// DID is that of this host. It is signed anew whenever it changes, and every hour.
    #[oai(path = "/v1/registry", method = "get", operation_id = "read_registry")]
    async fn read(&self, app: Data<&App>) -> Result<RegistryAnswer, Error> {
        let registrar = ops::registrar(&app).await?;
        let mut conn = app.db.snapshot().await?;
        let signed = ops::registry(&app, &mut conn, &registrar).await?;
        let bytes = serde_json::to_vec(&*signed).map_err(Error::internal)?;
        Ok(RegistryAnswer::Signed(Binary(bytes), "public, max-age=300".to_owned()))
    }

    /// Read the roots of trust
    ///
    /// The keys of log and registry, as a file for `stipple certificate verify --roots`. A file from here is worth what
    /// you think of this host: keep it, and compare it with what others got.
    #[oai(path = "/v1/roots", method = "get", operation_id = "read_roots")]
    async fn roots(&self, app: Data<&App>) -> Result<Answer<RootsView>, Error> {
        let signer = transparency::signer(&app).await?;
        let registrar = ops::registrar(&app).await?;
        Ok(Answer::new(&RootsView {
            r#type: "StippleRoots".to_owned(),
            log: signer.vkey()?.to_string(),
            registry: RegistryKeys {
                did: registrar.did.clone(),
                keys: vec![registrar.key.public().to_multibase()],
            },
            witnesses: Vec::new(),
        }))
    }

    /// Read the registry's DID document
    ///
    /// The registry's public key, for whatever software checks its credential.
    #[oai(path = "/.well-known/did.json", method = "get", operation_id = "read_registry_did_document")]
    async fn did_document(&self, app: Data<&App>) -> Result<DidDocumentAnswer, Error> {
        Ok(DidDocumentAnswer(ops::registrar(&app).await?.did_document()))
    }
}
