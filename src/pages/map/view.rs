//! What part of the world a map shows: a square in Mercator's projection, in which a degree of longitude is one step both
//! ways. Drawings are [`SIDE`] units wide and high.

use crate::platform::geo::{Bounds, Point};

/// How wide and high a drawing is, in its own units.
pub(super) const SIDE: f64 = 360.0;
/// The northernmost latitude shown; up to it the world is a square.
const FARTHEST_NORTH: f64 = 85.051_128;
/// Nothing narrower is shown, in degrees of longitude: about a kilometre.
const LEAST: f64 = 0.01;
/// How much wider than what it must show a map is.
const ROOM: f64 = 1.2;
/// Kilometres to a degree of longitude at the equator.
const DEGREE_KM: f64 = 111.32;

/// A square part of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    /// The western edge, in degrees; not wrapped.
    pub(super) west: f64,
    /// The northern edge, in steps.
    pub(super) north: f64,
    /// How wide and high, in steps; at most 360.
    pub(super) span: f64,
}

/// How far north of the equator a latitude is drawn, in steps: 180 to -180.
pub(super) fn steps_north(lat: f64) -> f64 {
    let lat = lat.clamp(-FARTHEST_NORTH, FARTHEST_NORTH).to_radians();
    (std::f64::consts::FRAC_PI_4 + lat / 2.0).tan().ln().to_degrees()
}

/// The latitude that is drawn there.
fn latitude(steps: f64) -> f64 {
    (2.0 * steps.to_radians().exp().atan() - std::f64::consts::FRAC_PI_2).to_degrees()
}

/// A longitude as one writes it: from -180 up to 180.
fn wrapped(lon: f64) -> f64 {
    (lon + 180.0).rem_euclid(360.0) - 180.0
}

impl View {
    /// The smallest view that shows a box whole.
    pub(super) fn fitting(bounds: Bounds) -> Self {
        let width = bounds.east - bounds.west + if bounds.west > bounds.east { 360.0 } else { 0.0 };
        let (south, north) = (steps_north(bounds.south), steps_north(bounds.north));
        Self::around(bounds.west + width / 2.0, f64::midpoint(south, north), width.max(north - south))
    }

    /// The same, with room about it.
    pub(super) fn with_room(bounds: Bounds) -> Self {
        Self::fitting(bounds).zoomed(ROOM)
    }

    fn around(lon: f64, north: f64, span: f64) -> Self {
        let span = span.clamp(LEAST, 360.0);
        let reach = 180.0 - span / 2.0;
        let lon = wrapped(lon);
        let north = north.clamp(-reach, reach) + span / 2.0;
        Self { west: lon - span / 2.0, north, span }
    }

    fn middle(self) -> (f64, f64) {
        (self.west + self.span / 2.0, self.north - self.span / 2.0)
    }

    /// So many times as wide, around the same middle.
    pub(super) fn zoomed(self, times: f64) -> Self {
        let (lon, north) = self.middle();
        Self::around(lon, north, self.span * times)
    }

    /// Moved east and north by parts of its width.
    pub(super) fn moved(self, east: f64, north: f64) -> Self {
        let (lon, middle) = self.middle();
        Self::around(lon + east * self.span, middle + north * self.span, self.span)
    }

    /// The box it shows.
    pub(super) fn bounds(self) -> Bounds {
        let (south, north) = (latitude(self.north - self.span), latitude(self.north));
        if self.span >= 360.0 {
            return Bounds { south, north, ..Bounds::WORLD };
        }
        Bounds { west: wrapped(self.west), south, east: wrapped(self.west + self.span), north }
    }

    /// The box as an address has it; the last digit is about ten metres.
    pub(super) fn bbox(self) -> String {
        let Bounds { west, south, east, north } = self.bounds();
        format!("{west:.4},{south:.4},{east:.4},{north:.4}")
    }

    /// Where a point is drawn, in units from the north-western corner; the copy of the world nearest to the middle.
    pub(super) fn project(self, point: Point) -> (f64, f64) {
        let (lon, _) = self.middle();
        let east = wrapped(point.lon - lon) + self.span / 2.0;
        let units = SIDE / self.span;
        (east * units, (self.north - steps_north(point.lat)) * units)
    }

    /// Whether something drawn there is seen.
    pub(super) fn shows((x, y): (f64, f64)) -> bool {
        (0.0..=SIDE).contains(&x) && (0.0..=SIDE).contains(&y)
    }

    /// Kilometres to a unit, in the middle.
    pub(super) fn km_per_unit(self) -> f64 {
        self.km_per_unit_at(latitude(self.middle().1))
    }

    /// The same at a latitude.
    pub(super) fn km_per_unit_at(self, lat: f64) -> f64 {
        let lat = lat.clamp(-FARTHEST_NORTH, FARTHEST_NORTH);
        self.span / SIDE * DEGREE_KM * lat.to_radians().cos()
    }
}

/// The smallest box around points, across the antimeridian where that is smaller.
pub(super) fn around(points: &[Point]) -> Option<Bounds> {
    let extent = |values: &mut dyn Iterator<Item = f64>| {
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    if points.is_empty() {
        return None;
    }
    let (south, north) = extent(&mut points.iter().map(|point| point.lat));
    let (west, east) = extent(&mut points.iter().map(|point| point.lon));
    let (far_west, far_east) = extent(&mut points.iter().map(|point| point.lon.rem_euclid(360.0)));
    if far_east - far_west < east - west {
        let wrap = |lon: f64| if lon > 180.0 { lon - 360.0 } else { lon };
        return Some(Bounds { west: wrap(far_west), south, east: wrap(far_east), north });
    }
    Some(Bounds { west, south, east, north })
}
