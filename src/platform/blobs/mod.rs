//! Photos and documents: bytes under a path, in a folder of the data directory or in a bucket that all instances
//! share.

mod s3;

use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::fetch::Fetch;
use super::problem;
use crate::config::storage::Bucket;

/// The blob store. Clones share it.
#[derive(Clone, Debug)]
pub struct Blobs(Arc<dyn ObjectStore>);

/// A failed blob operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is stored there.
    #[error("no such blob")]
    NotFound,
    /// The bucket or folder itself is not there, so nothing can be kept.
    #[error("the storage is not there")]
    NoStorage(#[source] object_store::Error),
    /// The disk is full. Nothing was stored.
    #[error("the storage is full")]
    Full,
    /// Anything else.
    #[error(transparent)]
    Other(object_store::Error),
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::NotFound;
        }
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(cause) = source {
            if cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull)
            {
                return Self::Full;
            }
            source = cause.source();
        }
        Self::Other(error)
    }
}

impl Blobs {
    /// A folder on this machine, created when it is not there. What is acknowledged is on the disk.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn folder(path: &FilePath) -> std::io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(std::io::Error::other)?.with_fsync(true);
        Ok(Self(Arc::new(store)))
    }

    /// A bucket, asked through `fetch`.
    ///
    /// # Errors
    /// When its address cannot be one.
    pub fn bucket(bucket: &Bucket, fetch: Fetch) -> std::io::Result<Self> {
        Ok(Self(Arc::new(s3::open(bucket, fetch).map_err(std::io::Error::other)?)))
    }

    /// Stores bytes, replacing what was there.
    ///
    /// # Errors
    /// When they cannot be stored; then nothing was.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), Error> {
        match self.0.put(&Path::from(path), bytes.into()).await {
            Err(error @ object_store::Error::NotFound { .. }) => Err(Error::NoStorage(error)),
            outcome => Ok(outcome.map(|_| ())?),
        }
    }

    /// The bytes stored there.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there are none.
    pub async fn get(&self, path: &str) -> Result<Bytes, Error> {
        Ok(self.0.get(&Path::from(path)).await?.bytes().await?)
    }

    /// The paths of everything that is stored, in order.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn list(&self) -> Result<Vec<String>, Error> {
        let mut paths: Vec<String> =
            self.0.list(None).map_ok(|found| found.location.to_string()).try_collect().await?;
        paths.sort_unstable();
        Ok(paths)
    }

    /// Removes them; it is no error when they are gone already.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        match self.0.delete(&Path::from(path)).await.map_err(Error::from) {
            Err(Error::NotFound) => Ok(()),
            outcome => outcome,
        }
    }
}

impl From<Error> for problem::Error {
    #[track_caller]
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("There is no such file."),
            Error::Full => Self::new(
                problem::STORAGE_FULL,
                "The disk is full, so the file was not kept. Try again once the operator has made room.",
            )
            .with_source(error),
            Error::NoStorage(_) => {
                Self::unavailable("Files cannot be kept at the moment; everything else works.", 30)
                    .with_source(error)
            }
            Error::Other(_) => Self::internal(error),
        }
    }
}
