//! Register, list, read and change academies, and read their history.

use poem::Request;
use poem::http::Uri;
use poem::http::header;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::recognitions::RecognitionView;
use super::{Tag, academy_url, begin, find, note};
use crate::academies::model::{
    self, Academy, AcademyAction, AcademyFieldChange, Event, LOOK_ALIKE, Profile, Recognition, SLUG_TAKEN,
    Slug, What,
};
use crate::academies::store::{self, ListFilter};
use crate::accounts::http::{AcademyKeeper, caller};
use crate::accounts::{Role, Subject, bind};
use crate::app::App;
use crate::platform::clock::Ts;
use crate::platform::db::OnConflict;
use crate::platform::http::list::page;
use crate::platform::http::{
    Answer, Binding, Body, Created, Idempotency, IfMatch, Page, Paging, Validate, Version,
};
use crate::platform::problem::{Error, Fault};
use crate::search::words::fold;
use crate::transparency;
use crate::vocabulary::Country;

/// `/v1/academies`, one of them, and its history.
pub struct AcademiesApi;

/// A new academy.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewAcademy {
    /// Its name in addresses and in every certificate it signs: 3 to 40 lower-case letters, digits and
    /// single hyphens. It can never change and is never given to another.
    #[oai(validator(max_length = 80))]
    slug: String,
    /// What it is called.
    #[oai(validator(min_length = 2, max_length = 120))]
    name: String,
    /// What the register of companies calls it.
    #[oai(validator(min_length = 1, max_length = 160))]
    legal_name: Option<String>,
    /// Its website.
    #[oai(validator(min_length = 1, max_length = 500))]
    website: Option<String>,
    /// Where it is at home, ISO 3166-1 alpha-2.
    country: Country,
    /// Where to write; shown to nobody but the academy and operators.
    #[oai(validator(min_length = 3, max_length = 254, pattern = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"))]
    contact_email: Option<String>,
    /// In its own words, plain text; nobody has checked them.
    #[oai(validator(min_length = 1, max_length = 4000))]
    own_words: Option<String>,
    /// An operator says here that a person has looked at a slug that resembles another academy's.
    #[oai(default)]
    look_alike_checked: bool,
}

impl NewAcademy {
    fn profile(&self) -> Profile {
        Profile {
            name: self.name.clone(),
            legal_name: self.legal_name.clone(),
            website: self.website.clone(),
            country: self.country,
            contact_email: self.contact_email.clone(),
            own_words: self.own_words.clone(),
        }
    }
}

impl Validate for NewAcademy {
    fn faults(&self) -> Vec<Fault> {
        let slug = Slug::parse(&self.slug).err().map(|detail| Fault::new("/slug", "slug", detail));
        slug.into_iter().chain(self.profile().faults()).collect()
    }
}

/// What to change about an academy: what is absent stays, `null` clears.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct AcademyChange {
    /// What it is called.
    #[oai(validator(min_length = 2, max_length = 120))]
    name: MaybeUndefined<String>,
    /// What the register of companies calls it.
    #[oai(nullable, validator(min_length = 1, max_length = 160))]
    legal_name: MaybeUndefined<String>,
    /// Its website.
    #[oai(nullable, validator(min_length = 1, max_length = 500))]
    website: MaybeUndefined<String>,
    /// Where it is at home, ISO 3166-1 alpha-2.
    country: MaybeUndefined<Country>,
    /// Where to write; shown to nobody but the academy and operators.
    #[oai(nullable, validator(min_length = 3, max_length = 254, pattern = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"))]
    contact_email: MaybeUndefined<String>,
    /// In its own words, plain text; nobody has checked them.
    #[oai(nullable, validator(min_length = 1, max_length = 4000))]
    own_words: MaybeUndefined<String>,
}

