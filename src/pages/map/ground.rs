//! What lies beneath the marks: land, borders and the largest towns. It is the same for everybody who looks at the same
//! part of the world, and most look at the surroundings of a few large towns.

use std::sync::{Arc, LazyLock};

use quick_cache::sync::Cache;

use super::outlines::{Drawn, Outlines};
use super::view::View;
use crate::places::Gazetteer;

/// Parts of the world that are kept drawn; each is some thirty kilobytes at most.
const KEPT: usize = 256;
/// Towns that are tried for a name on the map.
const TOWNS: usize = 60;

/// A part of the world as it is drawn.
pub(super) struct Ground {
    pub(super) outlines: Drawn,
    /// The towns with the most people, those first: what they are called and where they are drawn.
    pub(super) towns: Vec<(&'static str, (f64, f64))>,
}

impl Ground {
    /// What a view shows of the world.
    pub(super) fn of(view: View) -> Arc<Self> {
        static DRAWN: LazyLock<Cache<[u64; 3], Arc<Ground>>> = LazyLock::new(|| Cache::new(KEPT));
        let key = [view.west, view.north, view.span].map(f64::to_bits);
        if let Some(kept) = DRAWN.get(&key) {
            return kept;
        }
        let ground = Arc::new(Self::drawn(view));
        DRAWN.insert(key, Arc::clone(&ground));
        ground
    }

    fn drawn(view: View) -> Self {
        let towns = Gazetteer::embedded().largest_within(view.bounds(), TOWNS);
        Self {
            outlines: Outlines::world().draw(view),
            towns: towns.map(|(name, point)| (name, view.project(point))).collect(),
        }
    }
}
