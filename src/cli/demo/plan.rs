//! Who is in the demo: drawn from the world by a seed, the same people for the same seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use time::{Date, Duration};

use super::world::{Region, World};

/// One listing to be made.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) part: Part,
    pub(super) given: String,
    pub(super) family: String,
    /// A surname they had before, under which older certificates were signed.
    pub(super) former_family: Option<String>,
    pub(super) country: String,
    pub(super) city: String,
    pub(super) street: String,
    pub(super) postcode: Option<String>,
    pub(super) languages: Vec<String>,
    pub(super) practising_since: i32,
    pub(super) conditions: Vec<&'static str>,
    pub(super) techniques: Vec<&'static str>,
    pub(super) welcomes: Vec<&'static str>,
    pub(super) prices: Vec<Price>,
    pub(super) accepts_new_clients: bool,
    pub(super) bio: String,
    pub(super) certificates: Vec<Award>,
    /// Training they state and nobody signed: academy, course, year.
    pub(super) stated: Option<(String, String, i32)>,
    pub(super) index: usize,
}

/// A service and what it costs, in minor units.
#[derive(Clone, Debug)]
pub(super) struct Price {
    pub(super) service: &'static str,
    pub(super) from: i64,
    pub(super) to: Option<i64>,
    pub(super) currency: String,
    pub(super) unit: &'static str,
    pub(super) sessions: u32,
    pub(super) touch_up: bool,
}

/// A certificate to be signed: which academy and course of the world, when, under which name.
#[derive(Clone, Debug)]
pub(super) struct Award {
    pub(super) academy: usize,
    pub(super) course: String,
    pub(super) awarded: Date,
    pub(super) valid_until: Option<Date>,
    pub(super) holder: String,
    /// Signed today from the academy's records of a course before certificates were signed.
    pub(super) from_records: bool,
}

/// The people that `demo.json` points at, each showing one thing; everybody else is a passer-by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Novice,
    Corrections,
    Unrecognised,
    PaperDays,
    NoCertificate,
    Expired,
    OnlineOnly,
    NameDiffers,
    Renamed,
    PasserBy,
}

impl Part {
    /// In the order in which they are made.
    pub(super) const NAMED: [Self; 9] = [
        Self::Novice,
        Self::Corrections,
        Self::Unrecognised,
        Self::PaperDays,
        Self::NoCertificate,
        Self::Expired,
        Self::OnlineOnly,
        Self::NameDiffers,
        Self::Renamed,
    ];

    /// The word in `demo.json`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Novice => "novice",
            Self::Corrections => "corrections",
            Self::Unrecognised => "unrecognised",
            Self::PaperDays => "paper_days",
            Self::NoCertificate => "no_certificate",
            Self::Expired => "expired",
            Self::OnlineOnly => "online_only",
            Self::NameDiffers => "name_differs",
            Self::Renamed => "renamed",
            Self::PasserBy => "passer_by",
        }
    }
}

const CONDITIONS: &[&str] = &[
    "male-pattern",
    "female-pattern",
    "diffuse-thinning",
    "receding-hairline",
    "crown-thinning",
    "alopecia-areata",
    "alopecia-totalis",
    "traction-alopecia",
    "scar-fut",
    "scar-fue",
    "scar-trauma",
    "scar-surgical",
    "post-transplant-density",
    "frontal-fibrosing-alopecia",
    "birthmark",
];
const TECHNIQUES: &[&str] = &[
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
];
const WELCOMES: &[&str] = &[
    "private-room",
    "women-only-hours",
    "head-covering-privacy",
    "trans-experienced",
    "step-free",
    "sign-language",
    "home-visits",
    "virtual-consultation",
];
const BIOS: &[&str] = &[
    "I work slowly and show you every shade on your own skin before we begin.",
    "Two sessions, sometimes three. I would rather add dots next month than take one away.",
    "I lost my own hair at twenty-four, so I know what the first mirror feels like.",
    "Women with diffuse thinning are most of my week. Bring photos of your parting in daylight.",
    "Scars from transplants need patience: I test a small patch and wait six weeks.",
    "You will see healed work, not fresh work, when you visit. Ask me anything.",
    "Barber first, then SMP. A soft, broken hairline ages better than a sharp one.",
    "I keep the numbers of clients who are happy to talk to you.",
];

/// Draws the people: the named parts first, then passers-by up to `count`.
pub(super) fn people(world: &World, count: usize, seed: u64, today: Date) -> Vec<Person> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..count)
        .map(|index| {
            let part = Part::NAMED.get(index).copied().unwrap_or(Part::PasserBy);
            person(world, &mut rng, part, index, today)
        })
        .collect()
}

