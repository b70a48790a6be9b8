//! What other rooms ask of the log: to take something in, to promise it, and to show that it is there.

mod cosign;
mod highest;
mod read;
mod record;
mod recover;
mod sequence;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use uuid::Uuid;

pub use cosign::cosign;
pub use highest::{HIGHEST_FILE, highest_note, keep_highest};
pub(super) use read::tile;
pub use read::{head, offline_proof, place_of, witnesses_of};
pub use record::{LoggedRecord, erase, record, records_of, salted_digest};
pub use recover::{Gap, freeze, gap, go_on, take_back};
pub use sequence::{Published, publish};

use super::model::{Leaf, Op, Receipt};
use super::store;
use crate::app::App;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, Error as DbError, Result as DbResult};
use crate::platform::problem::Error;
use crate::platform::{keyring, meta};
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::signing::keys::SigningKey;
use crate::signing::tlog::note::{Checkpoint, KeyKind, NoteKey, sign};

/// The log's name and its key. The key is made at first use, and lies sealed in the database.
#[derive(Debug)]
pub struct Signer {
    origin: String,
    key: SigningKey,
}

impl Signer {
    /// The log's name, which is the first line of every checkpoint.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key to check its notes with.
    ///
    /// # Errors
    /// When the origin cannot be a key's name.
    pub fn vkey(&self) -> Result<NoteKey, Error> {
        NoteKey::new(&self.origin, KeyKind::Ed25519, self.key.public()).map_err(Error::internal)
    }

    fn checkpoint(&self, size: u64, root: Digest) -> (Checkpoint, String) {
        let checkpoint = Checkpoint { origin: self.origin.clone(), size, root };
        let note = checkpoint.sign(&self.key);
        (checkpoint, note)
    }
}

/// What a process keeps of the log: who it is among those that may append, and the opened key.
#[derive(Default)]
struct Notary {
    holder: OnceLock<Uuid>,
    /// Whether the witnesses were asked what they have seen.
    asked: AtomicBool,
    signer: OnceLock<Arc<Signer>>,
}

/// The log's signer. At first use its name and its key are settled, in a transaction of its own: call it before one
/// begins.
///
/// # Errors
/// As the database says; internal, where the kept key does not open.
pub async fn signer(app: &App) -> Result<Arc<Signer>, Error> {
    let notary = app.memory.of::<Notary>();
    if let Some(signer) = notary.signer.get() {
        return Ok(signer.clone());
    }
    let mut tx = app.db.write().await?;
    let origin = meta::fix(&mut tx, "log_origin", &format!("{}/log", app.config.issuer_host)).await?;
    let seed = keyring::seed(&mut tx, &app.vault, &app.ids, "log", app.clock.now()).await?;
    let key = SigningKey::from_seed(&seed);
    tx.commit().await?;
    Ok(notary.signer.get_or_init(|| Arc::new(Signer { origin, key })).clone())
}

/// Puts an entry about `subject` in front of the log, in the transaction of the fact itself.
///
/// # Errors
/// As the database says.
pub async fn append(conn: &mut Conn, subject: Uuid, leaf: &Leaf, now: Ts) -> DbResult<()> {
    let body = serde_json::Value::Object(leaf.body());
    let body = jcs::to_vec(&body).map_err(DbError::encode)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    store::enqueue(conn, leaf.op.as_str(), subject, body, now).await
}

/// The log's promise to take something in that was just received; none while nothing is signed.
///
/// # Errors
/// As the database says.
pub async fn receipt(
    conn: &mut Conn,
    signer: &Signer,
    op: Op,
    digest: Digest,
    now: Ts,
) -> DbResult<Option<String>> {
    if store::state(conn).await?.frozen.is_some() {
        return Ok(None);
    }
    let text = Receipt::new(&signer.origin, op, digest, now).text();
    Ok(Some(sign(&text, &signer.origin, &signer.key)))
}
