//! What the directory knows of a document, looked up for the judge, and kept in memory between commits.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::status;
use crate::academies::{self, CourseVersionUrl, Issuer};
use crate::app::App;
use crate::certificates::document::Document;
use crate::certificates::model::acts::CertificateAct;
use crate::certificates::store::{self, Certificate};
use crate::certificates::verdict::{
    self, Compromise, Holder, IssuerRecord, KeyRecord, Knowledge, Logged, Question, Recognition, Span,
    Stored, Verdict,
};
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{self, Conn};
use crate::platform::id::Number;
use crate::platform::problem::Error;
use crate::practitioners;
use crate::signing::digest::Digest;
use crate::transparency::{self, Op};

/// Everything that is looked up for one document. It depends on what the document says and on the database alone.
#[derive(Clone, Debug)]
pub(super) struct Known {
    issuer: Option<IssuerRecord>,
    stored: Option<Certificate>,
    holder: Option<Person>,
    acts: Vec<CertificateAct>,
    logged: Option<Logged>,
    status: verdict::Status,
    course: verdict::Course,
}

/// The person of the listing that a certificate is made out to.
#[derive(Clone, Debug)]
struct Person {
    number: Number,
    names: Vec<String>,
}

impl Known {
    /// Looks it up.
    ///
    /// # Errors
    /// Only when the database does; of a document that says nothing to anybody here, nothing is known.
    pub(super) async fn look_up(app: &App, conn: &mut Conn, document: &Document<'_>) -> Result<Self, Error> {
        let issuer = academies::issuer_by_did(conn, &app.config.issuer_host, document.issuer).await?;
        let stored = match &issuer {
            Some(_) => store::by_credential_id(conn, document.issuer, document.id).await?,
            None => None,
        };
        let listing = match document.listing() {
            Some(number) => practitioners::load(conn, number).await?,
            None => match stored.as_ref().filter(|row| row.is_attached()).and_then(|row| row.practitioner_id)
            {
                Some(id) => practitioners::load_many(conn, &[id]).await?.pop(),
                None => None,
            },
        };
        let holder = listing.map(|listing| {
            let names = listing.person_names();
            let all = std::iter::once(names.name).chain(names.former.iter().map(String::as_str));
            Person { number: listing.number, names: all.map(str::to_owned).collect() }
        });
        let acts = match &stored {
            Some(row) => store::status::acts(conn, row.id).await?,
            None => Vec::new(),
        };
        let place = match &stored {
            Some(row) => transparency::place_of(conn, Op::Certificate, row.id).await?,
            None => None,
        };
        let logged = match place {
            Some(place) => Some(Logged {
                index: place.index,
                at: place.at,
                witnesses: transparency::witnesses_of(conn, place).await?,
            }),
            None => None,
        };
        Ok(Self {
            status: status::known(app, conn, document, issuer.as_ref()).await?,
            course: course(conn, document, issuer.as_ref()).await?,
            issuer: issuer.map(|issuer| record_of(issuer, &app.config.public_url)),
            stored,
            holder,
            acts,
            logged,
        })
    }

    /// The verdict on the document it was looked up for.
    pub(super) fn judge(&self, document: &Document<'_>, question: Question) -> Verdict {
        let names: Vec<&str> =
            self.holder.iter().flat_map(|person| &person.names).map(String::as_str).collect();
        let numbers = self.holder.as_ref().map(|person| [person.number]);
        let knowledge = Knowledge {
            issuer: self.issuer.as_ref().map_or(verdict::Issuer::ItselfOnly, verdict::Issuer::Known),
            received: self.stored.as_ref().map(|row| row.received_at),
            logged: self.logged,
            stored: self.stored.as_ref().and_then(digest_of).map_or(Stored::NotHeld, Stored::Held),
            course: self.course,
            status: self.status,
            acts: &self.acts,
            holder: numbers
                .as_ref()
                .map_or(Holder::NotCompared, |numbers| Holder::Listing { numbers, names: &names }),
        };
        let mut verdict = verdict::judge(document, &knowledge, question);
        verdict.certificate = self.stored.as_ref().map(|row| row.number);
        verdict
    }
}

/// What was looked up lately, by the digest of the whole document.
struct Lately(Cache<Digest, Arc<Remembered>>);

struct Remembered {
    known: Known,
    /// How many commits this process had made before the look-up.
    commits: u64,
    at: Ts,
}

impl Default for Lately {
    fn default() -> Self {
        Self(Cache::new(limits::KNOWN_DOCUMENTS))
    }
}

/// The verdict on a document, by what the directory knows of it: what was looked up a moment ago is not looked up
/// again, unless this process has committed anything since. What another process committed is seen after
/// [`limits::KNOWN_FOR`] at the latest. The signatures are checked every time.
///
/// # Errors
/// Only when the database does; whatever the document says, there is a verdict.
pub(super) async fn judge(app: &App, document: &Document<'_>, question: Question) -> Result<Verdict, Error> {
    let lately = app.memory.of::<Lately>();
    let digest = document.digest().ok();
    let (commits, now) = (app.db.hub().commits(), app.clock.now());
    let fresh = |kept: &Arc<Remembered>| kept.commits == commits && now.since(kept.at) < limits::KNOWN_FOR;
    if let Some(kept) = digest.and_then(|digest| lately.0.get(&digest)).filter(fresh) {
        return Ok(kept.known.judge(document, question));
    }
    let known = Known::look_up(app, &mut app.db.snapshot().await?, document).await?;
    let verdict = known.judge(document, question);
    if let Some(digest) = digest {
        lately.0.insert(digest, Arc::new(Remembered { known, commits, at: now }));
    }
    Ok(verdict)
}

fn digest_of(row: &Certificate) -> Option<Digest> {
    row.digest.as_slice().try_into().ok().map(Digest)
}

async fn course(
    conn: &mut Conn,
    document: &Document<'_>,
    issuer: Option<&Issuer>,
) -> db::Result<verdict::Course> {
    let (Some(url), Some(issuer)) = (CourseVersionUrl::parse(document.achievement), issuer) else {
        return Ok(verdict::Course::NotAtHand);
    };
    Ok(match academies::course_version(conn, &url).await? {
        None => verdict::Course::NotAtHand,
        Some(version) if version.academy_id != issuer.academy_id => verdict::Course::NotTheIssuers,
        Some(version) if Digest::of_bytes(&version.bytes) != url.hash => verdict::Course::Differs,
        Some(_) => verdict::Course::Matches,
    })
}

/// What the directory knows of an issuer, in the judge's words.
fn record_of(issuer: Issuer, registry: &str) -> IssuerRecord {
    IssuerRecord {
        did: issuer.did.clone(),
        name: Some(issuer.name),
        keys: issuer
            .keys
            .iter()
            .filter(|key| key.active_at.is_some())
            .map(|key| KeyRecord {
                added: key.active_at,
                retired: key.retired_at,
                compromised: key
                    .revoked_at
                    .map(|reported| Compromise { since: key.compromised_since, reported: Some(reported) }),
                ..KeyRecord::standing(&issuer.did, key.public, None)
            })
            .collect(),
        recognition: Recognition::Registry {
            name: registry.to_owned(),
            spans: issuer
                .recognitions
                .iter()
                .map(|recognition| Span { from: recognition.counts_from, until: recognition.until_at })
                .collect(),
        },
    }
}
