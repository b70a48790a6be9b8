//! Every statement on this slice's tables, a file a table or two.

mod academy;
mod course;
mod event;
mod key;
mod recognition;
mod trainer;

pub(super) use academy::{
    ListFilter, academy_for_change, count, due_dids, insert, list, look_alike, note_did_check, set_did,
    update,
};
pub use academy::{academies_after, academy_by_id, academy_by_slug};
pub(super) use course::{
    count_courses, count_versions, course_by_number, insert_course, insert_version, list_courses,
    list_versions,
};
pub use course::{course_version, course_version_by_hash, course_versions};
pub(super) use event::{count_events, insert_event, list_events};
pub use key::{StolenKey, issuer_by_did, issuer_by_slug, stolen_keys};
pub(super) use key::{
    count_challenges, drop_stale_challenges, held, held_ids, insert_challenge, insert_held, insert_key, keys,
    put_report, reports, signing_keys, take_challenge, update_key,
};
pub use recognition::{Signer, recognised_at, signers};
pub(super) use recognition::{
    insert_recognition, recognition, recognitions, recognitions_of, registry, update_recognition,
};
pub use trainer::trainer_name;
pub(super) use trainer::{count_trainers, insert_trainer, list_trainers, trainer_numbers};