fn person(world: &World, rng: &mut StdRng, part: Part, index: usize, today: Date) -> Person {
    // The shares hold exactly over every hundred, so that a small demo is as mixed as a large one.
    let region = match part {
        Part::PasserBy => region_for(world, index * 37 % 100),
        _ => &world.regions[0],
    };
    let given = pick(rng, &region.given).clone();
    let family = pick(rng, &region.family).clone();
    let (city, street) = (city_for(region, rng, part, index), pick(rng, &region.streets).clone());
    let practising_since = match part {
        Part::Novice => today.year(),
        Part::PaperDays => 2013,
        _ => today.year() - rng.random_range(1..12),
    };
    let former_family = (part == Part::Renamed || (part == Part::PasserBy && rng.random_ratio(1, 25)))
        .then(|| pick(rng, &region.family).clone())
        .filter(|former| *former != family);
    let mut languages = region.languages.clone();
    if rng.random_ratio(1, 3) {
        languages.push(pick(rng, &region.also).clone());
    }
    let mut person = Person {
        part,
        postcode: region.postcodes.get(&city).cloned(),
        street: format!("{} {street}", rng.random_range(1..200)),
        country: region.country.clone(),
        city,
        languages,
        practising_since,
        conditions: some(rng, CONDITIONS, 2, 6),
        techniques: some(rng, TECHNIQUES, 2, 4),
        welcomes: some(rng, WELCOMES, 0, 3),
        prices: prices(region, rng, part, index),
        accepts_new_clients: rng.random_ratio(9, 10),
        bio: bio(rng),
        certificates: Vec::new(),
        stated: None,
        given,
        family,
        former_family,
        index,
    };
    if part == Part::Corrections {
        person.conditions = vec!["failed-smp", "discoloured-smp", "scar-fut"];
        person.techniques = vec!["correction-over-existing", "scar-camouflage", "layering"];
    }
    train(world, rng, &mut person, today);
    person
}

fn region_for(world: &World, of_hundred: usize) -> &Region {
    let mut below = 0;
    world
        .regions
        .iter()
        .find(|region| {
            below += region.share as usize;
            of_hundred < below
        })
        .unwrap_or(&world.regions[0])
}

/// The named people work in Leeds and Manchester; of the others, the first of each country fill the
/// cities that come first, where a client of the demo looks.
fn city_for(region: &Region, rng: &mut StdRng, part: Part, index: usize) -> String {
    if part != Part::PasserBy {
        return region.cities[index % 2].0.clone();
    }
    let total: u32 = region.cities.iter().map(|(_, weight)| weight).sum();
    let mut at = rng.random_range(0..total);
    for (city, weight) in &region.cities {
        if at < *weight {
            return city.clone();
        }
        at -= weight;
    }
    region.cities[0].0.clone()
}

fn prices(region: &Region, rng: &mut StdRng, part: Part, index: usize) -> Vec<Price> {
    let [low, high] = region.full_head;
    let busy = region.cities[0].0.as_str();
    let mut list = Vec::new();
    // Nearly everybody states the price of a whole treatment; some, as in life, say nothing.
    if part != Part::PasserBy || index % 8 != 7 || busy.is_empty() {
        let from = rng.random_range(low..high) / 5000 * 5000;
        // One in thirty is far below what is usual, which a client should be able to see.
        let from =
            if part == Part::PasserBy && rng.random_ratio(1, 30) { low / 3 / 1000 * 1000 } else { from };
        list.push(Price {
            service: "full-head",
            from,
            to: rng.random_ratio(1, 3).then_some(from + from / 4),
            currency: region.currency.clone(),
            unit: "whole-treatment",
            sessions: rng.random_range(2..=3),
            touch_up: rng.random_ratio(2, 3),
        });
    }
    let mut session = |service, share: i64, sessions| {
        list.push(Price {
            service,
            from: low * share / 100 / 500 * 500,
            to: None,
            currency: region.currency.clone(),
            unit: if sessions > 1 { "whole-treatment" } else { "session" },
            sessions,
            touch_up: false,
        });
    };
    session("touch-up", 15, 1);
    if part == Part::Corrections || rng.random_ratio(1, 5) {
        session("correction", 60, 2);
    }
    if rng.random_ratio(1, 3) {
        session("hairline", 45, 2);
    }
    if rng.random_ratio(1, 3) {
        session("density-women", 80, 2);
    }
    if rng.random_ratio(1, 4) {
        session("scar-fut", 35, 2);
    }
    if part == Part::Novice {
        session("model-session", 10, 1);
    }
    list
}

