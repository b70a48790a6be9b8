//! Bitstring Status List v1.0: the bits, their compressed form, and the entry that names one of them.
//!
//! A list has [`ENTRIES`] bits or more, so that asking for it does not say which credential is meant. Bit 0 is the
//! most significant bit of the first byte (section 3.2 of the specification).

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::json::{Members, Tree};

/// The fewest bits a list may have, and how many ours have (section 6.1 of the specification).
pub const ENTRIES: u32 = 131_072;

/// The most bytes a list may inflate to; a small text can claim to be enormous.
pub const MOST_BYTES: usize = 1024 * 1024;

/// The bits of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitstring(Vec<u8>);

/// Why a text is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BitstringError {
    /// It is not `u` and the base64url of a gzip stream.
    #[error("the list must be u followed by the base64url of its gzip-compressed bits")]
    Form,
    /// It has fewer bits than a list must have.
    #[error("the list has fewer than 131072 bits")]
    TooShort,
    /// It inflates to more than is read.
    #[error("the list inflates to more than 1 MiB")]
    TooLarge,
}

impl Bitstring {
    /// A list of [`ENTRIES`] bits, none of them set.
    #[must_use]
    pub fn zero() -> Self {
        Self(vec![0; ENTRIES as usize / 8])
    }

    /// Reads an `encodedList`.
    ///
    /// # Errors
    /// [`BitstringError`].
    pub fn decode(text: &str) -> Result<Self, BitstringError> {
        let encoded = text.strip_prefix('u').ok_or(BitstringError::Form)?;
        let packed = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| BitstringError::Form)?;
        let mut bits = Vec::with_capacity(ENTRIES as usize / 8);
        let mut inflated = GzDecoder::new(&packed[..]).take(MOST_BYTES as u64 + 1);
        inflated.read_to_end(&mut bits).map_err(|_| BitstringError::Form)?;
        match bits.len() {
            len if len > MOST_BYTES => Err(BitstringError::TooLarge),
            len if len < ENTRIES as usize / 8 => Err(BitstringError::TooShort),
            _ => Ok(Self(bits)),
        }
    }

    /// The `encodedList` of these bits. The same bits always give the same text.
    ///
    /// # Panics
    /// Never: memory takes every byte.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&self.0).expect("a Vec takes every byte");
        let packed = packer.finish().expect("a Vec takes every byte");
        format!("u{}", URL_SAFE_NO_PAD.encode(packed))
    }

    /// How many bits there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.0.len() as u64 * 8
    }

    /// Whether a bit is set; `None` beyond the end.
    #[must_use]
    pub fn is_set(&self, index: u32) -> Option<bool> {
        self.0.get(index as usize / 8).map(|byte| byte >> (7 - index % 8) & 1 == 1)
    }

    /// Sets a bit; whether there is such a bit.
    pub fn set(&mut self, index: u32) -> bool {
        let Some(byte) = self.0.get_mut(index as usize / 8) else { return false };
        *byte |= 1 << (7 - index % 8);
        true
    }

    /// The bits that are set, in order.
    pub fn ones(&self) -> impl Iterator<Item = u32> + '_ {
        let bytes = (0_u32..).zip(&self.0).filter(|(_, byte)| **byte != 0);
        bytes.flat_map(|(at, byte)| {
            (0..8).filter(move |bit| byte >> (7 - bit) & 1 == 1).map(move |bit| at * 8 + bit)
        })
    }
}

impl std::fmt::Debug for Bitstring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitstring({} bits, {} set)", self.entries(), self.ones().count())
    }
}

/// An entry in a credential: which bit of which list speaks of it (section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The URL of the list.
    pub list: String,
    /// The bit.
    pub index: u32,
}

impl Entry {
    /// Reads the entry of a credential that can be revoked: `<list>#<index>` in `id`, as Open Badges asks, the
    /// purpose `revocation`, a decimal index, and no other member.
    ///
    /// # Errors
    /// What is wrong, and where below the entry.
    pub fn read(entry: &Members<'_>) -> Result<Self, (&'static str, &'static str)> {
        const MEMBERS: [&str; 5] = ["id", "type", "statusPurpose", "statusListIndex", "statusListCredential"];
        if entry.names().any(|name| !MEMBERS.contains(&name)) {
            return Err((
                "",
                "an entry has only id, type, statusPurpose, statusListIndex and statusListCredential",
            ));
        }
        let text = |name: &str| entry.get(name).and_then(Tree::as_str);
        if text("type") != Some("BitstringStatusListEntry") {
            return Err(("/type", "it must be BitstringStatusListEntry"));
        }
        if text("statusPurpose") != Some("revocation") {
            return Err(("/statusPurpose", "it must be revocation"));
        }
        let index = text("statusListIndex").filter(|index| *index == "0" || !index.starts_with(['0', '+']));
        let Some(index) = index.and_then(|index| index.parse::<u32>().ok()) else {
            return Err(("/statusListIndex", "it must be a number in decimal, as a text"));
        };
        let Some(list) = text("statusListCredential") else {
            return Err(("/statusListCredential", "it must be the URL of a list"));
        };
        if text("id") != Some(&format!("{list}#{index}")) {
            return Err(("/id", "it must be the list's URL, # and the index"));
        }
        Ok(Self { list: list.to_owned(), index })
    }

    /// The entry as it stands in a credential.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "id": format!("{}#{}", self.list, self.index),
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": self.index.to_string(),
            "statusListCredential": self.list,
        })
    }
}
