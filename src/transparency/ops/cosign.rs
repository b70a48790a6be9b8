//! Having checkpoints cosigned: the newest one goes to every witness that is configured, and its cosignature is served with
//! it. A witness that has seen a larger tree knows more than this database: then nothing is signed any more.

use std::sync::atomic::Ordering;

use super::read::consistency_of;
use super::{Notary, signer};
use crate::app::App;
use crate::platform::problem::Error;
use crate::signing::tlog::note::{KeyKind, Note, NoteKey};
use crate::signing::tlog::witness::AddCheckpoint;
use crate::transparency::store;

/// The longest answer of a witness, in bytes.
const ANSWER_BYTES: usize = 16 * 1024;

/// Asks every witness that has not cosigned the newest checkpoint yet. One that does not answer is asked again next time.
///
/// # Errors
/// As the database says.
pub async fn cosign(app: &App) -> Result<(), Error> {
    let witnesses = witnesses(app)?;
    if witnesses.is_empty() {
        return Ok(());
    }
    signer(app).await?;
    for witness in witnesses {
        if let Err(why) = one(app, &witness, false).await? {
            tracing::warn!(witness = witness.key.name(), why, "a witness did not cosign");
        }
    }
    Ok(())
}

/// Asks every witness, once in the life of a process and before it signs anything, what it has seen: where database and
/// data directory were both put back from a backup, nobody else knows that something is missing. One that does not
/// answer is not waited for.
pub(super) async fn ask_first(app: &App) -> Result<(), Error> {
    let asked = &app.memory.of::<Notary>().asked;
    if asked.load(Ordering::Acquire) {
        return Ok(());
    }
    for witness in witnesses(app)? {
        if let Err(why) = one(app, &witness, true).await? {
            tracing::warn!(witness = witness.key.name(), why, "a witness did not say what it has seen");
        }
    }
    asked.store(true, Ordering::Release);
    Ok(())
}

/// The names of the witnesses that are configured.
pub(super) fn names(app: &App) -> Result<Vec<String>, Error> {
    Ok(witnesses(app)?.iter().map(|witness| witness.key.name().to_owned()).collect())
}

/// A witness, and where it is.
struct WitnessAt {
    url: String,
    key: NoteKey,
}

fn witnesses(app: &App) -> Result<Vec<WitnessAt>, Error> {
    let parts = app.config.transparency.parts().map_err(Error::internal)?;
    let read = |(url, key): (&str, &str)| match NoteKey::parse(key) {
        Ok(parsed) if parsed.kind() == KeyKind::Cosignature => {
            Ok(WitnessAt { url: url.to_owned(), key: parsed })
        }
        _ => Err(Error::internal(format!("transparency.witnesses: `{key}` is no witness's key"))),
    };
    parts.into_iter().map(read).collect()
}

/// One witness; the inner error is its. `again` asks one that has cosigned the newest checkpoint, too.
async fn one(app: &App, witness: &WitnessAt, again: bool) -> Result<Result<(), String>, Error> {
    let name = witness.key.name().to_owned();
    let mut conn = app.db.read().await?;
    let Some((size, note)) = store::bare_checkpoint(&mut conn).await? else { return Ok(Ok(())) };
    let seen = store::cosigned(&mut conn, &name).await?.unwrap_or(0);
    drop(conn);
    if seen == size && !again {
        return Ok(Ok(()));
    }
    let mut old = u64::try_from(seen).unwrap_or(0);
    let new = u64::try_from(size).unwrap_or(0);
    // Twice: what the witness has seen may be another size than is remembered here.
    for _ in 0..2 {
        let mut conn = app.db.snapshot().await?;
        let hashes = consistency_of(&mut conn, old, new).await?;
        drop(conn);
        let text = AddCheckpoint { old, hashes, note: note.clone() }.to_text();
        let body = Some(("text/plain; charset=utf-8", text.into_bytes()));
        let address = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
        let (status, answer) = match app.chosen.call(&address, None, body, ANSWER_BYTES).await {
            Ok(answered) => answered,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let answer = String::from_utf8_lossy(&answer).into_owned();
        match status {
            200 => return keep(app, &witness.key, size, &note, &answer).await,
            409 => match answer.trim().parse::<u64>() {
                Ok(larger) if larger > new => return Ok(Err(frozen(app, &name, larger, new).await?)),
                Ok(known) if known != old => old = known,
                _ => return Ok(Err("it answered 409 and no size that helps".to_owned())),
            },
            other => {
                return Ok(Err(format!(
                    "it answered {other}: {}",
                    answer.chars().take(200).collect::<String>().trim()
                )));
            }
        }
    }
    Ok(Err("it named another size twice".to_owned()))
}

async fn keep(
    app: &App,
    witness: &NoteKey,
    size: i64,
    note: &str,
    answer: &str,
) -> Result<Result<(), String>, Error> {
    // A witness may send lines of other keys of its own; one of the key that is configured must be there.
    let own = answer.lines().find_map(|line| {
        let line = format!("{line}\n");
        let whole = format!("{note}{line}");
        let read = Note::parse(&whole).ok()?;
        read.cosigned_by(witness).map(|_| line)
    });
    let Some(line) = own else {
        return Ok(Err("its cosignature is not by the key that is configured".to_owned()));
    };
    let mut tx = app.db.write().await?;
    store::insert_cosignature(&mut tx, size, witness.name(), line, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Stops signing: this database has forgotten what it showed a witness.
async fn frozen(app: &App, witness: &str, larger: u64, size: u64) -> Result<String, Error> {
    let why = format!(
        "the witness {witness} has seen a tree of {larger} entries, and this one has {size}. Nothing is signed until \
         `stipple log recover` has put the tree right"
    );
    tracing::error!(why, "the public log is frozen");
    let mut tx = app.db.write().await?;
    let size = i64::try_from(larger).unwrap_or(i64::MAX);
    store::put_witnessed(&mut tx, witness, size, app.clock.now()).await?;
    store::freeze(&mut tx, Some(&why)).await?;
    tx.commit().await?;
    Ok(why)
}
