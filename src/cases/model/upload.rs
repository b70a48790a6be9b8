//! How far a photo that is being taken in has come, for whoever sent it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use poem_openapi::Enum;
use serde::Serialize;
use uuid::Uuid;

use crate::config::limits;
use crate::platform::clock::Ts;

/// What is being done with an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum UploadState {
    /// The bytes are here, and wait for memory to be read in.
    Waiting,
    /// They are being read.
    Reading,
    /// The renditions are being written.
    Rendering,
    /// It is compared with the photos of others, and stored.
    Storing,
    /// It is part of the case.
    Kept,
    /// It is not; the answer to the upload says why.
    Refused,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub state: UploadState,
    /// How many renditions are written.
    pub renditions: usize,
    /// When it began.
    pub begun_at: Ts,
}

/// Who sent it, by the token, and what they call it.
type Key = (Uuid, Uuid);

/// The uploads of this process, those that are over included for a while.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<HashMap<Key, Progress>>);

impl Uploads {
    /// Follows an upload from now on. Past the most that are told about, the longest known is forgotten.
    pub fn begin(self: Arc<Self>, key: Key, now: Ts) -> Upload {
        {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, one| now.since(one.begun_at) < limits::UPLOAD_TOLD);
            if all.len() >= limits::UPLOADS_TOLD
                && let Some(oldest) = all.iter().min_by_key(|(_, one)| one.begun_at).map(|(key, _)| *key)
            {
                all.remove(&oldest);
            }
            all.insert(key, Progress { state: UploadState::Waiting, renditions: 0, begun_at: now });
        }
        Upload { uploads: self, key }
    }

    /// How far one is.
    pub fn progress(&self, key: Key) -> Option<Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }
}

/// An upload that is followed. Dropped before it is kept, it counts as refused.
#[derive(Debug)]
pub struct Upload {
    uploads: Arc<Uploads>,
    key: Key,
}

impl Upload {
    /// Says what is being done now.
    pub fn tell(&self, state: UploadState, renditions: usize) {
        let mut all = self.uploads.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = all.get_mut(&self.key) {
            (one.state, one.renditions) = (state, renditions);
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let mut all = self.uploads.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = all.get_mut(&self.key).filter(|one| one.state != UploadState::Kept) {
            one.state = UploadState::Refused;
        }
    }
}
