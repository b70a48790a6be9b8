//! Cases about what an answer says beside its hits: counts, the document that stands for a group, why it matches, the
//! texts around the words, values of facets, completions.

use stipple::search::{FacetAsk, FacetSearch, Filter, MatchKind, Matching, Query, Snippets, Sort, Suggest};

use super::cases::{Ask, Case, Want, case, filtered, only, point, strictly, text};

use MatchKind::{Exact, Prefix, Synonym, Typo};

pub(super) fn all() -> Vec<Case> {
    let mut all = Vec::new();
    for part in [facets, values, collapsed, reasons, snippets, completions, combined] {
        all.extend(part());
    }
    all
}

fn ask(attribute: &str, disjunctive: bool) -> FacetAsk {
    FacetAsk { attribute: attribute.into(), disjunctive, limit: 10 }
}

fn counted(query: Query, facets: &[(&str, bool)]) -> Query {
    Query { facets: facets.iter().map(|(name, disjunctive)| ask(name, *disjunctive)).collect(), ..query }
}

fn facets() -> Vec<Case> {
    let gb_areata =
        || Filter::And(vec![Filter::eq("country", "GB"), Filter::any_of("conditions", ["areata"])]);
    let fact = |filter| filtered("fact ", filter);
    vec![
        case(
            "a facet of a list",
            counted(text("fact "), &[("conditions", false)]),
            Want::Counts(&[&[("areata", 3), ("scar", 3)]]),
        ),
        case(
            "a facet of a truth value",
            counted(text("fact "), &[("verified", false)]),
            Want::Counts(&[&[("true", 4), ("false", 1)]]),
        ),
        case(
            "a facet of places of one listing counts it once for each",
            counted(text("fact "), &[("country", false)]),
            Want::Counts(&[&[("GB", 3), ("DE", 1), ("FR", 1), ("US", 1)]]),
        ),
        case(
            "a facet over everything",
            counted(text(""), &[("level", true)]),
            Want::Counts(&[&[("foundation", 1)]]),
        ),
        case(
            "a facet of languages",
            counted(text("fact "), &[("languages", false)]),
            Want::Counts(&[&[("en", 4), ("de", 1), ("fr", 1)]]),
        ),
        case(
            "a facet that leaves its own choice out",
            counted(fact(gb_areata()), &[("conditions", true)]),
            Want::Counts(&[&[("scar", 3), ("areata", 2)]]),
        ),
        case(
            "a facet that does not",
            counted(fact(gb_areata()), &[("conditions", false)]),
            Want::Counts(&[&[("areata", 2), ("scar", 2)]]),
        ),
        case(
            "two facets, each without its own choice",
            counted(fact(gb_areata()), &[("conditions", true), ("languages", true)]),
            Want::Counts(&[&[("scar", 3), ("areata", 2)], &[("en", 2), ("fr", 1)]]),
        ),
        case(
            "a facet of nothing found",
            counted(fact(Filter::eq("country", "XX")), &[("conditions", false)]),
            Want::Counts(&[&[]]),
        ),
        case(
            "a facet is cut to the most frequent",
            Query { facets: vec![FacetAsk { limit: 1, ..ask("languages", false) }], ..text("fact ") },
            Want::Counts(&[&[("en", 4)]]),
        ),
        case(
            "facets without hits",
            Query { limit: 0, ..counted(text("fact "), &[("verified", false)]) },
            Want::Counts(&[&[("true", 4), ("false", 1)]]),
        ),
        case("a facet nobody offers", counted(text(""), &[("bio", false)]), Want::Refused("`bio`")),
        case("a facet of points", counted(text(""), &[("_geo", false)]), Want::Refused("`_geo`")),
    ]
}

fn values() -> Vec<Case> {
    let of = |attribute: &str, typed: &str, query: Query| {
        Ask::Values(FacetSearch { attribute: attribute.into(), text: typed.into(), query, limit: 5 })
    };
    let named = |name, ask, want| Case { name, ask, want };
    vec![
        named("values by their beginning", of("conditions", "ar", text("fact ")), Want::Values(&["areata"])),
        named("values with a typo", of("conditions", "arreata", text("fact ")), Want::Values(&["areata"])),
        named("all values", of("conditions", "", text("fact ")), Want::Values(&["areata", "scar"])),
        named("values nobody has", of("conditions", "zz", text("fact ")), Want::Values(&[])),
        named(
            "values within a filter",
            of("languages", "", filtered("fact ", Filter::eq("country", "DE"))),
            Want::Values(&["de"]),
        ),
        named("values of what is no facet", of("bio", "x", text("")), Want::Refused("`bio`")),
    ]
}

fn collapsed() -> Vec<Case> {
    let near_paris = |query: Query| Query { origin: Some(point(48.9, 2.3)), ..query };
    let near_london = |query: Query| Query { origin: Some(point(51.4, 0.0)), ..query };
    let twins = |filter| filtered("twins", filter);
    vec![
        case(
            "the nearest clinic stands for its listing",
            near_paris(twins(Filter::all())),
            Want::Documents(&[("twins", "twins/paris")]),
        ),
        case(
            "the nearest from elsewhere",
            near_london(twins(Filter::all())),
            Want::Documents(&[("twins", "twins/london")]),
        ),
        case(
            "the nearest that passes",
            near_paris(twins(Filter::eq("country", "GB"))),
            Want::Documents(&[("twins", "twins/london")]),
        ),
        case(
            "by distance too",
            Query { sort: vec![Sort::Distance(point(48.9, 2.3))], ..near_paris(twins(Filter::all())) },
            Want::Documents(&[("twins", "twins/paris")]),
        ),
        case(
            "a place within a radius, not the listing's other",
            near_london(twins(Filter::Radius { centre: point(48.86, 2.35), km: 20.0 })),
            Want::Documents(&[("twins", "twins/paris")]),
        ),
    ]
}

