//! Identifiers and randomness, handed in: UUIDs inside, numbers with a check character outside.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::clock::Clock;

/// Makes identifiers. Clones share one generator.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    rng: Arc<Mutex<StdRng>>,
}

impl Ids {
    /// Seeded from the operating system.
    pub fn system(clock: Clock) -> Self {
        Self { clock, rng: Arc::new(Mutex::new(rand::make_rng())) }
    }

    /// The same sequence for the same seed; for tests and the demo's data.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self { clock, rng: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    /// Fresh random bytes. The generator is a cryptographic one (ChaCha).
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut out);
        out
    }

    /// A UUIDv7: sorts by the time it was made.
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().micros() / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A UUIDv4: says nothing about when it was made.
    pub fn random_uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A fresh public number. Uniqueness is the database's to enforce.
    pub fn number(&self, kind: NumberKind) -> Number {
        let mut body = [0; BODY];
        for symbol in &mut body {
            *symbol = loop {
                // 248 = 8 × 31: bytes above it are drawn again, so that every symbol is as likely.
                let [byte] = self.bytes::<1>();
                if byte < 248 {
                    break byte % RADIX;
                }
            };
        }
        Number { kind, body }
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

/// What a public number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberKind {
    /// A listing: `SMP-…`.
    Listing,
    /// A certificate: `CRT-…`.
    Certificate,
    /// A course of an academy: `CRS-…`.
    Course,
    /// A trainer of an academy: `TRN-…`.
    Trainer,
}

impl NumberKind {
    const ALL: [Self; 4] = [Self::Listing, Self::Certificate, Self::Course, Self::Trainer];

    /// The letters before the first hyphen.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Listing => "SMP",
            Self::Certificate => "CRT",
            Self::Course => "CRS",
            Self::Trainer => "TRN",
        }
    }

    /// What the kind adds to the weighted sum, so that no number of one kind is one of another.
    const fn offset(self) -> u32 {
        match self {
            Self::Listing => 0,
            Self::Certificate => 17,
            Self::Course => 5,
            Self::Trainer => 11,
        }
    }
}

/// Symbols that are told apart when written by hand and read over the phone: no 0/O, 1/I/L.
const SYMBOLS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const RADIX: u8 = 31;
const BODY: usize = 8;

/// A public number with a check character, such as `SMP-7K3F-9Q2M-4`.
///
/// Eight symbols of 31, then a check symbol: the sum of each symbol's value times its weight,
/// modulo 31, must be zero. The weights are 2 to 9 and 1 for the check symbol; since 31 is prime
/// every single wrong symbol and every swap of two neighbours is caught without asking anyone.
/// The prefix enters the sum, so a certificate's number is never a listing's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    kind: NumberKind,
    body: [u8; BODY],
}

/// Why a text is not a public number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not of the form of `SMP-7K3F-9Q2M-4`.
    #[error(
        "a number reads like SMP-7K3F-9Q2M-4: letters, then nine of {}",
        "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    )]
    Form,
    /// The check character does not fit the rest.
    #[error("the check character does not fit: a symbol is mistyped or two are swapped")]
    Check,
    /// A good number of the other kind.
    #[error(
        "that is the number of something else: listings begin with SMP, certificates with CRT, courses with CRS, trainers with TRN"
    )]
    Kind,
}

impl Number {
    /// What it names.
    pub const fn kind(self) -> NumberKind {
        self.kind
    }

    /// The smallest and the largest sort as their text does; a number's place in a byte order.
    pub fn sort_key(self) -> u64 {
        self.body.iter().fold(0, |key, &symbol| key * u64::from(RADIX) + u64::from(symbol))
    }

    fn check(self) -> u8 {
        let sum = self
            .body
            .iter()
            .zip(2_u32..)
            .fold(self.kind.offset(), |sum, (&symbol, weight)| sum + u32::from(symbol) * weight);
        u8::try_from((31 - sum % 31) % 31).unwrap_or(0)
    }

    /// Reads a number of one kind; lower case, spaces and missing hyphens are forgiven.
    ///
    /// # Errors
    /// [`NumberError`], saying what is wrong with it.
    pub fn parse(text: &str, kind: NumberKind) -> Result<Self, NumberError> {
        let number: Self = text.parse()?;
        if number.kind == kind { Ok(number) } else { Err(NumberError::Kind) }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.len() > 40 {
            return Err(NumberError::Form);
        }
        let plain = text.bytes().filter(|byte| !matches!(byte, b'-' | b' '));
        let mut plain = plain.map(|byte| byte.to_ascii_uppercase());
        let mut next = || plain.next().ok_or(NumberError::Form);
        let prefix = [next()?, next()?, next()?];
        let kind = NumberKind::ALL.into_iter().find(|kind| kind.prefix().as_bytes() == prefix);
        let kind = kind.ok_or(NumberError::Form)?;
        let mut body = [0; BODY];
        for value in &mut body {
            *value = value_of(next()?)?;
        }
        let check = value_of(next()?)?;
        let number = Self { kind, body };
        match plain.next() {
            Some(_) => Err(NumberError::Form),
            None if number.check() == check => Ok(number),
            None => Err(NumberError::Check),
        }
    }
}

fn value_of(symbol: u8) -> Result<u8, NumberError> {
    let at = SYMBOLS.iter().position(|known| *known == symbol).ok_or(NumberError::Form)?;
    u8::try_from(at).map_err(|_| NumberError::Form)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `-`, the two halves of the body with another between them, `-` and the check character.
        let mut text = [b'-'; BODY + 4];
        let (first, second) = self.body.split_at(BODY / 2);
        let symbols = |values: &[u8], room: &mut [u8]| {
            for (symbol, value) in room.iter_mut().zip(values) {
                *symbol = SYMBOLS[usize::from(*value)];
            }
        };
        symbols(first, &mut text[1..]);
        symbols(second, &mut text[BODY / 2 + 2..]);
        symbols(&[self.check()], &mut text[BODY + 3..]);
        f.write_str(self.kind.prefix())?;
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
