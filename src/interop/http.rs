//! The VC-API and DID resolution over HTTP.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use serde_json::{Value, json};

use super::model::{self, DID_METHOD, ISSUER_OFF, Kind, MALFORMED, NOT_VERIFIED};
use super::ops::{self, Problem, Wanted};
use crate::app::{App, Tag};
use crate::config::limits;
use crate::platform::http::{RawBody, RawKind, strict};
use crate::platform::problem::{Error, Fault, shorten};
use crate::signing::did;
use crate::signing::keys::SigningKey;
use crate::signing::proof::{self, Options, Purpose, Suite};

/// `/credentials/…`, `/presentations/…` and `/1.0/identifiers/{did}`.
pub struct InteropApi;

/// A request of the VC-API, as JSON.
struct Asked;

impl RawKind for Asked {
    const BYTES: usize = limits::INTEROP_BYTES;
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];
}

/// What was found good.
#[derive(Debug, Object, Serialize)]
struct VcVerified {
    /// Always true: what is not verified is answered with 400 or 422.
    verified: bool,
    /// What was checked.
    checks: Vec<String>,
    /// What is worth knowing; nothing so far.
    warnings: Vec<String>,
    /// Always empty.
    errors: Vec<String>,
}

impl VcVerified {
    fn answer(checks: &[&str]) -> Json<Self> {
        let checks = checks.iter().map(|check| (*check).to_owned()).collect();
        Json(Self { verified: true, checks, warnings: Vec::new(), errors: Vec::new() })
    }
}

/// A credential that was issued.
#[derive(ApiResponse)]
enum Issued {
    /// The secured credential, as `{"verifiableCredential": …}`.
    #[oai(status = 201, content_type = "application/json")]
    Signed(Binary<Vec<u8>>),
}

/// What a DID resolves to.
#[derive(ApiResponse)]
enum Resolved {
    /// The result of resolution (DID Resolution section 3).
    #[oai(status = 200, content_type = "application/ld+json")]
    Document(Binary<Vec<u8>>),
}

