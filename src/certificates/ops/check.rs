//! Every certificate the directory holds, held against what was taken in: for after a restored backup, or a
//! disk nobody trusts any more.

use std::collections::HashMap;

use uuid::Uuid;

use crate::app::App;
use crate::certificates::document::Document;
use crate::certificates::store::{self, KeptBytes};
use crate::certificates::verdict;
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::signing::did;
use crate::signing::digest::Digest;
use crate::signing::keys::PublicKey;
use crate::signing::proof::{self, Expect, NotAsKept};

/// Rows read at once.
const PAGE: i64 = 500;

/// A certificate that is not what was taken in.
#[derive(Debug)]
pub struct Damaged {
    /// Its number.
    pub number: Number,
    /// What is wrong.
    pub why: String,
}

/// Checks the bytes of every certificate against its digest, and its signatures against the key it was taken in
/// with. `progress` is told how many are done, and of how many. Answers how many there are, and those that
/// are damaged.
///
/// Nothing else is asked: a certificate that was revoked, or whose key was stolen, is whole.
///
/// # Errors
/// When the database cannot be read.
pub async fn check(app: &App, mut progress: impl FnMut(u64, u64)) -> Result<(u64, Vec<Damaged>), Error> {
    let mut conn = app.db.snapshot().await?;
    let all = store::count(&mut conn).await?;
    let (mut done, mut damaged) = (0, Vec::new());
    let mut keys: HashMap<String, Option<PublicKey>> = HashMap::new();
    let mut after = Uuid::nil();
    loop {
        let page = store::kept_after(&mut conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((done, damaged)) };
        after = last.id;
        for kept in page {
            let key =
                *keys.entry(kept.key.clone()).or_insert_with(|| PublicKey::from_multibase(&kept.key).ok());
            if let Err(why) = whole(&kept, key.as_ref()) {
                damaged.push(Damaged { number: kept.number, why });
            }
            done += 1;
        }
        progress(done, all.max(done));
    }
}

fn whole(kept: &KeptBytes, key: Option<&PublicKey>) -> Result<(), String> {
    let digest =
        kept.digest.as_slice().try_into().map(Digest).map_err(|_| "its digest is none".to_owned())?;
    let own = key.map(|key| did::method_id(&kept.issuer, key)).unwrap_or_default();
    let key = |method: &str| key.filter(|_| method == own);
    match proof::verify_kept(&kept.bytes, digest, Expect::CERTIFICATE, key) {
        Ok(()) => return Ok(()),
        // Whoever sent it may have written it in another form than the canonical one.
        Err(NotAsKept::Changed) => {}
        Err(other) => return Err(other.to_string()),
    }
    let changed = || NotAsKept::Changed.to_string();
    let text = verdict::read(&kept.bytes).map_err(|_| changed())?;
    let document = Document::read_text(&text).map_err(|faults| {
        let first = faults.into_iter().next().map(|fault| fault.detail).unwrap_or_default();
        format!("it is no certificate any more: {first}")
    })?;
    if document.digest() != Ok(digest) {
        return Err(changed());
    }
    let verified = proof::verify(&document.canonical, &document.proofs, Expect::CERTIFICATE, key);
    verified.map(drop).map_err(|refusal| refusal.to_string())
}
