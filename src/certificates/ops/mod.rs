//! Operations with more than one front door: taking a certificate in, composing what is shown of it, what is
//! done to it later (`status`), judging what somebody brings (`verify`), and signing it for an academy whose key the directory holds (`issue`).

pub(in crate::certificates) mod bundle;
pub(in crate::certificates) mod check;
pub(in crate::certificates) mod issue;
mod known;
pub(in crate::certificates) mod print;
pub(in crate::certificates) mod status;
pub(in crate::certificates) mod verify;

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::academies::{self, CourseVersion, CourseVersionUrl, Issuer};
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::certificates::document::Document;
use crate::certificates::model::{self, Composed, HolderMatch, RequestState};
use crate::certificates::store::{self, Certificate, NewCertificate};
use crate::certificates::trust::{TrustedAcademy, TrustedCompromise, TrustedKey, TrustedSpan};
use crate::certificates::verdict::{self, Compromise};
use crate::config::limits;
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::db::{self, Conn, OnConflict, Tx};
use crate::platform::http::strict;
use crate::platform::id::{Number, NumberKind};
use crate::platform::problem::{Error, Fault};
use crate::platform::vault::Vault;
use crate::practitioners::{self, Mark, Practitioner, Standing};
use crate::signing::json::Text;
use crate::signing::proof::{self, Expect, PROOF, Refusal, Suite};
use crate::signing::stamp::Stamp;
use crate::transparency::{self, Leaf, Op};

/// What became of a submitted certificate.
#[derive(Debug)]
pub enum Accepted {
    /// It is new and stored.
    New(Certificate),
    /// Exactly this certificate was stored before; nothing changed.
    Known(Certificate),
}

impl Accepted {
    /// The certificate, new or known.
    pub fn certificate(self) -> Certificate {
        match self {
            Self::New(certificate) | Self::Known(certificate) => certificate,
        }
    }
}

/// Takes a signed certificate in, or says everything that keeps it out.
///
/// All of it is judged at the moment of receipt: which keys may sign, whether the academy is recognised.
/// The signer picks `validFrom`, `awardedDate` and the proof's `created`, so none of them decides
/// anything here.
///
/// # Errors
/// 422 with every fault of its shape; then, one at a time, the issuer, the key, the signature, the course
/// and the listing; 409 when the academy has another certificate of this id.
pub async fn accept(app: &App, tx: &mut Tx, keeper: &AcademyKeeper, bytes: &[u8]) -> Result<Accepted, Error> {
    let now = app.clock.now();
    let text = strict::read(bytes, limits::CERTIFICATE_BYTES, PROOF)?;
    let document = read_ours(&text)?;
    let issuer = issuer_of(tx, &app.config.issuer_host, &document).await?;
    keeper.may_keep(issuer.academy_id, &issuer.slug)?;
    let key = verify_now(&document, &issuer, now)?;
    let course = course_of(tx, &app.config.public_url, &document, &issuer).await?;
    let practitioner_id = listing_of(tx, &document).await?;
    let entry = status::entry_of(app, tx, &document, &issuer).await?;
    let digest = document.digest().map_err(Error::internal)?;

    if let Some(known) = store::by_credential_id(tx, document.issuer, document.id).await? {
        return if known.digest == digest.0 { Ok(Accepted::Known(known)) } else { Err(id_taken(&known)) };
    }
    let certificate = Certificate {
        id: app.ids.uuid(),
        number: app.ids.number(NumberKind::Certificate),
        academy_id: issuer.academy_id,
        issuer: document.issuer.to_owned(),
        credential_id: document.id.to_owned(),
        digest: digest.0.to_vec(),
        key,
        holder_name: document.holder.unwrap_or_default().to_owned(),
        title: document.achievement_name.unwrap_or_default().to_owned(),
        course_hash: course.hash.to_string(),
        listing_number: document.listing().map(|number| number.to_string()),
        awarded_on: document.awarded.map(|stamp| datetime(stamp).date()),
        valid_from: Ts::from_datetime(datetime(document.valid_from)),
        valid_until: document.valid_until.map(|stamp| Ts::from_datetime(datetime(stamp))),
        received_at: now,
        recognised_at_receipt: issuer.recognised_at(now).is_some(),
        practitioner_id,
        // A certificate that names the listing is the academy's word; whoever keeps the listing handed
        // the academy its number, and can take the certificate off the listing at any time.
        academy_agreed_at: practitioner_id.map(|_| now),
        holder_agreed_at: practitioner_id.map(|_| now),
        listed: practitioner_id.is_some(),
        version: 1,
        updated_at: now,
        standing: None,
        status_list_id: entry.map(|(list, _)| list),
        status_position: entry.map(|(_, position)| position),
    };
    let new = NewCertificate { row: &certificate, bytes, received_by: &keeper.actor() };
    store::insert(tx, new)
        .await
        .on_conflict("certificates_issuer_credential_id_key", || id_taken(&certificate))?;
    status::bind(tx, entry, certificate.id).await?;
    let leaf = Leaf::new(Op::Certificate, issuer.log_id, digest);
    transparency::append(tx, certificate.id, &leaf, now).await?;
    announce(&app.vault, tx, &certificate, now).await?;
    Ok(Accepted::New(certificate))
}

