//! Coasts and borders of the world, shipped with the binary: read once, cut to what a map shows.
//!
//! `outlines/world.bin` is made by `scripts/build-outlines.mjs`, which says how it is laid out, from Natural Earth (public
//! domain).

use std::fmt::Write;
use std::sync::OnceLock;

use super::view::{SIDE, View, steps_north};

const FILE: &[u8] = include_bytes!("../outlines/world.bin");
const MAGIC: &[u8] = b"STOUTL1\n";
/// How far beyond the edge things are drawn, so that no cut is seen, in units of the drawing.
const MARGIN: f64 = 10.0;
/// Points nearer than this to the last one are left out, in units.
const STEP: f64 = 1.2;
/// Land smaller than this both ways is left out, in units.
const SPECK: f64 = 0.8;

/// Points that are passed over together where all of them lie beyond the same edge.
const STRETCH: usize = 64;

/// The least and the greatest values of both axes.
#[derive(Clone, Copy)]
struct Extent {
    low: [f32; 2],
    high: [f32; 2],
}

/// A line in degrees of longitude and steps of latitude, the box around it, and those around every [`STRETCH`] points.
struct Line {
    points: Vec<[f32; 2]>,
    whole: Extent,
    stretches: Vec<Extent>,
}

/// The outlines of the world.
pub(super) struct Outlines {
    land: Vec<Line>,
    borders: Vec<Line>,
}

/// What a map draws of them: the data of two paths, in tenths of a unit.
pub(super) struct Drawn {
    pub(super) land: String,
    pub(super) borders: String,
}

impl Extent {
    fn of(points: &[[f32; 2]]) -> Self {
        let fold = |start: f32, of: fn(f32, f32) -> f32| {
            [0, 1].map(|axis| points.iter().fold(start, |kept, point| of(kept, point[axis])))
        };
        Self { low: fold(f32::INFINITY, f32::min), high: fold(f32::NEG_INFINITY, f32::max) }
    }
}

impl Line {
    fn new(points: Vec<[f32; 2]>) -> Self {
        let (whole, stretches) = (Extent::of(&points), points.chunks(STRETCH).map(Extent::of).collect());
        Self { points, whole, stretches }
    }
}

/// Reads the numbers of the file, one after another.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for shift in (0..32).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let folded = i64::try_from(self.number()?).ok()?;
        Some(if folded % 2 == 0 { folded / 2 } else { -(folded / 2) - 1 })
    }

    fn float(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(f64::from_le_bytes(*bytes))
    }
}

impl Outlines {
    /// The outlines that are part of the binary, read when they are first asked for.
    pub(super) fn world() -> &'static Self {
        static READ: OnceLock<Outlines> = OnceLock::new();
        READ.get_or_init(|| Self::read(FILE).expect("the tests draw the embedded outlines"))
    }

    fn read(file: &[u8]) -> Option<Self> {
        let mut reader = Reader(file.strip_prefix(MAGIC)?);
        let grid = [reader.float()?, reader.float()?, reader.float()?, reader.float()?];
        let mut arcs = Vec::new();
        for _ in 0..reader.number()? {
            arcs.push(arc(&mut reader, grid)?);
        }
        let mut land = Vec::new();
        for _ in 0..reader.number()? {
            land.push(Line::new(closed(unrolled(ring(&mut reader, &arcs)?))));
        }
        let mut borders = Vec::new();
        for _ in 0..reader.number()? {
            borders.push(Line::new(unrolled(arcs.get(reader.number()?)?.clone())));
        }
        reader.0.is_empty().then_some(Self { land, borders })
    }

    /// What is seen of them.
    pub(super) fn draw(&self, view: View) -> Drawn {
        let mut drawn = Drawn { land: String::new(), borders: String::new() };
        for copy in [-360.0, 0.0, 360.0] {
            // A view may reach over either side of the world.
            let frame = Frame::new(view, copy);
            for line in self.land.iter().filter(|line| frame.touches(line) && !frame.is_speck(line)) {
                let points = cut(frame.project(line));
                write_path(&mut drawn.land, &points, true);
            }
            for line in self.borders.iter().filter(|line| frame.touches(line)) {
                let points = frame.project(line);
                for run in runs(&points) {
                    write_path(&mut drawn.borders, run, false);
                }
            }
        }
        drawn
    }
}

