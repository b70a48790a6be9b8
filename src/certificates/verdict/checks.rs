//! The six checks, and how they come to one answer.

use super::knowledge::{
    Course, Holder, Issuer, IssuerRecord, KeyRecord, Knowledge, Logged, Recognition, Status, Stored,
};
use super::{Check, CheckName, CheckOutcome, Evidence, EvidenceKind as Kind, Question, Reason, Verdict};
use crate::certificates::document::Document;
use crate::certificates::model::acts::{CertificateAct, Standing};
use crate::platform::clock::Ts;
use crate::platform::problem::Fault;
use crate::practitioners::same_name;
use crate::signing::did;
use crate::signing::jose::{Algorithm, Jws};
use crate::signing::json::Tree;
use crate::signing::keys::PublicKey;
use crate::signing::proof::{self, Expect, Refusal, Suite, Verified};
use crate::signing::stamp::Stamp;

/// A check, and the reason it gives where it is not passed.
type Found = (Check, Reason);

fn found(check: CheckName, outcome: CheckOutcome, reason: Reason, detail: impl Into<String>) -> Found {
    (Check { check, outcome, detail: detail.into(), evidence: Vec::new() }, reason)
}

fn with(mut found: Found, evidence: impl IntoIterator<Item = Evidence>) -> Found {
    found.0.evidence.extend(evidence);
    found
}

fn not_checked(check: CheckName, detail: impl Into<String>) -> Found {
    found(check, CheckOutcome::NotChecked, Reason::Good, detail)
}

fn conclude(found: Vec<Found>, at: Ts) -> Verdict {
    let reason = found.iter().map(|(_, reason)| *reason).min().unwrap_or_default();
    let checks = found.into_iter().map(|(check, _)| check).collect();
    Verdict {
        verdict: reason.answer(),
        checks,
        as_of: at,
        today: None,
        checkpoint: None,
        form: None,
        certificate: None,
        reason,
    }
}

/// The names of the checks that follow integrity.
const REST: [CheckName; 5] =
    [CheckName::Issuer, CheckName::Period, CheckName::Status, CheckName::Log, CheckName::Holder];

/// The verdict on something that has not the form of a certificate.
pub(super) fn malformed(faults: &[Fault], question: Question) -> Verdict {
    let unknown_words = |fault: &Fault| fault.code == "unknown-context";
    let (outcome, reason, detail) = if !faults.is_empty() && faults.iter().all(unknown_words) {
        let detail =
            "It uses contexts that are not known here, so what its words mean cannot be told.".to_owned();
        (CheckOutcome::Unknown, Reason::CannotTell, detail)
    } else {
        let first = faults.first().map(|fault| fault.detail.as_str()).unwrap_or_default();
        let more = match faults.len() {
            0 | 1 => String::new(),
            n => format!(" ({} more below)", n - 1),
        };
        let detail = format!("It is not a certificate in good form: {first}{more}");
        (CheckOutcome::Fail, Reason::Malformed, detail)
    };
    let describe = |fault: &Fault| {
        Evidence::new(Kind::Fault, format!("{} {}: {}", fault.pointer, fault.code, fault.detail).trim_start())
    };
    let integrity = found(CheckName::Integrity, outcome, reason, detail);
    let mut all = vec![with(integrity, faults.iter().map(describe))];
    all.extend(REST.map(|check| not_checked(check, "Not looked at, because the form is not sound.")));
    conclude(all, question.at())
}

/// The verdict on a document whose form is sound.
#[must_use]
pub fn judge(document: &Document<'_>, knowledge: &Knowledge<'_>, question: Question) -> Verdict {
    if document.claims_our_shape() && document.envelope.is_none() {
        let faults = document.fixed_shape_faults();
        if !faults.is_empty() {
            return malformed(&faults, question);
        }
    }
    let (integrity, signed) = integrity(document, knowledge);
    let at = |integrity: Found, at: Ts| {
        let failed = integrity.0.outcome == CheckOutcome::Fail;
        let mut all = Vec::with_capacity(1 + REST.len());
        all.push(integrity);
        if failed {
            let detail = "Not looked at: whoever changed the certificate could have written this too.";
            all.extend(REST.map(|check| not_checked(check, detail)));
        } else {
            all.push(issuer(document, knowledge, &signed, at));
            all.push(period(document, &signed, at));
            all.push(status(document, knowledge, at));
            all.push(log(knowledge, at));
            all.push(holder(document, knowledge));
        }
        conclude(all, at)
    };
    let today = question.as_of.map(|_| at(integrity.clone(), question.now).verdict);
    Verdict { today, ..at(integrity, question.at()) }
}

