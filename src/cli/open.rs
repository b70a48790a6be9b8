//! Opening a data directory: what every command that touches data does first.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Failure;
use crate::app::App;
use crate::config::{Config, Secret};
use crate::platform::changes;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::id::Ids;
use crate::platform::meta;

/// The host an installation gets that was never told its own.
const EXAMPLE_HOST: &str = "stipple.example";

/// What a data directory is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be served: the public URL and the DID host are settled now, if they are not yet.
    Serve {
        /// A public URL other than the remembered one is accepted.
        moved: bool,
    },
    /// For a command beside the service: nothing is settled that was not set.
    Command,
}

/// Opens the data directory and the database, brings the schema up to date, and settles what is fixed
/// at first start.
///
/// # Errors
/// In words for the person at the terminal.
pub async fn open(mut config: Config, purpose: Purpose) -> Result<App, Failure> {
    make_private_dir(&config.data_dir)?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    if config.secret.is_empty() {
        config.secret = kept_secret(&config.data_dir, &ids)?;
    }
    let db = database(&config).await?;
    fix_identity(&db, &mut config, purpose).await?;
    Ok(App::assemble(db, clock, ids, config).await?)
}

/// Opens a data directory and a database that something is about to be taken into: nothing is settled, because what
/// is taken in settles it. The secret has to be given, or be there.
///
/// # Errors
/// In words for the person at the terminal.
pub(super) async fn open_empty(mut config: Config) -> Result<App, Failure> {
    make_private_dir(&config.data_dir)?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let kept = config.data_dir.join("secret");
    if config.secret.is_empty() {
        if !kept.exists() {
            return Err(format!(
                "the secret that sealed the archive is needed: set STIPPLE_SECRET, or put the file `secret` of the data \
                 directory it was made from to {}",
                kept.display()
            )
            .into());
        }
        config.secret = kept_secret(&config.data_dir, &ids)?;
    }
    let db = database(&config).await?;
    Ok(App::assemble(db, clock, ids, config).await?)
}

/// The database, its schema up to date.
async fn database(config: &Config) -> Result<Db, Failure> {
    let database = config.database_url.reveal();
    let db = if database.is_empty() {
        Db::sqlite(&config.data_dir.join("stipple.db"), config.pool_limits()).await?
    } else {
        let db = Db::postgres(database, config.pool_limits()).await?;
        match config.database_replica_url.reveal() {
            "" => db,
            replica => db.with_replica(replica, config.pool_limits())?,
        }
    };
    db.migrate().await?;
    // From now on a replica is only read where it has what the primary had when this process began.
    let latest = changes::latest(&mut db.read().await?).await?;
    db.hub().note(latest);
    Ok(db)
}

/// The public URL and the DID host are inside signed bytes and published links: settled once.
async fn fix_identity(db: &Db, config: &mut Config, purpose: Purpose) -> Result<(), Failure> {
    let wanted_url = match config.public_url.as_str() {
        "" => format!("http://{}", config.listen),
        given => given.to_owned(),
    };
    let wanted_host = if config.issuer_host.is_empty() { EXAMPLE_HOST } else { &config.issuer_host };
    let mut tx = db.write().await?;
    let host = meta::fix(&mut tx, "issuer_host", wanted_host).await?;
    if !config.issuer_host.is_empty() && host != config.issuer_host {
        return Err(format!(
            "this data belongs to the DID host {host}, which is inside every certificate signed so far and \
             cannot become {}; unset issuer_host, or use another data directory",
            config.issuer_host
        )
        .into());
    }
    let mut url = meta::fix(&mut tx, "public_url", &wanted_url).await?;
    if !config.public_url.is_empty() && url != config.public_url {
        if purpose != (Purpose::Serve { moved: true }) {
            return Err(format!(
                "this data was published at {url}; to serve it at {} from now on, start once with `stipple serve --moved`",
                config.public_url
            )
            .into());
        }
        meta::replace(&mut tx, "public_url", &wanted_url).await?;
        url = wanted_url;
    }
    if host == EXAMPLE_HOST && url.starts_with("https://") && !url.ends_with(EXAMPLE_HOST) {
        return Err(format!(
            "issuer_host is not set: set STIPPLE_ISSUER_HOST to the host name academies' identifiers shall carry \
             for ever (usually the host of {url}) before the first start at a public address"
        )
        .into());
    }
    // A token may be made before anybody knows where the service will stand: what nobody set is then
    // left for the first `serve`.
    if purpose != Purpose::Command || !config.public_url.is_empty() {
        tx.commit().await?;
    }
    config.public_url = url;
    config.issuer_host = host;
    Ok(())
}

fn make_private_dir(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| format!("the data directory {} cannot be made: {error}", path.display()).into())
}

/// The secret kept in the data directory, made at first start.
///
/// It is written under another name first and then linked to its own: a process that is killed half way,
/// or two that start at once, never leave or see half a secret.
fn kept_secret(data_dir: &Path, ids: &Ids) -> Result<Secret, Failure> {
    let path = data_dir.join("secret");
    if !path.exists() {
        let unwritten = |error| format!("{} cannot be written: {error}", path.display());
        let fresh: String = ids.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        let draft = data_dir.join(format!("secret.{}", ids.random_uuid()));
        write_private(&draft, &fresh).map_err(unwritten)?;
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft).map_err(unwritten)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(unwritten(error).into());
            }
            // The one that is there is the one to use, whoever was first.
            _ => fs::File::open(data_dir).and_then(|dir| dir.sync_all()).map_err(unwritten)?,
        }
    }
    let kept = fs::read_to_string(&path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?
        .trim()
        .to_owned();
    if kept.len() < 32 {
        return Err(format!("{} is damaged: it must hold at least 32 characters", path.display()).into());
    }
    Ok(Secret::new(kept))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