/// Takes a certificate in as [`accept`] does, and closes the request it answers.
///
/// # Errors
/// As [`accept`].
pub(in crate::certificates) async fn take_in(
    app: &App,
    tx: &mut Tx,
    keeper: &AcademyKeeper,
    bytes: &[u8],
) -> Result<Accepted, Error> {
    let accepted = accept(app, tx, keeper, bytes).await?;
    if let Accepted::New(certificate) = &accepted {
        close_request(tx, certificate, app.clock.now()).await?;
    }
    Ok(accepted)
}

/// Closes the oldest request that a certificate answers: the same academy, the same listing, and the stated year.
pub(in crate::certificates) async fn close_request(
    tx: &mut Tx,
    certificate: &Certificate,
    now: Ts,
) -> db::Result<()> {
    let Some(listing) = certificate.practitioner_id else { return Ok(()) };
    let waiting = store::request::open_between(tx, certificate.academy_id, listing).await?;
    let awarded = certificate.awarded_on.map(time::Date::year);
    if let Some(mut request) = waiting.into_iter().find(|request| request.is_met_by(awarded)) {
        request.state = RequestState::Signed;
        request.certificate_id = Some(certificate.id);
        request.updated_at = now;
        store::request::end(tx, &request).await?;
    }
    Ok(())
}

/// Says in the change feed that a certificate and the listing it hangs on changed, and notes the training among
/// what the listing is known by from then on.
pub(in crate::certificates) async fn announce(
    vault: &Vault,
    tx: &mut Tx,
    certificate: &Certificate,
    now: Ts,
) -> db::Result<()> {
    changes::append(tx, &certificate.subject(), now).await?;
    let Some(listing) = certificate.practitioner_id else { return Ok(()) };
    if let Some(awarded_on) = certificate.awarded_on.filter(|_| certificate.listed) {
        let (issuer, course) = (&certificate.issuer, &certificate.course_hash);
        let mark = Mark::of_certificate(vault, issuer, course, awarded_on, &certificate.holder_name);
        practitioners::ops::mark(tx, listing, &mark, now).await?;
    }
    practitioners::touched(tx, listing, now).await
}

fn id_taken(known: &Certificate) -> Error {
    Error::new(
        model::ID_TAKEN,
        format!(
            "{} has this issuer and id and another content. A certificate never changes: give the new one an id of its own.",
            known.number
        ),
    )
}

