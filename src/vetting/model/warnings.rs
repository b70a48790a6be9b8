//! What a client should look twice at, each by a pure rule.

use super::checks::Held;
use super::report::{ClaimNote, Evidence, PriceNote, UsualPriceNote, Warning, WarningKind};
use super::{UsualPrice, claims_in, claims_version};
use crate::certificates::Composed;
use crate::vocabulary::{Country, Currency, Service};

/// What to look twice at.
pub fn warnings(held: &Held) -> Vec<Warning> {
    let mut found = prices(held);
    let own = &held.practitioner.profile.own_words;
    let text =
        [own.headline.as_deref(), own.bio.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
    found.extend(claims_in(&text).into_iter().map(|claim| Warning {
        claim: Some(ClaimNote {
            code: claim.code.to_owned(),
            words: claim.words.clone(),
            list_version: claims_version(),
        }),
        evidence: vec![Evidence { label: "Their own words, not verified".to_owned(), url: held.url() }],
        ..warning(
            WarningKind::UnsupportedClaim,
            format!("They write \u{201c}{}\u{201d}. {}", claim.words, claim.why),
        )
    }));
    let training: Vec<&Composed> = held
        .certificates
        .iter()
        .filter(|(_, facts)| facts.kind.has("training"))
        .map(|(held, _)| held)
        .collect();
    if !training.is_empty() && training.iter().all(|held| held.course.content.hours.remote_only()) {
        found.push(Warning {
            evidence: training.iter().map(|composed| held.evidence(composed)).collect(),
            ..warning(
                WarningKind::OnlineOnlyTraining,
                "All of the training that is signed for was online: nobody watched them work on a living person.",
            )
        });
    }
    let lost = held
        .certificates
        .iter()
        .map(|(composed, _)| composed)
        .filter(|composed| composed.certificate.recognised_at_receipt && !composed.recognised);
    found.extend(lost.map(|composed| Warning {
        evidence: vec![held.evidence(composed)],
        ..warning(
            WarningKind::AcademyNoLongerRecognised,
            format!(
                "{} was recognised when it signed {}, and is not recognised any more.",
                composed.academy_name, composed.certificate.title
            ),
        )
    }));
    found
}

fn warning(kind: WarningKind, detail: impl Into<String>) -> Warning {
    Warning { warning: kind, detail: detail.into(), price: None, claim: None, evidence: Vec::new() }
}

/// The usual prices of what a listing offers, as they are shown.
pub fn usual_prices(held: &Held) -> Vec<UsualPriceNote> {
    let note =
        |((service, country, currency), usual): &((Service, Country, Currency), UsualPrice)| UsualPriceNote {
            service: *service,
            country: *country,
            currency: *currency,
            usual_from: usual.lower,
            median: usual.median,
            usual_to: usual.upper,
            clinics: usual.clinics as u64,
        };
    held.usual.iter().map(note).collect()
}

fn prices(held: &Held) -> Vec<Warning> {
    let mut found = Vec::new();
    for ((service, country, currency), usual) in &held.usual {
        let offered = held.practitioner.profile.services.iter().filter(|offered| offered.service == *service);
        let price = offered
            .filter_map(|offered| offered.price)
            .filter(|price| price.unit.has("comparable") && price.currency == *currency)
            .map(|price| price.amount_from)
            .min();
        let Some(amount) = price.filter(|amount| usual.is_far_above(*amount)) else { continue };
        let detail = format!(
            "A whole treatment ({}) costs far below the local median of {} clinics. Ask what is left out.",
            service.label(),
            usual.clinics
        );
        found.push(Warning {
            price: Some(PriceNote {
                service: *service,
                country: *country,
                currency: *currency,
                amount,
                usual_from: usual.lower,
                median: usual.median,
                usual_to: usual.upper,
                clinics: usual.clinics as u64,
            }),
            evidence: vec![Evidence { label: "Their prices".to_owned(), url: held.url() }],
            ..warning(WarningKind::PriceFarBelowUsual, detail)
        });
    }
    found
}
