//! Distances and boxes: published distances, and properties that hold everywhere on the globe.

use proptest::prelude::*;
use stipple::platform::geo::{Bounds, FARTHEST_KM, Point, chord_squared};

fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).expect("a test point is on the globe")
}

fn anywhere() -> impl Strategy<Value = Point> {
    let lat = prop_oneof![8 => -90.0..=90.0_f64, 1 => Just(90.0), 1 => Just(-90.0), 1 => Just(0.0)];
    let lon = prop_oneof![8 => -180.0..=180.0_f64, 1 => Just(180.0), 1 => Just(-180.0), 1 => Just(0.0)];
    (lat, lon).prop_map(|(lat, lon)| point(lat, lon))
}

#[test]
fn the_longest_distance_is_half_the_way_round() {
    assert!((point(0.0, 0.0).distance_km(point(0.0, 180.0)) - FARTHEST_KM).abs() < 1e-6);
    assert!((point(90.0, 0.0).distance_km(point(-90.0, 77.0)) - FARTHEST_KM).abs() < 1e-6);
    assert!(point(90.0, 10.0).distance_km(point(90.0, -170.0)) < 1e-6, "the pole is one point");
    assert!(point(-16.8, 180.0).distance_km(point(-16.8, -180.0)) < 1e-6, "the antimeridian is one line");
}

#[test]
fn a_point_off_the_globe_is_refused() {
    for (lat, lon) in
        [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.5), (0.0, -181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)]
    {
        assert!(Point::new(lat, lon).is_none(), "{lat},{lon}");
    }
}

#[test]
fn a_box_at_fiji_crosses_the_antimeridian() {
    let bounds = Bounds::around(point(-16.8, 179.9), 50.0);
    assert!(bounds.crosses_antimeridian(), "{bounds:?}");
    assert!(bounds.contains(point(-16.8, -179.9)));
    assert!(!bounds.contains(point(-16.8, 0.0)));
    let ((west, east), other) = bounds.lon_ranges();
    assert!(west > 179.0 && east >= 180.0, "{west} {east}");
    assert!(other.is_some_and(|(west, east)| west <= -180.0 && (-180.0..-179.0).contains(&east)));
}

#[test]
fn a_box_that_touches_a_pole_takes_every_longitude() {
    let bounds = Bounds::around(point(89.9, 20.0), 50.0);
    assert_eq!((bounds.west, bounds.east, bounds.north), (-180.0, 180.0, 90.0));
    assert!(bounds.contains(point(89.95, -160.0)));
}

#[test]
fn a_box_in_words_says_what_is_wrong_with_it() {
    assert_eq!(
        Bounds::parse("-3.1, 53.2,-1.9,53.9"),
        Ok(Bounds { west: -3.1, south: 53.2, east: -1.9, north: 53.9 })
    );
    assert!(Bounds::parse("177,-19,-179,-16").is_ok_and(Bounds::crosses_antimeridian));
    for (text, says) in [
        ("", "not four numbers"),
        ("1,2,3", "not four numbers"),
        ("1,2,3,x", "not four numbers"),
        ("1,2,3,NaN", "not four numbers"),
        ("1,2,3,4,5", "more than four"),
        ("0,54,1,53", "above north"),
        ("-190,0,1,1", "leaves the globe"),
        ("0,0,1,91", "leaves the globe"),
    ] {
        let fault = Bounds::parse(text).expect_err(text);
        assert!(fault.contains(says), "{text}: {fault}");
    }
}

proptest! {
    #[test]
    fn distance_is_symmetric_and_bounded(a in anywhere(), b in anywhere()) {
        let there = a.distance_km(b);
        prop_assert!((0.0..=FARTHEST_KM + 1e-9).contains(&there));
        prop_assert!((there - b.distance_km(a)).abs() < 1e-6);
        prop_assert!(a.distance_km(a) == 0.0);
    }

    #[test]
    fn a_box_around_a_circle_misses_nothing(centre in anywhere(), radius in 0.0..25_000.0_f64, other in anywhere()) {
        let bounds = Bounds::around(centre, radius);
        prop_assert!(bounds.contains(centre), "{bounds:?}");
        if centre.distance_km(other) <= radius {
            prop_assert!(bounds.contains(other), "{bounds:?} misses {other:?} at {} km", centre.distance_km(other));
        }
    }

    /// Points close to the rim are where a box that is a little too small would show.
    #[test]
    fn a_box_holds_the_rim(lat in -89.0..=89.0_f64, lon in -180.0..=180.0_f64, radius in 0.1..3000.0_f64, bearing in 0.0..360.0_f64) {
        let centre = point(lat, lon);
        let (phi, angle, theta) = (lat.to_radians(), radius * 0.999_999 / 6371.0088, bearing.to_radians());
        let to_lat = (phi.sin() * angle.cos() + phi.cos() * angle.sin() * theta.cos()).clamp(-1.0, 1.0).asin();
        let step = (theta.sin() * angle.sin() * phi.cos()).atan2(angle.cos() - phi.sin() * to_lat.sin());
        let to_lon = (lon + step.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
        let rim = point(to_lat.to_degrees().clamp(-90.0, 90.0), to_lon.clamp(-180.0, 180.0));
        prop_assert!(Bounds::around(centre, radius).contains(rim), "{centre:?} {radius} {rim:?}");
    }

    #[test]
    fn plain_ranges_say_the_same_as_the_box(west in -180.0..=180.0_f64, east in -180.0..=180.0_f64, lon in prop_oneof![4 => -180.0..=180.0_f64, 1 => Just(180.0), 1 => Just(-180.0)]) {
        let bounds = Bounds::new(west, -10.0, east, 10.0).expect("edges are in range");
        let (first, second) = bounds.lon_ranges();
        let within = |(west, east): (f64, f64)| west <= lon && lon <= east;
        prop_assert_eq!(bounds.contains(point(0.0, lon)), within(first) || second.is_some_and(within));
    }

    #[test]
    fn the_chord_orders_as_the_distance_does(a in anywhere(), b in anywhere(), km in 0.0..20_000.0_f64) {
        let chord: f64 = a.unit_vector().iter().zip(b.unit_vector()).map(|(x, y)| (x - y) * (x - y)).sum();
        let distance = a.distance_km(b);
        // At the antipode the chord is flat: a metre there is under the resolution of a double.
        if (distance - km).abs() > 1.0 {
            prop_assert_eq!(chord <= chord_squared(km), distance <= km);
        }
    }
}
