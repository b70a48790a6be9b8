//! Status lists taken in, bits given out, and acts on certificates: each in one transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde_json::Value;
use uuid::Uuid;

use super::announce;
use crate::academies::{self, Issuer};
use crate::app::App;
use crate::certificates::document::{Document, StatusList};
use crate::certificates::model;
use crate::certificates::model::acts::{
    Act, ActReason, ActStatement, CertificateAct, SignedAct, Standing, may_follow,
};
use crate::certificates::store::status::{self, List};
use crate::certificates::store::{self, Certificate};
use crate::certificates::verdict;
use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::db::{Conn, OnConflict, Tx};
use crate::platform::http::strict;
use crate::platform::id::Number;
use crate::platform::problem::{Error, Fault, shorten};
use crate::signing::did;
use crate::signing::digest::Digest;
use crate::signing::jcs;
use crate::signing::json::Tree;
use crate::signing::keys::{PublicKey, Signature};
use crate::signing::proof::{self, Expect, PROOF};
use crate::signing::stamp::Stamp;
use crate::signing::status::{Bitstring, ENTRIES, Entry};
use crate::transparency::{self, Leaf, Op};

/// The address of a status list.
pub(in crate::certificates) fn list_url(public_url: &str, slug: &str, number: i64) -> String {
    format!("{public_url}/academies/{slug}/status/{number}")
}

/// The number in the address of a list of this academy.
fn number_in(public_url: &str, slug: &str, url: &str) -> Option<i64> {
    let number: i64 = url.rsplit('/').next()?.parse().ok()?;
    (list_url(public_url, slug, number) == url).then_some(number)
}

/// The academy with that slug as an issuer, for acting as it.
pub(in crate::certificates) async fn issuer(app: &App, conn: &mut Conn, slug: &str) -> Result<Issuer, Error> {
    academies::issuer_by_slug(conn, &app.config.issuer_host, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("There is no academy `{}`.", shorten(slug))))
}

fn list_fault(pointer: &str, detail: &str) -> Error {
    Error::new(model::STATUS_LIST, format!("The status list was not taken: {detail}."))
        .with_faults(vec![Fault::new(pointer, "status-list", format!("{detail}."))])
}

/// A list that an academy signed, with a key that may sign now.
fn read_list<'a>(value: &'a Tree<'a>, issuer: &Issuer, url: &str, now: Ts) -> Result<StatusList<'a>, Error> {
    let list = StatusList::read(value).map_err(|(pointer, detail)| list_fault(&pointer, &detail))?;
    if list.url != url {
        return Err(list_fault("/id", &format!("its id must be {url}")));
    }
    if list.issuer != issuer.did {
        return Err(list_fault("/issuer", &format!("it must be {}", issuer.did)));
    }
    if list.valid_from.micros() > now.plus(limits::CLOCK_SKEW).micros() {
        return Err(list_fault("/validFrom", "it lies in the future"));
    }
    let key = |method: &str| {
        let (did, multibase) = did::split_method(method)?;
        let key = (did == issuer.did).then(|| issuer.key(multibase)).flatten()?;
        key.may_sign(now).then_some(&key.public)
    };
    proof::verify(&list.canonical, &list.proofs, Expect::CERTIFICATE, key)
        .map_err(|refusal| list_fault("/proof", &refusal.to_string()))?;
    Ok(list)
}

