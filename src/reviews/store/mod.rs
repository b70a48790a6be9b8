//! Every statement on this room's tables, a file a table or two.

mod moderation;
mod reviews;
mod sums;
mod treatments;

pub(super) use moderation::{
    ReplyRow, appeal, close_report, close_reports_of, concern, concerns_after, count_concerns, count_reports,
    decide_appeal, decide_concern, delete_proof, insert_concern, insert_removal, insert_reply, insert_report,
    keep_proof, note_judgement, patterns, prints_near, proof, removal_of, replies_of, report, reports_after,
    set_print, vote,
};
pub(super) use reviews::{
    by_id, by_treatment, count, insert, insert_version, page, removed_counts, said_until, update, versions_of,
};
pub(super) use sums::{add, count_requests, sums_by_listing, sums_of};
pub(super) use treatments::{
    Invitation, count_treatments, due_contacts, due_follow_ups, erase_contact, first_recorded,
    insert_invitation, insert_treatment, invitation_by_hash, lock_mailbox, recent_requests, treatment,
    treatments_before, update_schedule, use_invitation,
};
