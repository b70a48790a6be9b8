//! The public log: how fast entries enter it, and how soon one is proven to be in it.

use std::time::{Duration, Instant};

use stipple::app::App;
use stipple::signing::digest::Digest;
use stipple::signing::tlog::offline::OfflineProof;
use stipple::transparency::{self, Leaf, Op, Published};

use crate::demo::{self, Demos};
use crate::table::{Row, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Entries a second that are asked for.
const LEAST: f64 = 5_000.0;
/// The time a proof may take.
const ALLOWED: Duration = Duration::from_millis(1);
/// Entries that are queued in one transaction.
const AT_ONCE: u32 = 10_000;

/// Fills the log of a demo, and proves entries of it at random.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let entries = match (options.quick, options.full) {
        (true, _) => 20_000,
        (_, true) => 1_000_000,
        _ => 200_000,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let dir = demos.of(demo::USUAL)?;
    runtime.block_on(async {
        let app = demo::open(dir).await?;
        let rate = fill(&app, entries).await?;
        let (mut times, size) = prove(&app).await?;
        app.db.close().await;
        let figures = (rate, LEAST);
        let append = Row::at_least("entries enter the public log", figures, "/s", rate / LEAST, 1.0)
            .note(&format!("in batches of 1,000, each synced to disk; {size} entries, SQLite"));
        let half = percentile(&mut times, 50);
        let proof =
            Row::within("an entry is proven to be in the log, p99", percentile(&mut times, 99), ALLOWED)
                .note(&format!("from the database to the file's text; p50 {half:.1?}, a log of {size}"));
        Ok(vec![append, proof])
    })
}

/// Queues that many entries and brings them in; answers how many entered in a second.
async fn fill(app: &App, entries: u32) -> Result<f64> {
    let mut spent = Duration::ZERO;
    for batch in 0..entries.div_ceil(AT_ONCE) {
        let mut tx = app.db.write().await?;
        for at in 0..AT_ONCE {
            let digest = Digest::of_bytes(&[batch.to_be_bytes(), at.to_be_bytes()].concat());
            let leaf = Leaf::new(Op::Certificate, app.ids.uuid(), digest);
            transparency::append(&mut tx, app.ids.uuid(), &leaf, app.clock.now()).await?;
        }
        tx.commit().await?;
        let started = Instant::now();
        match transparency::publish(app).await? {
            Published::Signed(_) => spent += started.elapsed(),
            other => return Err(format!("the log was not signed: {other:?}").into()),
        }
    }
    Ok(f64::from(entries) / spent.as_secs_f64())
}

/// Proves entries at random, each checked; answers the times, and the size of the log.
async fn prove(app: &App) -> Result<(Vec<Duration>, u64)> {
    let key = transparency::signer(app).await?.vkey()?;
    let mut conn = app.db.read().await?;
    let size = transparency::head(&mut conn).await?.size;
    let mut times = Vec::new();
    for _ in 0..1_000 {
        let index = u64::from_be_bytes(app.ids.bytes()) % size;
        let started = Instant::now();
        let proof = transparency::offline_proof(&mut conn, index).await?.ok_or("there is no proof")?;
        let text = proof.to_text();
        times.push(started.elapsed());
        let proof = OfflineProof::parse(&text)?;
        proof.check(proof.extra.as_deref().ok_or("the entry is missing")?, &key)?;
    }
    Ok((times, size))
}
