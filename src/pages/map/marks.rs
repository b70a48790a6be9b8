//! The results as marks on a map: those too near to be told apart stand together in one.

use super::view::{SIDE, View, around};
use crate::pages::card::Found;
use crate::platform::geo::Point;

/// A box in units: west, north, east, south.
type Taken = [f64; 4];

/// Marks nearer than this to each other both ways are one, in units; a mark is not quite as wide.
const APART: f64 = 36.0;
/// How far from the middle of a mark its label begins.
const BESIDE: f64 = 5.0;
/// How high a line of text is, and about how wide a letter, in units.
const LINE: f64 = 15.0;
const LETTER: f64 = 7.8;
/// Where the scale stands: west, north, east, south.
const SCALE: Taken = [0.0, SIDE - 36.0, 140.0, SIDE];
/// Names of places on a map, at most.
const NAMES: usize = 14;

/// A mark: where it is drawn, and whose, as places in the list from 0.
pub(super) struct Mark {
    pub(super) at: (f64, f64),
    pub(super) whose: Vec<usize>,
    points: Vec<Point>,
}

impl Mark {
    /// The view that takes it apart; `None` where no map can.
    pub(super) fn apart(&self, view: View) -> Option<View> {
        let closer = View::with_room(around(&self.points)?);
        (closer.span < view.span * 0.8).then_some(closer)
    }
}

/// The results as marks, in the order of the list.
pub(super) fn marks(items: &[Found], view: View) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (at, found) in items.iter().enumerate() {
        let Some(point) = found.clinic().and_then(|clinic| clinic.point) else { continue };
        let drawn = view.project(point);
        if !View::shows(drawn) {
            continue;
        }
        let is_near =
            |mark: &&mut Mark| (mark.at.0 - drawn.0).abs() < APART && (mark.at.1 - drawn.1).abs() < APART;
        match marks.iter_mut().find(is_near) {
            Some(mark) => {
                mark.whose.push(at);
                mark.points.push(point);
            }
            None => marks.push(Mark { at: drawn, whose: vec![at], points: vec![point] }),
        }
    }
    marks
}

/// The name of a place as it is written on the map.
pub(super) struct Name {
    pub(super) text: &'static str,
    /// Where the place is; nothing where a mark stands upon it.
    pub(super) dot: Option<(f64, f64)>,
    /// Where its name is written: the middle of its line, and the end that stands there.
    pub(super) at: (f64, f64),
    pub(super) anchor: &'static str,
}

/// The largest towns that are seen, whose names cover neither each other nor a mark.
pub(super) fn names(towns: &[(&'static str, (f64, f64))], marks: &[Mark]) -> Vec<Name> {
    let half = APART / 2.0;
    let around = |mark: &Mark| [mark.at.0 - half, mark.at.1 - half, mark.at.0 + half, mark.at.1 + half];
    let mut taken: Vec<Taken> = marks.iter().map(around).chain([SCALE]).collect();
    let mut names: Vec<Name> = Vec::new();
    for &(name, at) in towns {
        #[expect(clippy::cast_precision_loss, reason = "a name has a few letters")]
        let wide = name.chars().count() as f64 * LETTER;
        let beneath = marks.iter().map(around).find(|mark| overlaps(&[at.0, at.1, at.0, at.1], mark));
        let written = if let Some([west, _, east, south]) = beneath {
            vec![(f64::midpoint(west, east), south + LINE / 2.0, "middle")]
        } else {
            vec![(at.0 + BESIDE, at.1, "start"), (at.0 - BESIDE, at.1, "end")]
        };
        let free = written.into_iter().find_map(|(x, y, anchor)| {
            let west = match anchor {
                "start" => x - BESIDE,
                "end" => x - wide,
                _ => x - wide / 2.0,
            };
            let own = [west, y - LINE / 2.0, west + wide + BESIDE, y + LINE / 2.0];
            let is_seen = View::shows((own[0], own[1])) && View::shows((own[2], own[3]));
            (is_seen && !taken.iter().any(|other| overlaps(&own, other))).then_some((own, (x, y), anchor))
        });
        if let Some((own, written, anchor)) = free.filter(|_| View::shows(at)) {
            taken.push(own);
            names.push(Name { text: name, dot: beneath.is_none().then_some(at), at: written, anchor });
        }
        if names.len() == NAMES {
            break;
        }
    }
    names
}

fn overlaps(one: &Taken, other: &Taken) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}
