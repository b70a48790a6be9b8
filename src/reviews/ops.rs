//! What can be done to treatments and reviews, inside the caller's transaction: for handlers and for
//! the work by the clock. Who may do it is the caller's to have asked.

use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::model::{
    self, AppealOutcome, Concern, ConcernKind, ConcernState, Contribution, Draft, INVITATION_EXPIRED,
    INVITATION_USED, InvitationToken, NewTreatment, Occasion, Origin, Removal, Review, ReviewState,
    Treatment, UNKNOWN_INVITATION, Via, Written, author_token, contact_mark, review_subject,
};
use super::signals;
use super::store::{self, Invitation};
use crate::app::App;
use crate::config::limits;
use crate::platform::changes;
use crate::platform::clock::Ts;
use crate::platform::db::{self, Conn, OnConflict};
use crate::platform::id::Number;
use crate::platform::problem::{self, Error, Result};
use crate::platform::vault::Private;
use crate::practitioners;
use crate::transparency::{self, Op};
use crate::vocabulary::{RemovalReason, ReviewStage, ReviewVerification};

/// The listing something is written about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// Its id.
    pub(super) id: Uuid,
    /// Its number.
    pub(super) number: Number,
}

/// Writes a treatment down, and with it the invitation that goes out for it: in a letter to the client,
/// or as the token of a card, which is answered.
pub(super) async fn record(
    conn: &mut Conn,
    app: &App,
    about: About,
    new: &NewTreatment,
    actor: String,
) -> Result<(Treatment, Option<(InvitationToken, Ts)>)> {
    let now = app.clock.now();
    let mut treatment = Treatment {
        id: app.ids.random_uuid(),
        practitioner_id: about.id,
        listing: about.number,
        origin: Origin::Practitioner,
        service: Some(new.service),
        sessions: new.sessions.clone(),
        contact: None,
        contact_mark: None,
        contact_until: None,
        card: new.email.is_none(),
        follow_up_at: None,
        created_at: now,
        created_by: actor,
    };
    if let Some(email) = &new.email {
        keep_contact(app, &mut treatment, email);
        treatment.follow_up_at = treatment.next_follow_up(now);
    }
    // Of a client with a card it is what stands for their network address that is erased then.
    treatment.contact_until = Some(treatment.kept_until());
    store::insert_treatment(conn, &treatment).await?;
    store::count_requests(conn, about.id, 1, 0).await?;
    let card = match new.email {
        Some(_) => {
            invite(conn, app, &treatment, Via::Letter).await?;
            None
        }
        None => Some(invite(conn, app, &treatment, Via::Card).await?),
    };
    practitioners::touched(conn, about.id, now).await?;
    Ok((treatment, card))
}

/// Starts a review without the practitioner: the address is asked to confirm that it is its owner who
/// wants to write. Whether a letter goes out is not told, since it says who wrote before.
pub(super) async fn start(
    conn: &mut Conn,
    app: &App,
    about: About,
    email: &Private,
    last_session: Date,
) -> Result<()> {
    let now = app.clock.now();
    let mark = contact_mark(&app.vault, email.reveal());
    let since = now.minus(std::time::Duration::from_hours(24));
    store::lock_mailbox(conn, &mark).await?;
    let (all, here) = store::recent_requests(conn, &mark, about.id, since).await?;
    if here > 0 || all >= limits::CONFIRMATIONS_PER_DAY {
        return Ok(());
    }
    let mut treatment = Treatment {
        id: app.ids.random_uuid(),
        practitioner_id: about.id,
        listing: about.number,
        origin: Origin::Client,
        service: None,
        sessions: vec![last_session],
        contact: None,
        contact_mark: None,
        contact_until: Some(now.plus(limits::CONFIRMATION_LIFE)),
        card: false,
        follow_up_at: None,
        created_at: now,
        created_by: "client".to_owned(),
    };
    keep_contact(app, &mut treatment, email);
    store::insert_treatment(conn, &treatment).await?;
    invite(conn, app, &treatment, Via::Confirmation).await?;
    Ok(())
}

fn keep_contact(app: &App, treatment: &mut Treatment, email: &Private) {
    let about = treatment.id;
    treatment.contact = Some(app.vault.seal_text(&app.ids, model::CONTACT, about.as_bytes(), email));
    treatment.contact_mark = Some(contact_mark(&app.vault, email.reveal()));
}

