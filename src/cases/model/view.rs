//! How a case is shown.

use poem_openapi::{Enum, Object};
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use super::{Case, CaseState, ConsentWay, Loss, Photo, Traits};
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::pictures::{Encoding, WIDTHS};
use crate::vocabulary::{
    Condition, ConsentScope, PhotoEdit, PhotoIdentity, PhotoLight, PhotoStage, PhotoView, Technique,
};

/// A case: one client's story.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "Case", skip_serializing_if_is_none)]
pub struct CaseView {
    /// Its id.
    pub id: Uuid,
    /// Its address.
    pub url: String,
    /// Who did the work.
    pub practitioner: CasePractitioner,
    /// Where it stands.
    pub state: CaseState,
    /// What the client came with.
    pub conditions: Vec<Condition>,
    /// How much hair is missing.
    pub loss: Loss,
    /// Who the client is.
    pub client: Traits,
    /// How the work was done.
    pub techniques: Vec<Technique>,
    /// The days of the treatment, in order.
    pub sessions: Vec<String>,
    /// The photos, in the order of their days.
    pub photos: Vec<PhotoItem>,
    /// Whether the client confirmed the case by their own link.
    pub client_confirmed: bool,
    /// What the case rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentItem>,
    /// How it compares with what was asked for; only in lists with `like`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likeness: Option<LikenessView>,
    /// What is missing before it can be shown; only for its keeper, while it is a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<MissingItem>>,
    /// When it was first shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Ts>,
    /// When anything of it changed last.
    pub updated_at: Ts,
}

/// Who did the work of a case.
#[derive(Clone, Debug, Object, Serialize)]
pub struct CasePractitioner {
    /// The listing's number.
    pub number: Number,
    /// The listing's address.
    pub url: String,
}

/// Something a draft needs before it can be shown.
#[derive(Clone, Debug, Object, Serialize)]
pub struct MissingItem {
    /// A stable word for it.
    pub code: String,
    /// What to do.
    pub detail: String,
}

/// In whose word the consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[oai(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ConsentWord {
    /// The client confirmed it, with a link of their own.
    Client,
    /// The practitioner says so.
    Practitioner,
}

/// The consent a case rests on.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "CaseConsent", skip_serializing_if_is_none)]
pub struct ConsentItem {
    /// Whose word it is.
    pub word: ConsentWord,
    /// The same for people.
    pub label: String,
    /// How the client's link reached them, where it is their word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<ConsentWay>,
    /// What the client agreed to.
    pub scopes: Vec<ConsentScope>,
    /// The day the client agreed.
    pub given_on: String,
    /// The last day it holds; until withdrawn when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// How a case compares with what was asked for.
#[derive(Clone, Debug, Object, Serialize)]
pub struct LikenessView {
    /// What is the same, in words.
    pub same: Vec<String>,
    /// What differs, in words.
    pub differs: Vec<String>,
}

/// A photo of a case.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "CasePhoto")]
pub struct PhotoItem {
    /// Its id.
    pub id: Uuid,
    /// When in the treatment it was taken.
    pub stage: PhotoStage,
    /// From where.
    pub view: PhotoView,
    /// In what light.
    pub light: PhotoLight,
    /// Whether the person can be recognised.
    pub identity: PhotoIdentity,
    /// What was done to it.
    pub edits: Vec<PhotoEdit>,
    /// The day it was taken, as the practitioner says.
    pub taken_on: String,
    /// Whether it waits for a person to look at it; then only its keeper sees it.
    pub in_review: bool,
    /// A blurred picture of a few pixels, as a `data:` address.
    pub placeholder: String,
    /// The files, by width and encoding.
    pub files: Vec<PhotoFile>,
    /// When it was first seen here.
    pub first_seen: Ts,
}

/// A file of a photo.
#[derive(Clone, Debug, Object, Serialize)]
pub struct PhotoFile {
    /// Pixels along the width, at most.
    pub width: u32,
    /// Its media type.
    pub media_type: String,
    /// Its address.
    pub url: String,
}

/// The address of a case.
pub fn case_url(public_url: &str, case: Uuid) -> String {
    format!("{public_url}/v1/cases/{case}")
}

impl PhotoItem {
    /// A photo as it is shown.
    pub fn new(photo: &Photo, public_url: &str) -> Self {
        let own = format!("{}/photos/{}", case_url(public_url, photo.case), photo.id);
        let files = WIDTHS.into_iter().flat_map(|width| {
            let own = own.clone();
            Encoding::ALL.into_iter().map(move |encoding| PhotoFile {
                width,
                media_type: encoding.media_type().to_owned(),
                url: format!("{own}?width={width}&format={}", encoding.word()),
            })
        });
        Self {
            id: photo.id,
            stage: photo.facts.stage,
            view: photo.facts.view,
            light: photo.facts.light,
            identity: photo.facts.identity,
            edits: photo.facts.edits.clone(),
            taken_on: photo.facts.taken_on.to_string(),
            in_review: photo.held,
            placeholder: photo.placeholder.clone(),
            files: files.collect(),
            first_seen: photo.created_at,
        }
    }
}

impl CaseView {
    /// A case as it is shown: to everybody, or with its drafts' gaps and held photos to its `keeper`.
    pub fn new(case: &Case, photos: &[Photo], public_url: &str, keeper: Option<Date>) -> Self {
        let number = case.listing;
        let mut shown: Vec<&Photo> = photos.iter().filter(|photo| keeper.is_some() || !photo.held).collect();
        shown.sort_by_key(|photo| (photo.facts.taken_on, photo.seq));
        let missing = keeper.filter(|_| case.state == CaseState::Draft).map(|today| {
            let gaps = case.gaps(photos, today).into_iter();
            gaps.map(|gap| MissingItem { code: gap.code.to_owned(), detail: gap.detail }).collect()
        });
        Self {
            id: case.id,
            url: case_url(public_url, case.id),
            practitioner: CasePractitioner { number, url: format!("{public_url}/v1/practitioners/{number}") },
            state: case.state,
            conditions: case.details.conditions.clone(),
            loss: case.details.loss.clone(),
            client: case.details.client.clone(),
            techniques: case.details.techniques.clone(),
            sessions: case.details.sessions.iter().map(Date::to_string).collect(),
            photos: shown.into_iter().map(|photo| PhotoItem::new(photo, public_url)).collect(),
            client_confirmed: case.confirmation.is_some(),
            consent: ConsentItem::of(case),
            likeness: None,
            missing,
            published_at: case.published_at,
            updated_at: case.updated_at,
        }
    }
}

impl ConsentItem {
    fn of(case: &Case) -> Option<Self> {
        if let Some(own) = &case.confirmation {
            return Some(Self {
                word: ConsentWord::Client,
                label: "the client confirmed this".to_owned(),
                way: Some(own.way),
                scopes: own.scopes.clone(),
                given_on: own.at.date().to_string(),
                until: own.until.map(|day| day.to_string()),
            });
        }
        case.details.consent.as_ref().map(|stated| Self {
            word: ConsentWord::Practitioner,
            label: "stated by the practitioner".to_owned(),
            way: None,
            scopes: stated.scopes.clone(),
            given_on: stated.given_on.to_string(),
            until: stated.until.map(|day| day.to_string()),
        })
    }
}