/// What integrity leaves for the other checks: the proofs that verified, by method and expiry.
struct Signed<'a>(Vec<(&'a str, Option<Ts>)>);

impl<'a> Signed<'a> {
    fn of(verified: &Verified<'_, 'a>) -> Self {
        let end = |expires: Option<Stamp>| expires.map(|expires| Ts::from_micros(expires.micros()));
        Self(verified.checked().map(|proof| (proof.method, end(proof.expires))).collect())
    }
}

fn integrity<'a>(document: &Document<'a>, knowledge: &Knowledge<'_>) -> (Found, Signed<'a>) {
    let fail = |detail: &str| found(CheckName::Integrity, CheckOutcome::Fail, Reason::Tampered, detail);
    let unknown =
        |detail: &str| found(CheckName::Integrity, CheckOutcome::Unknown, Reason::CannotTell, detail);
    let nothing = || Signed(Vec::new());
    let methods = || document.methods().map(|method| Evidence::new(Kind::VerificationMethod, method));
    let foreign = |method: &str| {
        // An issuer that is no DID has its keys elsewhere; whose they are, nobody here knows.
        did::is_did(document.issuer)
            && did::split_method(method).is_none_or(|(did, _)| did != document.issuer)
    };
    if document.methods().any(foreign) {
        let found = fail("It carries a signature by somebody other than the issuer it names.");
        return (with(found, methods()), nothing());
    }
    let own_keys = own_keys(document, knowledge);
    let key = |method: &str| match knowledge.issuer {
        Issuer::Known(record) => record.key(method).map(|record| &record.key),
        Issuer::ItselfOnly => own_keys.iter().find(|(name, _)| *name == method).map(|(_, key)| key),
    };
    if let Some(jws) = document.envelope {
        let (found, signed) = enveloped(document, jws, knowledge, key);
        return (with(found, methods()), signed);
    }
    let verified = match proof::verify(&document.canonical, &document.proofs, Expect::CERTIFICATE, key) {
        Ok(verified) => verified,
        Err(refusal) => {
            let found = match (refusal, knowledge.issuer) {
                (Refusal::UnknownKey, Issuer::Known(_)) => {
                    fail("It is signed with a key that is not one of this academy's.")
                }
                (Refusal::UnknownKey, Issuer::ItselfOnly) => {
                    unknown("The key it was signed with is not known here.")
                }
                (Refusal::NothingChecked, _) => unknown(
                    "It is signed in a way that is not checked here; only eddsa-jcs-2022 and eddsa-rdfc-2022 are.",
                ),
                (Refusal::NotRead, _) => unknown(
                    "One of its signatures covers statements that cannot be read here, because of its contexts or because too much in it has no name.",
                ),
                (refusal, _) => {
                    fail(&format!("It was changed after it was signed, or was never signed: {refusal}."))
                }
            };
            return (with(found, methods()), nothing());
        }
    };
    let signed = Signed::of(&verified);
    let found = form(document, knowledge, &verified);
    let suite = verified.checked().map(|proof| Evidence::new(Kind::Cryptosuite, proof.suite_name));
    (with(found, methods().chain(suite)), signed)
}