/// The document, if it is in the shape our academies sign in.
fn read_ours<'a>(text: &'a Text<'a>) -> Result<Document<'a>, Error> {
    let shape = |faults: Vec<Fault>| {
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!(
                "{} things in the certificate are not as they must be; each is in `errors`.",
                many.len()
            ),
        };
        Error::new(model::SHAPE, detail).with_faults(faults)
    };
    let document = Document::read_text(text).map_err(shape)?;
    let faults = document.fixed_shape_faults();
    if !faults.is_empty() {
        return Err(shape(faults));
    }
    Ok(document)
}

async fn issuer_of(conn: &mut Conn, issuer_host: &str, document: &Document<'_>) -> Result<Issuer, Error> {
    academies::issuer_by_did(conn, issuer_host, document.issuer).await?.ok_or_else(|| {
        Error::new(
            model::UNKNOWN_ISSUER,
            format!(
                "{} is not an academy of this directory. An academy's issuer reads did:web:{issuer_host}:academies:<slug>, or \
                 is the did:web of its own site where it chose that when it registered.",
                crate::platform::problem::shorten(document.issuer)
            ),
        )
    })
}

/// Verifies every proof with the keys that may sign at this moment; answers the key that did.
fn verify_now(document: &Document<'_>, issuer: &Issuer, now: Ts) -> Result<String, Error> {
    let key_of = |method: &str| {
        let (did, multibase) = crate::signing::did::split_method(method)?;
        (did == issuer.did).then(|| issuer.key(multibase)).flatten()
    };
    for proof in &document.proofs {
        let Some(key) = key_of(proof.method) else {
            return Err(Error::new(
                model::KEY_NOT_ACTIVE,
                format!(
                    "`{}` is not a key of {}.",
                    crate::platform::problem::shorten(proof.method),
                    issuer.did
                ),
            ));
        };
        if !key.may_sign(now) {
            return Err(Error::new(
                model::KEY_NOT_ACTIVE,
                format!(
                    "The key {} is known and may not sign now. Sign with an active one.",
                    key.public.to_multibase()
                ),
            ));
        }
    }
    let verified = proof::verify(&document.canonical, &document.proofs, Expect::CERTIFICATE, |method| {
        key_of(method).map(|key| &key.public)
    })
    .map_err(|refusal| {
        let code = if refusal == Refusal::UnknownKey { model::KEY_NOT_ACTIVE } else { model::BAD_SIGNATURE };
        Error::new(code, format!("The certificate was not taken: {refusal}."))
    })?;
    if verified.not_checked().next().is_some() {
        return Err(Error::new(
            model::BAD_SIGNATURE,
            "The certificate carries a proof of a kind that is not checked here. Sign it with eddsa-jcs-2022 and eddsa-rdfc-2022 alone.",
        ));
    }
    // Whoever takes the certificate abroad finds software that knows the one or the other.
    let has = |suite: Suite| verified.checked().filter(|proof| proof.suite == suite).count() == 1;
    let method = verified.checked().next().map_or("", |proof| proof.method);
    if !Suite::BOTH.into_iter().all(has) || verified.checked().any(|proof| proof.method != method) {
        return Err(Error::new(
            model::PROOFS,
            "A certificate needs two proofs by one key, one of eddsa-rdfc-2022 and one of eddsa-jcs-2022, each over the document without proofs. `stipple certificate sign` makes both.",
        ));
    }
    Ok(key_of(method).map(|key| key.public.to_multibase()).unwrap_or_default())
}

async fn course_of(
    conn: &mut Conn,
    public_url: &str,
    document: &Document<'_>,
    issuer: &Issuer,
) -> Result<CourseVersion, Error> {
    let refused = |detail: String| Err(Error::new(model::UNKNOWN_COURSE, detail));
    let shown = crate::platform::problem::shorten(document.achievement);
    let Some(url) = CourseVersionUrl::parse(document.achievement) else {
        return refused(format!("`{shown}` is not the address of a course version."));
    };
    if url.origin != public_url || url.slug != issuer.slug {
        return refused(format!(
            "`{shown}` is not a course version of this academy; its addresses begin with {public_url}/v1/academies/{}/courses/.",
            issuer.slug
        ));
    }
    match academies::course_version(conn, &url).await? {
        Some(version) if version.academy_id == issuer.academy_id => Ok(version),
        _ => refused(format!(
            "There is no course version `{shown}`. Register the version first, then sign with its address."
        )),
    }
}

