//! Photos of a case: what is said about one, when it can have been taken, and which of them make a
//! before and after.

use image::RgbImage;
use serde::{Deserialize, Serialize};
use time::{Date, Duration};
use uuid::Uuid;

use super::details::{Details, one_day};
use super::looks::Looks;
use super::upload::UploadState;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::pictures::{self, Bounds, Encoding, Renditions, WIDTHS};
use crate::platform::problem::{Error, Fault};
use crate::vocabulary::{PhotoEdit, PhotoIdentity, PhotoLight, PhotoStage, PhotoView};

/// How large a photo may be.
pub const BOUNDS: Bounds = Bounds {
    shortest: limits::PHOTO_SHORTEST,
    longest: limits::PHOTO_SIDE,
    pixels: limits::PHOTO_PIXELS,
    decoding_bytes: limits::PHOTO_DECODING_BYTES,
};
/// How large a picture may be that somebody asks about: what is shown elsewhere is often small.
pub const ASKED_BOUNDS: Bounds = Bounds { shortest: limits::ASKED_PHOTO_SHORTEST, ..BOUNDS };
/// Days after a session for which work is fresh.
const FRESH_DAYS: i64 = 14;

/// What the uploader says about a photo, and what its file was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoFacts {
    /// When in the treatment it was taken.
    pub stage: PhotoStage,
    /// From where.
    pub view: PhotoView,
    /// In what light.
    pub light: PhotoLight,
    /// Whether the person can be recognised.
    pub identity: PhotoIdentity,
    /// What was done to it; empty for nothing.
    pub edits: Vec<PhotoEdit>,
    /// The day, as the uploader says.
    #[serde(with = "one_day")]
    pub taken_on: Date,
}

impl PhotoFacts {
    /// Whatever cannot be so, given the sessions of the case.
    pub fn faults(&self, details: &Details, today: Date) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.taken_on > today {
            let detail = format!("{} has not come yet.", self.taken_on);
            faults.push(Fault::new("query:taken_on", "in-the-future", detail));
        }
        if self.taken_on.year() < limits::FIRST_PRACTICE_YEAR {
            let detail = format!("{} is before anybody did this work.", self.taken_on);
            faults.push(Fault::new("query:taken_on", "too-early", detail));
        }
        if self.edits.len() > 1 && self.edits.iter().any(|edit| edit.as_str() == "none") {
            faults.push(Fault::new("query:edits", "contradiction", "`none` stands alone."));
        }
        if let Some(why) = self.impossible(details) {
            faults.push(Fault::new("query:taken_on", "impossible-date", why));
        }
        faults
    }

    /// Why a photo of this stage cannot have been taken on that day.
    pub fn impossible(&self, details: &Details) -> Option<String> {
        let (stage, day) = (self.stage, self.taken_on);
        let Some((first, last)) = details.sessions.first().copied().zip(details.last_session()) else {
            return (!is_before(stage)).then(|| {
                format!(
                    "The case names no session yet, so nothing can be `{stage}`. Give its sessions first."
                )
            });
        };
        if is_before(stage) || stage.as_str() == "drawn-design" {
            return (day > first)
                .then(|| format!("`{stage}` is at the latest the day of the first session, {first}."));
        }
        if day < first {
            return Some(format!("`{stage}` cannot be before the first session, {first}."));
        }
        if let Some(from) = stage.entry().from_day {
            let earliest = last.saturating_add(Duration::days(i64::from(from)));
            return (day < earliest).then(|| {
                format!(
                    "`{stage}` needs {from} days after the last session, {last}: {earliest} at the earliest."
                )
            });
        }
        match stage.as_str() {
            "fresh" => {
                let near = |session: &Date| (0..=FRESH_DAYS).contains(&(day - *session).whole_days());
                (!details.sessions.iter().any(near))
                    .then(|| format!("`fresh` is within {FRESH_DAYS} days of a session."))
            }
            "between-sessions" => {
                (day > last).then(|| format!("`between-sessions` cannot be after the last session, {last}."))
            }
            _ => None,
        }
    }
}

/// A stage before any work.
fn is_before(stage: PhotoStage) -> bool {
    matches!(stage.as_str(), "before" | "correction-before")
}