/// Integrity of a credential whose signature is around it, in a JWS. Certificates of this directory are never issued so.
fn enveloped<'a, 'k>(
    document: &Document<'a>,
    jws: &'a Jws<'a>,
    knowledge: &Knowledge<'_>,
    key: impl Fn(&str) -> Option<&'k PublicKey>,
) -> (Found, Signed<'a>) {
    let fail = |detail: &str| found(CheckName::Integrity, CheckOutcome::Fail, Reason::Tampered, detail);
    let unknown =
        |detail: &str| found(CheckName::Integrity, CheckOutcome::Unknown, Reason::CannotTell, detail);
    let ours = document.claims_our_shape() || matches!(knowledge.stored, Stored::Held(_));
    let method = jws.method.as_deref();
    let result = match (&jws.algorithm, method.and_then(|method| Some((method, key(method)?)))) {
        _ if ours => fail(
            "Certificates of this shape are never issued in a JWS: this is not the form it was issued in.",
        ),
        (Algorithm::None, _) => fail("It was never signed: its algorithm is `none`."),
        (Algorithm::Other(name), _) => unknown(&format!(
            "It is signed in a way that is not checked here ({name}); of JWS only EdDSA is."
        )),
        (Algorithm::EdDsa, None) if method.is_some() && matches!(knowledge.issuer, Issuer::Known(_)) => {
            fail("It is signed with a key that is not one of this academy's.")
        }
        (Algorithm::EdDsa, None) => unknown(
            "The key it was signed with is not known here. A key that the signature brings along itself proves nothing.",
        ),
        (Algorithm::EdDsa, Some((method, key))) if jws.is_signed_by(key) => {
            let expires = jws.expires.and_then(|seconds| seconds.checked_mul(1_000_000)).map(Ts::from_micros);
            let found = found(
                CheckName::Integrity,
                CheckOutcome::Pass,
                Reason::Good,
                "Unchanged since it was signed. What it names as its course was not at hand.",
            );
            return (
                with(found, [Evidence::new(Kind::Cryptosuite, "EdDSA (JWS)")]),
                Signed(vec![(method, expires)]),
            );
        }
        (Algorithm::EdDsa, Some(_)) => {
            fail("It was changed after it was signed: the signature does not fit.")
        }
    };
    (result, Signed(Vec::new()))
}

/// Whether what the signatures fit is the form it was issued in, and its course what was signed.
fn form(document: &Document<'_>, knowledge: &Knowledge<'_>, verified: &Verified<'_, '_>) -> Found {
    let fail = |detail: &str| found(CheckName::Integrity, CheckOutcome::Fail, Reason::Tampered, detail);
    match (verified.not_checked().next(), knowledge.stored, knowledge.course) {
        (_, Stored::Held(digest), _) if document.digest() != Ok(digest) => fail(
            "The academy's signature fits, but this is not the form the directory holds: a proof was added or taken away, or the academy signed twice.",
        ),
        (_, Stored::NotHeld, _) if document.claims_our_shape() && lacks_a_proof(verified) => fail(
            "Certificates of this shape carry two proofs, and one of them is missing: this is not the form it was issued in.",
        ),
        (_, _, Course::Differs) => fail("The course version it names has other content than was signed."),
        (Some(proof), _, _) => found(
            CheckName::Integrity,
            CheckOutcome::Unknown,
            Reason::CannotTell,
            format!(
                "One of its signatures is of a kind that is not checked here ({}).",
                proof.suite_name.chars().take(40).collect::<String>()
            ),
        ),
        (None, _, Course::Matches) => found(
            CheckName::Integrity,
            CheckOutcome::Pass,
            Reason::Good,
            "Unchanged since it was signed, and the course version has the content that was signed.",
        ),
        (None, _, _) => found(
            CheckName::Integrity,
            CheckOutcome::Pass,
            Reason::Good,
            "Unchanged since it was signed. The course version it names was not at hand, so its hours and topics were not compared.",
        ),
    }
}

/// Whether one of the two proofs is missing that every certificate is issued with.
fn lacks_a_proof(verified: &Verified<'_, '_>) -> bool {
    let has = |suite: Suite| verified.checked().any(|proof| proof.suite == suite);
    !Suite::BOTH.into_iter().all(has)
}

/// The keys a document names itself, for telling at least whether it hangs together.
fn own_keys<'a>(document: &Document<'a>, knowledge: &Knowledge<'_>) -> Vec<(&'a str, PublicKey)> {
    if matches!(knowledge.issuer, Issuer::Known(_)) {
        return Vec::new();
    }
    let of_method = |method: &'a str| {
        let (_, fragment) = did::split_method(method)?;
        Some((method, PublicKey::from_multibase(fragment).ok()?))
    };
    document.methods().filter_map(of_method).collect()
}

