//! A hit's place, bucket by bucket, from the server's ranking score details.

use serde_json::{Map, Value, json};

use crate::search::port::{Direction, Explain, Query, Rank, Sort};
use crate::search::settings::Settings;

/// The place of a document that came back with its details. Words and typos are the server's numbers; of proximity and
/// attribute it tells a share of the best there could be, which is given in thousandths that are missing.
pub(super) fn of(document: &Map<String, Value>, query: &Query, settings: &Settings) -> Explain {
    let details = document.get("_rankingScoreDetails").unwrap_or(&Value::Null);
    let number = |rule: &str, member: &str| details[rule][member].as_u64().unwrap_or(0);
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let lost = |rule: &str, member: &str| {
        let share = details[rule][member].as_f64().unwrap_or(1.0).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let thousandths = ((1.0 - share) * 1_000.0).round() as u32;
        thousandths
    };
    let exact = details["exactness"]["matchType"] == "exactMatch";
    let inexact =
        number("exactness", "maxMatchingWords").saturating_sub(number("exactness", "matchingWords"));
    let standing = format!("{}:desc", settings.standing());
    let rank = Rank {
        words_missing: count(
            number("words", "maxMatchingWords").saturating_sub(number("words", "matchingWords")),
        ),
        typos: count(number("typo", "typoCount")),
        proximity: lost("proximity", "score"),
        attribute: lost("attribute", "attributeRankingOrderScore"),
        exactness: if exact || details["exactness"].is_null() { 0 } else { 1 + count(inexact) },
        standing: details[standing.as_str()]["value"].as_f64().unwrap_or(0.0),
    };
    let sorted_by = query.sort.iter().map(|sort| match sort {
        Sort::Distance(point) => {
            let metres =
                details[format!("_geoPoint({:?},{:?}):asc", point.lat, point.lon)]["distance"].as_f64();
            metres.map_or(Value::Null, |metres| json!(metres / 1_000.0))
        }
        Sort::By { attribute, direction } => {
            let way = if *direction == Direction::Asc { "asc" } else { "desc" };
            details[format!("{attribute}:{way}")]["value"].clone()
        }
    });
    Explain { rank, sorted_by: sorted_by.collect() }
}
