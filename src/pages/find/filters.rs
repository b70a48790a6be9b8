//! The filters: what can be chosen, how many each choice leaves, and what was chosen, each to be taken away by a link.

use maud::{Markup, html};

use super::results::{Count, Facets};
use super::state::State;
use crate::pages::labels::label;
use crate::pages::texts::{fill, t};
use crate::pages::units::Region;
use crate::vocabulary::vocabulary;

/// Choices of a filter that are shown before one asks for more.
const SHOWN: usize = 8;
/// Currencies to choose from before all others.
const CURRENCIES: [&str; 6] = ["GBP", "EUR", "USD", "CAD", "AUD", "PLN"];

/// A filter, by the name the API and the address of the page know it under.
pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The key of its heading, or of what its one choice says.
    text: &'static str,
}

/// What a filter takes.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Codes of a vocabulary, any of which will do.
    Codes(&'static str),
    /// Yes, or no matter.
    Yes,
    /// At least a number, one of these; the second key says it of a number.
    Least(&'static [u32], &'static str),
}

const fn codes(name: &'static str, list: &'static str, text: &'static str) -> Filter {
    Filter { name, kind: Kind::Codes(list), text }
}

const fn yes(name: &'static str, text: &'static str) -> Filter {
    Filter { name, kind: Kind::Yes, text }
}

const fn least(
    name: &'static str,
    choices: &'static [u32],
    text: &'static str,
    says: &'static str,
) -> Filter {
    Filter { name, kind: Kind::Least(choices, says), text }
}

/// Every filter, in the order of the panel.
pub(super) const FILTERS: &[Filter] = &[
    codes("conditions", "conditions", "filters.conditions"),
    codes("services", "services", "filters.services"),
    codes("shows_skin_tones", "skin-tones", "filters.shows_skin_tones"),
    codes("languages", "languages", "filters.languages"),
    codes("welcomes", "welcomes", "filters.welcomes"),
    codes("techniques", "techniques", "filters.techniques"),
    codes("country", "countries", "filters.country"),
    codes("level", "levels", "filters.level"),
    yes("accepts_new_clients", "filters.accepts_new_clients"),
    yes("offers_correction", "filters.offers_correction"),
    least("min_settled_cases", &[1, 3, 10], "filters.min_settled_cases", "filters.settled_least"),
    least("min_confirmed_cases", &[1, 3, 10], "filters.min_confirmed_cases", "filters.confirmed_least"),
    least("min_hours", &[10, 20, 40, 80], "filters.min_hours", "filters.hours_least"),
    least("min_years", &[2, 5, 10], "filters.min_years", "filters.years_least"),
];

/// What a filter is called.
pub(super) fn heading(name: &str) -> Option<&'static str> {
    FILTERS.iter().find(|filter| filter.name == name).map(|filter| t(filter.text))
}

/// The facets to ask for.
pub(super) fn facets() -> String {
    let counted = FILTERS.iter().filter(|filter| !matches!(filter.kind, Kind::Least(..)));
    counted.map(|filter| filter.name).chain(["verified"]).collect::<Vec<_>>().join(",")
}

/// Something that was chosen.
pub(super) struct Choice {
    /// In people's words.
    pub(super) says: String,
    /// The page without it.
    pub(super) without: State,
}

/// Everything that was chosen beside the words, the place and the order.
pub(super) fn chosen(state: &State) -> Vec<Choice> {
    let mut choices = Vec::new();
    for filter in FILTERS {
        match filter.kind {
            Kind::Codes(list) => choices.extend(state.chosen(filter.name).map(|code| Choice {
                says: label(list, code).to_owned(),
                without: state.without(filter.name, code),
            })),
            Kind::Yes if state.is(filter.name) => choices
                .push(Choice { says: t(filter.text).to_owned(), without: state.with(&[(filter.name, "")]) }),
            Kind::Least(_, says) if state.is(filter.name) => choices.push(Choice {
                says: fill(says, "n", state.get(filter.name)),
                without: state.with(&[(filter.name, "")]),
            }),
            _ => {}
        }
    }
    if state.is("price") {
        let price = format!("{} {}", state.get("price"), state.get("currency"));
        choices.push(Choice {
            says: fill("filters.at_most", "price", price.trim()),
            without: state.with(&[("price", ""), ("currency", "")]),
        });
    }
    if state.is("bbox") {
        choices
            .push(Choice { says: t("filters.part_of_map").to_owned(), without: state.with(&[("bbox", "")]) });
    }
    if state.is_point() {
        choices.push(Choice {
            says: t("filters.near_me").to_owned(),
            without: state.with(&[("lat", ""), ("lon", "")]),
        });
    }
    choices
}

/// The page without any filter.
pub(super) fn without_all(state: &State) -> State {
    let rest = ["price", "currency", "bbox"];
    let names = FILTERS.iter().map(|filter| filter.name).chain(rest);
    state.with(&names.map(|name| (name, "")).collect::<Vec<_>>())
}

