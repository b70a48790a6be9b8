//! The shapes of the two kinds of postcode the gazetteer knows.

/// Countries with five-digit postcodes of their own, where five digits do not mean a ZIP code.
const FIVE_DIGITS_TOO: &[&str] = &[
    "AL", "BA", "CR", "CU", "CZ", "DE", "DO", "DZ", "EE", "EG", "ES", "FI", "FR", "GR", "GT", "HN", "HR",
    "ID", "IT", "JO", "KE", "KR", "KW", "LK", "LT", "MA", "ME", "MM", "MX", "MY", "PE", "PK", "RS", "SA",
    "SE", "SK", "SN", "TH", "TR", "TW", "UA", "UY", "VN", "ZM",
];

/// A postcode, by its shape alone; whether it exists is for the gazetteer to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Postcode {
    /// British: the outward half, such as `LS1` of `LS1 4AP`.
    Outward(String),
    /// United States: the five digits of a ZIP code.
    Zip(u32),
}

impl Postcode {
    /// Reads `LS1 4AP`, `ls14ap`, `LS1`, `30303` or `30303-1234`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > 12 || !text.is_ascii() {
            return None;
        }
        zip(text).or_else(|| outward(text))
    }

    /// What may be written for a reader.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Outward(code) => code.clone(),
            Self::Zip(code) => format!("{code:05}"),
        }
    }

    /// Where such a postcode is, as a country code.
    pub(super) fn country(&self) -> &'static str {
        match self {
            Self::Outward(_) => "GB",
            Self::Zip(_) => "US",
        }
    }

    /// Whether somebody in `country` who writes this means this kind of postcode.
    pub(super) fn is_meant_in(&self, country: &str) -> bool {
        match self {
            Self::Outward(_) => true,
            Self::Zip(_) => !FIVE_DIGITS_TOO.contains(&country),
        }
    }
}

fn zip(text: &str) -> Option<Postcode> {
    let (five, rest) = text.split_at_checked(5)?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let plus_four =
        rest.is_empty() || rest.strip_prefix(['-', ' ']).is_some_and(|four| four.len() == 4 && digits(four));
    (digits(five) && plus_four).then(|| five.parse().ok().map(Postcode::Zip))?
}

/// One or two letters, a digit, perhaps a letter or digit; then perhaps a digit and two letters.
fn outward(text: &str) -> Option<Postcode> {
    let text = text.trim().to_ascii_uppercase();
    let inward_at = text.len().checked_sub(3).filter(|at| *at >= 2 && is_inward(&text[*at..]));
    let (out, inward) =
        text.split_once(' ').unwrap_or_else(|| text.split_at(inward_at.unwrap_or(text.len())));
    let inward = inward.trim();
    // A sector, such as `LS1 4`, is taken for its district.
    let sector = inward.len() == 1 && inward.as_bytes()[0].is_ascii_digit();
    ((inward.is_empty() || sector || is_inward(inward)) && is_outward(out))
        .then(|| Postcode::Outward(out.to_owned()))
}

fn is_inward(text: &str) -> bool {
    matches!(text.as_bytes(), [digit, first, second] if digit.is_ascii_digit()
        && first.is_ascii_uppercase() && second.is_ascii_uppercase())
}

fn is_outward(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = &text.as_bytes()[letters..];
    (1..=2).contains(&letters)
        && matches!(rest, [digit, more @ ..] if digit.is_ascii_digit() && more.len() <= 1
            && more.iter().all(u8::is_ascii_alphanumeric))
}