fn issuer(document: &Document<'_>, knowledge: &Knowledge<'_>, signed: &Signed<'_>, at: Ts) -> Found {
    let name = CheckName::Issuer;
    let did = Evidence::new(Kind::Issuer, document.issuer);
    let Issuer::Known(record) = knowledge.issuer else {
        let detail = "Nothing is known of the issuer but what the certificate says itself; anybody can make a key and a name.";
        return with(found(name, CheckOutcome::Unknown, Reason::CannotTell, detail), [did]);
    };
    let mut evidence = vec![did];
    let keys = signed.0.iter().filter_map(|(method, _)| record.key(method));
    let mut worst: Option<Found> = None;
    let mut notes = Vec::new();
    for key in keys {
        match key_standing(key, knowledge, at) {
            Ok(note) => notes.extend(note),
            Err((outcome, reason, detail)) => {
                let found = found(name, outcome, reason, detail);
                if worst.as_ref().is_none_or(|worst| reason < worst.1) {
                    worst = Some(found);
                }
            }
        }
        evidence.extend(key_evidence(key));
    }
    if knowledge.course == Course::NotTheIssuers {
        let detail = "The course it names belongs to another academy.";
        worst = worst.or_else(|| Some(found(name, CheckOutcome::Fail, Reason::Tampered, detail)));
    }
    if let Some(worst) = worst {
        return with(worst, evidence);
    }
    let standing = recognition(record, at, &mut evidence);
    let differs = record.name.as_deref().zip(document.issuer_name).filter(|(ours, theirs)| ours != theirs);
    if let Some((registered, _)) = differs {
        notes.push(format!("It signs under another name than the one it is registered under, {registered}."));
    }
    let (outcome, reason, detail) = match standing {
        Ok(detail) if notes.is_empty() => (CheckOutcome::Pass, Reason::Good, detail),
        Ok(detail) => (CheckOutcome::Warn, Reason::Good, detail),
        Err(detail) => (CheckOutcome::Warn, Reason::Unrecognised, detail),
    };
    notes.insert(0, detail);
    with(found(name, outcome, reason, notes.join(" ")), evidence)
}

/// Whether a key was good, with something to know about it; otherwise what is wrong.
fn key_standing(
    key: &KeyRecord,
    knowledge: &Knowledge<'_>,
    at: Ts,
) -> Result<Option<String>, (CheckOutcome, Reason, String)> {
    let received = knowledge.received;
    let bad = |detail: &str| Err((CheckOutcome::Fail, Reason::KeyNotGood, detail.to_owned()));
    if let Some(compromise) = key.compromised {
        if !compromise.spares(knowledge.logged.map(|logged| logged.at)) {
            return bad(
                "It was signed with a key that is in the wrong hands. Ask the academy to issue it again.",
            );
        }
        return Ok(Some(
            "Its key was stolen later: the public log shows that the certificate is older than that. Other people's \
             software refuses it all the same, so ask the academy to issue it again."
                .to_owned(),
        ));
    }
    if !key.may_certify {
        return bad("It was signed with a key that the academy does not use for certificates.");
    }
    match (received, key.added, key.retired) {
        (Some(received), Some(added), _) if received < added => {
            return bad("It was received before the academy had the key it is signed with.");
        }
        (Some(received), _, Some(retired)) if received >= retired => {
            return bad("It was received after the academy had retired the key it is signed with.");
        }
        _ => {}
    }
    if let Some(expires) = key.expires.filter(|expires| *expires <= at) {
        let detail =
            format!("Its key expired on {}, and when it was signed cannot be shown.", expires.date());
        return Err((CheckOutcome::Unknown, Reason::CannotTell, detail));
    }
    match (received, key.retired) {
        (None, Some(retired)) => Ok(Some(format!(
            "The academy retired this key on {}; that the certificate was signed before is its word.",
            retired.date()
        ))),
        _ => Ok(None),
    }
}

fn key_evidence(key: &KeyRecord) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let mut time = |kind, at: Option<Ts>| evidence.extend(at.map(|at| Evidence::new(kind, at.to_string())));
    time(Kind::KeyAdded, key.added);
    time(Kind::KeyRetired, key.retired);
    time(Kind::KeyExpires, key.expires);
    time(Kind::KeyCompromisedSince, key.compromised.and_then(|compromise| compromise.since));
    time(Kind::KeyCompromiseReported, key.compromised.and_then(|compromise| compromise.reported));
    evidence
}