fn arc(reader: &mut Reader<'_>, [west, south, wide, high]: [f64; 4]) -> Option<Vec<[f32; 2]>> {
    let (mut x, mut y) = (0_i64, 0_i64);
    let mut points = Vec::new();
    for _ in 0..reader.number()? {
        x += reader.signed()?;
        y += reader.signed()?;
        #[expect(clippy::cast_precision_loss, reason = "a grid of a hundred thousand steps")]
        let (lon, lat) = (west + x as f64 * wide, south + y as f64 * high);
        #[expect(clippy::cast_possible_truncation, reason = "a metre or two is less than is drawn")]
        points.push([lon as f32, steps_north(lat) as f32]);
    }
    Some(points)
}

fn ring(reader: &mut Reader<'_>, arcs: &[Vec<[f32; 2]>]) -> Option<Vec<[f32; 2]>> {
    let mut points: Vec<[f32; 2]> = Vec::new();
    for _ in 0..reader.number()? {
        let index = reader.signed()?;
        let arc = arcs.get(usize::try_from(if index < 0 { -1 - index } else { index }).ok()?)?;
        // Where one ends the next begins.
        points.pop();
        if index < 0 {
            points.extend(arc.iter().rev());
        } else {
            points.extend(arc);
        }
    }
    Some(points)
}

/// A line that crosses the antimeridian without a jump: it goes on beyond the side of the world.
fn unrolled(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let mut shift = 0.0;
    for at in 1..points.len() {
        let step = points[at][0] + shift - points[at - 1][0];
        if step.abs() > 180.0 {
            shift -= 360.0 * step.signum();
        }
        points[at][0] += shift;
    }
    let (west, east) = points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(west, east), point| {
        (west.min(point[0]), east.max(point[0]))
    });
    // Its middle lies in the world, whichever side it began on.
    let home = 360.0 * (f32::midpoint(west, east) / 360.0).round();
    for point in &mut points {
        point[0] -= home;
    }
    points
}

/// A ring that ends where it began; one that goes around the world holds the south pole, and is closed beneath it.
fn closed(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    if let (Some(first), Some(last)) = (points.first().copied(), points.last().copied())
        && (first[0] - last[0]).abs() > 180.0
    {
        points.extend([[last[0], -180.0], [first[0], -180.0]]);
    }
    points
}

/// A view upon one copy of the world.
struct Frame {
    view: View,
    copy: f64,
}

impl Frame {
    const fn new(view: View, copy: f64) -> Self {
        Self { view, copy }
    }

    /// Whether a ring is too small to be seen.
    fn is_speck(&self, line: &Line) -> bool {
        let units = SIDE / self.view.span;
        [0, 1].iter().all(|axis| f64::from(line.whole.high[*axis] - line.whole.low[*axis]) * units < SPECK)
    }

    /// Where a point is drawn.
    fn place(&self, point: [f32; 2]) -> [f64; 2] {
        let units = SIDE / self.view.span;
        let x = (f64::from(point[0]) + self.copy - self.view.west) * units;
        [x, (self.view.north - f64::from(point[1])) * units]
    }

    /// The edges beyond which everything in a box lies.
    fn edges_beyond(&self, extent: &Extent) -> u8 {
        edges_beyond(self.place(extent.low)) & edges_beyond(self.place(extent.high))
    }

    fn touches(&self, line: &Line) -> bool {
        self.edges_beyond(&line.whole) == 0
    }

    /// Points in units of the drawing, without those that cannot be told from the one before, and those that lie beyond
    /// the same edge as both their neighbours: a coast that goes around half the world is seen for a few miles.
    fn project(&self, line: &Line) -> Vec<[f64; 2]> {
        let mut drawn = Trace::default();
        for (stretch, points) in line.stretches.iter().zip(line.points.chunks(STRETCH)) {
            if self.edges_beyond(stretch) == 0 {
                for point in points {
                    drawn.go_to(self.place(*point), false);
                }
            } else {
                drawn.go_to(self.place(points[0]), true);
                drawn.go_to(self.place(points[points.len() - 1]), true);
            }
        }
        if let Some(end) = line.points.last() {
            drawn.go_to(self.place(*end), true);
        }
        drawn.points
    }
}

