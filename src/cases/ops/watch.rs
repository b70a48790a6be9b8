//! What is kept in memory of cases, brought up to date when it is asked, and what time and other rooms do
//! to cases without anybody asking.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use time::Date;
use uuid::Uuid;

use super::end;
use crate::app::App;
use crate::cases::model::{Case, CaseEnd, Facts, Gallery, Gazer, Photo};
use crate::cases::store;
use crate::platform::changes;
use crate::platform::db::{self, Conn};
use crate::platform::id::{Number, NumberKind};
use crate::practitioners::{self, Standing};

/// Rows read at once while memory is filled, and changes followed at once.
const CHUNK: i64 = 500;

/// Every photo's looks, up to what this connection sees.
///
/// # Errors
/// As the database says.
pub async fn gazer(app: &App, conn: &mut Conn) -> db::Result<Arc<Gazer>> {
    let gazer = app.memory.of::<Gazer>();
    loop {
        let known = store::looks_after(conn, gazer.seq(), CHUNK).await?;
        if known.is_empty() {
            return Ok(gazer);
        }
        gazer.learn(known);
    }
}

/// Every case that is shown, up to what this connection sees.
///
/// # Errors
/// As the database says.
pub async fn gallery(app: &App, conn: &mut Conn) -> db::Result<Arc<Gallery>> {
    let gallery = app.memory.of::<Gallery>();
    if gallery.seq().is_none() {
        fill(app, conn, &gallery).await?;
    }
    loop {
        let Some(seq) = gallery.seq() else { return Ok(gallery) };
        let changed = changes::after(conn, seq, CHUNK).await?;
        let Some(last) = changed.last().map(|change| change.seq) else { return Ok(gallery) };
        let (mut cases, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for change in &changed {
            match change.subject.split_once('/') {
                Some(("cases", id)) => cases.extend(Uuid::try_parse(id)),
                Some(("practitioners", number)) => numbers.extend(Number::parse(number, NumberKind::Listing)),
                _ => {}
            }
        }
        // A listing that changed may have been removed, or merged, or be back.
        for number in numbers {
            cases.extend(store::ids_of_listing(conn, number).await?);
        }
        let ids: Vec<Uuid> = cases.into_iter().collect();
        let changed = store::cases(conn, &ids).await?;
        let shown = facts(app, conn, changed).await?;
        gallery.follow(Some(seq), last, &ids, shown);
    }
}

async fn fill(app: &App, conn: &mut Conn, gallery: &Gallery) -> db::Result<()> {
    // The feed first: what changes while the rest is read is followed afterwards.
    let seq = changes::latest(conn).await?;
    let (mut last, mut all) = (Uuid::nil(), Vec::new());
    loop {
        let cases = store::published_after(conn, last, CHUNK).await?;
        let Some(end) = cases.last() else { break };
        last = end.id;
        all.extend(facts(app, conn, cases).await?);
    }
    gallery.follow(None, seq, &[], all);
    Ok(())
}

/// What is shown of these cases, of listings that are listed.
async fn facts(app: &App, conn: &mut Conn, cases: Vec<Case>) -> db::Result<Vec<Facts>> {
    let today = app.clock.today();
    let ids: Vec<Uuid> = cases.iter().map(|case| case.id).collect();
    let photos = store::photos(conn, &ids).await?;
    let numbers: BTreeSet<Number> = cases.iter().map(|case| case.listing).collect();
    let numbers: Vec<Number> = numbers.into_iter().collect();
    let listed = practitioners::listed_among(conn, &numbers).await?;
    let shown = cases.iter().filter(|case| listed.contains(&case.listing));
    Ok(shown
        .filter_map(|case| {
            let own = |photo: &&Photo| photo.case == case.id && !photo.held;
            Facts::of(case, photos.iter().filter(own).map(|photo| photo.facts.stage), today)
        })
        .collect())
}

/// How far the sweeps of this process have come: the day of the last whole one, and the place in the change feed.
#[derive(Debug, Default)]
struct Swept(Mutex<Option<(Date, i64)>>);

/// Ends cases whose consent has run out or whose listing was removed, hands those of merged listings on,
/// and drops from memory the photos that other processes deleted. A timer calls it. Everything is looked at
/// once a day, for a consent ends with one; in between, what the change feed names.
///
/// # Errors
/// As the database says.
pub async fn sweep(app: &App) -> db::Result<()> {
    let swept = app.memory.of::<Swept>();
    let before = *swept.0.lock().unwrap_or_else(PoisonError::into_inner);
    let today = app.clock.today();
    let (seq, done) = match before {
        Some((day, seq)) if day == today => sweep_changed(app, seq).await?,
        _ => {
            let seq = changes::latest(&mut app.db.read().await?).await?;
            let done = sweep_consents(app).await? & sweep_listings(app).await?;
            forget_deleted(app).await?;
            (seq, done)
        }
    };
    // What could not be ended is met again by a whole sweep.
    *swept.0.lock().unwrap_or_else(PoisonError::into_inner) = done.then_some((today, seq));
    Ok(())
}

/// Sweeps what changed after a place in the feed; answers the new place, and whether all could be done.
async fn sweep_changed(app: &App, mut seq: i64) -> db::Result<(i64, bool)> {
    let (mut numbers, mut cases) = (BTreeSet::new(), false);
    {
        let mut conn = app.db.read().await?;
        loop {
            let changed = changes::after(&mut conn, seq, CHUNK).await?;
            let Some(last) = changed.last() else { break };
            seq = last.seq;
            for change in &changed {
                match change.subject.split_once('/') {
                    Some(("cases", _)) => cases = true,
                    Some(("practitioners", number)) => {
                        numbers.extend(Number::parse(number, NumberKind::Listing));
                    }
                    _ => {}
                }
            }
        }
    }
    if cases {
        forget_deleted(app).await?;
    }
    let numbers: Vec<Number> = numbers.into_iter().collect();
    Ok((seq, sweep_those(app, &numbers).await?))
}

/// Drops from memory the photos that are no longer kept.
async fn forget_deleted(app: &App) -> db::Result<()> {
    let mut conn = app.db.read().await?;
    let gazer = gazer(app, &mut conn).await?;
    let kept: HashSet<Uuid> = store::photo_ids(&mut conn).await?.into_iter().collect();
    gazer.keep_only(&kept);
    Ok(())
}

async fn sweep_consents(app: &App) -> db::Result<bool> {
    let (mut last, mut done) = (Uuid::nil(), true);
    loop {
        let now = app.clock.now();
        let cases = {
            let mut conn = app.db.read().await?;
            store::live_after(&mut conn, last, CHUNK).await?
        };
        let Some(end_of) = cases.last() else { return Ok(done) };
        last = end_of.id;
        let over = |case: &&Case| case.grounds().is_some_and(|grounds| grounds.are_over(now.date()));
        for case in cases.iter().filter(over) {
            done &= finish(app, case.id, CaseEnd::ConsentExpired).await?;
        }
    }
}

async fn sweep_listings(app: &App) -> db::Result<bool> {
    let (mut last, mut done) = (String::new(), true);
    loop {
        let numbers = {
            let mut conn = app.db.read().await?;
            store::listings_after(&mut conn, &last, CHUNK).await?
        };
        let Some(end_of) = numbers.last() else { return Ok(done) };
        last = end_of.to_string();
        done &= sweep_those(app, &numbers).await?;
    }
}

/// Ends the cases of those listings that are removed, and hands on those of merged ones; answers whether all
/// could be done.
async fn sweep_those(app: &App, numbers: &[Number]) -> db::Result<bool> {
    let mut done = true;
    for numbers in numbers.chunks(usize::try_from(CHUNK).unwrap_or(1)) {
        let mut conn = app.db.read().await?;
        let listed = practitioners::listed_among(&mut conn, numbers).await?;
        for number in numbers.iter().filter(|number| !listed.contains(number)) {
            let standing = practitioners::standing(&mut conn, *number).await?;
            let cases = store::ids_of_listing(&mut conn, *number).await?;
            match standing {
                Some(Standing::Merged { into, .. }) if !cases.is_empty() => {
                    done &= hand_on(app, &cases, into).await?;
                }
                Some(Standing::Removed { .. }) => {
                    for case in cases {
                        done &= finish(app, case, CaseEnd::ListingRemoved).await?;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(done)
}

/// Ends a case in a transaction of its own, if the reason still holds there; answers whether nothing is left to do.
async fn finish(app: &App, id: Uuid, reason: CaseEnd) -> db::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let Some(case) = store::case(&mut tx, id).await? else { return Ok(true) };
    let over = case.grounds().is_some_and(|grounds| grounds.are_over(now.date()));
    if reason == CaseEnd::ConsentExpired && !over {
        return Ok(true);
    }
    if let Err(error) = end(&mut tx, app, &case, reason, now).await {
        tracing::warn!(%error, case.id = %id, "a case could not be ended; the next sweep tries again");
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

/// Hands the cases of a merged listing to the one that answers for it; answers whether that one is listed.
async fn hand_on(app: &App, cases: &[Uuid], into: Number) -> db::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let Some(Standing::Listed { id, .. }) = practitioners::standing(&mut tx, into).await? else {
        return Ok(false);
    };
    practitioners::touched(&mut tx, id, now).await?;
    for case in cases {
        store::move_case(&mut tx, *case, id, into, now).await?;
        changes::append(&mut tx, &format!("cases/{case}"), now).await?;
    }
    tx.commit().await?;
    Ok(true)
}
