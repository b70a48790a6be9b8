//! Letters as files: there whole or not at all, and written once however often their job runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

/// The folder. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Folder(Arc<PathBuf>);

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self(Arc::new(path.to_owned()))
    }

    /// Writes a message under the id of its letter.
    pub(super) async fn write(&self, id: Uuid, message: String) -> Result<(), String> {
        let folder = Arc::clone(&self.0);
        let written =
            tokio::task::spawn_blocking(move || write_whole(&folder, &id.to_string(), &message)).await;
        written.map_err(|error| error.to_string())?.map_err(|error| format!("it cannot be written: {error}"))
    }
}

/// Writes a file under another name first and then gives it its own, so that nobody reads half of it.
/// The id grows with time: the folder is in the order the letters were written.
fn write_whole(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = folder.join(format!("{name}.part"));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, folder.join(format!("{name}.eml")))?;
    std::fs::File::open(folder)?.sync_all()
}