/// What was chosen, as links that take it away.
pub(super) fn chips(choices: &[Choice], state: &State) -> Markup {
    html! {
        @if !choices.is_empty() {
            ul.chips aria-label=(t("filters.chosen")) {
                @for choice in choices {
                    li {
                        a href=(choice.without.link()) aria-label=(fill("filters.take_away", "what", &choice.says)) {
                            (choice.says) span aria-hidden="true" { " ×" }
                        }
                    }
                }
                @if choices.len() > 1 {
                    li { a.clear href=(without_all(state).link()) { (t("filters.clear")) } }
                }
            }
        }
    }
}

/// The panel, a part of the form.
pub(super) fn panel(state: &State, facets: &Facets, region: Region) -> Markup {
    let placeless = state.with(&[("bbox", ""), ("lat", ""), ("lon", "")]);
    let choices = chosen(&placeless).len();
    html! {
        details.filters {
            summary {
                (t("filters.heading"))
                @if choices > 0 { " " (fill("filters.count", "n", choices)) }
            }
            div.groups {
                @for filter in FILTERS {
                    @if let Kind::Codes(list) = filter.kind { (group(filter, list, state, facets)) }
                }
                fieldset {
                    legend { (t("filters.more")) }
                    @for filter in FILTERS {
                        @if matches!(filter.kind, Kind::Yes) {
                            (tick(filter.name, "true", t(filter.text), state.get(filter.name) == "true",
                                facets.count(filter.name, "true"), None))
                        }
                    }
                    @for filter in FILTERS {
                        @if let Kind::Least(choices, says) = filter.kind { (at_least(filter, choices, says, state)) }
                    }
                    (price(state, region))
                }
            }
            button type="submit" { (t("filters.apply")) }
        }
    }
}

/// The choices of a vocabulary, the most frequent first; the rest on demand.
fn group(filter: &Filter, list: &'static str, state: &State, facets: &Facets) -> Markup {
    let counts = facets.of(filter.name);
    let chosen: Vec<&str> = state.chosen(filter.name).collect();
    let absent = chosen.iter().filter(|code| !counts.iter().any(|count| count.value == **code));
    let absent: Vec<Count> = absent.map(|code| Count { value: (*code).to_owned(), count: 0 }).collect();
    let all: Vec<&Count> = absent.iter().chain(counts).collect();
    let (first, rest): (Vec<&Count>, Vec<&Count>) = {
        let mut at = 0;
        all.into_iter().partition(|count| {
            at += 1;
            at <= SHOWN || chosen.contains(&count.value.as_str())
        })
    };
    let choice = |count: &Count| {
        let swatch = vocabulary(list).and_then(|list| list.get(&count.value)?.swatch.as_deref());
        let is_chosen = chosen.contains(&count.value.as_str());
        tick(filter.name, &count.value, label(list, &count.value), is_chosen, count.count, swatch)
    };
    html! {
        @if !first.is_empty() {
            fieldset {
                legend { (t(filter.text)) }
                @for count in first { (choice(count)) }
                @if !rest.is_empty() {
                    details { summary { (t("filters.all_choices")) } @for count in rest { (choice(count)) } }
                }
            }
        }
    }
}

fn tick(name: &str, value: &str, says: &str, is_chosen: bool, count: u64, swatch: Option<&str>) -> Markup {
    html! {
        label {
            input type="checkbox" name=(name) value=(value) checked[is_chosen];
            @if let Some(colour) = swatch {
                svg.swatch width="16" height="16" aria-hidden="true" { circle cx="8" cy="8" r="7" fill=(colour) {} }
            }
            span { (says) " " span.n { "(" (count) ")" } }
        }
    }
}

fn at_least(filter: &Filter, choices: &[u32], says: &'static str, state: &State) -> Markup {
    let asked = state.get(filter.name);
    let is_offered = choices.iter().any(|choice| choice.to_string() == asked);
    html! {
        p {
            label for=(filter.name) { (t(filter.text)) }
            select id=(filter.name) name=(filter.name) {
                option value="" { (t("filters.any")) }
                @if !asked.is_empty() && !is_offered { option value=(asked) selected { (fill(says, "n", asked)) } }
                @for choice in choices {
                    option value=(choice) selected[choice.to_string() == asked] { (fill(says, "n", choice)) }
                }
            }
        }
    }
}

fn price(state: &State, region: Region) -> Markup {
    let asked = if state.is("currency") { state.get("currency") } else { region.currency };
    let others = vocabulary("currencies").into_iter().flat_map(|list| &list.codes);
    let others = others.map(|entry| entry.code.as_str()).filter(|code| !CURRENCIES.contains(code));
    html! {
        p.price {
            label for="price" { (t("filters.price")) }
            input #price name="price" type="text" inputmode="numeric" maxlength="12" value=(state.get("price"));
            select name="currency" aria-label=(t("filters.currency")) {
                @for code in CURRENCIES.into_iter().chain(others) { option value=(code) selected[code == asked] { (code) } }
            }
        }
    }
}
