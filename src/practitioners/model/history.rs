//! What changed, in a form that can be shown to everybody.

use poem_openapi::types::Any;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clinic::{ClinicDetails, Placement, Practice};
use super::profile::Profile;
use super::social::SocialProfile;
use crate::platform::clock::Ts;

/// What was done to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum, sqlx::Type)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum Action {
    /// It was made.
    Created,
    /// What it says was changed.
    Changed,
    /// The portrait was set, replaced or taken away.
    PortraitChanged,
    /// A clinic was added, or how somebody works there was changed.
    ClinicAttached,
    /// A clinic was taken off.
    ClinicDetached,
    /// The clinic's side agreed that the practitioner works there.
    ClinicConfirmed,
    /// A clinic that it names was changed.
    ClinicChanged,
    /// Another listing was merged into it.
    Absorbed,
    /// It was merged into another.
    Merged,
    /// It was removed.
    Removed,
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FieldChange {
    /// Which, as a JSON pointer into the listing.
    pub field: String,
    /// What it was before, where that may be shown.
    #[serde(default, with = "any", skip_serializing_if = "Option::is_none")]
    pub old: Option<Any<Value>>,
    /// What it is now, where that may be shown.
    #[serde(default, with = "any", skip_serializing_if = "Option::is_none")]
    pub new: Option<Any<Value>>,
    /// Whether both are kept back: how to reach somebody, their own words, and names they no longer
    /// wish to show are told by the listing alone, as it is today.
    #[serde(default, skip_serializing_if = "is_false")]
    #[oai(default)]
    pub withheld: bool,
}

/// A JSON value of whatever type the field has.
mod any {
    use poem_openapi::types::Any;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    #[expect(clippy::ref_option, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Any<Value>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(|any| &any.0).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Any<Value>>, D::Error> {
        Ok(Option::<Value>::deserialize(deserializer)?.map(Any))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// One entry of a listing's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Its place in the history; grows.
    pub seq: i64,
    /// The listing's version after it.
    pub version: i64,
    /// When.
    pub at: Ts,
    /// Who: `operator:<label>`, `academy:<slug>`, `practitioner:<number>`.
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// Which fields changed, and how.
    pub changes: Vec<FieldChange>,
}

impl FieldChange {
    /// A change that may be shown whole.
    pub fn shown(field: impl Into<String>, old: Value, new: Value) -> Self {
        let some = |value: Value| (!value.is_null()).then_some(Any(value));
        Self { field: field.into(), old: some(old), new: some(new), withheld: false }
    }

    /// A change of which only the fact is shown.
    pub fn withheld(field: impl Into<String>) -> Self {
        Self { field: field.into(), old: None, new: None, withheld: true }
    }
}

/// What differs between two states of a profile, in the order the listing has it.
pub fn profile_changes(old: &Profile, new: &Profile) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut shown = |field: &str, old: Value, new: Value| {
        if old != new {
            changes.push(FieldChange::shown(field, old, new));
        }
    };
    let urls = |profiles: &[SocialProfile]| profiles.iter().map(SocialProfile::url).collect::<Vec<_>>();
    shown("/also_known_as", json!(old.also_known_as), json!(new.also_known_as));
    shown("/contact/website", json!(old.contact.website), json!(new.contact.website));
    shown("/contact/booking_url", json!(old.contact.booking_url), json!(new.contact.booking_url));
    shown("/social_profiles", json!(urls(&old.social_profiles)), json!(urls(&new.social_profiles)));
    shown("/practising_since", json!(old.practising_since), json!(new.practising_since));
    shown("/services", json!(old.services), json!(new.services));
    shown("/conditions", json!(old.conditions), json!(new.conditions));
    shown("/techniques", json!(old.techniques), json!(new.techniques));
    shown("/welcomes", json!(old.welcomes), json!(new.welcomes));
    shown("/languages", json!(old.languages), json!(new.languages));
    shown("/accepts_new_clients", json!(old.accepts_new_clients), json!(new.accepts_new_clients));
    shown("/country", json!(old.country), json!(new.country));
    shown("/stated_training", json!(old.stated_training), json!(new.stated_training));
    let mut all = name_changes(old, new);
    for (field, changed) in [
        ("/own_words/headline", old.own_words.headline != new.own_words.headline),
        ("/own_words/bio", old.own_words.bio != new.own_words.bio),
        ("/contact/phone", old.contact.phone != new.contact.phone),
        ("/contact/email", old.contact.email != new.contact.email),
    ] {
        if changed {
            all.push(FieldChange::withheld(field));
        }
    }
    all.append(&mut changes);
    all
}

/// A name given up is shown only by those who still list it among their former names.
fn name_changes(old: &Profile, new: &Profile) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    if old.name != new.name {
        let still_shown = old.name.is_empty() || new.former_names.contains(&old.name);
        changes.push(if still_shown {
            let before = if old.name.is_empty() { Value::Null } else { json!(old.name) };
            FieldChange::shown("/name", before, json!(new.name))
        } else {
            FieldChange::withheld("/name")
        });
    }
    for (field, changed) in [
        ("/given_name", old.given_name != new.given_name),
        ("/family_name", old.family_name != new.family_name),
    ] {
        if changed {
            changes.push(FieldChange::withheld(field));
        }
    }
    if old.former_names != new.former_names {
        let only_added = old.former_names.iter().all(|name| new.former_names.contains(name));
        changes.push(if only_added {
            FieldChange::shown("/former_names", json!(old.former_names), json!(new.former_names))
        } else {
            FieldChange::withheld("/former_names")
        });
    }
    changes
}

/// What differs between two states of a clinic, located below its place in a listing.
pub fn clinic_changes(id: uuid::Uuid, old: &ClinicDetails, new: &ClinicDetails) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut shown = |member: &str, old: Value, new: Value| {
        if old != new {
            changes.push(FieldChange::shown(format!("/clinics/{id}/{member}"), old, new));
        }
    };
    let point = |details: &ClinicDetails| json!(details.point.map(|(point, _)| point));
    shown("name", json!(old.name), json!(new.name));
    shown("address", json!(old.address), json!(new.address));
    shown("point", point(old), point(new));
    shown("website", json!(old.website), json!(new.website));
    shown("step_free", json!(old.step_free), json!(new.step_free));
    shown("opening_hours", json!(old.opening_hours), json!(new.opening_hours));
    if old.phone != new.phone {
        changes.push(FieldChange::withheld(format!("/clinics/{id}/phone")));
    }
    changes
}

/// How somebody came to work at a clinic, works there otherwise, or no longer does.
pub fn placement_change(old: Option<&Practice>, new: Option<&Practice>) -> Vec<FieldChange> {
    let Some(either) = new.or(old) else { return Vec::new() };
    let words = |practice: &Practice| {
        let Placement { role, from, until, home_visits } = &practice.placement;
        json!({
            "name": practice.clinic.details.name,
            "role": role,
            "from": from,
            "until": until,
            "home_visits": home_visits,
        })
    };
    let field = format!("/clinics/{}", either.clinic.id);
    let change = FieldChange::shown(field, json!(old.map(words)), json!(new.map(words)));
    if change.old == change.new { Vec::new() } else { vec![change] }
}