/// The listing a certificate names, which must be there.
async fn listing_of(conn: &mut Conn, document: &Document<'_>) -> Result<Option<Uuid>, Error> {
    let Some(number) = document.listing() else { return Ok(None) };
    match practitioners::standing(conn, number).await? {
        Some(Standing::Listed { id, .. }) => Ok(Some(id)),
        Some(Standing::Merged { into, .. }) => Err(Error::new(
            model::UNKNOWN_LISTING,
            format!(
                "The listing {number} was merged into {into}. Ask the holder which it is, and sign for that one."
            ),
        )),
        Some(_) => Err(Error::new(model::UNKNOWN_LISTING, format!("The listing {number} was removed."))),
        None => Err(Error::new(
            model::UNKNOWN_LISTING,
            format!(
                "There is no listing {number}. Check the number with the holder, or leave credentialSubject.id out."
            ),
        )),
    }
}

fn datetime(stamp: Stamp) -> OffsetDateTime {
    Ts::from_micros(stamp.micros()).datetime()
}

/// The certificates that listings show, composed; newest first within each listing.
///
/// # Errors
/// As the database says.
pub async fn of_listings(
    conn: &mut Conn,
    practitioners: &[Practitioner],
    now: Ts,
) -> db::Result<HashMap<Uuid, Vec<Composed>>> {
    let ids: Vec<Uuid> = practitioners.iter().map(|practitioner| practitioner.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::listed_for(conn, &ids).await?;
    let mut by_listing: HashMap<Uuid, Vec<Composed>> = HashMap::new();
    for composed in compose(conn, rows, practitioners, now).await? {
        if let Some(id) = composed.certificate.practitioner_id {
            by_listing.entry(id).or_default().push(composed);
        }
    }
    Ok(by_listing)
}

/// The trainer's name in a stored certificate, where it gives one.
///
/// # Errors
/// As the database says.
pub async fn trainer_of(conn: &mut Conn, id: Uuid) -> db::Result<Option<String>> {
    let bytes = store::bytes(conn, id).await?;
    let Ok(text) = verdict::read(&bytes) else { return Ok(None) };
    let trainer = Document::read_text(&text).ok().and_then(|document| document.trainer?.1.map(str::to_owned));
    Ok(trainer)
}

/// Composes certificates whose listings may not be loaded yet.
pub(in crate::certificates) async fn compose_all(
    conn: &mut Conn,
    rows: Vec<Certificate>,
    now: Ts,
) -> db::Result<Vec<Composed>> {
    let ids: HashSet<Uuid> = rows.iter().filter_map(|row| row.practitioner_id).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let practitioners =
        if ids.is_empty() { Vec::new() } else { practitioners::load_many(conn, &ids).await? };
    compose(conn, rows, &practitioners, now).await
}

async fn compose(
    conn: &mut Conn,
    rows: Vec<Certificate>,
    practitioners: &[Practitioner],
    now: Ts,
) -> db::Result<Vec<Composed>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let hashes: HashSet<String> = rows.iter().map(|row| row.course_hash.clone()).collect();
    let courses: HashMap<String, CourseVersion> =
        academies::course_versions(conn, &hashes.into_iter().collect::<Vec<_>>())
            .await?
            .into_iter()
            .map(|version| (version.hash.to_string(), version))
            .collect();
    let academy_ids: HashSet<Uuid> = rows.iter().map(|row| row.academy_id).collect();
    let academies: HashMap<Uuid, academies::Signer> =
        academies::signers(conn, &academy_ids.into_iter().collect::<Vec<_>>(), now)
            .await?
            .into_iter()
            .map(|signer| (signer.academy_id, signer))
            .collect();
    let fallen = fallen(conn, &rows, &academies.keys().copied().collect::<Vec<_>>()).await?;
    let listings: HashMap<Uuid, &Practitioner> =
        practitioners.iter().map(|practitioner| (practitioner.id, practitioner)).collect();
    Ok(rows
        .into_iter()
        .filter_map(|certificate| {
            // Both are foreign keys: a row without them cannot be stored.
            let course = courses.get(&certificate.course_hash)?.clone();
            let signer = academies.get(&certificate.academy_id)?;
            let listing = certificate.practitioner_id.and_then(|id| listings.get(&id));
            Some(Composed {
                holder: listing.map_or(HolderMatch::Unattached, |listing| {
                    HolderMatch::of(&certificate.holder_name, &listing.person_names())
                }),
                listing: listing.map(|listing| listing.number),
                academy_slug: signer.slug.clone(),
                academy_name: signer.name.clone(),
                recognised: signer.recognised,
                recognition_changes_at: signer.next_change,
                key_stands: !fallen.contains(&certificate.id),
                course,
                certificate,
            })
        })
        .collect())
}

