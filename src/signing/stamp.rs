//! `dateTimeStamp` (XML Schema 1.1 part 2 section 3.4.28): the form of every time in a signed
//! document. A day that does not exist, or a time without an offset, is not one.

use time::{Date, Month};

/// An instant stated by a document: microseconds since 1970-01-01T00:00:00Z, before it negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

/// Why a text is not a `dateTimeStamp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// Not of the form `2026-03-01T09:30:00Z`.
    #[error("a time is written like 2026-03-01T09:30:00Z or 2026-03-01T09:30:00+01:00")]
    Form,
    /// Of the right form, without `Z` or an offset.
    #[error("a time needs its offset: end it with Z, or with one such as +01:00")]
    NoOffset,
    /// The day or the time of day does not exist.
    #[error("there is no such day or time of day")]
    Impossible,
}

impl Stamp {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DDThh:mm:ss`, an optional fraction (cut to microseconds), and `Z` or an
    /// offset of at most 14 hours.
    ///
    /// # Errors
    /// [`StampError`], saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, StampError> {
        let bytes = text.as_bytes();
        let (local, rest) = bytes.split_at_checked(19).ok_or(StampError::Form)?;
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if marks.iter().any(|(at, mark)| local[*at] != *mark) {
            return Err(StampError::Form);
        }
        let year = number(&local[..4])?;
        let month = number(&local[5..7])?;
        let day = number(&local[8..10])?;
        let [hour, minute, second] = [11, 14, 17].map(|at| number(&local[at..at + 2]));
        let (hour, minute, second) = (hour?, minute?, second?);
        let (micros, zone) = fraction(rest)?;
        let offset = offset(zone)?;
        let date = u8::try_from(month)
            .ok()
            .and_then(|month| Month::try_from(month).ok())
            .zip(i32::try_from(year).ok().zip(u8::try_from(day).ok()))
            .and_then(|(month, (year, day))| Date::from_calendar_date(year, month, day).ok())
            .ok_or(StampError::Impossible)?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(StampError::Impossible);
        }
        let days = i64::from(date.to_julian_day()) - UNIX_EPOCH_JULIAN_DAY;
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
        Ok(Self(seconds * 1_000_000 + micros))
    }
}

/// The Julian day of 1970-01-01.
const UNIX_EPOCH_JULIAN_DAY: i64 = 2_440_588;

fn number(digits: &[u8]) -> Result<i64, StampError> {
    digits.iter().try_fold(0, |n, digit| match digit {
        b'0'..=b'9' => Ok(n * 10 + i64::from(digit - b'0')),
        _ => Err(StampError::Form),
    })
}

/// Splits `.123Z` into its microseconds and what follows.
fn fraction(rest: &[u8]) -> Result<(i64, &[u8]), StampError> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Ok((0, rest));
    };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 || count > 18 {
        return Err(StampError::Form);
    }
    let kept = count.min(6);
    let mut micros = number(&digits[..kept])?;
    for _ in kept..6 {
        micros *= 10;
    }
    Ok((micros, &digits[count..]))
}

/// The offset in minutes.
fn offset(zone: &[u8]) -> Result<i64, StampError> {
    let (sign, zone) = match zone {
        b"Z" => return Ok(0),
        b"" => return Err(StampError::NoOffset),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return Err(StampError::Form),
    };
    let &[h1, h2, b':', m1, m2] = zone else {
        return Err(StampError::Form);
    };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return Err(StampError::Impossible);
    }
    Ok(sign * (hours * 60 + minutes))
}
