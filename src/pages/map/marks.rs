//! The results as marks on a map: those too near to be told apart stand together in one.

use super::view::{SIDE, View, around};
use crate::pages::card::Found;
use crate::places::{Gazetteer, Place};
use crate::platform::geo::Point;

/// Marks nearer than this to each other are one, in units; a mark is not quite as wide.
const APART: f64 = 36.0;
/// How far from the middle of a mark its label begins.
const BESIDE: f64 = 5.0;
/// How high a line of text is, and about how wide a letter, in units.
const LINE: f64 = 15.0;
const LETTER: f64 = 7.2;
/// Names of places on a map, at most, and how many are tried.
const NAMES: usize = 14;
const NAMES_TRIED: usize = 60;

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
        let is_near = |mark: &&mut Mark| (mark.at.0 - drawn.0).hypot(mark.at.1 - drawn.1) < APART;
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
    pub(super) place: Place,
    /// Where the place is.
    pub(super) at: (f64, f64),
    /// Whether its name stands to the left of it.
    pub(super) is_left: bool,
}

/// A box in units: west, north, east, south.
type Taken = [f64; 4];

/// The largest places that are seen, whose names cover neither each other nor a mark.
pub(super) fn names(view: View, marks: &[Mark]) -> Vec<Name> {
    let half = APART / 2.0;
    let mut taken: Vec<Taken> = marks
        .iter()
        .map(|mark| [mark.at.0 - half, mark.at.1 - half, mark.at.0 + half, mark.at.1 + half])
        .collect();
    let mut names: Vec<Name> = Vec::new();
    for place in Gazetteer::embedded().largest_within(view.bounds(), NAMES_TRIED) {
        let at = view.project(place.point);
        #[expect(clippy::cast_precision_loss, reason = "a name has a few letters")]
        let wide = place.name.chars().count() as f64 * LETTER + BESIDE;
        let is_left = at.0 + wide > SIDE;
        let west = if is_left { at.0 - wide } else { at.0 - BESIDE };
        let own = [west, at.1 - LINE / 2.0, west + wide + BESIDE, at.1 + LINE / 2.0];
        let is_seen = View::shows(at) && own[0] >= 0.0 && own[1] >= 0.0 && own[3] <= SIDE;
        if is_seen && !taken.iter().any(|other| overlaps(&own, other)) {
            taken.push(own);
            names.push(Name { place, at, is_left });
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
