//! Signed notes (C2SP signed-note), the checkpoints and cosignatures made of them (tlog-checkpoint, tlog-cosignature).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::LogError;
use crate::signing::digest::Digest;
use crate::signing::keys::{PublicKey, Signature, SigningKey};

/// The longest note that is read, in bytes.
pub const NOTE_BYTES: usize = 64 * 1024;
/// The most signatures of a note that are read.
const MAX_SIGNATURES: usize = 64;

/// What kind of signature a key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Ed25519 over the note's text: the log itself.
    Ed25519,
    /// Ed25519 over the text and a time: a witness.
    Cosignature,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A key that signs notes, by the name it goes by there: a `vkey`.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    kind: KeyKind,
    key: PublicKey,
}

impl NoteKey {
    /// A key under a name.
    ///
    /// # Errors
    /// [`LogError::Malformed`] where the name is empty or has a space or a plus sign.
    pub fn new(name: &str, kind: KeyKind, key: PublicKey) -> Result<Self, LogError> {
        if is_name(name) {
            Ok(Self { name: name.to_owned(), kind, key })
        } else {
            Err(LogError::Malformed("a key's name has no space and no plus sign"))
        }
    }

    /// Reads `name+hash+base64`.
    ///
    /// # Errors
    /// [`LogError::Malformed`].
    pub fn parse(vkey: &str) -> Result<Self, LogError> {
        const FORM: LogError = LogError::Malformed("a log's key reads name+hash+base64");
        let mut parts = vkey.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(FORM);
        };
        let bytes = STANDARD.decode(key).map_err(|_| FORM)?;
        let (kind, key) = match bytes.split_first() {
            Some((0x01, key)) => (KeyKind::Ed25519, key),
            Some((0x04, key)) => (KeyKind::Cosignature, key),
            _ => return Err(LogError::Malformed("a key of this kind is not known here")),
        };
        let key: &[u8; 32] = key.try_into().map_err(|_| FORM)?;
        let key =
            PublicKey::from_bytes(key).map_err(|_| LogError::Malformed("it is not a good Ed25519 key"))?;
        let key = Self::new(name, kind, key)?;
        let hex: String = key.id().iter().map(|byte| format!("{byte:02x}")).collect();
        if hex == id { Ok(key) } else { Err(LogError::Malformed("the key's hash is not that of the key")) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of signature it makes.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The four bytes a signature line begins with.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+", self.name)?;
        self.id().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        let bytes = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        write!(f, "+{}", STANDARD.encode(bytes))
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteKey({self})")
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// A note whose form is good. Nothing is said about whether any signature fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    text: &'a str,
    signatures: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// Splits a note into its text and its signatures.
    ///
    /// # Errors
    /// [`LogError::Malformed`].
    pub fn parse(note: &'a str) -> Result<Self, LogError> {
        if note.len() > NOTE_BYTES {
            return Err(LogError::Malformed("the note is too long"));
        }
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(LogError::Malformed("a note has no control characters"));
        }
        let blank =
            note.rfind("\n\n").ok_or(LogError::Malformed("a note has a blank line before its signatures"))?;
        let (text, rest) = (&note[..=blank], &note[blank + 2..]);
        let rest = rest.strip_suffix('\n').ok_or(LogError::Malformed("a note ends with a line break"))?;
        let mut signatures = Vec::new();
        for line in rest.split('\n') {
            let line = line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' '));
            let (name, signature) =
                line.ok_or(LogError::Malformed("a signature line begins with an em dash"))?;
            let bytes =
                STANDARD.decode(signature).map_err(|_| LogError::Malformed("a signature is base64"))?;
            if !is_name(name) || bytes.len() < 5 {
                return Err(LogError::Malformed("a signature line has a name, a key's hash and a signature"));
            }
            if signatures.len() >= MAX_SIGNATURES {
                return Err(LogError::Malformed("a note has at most 64 signatures"));
            }
            signatures.push((name, bytes));
        }
        Ok(Self { text, signatures })
    }

    /// What is signed, with the line break at its end.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The names that signed, by their own word.
    pub fn signers(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.signatures.iter().map(|(name, _)| *name)
    }

    /// Whether this key signed the text. A second line of the same key that does not fit spoils it.
    #[must_use]
    pub fn is_signed_by(&self, key: &NoteKey) -> bool {
        self.of(key).is_some_and(|signature| {
            key.kind == KeyKind::Ed25519
                && <&[u8; 64]>::try_from(signature)
                    .is_ok_and(|bytes| key.key.verifies(self.text.as_bytes(), &Signature::from_bytes(bytes)))
        })
    }

    /// When this witness cosigned the text, in seconds since 1970; `None` where it did not.
    #[must_use]
    pub fn cosigned_by(&self, witness: &NoteKey) -> Option<u64> {
        let bytes = self.of(witness).filter(|_| witness.kind == KeyKind::Cosignature)?;
        let (time, signature) = bytes.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let signature = Signature::from_bytes(signature.try_into().ok()?);
        witness.key.verifies(cosigned(self.text, time).as_bytes(), &signature).then_some(time)
    }

    /// The one signature under this name and key hash.
    fn of(&self, key: &NoteKey) -> Option<&[u8]> {
        let id = key.id();
        let mut own = self
            .signatures
            .iter()
            .filter(|(name, bytes)| *name == key.name && bytes[..4] == id)
            .map(|(_, bytes)| &bytes[4..]);
        own.next().filter(|_| own.next().is_none())
    }
}

