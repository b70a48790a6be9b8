//! The search engine in this process over made listings: how long each kind of query takes, how fast
//! an index is built, and how soon a change is seen.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::json;
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::geo::Point;
use stipple::platform::id::{Ids, NumberKind};
use stipple::search::tantivy::Engine;
use stipple::search::{
    Batch, Direction, Document, FacetAsk, Filter, Query, SearchEngine, Settings, Snippets, Sort,
};
use tokio::runtime::Runtime;

/// One line of the table.
pub(crate) struct Line {
    /// What was asked.
    pub(crate) class: &'static str,
    /// Half of the answers were quicker.
    pub(crate) p50: Duration,
    /// One in a hundred was slower.
    pub(crate) p99: Duration,
    /// Processor time of one, on average: what a busy machine does not blur. Zero where it is not told.
    pub(crate) processor: Duration,
    /// Groups found, on average.
    pub(crate) found: u64,
}

/// The searches of one class, one after the other in the order of the list, so often.
const ROUNDS: usize = 400;

/// The class that the targets begin with.
pub(crate) const ONE_WORD: &str = "one word, typos and prefix";
/// Listings at most, in any measurement.
const LISTINGS: usize = 1_000_000;

/// Builds an index of so many listings in `dir`.
///
/// # Panics
/// When the engine fails: there is nothing to measure then.
pub(crate) fn build(runtime: &Runtime, dir: &std::path::Path, listings: u64) -> Engine {
    let (engine, took) = build_of(runtime, dir, batches(listings));
    println!("index built: {listings} listings in {took:.1?}, {} MB", megabytes(dir));
    engine
}

/// Builds an index of these documents; answers how long that took, the making of what is yet to be made included.
///
/// # Panics
/// When the engine fails.
pub(crate) fn build_of(
    runtime: &Runtime,
    dir: &std::path::Path,
    batches: impl Iterator<Item = Vec<Document>>,
) -> (Engine, Duration) {
    let engine = Engine::open(dir, &Settings::practitioners()).expect("an empty index");
    let started = Instant::now();
    runtime.block_on(async {
        let mut rebuild = engine.rebuild().await.expect("a rebuild");
        for batch in batches {
            rebuild.add(batch).await.expect("documents");
        }
        rebuild.commit(1).await.expect("a commit");
    });
    (engine, started.elapsed())
}

/// The documents of so many made listings, a thousand listings at a time, each made when it is wanted.
pub(crate) fn batches(listings: u64) -> impl Iterator<Item = Vec<Document>> {
    (0..listings)
        .step_by(1_000)
        .map(move |from| (from..(from + 1_000).min(listings)).flat_map(documents).collect())
}

/// Measures the classes that are wanted, in their order.
pub(crate) fn measure_all(engine: &Engine, wanted: impl Fn(&str) -> bool) -> Vec<Line> {
    let classes = classes().into_iter().filter(|(class, _)| wanted(class));
    classes.map(|(class, queries)| measure(engine, class, &queries)).collect()
}

/// The searches of one word.
pub(crate) fn one_word() -> Vec<Query> {
    classes().into_iter().filter(|(class, _)| *class == ONE_WORD).flat_map(|(_, queries)| queries).collect()
}

/// The searches of a class.
pub(crate) fn of_class(name: &str) -> Vec<Query> {
    classes().into_iter().filter(|(class, _)| *class == name).flat_map(|(_, queries)| queries).collect()
}

fn measure(engine: &Engine, class: &'static str, queries: &[Query]) -> Line {
    let mut times = Vec::with_capacity(ROUNDS);
    let mut found = 0;
    let before = processor();
    for round in 0..ROUNDS {
        let started = Instant::now();
        let answer = engine.search_here(&queries[round % queries.len()]).expect("an answer");
        times.push(started.elapsed());
        found += answer.total.value;
    }
    let spent = processor().saturating_sub(before) / u32::try_from(ROUNDS).expect("small");
    line(class, times, spent, found / ROUNDS as u64)
}