/// Takes an academy's next list in: signed, and with no bit set.
pub(in crate::certificates) async fn enrol(
    app: &App,
    tx: &mut Tx,
    issuer: &Issuer,
    bytes: &[u8],
) -> Result<List, Error> {
    let now = app.clock.now();
    let lists = status::lists(tx, issuer.academy_id).await?;
    if lists.len() >= limits::STATUS_LISTS {
        return Err(list_fault(
            "",
            &format!("an academy may have {} lists, and this one has", limits::STATUS_LISTS),
        ));
    }
    let number = lists.last().map_or(1, |list| list.number + 1);
    let text = strict::read(bytes, limits::CERTIFICATE_BYTES, PROOF)?;
    let url = list_url(&app.config.public_url, &issuer.slug, number);
    let signed = read_list(&text.tree, issuer, &url, now)?;
    if signed.bits.ones().next().is_some() {
        return Err(list_fault("/credentialSubject/encodedList", "a new list has no bit set"));
    }
    let list = List {
        id: app.ids.uuid(),
        academy_id: issuer.academy_id,
        number,
        version: 1,
        valid_from: Ts::from_micros(signed.valid_from.micros()),
    };
    status::insert_list(tx, &list).await.on_conflict("status_lists_academy_id_number_key", || {
        Error::conflict("Another list was enrolled in the meantime. Sign one for the next address.")
    })?;
    let digest = Digest(signed.canonical.whole().map_err(Error::internal)?);
    status::insert_version(tx, list.id, 1, bytes, &digest.0, now).await?;
    log_list(tx, issuer, &list, digest, now).await?;
    Ok(list)
}

/// Gives out bits of the academy's newest list, drawn at random, so that their order says nothing.
pub(in crate::certificates) async fn reserve(
    app: &App,
    tx: &mut Tx,
    issuer: &Issuer,
    count: usize,
) -> Result<Vec<Entry>, Error> {
    let now = app.clock.now();
    let Some(list) = status::lists(tx, issuer.academy_id).await?.pop() else {
        return Err(Error::new(
            model::NO_STATUS_LIST,
            "This academy has no status list. Sign one with `stipple certificate status-list` and POST it to …/status-lists.",
        ));
    };
    let given = usize::try_from(status::count_entries(tx, list.id).await?).unwrap_or(usize::MAX);
    if given.saturating_add(count) > ENTRIES as usize / 2 {
        return Err(Error::new(
            model::NO_STATUS_LIST,
            "The academy's newest status list is half full, and more would make certificates easy to tell apart. Sign another list.",
        ));
    }
    let url = list_url(&app.config.public_url, &issuer.slug, list.number);
    let mut entries = Vec::with_capacity(count);
    while entries.len() < count {
        // At most half of the bits are taken, so every second draw is free.
        let draw = |_| u32::from_le_bytes(app.ids.bytes::<4>()) % ENTRIES;
        let drawn: Vec<u32> = (entries.len()..count).map(draw).collect();
        // Taken in ascending order: two transactions that drew alike then wait for each other one way only.
        let mut taken = BTreeSet::new();
        for index in drawn.iter().copied().collect::<BTreeSet<_>>() {
            if status::reserve_entry(tx, list.id, i64::from(index), now).await? {
                taken.insert(index);
            }
        }
        let free = drawn.into_iter().filter(|index| taken.remove(index));
        entries.extend(free.map(|index| Entry { list: url.clone(), index }));
    }
    Ok(entries)
}

/// The bit a certificate names, which must have been given out to this academy and to no other certificate.
pub(super) async fn entry_of(
    app: &App,
    conn: &mut Conn,
    document: &Document<'_>,
    issuer: &Issuer,
) -> Result<Option<(Uuid, i64)>, Error> {
    let Some(entry) = document.status_entry() else { return Ok(None) };
    let refused = |detail: String| Err(Error::new(model::STATUS_LIST, detail));
    let Some(number) = number_in(&app.config.public_url, &issuer.slug, &entry.list) else {
        let lists = list_url(&app.config.public_url, &issuer.slug, 1);
        return refused(format!("The status list must be one of this academy's here, such as {lists}."));
    };
    match status::list_by_number(conn, issuer.academy_id, number).await? {
        Some(list) => Ok(Some((list.id, i64::from(entry.index)))),
        None => refused(format!("This academy has no status list {}.", entry.list)),
    }
}