fn reasons() -> Vec<Case> {
    let why = |words: &str| Query { matches: true, ..text(words) };
    vec![
        case("because of a word", why("platypus"), Want::Reasons(&[("name", &["platypus"], Exact)])),
        case("because of a typo", why("wollaby"), Want::Reasons(&[("bio", &["wallaby"], Typo)])),
        case("because of a beginning", why("kooka"), Want::Reasons(&[("bio", &["kookaburra"], Prefix)])),
        case("because of a synonym", why("marsupial"), Want::Reasons(&[("bio", &["kangaroo"], Synonym)])),
        case(
            "because of a synonym of several words",
            why("laughing bird"),
            Want::Reasons(&[("bio", &["blue wing"], Synonym)]),
        ),
        case(
            "because of words written together",
            why("jeanluc"),
            Want::Reasons(&[("name", &["jean luc"], Exact)]),
        ),
        case(
            "because of several attributes",
            why("bobby val"),
            Want::Reasons(&[
                ("name", &["vale"], Prefix),
                ("aliases", &["bobby"], Exact),
                ("aliases", &["vale"], Prefix),
            ]),
        ),
        case("because nothing was asked", filtered_why("", "attr1"), Want::Reasons(&[])),
    ]
}

fn filtered_why(words: &str, number: &str) -> Query {
    Query { matches: true, ..filtered(words, Filter::eq("number", number)) }
}

fn snippets() -> Vec<Case> {
    let shown = |words: &str, attributes: &[&str], most| Query {
        snippets: Some(Snippets {
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
            words: most,
        }),
        ..text(words)
    };
    vec![
        case("a whole text", shown("emus", &[], 8), Want::Marked(&[("bio", "Seven [emus]")])),
        case(
            "a text cut after",
            shown("bush turkey nest", &[], 2),
            Want::Marked(&[("bio", "…[bush] [turkey]…")]),
        ),
        case("as it was written", shown("elodie", &[], 8), Want::Marked(&[("name", "[Élodie] Dupont")])),
        case(
            "the attributes asked for",
            shown("platypus", &["name"], 8),
            Want::Marked(&[("name", "[Platypus] Lodge")]),
        ),
        case(
            "a value of a list",
            shown("tawny frogmouth", &[], 8),
            Want::Marked(&[("offers", "[tawny]"), ("offers", "[frogmouth]")]),
        ),
        case("of what is not searched", shown("x", &["country"], 8), Want::Refused("`country`")),
    ]
}

fn completions() -> Vec<Case> {
    let of = |name, attribute: &str, typed: &str, want| {
        let ask =
            Suggest { attribute: attribute.into(), text: typed.into(), filter: Filter::all(), limit: 3 };
        Case { name, ask: Ask::Complete(ask), want }
    };
    vec![
        of("a name completed", "name", "elo", Want::Completed(&[("Élodie Dupont", "elodie")])),
        of("a family name completed", "name", "mull", Want::Completed(&[("Jean-Luc Müller", "jean")])),
        of(
            "a name with a typo completed",
            "name",
            "platipus",
            Want::Completed(&[("Platypus Lodge", "attr1")]),
        ),
        of("an alias completed", "aliases", "bobb", Want::Completed(&[("Bobby Vale", "robert")])),
        of("another attribute's words are not", "name", "treefrog", Want::Completed(&[])),
        of("a clinic completed", "clinic", "taip", Want::Completed(&[("Taipan House", "taipan")])),
        of("of what is not searched", "country", "g", Want::Refused("`country`")),
    ]
}

fn combined() -> Vec<Case> {
    let manchester = || point(53.4808, -2.2426);
    let within = |km| Filter::Radius { centre: manchester(), km };
    vec![
        case(
            "a word, a radius and the nearest first",
            Query { sort: vec![Sort::Distance(manchester())], ..filtered("place", within(10.0)) },
            Want::Order(&["manchester", "salford"]),
        ),
        case(
            "a radius and a filter that part",
            filtered("place", Filter::And(vec![within(10.0), Filter::eq("country", "US")])),
            Want::Set(&[]),
        ),
        case(
            "either of two places",
            filtered(
                "place",
                Filter::Or(vec![within(1.0), Filter::Radius { centre: point(53.8008, -1.5491), km: 1.0 }]),
            ),
            Want::Set(&["manchester", "leeds"]),
        ),
        case(
            "outside a radius",
            filtered(
                "place",
                Filter::And(vec![
                    Filter::Radius { centre: manchester(), km: 100.0 },
                    Filter::Not(Box::new(within(10.0))),
                ]),
            ),
            Want::Set(&["leeds"]),
        ),
        case(
            "not and or, nested",
            filtered(
                "fact ",
                Filter::And(vec![
                    Filter::Not(Box::new(Filter::Or(vec![
                        Filter::eq("country", "DE"),
                        Filter::eq("country", "US"),
                    ]))),
                    Filter::range("years", Some(2.0), None),
                ]),
            ),
            Want::Set(&["fact2", "twins"]),
        ),
        case(
            "fewer words within a filter",
            filtered("bilby dingo potoroo ", Filter::any_of("number", ["words2", "words3"])),
            Want::Order(&["words2", "words3"]),
        ),
        case(
            "all words in one attribute",
            Query { matching: Matching::All, ..only("bilby potoroo", "bio") },
            Want::Order(&["words1"]),
        ),
        case("words in two attributes", strictly("robert bobby"), Want::Order(&["robert"])),
        case("without a word, among all", strictly("numbat -hill"), Want::Order(&["exact1"])),
        case("capitals in quotes", text("\"QUOKKA Wombat\""), Want::Order(&["near1"])),
    ]
}
