//! The table every engine is held to: a query and what it must find.

use stipple::platform::geo::{Bounds, Point};
use stipple::search::{Direction, FacetSearch, Filter, MatchKind, Matching, Query, Sort, Suggest};

use super::answers;

/// What is asked.
pub(super) enum Ask {
    /// A page of hits.
    Page(Query),
    /// The values of an attribute.
    Values(FacetSearch),
    /// Completions.
    Complete(Suggest),
}

/// A field, the words that agree in it, and how.
pub(super) type Reason = (&'static str, &'static [&'static str], MatchKind);

/// What a query must find.
pub(super) enum Want {
    /// These groups in this order, and no others.
    Order(&'static [&'static str]),
    /// These groups in whatever order, and no others.
    Set(&'static [&'static str]),
    /// A refusal whose words hold this.
    Refused(&'static str),
    /// These counts, by facet, in this order.
    Counts(&'static [&'static [(&'static str, u64)]]),
    /// These groups, each by this document of it.
    Documents(&'static [(&'static str, &'static str)]),
    /// A first hit that matches for these reasons.
    Reasons(&'static [Reason]),
    /// A first hit with these texts by attribute; what is marked stands in square brackets.
    Marked(&'static [(&'static str, &'static str)]),
    /// These values.
    Values(&'static [&'static str]),
    /// These values of these groups.
    Completed(&'static [(&'static str, &'static str)]),
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) ask: Ask,
    pub(super) want: Want,
}

use Want::{Order, Refused, Set};

pub(super) fn text(text: &str) -> Query {
    Query { text: text.into(), limit: 100, ..Query::default() }
}

pub(super) fn strictly(words: &str) -> Query {
    Query { matching: Matching::All, ..text(words) }
}

pub(super) fn only(words: &str, attribute: &str) -> Query {
    Query { attributes: Some(vec![attribute.into()]), ..text(words) }
}

pub(super) fn filtered(words: &str, filter: Filter) -> Query {
    Query { filter, ..text(words) }
}

fn sorted(words: &str, attribute: &str, direction: Direction) -> Query {
    Query { sort: vec![Sort::By { attribute: attribute.into(), direction }], ..text(words) }
}

pub(super) fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

fn within(west: f64, south: f64, east: f64, north: f64) -> Query {
    filtered("place", Filter::Within(Bounds::new(west, south, east, north).unwrap()))
}

fn around(lat: f64, lon: f64, km: f64) -> Query {
    filtered("place", Filter::Radius { centre: point(lat, lon), km })
}

pub(super) fn case(name: &'static str, query: Query, want: Want) -> Case {
    Case { name, ask: Ask::Page(query), want }
}

pub(super) fn all() -> Vec<Case> {
    let mut all = Vec::new();
    for part in [
        folding, typos, prefixes, synonyms, joined, phrases, matching, ranking, filters, geo, sorts, refusals,
    ] {
        all.extend(part());
    }
    all.extend(answers::all());
    all
}

fn folding() -> Vec<Case> {
    vec![
        case("case is of no account", strictly("PLATYPUS LODGE"), Order(&["attr1"])),
        case("accents are of no account", strictly("elodie"), Order(&["elodie"])),
        case("an accent typed finds the plain word", strictly("plàtypus lodge"), Order(&["attr1"])),
        case("umlauts", strictly("muller"), Order(&["jean"])),
        case("a diaeresis", strictly("zoe"), Order(&["zoe"])),
        case("a combining accent is the same", strictly("E\u{301}lodie"), Order(&["elodie"])),
        case("an apostrophe left out", strictly("obrien"), Order(&["zoe"])),
        case("a curly apostrophe", strictly("O\u{2019}Brien"), Order(&["zoe"])),
        case("an apostrophe typed as a space", strictly("o brien"), Order(&["zoe"])),
        case("a French elision", strictly("alopecie"), Order(&["elodie"])),
        case("a French elision typed", strictly("l'alopécie"), Order(&["elodie"])),
        case("a possessive", strictly("elodie's"), Order(&["elodie"])),
        case("a hyphen", strictly("jean-luc"), Order(&["jean"])),
        case("a hyphen typed as a space", strictly("jean luc"), Order(&["jean"])),
        case("a hyphen left out", strictly("jeanluc"), Order(&["jean"])),
        case("Cyrillic in capitals", strictly("МАРИЯ"), Order(&["maria"])),
        case("a Cyrillic accent", strictly("иованова"), Order(&["maria"])),
        case("Cyrillic with a typo", strictly("трикопигментацыя"), Order(&["maria"])),
        case("Han without spaces", strictly("头皮"), Order(&["li"])),
        case("Han in part", strictly("明"), Order(&["li"])),
        case("Arabic", strictly("فروة"), Order(&["noura"])),
        case("a very long word", strictly(&"x".repeat(300)), Order(&["long"])),
        case("white space and control characters", strictly(" \u{7}\tplatypus \n lodge "), Order(&["attr1"])),
    ]
}

fn typos() -> Vec<Case> {
    vec![
        case("a letter wrong", strictly("wollaby"), Order(&["wall"])),
        case("a letter missing", strictly("walaby"), Order(&["wall"])),
        case("a letter too many", strictly("walllaby"), Order(&["wall"])),
        case("two letters swapped", strictly("wlalaby"), Order(&["wall"])),
        case("two wrong in a short word", strictly("wolliby"), Set(&[])),
        case("two wrong in a long word", strictly("kokaburrra"), Order(&["kook"])),
        case("three wrong in a long word", strictly("kakiburre"), Set(&[])),
        case("too short to be forgiven", strictly("emas"), Set(&[])),
        case("a wrong first letter counts twice", strictly("mallaby"), Set(&[])),
        case("a wrong first letter in a long word", strictly("mookaburra"), Order(&["kook"])),
        case("numbers are meant", strictly("10001"), Set(&[])),
        case("numbers as written", strictly("10000"), Order(&["num"])),
        case("a word that is meant", strictly("bandicoot"), Set(&[])),
        case("an attribute that must be right", strictly("taipen"), Set(&[])),
        case("an attribute that is right", strictly("taipan"), Order(&["taipan"])),
    ]
}

fn prefixes() -> Vec<Case> {
    vec![
        case("the last word may be a beginning", strictly("kooka"), Order(&["kook"])),
        case("a beginning with a typo", strictly("koolab"), Order(&["kook"])),
        case("an earlier word may not", strictly("plat lodge"), Set(&[])),
        case("a space ends the word", strictly("kooka "), Set(&[])),
        case("a beginning after a whole word", strictly("platypus lod"), Order(&["attr1"])),
        case("one letter", only("z", "name"), Order(&["zoe"])),
        case("one attribute only", only("platypus", "offers"), Order(&["attr2"])),
        case("an attribute that has it not", only("platypus", "clinic"), Set(&[])),
    ]
}

fn synonyms() -> Vec<Case> {
    vec![
        case("two ways, one", strictly("roo "), Order(&["roo", "kang"])),
        case("two ways, the other", strictly("kangaroo"), Order(&["kang", "roo"])),
        case("one way", strictly("marsupial"), Order(&["kang"])),
        case("not the other way", only("kangaroo", "name"), Set(&[])),
        case("several words for one", strictly("bush turkey"), Order(&["turkey", "mega"])),
        case("one word for several", strictly("megapode"), Order(&["mega", "turkey"])),
        case("several for several", strictly("laughing bird"), Order(&["wing"])),
        case("several words, apart, are no synonym", strictly("laughing blue bird"), Set(&[])),
        case("a synonym among other words", strictly("bush turkey nest"), Order(&["turkey", "mega"])),
        case("an alias", strictly("bob vale"), Order(&["robert"])),
        case("words of no weight", strictly("the platypus of lodge"), Order(&["attr1"])),
        case("only words of no weight", only("the ", "bio"), Set(&["kook", "wing"])),
    ]
}

fn joined() -> Vec<Case> {
    vec![
        case("together finds apart", strictly("treefrog"), Order(&["frog1", "frog2"])),
        case("apart finds together", strictly("tree frog"), Order(&["frog2", "frog1"])),
        case("values of a list are not side by side", strictly("\"tawny frogmouth\""), Set(&[])),
        case("values of a list are both there", strictly("tawny frogmouth"), Order(&["nested"])),
    ]
}

fn phrases() -> Vec<Case> {
    vec![
        case("a phrase", text("\"quokka wombat\""), Order(&["near1"])),
        case("a phrase the wrong way round", text("\"wombat quokka\""), Set(&[])),
        case("a phrase forgives no typo", text("\"quokka wombet\""), Set(&[])),
        case("a phrase left open", text("\"quokka wombat"), Order(&["near1"])),
        case("a phrase and a word", strictly("\"quokka small\" wombat"), Order(&["near2"])),
        case("a phrase is never left out", text("bilby \"dingo potoroo\""), Order(&["words1"])),
        case("without a word", text("quokka -small"), Order(&["near1", "near3", "near4"])),
        case("without a phrase", text("quokka -\"quokka wombat\""), Order(&["near2", "near3", "near4"])),
        case(
            "only what is not wanted",
            filtered("-areata", Filter::eq("number", "fact4")),
            Order(&["fact4"]),
        ),
        case("a hyphen inside is not a minus", strictly("jean-luc"), Order(&["jean"])),
    ]
}

fn matching() -> Vec<Case> {
    vec![
        case(
            "words are left out from the end",
            text("bilby dingo potoroo "),
            Order(&["words1", "words2", "words3"]),
        ),
        case("all words", strictly("bilby dingo potoroo"), Order(&["words1"])),
        case("word order is of no account to matching", strictly("potoroo bilby dingo"), Order(&["words1"])),
        case(
            "no word is left out when enough is found",
            text("glider possum"),
            Set(&[
                "glider10", "glider11", "glider12", "glider13", "glider14", "glider15", "glider16",
                "glider17", "glider18", "glider19",
            ]),
        ),
        case("the first word is always needed", text("absent bilby"), Set(&[])),
        case(
            "an eleventh word is not looked at",
            text("bilby dingo potoroo bilby dingo potoroo bilby dingo potoroo bilby absent"),
            Order(&["words1", "words2", "words3"]),
        ),
    ]
}

fn ranking() -> Vec<Case> {
    vec![
        case("nearer is better", text("quokka wombat"), Order(&["near1", "near2", "near3", "near4"])),
        case("an earlier attribute is better", text("platypus"), Order(&["attr1", "attr2", "attr3"])),
        case("fewer typos before attributes", text("echidna"), Order(&["typo2", "typo1"])),
        case(
            "the whole attribute, then a word, then a beginning",
            text("numbat"),
            Order(&["exact1", "exact2", "exact3"]),
        ),
        case("a higher standing is better", text("galah"), Order(&["stand3", "stand2", "stand1"])),
        case("the number decides at last", text("corella"), Order(&["tie1", "tie2", "tie3"])),
    ]
}

fn filters() -> Vec<Case> {
    let fact = |filter| filtered("fact ", filter);
    vec![
        case("one value", fact(Filter::eq("conditions", "scar")), Set(&["fact1", "fact2", "twins"])),
        case("one of several", fact(Filter::any_of("country", ["US", "DE"])), Set(&["fact3", "fact4"])),
        case("a truth value", fact(Filter::eq("verified", false)), Set(&["fact1"])),
        case("a number", fact(Filter::eq("years", 10.0)), Set(&["fact3"])),
        case("a value is compared as written", fact(Filter::eq("country", "gb")), Set(&[])),
        case("a value nobody has", fact(Filter::eq("conditions", "none")), Set(&[])),
        case(
            "both",
            fact(Filter::And(vec![Filter::eq("conditions", "scar"), Filter::eq("conditions", "areata")])),
            Set(&["fact2", "twins"]),
        ),
        case(
            "either",
            fact(Filter::Or(vec![Filter::eq("conditions", "scar"), Filter::eq("country", "DE")])),
            Set(&["fact1", "fact2", "twins", "fact4"]),
        ),
        case("neither of none", fact(Filter::Or(vec![])), Set(&[])),
        case("not", fact(Filter::Not(Box::new(Filter::eq("conditions", "scar")))), Set(&["fact3", "fact4"])),
        case(
            "not one document of two",
            fact(Filter::Not(Box::new(Filter::any_of("country", ["GB", "US", "DE"])))),
            Set(&["twins"]),
        ),
        case(
            "a range, its ends included",
            fact(Filter::range("years", Some(5.0), Some(10.0))),
            Set(&["fact2", "fact3", "twins"]),
        ),
        case("an open range", fact(Filter::range("years", Some(9.5), None)), Set(&["fact3", "fact4"])),
        case("an empty range", fact(Filter::range("years", Some(6.0), Some(5.0))), Set(&[])),
        case(
            "a member of an object",
            fact(Filter::range("price.GBP", None, Some(900.0))),
            Set(&["fact1", "twins"]),
        ),
        case("something is there", fact(Filter::exists("price.GBP")), Set(&["fact1", "fact2", "twins"])),
        case(
            "nothing is there",
            fact(Filter::Not(Box::new(Filter::exists("level")))),
            Set(&["fact1", "fact2", "fact4", "twins"]),
        ),
        case("a text is there", fact(Filter::exists("level")), Set(&["fact3"])),
        case("filters without words", filtered("", Filter::eq("country", "US")), Set(&["fact3"])),
        case("a filter and a word that part", filtered("platypus", Filter::eq("country", "US")), Set(&[])),
        case(
            "by number",
            filtered("", Filter::any_of("number", ["fact4", "attr1", "no"])),
            Set(&["attr1", "fact4"]),
        ),
    ]
}

fn geo() -> Vec<Case> {
    vec![
        case("a radius", around(53.48, -2.24, 5.0), Set(&["manchester", "salford"])),
        case("a smaller radius", around(53.4808, -2.2426, 1.0), Set(&["manchester"])),
        case("a radius of nothing", around(53.4808, -2.2426, 0.0), Set(&["manchester"])),
        case(
            "a radius across the antimeridian",
            around(-17.0, 179.95, 30.0),
            Set(&["suva-east", "suva-west"]),
        ),
        case("a radius over the pole", around(89.95, 90.0, 30.0), Set(&["pole0", "pole180"])),
        case(
            "the whole globe leaves out what is nowhere",
            around(0.0, 0.0, 30_000.0),
            Set(&["manchester", "salford", "leeds", "suva-east", "suva-west", "pole0", "pole180", "south"]),
        ),
        case("a box", within(-3.0, 53.0, -1.0, 54.0), Set(&["manchester", "salford", "leeds"])),
        case(
            "a box across the antimeridian",
            within(179.0, -18.0, -179.0, -16.0),
            Set(&["suva-east", "suva-west"]),
        ),
        case("a box to the antimeridian", within(179.0, -18.0, 180.0, -16.0), Set(&["suva-east"])),
        case("a box at the south pole", within(-180.0, -90.0, 180.0, -89.0), Set(&["south"])),
        case(
            "outside a box",
            filtered(
                "place",
                Filter::Not(Box::new(Filter::Within(Bounds::new(-3.0, 53.0, -1.0, 54.0).unwrap()))),
            ),
            Set(&["suva-east", "suva-west", "pole0", "pole180", "south", "nowhere"]),
        ),
    ]
}

fn sorts() -> Vec<Case> {
    let nearest = Query { sort: vec![Sort::Distance(point(53.8, -1.55))], ..around(53.48, -2.24, 100.0) };
    let by_price = |direction| {
        let sort = vec![Sort::By { attribute: "rating".into(), direction }];
        Query { sort, ..filtered("fact ", Filter::any_of("number", ["fact1", "fact2", "fact3"])) }
    };
    vec![
        case("nearest first", nearest, Order(&["leeds", "manchester", "salford"])),
        case(
            "what is nowhere comes last",
            Query { sort: vec![Sort::Distance(point(-17.0, 179.99))], ..text("place") },
            Order(&[
                "suva-east",
                "suva-west",
                "south",
                "pole180",
                "pole0",
                "leeds",
                "salford",
                "manchester",
                "nowhere",
            ]),
        ),
        case(
            "small numbers first",
            sorted("fact ", "years", Direction::Asc),
            Order(&["fact1", "fact2", "twins", "fact3", "fact4"]),
        ),
        case(
            "large numbers first",
            sorted("fact ", "years", Direction::Desc),
            Order(&["fact4", "fact3", "twins", "fact2", "fact1"]),
        ),
        case("what has no number comes last", by_price(Direction::Asc), Order(&["fact2", "fact1", "fact3"])),
        case("either way", by_price(Direction::Desc), Order(&["fact1", "fact2", "fact3"])),
        case(
            "by a text",
            sorted("fact ", "name", Direction::Asc),
            Order(&["fact1", "fact2", "fact3", "fact4", "twins"]),
        ),
        case(
            "by a text, backwards",
            sorted("fact ", "name", Direction::Desc),
            Order(&["twins", "fact4", "fact3", "fact2", "fact1"]),
        ),
        case(
            "an order outranks relevance",
            sorted("platypus", "name", Direction::Desc),
            Order(&["attr1", "attr2", "attr3"]),
        ),
        case(
            "everything by standing",
            filtered("", Filter::any_of("number", ["stand1", "stand2", "stand3", "attr1"])),
            Order(&["stand3", "stand2", "stand1", "attr1"]),
        ),
    ]
}

fn refusals() -> Vec<Case> {
    vec![
        case("no letters at all", text("?!"), Refused("no letters")),
        case("an unknown filter", filtered("", Filter::eq("nothing", "x")), Refused("`nothing`")),
        case("an unknown order", sorted("", "country", Direction::Asc), Refused("`country`")),
        case("an unknown attribute", only("x", "country"), Refused("`country`")),
        case("too many hits", Query { limit: 1_001, ..text("") }, Refused("1001")),
        case("a radius below nothing", around(0.0, 0.0, -1.0), Refused("radius")),
        case(
            "a range of no numbers",
            filtered("", Filter::range("years", Some(f64::NAN), None)),
            Refused("not a number"),
        ),
        case(
            "too many conditions",
            filtered("", Filter::Or(vec![Filter::exists("years"); 300])),
            Refused("conditions"),
        ),
        case("too long a query", text(&"long ".repeat(500)), Refused("bytes")),
    ]
}