/// Ties the bit to the certificate.
pub(super) async fn bind(tx: &mut Tx, entry: Option<(Uuid, i64)>, certificate_id: Uuid) -> Result<(), Error> {
    let Some((list, position)) = entry else { return Ok(()) };
    if status::bind_entry(tx, list, position, certificate_id).await? {
        return Ok(());
    }
    Err(Error::new(
        model::STATUS_LIST,
        "The bit of the status list was not given out for this certificate, or stands for another one. Get one by POST …/status-entries.",
    ))
}

/// What is asked to be done to a certificate.
#[derive(Debug)]
pub(in crate::certificates) struct Asked {
    pub(in crate::certificates) act: Act,
    pub(in crate::certificates) reason: ActReason,
    pub(in crate::certificates) superseded_by: Option<Number>,
    /// The academy's statement; the directory's acts have none.
    pub(in crate::certificates) statement: Option<SignedAct>,
    /// The next version of the status list, for an act that sets its bit.
    pub(in crate::certificates) list: Option<Value>,
    pub(in crate::certificates) actor: String,
}

/// Does it: judges the statement, moves the status list, writes the act and what it comes to.
pub(in crate::certificates) async fn act(
    app: &App,
    tx: &mut Tx,
    mut row: Certificate,
    issuer: &Issuer,
    asked: Asked,
) -> Result<CertificateAct, Error> {
    let now = app.clock.now();
    let mut acts = status::acts(tx, row.id).await?;
    may_follow(&acts, asked.act).map_err(|why| Error::new(model::ACT_NOT_POSSIBLE, why))?;
    if let Some(statement) = &asked.statement {
        check_statement(statement, &row, issuer, &asked, now)?;
    }
    if asked.act == Act::Supersede {
        check_successor(tx, &row, asked.superseded_by).await?;
    }
    // A second final act finds the bit set already.
    let sets_bit = asked.act.is_final() && acts.iter().all(|act| !act.act.is_final());
    match (row.status_list_id.filter(|_| sets_bit), row.status_position, &asked.list) {
        (Some(list), Some(position), Some(next)) => advance(app, tx, issuer, list, position, next).await?,
        (Some(_), _, None) => {
            return Err(list_fault(
                "/list",
                "the certificate names a status list: send its next version, with this bit set",
            ));
        }
        (_, _, Some(_)) => return Err(list_fault("/list", "this act moves no status list; leave it out")),
        (_, _, None) => {}
    }
    let act = CertificateAct {
        id: app.ids.uuid(),
        certificate_id: row.id,
        act: asked.act,
        reason: asked.reason,
        superseded_by: asked.superseded_by,
        at: now,
        actor: asked.actor,
        statement: asked.statement,
    };
    status::insert_act(tx, &act).await?;
    log_act(tx, issuer, &row, &act, row.status_position.filter(|_| sets_bit)).await?;
    acts.push(act.clone());
    row.standing = Standing::of(&acts, now).map(|standing| standing.code().to_owned());
    row.updated_at = now;
    let version = row.version;
    if !store::update(tx, &row, version).await? {
        return Err(Error::conflict(
            "The certificate was changed by somebody else in the meantime. Try again.",
        ));
    }
    announce(&app.vault, tx, &row, now).await?;
    Ok(act)
}

fn check_statement(
    statement: &SignedAct,
    row: &Certificate,
    issuer: &Issuer,
    asked: &Asked,
    now: Ts,
) -> Result<(), Error> {
    let refused = |pointer: &str, detail: String| {
        let fault = Fault::new(pointer, "statement", detail.clone());
        Err(Error::new(model::STATEMENT, detail).with_faults(vec![fault]))
    };
    let known = PublicKey::from_multibase(&statement.key)
        .ok()
        .filter(|_| issuer.key(&statement.key).is_some_and(|key| key.may_sign(now)));
    let Some(key) = known else {
        return refused("/key", "The key is not one of this academy's that signs today.".to_owned());
    };
    let Ok(stated) = Stamp::parse(&statement.stated_at) else {
        return refused("/at", "This must be like 2026-03-01T09:30:00Z.".to_owned());
    };
    let off = stated.micros().abs_diff(now.micros());
    if u128::from(off) > limits::STATEMENT_AGE.as_micros() {
        return refused("/at", format!("The statement must be made now; the time here is {now}."));
    }
    let digest = row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?;
    let said = ActStatement {
        did: &issuer.did,
        certificate: digest,
        act: asked.act,
        reason: asked.reason,
        superseded_by: asked.superseded_by,
        at: &statement.stated_at,
    };
    match Signature::from_multibase(&statement.signature) {
        Ok(signature) if key.verifies(&said.bytes(), &signature) => Ok(()),
        _ => refused(
            "/signature",
            "The signature is not this key's on this statement. `stipple certificate act` makes it."
                .to_owned(),
        ),
    }
}

