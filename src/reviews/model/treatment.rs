//! A treatment: one client's whole course, its sessions, and the stage it has reached.

use time::{Date, Duration};
use uuid::Uuid;

use crate::config::limits;
use crate::platform::clock::Ts;
use crate::platform::id::Number;
use crate::platform::problem::{Code, Error, Fault};
use crate::platform::vault::{Private, Vault};
use crate::practitioners;
use crate::reviews::model::{STAGE_OVER, STAGE_TOO_EARLY};
use crate::vocabulary::{ReviewStage, Service};

/// What a client's address is sealed under.
pub(in crate::reviews) const CONTACT: &str = "review contact";

/// Who wrote a treatment down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum Origin {
    /// The practitioner, whose invitation goes out for it.
    Practitioner,
    /// A client who starts a review without the practitioner.
    Client,
}

/// How an invitation reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum Via {
    /// By e-mail, straight to them.
    Letter,
    /// On a card the practitioner prints and hands out.
    Card,
    /// By e-mail, because they asked to review.
    Confirmation,
}

impl Via {
    /// The code of what a review written this way shows about how it was checked.
    pub const fn verification(self) -> &'static str {
        match self {
            Self::Letter => "invited",
            Self::Card => "invited-by-card",
            Self::Confirmation => "email-confirmed",
        }
    }
}

/// A treatment as it is kept.
#[derive(Clone, Debug)]
pub struct Treatment {
    /// Its id.
    pub id: Uuid,
    /// The listing's id.
    pub practitioner_id: Uuid,
    /// The listing's number.
    pub listing: Number,
    /// Who wrote it down.
    pub origin: Origin,
    /// What was done.
    pub service: Option<Service>,
    /// The days of its sessions, in order, planned ones included.
    pub sessions: Vec<Date>,
    /// The client's address, sealed.
    pub contact: Option<Vec<u8>>,
    /// What stands for the address when two are compared.
    pub contact_mark: Option<Vec<u8>>,
    /// When both are erased.
    pub contact_until: Option<Ts>,
    /// Whether the client has a printed card instead of an address.
    pub card: bool,
    /// When the next follow-up invitation goes out.
    pub follow_up_at: Option<Ts>,
    /// When it was written down.
    pub created_at: Ts,
    /// By whom.
    pub created_by: String,
}

impl Treatment {
    /// The day of the last session planned or held.
    pub fn last_on(&self) -> Date {
        self.sessions.last().copied().unwrap_or(Date::MIN)
    }

    /// Whether the practitioner wrote it down.
    pub fn is_recorded(&self) -> bool {
        self.origin == Origin::Practitioner
    }

    /// The days since the last session that was held.
    pub fn days(&self, today: Date) -> i64 {
        let held = self.sessions.iter().rev().find(|day| **day <= today);
        held.map_or(0, |day| (today - *day).whole_days())
    }

    /// The stage a review written today is of.
    pub fn stage(&self, today: Date) -> ReviewStage {
        stage_of(self.days(today))
    }

    /// The stage of a review written today with an invitation that was sent at the stage `sent`; it must
    /// be `wanted` where the author names one. A session that was added since does not take back what the
    /// invitation was sent for.
    ///
    /// # Errors
    /// `stage-too-early` before the first day of that stage, `stage-over` after its last.
    pub fn stage_for(
        &self,
        wanted: Option<ReviewStage>,
        sent: ReviewStage,
        today: Date,
    ) -> Result<ReviewStage, Error> {
        let stage = self.stage(today).max(sent);
        match wanted {
            Some(wanted) if wanted > stage => {
                let days = i64::from(wanted.entry().from_day.unwrap_or(0));
                let held = today - Duration::days(self.days(today));
                let from = held + Duration::days(days);
                Err(stage_error(
                    STAGE_TOO_EARLY,
                    format!(
                        "`{wanted}` begins {days} days after the last session, on {from}; today a review is `{stage}`."
                    ),
                ))
            }
            Some(wanted) if wanted < stage => Err(stage_error(
                STAGE_OVER,
                format!("Today a review of this treatment is `{stage}`; `{wanted}` is over."),
            )),
            _ => Ok(stage),
        }
    }

    /// When the next follow-up after `now` is due.
    pub fn next_follow_up(&self, now: Ts) -> Option<Ts> {
        let due = |code| Ts::at_midnight(self.last_on() + Duration::days(first_day(code)));
        FOLLOW_UPS.into_iter().map(due).find(|at| *at > now)
    }

    /// Adds a session.
    ///
    /// # Errors
    /// What is wrong with the day.
    pub fn add_session(&mut self, day: Date, today: Date) -> Result<(), Vec<Fault>> {
        let mut sessions = self.sessions.clone();
        sessions.push(day);
        let faults = session_faults("/on", &mut sessions, today);
        if faults.is_empty() {
            self.sessions = sessions;
            return Ok(());
        }
        Err(faults.into_iter().map(|fault| Fault { pointer: "/on".to_owned(), ..fault }).collect())
    }

    /// The client's address, while it is kept.
    pub fn contact(&self, vault: &Vault) -> Option<Private> {
        vault.open_text(CONTACT, self.id.as_bytes(), self.contact.as_deref()?)
    }

