//! Signing in the browser, for an academy by its link: the places of the steps, and what they say. The script does the rest; the
//! link holds the academy's token behind the `#`, which never reaches this server.

use maud::{Markup, html};

use super::labels::label;
use super::layout::Page;
use super::texts::{fill, t};
use crate::certificates::acts::ActReason;
use crate::vocabulary::vocabulary;

/// Why an academy takes a certificate back for good, most frequent first.
const REASONS: [ActReason; 6] = [
    ActReason::DetailsWrong,
    ActReason::TrainingNotCompleted,
    ActReason::Deception,
    ActReason::SafetyConcern,
    ActReason::HolderAsked,
    ActReason::KeyCompromised,
];
/// What a course of an academy usually leads to.
const KINDS: [&str; 5] =
    ["training-certificate", "course-attendance", "masterclass", "cpd-unit", "trainer-certificate"];

/// The page.
pub(super) fn render() -> Markup {
    let content = html! {
        h1 { (t("sign.heading")) }
        p.lead { (t("sign.lead")) }
        noscript {
            p.note { (t("sign.without_script")) }
            pre tabindex="0" { code { "stipple key new --help\nstipple certificate sign --help\nstipple certificate issue --help" } }
            p { (t("sign.tool")) }
        }
        div.sign data-sign hidden {
            p.lead data-academy {}
            p.note role="status" data-note hidden {}
            (link())
            (key())
            (course())
            (who())
            (preview())
            (results())
            (revoke())
            template { @for (name, text) in sentences().into_iter().chain(faults()) { p data-text=(name) { (text) } } }
        }
    };
    Page::new(t("sign.heading")).script("sign").render(&content)
}

