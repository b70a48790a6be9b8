//! Codes of the vocabularies in people's words.

use crate::vocabulary::vocabulary;

/// What a code of a list is called; a code nobody knows is shown as it is.
pub(super) fn label<'a>(list: &str, code: &'a str) -> &'a str {
    vocabulary(list).and_then(|list| list.get(code)).map_or(code, |entry| entry.label.as_str())
}

/// The same for several.
pub(super) fn labels(list: &str, codes: &[String]) -> String {
    codes.iter().map(|code| label(list, code)).collect::<Vec<_>>().join(", ")
}

/// How many decimal digits a currency has.
fn digits_of(currency: &str) -> u8 {
    vocabulary("currencies").and_then(|list| list.get(currency)?.minor_units).unwrap_or(2)
}

/// Money as somebody types it, "2,500" or "2500.50", in minor units; what is no amount stays as it is, to be refused by
/// whoever is asked with it.
pub(super) fn minor_units(typed: &str, currency: &str) -> String {
    let plain: String =
        typed.chars().filter(|letter| !letter.is_whitespace() && !",'£$€".contains(*letter)).collect();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = usize::from(digits_of(currency));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return typed.to_owned();
    }
    let part: String = part.chars().chain(std::iter::repeat('0')).take(digits).collect();
    format!("{whole}{part}")
}

/// Whether somebody with one of these conditions should see a doctor before a practitioner.
pub(super) fn doctor_first<'a>(codes: impl IntoIterator<Item = &'a str>) -> bool {
    let list = vocabulary("conditions");
    codes
        .into_iter()
        .any(|code| list.and_then(|list| list.get(code)).is_some_and(|entry| entry.see_doctor_first))
}

/// An amount in minor units, as money.
pub(super) fn money(amount: i64, currency: &str) -> String {
    let digits = digits_of(currency);
    let unit = 10_i64.pow(u32::from(digits));
    match amount % unit {
        0 => format!("{} {currency}", amount / unit),
        rest => format!("{}.{rest:0width$} {currency}", amount / unit, width = usize::from(digits)),
    }
}