/// Makes an invitation for a treatment at the stage it has reached, and puts it into the post.
pub(super) async fn invite(
    conn: &mut Conn,
    app: &App,
    treatment: &Treatment,
    via: Via,
) -> db::Result<(InvitationToken, Ts)> {
    let now = app.clock.now();
    let life = if via == Via::Confirmation { limits::CONFIRMATION_LIFE } else { limits::INVITATION_LIFE };
    let token = InvitationToken::generate(&app.ids);
    let invitation = Invitation {
        id: app.ids.uuid(),
        treatment_id: treatment.id,
        stage: treatment.stage(now.date()),
        via,
        token_hash: token.hash().to_vec(),
        created_at: now,
        expires_at: now.plus(life),
        used_at: None,
    };
    store::insert_invitation(conn, &invitation).await?;
    if via != Via::Confirmation && treatment.origin == Origin::Practitioner {
        store::count_requests(conn, treatment.practitioner_id, 0, 1).await?;
    }
    if via != Via::Card
        && let Some(to) = treatment.contact(&app.vault)
    {
        let write = if via == Via::Confirmation { model::confirmation } else { model::invitation };
        let letter = write(to, treatment, &token, invitation.expires_at, &app.config.public_url);
        app.mail.enqueue(conn, &app.ids, &letter, now).await?;
    }
    Ok((token, invitation.expires_at))
}

/// The invitation behind a token, when it can be used now, with its treatment.
///
/// # Errors
/// 404 for a token that was never made, 410 for one that was used or has expired.
pub(super) async fn find_invitation(conn: &mut Conn, text: &str, now: Ts) -> Result<(Invitation, Treatment)> {
    let unknown = || {
        Error::new(
            UNKNOWN_INVITATION,
            "No invitation has this token. Copy the whole address from the letter or the card.",
        )
    };
    let token = InvitationToken::parse(text.trim()).ok_or_else(unknown)?;
    let found = store::invitation_by_hash(conn, token.hash()).await?;
    let invitation = found.filter(|found| token.is(&found.token_hash)).ok_or_else(unknown)?;
    if let Some(at) = invitation.used_at {
        let detail = format!(
            "A review was written with it on {}. Your author token is in the answer to that, and in the letter about it.",
            at.date()
        );
        // Whoever holds the letter wrote the review, and everybody may read it.
        let review = store::by_treatment(conn, invitation.treatment_id).await?;
        let error = Error::new(INVITATION_USED, detail);
        return Err(match review {
            Some(review) => error.with_member("review", review.id.to_string()),
            None => error,
        });
    }
    let treatment = store::treatment(conn, invitation.treatment_id).await?;
    let treatment = treatment.ok_or_else(|| Error::internal("an invitation without its treatment"))?;
    if invitation.expires_at <= now {
        let detail = format!(
            "It could be used until {}. POST …/practitioners/{{number}}/reviews with your address sends another.",
            invitation.expires_at.date()
        );
        return Err(
            Error::new(INVITATION_EXPIRED, detail).with_member("listing", treatment.listing.to_string())
        );
    }
    Ok((invitation, treatment))
}

/// What an invitation is used for.
pub(super) struct Submission {
    /// What the client wrote.
    pub(super) draft: Draft,
    /// The stage they mean, if they say so.
    pub(super) stage: Option<ReviewStage>,
    /// What stands for the address it came from.
    pub(super) address_mark: Option<Vec<u8>>,
    /// The listing whose token the request carried, if it carried one.
    pub(super) by_keeper_of: Option<Uuid>,
}

/// Uses an invitation: writes the review of its treatment, or the next version of it.
///
/// # Errors
/// As [`find_invitation`]; `stage-too-early` and `stage-over`; `review-removed` where it was taken down.
pub(super) async fn submit(conn: &mut Conn, app: &App, token: &str, new: Submission) -> Result<Review> {
    let now = app.clock.now();
    let (invitation, mut treatment) = find_invitation(conn, token, now).await?;
    let own = new.by_keeper_of == Some(treatment.practitioner_id);
    let stage = treatment.stage_for(new.stage, invitation.stage, now.date())?;
    if !store::use_invitation(conn, invitation.id, now).await? {
        return Err(Error::new(INVITATION_USED, "Another review was written with it at the same moment."));
    }
    let review = match store::by_treatment(conn, treatment.id).await? {
        Some(review) => grow(conn, review, new.draft, stage, now).await?,
        None => publish(conn, app, &treatment, invitation.via, stage, new, now).await?,
    };
    signals::raise(conn, app, &review, own).await?;
    if treatment.origin == Origin::Client && treatment.contact.is_some() {
        treatment.contact_until = Some(treatment.kept_until().max(now.plus(limits::CONFIRMATION_LIFE)));
        treatment.follow_up_at = treatment.next_follow_up(now);
        store::update_schedule(conn, &treatment).await?;
    }
    if let Some(to) = treatment.contact(&app.vault) {
        let author = author_token(&app.vault, review.id);
        let letter = model::about_review(to, &review, Occasion::Published, &author, &app.config.public_url);
        app.mail.enqueue(conn, &app.ids, &letter, now).await?;
    }
    log(conn, app, Op::Review, &review, now).await?;
    announce(conn, &review, now).await?;
    Ok(review)
}