/// Which of these certificates fell with the key that signed them.
async fn fallen(conn: &mut Conn, rows: &[Certificate], academies: &[Uuid]) -> db::Result<HashSet<Uuid>> {
    let mut fallen = HashSet::new();
    for key in academies::stolen_keys(conn, academies).await? {
        let theft = Compromise { since: key.compromised_since, reported: None };
        let signed = rows.iter().filter(|row| row.academy_id == key.academy_id && row.key == key.multibase);
        for row in signed {
            let logged = transparency::place_of(conn, Op::Certificate, row.id).await?;
            if !theft.spares(logged.map(|place| place.at)) {
                fallen.insert(row.id);
            }
        }
    }
    Ok(fallen)
}

/// The listings that show a certificate of an academy: up to `limit` of them after `after`.
///
/// # Errors
/// As the database says.
pub async fn holders_of(conn: &mut Conn, academy_id: Uuid, after: Uuid, limit: i64) -> db::Result<Vec<Uuid>> {
    Ok(store::holders_of(conn, academy_id, after, limit).await?.into_iter().map(|(id,)| id).collect())
}

/// One certificate by its number, composed.
pub(in crate::certificates) async fn find(
    conn: &mut Conn,
    number: Number,
    now: Ts,
) -> Result<Composed, Error> {
    let row = store::by_number(conn, number).await?.ok_or_else(|| {
        Error::not_found(format!(
            "There is no certificate {number}. The check character fits, so it was not mistyped: it was never given out here."
        ))
    })?;
    compose_all(conn, vec![row], now)
        .await?
        .pop()
        .ok_or_else(|| Error::internal("a certificate without its course"))
}

/// A certificate as a person is shown it: what it says, and the verdict of this moment.
///
/// # Errors
/// 404 where there is none of this number.
pub async fn shown(
    app: &App,
    conn: &mut Conn,
    number: Number,
) -> Result<(model::CertificateView, verdict::Verdict), Error> {
    let now = app.clock.now();
    let composed = find(conn, number, now).await?;
    let verdict = verify::of_number(app, conn, number, verdict::Question::now(now)).await?;
    Ok((composed.view(&app.config.public_url, now), verdict))
}

/// An academy as a trust file has it, for verifying without a network.
pub fn trusted(issuer: &Issuer) -> TrustedAcademy {
    TrustedAcademy {
        did: issuer.did.clone(),
        name: issuer.name.clone(),
        recognised: issuer
            .recognitions
            .iter()
            .map(|recognition| TrustedSpan { from: recognition.counts_from, until: recognition.until_at })
            .collect(),
        keys: issuer
            .keys
            .iter()
            .filter_map(|key| {
                Some(TrustedKey {
                    public_key_multibase: key.public.to_multibase(),
                    added: key.active_at?,
                    retired: key.retired_at,
                    compromised: key
                        .revoked_at
                        .map(|reported| TrustedCompromise { since: key.compromised_since, reported }),
                })
            })
            .collect(),
    }
}
