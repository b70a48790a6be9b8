//! Points, distances and boxes on the globe.
//!
//! Latitudes and longitudes are degrees on WGS 84, distances are kilometres along a sphere of the
//! mean Earth radius. The error against the ellipsoid stays under 0.6 per cent, which is less than
//! what "25 km from Leeds" means to anybody. Pure arithmetic: no I/O, no tables.

use serde::{Deserialize, Serialize};

/// The mean radius of the Earth (IUGG R1), in kilometres.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Half of the Earth's circumference: no two points are farther apart, in kilometres.
pub const FARTHEST_KM: f64 = EARTH_RADIUS_KM * std::f64::consts::PI;

/// Widens a computed box, in degrees, so that rounding can never drop a point that lies exactly on
/// the circle. About a tenth of a millimetre.
const BOX_SLACK_DEG: f64 = 1e-9;

/// A point on the globe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, poem_openapi::Object)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Point {
    /// Degrees north of the equator, -90 to 90.
    #[oai(validator(minimum(value = "-90"), maximum(value = "90")))]
    pub lat: f64,
    /// Degrees east of Greenwich, -180 to 180.
    #[oai(validator(minimum(value = "-180"), maximum(value = "180")))]
    pub lon: f64,
}

impl Point {
    /// A point, or `None` where a coordinate is not a number or lies outside its range.
    #[must_use]
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let point = Self { lat, lon };
        point.is_valid().then_some(point)
    }

    /// Whether both coordinates are finite and in range.
    #[must_use]
    pub fn is_valid(self) -> bool {
        (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lon)
    }

    /// The great-circle distance to `other`, in kilometres (haversine).
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((b - a) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + a.cos() * b.cos() * half_lon * half_lon;
        // For nearly opposite points rounding can push `h` past 1, where asin is not a number.
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }

    /// This point as a unit vector from the centre of the Earth. The straight chord between two
    /// such vectors grows with the distance between the points, which makes it a cheap sort key:
    /// three multiplications, and no trouble at the antimeridian or the poles.
    #[must_use]
    pub fn unit_vector(self) -> [f64; 3] {
        let (lat, lon) = (self.lat.to_radians(), self.lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    }
}

/// The square of the straight chord, on the unit sphere, that spans `km` along the surface: the
/// limit to compare squared distances of [`Point::unit_vector`]s with.
#[must_use]
pub fn chord_squared(km: f64) -> f64 {
    let half = (km.clamp(0.0, FARTHEST_KM) / EARTH_RADIUS_KM / 2.0).sin();
    4.0 * half * half
}

/// A box of latitudes and longitudes, edges included. Where `west` is greater than `east` the box
/// crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The western edge, degrees.
    pub west: f64,
    /// The southern edge, degrees; never north of `north`.
    pub south: f64,
    /// The eastern edge, degrees.
    pub east: f64,
    /// The northern edge, degrees.
    pub north: f64,
}

impl Bounds {
    /// The whole globe.
    pub const WORLD: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// A box from its edges, or `None` where an edge is not a coordinate or south is above north.
    #[must_use]
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Option<Self> {
        let edges = Point::new(south, west).zip(Point::new(north, east));
        (edges.is_some() && south <= north).then_some(Self { west, south, east, north })
    }

    /// The box written as `west,south,east,north` in degrees, the order of `GeoJSON` (RFC 7946
    /// section 5).
    ///
    /// # Errors
    /// A sentence for the caller that says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut edges = [0.0_f64; 4];
        let mut parts = text.split(',');
        for edge in &mut edges {
            let part = parts.next().map(str::trim);
            *edge = part
                .and_then(|part| part.parse().ok())
                .filter(|edge: &f64| edge.is_finite())
                .ok_or_else(|| format!("`{text}` is not four numbers: write west,south,east,north in degrees, such as -3.1,53.2,-1.9,53.9"))?;
        }
        if parts.next().is_some() {
            return Err(format!(
                "`{text}` has more than four numbers: write west,south,east,north in degrees"
            ));
        }
        let [west, south, east, north] = edges;
        if south > north {
            return Err(format!(
                "south ({south}) is above north ({north}): the order is west,south,east,north"
            ));
        }
        Self::new(west, south, east, north).ok_or_else(|| {
            format!("`{text}` leaves the globe: longitudes run from -180 to 180, latitudes from -90 to 90")
        })
    }

    /// The smallest box that holds every point within `radius_km` of `centre`. A circle that
    /// touches a pole takes in every longitude.
    #[must_use]
    pub fn around(centre: Point, radius_km: f64) -> Self {
        let angle = radius_km.clamp(0.0, FARTHEST_KM) / EARTH_RADIUS_KM;
        let reach = angle.to_degrees() + BOX_SLACK_DEG;
        let (south, north) = (centre.lat - reach, centre.lat + reach);
        if south <= -90.0 || north >= 90.0 {
            return Self { south: south.max(-90.0), north: north.min(90.0), ..Self::WORLD };
        }
        // The meridians that touch the circle do so north of its centre (south of it, below the
        // equator), so the half width is more than the radius over the cosine of the latitude.
        let half_width =
            (angle.sin() / centre.lat.to_radians().cos()).min(1.0).asin().to_degrees() + BOX_SLACK_DEG;
        if half_width >= 180.0 {
            return Self { south, north, ..Self::WORLD };
        }
        Self { west: wrap(centre.lon - half_width), south, east: wrap(centre.lon + half_width), north }
    }

    /// Whether the box crosses the antimeridian.
    #[must_use]
    pub fn crosses_antimeridian(self) -> bool {
        self.west > self.east
    }

    /// Whether `point` lies in the box or on its edge.
    #[must_use]
    pub fn contains(self, point: Point) -> bool {
        let in_lon = if self.crosses_antimeridian() {
            point.lon >= self.west || point.lon <= self.east
        } else {
            (self.west..=self.east).contains(&point.lon)
        };
        // The two names of the antimeridian are one line.
        let on_the_line = point.lon.abs() >= 180.0 && (self.west <= -180.0 || self.east >= 180.0);
        (in_lon || on_the_line) && (self.south..=self.north).contains(&point.lat)
    }

    /// The longitudes as one or two plain ranges `(west, east)` with west ≤ east, which is what an
    /// index that knows only numbers can be asked for.
    #[must_use]
    pub fn lon_ranges(self) -> ((f64, f64), Option<(f64, f64)>) {
        if self.crosses_antimeridian() {
            return ((self.west, 180.0), Some((-180.0, self.east)));
        }
        // A box that ends on the antimeridian also holds what is written on its other side.
        let other = match (self.west <= -180.0, self.east >= 180.0) {
            (true, false) => Some((180.0, 180.0)),
            (false, true) => Some((-180.0, -180.0)),
            _ => None,
        };
        ((self.west, self.east), other)
    }
}

/// Brings a longitude that overshot by less than a turn back into -180 to 180.
fn wrap(lon: f64) -> f64 {
    if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    }
}