/// Puts what a review says, or what became of it, in front of the public log.
async fn log(conn: &mut Conn, app: &App, op: Op, review: &Review, now: Ts) -> Result<()> {
    let mut record = json!({
        "at": now,
        "listing": review.listing,
        "review": review.id,
        "state": review.state.word(),
        "version": review.version,
    });
    if op == Op::Review {
        record["stage"] = json!(review.stage.as_str());
        record["stars"] = json!(review.draft.stars);
        record["text"] = json!(review.draft.text);
        record["would_recommend"] = json!(review.draft.would_recommend);
    }
    if let Some((reason, _)) = &review.removal {
        record["reason"] = json!(reason.as_str());
    }
    let about = (review.id, review.practitioner_id);
    Ok(transparency::record(conn, &app.ids, op, about, &record, now).await?)
}

/// Puts what was done about a review, beside publishing and removing it, in front of the public log: what happened and
/// what it came to, and nobody's words.
pub(super) async fn log_moderation(
    conn: &mut Conn,
    app: &App,
    op: Op,
    review: &Review,
    outcome: Option<AppealOutcome>,
    now: Ts,
) -> Result<()> {
    let mut record = json!({"at": now, "listing": review.listing, "review": review.id});
    if let Some(outcome) = outcome {
        record["outcome"] = json!(outcome);
    }
    let about = (review.id, review.practitioner_id);
    Ok(transparency::record(conn, &app.ids, op, about, &record, now).await?)
}

async fn publish(
    conn: &mut Conn,
    app: &App,
    treatment: &Treatment,
    via: Via,
    stage: ReviewStage,
    new: Submission,
    now: Ts,
) -> Result<Review> {
    let review = Review {
        id: app.ids.random_uuid(),
        practitioner_id: treatment.practitioner_id,
        listing: treatment.listing,
        treatment_id: treatment.id,
        verification: ReviewVerification::named(via.verification()),
        state: ReviewState::Published,
        version: 1,
        stage,
        draft: new.draft,
        written_at: now,
        helpful: 0,
        removal: None,
        contact_mark: treatment.contact_mark.clone(),
        address_mark: new.address_mark,
        received_at: now,
        updated_at: now,
    };
    store::insert(conn, &review).await.on_conflict("reviews_treatment_id_key", || {
        Error::conflict("Another review of this treatment was written at the same moment. Send yours again.")
    })?;
    keep_version(conn, &review).await?;
    let contribution = Contribution::of(&review, [(review.stage, review.draft.stars)]);
    store::add(conn, review.practitioner_id, &contribution, 1).await?;
    Ok(review)
}

/// Writes the next version of a review over the one that counted.
async fn grow(
    conn: &mut Conn,
    mut review: Review,
    draft: Draft,
    stage: ReviewStage,
    now: Ts,
) -> Result<Review> {
    if review.state == ReviewState::Removed {
        return Err(Error::new(
            model::REVIEW_REMOVED,
            "The review this would go on from was removed. An appeal can bring it back.",
        ));
    }
    let before = contribution_of(conn, &review).await?;
    review.draft = draft;
    review.stage = stage;
    review.written_at = now;
    save(conn, &mut review, now).await?;
    keep_version(conn, &review).await?;
    let after = contribution_of(conn, &review).await?;
    store::add(conn, review.practitioner_id, &before, -1).await?;
    store::add(conn, review.practitioner_id, &after, 1).await?;
    Ok(review)
}

async fn keep_version(conn: &mut Conn, review: &Review) -> Result<()> {
    let written = Written {
        version: review.version,
        stage: review.stage,
        draft: review.draft.clone(),
        at: review.written_at,
    };
    Ok(store::insert_version(conn, review.id, &written).await?)
}

