//! What an academy is told when something happens to its keys.

use super::{Academy, Key, KeyPurpose};
use crate::platform::mail::Letter;
use crate::platform::vault::Private;

/// Told to the academy's contact when a key joins those it has; `None` where it left no address.
pub fn key_added_letter(academy: &Academy, key: &Key, public_url: &str) -> Option<Letter> {
    let from = match key.active_at {
        Some(active) if key.purpose == KeyPurpose::Recovery => {
            format!(
                "It may vouch for new keys, and sign nothing else, from {active} on, unless you take it back before."
            )
        }
        Some(active) => format!("It may sign certificates from {active} on, unless you take it back before."),
        None => "It may not sign yet: an operator of the directory has to confirm it.".to_owned(),
    };
    let text = format!(
        "A key was added to {}.\n\n  {}\n\n{from}\n\nIf you know this key, there is nothing to do. If you do not, take \
         it back now:\n  POST {public_url}/v1/academies/{}/keys/{}/retire\nand write to the directory; somebody has \
         your token or one of your keys.\n",
        academy.profile.name,
        key.public.to_multibase(),
        academy.slug,
        key.public.to_multibase(),
    );
    letter(academy, "A key was added to your academy", text)
}

/// Told to the academy's contact when its own document no longer has a key.
pub fn key_retired_letter(academy: &Academy, key: &Key, document_url: &str) -> Option<Letter> {
    let text = format!(
        "This key of {} signs nothing any more, because {document_url} no longer lets it:\n\n  {}\n\nWhat it signed \
         before stands. If you did not change that document, somebody else did: look at your site first. The key does \
         not come back by itself; add a new one.\n",
        academy.profile.name,
        key.public.to_multibase(),
    );
    letter(academy, "A key of your academy was retired", text)
}

/// Told to the academy's contact when a key was ended because it is in the wrong hands.
pub fn key_compromised_letter(academy: &Academy, keys: &[&Key]) -> Option<Letter> {
    let lines: Vec<String> = keys
        .iter()
        .map(|key| {
            let since = key.compromised_since.unwrap_or(key.added_at);
            format!("  {}\n  in the wrong hands since {since}", key.public.to_multibase())
        })
        .collect();
    let text = format!(
        "These keys of {} sign nothing any more:\n\n{}\n\nCertificates that the public log shows to be older than that \
         stand in this directory. Other people's software refuses every certificate of these keys: sign the good ones \
         again with another key, and supersede the old ones with `stipple certificate act`.\n",
        academy.profile.name,
        lines.join("\n")
    );
    letter(academy, "A key of your academy was ended", text)
}

/// Told to the academy's contact when a practitioner asks it to sign training it gave.
pub fn asked_to_sign_letter(
    academy: &Academy,
    person: &str,
    (course, year): (Option<&str>, Option<i32>),
    public_url: &str,
) -> Option<Letter> {
    let year = year.map(|year| format!(", in {year}")).unwrap_or_default();
    let text = format!(
        "{person} asks {} to sign a training certificate.\n\n  {}{year}\n\nWhat your records say is what counts: confirm \
         or decline it in your list,\n  {public_url}/v1/academies/{}/signing-requests\nAn academy that holds its own key \
         signs with `stipple certificate sign` and submits.\n",
        academy.profile.name,
        course.unwrap_or("a course that is not named"),
        academy.slug,
    );
    letter(academy, "You are asked to sign a training certificate", text)
}

fn letter(academy: &Academy, subject: &str, text: String) -> Option<Letter> {
    let to = Private::new(academy.profile.contact_email.clone()?);
    Some(Letter { to, subject: subject.to_owned(), text: Private::new(text) })
}
