//! The gazetteer: the file is whole, names are folded as people vary them, and the rule of which
//! place is taken holds for the places people confuse.

use crate::support::TestApp;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stipple::places::{Context, Gazetteer, Miss, PlaceKind, Resolved, fold, fold_prefix, pack};
use stipple::platform::geo::{Bounds, Point};

fn world() -> &'static Gazetteer {
    Gazetteer::embedded()
}

fn anywhere() -> Context<'static> {
    Context::default()
}

fn country(country: &'static str) -> Context<'static> {
    Context { country: Some(country), client_country: None }
}

fn client(country: &'static str) -> Context<'static> {
    Context { country: None, client_country: Some(country) }
}

fn find(text: &str, context: &Context<'_>) -> Resolved {
    world().resolve(text, context).unwrap_or_else(|miss| panic!("{text}: {}", miss.reason))
}

fn id(text: &str, context: &Context<'_>) -> String {
    find(text, context).place.id
}

fn miss(text: &str, context: &Context<'_>) -> Miss {
    match world().resolve(text, context) {
        Err(miss) => miss,
        Ok(found) => panic!("{text} was taken for {}", found.place.label),
    }
}

#[test]
fn the_embedded_file_is_whole_and_the_one_that_was_built() {
    let root = env!("CARGO_MANIFEST_DIR");
    let file = std::fs::read(format!("{root}/data/places.bin")).expect("the file is there");
    let sums = std::fs::read_to_string(format!("{root}/data/SHA256SUMS")).expect("its digest is there");
    let digest = Sha256::digest(&file).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!(sums, format!("{digest}  places.bin\n"));
    world().verify().expect("the file is whole");
    assert_eq!(world().town_count(), 69_472);
    let notice = std::fs::read_to_string(format!("{root}/data/NOTICE.md")).expect("its sources are named");
    for named in
        ["GeoNames", "CC BY 4.0", "Ordnance Survey", "Royal Mail", "Open Government Licence", "Census"]
    {
        assert!(notice.contains(named), "{named}");
        assert!(stipple::places::ATTRIBUTION.contains(named) || named == "Ordnance Survey", "{named}");
    }
}

#[test]
fn the_places_people_confuse() {
    for (text, context, wanted) in [
        ("Manchester", anywhere(), "2643123"),
        ("Manchester, NH", anywhere(), "5089178"),
        ("Manchester New Hampshire", anywhere(), "5089178"),
        ("manchester, new hampshire, usa", anywhere(), "5089178"),
        ("London", anywhere(), "2643743"),
        ("London, Ontario", anywhere(), "6058560"),
        ("London ON", anywhere(), "6058560"),
        ("London, Canada", anywhere(), "6058560"),
        ("London", country("CA"), "6058560"),
        ("London", client("CA"), "6058560"),
        ("Birmingham", anywhere(), "2655603"),
        ("Birmingham, AL", anywhere(), "4049979"),
        ("Birmingham", client("US"), "4049979"),
        ("Cambridge", anywhere(), "2653941"),
        ("Cambridge MA", anywhere(), "4931972"),
        ("Perth", anywhere(), "2063523"),
        ("Perth", country("GB"), "2640358"),
        ("Perth, Scotland", anywhere(), "2640358"),
        ("Perth Scotland", client("AU"), "2640358"),
        ("Paris", anywhere(), "2988507"),
        ("Paris, TX", country("FR"), "4717560"),
        ("paris texas", anywhere(), "4717560"),
        ("Newcastle upon Tyne", anywhere(), "2641673"),
        ("Newcastle-on-Tyne", anywhere(), "2641673"),
        ("NEWCASTLE UPON TYNE, UK", anywhere(), "2641673"),
        ("Newcastle", country("GB"), "2641673"),
        ("Newcastle", client("GB"), "2641673"),
        ("Newcastle", country("AU"), "2155472"),
        ("St Albans", country("GB"), "2638867"),
        ("Saint Albans, Hertfordshire", anywhere(), "2638867"),
        ("st. albans", client("GB"), "2638867"),
        ("NYC", anywhere(), "5128581"),
        ("New York", anywhere(), "5128581"),
        ("Washington DC", anywhere(), "4140963"),
        ("Washington, D.C.", anywhere(), "4140963"),
        ("Hull", client("GB"), "2645425"),
        ("near Leeds", anywhere(), "2644688"),
        ("Leeds city centre", anywhere(), "2644688"),
        ("Leeds, West Yorkshire", anywhere(), "2644688"),
        ("12 High Street, Leeds, England", anywhere(), "2644688"),
        ("Brighton & Hove", anywhere(), "2654710"),
        ("Münich, Bavaria", anywhere(), "2867714"),
        ("munchen", anywhere(), "2867714"),
        ("Köln", anywhere(), "2886242"),
        ("Zürich", anywhere(), "2657896"),
        ("San José, Costa Rica", anywhere(), "3621849"),
        ("geonames:2640358", anywhere(), "2640358"),
    ] {
        assert_eq!(id(text, &context), format!("geonames:{wanted}"), "{text} {context:?}");
    }
}

#[test]
fn the_answer_names_the_others_it_may_have_been() {
    let found = find("Manchester", &anywhere());
    assert_eq!(found.place.label, "Manchester, England, United Kingdom");
    assert_eq!(found.place.point, Point { lat: 53.48095, lon: -2.23743 });
    assert_eq!((found.place.country.as_str(), found.place.kind), ("GB", PlaceKind::Town));
    let others: Vec<&str> = found.alternatives.iter().map(|place| place.label.as_str()).collect();
    assert_eq!(others.first(), Some(&"Manchester, New Hampshire, United States"));
    let same: Vec<_> = found.alternatives.iter().filter(|place| place.name == "Manchester").collect();
    assert!(same.len() >= 6, "the towns only once called so do not crowd out the others: {others:?}");
    assert!(same.iter().map(|place| place.population).is_sorted_by(|a, b| a >= b), "{others:?}");
    let newcastles = find("Newcastle", &client("AU")).alternatives;
    let also_called = newcastles.iter().take(2).any(|place| place.name == "Newcastle upon Tyne");
    assert!(also_called, "a large town of another name goes before small ones: {newcastles:?}");

    let found = find("London", &anywhere());
    assert!(found.alternatives.len() <= 8);
    assert!(found.alternatives.iter().all(|place| place.name != "City of London"), "it is no other place");
    let newport = find("Newport, Isle of Wight", &anywhere()).place;
    assert_eq!(newport.label, "Newport, Isle of Wight, England, United Kingdom");
    assert_eq!(newport.district.as_deref(), Some("Isle of Wight"));
    assert_eq!(newport.region.map(|region| region.code).as_deref(), Some("ENG"));
}

#[test]
fn every_alternative_can_be_asked_for_by_its_id() {
    for text in ["Manchester", "Newport", "Springfield", "San Antonio"] {
        let found = find(text, &anywhere());
        for place in std::iter::once(found.place).chain(found.alternatives) {
            assert_eq!(find(&place.id, &anywhere()).place, place);
        }
    }
    for id in [
        "geonames:1",
        "geonames:02643123",
        "geonames:",
        "geonames:x",
        "us-zip:3",
        "us-zip:+3030",
        "gb-outward:",
        "gb-outward:LS1234",
        "nominatim:3",
    ] {
        assert_eq!(world().by_id(id), None, "{id}");
    }
}

#[test]
fn postcodes_of_two_countries() {
    for (text, wanted) in [
        ("LS1 4AP", "gb-outward:LS1"),
        ("ls14ap", "gb-outward:LS1"),
        ("LS1", "gb-outward:LS1"),
        ("LS14", "gb-outward:LS14"),
        ("M1", "gb-outward:M1"),
        ("m1 1ae", "gb-outward:M1"),
        ("SW1A 1AA", "gb-outward:SW1A"),
        ("sw1a1aa", "gb-outward:SW1A"),
        ("LS1 4", "gb-outward:LS1"),
        ("Leeds LS1 4AP", "gb-outward:LS1"),
        ("12 Park Row, Leeds, LS1 5HD", "gb-outward:LS1"),
        ("30303", "us-zip:30303"),
        ("30303-1234", "us-zip:30303"),
        ("Atlanta, GA 30303", "us-zip:30303"),
        ("01010", "us-zip:01010"),
    ] {
        assert_eq!(id(text, &anywhere()), wanted, "{text}");
    }
    let leeds = find("LS1 4AP", &anywhere()).place;
    assert_eq!(leeds.label, "LS1, Leeds, England, United Kingdom");
    assert_eq!((leeds.country.as_str(), leeds.kind, leeds.population), ("GB", PlaceKind::GbOutward, None));
    assert!(leeds.point.distance_km(find("Leeds", &anywhere()).place.point) < 1.0);
    let atlanta = find("30303", &client("GB")).place;
    assert_eq!(atlanta.label, "30303, Atlanta, Georgia, United States");
    assert_eq!(atlanta.region.map(|region| region.code).as_deref(), Some("GA"));
    // The grid of the Ordnance Survey was turned into degrees rightly, at both ends of the island.
    for (code, town) in
        [("TR18", "Penzance"), ("KW1", "Wick"), ("NR30", "Great Yarmouth"), ("SA62", "Haverfordwest")]
    {
        let km = find(code, &anywhere()).place.point.distance_km(find(town, &country("GB")).place.point);
        assert!(km < 9.0, "{code} lies {km} km from {town}");
    }
}

#[test]
fn a_postcode_is_not_taken_for_one_of_another_country() {
    assert!(miss("80331", &client("DE")).reason.contains("only British outward codes and US ZIP codes"));
    assert!(miss("75001", &country("FR")).reason.contains("Name the town"));
    assert!(miss("30303", &country("GB")).reason.contains("Name the town"));
    assert!(miss("LS1", &country("US")).reason.contains("Name the town"));
    assert!(miss("00000", &anywhere()).reason.contains("not a US ZIP code"));
    assert!(miss("ZZ9 9ZZ", &anywhere()).reason.contains("not a British postcode district"));
    assert!(miss("BT1 5GS", &anywhere()).reason.contains("leaves out"));
    assert_eq!(
        id("80331 Munich", &anywhere()),
        "geonames:2867714",
        "a postcode before the town does no harm"
    );
}

#[test]
fn a_name_that_is_not_known_is_told_never_guessed() {
    let near = miss("Manchestr", &anywhere());
    assert_eq!(near.suggestions.first().map(|place| place.id.as_str()), Some("geonames:2643123"));
    assert!(near.reason.contains("Did you mean Manchester, England, United Kingdom?"), "{}", near.reason);
    assert_eq!(miss("Leedss", &country("GB")).suggestions[0].name, "Leeds");
    assert!(miss("Leedss", &country("US")).suggestions.iter().all(|place| place.country == "US"));
    let nowhere = miss("Springfield, Narnia", &anywhere());
    assert!(nowhere.reason.contains("`narnia` is not a region or country"), "{}", nowhere.reason);
    assert_eq!(nowhere.suggestions[0].name, "Springfield");
    let elsewhere = miss("Manchester", &country("IE"));
    assert!(elsewhere.reason.contains("No `manchester` is known in IE"), "{}", elsewhere.reason);
    assert_eq!(elsewhere.suggestions[0].id, "geonames:2643123");
    assert!(miss("Manchester, France", &anywhere()).reason.contains("in france"));
    assert!(miss("France", &anywhere()).reason.contains("country=FR"));
    assert!(miss("England", &anywhere()).reason.contains("region of United Kingdom"));
    assert!(miss("Kent", &client("GB")).reason.contains("region of United Kingdom"), "not Kent, Washington");
    assert!(miss("Yorkshire", &country("GB")).reason.contains("region of United Kingdom"));
    assert_eq!(id("Kent", &client("US")), "geonames:5799625");
    assert_eq!(
        miss("Mayfairr, London", &anywhere()).suggestions[0].id,
        "geonames:2643743",
        "at least the town"
    );
    assert!(miss("53.48, -2.24", &anywhere()).reason.contains("lat= and lon="));
    for text in
        ["", "   ", ",", ",,,", "!!!", "東京", "\u{0}", "zzzzzzzzzzzzzzzzzzzz", "'; drop table places; --"]
    {
        assert!(!miss(text, &anywhere()).reason.is_empty(), "{text}");
    }
    assert!(miss(&"x".repeat(100_000), &anywhere()).reason.contains("at most"));
    assert!(miss(&"x,".repeat(70), &anywhere()).reason.len() < 400);
}

#[test]
fn names_are_folded_as_people_vary_them() {
    for (text, folded) in [
        ("Newcastle-upon-Tyne", "newcastle on tyne"),
        ("  St.   Albans ", "saint albans"),
        ("King’s Lynn", "kings lynn"),
        ("Kings Lynn", "kings lynn"),
        ("The Hague", "hague"),
        ("The", "the"),
        ("Ålesund", "alesund"),
        ("Århus", "arhus"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("Straße", "strasse"),
        ("D.C.", "dc"),
        ("St.Louis", "saint louis"),
        ("Dublin 2", "dublin 2"),
        ("Brighton & Hove", "brighton and hove"),
        ("…", ""),
    ] {
        assert_eq!(fold(text), folded, "{text}");
    }
    assert_eq!(fold_prefix("St"), "st", "it may become Stockport");
    assert_eq!(fold_prefix("St. Al"), "saint al");
    assert_eq!(fold_prefix("Newcastle upon"), "newcastle upon");
    assert_eq!(fold_prefix("Leeds "), "leeds ");
}

#[test]
fn the_distances_from_manchester() {
    let manchester = find("Manchester", &anywhere()).place.point;
    for (town, km) in [
        ("Salford", 3.59),
        ("Stockport", 9.52),
        ("Liverpool", 49.66),
        ("Sheffield", 52.26),
        ("Leeds", 57.42),
        ("Birmingham", 113.42),
        ("London", 261.78),
    ] {
        let found = manchester.distance_km(find(town, &country("GB")).place.point);
        assert!((found - km).abs() < 0.01, "{town}: {found}");
    }
}

#[test]
fn a_name_being_typed() {
    let names = |text: &str, country: Option<&str>| -> Vec<String> {
        world().suggest(text, country, 5).places.into_iter().map(|place| place.label).collect()
    };
    assert_eq!(names("manch", None)[0], "Manchester, England, United Kingdom");
    assert_eq!(names("Manch", Some("US"))[0], "Manchester, New Hampshire, United States");
    assert!(names("stoc", Some("GB"))[0].starts_with("Stockport"), "{:?}", names("stoc", Some("GB")));
    assert!(names("St", Some("GB")).iter().any(|label| label.starts_with("Stoke-on-Trent")));
    assert!(names("st alb", Some("GB"))[0].starts_with("St Albans"), "{:?}", names("st alb", Some("GB")));
    assert!(names("newcastle upon", None)[0].starts_with("Newcastle upon Tyne"));
    assert!(names("newcastle upon t", None)[0].starts_with("Newcastle upon Tyne"));
    assert_eq!(names("newport, isle", None), ["Newport, Isle of Wight, England, United Kingdom"]);
    assert_eq!(names("ls1", None)[0], "LS1, Leeds, England, United Kingdom");
    assert!(names("birmimgham", None)[0].starts_with("Birmingham, England"), "a slip is forgiven");
    assert!(
        names("", None).is_empty()
            && names("!!", None).is_empty()
            && names(&"m".repeat(500), None).is_empty()
    );

    let slips = world().suggest("birmimgham", None, 5);
    assert!(slips.with_slips && slips.total == 0);
    let one = world().suggest("m", None, 3);
    assert!(one.places.len() == 3 && one.total > 1000 && !one.with_slips, "{}", one.total);
    let people: Vec<_> =
        world().suggest("lon", Some("GB"), 20).places.iter().map(|place| place.id.clone()).collect();
    assert_eq!(
        people.iter().collect::<std::collections::HashSet<_>>().len(),
        people.len(),
        "each place once"
    );
}

#[test]
fn the_nearest_town() {
    let near = |lat, lon| world().nearest(Point { lat, lon }).expect("the world is not empty");
    let (place, km) = near(53.4810, -2.2374);
    assert_eq!((place.id.as_str(), km < 0.1), ("geonames:2643123", true));
    // Over the antimeridian and at the poles there is a nearest town as well.
    assert_eq!(near(-16.5, 179.99).0.country, "FJ");
    assert!(near(90.0, 0.0).1 > 1000.0 && near(-90.0, 0.0).1 > 3000.0);
}

/// A gazetteer of three places, as the script would write it.
const TINY: &str = "C\tGB\tUnited Kingdom\tGB|UK\nR\tGB|ENG|\tGB\tENG\tEngland\t\tENG|England\n\
    P\t1\tAshby\tGB|ENG|\t5300000\t-100000\t900\tAshbie\nP\t2\tAshby\tGB|ENG|\t5200000\t-100000\t100\t\n\
    P\t3\tBarton\tGB|ENG|\t5100000\t0\t100\tAshby\nO\tLS1\t5379762\t-155143\nZ\t30303\t3375281\t-8439028\n";

#[test]
fn what_is_packed_is_what_is_read() {
    let packed = pack(TINY).expect("it packs");
    assert_eq!(packed, pack(TINY).expect("it packs"), "the same rows are the same file");
    let tiny = Gazetteer::open(packed.into()).expect("it opens");
    tiny.verify().expect("it is whole");
    let found = tiny.resolve("ashby, uk", &anywhere()).expect("it is there");
    let ids: Vec<&str> =
        std::iter::once(&found.place).chain(&found.alternatives).map(|place| place.id.as_str()).collect();
    assert_eq!(ids, ["geonames:1", "geonames:2", "geonames:3"], "heavier first, other names last");
    assert_eq!(tiny.by_id("us-zip:30303").map(|place| place.point), Point::new(33.75281, -84.39028));
    assert_eq!(
        tiny.nearest(Point { lat: 51.0, lon: 0.0 }).map(|(place, _)| place.name),
        Some("Barton".to_owned())
    );
    let empty = Gazetteer::open(pack("").expect("nothing packs").into()).expect("it opens");
    assert_eq!(empty.nearest(Point { lat: 0.0, lon: 0.0 }), None);
    assert!(empty.resolve("Leeds", &anywhere()).is_err() && empty.suggest("l", None, 5).places.is_empty());
}

#[test]
fn rows_that_cannot_be_packed_are_named() {
    for (rows, says) in [
        ("X\t1", "not a row"),
        ("C\tGBR\tBritain\t", "not a country code"),
        ("P\t1\tA\tnone\t0\t0\t1\t", "no row"),
        ("Z\t30303\t9900000\t0", "off the globe"),
        ("Z\t30303\tx\t0", "not a number"),
        ("O\tLS1234\t0\t0", "too long"),
    ] {
        let why = pack(rows).expect_err(rows);
        assert!(why.contains("line 1") && why.contains(says), "{rows}: {why}");
    }
    let unsorted = TINY.replace("\t900\t", "\t90\t");
    assert!(pack(&unsorted).expect_err("small before large").contains("more people"));
}

#[test]
fn a_file_that_is_not_one_is_refused() {
    let packed = pack(TINY).expect("it packs");
    for cut in 0..packed.len() {
        assert!(Gazetteer::open(Bytes::copy_from_slice(&packed[..cut])).is_err(), "cut at {cut}");
    }
    let mut longer = packed.clone();
    longer.push(0);
    assert!(Gazetteer::open(longer.into()).is_err());
    let mut other = packed;
    other[7] = b'2';
    assert!(Gazetteer::open(other.into()).is_err_and(|why| why.contains("begin")));
}

#[test]
fn a_region_whose_name_has_a_comma_is_still_one_region() {
    let found = find("Poole, Bournemouth, Christchurch and Poole, England, United Kingdom", &anywhere());
    assert_eq!((found.place.name.as_str(), found.place.country.as_str()), ("Poole", "GB"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever is typed, there is an answer or a reason, and never a panic.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}", country in proptest::option::of(prop_oneof![Just("GB"), Just("US"), Just("DE")])) {
        let context = Context { country, client_country: country };
        match world().resolve(&text, &context) {
            Ok(found) => prop_assert!(found.place.point.is_valid() && found.alternatives.len() <= 8),
            Err(miss) => prop_assert!(!miss.reason.is_empty()),
        }
        prop_assert!(world().suggest(&text, country, 7).places.len() <= 7);
    }

    #[test]
    fn a_town_is_found_by_its_own_label_and_suggested_for_its_beginning(pick in 0..69_472_usize) {
        let place = world().ranked(pick).expect("it is there");
        let found = find(&place.label, &anywhere());
        let listed = found.place == place || found.alternatives.contains(&place);
        let same = |other: &stipple::places::Place| other.name == place.name && other.region == place.region;
        prop_assert!(listed || same(&found.place), "{} was taken for {}", place.label, found.place.label);
    }

    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,60}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    /// The search by latitude finds what looking at every town finds.
    #[test]
    fn nothing_is_nearer_than_the_nearest(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64, picks in proptest::collection::vec(0..69_472_usize, 50)) {
        let here = Point { lat, lon };
        let (_, km) = world().nearest(here).expect("the world is not empty");
        for pick in picks {
            let other = world().ranked(pick).expect("it is there").point;
            prop_assert!(here.distance_km(other) >= km - 1e-9);
        }
    }
}

#[tokio::test]
async fn places_are_suggested_over_http() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    let answer = anyone.get("/v1/places?q=manch&limit=2").await.expect(200);
    assert!(answer.header("etag").is_some());
    let list = answer.json();
    assert_eq!(
        list["items"][0],
        json!({
            "url": "/v1/places/geonames:2643123",
            "updated_at": "2026-11-21T00:00:00Z",
            "id": "geonames:2643123",
            "name": "Manchester",
            "label": "Manchester, England, United Kingdom",
            "kind": "town",
            "country": "GB",
            "region": { "code": "ENG", "name": "England" },
            "district": "Manchester",
            "point": { "lat": 53.48095, "lon": -2.23743 },
            "population": 568_996,
        })
    );
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    assert!(
        list["total"]["value"].as_u64() > Some(2) && list["total"]["relation"] == "eq",
        "{}",
        list["total"]
    );
    assert_eq!(list["next_cursor"], Value::Null);
    assert!(
        list["attribution"]
            .as_str()
            .is_some_and(|text| text.contains("GeoNames") && text.contains("Royal Mail"))
    );
    let slips = anyone.get("/v1/places?q=birmimgham&country=GB").await.expect(200).json();
    assert_eq!(
        (&slips["items"][0]["id"], &slips["total"]["relation"]),
        (&json!("geonames:2655603"), &json!("gte"))
    );
    let none = anyone.get("/v1/places?q=%E6%9D%B1%E4%BA%AC").await.expect(200).json();
    assert_eq!((&none["items"], &none["total"]["value"]), (&json!([]), &json!(0)));

    let one = anyone.get("/v1/places/gb-outward:LS1").await.expect(200).json();
    assert_eq!(
        (&one["label"], &one["kind"]),
        (&json!("LS1, Leeds, England, United Kingdom"), &json!("gb-outward"))
    );
    anyone.get("/v1/places/geonames:1").await.expect(404).problem("not-found");
    for (refused, pointer) in [
        ("q=", "query:q"),
        ("limit=3", "query:q"),
        ("q=leeds&limit=0", "query:limit"),
        ("q=leeds&limit=51", "query:limit"),
        ("q=leeds&limit=x", "query:limit"),
        ("q=leeds&country=UK", "query:country"),
        ("q=leeds&country=gbr", "query:country"),
    ] {
        let faults =
            anyone.get(&format!("/v1/places?{refused}")).await.expect(400).faults("invalid-parameter");
        assert_eq!(faults.iter().map(|fault| fault.0.as_str()).collect::<Vec<_>>(), [pointer], "{refused}");
    }
    anyone.get("/v1/places?q=leeds&contry=GB").await.expect(400).problem("unknown-parameter");
}

#[test]
fn a_miss_becomes_a_problem_that_helps() {
    let error = miss("Manchestr", &anywhere()).into_error("query:near");
    assert_eq!((error.code().slug, error.code().status), ("unknown-place", 400));
    assert_eq!(error.faults()[0].pointer, "query:near");
    assert_eq!(error.members()["suggestions"][0]["id"], "geonames:2643123");
}

#[test]
fn the_largest_places_in_a_box() {
    let names = |west, south, east, north, limit| -> Vec<String> {
        let bounds = Bounds::new(west, south, east, north).expect("a box");
        world().largest_within(bounds, limit).map(|(name, _)| name.to_owned()).collect()
    };
    let leeds = names(-2.2, 53.6, -1.2, 54.0, 3);
    assert_eq!(leeds[0], "Leeds", "{leeds:?}");
    assert!(leeds.len() == 3 && leeds.contains(&"Bradford".to_owned()), "{leeds:?}");
    let everywhere = names(-180.0, -90.0, 180.0, 90.0, 4);
    let ranked: Vec<String> = (0..4).filter_map(|rank| Some(world().ranked(rank)?.name)).collect();
    assert_eq!(everywhere, ranked, "a box of the world is the world");
    let pacific = names(170.0, -25.0, -160.0, -10.0, 200);
    assert!(["Suva", "Apia"].iter().all(|name| pacific.contains(&(*name).to_owned())), "{pacific:?}");
    assert_eq!(names(-35.0, -2.0, -31.0, 2.0, 5), Vec::<String>::new(), "nobody lives there");
    assert_eq!(names(-2.2, 53.6, -1.2, 54.0, 0), Vec::<String>::new());
}
