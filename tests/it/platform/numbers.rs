//! Public numbers: every slip of one symbol or two neighbours is noticed without asking anyone.

use proptest::prelude::*;
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::id::{Ids, Number, NumberError, NumberKind};

const SYMBOLS: &str = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

fn kinds() -> impl Strategy<Value = NumberKind> {
    prop_oneof![Just(NumberKind::Listing), Just(NumberKind::Certificate)]
}

fn number(kind: NumberKind, seed: u64) -> Number {
    Ids::seeded(Clock::fixed(Ts::ZERO), seed).number(kind)
}

/// Where the symbols stand in `SMP-XXXX-XXXX-X`.
const PLACES: [usize; 9] = [4, 5, 6, 7, 9, 10, 11, 12, 14];

proptest! {
    #[test]
    fn a_number_is_read_as_it_is_written(kind in kinds(), seed in any::<u64>()) {
        let number = number(kind, seed);
        let text = number.to_string();
        prop_assert_eq!(text.len(), 15);
        for way in [text.clone(), text.to_lowercase(), text.replace('-', ""), text.replace('-', " "), format!(" {text} ")] {
            prop_assert_eq!(way.parse::<Number>(), Ok(number), "{}", way);
            prop_assert_eq!(Number::parse(&way, kind), Ok(number));
        }
        prop_assert_eq!(serde_json::from_str::<Number>(&format!("\"{text}\"")).unwrap(), number);
    }

    #[test]
    fn every_wrong_symbol_is_noticed(kind in kinds(), seed in any::<u64>()) {
        let text = number(kind, seed).to_string();
        for place in PLACES {
            for symbol in SYMBOLS.bytes().filter(|symbol| *symbol != text.as_bytes()[place]) {
                let mut slipped = text.clone().into_bytes();
                slipped[place] = symbol;
                let slipped = String::from_utf8(slipped).unwrap();
                prop_assert_eq!(slipped.parse::<Number>(), Err(NumberError::Check), "{} for {}", slipped, text);
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_noticed(kind in kinds(), seed in any::<u64>()) {
        let text = number(kind, seed).to_string();
        for pair in PLACES.windows(2) {
            let mut swapped = text.clone().into_bytes();
            swapped.swap(pair[0], pair[1]);
            let swapped = String::from_utf8(swapped).unwrap();
            let expected = if swapped == text { Ok(text.parse().unwrap()) } else { Err(NumberError::Check) };
            prop_assert_eq!(swapped.parse::<Number>(), expected, "{} for {}", swapped, text);
        }
    }

    #[test]
    fn the_number_of_one_thing_is_never_that_of_another(seed in any::<u64>()) {
        let listing = number(NumberKind::Listing, seed);
        let as_certificate = listing.to_string().replace("SMP", "CRT");
        prop_assert_eq!(as_certificate.parse::<Number>(), Err(NumberError::Check));
        prop_assert_eq!(Number::parse(&listing.to_string(), NumberKind::Certificate), Err(NumberError::Kind));
    }

    #[test]
    fn numbers_sort_as_their_sort_key_does(one in any::<u64>(), other in any::<u64>()) {
        let (one, other) = (number(NumberKind::Listing, one), number(NumberKind::Listing, other));
        prop_assert_eq!(one.cmp(&other), one.sort_key().cmp(&other.sort_key()));
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text in "\\PC{0,50}") {
        if let Ok(number) = text.parse::<Number>() {
            prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number));
        }
    }
}

#[test]
fn what_is_no_number_is_told_from_a_mistyped_one() {
    for text in [
        "",
        "SMP",
        "SMP-",
        "SMP-7K3F-9Q2M",
        "SMP-7K3F-9Q2M-44",
        "ABC-7K3F-9Q2M-4",
        "SMP-7K3F-9Q2M-0",
        "SMP-OK3F-9Q2M-4",
        "ſMP-7K3F-9Q2M-4",
        "SMP-7K3F-9Q2M-é",
        "sm",
        "SMPSMPSMPSM-----",
    ] {
        assert_eq!(text.parse::<Number>(), Err(NumberError::Form), "{text}");
    }
    assert_eq!(format!("SMP-{}", "2".repeat(40)).parse::<Number>(), Err(NumberError::Form));
}

#[test]
fn fresh_numbers_use_every_symbol_at_every_place() {
    let ids = Ids::seeded(Clock::fixed(Ts::ZERO), 7);
    let mut seen = [[0_u32; 31]; 8];
    for _ in 0..6_200 {
        let text = ids.number(NumberKind::Listing).to_string();
        for (counts, place) in seen.iter_mut().zip(PLACES) {
            counts[SYMBOLS.bytes().position(|symbol| symbol == text.as_bytes()[place]).unwrap()] += 1;
        }
    }
    // 200 of each are expected; five standard deviations are 70.
    assert!(seen.iter().flatten().all(|count| (130..=270).contains(count)), "{seen:?}");
}

#[test]
fn the_same_seed_gives_the_same_ids_and_they_sort_by_time() {
    let clock = Clock::fixed(Ts::parse("2026-06-01T12:00:00Z").unwrap());
    let (one, other) = (Ids::seeded(clock.clone(), 3), Ids::seeded(clock.clone(), 3));
    let earlier = one.uuid();
    assert_eq!(earlier, other.uuid());
    assert_eq!(earlier.get_version_num(), 7);
    assert_ne!(one.uuid(), earlier);
    clock.advance(std::time::Duration::from_millis(1));
    assert!(one.uuid() > earlier);
    assert_eq!(one.random_uuid().get_version_num(), 4);
}
