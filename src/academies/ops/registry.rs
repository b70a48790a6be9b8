//! The registry's key and its credential. The key is the directory's own: it signs who is recognised, and what a bundle
//! says, and never a certificate or the log.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::academies::model::{Registry, RegistryEntry};
use crate::academies::store;
use crate::app::App;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::Conn;
use crate::platform::keyring;
use crate::platform::problem::Error;
use crate::signing::did::{self, DidDocument, KeyState, ListedKey};
use crate::signing::jcs;
use crate::signing::keys::SigningKey;
use crate::signing::proof::{self, Options, Purpose, Suite};

/// Who signs for the registry.
#[derive(Debug)]
pub struct Registrar {
    /// The registry's DID, the did:web of the DID host itself.
    pub did: String,
    /// Its key.
    pub key: SigningKey,
}

impl Registrar {
    /// The name of its key.
    #[must_use]
    pub fn method(&self) -> String {
        did::method_id(&self.did, &self.key.public())
    }

    /// Its DID document.
    #[must_use]
    pub fn did_document(&self) -> Value {
        let key = self.key.public();
        DidDocument::build(&self.did, &[ListedKey { key, state: KeyState::Standing }])
    }
}

/// What a process keeps: the opened key, and the credential as it was signed last.
#[derive(Default)]
struct Kept {
    registrar: OnceLock<Arc<Registrar>>,
    signed: Mutex<Option<(Registry, Arc<Value>)>>,
}

/// The registrar. At first use its key is made, in a transaction of its own: call it before one begins.
///
/// # Errors
/// As the database says; internal, where the kept key does not open.
pub async fn registrar(app: &App) -> Result<Arc<Registrar>, Error> {
    let kept = app.memory.of::<Kept>();
    if let Some(registrar) = kept.registrar.get() {
        return Ok(registrar.clone());
    }
    let did = format!("did:web:{}", app.config.issuer_host);
    let mut tx = app.db.write().await?;
    let seed = keyring::seed(&mut tx, &app.vault, &app.ids, "registry", app.clock.now()).await?;
    tx.commit().await?;
    let registrar = Registrar { did, key: SigningKey::from_seed(&seed) };
    Ok(kept.registrar.get_or_init(|| Arc::new(registrar)).clone())
}

/// The credential as it holds now. It is signed anew when something in it changed, and once an hour, so that its time says
/// how fresh it is.
///
/// # Errors
/// As the database says.
pub async fn registry(app: &App, conn: &mut Conn, registrar: &Registrar) -> Result<Arc<Value>, Error> {
    let now = Ts::from_micros(app.clock.now().seconds() * 1_000_000);
    let academies: Vec<RegistryEntry> = store::registry(conn, &app.config.issuer_host).await?;
    let kept = app.memory.of::<Kept>();
    let mut signed = kept.signed.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((last, value)) = signed.as_ref()
        && last.academies == academies
        && last.signed <= now
        && now < last.signed.plus(limits::REGISTRY_LIFE)
    {
        return Ok(value.clone());
    }
    let name = app.config.public_url.clone();
    let registry = Registry { did: registrar.did.clone(), name, signed: now, academies };
    let mut members = registry.to_credential(&format!("{}/v1/registry", app.config.public_url));
    let (method, created) = (registrar.method(), now.to_string());
    let options = Options { method: &method, purpose: Purpose::AssertionMethod, created: &created };
    // Canonical JSON alone: the canonical form of statements has a bound that a long registry would cross.
    proof::sign(&mut members, &registrar.key, &[Suite::EddsaJcs2022], options).map_err(Error::internal)?;
    let value = Arc::new(Value::Object(members));
    *signed = Some((registry, value.clone()));
    Ok(value)
}

/// Signs a statement of the registry: canonical JSON that names its purpose.
///
/// # Errors
/// When the statement has no canonical form.
pub fn sign_statement(registrar: &Registrar, statement: &Value) -> Result<String, Error> {
    let bytes = jcs::to_vec(statement).map_err(Error::internal)?;
    Ok(registrar.key.sign(&bytes).to_multibase())
}