fn link() -> Markup {
    html! {
        section data-part="link" {
            h2 { (t("sign.link_heading")) }
            p { (t("sign.link_lead")) }
            form.verify data-form="link" {
                p { label for="academy" { (t("sign.link_academy")) } input #academy type="text" name="academy" required autocomplete="off" autocapitalize="none" spellcheck="false"; }
                p { label for="token" { (t("sign.link_token")) } input #token type="password" name="token" required autocomplete="off"; }
                button type="submit" { (t("sign.link_go")) }
            }
        }
    }
}

fn key() -> Markup {
    html! {
        section data-part="key" hidden {
            h2 { (t("sign.key_heading")) }
            p data-key-state role="status" {}
            div data-part="no-key" {
                p { (t("sign.key_lead")) }
                p { button type="button" data-make { (t("sign.key_make")) } }
                p { label for="key-file" { (t("sign.key_file")) } input #key-file type="file" accept=".json,application/json" data-key-file; }
            }
            div.note data-part="backup" hidden {
                h3 { (t("sign.backup_heading")) }
                p { (t("sign.backup_lead")) }
                p { button type="button" data-save { (t("sign.backup_again")) } }
                p { label for="saved-file" { (t("sign.backup_confirm")) } input #saved-file type="file" accept=".json,application/json" data-key-file; }
            }
        }
    }
}

fn course() -> Markup {
    html! {
        section data-part="course" hidden {
            h2 { (t("sign.course_heading")) }
            p data-choose {
                label for="course" { (t("sign.course_choose")) }
                select #course name="course" {}
            }
            details {
                summary { (t("sign.course_new")) }
                form.verify data-form="course" {
                    p { label for="title" { (t("sign.course_title")) } input #title type="text" name="title" required minlength="3" maxlength="120"; }
                    p { label for="description" { (t("sign.course_description")) } textarea #description name="description" rows="4" required minlength="10" maxlength="4000" {} }
                    p { label for="kind" { (t("sign.course_kind")) } (choice("kind", "credential_kind", "credential-kinds", |code| KINDS.contains(&code))) }
                    p { label for="level" { (t("sign.course_level")) } (choice("level", "level", "levels", |_| true)) }
                    @for entry in codes("delivery-modes") {
                        p {
                            label for={ "hours-" (entry.0) } { (fill("sign.course_hours", "mode", entry.1)) }
                            input id={ "hours-" (entry.0) } type="number" name=(entry.0) min="0" max="5000" value="0";
                        }
                    }
                    p { label for="models" { (t("sign.course_models")) } input #models type="number" name="live_models" min="0" max="500" value="0"; }
                    (boxes("sign.course_topics", "topics", "topics"))
                    (boxes("sign.course_assessments", "assessments", "assessments"))
                    button type="submit" { (t("sign.course_add")) }
                }
            }
        }
    }
}

/// The codes of a vocabulary with what they are called.
fn codes(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let entries = vocabulary(list).map(|list| list.codes.as_slice()).unwrap_or_default();
    entries.iter().map(move |entry| (entry.code.as_str(), label(list, &entry.code)))
}

fn choice(id: &str, name: &str, list: &'static str, offered: fn(&str) -> bool) -> Markup {
    html! {
        select id=(id) name=(name) {
            @for (code, label) in codes(list).filter(|(code, _)| offered(code)) { option value=(code) { (label) } }
        }
    }
}

fn boxes(legend: &'static str, name: &str, list: &'static str) -> Markup {
    html! {
        fieldset {
            legend { (t(legend)) }
            div.boxes {
                @for (code, label) in codes(list) {
                    label.box { input type="checkbox" name=(name) value=(code); " " (label) }
                }
            }
        }
    }
}

fn who() -> Markup {
    html! {
        section data-part="who" hidden {
            h2 { (t("sign.who_heading")) }
            h3 { (t("sign.who_one")) }
            form.verify data-form="one" {
                p { label for="name" { (t("sign.who_name")) } input #name type="text" name="name" required maxlength="200" autocomplete="off"; }
                p { label for="awarded" { (t("sign.who_awarded")) } input #awarded type="date" name="awarded" required; }
                p { label for="listing" { (t("sign.who_listing")) } input #listing type="text" name="listing" placeholder="SMP-…" autocomplete="off"; }
                button type="submit" { (t("sign.who_show")) }
            }
            h3 { (t("sign.who_many")) }
            p { label for="class" { (t("sign.who_csv")) } " " input #class type="file" accept=".csv,text/csv" data-class; }
            p.kind { (t("sign.who_columns")) }
        }
    }
}

fn preview() -> Markup {
    html! {
        section data-part="preview" hidden {
            h2 tabindex="-1" { (t("sign.preview_heading")) }
            p { (t("sign.preview_lead")) }
            ul.warnings data-faults {}
            p data-count {}
            article { dl {} }
            p {
                button type="button" data-turn="-1" { (t("sign.before")) } " "
                button type="button" data-turn="1" { (t("sign.after")) } " "
                button type="button" data-sign-all {}
            }
        }
        section data-part="progress" hidden {
            h2 { (t("sign.progress_heading")) }
            progress aria-label=(t("sign.progress_heading")) {}
            p role="status" {}
        }
    }
}

fn results() -> Markup {
    html! {
        section data-part="results" hidden {
            h2 tabindex="-1" { (t("sign.results_heading")) }
            p data-count {}
            ul.checks {}
            p { button type="button" { (t("sign.save_list")) } }
        }
    }
}

fn revoke() -> Markup {
    html! {
        section data-part="revoke" hidden {
            h2 { (t("sign.revoke_heading")) }
            p { (t("sign.revoke_lead")) }
            form.verify data-form="revoke" {
                p { label for="number" { (t("sign.revoke_number")) } input #number type="text" name="number" required placeholder="CRT-…" autocomplete="off"; }
                p {
                    label for="reason" { (t("sign.revoke_reason")) }
                    select #reason name="reason" { @for reason in REASONS { option value=(reason.as_str()) { (reason.words()) } } }
                }
                button type="submit" { (t("sign.revoke_find")) }
            }
            div.note data-part="revoke-sure" hidden {
                p {}
                p { button type="button" data-revoke { (t("sign.revoke_yes")) } }
            }
        }
    }
}

/// What the script says of the steps.
fn sentences() -> Vec<(&'static str, &'static str)> {
    vec![
        ("for_academy", t("sign.for_academy")),
        ("token_bad", t("sign.token_bad")),
        ("has_keys", t("sign.has_keys")),
        ("no_keys", t("sign.no_keys")),
        ("not_a_key", t("sign.not_a_key")),
        ("other_key", t("sign.other_key")),
        ("key_of_other", t("sign.key_of_other")),
        ("key_ready", t("sign.key_ready")),
        ("key_waiting", t("sign.key_waiting")),
        ("key_unconfirmed", t("sign.key_unconfirmed")),
        ("key_retired", t("sign.key_retired")),
        ("key_withdrawn", t("sign.key_withdrawn")),
        ("key_compromised", t("sign.key_compromised")),
        ("course_added", t("sign.course_added")),
        ("course_first", t("sign.course_first")),
        ("count", t("sign.count")),
        ("sign_n", t("sign.sign_n")),
        ("sign_one", t("sign.sign_one")),
        ("of_holder", t("sign.of_holder")),
        ("of_title", t("sign.of_title")),
        ("of_description", t("sign.of_description")),
        ("of_criteria", t("sign.of_criteria")),
        ("of_awarded", t("sign.of_awarded")),
        ("of_valid_until", t("sign.of_valid_until")),
        ("of_listing", t("sign.of_listing")),
        ("of_trainer", t("sign.of_trainer")),
        ("of_old_number", t("sign.of_old_number")),
        ("of_academy", t("sign.of_academy")),
        ("of_version", t("sign.of_version")),
        ("no_end", t("sign.no_end")),
        ("no_listing", t("sign.no_listing")),
        ("progress", t("sign.progress")),
        ("stored", t("sign.stored")),
        ("pdf", t("sign.pdf")),
        ("refused", t("sign.refused")),
        ("resumed", t("sign.resumed")),
        ("revoke_sure", t("sign.revoke_sure")),
        ("revoked", t("sign.revoked")),
        ("not_a_number", t("sign.not_a_number")),
        ("not_yours", t("sign.not_yours")),
        ("busy", t("sign.busy")),
        ("offline", t("sign.offline")),
        ("broke", t("sign.broke")),
        ("no_crypto", t("sign.no_crypto")),
        ("line", t("sign.line")),
    ]
}

/// What the script says is wrong with a row or a file.
fn faults() -> Vec<(&'static str, &'static str)> {
    vec![
        ("fault_name", t("sign.fault_name")),
        ("fault_letters", t("sign.fault_letters")),
        ("fault_awarded", t("sign.fault_awarded")),
        ("fault_day", t("sign.fault_day")),
        ("fault_future", t("sign.fault_future")),
        ("fault_until", t("sign.fault_until")),
        ("fault_number", t("sign.fault_number")),
        ("fault_trainer", t("sign.fault_trainer")),
        ("fault_old_number", t("sign.fault_old_number")),
        ("fault_fields", t("sign.fault_fields")),
        ("fault_same", t("sign.fault_same")),
        ("fault_known", t("sign.fault_known")),
        ("csv_utf8", t("sign.csv_utf8")),
        ("csv_quote", t("sign.csv_quote")),
        ("csv_column", t("sign.csv_column")),
        ("csv_twice", t("sign.csv_twice")),
        ("csv_missing", t("sign.csv_missing")),
        ("csv_rows", t("sign.csv_rows")),
    ]
}
