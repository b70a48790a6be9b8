//! The one table that a run prints, and the small statistics behind it.

use std::time::Duration;

/// One line: what was measured, what it stands beside, and whether that is as it should be.
pub(crate) struct Row {
    what: String,
    ours: String,
    beside: String,
    ratio: String,
    target: String,
    met: &'static str,
    note: String,
}

impl Row {
    /// Ours against a floor measured in the same rounds; `ratio` should be at least `least`.
    pub(crate) fn at_least(
        what: &str,
        (ours, floor): (f64, f64),
        unit: &str,
        ratio: f64,
        least: f64,
    ) -> Self {
        Self {
            what: what.to_owned(),
            ours: format!("{ours:.0} {unit}"),
            beside: format!("{floor:.0} {unit}"),
            ratio: format!("{ratio:.2}"),
            target: format!(">= {least:.2}"),
            met: yes_or_no(ratio >= least),
            note: String::new(),
        }
    }

    /// A time against the time allowed; the ratio is of the two.
    pub(crate) fn within(what: &str, ours: Duration, allowed: Duration) -> Self {
        let ratio = ours.as_secs_f64() / allowed.as_secs_f64();
        Self::at_most(what, format!("{ours:.2?}"), format!("{allowed:.2?}"), ratio)
    }

    /// A time beside another of the same rounds; `ratio` should be at most `most`.
    pub(crate) fn beside(what: &str, (ours, other): (Duration, Duration), ratio: f64, most: f64) -> Self {
        Self {
            target: format!("<= {most:.2}"),
            met: yes_or_no(ratio <= most),
            ..Self::at_most(what, format!("{ours:.2?}"), format!("{other:.2?}"), ratio)
        }
    }

    /// A share against the share allowed.
    pub(crate) fn share(what: &str, ours: f64, allowed: f64) -> Self {
        Self::at_most(what, format!("{ours:.3}"), format!("{allowed:.3}"), ours / allowed)
    }

    /// Megabytes against the megabytes allowed.
    pub(crate) fn megabytes(what: &str, ours: f64, allowed: f64) -> Self {
        Self::at_most(what, format!("{ours:.0} MB"), format!("{allowed:.0} MB"), ours / allowed)
    }

    fn at_most(what: &str, ours: String, beside: String, ratio: f64) -> Self {
        Self {
            what: what.to_owned(),
            ours,
            beside,
            ratio: format!("{ratio:.2}"),
            target: "<= 1.00".to_owned(),
            met: yes_or_no(ratio <= 1.0),
            note: String::new(),
        }
    }

    /// A time that nothing is asked of.
    pub(crate) fn plain(what: &str, ours: Duration) -> Self {
        let none = String::new;
        Self {
            what: what.to_owned(),
            ours: format!("{ours:.2?}"),
            beside: none(),
            ratio: none(),
            target: none(),
            met: "",
            note: none(),
        }
    }

    /// What this run has no figure for.
    pub(crate) fn not_measured(what: &str, why: &str) -> Self {
        let mut row = Self::plain(what, Duration::ZERO);
        "not measured".clone_into(&mut row.ours);
        row.note(why)
    }

    /// With a remark.
    pub(crate) fn note(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }

    fn cells(&self) -> [&str; 7] {
        [&self.what, &self.ours, &self.beside, &self.ratio, &self.target, self.met, &self.note]
    }
}

/// Prints the rows under their headings.
pub(crate) fn print(rows: &[Row]) {
    let heads = ["", "ours", "beside", "ratio", "target", "met", ""];
    let lines = std::iter::once(heads).chain(rows.iter().map(Row::cells)).collect::<Vec<_>>();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    println!();
    for line in &lines {
        let cell = |column: usize| {
            let (text, width) = (line[column], widths[column]);
            if (1..=3).contains(&column) { format!("{text:>width$}") } else { format!("{text:<width$}") }
        };
        let cells: [String; 7] = std::array::from_fn(cell);
        println!("{}", cells.join("  ").trim_end());
    }
}

fn yes_or_no(met: bool) -> &'static str {
    if met { "yes" } else { "NO" }
}

/// The middle one.
///
/// # Panics
/// When there is none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The time that so many of a hundred do not exceed.
///
/// # Panics
/// When there is none.
pub(crate) fn percentile(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * of_hundred / 100).min(times.len() - 1)]
}
