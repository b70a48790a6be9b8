//! The second check of a certificate, which the reader's browser makes: the place it shows its steps in, and its sentences.
//! Without script there is nothing to see of it.

use maud::{Markup, html};

use super::texts::t;

/// What was handed in to be checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brought {
    /// Bytes of the reader's own, which may differ from what is stored.
    Bytes,
    /// A number, or nothing: the certificate is the stored one.
    Number,
}

/// The section; `number` is the certificate's here, where it has one.
pub(super) fn section(number: Option<&str>, brought: Brought) -> Markup {
    html! {
        section.second data-second hidden data-number=[number] data-brought=[(brought == Brought::Bytes).then_some("yes")] {
            h2 { (t("second.heading")) }
            p data-said role="status" {}
            ul.checks {}
            p.kind { (t("second.honest")) }
            template {
                @for (name, text) in outcomes().into_iter().chain(sources()).chain(steps()) { p data-text=(name) { (text) } }
            }
        }
    }
}

/// The words for what a step came to, those of the verdict.
fn outcomes() -> Vec<(&'static str, &'static str)> {
    vec![
        ("pass", t("verify.pass")),
        ("warn", t("verify.warn")),
        ("fail", t("verify.fail")),
        ("unknown", t("verify.unknown")),
    ]
}

/// Where the bytes came from, or why there are none.
fn sources() -> Vec<(&'static str, &'static str)> {
    vec![
        ("busy", t("second.busy")),
        ("no_crypto", t("second.no_crypto")),
        ("broke", t("second.broke")),
        ("from_file", t("second.from_file")),
        ("from_inside", t("second.from_inside")),
        ("from_store", t("second.from_store")),
        ("from_store_instead", t("second.from_store_instead")),
        ("nothing_to_check", t("second.nothing_to_check")),
        ("not_fetched", t("second.not_fetched")),
    ]
}

/// What each step found.
fn steps() -> Vec<(&'static str, &'static str)> {
    vec![
        ("not_read", t("second.not_read")),
        ("unsigned", t("second.unsigned")),
        ("changed", t("second.changed")),
        ("unchanged", t("second.unchanged")),
        ("unchanged_partly", t("second.unchanged_partly")),
        ("signature_not_read", t("second.signature_not_read")),
        ("key_theirs", t("second.key_theirs")),
        ("key_theirs_logged", t("second.key_theirs_logged")),
        ("key_not_theirs", t("second.key_not_theirs")),
        ("key_revoked", t("second.key_revoked")),
        ("key_not_found", t("second.key_not_found")),
        ("recognised", t("second.recognised")),
        ("not_recognised", t("second.not_recognised")),
        ("no_longer_recognised", t("second.no_longer_recognised")),
        ("registry_not_read", t("second.registry_not_read")),
        ("logged", t("second.logged")),
        ("logged_other", t("second.logged_other")),
        ("log_broken", t("second.log_broken")),
        ("not_logged", t("second.not_logged")),
        ("for_good", t("second.for_good")),
        ("until", t("second.until")),
        ("expired", t("second.expired")),
        ("not_yet", t("second.not_yet")),
        ("not_taken_back", t("second.not_taken_back")),
        ("not_taken_back_listed", t("second.not_taken_back_listed")),
        ("taken_back", t("second.taken_back")),
        ("status_not_read", t("second.status_not_read")),
    ]
}