fn bio(rng: &mut StdRng) -> String {
    let first = rng.random_range(0..BIOS.len());
    let second = (first + rng.random_range(1..BIOS.len())) % BIOS.len();
    format!("{} {}", BIOS[first], BIOS[second])
}

/// Which certificates a person gets, and what they only state.
fn train(world: &World, rng: &mut StdRng, person: &mut Person, today: Date) {
    let academy = |slug: &str| world.academies.iter().position(|academy| academy.slug == slug).unwrap_or(0);
    let name = format!("{} {}", person.given, person.family);
    let long_ago = today - Duration::days(rng.random_range(200..2000));
    let mut award = |academy: usize, course: &str, awarded: Date, holder: &str| {
        let years = world.courses.get(course).map_or(0, |course| course.valid_years);
        person.certificates.push(Award {
            academy,
            course: course.to_owned(),
            awarded,
            valid_until: (years > 0).then(|| awarded + Duration::days(i64::from(years) * 365)),
            holder: holder.to_owned(),
            from_records: false,
        });
    };
    match person.part {
        Part::Novice => {
            award(academy("northern-smp-school"), "practitioner", today - Duration::days(40), &name);
        }
        Part::Corrections => {
            award(academy("northern-smp-school"), "practitioner", today - Duration::days(2100), &name);
            award(academy("northern-smp-school"), "advanced-scars", today - Duration::days(300), &name);
        }
        Part::Unrecognised => award(academy("weekend-dots"), "weekend", today - Duration::days(200), &name),
        Part::PaperDays => {
            let day = Date::from_calendar_date(2015, time::Month::June, 12).unwrap_or(long_ago);
            award(academy("northern-smp-school"), "practitioner", day, &name);
        }
        Part::NoCertificate => {}
        Part::Expired => {
            award(academy("northern-smp-school"), "advanced-scars", today - Duration::days(1500), &name);
        }
        Part::OnlineOnly => {
            award(academy("northern-smp-school"), "online-theory", today - Duration::days(100), &name);
        }
        Part::NameDiffers => {
            award(academy("northern-smp-school"), "practitioner", long_ago, "Jonathan Q. Somebody-Else");
        }
        Part::Renamed => {
            let former = person.former_family.clone().unwrap_or_else(|| "Hartley".to_owned());
            award(
                academy("northern-smp-school"),
                "practitioner",
                long_ago,
                &format!("{} {former}", person.given),
            );
            person.former_family = Some(former);
        }
        Part::PasserBy => passer_by(world, rng, person, today),
    }
    for award in &mut person.certificates {
        award.from_records = person.part == Part::PaperDays;
    }
    if person.part == Part::NoCertificate || (person.part == Part::PasserBy && rng.random_ratio(1, 6)) {
        person.stated =
            Some(("Dot Masters".to_owned(), "Five-day SMP course".to_owned(), person.practising_since));
    }
}

fn passer_by(world: &World, rng: &mut StdRng, person: &mut Person, today: Date) {
    let count = match rng.random_range(0..100) {
        0..18 => 0,
        18..70 => 1,
        70..92 => 2,
        _ => 3,
    };
    let total: u32 = world.academies.iter().map(|academy| academy.weight).sum();
    for _ in 0..count {
        let mut at = rng.random_range(0..total);
        let academy = world
            .academies
            .iter()
            .position(|academy| {
                let here = at < academy.weight;
                at = at.saturating_sub(academy.weight);
                here
            })
            .unwrap_or(0);
        let course = pick(rng, &world.academies[academy].courses).clone();
        let awarded = today - Duration::days(rng.random_range(30..2600));
        let years = world.courses.get(&course).map_or(0, |course| course.valid_years);
        let family = person.former_family.as_ref().unwrap_or(&person.family);
        person.certificates.push(Award {
            academy,
            course,
            awarded,
            valid_until: (years > 0).then(|| awarded + Duration::days(i64::from(years) * 365)),
            holder: format!("{} {family}", person.given),
            from_records: false,
        });
    }
}

pub(super) fn pick<'a, T>(rng: &mut StdRng, from: &'a [T]) -> &'a T {
    &from[rng.random_range(0..from.len())]
}

/// Between `least` and `most` different items, in the list's order.
fn some(rng: &mut StdRng, from: &[&'static str], least: usize, most: usize) -> Vec<&'static str> {
    let wanted = rng.random_range(least..=most);
    let mut left = wanted;
    from.iter()
        .enumerate()
        .filter_map(|(at, item)| {
            let remaining = from.len() - at;
            let take = rng.random_range(0..remaining) < left;
            left -= usize::from(take);
            take.then_some(*item)
        })
        .collect()
}
