//! What the directory writes to a client of a case.

use super::{Case, ConsentToken};
use crate::platform::clock::Ts;
use crate::platform::mail::Letter;
use crate::platform::vault::Private;

/// The question whether the client agrees to being shown.
pub(in crate::cases) fn consent_letter(
    to: Private,
    case: &Case,
    token: &ConsentToken,
    expires_at: Ts,
    public_url: &str,
) -> Letter {
    let text = format!(
        "The practitioner listed as {listing} would like to show before and after photos of your scalp\n\
         micropigmentation in a public directory, and says that you agree. Only you can say so. See the photos, and\n\
         agree to as much as you like, or to nothing, until {until} at\n\n\
         {public_url}/consents/{token}\n\n\
         Opening the address changes nothing. Keep this letter: at the same address you can take everything back\n\
         at any time, and the photos are gone within a minute.\n\n\
         If you were never treated there, do nothing. Your address is not kept.\n",
        listing = case.listing,
        until = expires_at.date(),
        token = token.reveal(),
    );
    let subject = format!("May photos of your treatment be shown? ({})", case.listing);
    Letter { to, subject, text: Private::new(text) }
}
