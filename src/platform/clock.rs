//! Time, handed in. Nothing else in the crate asks the machine what time it is, so a test owns the
//! clock and two instances cannot disagree with themselves within one operation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, UtcOffset};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
///
/// One width everywhere: PostgreSQL keeps microseconds, SQLite keeps this integer, and both sort it
/// exactly. It reads and writes as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(i64);

impl Ts {
    /// The epoch itself; smaller than every instant the directory records.
    pub const ZERO: Self = Self(0);
    /// Later than every instant the directory records: the first page of a descending keyset.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From microseconds since the epoch, clamped to years 1970 to 9999.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(Self::ZERO.0, Self::MAX.0))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// From a calendar instant, truncated to microseconds.
    pub fn from_datetime(at: OffsetDateTime) -> Self {
        let micros = at.unix_timestamp_nanos() / 1_000;
        Self::from_micros(i64::try_from(micros).unwrap_or(Self::MAX.0))
    }

    /// As a calendar instant in UTC.
    pub fn datetime(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The UTC day of this instant.
    pub fn date(self) -> Date {
        self.datetime().date()
    }

    /// The first instant of a UTC day.
    pub fn at_midnight(day: Date) -> Self {
        Self::from_datetime(day.midnight().assume_utc())
    }

    /// Reads an RFC 3339 date-time with an offset; fractions finer than a microsecond are cut.
    ///
    /// # Errors
    /// When the text is not an RFC 3339 date-time or names a day that does not exist.
    pub fn parse(text: &str) -> Result<Self, time::error::Parse> {
        Ok(Self::from_datetime(OffsetDateTime::parse(text, &Rfc3339)?.to_offset(UtcOffset::UTC)))
    }

    /// This instant moved forward.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(by))
    }

    /// This instant moved back.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(by))
    }

    /// How long after `earlier` this instant is; zero when it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand, because every listing and every verdict writes several.
        let at = self.datetime();
        let Ok(year @ 0..=9999) = u32::try_from(at.year()) else {
            return write!(f, "{at}");
        };
        let mut text = *b"0000-00-00T00:00:00.000000";
        digits(&mut text[..4], year);
        digits(&mut text[5..7], u8::from(at.month()).into());
        digits(&mut text[8..10], at.day().into());
        digits(&mut text[11..13], at.hour().into());
        digits(&mut text[14..16], at.minute().into());
        digits(&mut text[17..19], at.second().into());
        digits(&mut text[20..], at.microsecond());
        let zeros = text.iter().rev().take_while(|digit| **digit == b'0').count();
        let end = if at.microsecond() == 0 { 19 } else { text.len() - zeros };
        f.write_str(std::str::from_utf8(&text[..end]).map_err(|_| fmt::Error)?)?;
        f.write_str("Z")
    }
}

/// Writes a number in exactly as many digits as there is room for.
fn digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

impl Serialize for Ts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Where the time comes from: the machine, or a test.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    pub fn fixed(at: Ts) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.0))))
    }

    /// The current instant.
    pub fn now(&self) -> Ts {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
            Source::System => Ts::from_datetime(OffsetDateTime::now_utc()),
            Source::Fixed(at) => Ts(at.load(Ordering::SeqCst)),
        }
    }

    /// The current UTC day.
    pub fn today(&self) -> Date {
        self.now().date()
    }

    /// Moves a fixed clock forward; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(at) = &self.0 {
            at.store(Ts(at.load(Ordering::SeqCst)).plus(by).0, Ordering::SeqCst);
        }
    }
}