/// What a review adds to the sums, by its versions as they are kept.
pub(super) async fn contribution_of(conn: &mut Conn, review: &Review) -> Result<Contribution> {
    let versions = store::versions_of(conn, &[review.id]).await?;
    Ok(Contribution::of(review, versions.into_iter().map(|(_, one)| (one.stage, one.draft.stars))))
}

/// Takes a published review down; what is left says why.
pub(super) async fn take_down(
    conn: &mut Conn,
    app: &App,
    review: &mut Review,
    reason: RemovalReason,
    now: Ts,
) -> Result<()> {
    let contribution = contribution_of(conn, review).await?;
    review.state = ReviewState::Removed;
    review.removal = Some((reason, now));
    save(conn, review, now).await?;
    store::add(conn, review.practitioner_id, &contribution, -1).await?;
    if reason.as_str() == "author-withdrew" {
        // Their words are theirs to take back: nothing leads from the log to them any more.
        transparency::erase(conn, review.id, now).await?;
    }
    log(conn, app, Op::ReviewRemove, review, now).await?;
    announce(conn, review, now).await
}

/// Shows a removed review again; it counts as it did.
pub(super) async fn restore(conn: &mut Conn, app: &App, review: &mut Review, now: Ts) -> Result<()> {
    let contribution = contribution_of(conn, review).await?;
    review.state = ReviewState::Published;
    review.removal = None;
    save(conn, review, now).await?;
    store::add(conn, review.practitioner_id, &contribution, 1).await?;
    log(conn, app, Op::ReviewRestore, review, now).await?;
    announce(conn, review, now).await
}

/// Says anew how a published review was checked, and counts it by that.
pub(super) async fn relabel(
    conn: &mut Conn,
    review: &mut Review,
    label: ReviewVerification,
    now: Ts,
) -> Result<()> {
    let before = contribution_of(conn, review).await?;
    review.verification = label;
    save(conn, review, now).await?;
    let after = contribution_of(conn, review).await?;
    store::add(conn, review.practitioner_id, &before, -1).await?;
    store::add(conn, review.practitioner_id, &after, 1).await?;
    announce(conn, review, now).await
}

/// Writes to the author of a review what was decided about it, while their address is kept.
pub(super) async fn tell_author(
    conn: &mut Conn,
    app: &App,
    review: &Review,
    removal: &Removal,
) -> Result<()> {
    let treatment = store::treatment(conn, review.treatment_id).await?;
    let Some(to) = treatment.and_then(|treatment| treatment.contact(&app.vault)) else { return Ok(()) };
    let author = author_token(&app.vault, review.id);
    let occasion = Occasion::Decided(removal);
    let letter = model::about_review(to, review, occasion, &author, &app.config.public_url);
    Ok(app.mail.enqueue(conn, &app.ids, &letter, app.clock.now()).await?)
}

/// Opens a concern about a practitioner; answers by when it is to be decided.
pub(super) async fn raise_concern(
    conn: &mut Conn,
    app: &App,
    about: About,
    review_id: Option<Uuid>,
    kind: ConcernKind,
    detail: String,
) -> Result<Ts> {
    let now = app.clock.now();
    let concern = Concern {
        id: app.ids.uuid(),
        practitioner_id: about.id,
        listing: about.number,
        review_id,
        kind,
        detail,
        state: ConcernState::Open,
        opened_at: now,
        due_at: now.plus(kind.deadline()),
        findings: None,
        updated_at: now,
    };
    store::insert_concern(conn, &concern).await?;
    Ok(concern.due_at)
}

/// Writes a changed review with the next version; two writers cannot both win.
pub(super) async fn save(conn: &mut Conn, review: &mut Review, now: Ts) -> Result<()> {
    let version = review.version;
    review.version += 1;
    review.updated_at = now;
    if store::update(conn, review, version).await? {
        return Ok(());
    }
    Err(Error::new(
        problem::PRECONDITION_FAILED,
        "Somebody else changed the review at the same moment. Read it again, and repeat the change.",
    ))
}

/// Says that a review and its listing changed.
pub(super) async fn announce(conn: &mut Conn, review: &Review, now: Ts) -> Result<()> {
    changes::append(conn, &review_subject(review.id), now).await?;
    Ok(practitioners::touched(conn, review.practitioner_id, now).await?)
}
