//! The history of an academy: who did what, when.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

use super::Profile;
use crate::platform::clock::Ts;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum AcademyAction {
    /// The academy was registered.
    Registered,
    /// Its profile was changed.
    Changed,
    /// An operator recorded that it is recognised.
    Recognised,
    /// An operator ended a recognition.
    RecognitionEnded,
    /// A course was added, with its first version.
    CourseAdded,
    /// A course got a new version.
    CourseVersionAdded,
    /// A trainer was added.
    TrainerAdded,
    /// The academy became an issuer under its own site's name.
    DidSet,
    /// A key was added.
    KeyAdded,
    /// A second person confirmed a key.
    KeyConfirmed,
    /// A key was retired.
    KeyRetired,
    /// An operator reported a key to be in the wrong hands; a second one is waited for.
    KeyReported,
    /// A key was found to be in the wrong hands, and ended.
    KeyCompromised,
}

/// One member that changed.
#[derive(Clone, Debug, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(skip_serializing_if_is_none)]
pub struct AcademyFieldChange {
    /// Which member.
    pub field: String,
    /// What it was; absent when there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What it is now; absent when there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Whether both are kept back, because they are private.
    pub withheld: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct What {
    /// The kind of act.
    pub action: AcademyAction,
    /// What it was done to, such as a course's number, a key, or the id of a recognition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Why, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<AcademyFieldChange>,
}

impl What {
    /// An act on the academy itself.
    pub const fn of(action: AcademyAction) -> Self {
        Self { action, subject: None, reason: None, changes: Vec::new() }
    }

    /// An act on something of the academy's.
    pub fn on(action: AcademyAction, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..Self::of(action) }
    }

    /// With why.
    #[must_use]
    pub fn because(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }
}

/// One entry of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id; later events have larger ones.
    pub id: uuid::Uuid,
    /// When.
    pub at: Ts,
    /// Who, as `operator:<label>` or `academy:<slug>`.
    pub actor: String,
    /// What.
    pub what: What,
}

/// What is different between two profiles.
pub fn profile_changes(old: &Profile, new: &Profile) -> Vec<AcademyFieldChange> {
    let mut changes = Vec::new();
    let mut note = |field: &str, old: Option<&str>, new: Option<&str>, withheld: bool| {
        if old != new {
            let shown = |value: Option<&str>| value.filter(|_| !withheld).map(str::to_owned);
            changes.push(AcademyFieldChange {
                field: field.to_owned(),
                old: shown(old),
                new: shown(new),
                withheld,
            });
        }
    };
    note("name", Some(&old.name), Some(&new.name), false);
    note("legal_name", old.legal_name.as_deref(), new.legal_name.as_deref(), false);
    note("website", old.website.as_deref(), new.website.as_deref(), false);
    note("country", Some(old.country.as_str()), Some(new.country.as_str()), false);
    note("own_words", old.own_words.as_deref(), new.own_words.as_deref(), false);
    note("contact_email", old.contact_email.as_deref(), new.contact_email.as_deref(), true);
    changes
}