/// Who recognises the issuer at an instant, or that nobody does.
fn recognition(record: &IssuerRecord, at: Ts, evidence: &mut Vec<Evidence>) -> Result<String, String> {
    let name = record.name.as_deref().unwrap_or(&record.did);
    match &record.recognition {
        Recognition::Caller => {
            evidence.push(Evidence::new(Kind::RecognisedBy, "you"));
            Ok(format!("Signed by {name}, which you named as an issuer to trust."))
        }
        Recognition::Registry { name: registry, spans } => {
            match spans.iter().find(|span| span.contains(at)) {
                Some(span) => {
                    evidence.push(Evidence::new(Kind::RecognisedBy, registry.clone()));
                    evidence.push(Evidence::new(Kind::RecognisedFrom, span.from.to_string()));
                    evidence.extend(
                        span.until.map(|until| Evidence::new(Kind::RecognisedUntil, until.to_string())),
                    );
                    Ok(format!("Signed by {name}, recognised by {registry}."))
                }
                None if spans.is_empty() => {
                    Err(format!("Signed by {name}, which {registry} does not recognise."))
                }
                None => Err(format!(
                    "Signed by {name}, which {registry} did not recognise at the time asked about."
                )),
            }
        }
    }
}

fn period(document: &Document<'_>, signed: &Signed<'_>, at: Ts) -> Found {
    let name = CheckName::Period;
    let now = at.micros();
    // Times are shown as the document writes them.
    let written = |name: &str| document.members().get(name).and_then(Tree::as_str);
    let show = |name: &str| written(name).unwrap_or_default();
    let times =
        [(Kind::ValidFrom, "validFrom"), (Kind::ValidUntil, "validUntil"), (Kind::Awarded, "awardedDate")];
    let evidence = times.iter().filter_map(|(kind, name)| Some(Evidence::new(*kind, written(name)?)));
    let proof_ends = signed.0.iter().filter_map(|(_, expires)| *expires).min();
    let found = |outcome, reason, detail: String| found(name, outcome, reason, detail);
    let result = match (document.valid_until, proof_ends) {
        _ if now < document.valid_from.micros() => {
            let detail = format!("It comes into force on {}.", show("validFrom"));
            found(CheckOutcome::Fail, Reason::NotYetValid, detail)
        }
        (Some(until), _) if now > until.micros() => {
            found(CheckOutcome::Fail, Reason::Expired, format!("It expired on {}.", show("validUntil")))
        }
        (_, Some(end)) if now > end.micros() => {
            found(CheckOutcome::Fail, Reason::Expired, format!("Its signature expired on {end}."))
        }
        (Some(_), _) => {
            found(CheckOutcome::Pass, Reason::Good, format!("It is in force until {}.", show("validUntil")))
        }
        (None, _) => found(CheckOutcome::Pass, Reason::Good, "It is in force, and names no end.".to_owned()),
    };
    with(result, evidence)
}

fn status(document: &Document<'_>, knowledge: &Knowledge<'_>, at: Ts) -> Found {
    let name = CheckName::Status;
    let act = |act: &CertificateAct| {
        let words = format!("{} on {}: {}", act.act.as_str(), act.at, act.reason.as_str());
        Evidence::new(Kind::Act, words)
    };
    let mut evidence: Vec<Evidence> = knowledge.acts.iter().map(act).collect();
    evidence.extend(
        document
            .status_entry()
            .map(|entry| Evidence::new(Kind::StatusEntry, format!("{}#{}", entry.list, entry.index))),
    );
    if let Status::Read { published, .. } = knowledge.status {
        evidence.push(Evidence::new(Kind::StatusListPublished, published.to_string()));
    }
    let result = match (Standing::of(knowledge.acts, at), knowledge.status) {
        (Some(standing), _) => found(name, CheckOutcome::Fail, Reason::Revoked, standing.sentence()),
        // The list says what holds today; for an earlier day the acts do.
        (None, Status::Read { is_set: true, .. }) if knowledge.acts.is_empty() => {
            found(name, CheckOutcome::Fail, Reason::Revoked, "Its academy revoked it.")
        }
        (None, Status::Read { .. }) => {
            found(name, CheckOutcome::Pass, Reason::Good, "It is not among those its academy revoked.")
        }
        (None, Status::Stale { known }) => {
            let detail = format!(
                "What is known of revocations is of {known}, and too old for this question. Ask as of that time, or get \
                 what is newer."
            );
            found(name, CheckOutcome::Unknown, Reason::CannotTell, detail)
        }
        (None, Status::NotRead) if document.names_status() => {
            let detail = "It names a list of revoked certificates, which was not read.";
            found(name, CheckOutcome::Unknown, Reason::CannotTell, detail)
        }
        (None, Status::NotRead) if knowledge.stored != Stored::NotHeld => {
            let detail = "It names no status list. The directory, which holds it, knows of no revocation.";
            found(name, CheckOutcome::Pass, Reason::Good, detail)
        }
        (None, Status::NotRead) => {
            let detail = "It names no status list, so nothing says whether it was revoked.";
            found(name, CheckOutcome::NotApplicable, Reason::Good, detail)
        }
    };
    with(result, evidence)
}