/// A line as it is drawn.
#[derive(Default)]
struct Trace {
    points: Vec<[f64; 2]>,
    /// The edges beyond which the last two points lie.
    before: u8,
    last: u8,
}

impl Trace {
    /// Goes on to a point, if it can be told from the last one or must be there.
    fn go_to(&mut self, point: [f64; 2], must: bool) {
        let is_new = |last: &[f64; 2]| (point[0] - last[0]).abs() + (point[1] - last[1]).abs() >= STEP;
        if !must && !self.points.last().is_none_or(is_new) {
            return;
        }
        let beyond = edges_beyond(point);
        if self.before & self.last & beyond == 0 {
            self.before = self.last;
        } else {
            self.points.pop();
        }
        self.last = beyond;
        self.points.push(point);
    }
}

/// The edges of the drawing that a point lies beyond, a bit for each.
fn edges_beyond([x, y]: [f64; 2]) -> u8 {
    let edges = [x < -MARGIN, x > SIDE + MARGIN, y < -MARGIN, y > SIDE + MARGIN];
    edges.into_iter().fold(0, |bits, is_beyond| bits << 1 | u8::from(is_beyond))
}

/// A ring cut at the edges of the drawing, one after another (Sutherland and Hodgman).
fn cut(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let near = -MARGIN..=SIDE + MARGIN;
    if ring.iter().flatten().all(|value| near.contains(value)) {
        return ring;
    }
    for axis in [0, 1] {
        for (edge, is_low) in [(-MARGIN, true), (SIDE + MARGIN, false)] {
            ring = cut_at(&ring, axis, edge, is_low);
        }
    }
    ring
}

fn cut_at(ring: &[[f64; 2]], axis: usize, edge: f64, is_low: bool) -> Vec<[f64; 2]> {
    let is_inside = |point: &[f64; 2]| (point[axis] >= edge) == is_low || (point[axis] - edge).abs() < 1e-9;
    let mut kept = Vec::with_capacity(ring.len());
    for (at, point) in ring.iter().enumerate() {
        let before = &ring[if at == 0 { ring.len() - 1 } else { at - 1 }];
        if is_inside(point) != is_inside(before) {
            let part = (edge - before[axis]) / (point[axis] - before[axis]);
            let mut crossing = [0.0, 0.0];
            crossing[axis] = edge;
            crossing[1 - axis] = before[1 - axis] + part * (point[1 - axis] - before[1 - axis]);
            kept.push(crossing);
        }
        if is_inside(point) {
            kept.push(*point);
        }
    }
    kept
}

/// Whether a stretch may be seen: the box around it touches the drawing.
fn is_seen(from: [f64; 2], to: [f64; 2]) -> bool {
    let touches = |a: f64, b: f64| a.min(b) <= SIDE + MARGIN && a.max(b) >= -MARGIN;
    touches(from[0], to[0]) && touches(from[1], to[1])
}

/// The parts of a line whose stretches are seen.
fn runs(points: &[[f64; 2]]) -> Vec<&[[f64; 2]]> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, pair) in points.windows(2).enumerate() {
        match (is_seen(pair[0], pair[1]), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                runs.push(&points[from..=at]);
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|from| &points[from..]));
    runs
}

/// A line as the data of a path, in whole tenths of a unit.
fn write_path(out: &mut String, points: &[[f64; 2]], is_ring: bool) {
    if points.len() < if is_ring { 3 } else { 2 } {
        return;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the drawing and its margin")]
    let whole = |point: &[f64; 2]| point.map(|value| (value * 10.0).round() as i64);
    let points: Vec<[i64; 2]> = points.iter().map(whole).collect();
    let moves = points.windows(2).map(|pair| [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
    let moves: Vec<[i64; 2]> = moves.filter(|way| *way != [0, 0]).collect();
    if moves.is_empty() {
        return;
    }
    let mut write = |text: std::fmt::Arguments<'_>| out.write_fmt(text).expect("a text takes more text");
    write(format_args!("M{} {}l", points[0][0], points[0][1]));
    for (at, step) in moves.iter().flatten().enumerate() {
        // A minus parts numbers as well as a space does.
        let part = if at > 0 && *step >= 0 { " " } else { "" };
        write(format_args!("{part}{step}"));
    }
    if is_ring {
        write(format_args!("z"));
    }
}