/// The certificate that takes the place of another: there, of the same academy, and not the same.
async fn check_successor(conn: &mut Conn, row: &Certificate, by: Option<Number>) -> Result<(), Error> {
    let refused = |detail: &str| {
        let fault = Fault::new("/superseded_by", "successor", detail);
        Err(Error::invalid(vec![fault]))
    };
    let Some(number) = by else {
        return refused("Name the certificate that takes its place, CRT-….");
    };
    match store::by_number(conn, number).await? {
        Some(next) if next.academy_id == row.academy_id && next.id != row.id => Ok(()),
        _ => refused("There is no such other certificate of this academy. Submit it first."),
    }
}

/// Puts the next version of a list in place: signed by the academy, and different in this one bit.
async fn advance(
    app: &App,
    tx: &mut Tx,
    issuer: &Issuer,
    list_id: Uuid,
    position: i64,
    next: &Value,
) -> Result<(), Error> {
    let now = app.clock.now();
    let list = status::list(tx, list_id).await?;
    let url = list_url(&app.config.public_url, &issuer.slug, list.number);
    let tree = Tree::of(next);
    let signed = read_list(&tree, issuer, &url, now)?;
    let held = status::version_at(tx, list_id, Ts::MAX)
        .await?
        .ok_or_else(|| Error::internal("a status list without a version"))?;
    let mut expected = bits_of(&held.bytes)?;
    expected.set(u32::try_from(position).map_err(Error::internal)?);
    if signed.bits != expected {
        let detail = format!(
            "it must be the version that holds now, {url}, with bit {position} set and no other changed; another \
             revocation may have come first"
        );
        return Err(list_fault("/list/credentialSubject/encodedList", &detail));
    }
    let valid_from = Ts::from_micros(signed.valid_from.micros());
    if valid_from <= list.valid_from {
        return Err(list_fault("/list/validFrom", "it must be later than that of the version before"));
    }
    // It came inside of another document; its canonical form is what the academy signed.
    let bytes = jcs::to_vec(next).map_err(Error::internal)?;
    let digest = Digest::of_json(next).map_err(Error::internal)?;
    status::insert_version(tx, list_id, list.version + 1, &bytes, &digest.0, now).await?;
    if status::advance_list(tx, list_id, list.version, valid_from).await? {
        let list = List { version: list.version + 1, valid_from, ..list };
        return log_list(tx, issuer, &list, digest, now).await;
    }
    Err(Error::conflict("The status list was moved by somebody else in the meantime. Read it again."))
}

/// Puts a version of a list in front of the public log.
async fn log_list(tx: &mut Tx, issuer: &Issuer, list: &List, digest: Digest, now: Ts) -> Result<(), Error> {
    let leaf = Leaf::new(Op::StatusList, issuer.log_id, digest)
        .with("list", Some(list.number))
        .with("version", Some(list.version));
    Ok(transparency::append(tx, list.id, &leaf, now).await?)
}