    /// When the address is to be erased: thirteen months after the last session, so that the
    /// invitation after a year can still go out.
    pub fn kept_until(&self) -> Ts {
        Ts::at_midnight(self.last_on() + Duration::days(limits::CONTACT_DAYS))
    }
}

fn stage_error(code: Code, detail: String) -> Error {
    Error::new(code, detail.clone()).with_faults(vec![Fault::new("/stage", code.slug, detail)])
}

/// The stages clients are asked again at.
const FOLLOW_UPS: [&str; 3] = ["healed", "settled", "year1"];

/// The first day of the stage that the source names.
fn first_day(code: &'static str) -> i64 {
    i64::from(ReviewStage::named(code).entry().from_day.unwrap_or(0))
}

/// The stage so many days after the last session.
pub fn stage_of(days: i64) -> ReviewStage {
    let reached = |stage: &ReviewStage| i64::from(stage.entry().from_day.unwrap_or(0)) <= days;
    ReviewStage::all().filter(reached).last().unwrap_or_else(|| ReviewStage::named("fresh"))
}

/// What stands for an address when two are compared: one mailbox has one mark, however it is written.
pub fn contact_mark(vault: &Vault, address: &str) -> Vec<u8> {
    let folded = address.trim().to_lowercase();
    let (local, domain) = folded.rsplit_once('@').unwrap_or((&folded, ""));
    // What follows a plus is the owner's own label for the same mailbox.
    let local = local.split('+').next().unwrap_or(local);
    vault.mark(CONTACT, format!("{local}@{domain}").as_bytes()).to_vec()
}

/// A new treatment as the practitioner writes it down.
#[derive(Clone, Debug)]
pub struct TreatmentInput {
    /// What is done.
    pub service: Service,
    /// The days of its sessions.
    pub sessions: Vec<Date>,
    /// The client's e-mail address.
    pub email: Option<Private>,
    /// Whether a card is printed instead.
    pub printed_card: bool,
}

/// A new treatment that keeps every rule.
#[derive(Clone, Debug)]
pub struct NewTreatment {
    /// What is done.
    pub service: Service,
    /// The days of its sessions, in order.
    pub sessions: Vec<Date>,
    /// The client's e-mail address; a card is printed where there is none.
    pub email: Option<Private>,
}

impl TreatmentInput {
    /// Applies every rule.
    ///
    /// # Errors
    /// Everything that is wrong, located by JSON pointers into the request.
    pub fn check(mut self, today: Date) -> Result<NewTreatment, Vec<Fault>> {
        let mut faults = session_faults("/sessions", &mut self.sessions, today);
        // Whoever records late can choose by how it turned out.
        let oldest = today - Duration::days(limits::RECORD_WITHIN_DAYS);
        if let Some(first) = self.sessions.first() {
            if *first > today {
                faults.push(Fault::new(
                    "/sessions",
                    "not-begun",
                    "A treatment is recorded at its first session; none of these days has come.",
                ));
            } else if *first < oldest {
                let most = limits::RECORD_WITHIN_DAYS;
                let detail = format!(
                    "The first session was more than {most} days ago; a treatment is recorded when it begins. The client can still review: POST …/reviews."
                );
                faults.push(Fault::new("/sessions", "too-late", detail));
            }
        }
        let email = match (&self.email, self.printed_card) {
            (Some(_), true) => {
                faults.push(Fault::new(
                    "/printed_card",
                    "unexpected",
                    "The invitation goes by e-mail or on a card, not both.",
                ));
                None
            }
            (None, false) => {
                faults.push(Fault::new(
                    "/email",
                    "required",
                    "Give the client's e-mail address, or `printed_card`: true.",
                ));
                None
            }
            (None, true) => None,
            (Some(email), false) => checked_email("/email", email, &mut faults),
        };
        if faults.is_empty() {
            return Ok(NewTreatment { service: self.service, sessions: self.sessions, email });
        }
        Err(faults)
    }
}

/// An e-mail address in its one form.
pub fn checked_email(pointer: &str, email: &Private, faults: &mut Vec<Fault>) -> Option<Private> {
    match practitioners::email(email.reveal()) {
        Ok(email) => Some(Private::new(email)),
        Err(detail) => {
            faults.push(Fault::new(pointer, "email", detail));
            None
        }
    }
}

/// Puts sessions in order and says what is wrong with them.
fn session_faults(pointer: &str, sessions: &mut [Date], today: Date) -> Vec<Fault> {
    sessions.sort_unstable();
    let mut faults = Vec::new();
    let mut fault = |code, detail: String| faults.push(Fault::new(pointer, code, detail));
    if sessions.windows(2).any(|pair| pair[0] == pair[1]) {
        fault("duplicate", "A day stands there twice.".to_owned());
    }
    if sessions.len() > limits::SESSIONS {
        fault("too-many", format!("At most {} sessions.", limits::SESSIONS));
    }
    if let (Some(first), Some(last)) = (sessions.first(), sessions.last()) {
        if (*last - *first).whole_days() > limits::COURSE_DAYS {
            fault(
                "too-long",
                format!(
                    "A treatment lasts at most {} days from its first session; record a new one.",
                    limits::COURSE_DAYS
                ),
            );
        }
        if (*last - today).whole_days() > limits::COURSE_DAYS {
            fault("too-far", format!("At most {} days ahead.", limits::COURSE_DAYS));
        }
    }
    faults
}
