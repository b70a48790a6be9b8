//! Instants as people read them: the day.

/// The day of an instant.
pub(super) fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or(instant)
}

/// A sentence with days in place of its instants: the API says them to the second.
pub(super) fn with_days(sentence: &str) -> String {
    let mut said = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('T') {
        said.push_str(before);
        let clock = after.trim_start_matches(|letter: char| letter.is_ascii_digit() || ":.".contains(letter));
        let beyond = clock.strip_prefix('Z').filter(|_| ends_with_day(before));
        if beyond.is_none() {
            said.push('T');
        }
        rest = beyond.unwrap_or(after);
    }
    said + rest
}

/// Whether the last ten letters are `2026-06-01` or another day.
fn ends_with_day(text: &str) -> bool {
    let day = text.len().checked_sub(10).and_then(|at| text.as_bytes().get(at..));
    day.is_some_and(|day| {
        day.iter().enumerate().all(|(at, letter)| match at {
            4 | 7 => *letter == b'-',
            _ => letter.is_ascii_digit(),
        })
    })
}