/// Puts an act in front of the public log, with the academy's own statement in it.
async fn log_act(
    tx: &mut Tx,
    issuer: &Issuer,
    row: &Certificate,
    act: &CertificateAct,
    bit: Option<i64>,
) -> Result<(), Error> {
    let digest = row.digest.as_slice().try_into().map(Digest).map_err(Error::internal)?;
    let list = match row.status_list_id.filter(|_| bit.is_some()) {
        Some(list) => Some(status::list(tx, list).await?.number),
        None => None,
    };
    let statement = act.statement.as_ref();
    let leaf = Leaf::new(Op::Act(act.act.as_str()), issuer.log_id, digest)
        .with("reason", Some(act.reason.as_str()))
        .with("superseded_by", act.superseded_by.map(|number| number.to_string()))
        .with("key", statement.map(|statement| statement.key.clone()))
        .with("stated_at", statement.map(|statement| statement.stated_at.clone()))
        .with("signature", statement.map(|statement| statement.signature.clone()))
        .with("list", list)
        .with("index", bit);
    Ok(transparency::append(tx, act.id, &leaf, act.at).await?)
}

/// The bits of a version that is kept.
pub(in crate::certificates) fn bits_of(bytes: &[u8]) -> Result<Bitstring, Error> {
    let value: Value = serde_json::from_slice(bytes).map_err(Error::internal)?;
    let encoded = value["credentialSubject"]["encodedList"].as_str().unwrap_or_default();
    Bitstring::decode(encoded).map_err(Error::internal)
}

/// What the list says that a certificate names, where it is one of its academy's here.
pub(super) async fn known(
    app: &App,
    conn: &mut Conn,
    document: &Document<'_>,
    issuer: Option<&Issuer>,
) -> Result<verdict::Status, Error> {
    let (Some(entry), Some(issuer)) = (document.status_entry(), issuer) else {
        return Ok(verdict::Status::NotRead);
    };
    let Some(number) = number_in(&app.config.public_url, &issuer.slug, &entry.list) else {
        return Ok(verdict::Status::NotRead);
    };
    let Some(list) = status::list_by_number(conn, issuer.academy_id, number).await? else {
        return Ok(verdict::Status::NotRead);
    };
    let Some((bits, published)) = newest(app, conn, &list).await? else {
        return Ok(verdict::Status::NotRead);
    };
    Ok(match bits.is_set(entry.index) {
        Some(is_set) => verdict::Status::Read { is_set, published },
        None => verdict::Status::NotRead,
    })
}

/// The bits of lists that were asked for lately, unpacked, by list and version. A version never changes.
struct Unpacked(Cache<(Uuid, i64), (Arc<Bitstring>, Ts)>);

impl Default for Unpacked {
    fn default() -> Self {
        Self(Cache::new(limits::UNPACKED_LISTS))
    }
}

/// The bits of a list's newest version, and when it was published.
async fn newest(app: &App, conn: &mut Conn, list: &List) -> Result<Option<(Arc<Bitstring>, Ts)>, Error> {
    let unpacked = app.memory.of::<Unpacked>();
    if let Some(known) = unpacked.0.get(&(list.id, list.version)) {
        return Ok(Some(known));
    }
    let Some(version) = status::version(conn, list.id, list.version).await? else { return Ok(None) };
    let bits = (Arc::new(bits_of(&version.bytes)?), version.published_at);
    unpacked.0.insert((list.id, list.version), bits.clone());
    Ok(Some(bits))
}

/// The bit of a status list of this directory, by the list's address, and whose list it is; `None` for an address that is
/// none of ours.
///
/// # Errors
/// As the database says.
pub async fn listed_bit(
    app: &App,
    conn: &mut Conn,
    url: &str,
    index: u32,
) -> Result<Option<(String, bool)>, Error> {
    let prefix = format!("{}/academies/", app.config.public_url);
    let slug = url.strip_prefix(&prefix).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let Some(number) = number_in(&app.config.public_url, slug, url) else { return Ok(None) };
    let Some(issuer) = academies::issuer_by_slug(conn, &app.config.issuer_host, slug).await? else {
        return Ok(None);
    };
    let Some(list) = status::list_by_number(conn, issuer.academy_id, number).await? else { return Ok(None) };
    let Some((bits, _)) = newest(app, conn, &list).await? else { return Ok(None) };
    Ok(bits.is_set(index).map(|is_set| (issuer.did, is_set)))
}
