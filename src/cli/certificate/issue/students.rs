//! The students of a batch, from a CSV file: every row good, faulty, or known already.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use csv::StringRecord;
use serde_json::json;

use crate::certificates::document::{NUMBER_MAX, Trainer, listing_urn, trainer_urn};
use crate::cli::Failure;
use crate::cli::certificate::sign::day;
use crate::cli::files;
use crate::config::limits;
use crate::platform::clock::{Clock, Ts};
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::nearest;
use crate::signing::digest::Digest;

/// The largest file, in bytes, and the most rows.
const MAX_FILE: usize = 32 * 1024 * 1024;
const MAX_ROWS: u64 = 100_000;
const COLUMNS: &[&str] =
    &["name", "awarded", "listing", "trainer", "trainer_name", "valid_until", "old_number"];

/// One student.
#[derive(Debug)]
pub(super) struct Student {
    /// The line of the file, from 1.
    pub(super) line: u64,
    /// What tells the row from every other: a digest of course and columns.
    pub(super) row: Digest,
    pub(super) name: String,
    pub(super) awarded: Ts,
    pub(super) listing: Option<Number>,
    pub(super) trainer: Option<Trainer>,
    pub(super) valid_until: Option<Ts>,
    pub(super) old_number: Option<String>,
}

impl Student {
    /// The row in one line.
    pub(super) fn shown(&self) -> String {
        let mut shown = format!("{}, awarded {}", self.name, self.awarded.date());
        let mut more = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = write!(shown, ", {name} {value}");
            }
        };
        more("listing", self.listing.map(|number| number.to_string()));
        more("taught by", self.trainer.as_ref().map(|trainer| trainer.name.clone()));
        more("until", self.valid_until.map(|until| until.date().to_string()));
        more("old number", self.old_number.clone());
        shown
    }
}

/// What the directory holds already: holder and day, with the number.
pub(super) type Issued = HashMap<(String, String), String>;

/// The rows of a file.
#[derive(Debug, Default)]
pub(super) struct Students {
    /// All of them.
    pub(super) rows: u64,
    /// Those to be certified.
    pub(super) good: Vec<Student>,
    /// What is wrong, by line.
    pub(super) faults: Vec<(u64, String)>,
    /// Those who have the certificate already, by line, with its number.
    pub(super) known: Vec<(u64, String)>,
}

impl Students {
    /// Reads the file, whatever its rows have.
    pub(super) fn read(path: &Path, course: Digest) -> Result<Self, Failure> {
        let bytes = files::read(path, MAX_FILE)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| format!("{}: this is not UTF-8; save it as CSV in UTF-8", path.display()))?;
        Self::of_text(text.trim_start_matches('\u{feff}'), course)
            .map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn of_text(text: &str, course: Digest) -> Result<Self, Failure> {
        let first = text.lines().next().unwrap_or_default();
        // Spreadsheets of half of Europe write semicolons.
        let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let columns = columns(reader.headers()?)?;
        let today = Clock::system().now();
        let mut students = Self::default();
        let mut seen: HashMap<Digest, u64> = HashMap::new();
        for record in reader.records() {
            let record = record?;
            let line = record.position().map_or(0, |at| line_of(text, at));
            if record.iter().all(str::is_empty) {
                continue;
            }
            students.rows += 1;
            if students.rows > MAX_ROWS {
                return Err(format!("a batch has at most {MAX_ROWS} rows").into());
            }
            if record.len() != columns.len() {
                let fault = format!("it has {} fields, and the first line {}", record.len(), columns.len());
                students.faults.push((line, fault));
                continue;
            }
            let before = students.faults.len();
            let student = student(&columns, &record, line, (course, today), &mut students.faults);
            let Some(student) = student.filter(|_| students.faults.len() == before) else { continue };
            match seen.insert(student.row, line) {
                Some(first) => students.faults.push((line, format!("it is the same as line {first}"))),
                None => students.good.push(student),
            }
        }
        if students.rows == 0 {
            return Err("there are no rows below the first line".into());
        }
        Ok(students)
    }

    /// Takes those out who have this certificate already.
    pub(super) fn leave_out_known(&mut self, issued: &Issued) {
        let known = |student: &Student| {
            issued.get(&(student.name.clone(), student.awarded.date().to_string())).cloned()
        };
        let (mut good, mut left) = (Vec::with_capacity(self.good.len()), Vec::new());
        for student in self.good.drain(..) {
            match known(&student) {
                Some(number) => left.push((student.line, number)),
                None => good.push(student),
            }
        }
        self.good = good;
        self.known = left;
    }
}