/// One listing written anew, again and again.
///
/// # Panics
/// When the engine fails.
pub(crate) fn writes(runtime: &Runtime, engine: &Engine, listings: u64) -> Line {
    let mut times = Vec::new();
    runtime.block_on(async {
        for round in 0..200 {
            let started = Instant::now();
            let number = (round * 7_919) % listings;
            let batch = Batch {
                delete_groups: vec![group(number)],
                upsert: documents(number),
                position: Some(2),
                ..Batch::default()
            };
            engine.write(batch).await.expect("a write");
            times.push(started.elapsed());
        }
    });
    line("write one listing, seen", times, Duration::ZERO, 0)
}

fn line(class: &'static str, mut times: Vec<Duration>, processor: Duration, found: u64) -> Line {
    times.sort_unstable();
    Line { class, p50: times[times.len() / 2], p99: times[times.len() * 99 / 100], processor, found }
}

/// The processor time of this thread so far.
fn processor() -> Duration {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(spent.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn classes() -> Vec<(&'static str, Vec<Query>)> {
    let text = |text: &str| Query { text: text.into(), ..Query::default() };
    let all = |texts: &[&str]| texts.iter().map(|words| text(words)).collect::<Vec<_>>();
    let one = all(&[
        "hairl",
        "manchster",
        "scar",
        "micropigmentaton",
        "brown",
        "alopecia",
        "temple",
        "natual",
        "cork",
        "density",
    ]);
    let facets = |names: &[&str]| -> Vec<FacetAsk> {
        names
            .iter()
            .map(|name| FacetAsk { attribute: (*name).into(), disjunctive: false, limit: 20 })
            .collect()
    };
    let whole = all(&["hairline", "manchester", "scar", "micropigmentation", "brown", "alopecia", "atlanta"]);
    let three = facets(&["conditions", "techniques", "languages"]);
    let six = facets(&["conditions", "techniques", "languages", "services", "welcomes", "country"]);
    let with = |change: &dyn Fn(&mut Query)| {
        let mut queries = one.clone();
        queries.iter_mut().for_each(change);
        queries
    };
    let places = [(53.48, -2.24), (51.5, -0.12), (33.75, -84.39), (40.71, -74.0), (-33.87, 151.2)];
    let near = |km: f64, words: &str| -> Vec<Query> {
        let made = places.iter().map(|(lat, lon)| {
            let centre = Point { lat: *lat, lon: *lon };
            let mut query = text(words);
            query.filter = Filter::Radius { centre, km };
            query.sort = vec![Sort::Distance(centre)];
            query.origin = Some(centre);
            query
        });
        made.collect()
    };
    let verified = Filter::And(vec![
        Filter::eq("verified", true),
        Filter::any_of("conditions", ["scar-fut", "diffuse-thinning"]),
    ]);
    let filtered = |queries: Vec<Query>| {
        let narrowed = queries.into_iter().map(|query| Query {
            filter: Filter::And(vec![query.filter.clone(), verified.clone()]),
            ..query
        });
        narrowed.collect::<Vec<_>>()
    };
    let by = |attribute: &str| {
        let sort = vec![Sort::By { attribute: attribute.into(), direction: Direction::Desc }];
        vec![Query { sort, ..Query::default() }]
    };
    vec![
        ("one whole word", whole),
        (ONE_WORD, one.clone()),
        ("one word, with match reasons", with(&|query| query.matches = true)),
        (
            "one word, reasons and snippets",
            with(&|query| {
                query.matches = true;
                query.snippets = Some(Snippets { attributes: vec![], words: 20 });
            }),
        ),
        (
            "two words",
            all(&["hairline manchester", "scar leeds", "natural temples", "scalp micropigmentation"]),
        ),
        (
            "three words with typos",
            all(&["harline denisty manchester", "natual scar temples", "alopecia brwn cork"]),
        ),
        ("domain synonym", all(&["hair tattoo", "smp", "tricopigmentation"])),
        ("one letter", all(&["s", "h", "m"])),
        ("phrase", all(&["\"scalp micropigmentation\"", "\"natural hairline\""])),
        ("one word and 3 facets", with(&|query| query.facets.clone_from(&three))),
        ("one word and 6 facets", with(&|query| query.facets.clone_from(&six))),
        (
            "one word, filters, 6 facets apart",
            with(&|query| {
                query.filter = verified.clone();
                query.facets.clone_from(&six);
                query.facets.iter_mut().for_each(|ask| ask.disjunctive = true);
            }),
        ),
        ("everything and 6 facets", vec![Query { facets: six.clone(), ..Query::default() }]),
        ("everything", vec![Query::default()]),
        (
            "filters and 6 facets",
            vec![Query { filter: verified.clone(), facets: six.clone(), ..Query::default() }],
        ),
        ("25 km, nearest first", near(25.0, "")),
        ("25 km, nearest first, one word", near(25.0, "hairline")),
        ("25 km, nearest first, one word, filters", filtered(near(25.0, "hairline"))),
        ("everywhere, nearest first", near(20_000.0, "")),
        ("everything by experience", by("practising_since")),
        ("everything by rating", by("rating")),
    ]
}

/// A small generator, so that every run has the same listings.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.roll(of.len() as u64)).expect("small")]
    }

    fn some<'a>(&mut self, of: &[&'a str], most: u64) -> Vec<&'a str> {
        let mut found: Vec<&str> = (0..=self.roll(most)).map(|_| self.pick(of)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

const FIRST: [&str; 24] = [
    "Ana", "Ben", "Chloe", "Dan", "Ella", "Finn", "Grace", "Hugo", "Isla", "Jack", "Kira", "Liam", "Mia",
    "Noah", "Olga", "Paul", "Queenie", "Robert", "Sarah", "Tom", "Uma", "Victor", "Wendy", "Zoë",
];
const LAST: [&str; 24] = [
    "Adams", "Brown", "Clarke", "Dupont", "Evans", "Fischer", "Green", "Hughes", "Ivanov", "Jones", "King",
    "Lopez", "Murphy", "Novák", "O'Brien", "Patel", "Quinn", "Rossi", "Smith", "Taylor", "Urban", "Vance",
    "White", "Young",
];
const PLACES: [(&str, f64, f64, &str); 12] = [
    ("Manchester", 53.48, -2.24, "GB"),
    ("Leeds", 53.8, -1.55, "GB"),
    ("London", 51.5, -0.12, "GB"),
    ("Birmingham", 52.48, -1.9, "GB"),
    ("Atlanta", 33.75, -84.39, "US"),
    ("New York", 40.71, -74.0, "US"),
    ("Los Angeles", 34.05, -118.24, "US"),
    ("Cork", 51.9, -8.47, "IE"),
    ("Berlin", 52.52, 13.4, "DE"),
    ("Paris", 48.86, 2.35, "FR"),
    ("Sydney", -33.87, 151.2, "AU"),
    ("Toronto", 43.65, -79.38, "CA"),
];
const CONDITIONS: [&str; 20] = [
    "male-pattern",
    "female-pattern",
    "diffuse-thinning",
    "receding-hairline",
    "crown-thinning",
    "alopecia-areata",
    "alopecia-totalis",
    "alopecia-universalis",
    "traction-alopecia",
    "ccca",
    "lichen-planopilaris",
    "frontal-fibrosing-alopecia",
    "scar-fut",
    "scar-fue",
    "scar-trauma",
    "scar-surgical",
    "scar-burn",
    "birthmark",
    "post-transplant-density",
    "failed-smp",
];
const TECHNIQUES: [&str; 12] = [
    "stippling",
    "layering",
    "varied-dot-size",
    "density-between-hair",
    "full-shave-look",
    "hairline-soft",
    "hairline-broken",
    "hairline-defined",
    "fade-blend",
    "scar-camouflage",
    "tricopigmentation-temporary",
    "correction-over-existing",
];
const LANGUAGES: [&str; 8] = ["en", "es", "fr", "de", "it", "pl", "pt", "ar"];
const WORDS: [&str; 60] = [
    "scalp",
    "micropigmentation",
    "natural",
    "hairline",
    "density",
    "scar",
    "healed",
    "session",
    "client",
    "shade",
    "pigment",
    "needle",
    "crown",
    "temple",
    "shaved",
    "look",
    "alopecia",
    "confidence",
    "consultation",
    "detail",
    "subtle",
    "realistic",
    "thinning",
    "trained",
    "years",
    "results",
    "gentle",
    "studio",
    "private",
    "colour",
    "tone",
    "layer",
    "dot",
    "size",
    "blend",
    "camouflage",
    "transplant",
    "strip",
    "surgery",
    "women",
    "men",
    "curly",
    "grey",
    "dark",
    "fair",
    "skin",
    "careful",
    "honest",
    "aftercare",
    "touch",
    "depth",
    "softer",
    "front",
    "edges",
    "beard",
    "brows",
    "patch",
    "test",
    "photo",
    "gallery",
];

/// Numbers as listings have them, the same in every run.
static NUMBERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let ids = Ids::seeded(Clock::fixed(Ts::from_micros(0)), 1);
    (0..LISTINGS).map(|_| ids.number(NumberKind::Listing).to_string()).collect()
});

