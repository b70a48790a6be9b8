//! Looking whether the index still says what the database says, a few listings at a time.
//!
//! The feed tells the index every change, so that there should be nothing to find. What there is after all (a
//! server's index that somebody wrote to, a file that went bad unnoticed, a mistake of ours) is put right and counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::config::limits;
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::db;
use crate::practitioners;
use crate::search::{self, Filter, Query, SearchEngine};

/// How far the look around has come.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The group after which it goes on; from the beginning where there is none.
    after: Option<String>,
}

/// What can keep it from looking.
#[derive(Debug)]
pub(super) enum Failed {
    Database(db::Error),
    Engine(search::Error),
}

impl From<db::Error> for Failed {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl From<search::Error> for Failed {
    fn from(error: search::Error) -> Self {
        Self::Engine(error)
    }
}

impl Walk {
    /// Compares the next listings; answers the groups about which index and database differ. `position` is how
    /// far the index has followed: where the database has gone on since, nothing is compared.
    pub(super) async fn step(
        &mut self,
        app: &App,
        engine: &dyn SearchEngine,
        position: i64,
    ) -> Result<Vec<String>, Failed> {
        let sample = limits::INDEX_DRIFT_SAMPLE;
        let names = engine.groups(self.after.clone(), sample).await?;
        let mut conn = app.db.snapshot().await?;
        let after = self.after.clone().unwrap_or_default();
        let most = i64::try_from(sample).unwrap_or(i64::MAX);
        let listed = practitioners::listed_after(&mut conn, &after, most).await?;
        let latest = changes::latest(&mut conn).await?;
        drop(conn);
        // Both lists are in one order; what is beyond the end of the one that is full is compared next time.
        let ends = [
            names.last().filter(|_| names.len() == sample).cloned(),
            listed.last().filter(|_| listed.len() == sample).map(|(number, _)| number.to_string()),
        ];
        let end = ends.into_iter().flatten().min();
        self.after.clone_from(&end);
        if latest != position {
            return Ok(Vec::new());
        }
        let within = |name: &str| end.as_deref().is_none_or(|end| name <= end);
        let there: BTreeSet<String> = names.into_iter().filter(|name| within(name)).collect();
        let should: BTreeMap<String, Ts> = listed
            .into_iter()
            .map(|(number, at)| (number.to_string(), at))
            .filter(|(name, _)| within(name))
            .collect();
        let current = up_to_date(engine, should.iter().filter(|(name, _)| there.contains(*name))).await?;
        let differ = |name: &&String| match should.get(*name) {
            Some(_) => !current.contains(*name),
            None => true,
        };
        let all: BTreeSet<&String> = there.iter().chain(should.keys()).collect();
        Ok(all.into_iter().filter(differ).cloned().collect())
    }
}

/// Those of the listings that the index has as of their last change.
#[expect(clippy::cast_precision_loss, reason = "microseconds of this era are exact")]
async fn up_to_date<'a>(
    engine: &dyn SearchEngine,
    listings: impl Iterator<Item = (&'a String, &'a Ts)>,
) -> Result<BTreeSet<String>, search::Error> {
    let same = |(name, at): (&String, &Ts)| {
        Filter::And(vec![Filter::eq("number", name.as_str()), Filter::eq("updated_at", at.micros() as f64)])
    };
    let each: Vec<Filter> = listings.map(same).collect();
    if each.is_empty() {
        return Ok(BTreeSet::new());
    }
    let query = Query { limit: each.len(), filter: Filter::Or(each), ..Query::default() };
    Ok(engine.search(query).await?.hits.into_iter().map(|hit| hit.group).collect())
}