/// The line a record is on: where it was looked for, and the empty lines before it.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let from =
        usize::try_from(at.byte()).ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
    let empty =
        from.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    at.line() + empty as u64
}

/// What each column is, by its heading.
fn columns(headings: &StringRecord) -> Result<Vec<&'static str>, Failure> {
    let mut columns = Vec::new();
    let mut seen = HashSet::new();
    for heading in headings {
        let name = heading.to_lowercase().replace([' ', '-'], "_");
        let Some(column) = COLUMNS.iter().find(|column| **column == name) else {
            let hint = nearest(&name, COLUMNS.iter().copied()).map(|near| format!(" Did you mean `{near}`?"));
            let hint = hint.unwrap_or_else(|| format!(" The columns are {}.", COLUMNS.join(", ")));
            return Err(format!("there is no column `{}`.{hint}", files::plain(heading)).into());
        };
        if !seen.insert(*column) {
            return Err(format!("the column `{column}` is there twice").into());
        }
        columns.push(*column);
    }
    match ["name", "awarded"].iter().find(|needed| !seen.contains(**needed)) {
        Some(missing) => Err(format!("the first line must name the column `{missing}`").into()),
        None => Ok(columns),
    }
}

fn student(
    columns: &[&str],
    record: &StringRecord,
    line: u64,
    (course, today): (Digest, Ts),
    faults: &mut Vec<(u64, String)>,
) -> Option<Student> {
    let of = |name: &str| {
        let at = columns.iter().position(|column| *column == name)?;
        record.get(at).filter(|value| !value.is_empty())
    };
    let mut fault = |text: String| faults.push((line, text));
    let name = of("name").unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if !(2..=limits::NAME_CHARS).contains(&length) {
        fault(format!("name: give the full name, of 2 to {} characters", limits::NAME_CHARS));
    }
    let mut date = |column: &str, time: &str| match of(column).map(|text| day(text, time)) {
        Some(Ok(at)) => Some(at),
        Some(Err(why)) => {
            fault(format!("{column}: {why}"));
            None
        }
        None => None,
    };
    let awarded = date("awarded", "T00:00:00Z");
    let valid_until = date("valid_until", "T23:59:59Z");
    let awarded = awarded.or_else(|| {
        if of("awarded").is_none() {
            fault("awarded: this is required".to_owned());
        }
        None
    });
    if awarded.is_some_and(|day| day > today) {
        fault("awarded: the day is still to come".to_owned());
    }
    if awarded.zip(valid_until).is_some_and(|(awarded, until)| until < awarded) {
        fault("valid_until: it must not be before the award".to_owned());
    }
    let listing = of("listing").and_then(|text| match Number::parse(text, NumberKind::Listing) {
        Ok(number) => Some(number),
        Err(error) => {
            fault(format!("listing: {error}"));
            None
        }
    });
    let trainer = trainer(of("trainer"), of("trainer_name")).unwrap_or_else(|why| {
        fault(format!("trainer: {why}"));
        None
    });
    let old_number = of("old_number").map(str::to_owned);
    if old_number.as_ref().is_some_and(|number| number.chars().count() > NUMBER_MAX) {
        fault(format!("old_number: at most {NUMBER_MAX} characters"));
    }
    let told_apart = json!({
        "course": course.to_string(),
        "name": name,
        "awarded": of("awarded"),
        "listing": listing.map(|number| number.to_string()),
        "trainer": trainer.as_ref().map(|trainer| trainer.id.clone()),
        "valid_until": of("valid_until"),
        "old_number": old_number,
    });
    let row = Digest::of_json(&told_apart).ok()?;
    Some(Student { line, row, name, awarded: awarded?, listing, trainer, valid_until, old_number })
}

fn trainer(number: Option<&str>, name: Option<&str>) -> Result<Option<Trainer>, &'static str> {
    let (number, name) = match (number, name) {
        (None, None) => return Ok(None),
        (Some(number), Some(name)) => (number.parse::<Number>().ok(), name.to_owned()),
        _ => return Err("give both the number and the name"),
    };
    match number.map(|number| (number, number.kind())) {
        Some((number, NumberKind::Trainer)) => Ok(Some(Trainer { id: trainer_urn(number), name })),
        Some((number, NumberKind::Listing)) => Ok(Some(Trainer { id: listing_urn(number), name })),
        _ => Err("this must be a trainer's number, TRN-…, or a listing's, SMP-…"),
    }
}
