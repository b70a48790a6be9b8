//! How clients reach a practitioner: telephone numbers and e-mail addresses, brought to one form.

use phonenumber::{Mode, country};
use url::Host;

use crate::config::limits::{EMAIL_CHARS, PHONE_CHARS};
use crate::platform::problem::Fault;
use crate::vocabulary::Country;

/// A telephone number in E.164 (`+441632960001`), read as people of `country` write it.
///
/// # Errors
/// What to write instead.
pub(super) fn phone(text: &str, country: Option<Country>) -> Result<String, String> {
    const WANTED: &str = "Write it with its country, such as +44 161 496 0001.";
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text).trim();
    if text.len() > PHONE_CHARS {
        return Err(format!("At most {PHONE_CHARS} characters. {WANTED}"));
    }
    // "+44 (0)161 …": the zero in brackets is not dialled from abroad.
    let text = text.replace("(0)", "");
    let region: Option<country::Id> = country.and_then(|country| country.as_str().parse().ok());
    if region.is_none() && !text.starts_with('+') {
        return Err(format!("Without the listing's country this cannot be read. {WANTED}"));
    }
    let number =
        phonenumber::parse(region, &text).map_err(|_| format!("It is not a telephone number. {WANTED}"))?;
    if number.extension().is_some() {
        return Err("Leave the extension out.".to_owned());
    }
    if !number.is_valid() {
        let country = country.map_or(String::new(), |country| format!(" of {}", country.label()));
        return Err(format!(
            "No telephone number{country} has that form: too short, too long, or a wrong area. {WANTED}"
        ));
    }
    Ok(number.format().mode(Mode::E164).to_string())
}

/// An e-mail address, its domain in lower case.
///
/// # Errors
/// What to write instead.
pub fn email(text: &str) -> Result<String, String> {
    const WANTED: &str = "Write an e-mail address such as jane@example.com.";
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    if text.len() > EMAIL_CHARS {
        return Err(format!("At most {EMAIL_CHARS} characters. {WANTED}"));
    }
    let (local, domain) = text.rsplit_once('@').ok_or(WANTED)?;
    let atoms = local.split('.').all(|atom| {
        !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    });
    let public = match Host::parse(domain) {
        Ok(Host::Domain(domain)) if domain.contains('.') && !domain.ends_with('.') => domain,
        _ => return Err(WANTED.to_owned()),
    };
    if local.is_empty() || local.len() > 64 || !atoms {
        return Err(WANTED.to_owned());
    }
    Ok(format!("{local}@{public}"))
}

/// Reads a value where one is given, locating what is wrong with it.
pub(super) fn read(
    pointer: &str,
    text: Option<&str>,
    code: &'static str,
    faults: &mut Vec<Fault>,
    reader: impl FnOnce(&str) -> Result<String, String>,
) -> Option<String> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    reader(text).map_err(|detail| faults.push(Fault::new(pointer, code, detail))).ok()
}
