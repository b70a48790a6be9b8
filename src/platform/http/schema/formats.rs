//! The string formats that can be judged without building the type.

use time::Date;
use time::macros::format_description;
use url::Url;
use uuid::Uuid;

use crate::platform::clock::Ts;
use crate::platform::id::Number;

/// What is wrong with `text` as a string of this format; `None` when nothing is, or when the format
/// is not known here and the type itself has to judge.
pub(super) fn fault(format: &str, text: &str) -> Option<String> {
    match format {
        "date-time" => Ts::parse(text).is_err().then(|| {
            "This must be a date and time with an offset (RFC 3339), such as 2026-05-03T09:30:00Z.".to_owned()
        }),
        "date" | "naive-date" => Date::parse(text, format_description!("[year]-[month]-[day]"))
            .is_err()
            .then(|| "This must be a day that exists, written as 2026-05-03.".to_owned()),
        "uuid" => Uuid::try_parse(text).is_err().then(|| "This must be a UUID.".to_owned()),
        "url" | "uri" => match Url::parse(text) {
            Ok(_) => None,
            Err(_) => Some("This must be an absolute URL, such as https://example.com/page.".to_owned()),
        },
        "email" => (!is_email(text)).then(|| "This must be an e-mail address.".to_owned()),
        "stipple-number" => {
            text.parse::<Number>().err().map(|error| super::super::problem::clean(&error.to_string()))
        }
        _ => None,
    }
}

/// One `@` with something on both sides and no spaces: what every address has.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !text.contains(char::is_whitespace)
    })
}

/// The whole numbers a format allows, both ends included.
pub(super) fn range(format: &str) -> Option<(i128, i128)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" => (0, u64::MAX.into()),
        _ => return None,
    })
}