fn log(knowledge: &Knowledge<'_>, at: Ts) -> Found {
    let name = CheckName::Log;
    let mut evidence = Vec::new();
    evidence.extend(knowledge.received.map(|at| Evidence::new(Kind::Received, at.to_string())));
    if let Some(logged) = knowledge.logged {
        evidence.push(Evidence::new(Kind::LogIndex, logged.index.to_string()));
        evidence.push(Evidence::new(Kind::Logged, logged.at.to_string()));
    }
    let first = knowledge.logged.map(|logged| logged.at).or(knowledge.received);
    let result = match (knowledge.logged, first) {
        (_, Some(first)) if at < first => {
            let detail = format!("It came to the directory on {first}, after the time asked about.");
            found(name, CheckOutcome::Unknown, Reason::CannotTell, detail)
        }
        (Some(Logged { index, at, witnesses }), _) if witnesses > 0 => {
            let detail = format!(
                "It is entry {index} of the public log, since {at}. Witnesses saw the same log: {witnesses}."
            );
            found(name, CheckOutcome::Pass, Reason::Good, detail)
        }
        // Whether everybody is shown the same log is for witnesses to say, and none has signed.
        (Some(logged), _) => {
            let detail = format!(
                "It is entry {} of the public log, since {}. That everybody is shown the same log is the directory's \
                 word: no witness has signed it, so a split view cannot be ruled out.",
                logged.index, logged.at
            );
            found(name, CheckOutcome::Warn, Reason::Good, detail)
        }
        (None, Some(received)) => {
            let detail = format!(
                "It was received on {received} and waits to enter the public log; that is the directory's word."
            );
            not_checked(name, detail)
        }
        (None, None) => {
            not_checked(name, "The directory does not hold it, so it was not looked for in the public log.")
        }
    };
    with(result, evidence)
}

fn holder(document: &Document<'_>, knowledge: &Knowledge<'_>) -> Found {
    let name = CheckName::Holder;
    let mut evidence = Vec::new();
    evidence.extend(document.holder.map(|holder| Evidence::new(Kind::Holder, holder)));
    evidence.extend(document.subject.map(|subject| Evidence::new(Kind::Subject, subject)));
    let names: &[&str] = match &knowledge.holder {
        Holder::NotCompared => {
            let detail =
                "Whether its holder is the person in front of you was not checked; compare the name.";
            return with(not_checked(name, detail), evidence);
        }
        Holder::Listing { numbers, names } => {
            let other = document.listing().filter(|listing| !numbers.contains(listing));
            if let Some(listing) = other {
                let detail = format!("It was issued to the listing {listing}, which is another one.");
                return with(found(name, CheckOutcome::Fail, Reason::AnotherHolder, detail), evidence);
            }
            names
        }
        Holder::Person(name) => std::slice::from_ref(name),
    };
    let Some(holder) = document.holder else {
        return with(not_checked(name, "It does not say its holder's name in the clear."), evidence);
    };
    let (outcome, detail) = if names.iter().any(|name| same_name(name, holder)) {
        (CheckOutcome::Pass, format!("Issued to {holder}: the name agrees."))
    } else {
        (CheckOutcome::Warn, format!("Issued to {holder}: the name differs."))
    };
    with(found(name, outcome, Reason::Good, detail), evidence)
}
