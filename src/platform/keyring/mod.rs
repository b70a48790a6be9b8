//! Seeds of the keys the platform holds itself, one a purpose: made at first use, sealed under the service's secret at
//! rest.
//!
//! Table: `platform_keys`.

mod store;

use zeroize::Zeroizing;

use super::clock::Ts;
use super::db::Conn;
use super::id::Ids;
use super::problem::Error;
use super::vault::Vault;

const DOMAIN: &str = "platform-key";

/// The seed for this purpose; a new one where there is none yet, kept with the caller's transaction.
///
/// # Errors
/// As the database says; internal, where the kept seed does not open under this secret.
pub async fn seed(
    conn: &mut Conn,
    vault: &Vault,
    ids: &Ids,
    purpose: &'static str,
    now: Ts,
) -> Result<Zeroizing<[u8; 32]>, Error> {
    if store::find(conn, purpose).await?.is_none() {
        let seed = Zeroizing::new(ids.bytes::<32>());
        let sealed = vault.seal(ids, DOMAIN, purpose.as_bytes(), seed.as_slice());
        store::insert_if_absent(conn, purpose, sealed, now).await?;
    }
    // Read again: another process may have been first.
    let sealed = store::find(conn, purpose).await?.unwrap_or_default();
    let seed = vault.open(DOMAIN, purpose.as_bytes(), &sealed);
    seed.and_then(|seed| seed.as_slice().try_into().ok().map(Zeroizing::new)).ok_or_else(|| {
        Error::internal(format!(
            "the key `{purpose}` in the database was sealed under another secret than STIPPLE_SECRET is now"
        ))
    })
}