/// The line that says that a key signed the text; `text` ends with a line break.
#[must_use]
pub fn signature_line(text: &str, name: &str, key: &SigningKey) -> String {
    line(name, KeyKind::Ed25519, key, key.sign(text.as_bytes()).to_bytes().as_slice())
}

/// The line that says that a witness saw the checkpoint at that time, in seconds since 1970.
#[must_use]
pub fn cosignature_line(text: &str, name: &str, key: &SigningKey, time: u64) -> String {
    let signature = key.sign(cosigned(text, time).as_bytes()).to_bytes();
    line(name, KeyKind::Cosignature, key, &[time.to_be_bytes().as_slice(), &signature].concat())
}

fn line(name: &str, kind: KeyKind, key: &SigningKey, signature: &[u8]) -> String {
    let signer = NoteKey { name: name.to_owned(), kind, key: key.public() };
    let bytes = [signer.id().as_slice(), signature].concat();
    format!("\u{2014} {name} {}\n", STANDARD.encode(bytes))
}

fn cosigned(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// A note signed by one key.
#[must_use]
pub fn sign(text: &str, name: &str, key: &SigningKey) -> String {
    format!("{text}\n{}", signature_line(text, name, key))
}

/// The head of a log: its name, how many entries it has, and the root of their tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root.
    pub root: Digest,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    /// The checkpoint as a note that the log's key signed.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        sign(&self.text(), &self.origin, key)
    }

    /// Reads the text of a note; lines behind the third are of no meaning here.
    ///
    /// # Errors
    /// [`LogError::Malformed`].
    pub fn read(note: &Note<'_>) -> Result<Self, LogError> {
        let mut lines = note.text().split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(LogError::Malformed("a checkpoint has an origin, a size and a root"));
        };
        let number = size.parse::<u64>().ok().filter(|number| number.to_string() == size);
        let size = number.filter(|size| *size < 1 << 63);
        let size = size.ok_or(LogError::Malformed("the size of a checkpoint is a number in decimal"))?;
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = root.ok_or(LogError::Malformed("the root of a checkpoint is 32 bytes in base64"))?;
        if !is_name(origin) {
            return Err(LogError::Malformed("a checkpoint begins with its origin"));
        }
        Ok(Self { origin: origin.to_owned(), size, root: Digest(root) })
    }

    /// Reads a note that this log signed.
    ///
    /// # Errors
    /// [`LogError`]: malformed, of another log, or not signed by its key.
    pub fn open(note: &str, log: &NoteKey) -> Result<Self, LogError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::read(&note)?;
        if checkpoint.origin != log.name() {
            return Err(LogError::OtherLog);
        }
        if note.is_signed_by(log) { Ok(checkpoint) } else { Err(LogError::Unsigned) }
    }
}