impl AcademyChange {
    /// The profile after the change.
    fn applied(self, old: &Profile) -> Profile {
        let merged = |change: MaybeUndefined<String>, old: &Option<String>| match change {
            MaybeUndefined::Undefined => old.clone(),
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(new) => Some(new),
        };
        Profile {
            name: self.name.take().unwrap_or_else(|| old.name.clone()),
            legal_name: merged(self.legal_name, &old.legal_name),
            website: merged(self.website, &old.website),
            country: self.country.take().unwrap_or(old.country),
            contact_email: merged(self.contact_email, &old.contact_email),
            own_words: merged(self.own_words, &old.own_words),
        }
    }
}

impl Validate for AcademyChange {
    fn faults(&self) -> Vec<Fault> {
        let kept = |null: bool, pointer: &str| {
            null.then(|| Fault::new(pointer, "required", "This cannot be cleared; leave it out to keep it."))
        };
        let nulls = [kept(self.name.is_null(), "/name"), kept(self.country.is_null(), "/country")];
        nulls.into_iter().flatten().collect()
    }
}

/// An academy.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Academy", skip_serializing_if_is_none)]
struct AcademyView {
    /// Its address in this API.
    url: String,
    /// Its name in addresses and identifiers.
    slug: String,
    /// What it is called.
    name: String,
    /// What the register of companies calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_name: Option<String>,
    /// Its website.
    #[serde(skip_serializing_if = "Option::is_none")]
    website: Option<String>,
    /// Where it is at home.
    country: Country,
    /// In its own words; nobody has checked them.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_words: Option<String>,
    /// Where to write; only for the academy itself and for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_email: Option<String>,
    /// Its identifier as the issuer of certificates.
    did: String,
    /// When the document behind its DID was last looked at, where that is on its own site.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_checked_at: Option<Ts>,
    /// What was wrong with the document then.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_fault: Option<String>,
    /// What it goes by in the public log, 16 random bytes in base64url.
    log_id: String,
    /// Whether somebody vouches for it today.
    recognised: bool,
    /// The recognition that counts today.
    #[serde(skip_serializing_if = "Option::is_none")]
    recognition: Option<RecognitionView>,
    /// When it was registered.
    created_at: Ts,
    /// When anything about it last changed.
    updated_at: Ts,
}

impl AcademyView {
    fn new(app: &App, academy: Academy, recognitions: &[Recognition], private: bool, now: Ts) -> Self {
        let in_force = model::in_force(recognitions, now);
        let did = academy.did(&app.config.issuer_host);
        let Profile { name, legal_name, website, country, contact_email, own_words } = academy.profile;
        let url = academy_url(app, &academy.slug);
        Self {
            did,
            did_checked_at: academy.did_checked_at,
            did_fault: academy.did_fault,
            log_id: transparency::log_id(academy.log_id),
            slug: academy.slug,
            name,
            legal_name,
            website,
            country,
            own_words,
            contact_email: contact_email.filter(|_| private),
            recognised: in_force.is_some(),
            recognition: in_force.map(|recognition| RecognitionView::new(recognition.clone(), &url, now)),
            url,
            created_at: academy.created_at,
            updated_at: academy.updated_at,
        }
    }
}

/// One entry of an academy's history.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "AcademyEvent", skip_serializing_if_is_none)]
struct EventView {
    /// The address of the academy it is about.
    url: String,
    /// When.
    at: Ts,
    /// The same, under the name every list item has.
    updated_at: Ts,
    /// Who, as `operator:<label>` or `academy:<slug>`.
    actor: String,
    /// What was done.
    action: AcademyAction,
    /// What it was done to, such as a course's number, a key, or the id of a recognition.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Why, where somebody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What changed about the academy itself.
    changes: Vec<AcademyFieldChange>,
}