fn refused(problems: &[Problem]) -> Error {
    let code = if problems.iter().any(Problem::is_malformed) { MALFORMED } else { NOT_VERIFIED };
    let details: Vec<Value> = problems
        .iter()
        .map(|problem| json!({"type": problem.r#type, "title": problem.title, "detail": problem.detail}))
        .collect();
    let first = problems.first().map(|problem| problem.detail.clone()).unwrap_or_default();
    Error::new(code, first).with_member("verified", false).with_member("problemDetails", details)
}

fn member<'a>(asked: &'a Value, name: &'static str) -> Result<&'a Value, Error> {
    asked.get(name).filter(|value| value.is_object()).ok_or_else(|| {
        let detail = format!("Send {{\"{name}\": {{…}}, \"options\": {{…}}}}.");
        Error::new(MALFORMED, detail.clone()).with_faults(vec![Fault::new(
            format!("/{name}"),
            "required",
            detail,
        )])
    })
}

#[OpenApi(tag = "Tag::Interop")]
impl InteropApi {
    /// Verify a credential, as a VC-API client expects
    ///
    /// Judges form, proofs, dates and status, by the standards and nothing else: who is recognised is a question for
    /// `POST /v1/verify`. Every proof must verify. Keys are those of did:key and of the academies here; status lists of
    /// others are fetched once the signature is good. 200 where it is good; 400 where it is malformed and 422 where it
    /// does not verify, with `problemDetails` of the standards' own types.
    ///
    /// Codes: `malformed-credential`, `not-verified`.
    #[oai(path = "/credentials/verify", method = "post", operation_id = "vc_verify")]
    async fn verify(&self, app: Data<&App>, body: RawBody<Asked>) -> Result<Json<VcVerified>, Error> {
        let asked = strict::parse(&body.bytes, limits::INTEROP_BYTES)?;
        let problems = ops::credential(&app, member(&asked, "verifiableCredential")?).await?;
        if problems.is_empty() {
            Ok(VcVerified::answer(&["form", "proof", "period", "status"]))
        } else {
            Err(refused(&problems))
        }
    }

    /// Verify a presentation, as a VC-API client expects
    ///
    /// The presentation's own proof, for the purpose `authentication`, by its holder where it names one, and for the
    /// challenge and domain in `options`; then every credential in it as by `/credentials/verify`.
    ///
    /// Codes: `malformed-credential`, `not-verified`.
    #[oai(path = "/presentations/verify", method = "post", operation_id = "vp_verify")]
    async fn verify_presentation(
        &self,
        app: Data<&App>,
        body: RawBody<Asked>,
    ) -> Result<Json<VcVerified>, Error> {
        let asked = strict::parse(&body.bytes, limits::INTEROP_BYTES)?;
        let option = |name: &str| asked["options"][name].as_str().map(str::to_owned);
        let wanted = Wanted { challenge: option("challenge"), domain: option("domain") };
        let problems = ops::presentation(&app, member(&asked, "verifiablePresentation")?, &wanted).await?;
        if problems.is_empty() {
            Ok(VcVerified::answer(&["form", "proof", "credentials"]))
        } else {
            Err(refused(&problems))
        }
    }

    /// Issue a credential, for conformance tests
    ///
    /// Off unless `interop.issuer_key` is set. Signs a credential of any kind with a did:key of its own, which is no academy
    /// and is recognised by nobody; the caller's `issuer` is replaced. `options.cryptosuite` is `eddsa-rdfc-2022` or
    /// `eddsa-jcs-2022`.
    ///
    /// Codes: `issuer-off`, `malformed-credential`.
    #[oai(path = "/credentials/issue", method = "post", operation_id = "vc_issue")]
    async fn issue(&self, app: Data<&App>, body: RawBody<Asked>) -> Result<Issued, Error> {
        let secret = &app.config.interop.issuer_key;
        if secret.is_empty() {
            return Err(Error::new(
                ISSUER_OFF,
                "No conformance issuer is configured here. Academies issue by POST /v1/academies/{slug}/certificates, or \
                 sign with their own key.",
            ));
        }
        let key = SigningKey::from_multibase(secret.reveal()).map_err(Error::internal)?;
        let asked = strict::parse(&body.bytes, limits::INTEROP_BYTES)?;
        let mut members = member(&asked, "credential")?.as_object().cloned().unwrap_or_default();
        let suite = match asked["options"]["cryptosuite"].as_str() {
            None | Some("eddsa-rdfc-2022") => Suite::EddsaRdfc2022,
            Some("eddsa-jcs-2022") => Suite::EddsaJcs2022,
            Some(other) => {
                let detail =
                    format!("`{}` is not made here; eddsa-rdfc-2022 and eddsa-jcs-2022 are.", shorten(other));
                return Err(Error::new(MALFORMED, detail));
            }
        };
        let did = did::did_key(&key.public());
        match members.get_mut("issuer") {
            Some(Value::Object(issuer)) => drop(issuer.insert("id".to_owned(), did.clone().into())),
            _ => drop(members.insert("issuer".to_owned(), did.clone().into())),
        }
        let faults = model::faults(&members, Kind::Credential);
        if !faults.is_empty() {
            return Err(Error::new(MALFORMED, "The credential is not as it must be.").with_faults(faults));
        }
        let (method, created) = (did::method_id(&did, &key.public()), app.clock.now().to_string());
        let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
        proof::sign(&mut members, &key, &[suite], options)
            .map_err(|error| Error::new(MALFORMED, format!("It cannot be signed: {error}.")))?;
        let signed = json!({"verifiableCredential": Value::Object(members)});
        Ok(Issued::Signed(Binary(serde_json::to_vec(&signed).map_err(Error::internal)?)))
    }

    /// Resolve a DID
    ///
    /// A did:key with Ed25519, a did:web of an academy hosted here, or the registry's. Others are not fetched.
    ///
    /// Codes: `did-method`, `not-found`.
    #[oai(path = "/1.0/identifiers/:did", method = "get", operation_id = "resolve_did")]
    async fn resolve(
        &self,
        app: Data<&App>,
        /// The DID.
        #[oai(validator(max_length = 400))]
        did: Path<String>,
    ) -> Result<Resolved, Error> {
        let document = match did::read_did_key(&did) {
            Some(Ok(key)) => Some(ops::did_key_document(&key)),
            Some(Err(error)) => {
                return Err(Error::new(DID_METHOD, format!("This did:key is not resolved: {error}.")));
            }
            None if did.starts_with("did:web:") => {
                let mut conn = app.db.snapshot().await?;
                ops::document_of(&app, &mut conn, &did).await?
            }
            None => {
                return Err(Error::new(
                    DID_METHOD,
                    "Of DIDs, did:key and the did:web of this directory are resolved.",
                ));
            }
        };
        let document = document.ok_or_else(|| {
            Error::not_found("No academy here has this DID, and nothing is fetched from elsewhere.")
        })?;
        let result = json!({
            "@context": "https://w3id.org/did-resolution/v1",
            "didDocument": document,
            "didResolutionMetadata": {"contentType": "application/did+ld+json"},
            "didDocumentMetadata": {},
        });
        Ok(Resolved::Document(Binary(serde_json::to_vec(&result).map_err(Error::internal)?)))
    }
}
