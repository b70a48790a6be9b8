//! Cursors: where a list goes on, opaque to callers and signed, so that nobody can make one up or
//! carry one to another list.
//!
//! The text is base64url of `version (1 byte) || payload (JSON) || mac (16 bytes)`, where the mac is
//! HMAC-SHA-256 over a domain word, the version, the list's binding and the payload, cut to 16 bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::limits;
use crate::platform::problem::{self, Error, Fault};

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const DOMAIN: &[u8] = b"stipple cursor\0";

/// The key cursors are signed with.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(secret)")
    }
}

/// Which list a cursor belongs to: its name, its sort and every filter.
#[derive(Clone, Debug)]
pub struct Binding(Sha256);

impl Binding {
    /// A list by its name.
    pub fn new(list: &str) -> Self {
        Self(Sha256::new()).with("list", list)
    }

    /// Another thing that must be the same when the cursor comes back; order matters.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        for part in [name, value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
        self
    }
}

impl CursorKey {
    /// A key from the service's secret.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn new(secret: &str) -> Self {
        let mut mac = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(DOMAIN);
        Self(mac)
    }

    /// The cursor for a position in a list.
    ///
    /// # Errors
    /// 500 when the position cannot be written as JSON.
    pub fn seal(&self, list: &Binding, position: &impl Serialize) -> Result<String, Error> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, position).map_err(Error::internal)?;
        let mac = self.mac(list, &bytes);
        bytes.extend_from_slice(&mac);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The position in a cursor that was made for this list.
    ///
    /// # Errors
    /// 400 `bad-cursor` for any other text.
    pub fn open<P: DeserializeOwned>(&self, list: &Binding, cursor: &str) -> Result<P, Error> {
        self.payload(list, cursor).ok_or_else(|| {
            let detail = "Take the cursor from next_cursor unchanged, and keep every other parameter the same. \
                          To begin again, leave it out.";
            Error::new(problem::BAD_CURSOR, detail).with_faults(vec![Fault::new("query:cursor", "bad-cursor", detail)])
        })
    }

    fn payload<P: DeserializeOwned>(&self, list: &Binding, cursor: &str) -> Option<P> {
        if cursor.len() > limits::CURSOR_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signed, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        if !bool::from(self.mac(list, signed).ct_eq(mac)) {
            return None;
        }
        let (version, payload) = signed.split_first()?;
        if *version != VERSION {
            return None;
        }
        serde_json::from_slice(payload).ok()
    }

    fn mac(&self, list: &Binding, signed: &[u8]) -> [u8; MAC_BYTES] {
        let mut mac = self.0.clone();
        mac.update(&list.0.clone().finalize());
        mac.update(signed);
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let mut cut = [0; MAC_BYTES];
        cut.copy_from_slice(&full[..MAC_BYTES]);
        cut
    }
}