impl EventView {
    fn new(event: Event, academy_url: &str) -> Self {
        let What { action, subject, reason, changes } = event.what;
        let (url, at) = (academy_url.to_owned(), event.at);
        Self { url, at, updated_at: at, actor: event.actor, action, subject, reason, changes }
    }
}

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl AcademiesApi {
    /// Register an academy
    ///
    /// An operator registers any academy; the token of an academy that has registered none yet registers
    /// its own and keeps it from then on. The slug can never change: it is inside every certificate the
    /// academy will sign. A slug that resembles another academy's is held with `look-alike-slug` until an
    /// operator has looked and sends it with `look_alike_checked`.
    ///
    /// A registered academy is not a recognised one: an operator records who vouches for it.
    #[oai(path = "/", method = "post", operation_id = "register_academy")]
    async fn register(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
        body: Body<NewAcademy>,
    ) -> Result<Created<AcademyView>, Error> {
        let body = body.0;
        let slug = Slug::parse(&body.slug)
            .map_err(|detail| Error::invalid(vec![Fault::new("/slug", "slug", detail)]))?;
        let now = app.clock.now();
        let academy = Academy {
            id: app.ids.uuid(),
            slug: slug.to_string(),
            profile: body.profile().tidied(),
            version: 1,
            created_at: now,
            updated_at: now,
            log_id: Uuid::from_bytes(app.ids.bytes()),
            own_did: None,
            did_checked_at: None,
            did_fault: None,
        };
        let mut tx = app.db.write().await?;
        // First, because a repeated request comes with a token that is bound by now.
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        keeper.may_register()?;
        if let Some(other) = store::look_alike(&mut tx, &slug.skeleton()).await?
            && other != slug.as_str()
            && !(body.look_alike_checked && keeper.role == Role::Operator)
        {
            return Err(Error::new(
                LOOK_ALIKE,
                format!(
                    "`{slug}` could be mistaken for `{other}`. Choose another slug, or ask an operator: one may register \
                     it with look_alike_checked after looking at both."
                ),
            ));
        }
        store::insert(&mut tx, &academy, &slug.skeleton()).await.on_conflict("academies_slug_key", || {
            Error::new(SLUG_TAKEN, format!("`{slug}` belongs to an academy; a slug is never given twice."))
        })?;
        bind(&mut tx, &keeper, &Subject { id: academy.id, name: academy.slug.clone() }).await?;
        note(&mut tx, &app, &academy, keeper.actor(), What::of(AcademyAction::Registered), now).await?;
        let view = AcademyView::new(&app, academy, &[], true, now);
        let location = view.url.clone();
        let answer: Created<AcademyView> = tagged(&view, 1)?.location(&location).private();
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// List academies
    ///
    /// By name. `q` finds a part of the name, the legal name or the slug; `recognised` asks whether
    /// somebody vouches for the academy today.
    #[oai(path = "/", method = "get", operation_id = "list_academies")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter")]
    async fn list(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// A part of the name or the slug.
        #[oai(validator(min_length = 1, max_length = 100))]
        q: Query<Option<String>>,
        /// Only academies that are recognised today, or only those that are not.
        recognised: Query<Option<bool>>,
        /// Only academies at home in this country, ISO 3166-1 alpha-2.
        country: Query<Option<Country>>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<AcademyView>>, Error> {
        let now = app.clock.now();
        let filter = ListFilter {
            pattern: q.as_deref().map(pattern),
            country: country.0,
            recognised: recognised.0,
            now,
        };
        let binding = Binding::new("academies")
            .with("q", filter.pattern.as_deref().unwrap_or(""))
            .with("country", country.0.map_or("", |country| country.as_str()))
            .with("recognised", recognised.0.map_or("", |yes| if yes { "true" } else { "false" }));
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let after = paging.after((String::new(), Uuid::nil()))?;
        let mut conn = app.db.snapshot().await?;
        let mut academies = store::list(&mut conn, &filter, after, paging.rows()).await?;
        let count = store::count(&mut conn, &filter).await?;
        let next = paging.cut(&mut academies, |last| (last.profile.sort_name(), last.id))?;
        let ids: Vec<Uuid> = academies.iter().map(|academy| academy.id).collect();
        let recognitions = store::recognitions_of(&mut conn, &ids).await?;
        let items = academies.into_iter().map(|academy| {
            let own: Vec<Recognition> =
                recognitions.iter().filter(|one| one.academy_id == academy.id).cloned().collect();
            AcademyView::new(&app, academy, &own, false, now)
        });
        Ok(paging.answer(items.collect(), count, next))
    }

    /// Read an academy
    ///
    /// `recognition` says who vouches for it today. The contact address is shown to the academy itself
    /// and to operators.
    #[oai(path = "/:slug", method = "get", operation_id = "read_academy")]
    async fn read(
        &self,
        request: &Request,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
    ) -> Result<Answer<AcademyView>, Error> {
        let now = app.clock.now();
        let mut conn = app.db.read().await?;
        let academy = find(&mut conn, &slug).await?;
        let recognitions = store::recognitions(&mut conn, academy.id).await?;
        let private = caller(request).is_some_and(|caller| caller.keeps(Role::Academy, academy.id));
        let version = academy.version;
        let answer = tagged(&AcademyView::new(&app, academy, &recognitions, private, now), version)?;
        Ok(if private { answer.private() } else { answer })
    }

    /// Change an academy
    ///
    /// What is absent stays as it is, `null` clears it. `If-Match` names the version the change was made
    /// from. The slug can never change.
    #[oai(path = "/:slug", method = "patch", operation_id = "change_academy")]
    async fn change(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// The `ETag` of the academy as it was read.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Body<AcademyChange>,
    ) -> Result<Answer<AcademyView>, Error> {
        let now = app.clock.now();
        let (mut tx, mut academy) = begin(&app, &slug, &keeper, now).await?;
        if_match.check(Version(academy.version))?;
        let profile = body.0.applied(&academy.profile).tidied();
        let faults = profile.faults();
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let changes = model::profile_changes(&academy.profile, &profile);
        let recognitions = store::recognitions(&mut tx, academy.id).await?;
        if changes.is_empty() {
            // Nothing happened, so nothing is written: not even the time.
            drop(tx);
            let mut conn = app.db.read().await?;
            academy = find(&mut conn, &slug).await?;
        } else {
            academy.version += 1;
            academy.profile = profile;
            store::update(&mut tx, &academy).await?;
            let what = What { changes, ..What::of(AcademyAction::Changed) };
            note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
            tx.commit().await?;
        }
        let version = academy.version;
        Ok(tagged(&AcademyView::new(&app, academy, &recognitions, true, now), version)?.private())
    }

    /// Read an academy's history
    ///
    /// Who did what, when, newest first. Private members are named when they change, without their values.
    #[oai(path = "/:slug/history", method = "get", operation_id = "list_academy_history")]
    async fn history(
        &self,
        app: Data<&App>,
        uri: &Uri,
        /// The academy.
        slug: Path<String>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(default = "page", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<usize>,
    ) -> Result<Answer<Page<EventView>>, Error> {
        let binding = Binding::new("academy history").with("slug", &slug);
        let paging = Paging::new(&app.cursors, uri, binding, cursor.as_deref(), limit.0);
        let before = paging.after((Ts::MAX, Uuid::max()))?;
        let mut conn = app.db.snapshot().await?;
        let academy = find(&mut conn, &slug).await?;
        let mut events = store::list_events(&mut conn, academy.id, before, paging.rows()).await?;
        let count = store::count_events(&mut conn, academy.id).await?;
        let next = paging.cut(&mut events, |last| (last.at, last.id))?;
        let url = academy_url(&app, &academy.slug);
        let items = events.into_iter().map(|event| EventView::new(event, &url)).collect();
        Ok(paging.answer(items, count, next))
    }
}

/// An answer whose entity tag has the record's version in front, for `If-Match`, and a digest of the bytes
/// behind it: recognition begins and ends without the record changing.
fn tagged<const STATUS: u16>(view: &AcademyView, version: i64) -> Result<Answer<AcademyView, STATUS>, Error> {
    let answer = Answer::new(view);
    let tag = Version(version).tag_of(answer.parts()?.body);
    Ok(answer.header(header::ETAG, &tag))
}

/// A `like` pattern that finds `text` anywhere, its own `%` and `_` meant literally.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text.trim()).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