/// A stage that shows what the work came to.
fn is_healed(stage: PhotoStage) -> bool {
    matches!(stage.as_str(), "healed" | "settled" | "year1" | "year3" | "correction-after")
}

/// A stage that shows what stays.
pub(super) fn is_settled(stage: PhotoStage) -> bool {
    matches!(stage.as_str(), "settled" | "year1" | "year3")
}

/// A photo that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Its place in the order in which photos were kept.
    pub seq: i64,
    /// Its id.
    pub id: Uuid,
    /// Its case.
    pub case: Uuid,
    /// What is said about it.
    pub facts: PhotoFacts,
    /// What was sent, in pixels: width and height, upright.
    pub size: (i64, i64),
    /// A blurred picture of a few pixels.
    pub placeholder: String,
    /// Whether a person has to look at it before it is shown.
    pub held: bool,
    /// When it was first seen here.
    pub created_at: Ts,
}

/// The faults of showing a case with these photos: no before, no after in the same view, no close-up.
pub fn photo_gaps(photos: &[Photo]) -> Vec<Fault> {
    let shown = || photos.iter().filter(|photo| !photo.held).map(|photo| &photo.facts);
    let befores: Vec<PhotoView> = shown().filter(|it| is_before(it.stage)).map(|it| it.view).collect();
    let mut gaps = Vec::new();
    if befores.is_empty() {
        gaps.push(Fault::new("/photos", "no-before", "Add a photo from before the treatment."));
    }
    if !shown().any(|it| is_healed(it.stage) && befores.contains(&it.view)) {
        gaps.push(Fault::new(
            "/photos",
            "no-after",
            "Add a settled (60 days after the last session) or healed (30 days) photo in the same view as one from before.",
        ));
    }
    if !shown().any(|it| it.view.as_str() == "hairline-close") {
        gaps.push(Fault::new("/photos", "no-close-up", "Add at least one close-up (`hairline-close`)."));
    }
    gaps
}

/// Where a rendition of a photo is in the blob store.
pub fn photo_path(photo: Uuid, width: u32, encoding: Encoding) -> String {
    format!("cases/{}-{width}.{}", photo.simple(), encoding.word())
}

/// Where all of them are.
pub fn photo_paths(photo: Uuid) -> impl Iterator<Item = String> {
    WIDTHS.into_iter().flat_map(move |width| {
        Encoding::ALL.into_iter().map(move |encoding| photo_path(photo, width, encoding))
    })
}

/// A photo that was read and rendered, before it is kept.
#[derive(Clone, Debug)]
pub struct Developed {
    /// What was sent, in pixels: width and height, upright.
    pub size: (u32, u32),
    /// The files.
    pub renditions: Renditions,
    /// What it looks like.
    pub looks: Looks,
}

impl Developed {
    /// Reads and renders a photo. Takes most of a second for a camera's picture.
    ///
    /// # Errors
    /// 415 and 422 for what cannot be taken, each with a code of its own.
    pub fn of(bytes: &[u8]) -> Result<Self, Error> {
        Self::telling(bytes, |_, _| {})
    }

    /// The same, saying what is being done and how many renditions are written.
    ///
    /// # Errors
    /// As [`Developed::of`].
    pub fn telling(bytes: &[u8], told: impl Fn(UploadState, usize)) -> Result<Self, Error> {
        told(UploadState::Reading, 0);
        let upright = pixels(bytes, &BOUNDS)?;
        let size = upright.dimensions();
        told(UploadState::Rendering, 0);
        let renditions = Renditions::telling(upright, |written| told(UploadState::Rendering, written))?;
        let looks = Looks::of(&renditions.small)?;
        Ok(Self { size, renditions, looks })
    }
}

/// What a photo looks like, and nothing else of it.
///
/// # Errors
/// As [`Developed::of`].
pub fn looks_of(bytes: &[u8]) -> Result<Looks, Error> {
    Looks::of(&pixels(bytes, &ASKED_BOUNDS)?)
}

fn pixels(bytes: &[u8], bounds: &Bounds) -> Result<RgbImage, Error> {
    Ok(pictures::on_white(pictures::decode(bytes, bounds)?))
}