fn group(number: u64) -> String {
    NUMBERS[usize::try_from(number).expect("small")].clone()
}

/// A listing at one or two clinics.
fn documents(number: u64) -> Vec<Document> {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d);
    dice.roll(2);
    let mut bio = String::with_capacity(900);
    while bio.len() < 800 {
        // Half the words are of the trade, half from a long tail.
        if dice.roll(2) == 0 {
            bio.push_str(dice.pick(&WORDS));
        } else {
            let rank = dice.roll(5_000) * dice.roll(5_000) / 5_000;
            bio.push_str(&invented(rank));
        }
        bio.push(if dice.roll(12) == 0 { '.' } else { ' ' });
    }
    let conditions = dice.some(&CONDITIONS, 4);
    let techniques = dice.some(&TECHNIQUES, 4);
    let listing = json!({
        "number": group(number),
        "name": format!("{} {}", dice.pick(&FIRST), dice.pick(&LAST)),
        "offers": conditions.iter().chain(&techniques).map(|code| code.replace('-', " ")).collect::<Vec<_>>(),
        "courses": ["Scalp Micropigmentation Level 4"],
        "academies": [format!("Academy {}", invented(dice.roll(40)))],
        "bio": bio,
        "conditions": conditions,
        "techniques": techniques,
        "services": dice.some(&["full-head", "hairline", "crown", "touch-up", "correction", "consultation-virtual"], 3),
        "welcomes": dice.some(&["private-room", "step-free", "home-visits", "sign-language"], 2),
        "languages": dice.some(&LANGUAGES, 2),
        "verified": dice.roll(3) > 0,
        "accepts_new_clients": dice.roll(5) > 0,
        "price": {"GBP": 100_000 + dice.roll(3_000) * 100},
        "practising_since": 2005 + dice.roll(20),
        "verified_at": dice.roll(1_000_000),
        "standing": dice.roll(1_000),
        "rating": 3.0 + f64::from(u32::try_from(dice.roll(2_000)).expect("small")) / 1_000.0,
    });
    let clinics = if dice.roll(7) == 0 { 2 } else { 1 };
    let made = (0..clinics).map(|clinic| {
        let (place, lat, lon, country) = PLACES[usize::try_from(dice.roll(12)).expect("small")];
        let mut fields = listing.as_object().expect("an object").clone();
        fields.insert("clinic".into(), json!(format!("{} Scalp Studio", invented(dice.roll(3_000)))));
        fields.insert("place".into(), json!(place));
        fields.insert("country".into(), json!(country));
        let point = Point {
            lat: lat + f64::from(u32::try_from(dice.roll(2_000)).expect("small")) / 2_000.0 - 0.5,
            lon: lon + f64::from(u32::try_from(dice.roll(2_000)).expect("small")) / 2_000.0 - 0.5,
        };
        Document { id: format!("{number}/{clinic}"), group: group(number), point: Some(point), fields }
    });
    made.collect()
}

/// A word that reads like one, the same for the same number.
fn invented(number: u64) -> String {
    const SOUNDS: [&str; 16] =
        ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "du", "fa", "ge", "hi", "jo", "pu", "wen"];
    let mut word = String::new();
    let mut rest = number + 17;
    while rest > 0 {
        word.push_str(SOUNDS[usize::try_from(rest % 16).expect("small")]);
        rest /= 16;
    }
    word
}

/// What a folder holds, in megabytes of 2^20 bytes.
pub(crate) fn megabytes(dir: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => megabytes(&entry.path()) << 20,
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum::<u64>() >> 20
}
