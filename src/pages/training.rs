//! What academies signed for somebody: what it covered, who signed, and who vouches for the signer, since when.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use maud::{Markup, html};
use serde::Deserialize;

use super::card::local;
use super::client::Asked;
use super::days::day;
use super::labels::{label, labels};
use super::texts::{fill, t};
use crate::platform::problem::Error;

/// Academies whose recognition is looked up for one page.
const MOST_ACADEMIES: usize = 8;

/// A certificate of a listing, as the API answers it.
#[derive(Deserialize)]
pub(super) struct Certificate {
    title: String,
    academy: Academy,
    course: Course,
    status: String,
    counts: bool,
    #[serde(default)]
    lacks: Vec<Lack>,
    valid_from: String,
    valid_until: Option<String>,
    awarded_on: Option<String>,
    page_url: String,
}

#[derive(Deserialize)]
struct Academy {
    slug: String,
    name: String,
    recognised: bool,
}

#[derive(Deserialize)]
struct Course {
    level: String,
    hours: BTreeMap<String, u32>,
    live_models: u32,
    #[serde(default)]
    topics: Vec<String>,
    online_only: bool,
}

#[derive(Deserialize)]
struct Lack {
    detail: String,
}

#[derive(Deserialize)]
struct Recognitions {
    items: Vec<Recognition>,
}

/// Who vouches for an academy.
#[derive(Deserialize)]
struct Recognition {
    vouched_by: String,
    counts_from: String,
    in_force: bool,
}

/// Who vouches for the academies of certificates, by their slugs.
pub(super) struct Vouchers(BTreeMap<String, Recognitions>);

impl Vouchers {
    /// Asks for the academies of these certificates.
    pub(super) async fn of(asked: &Asked<'_>, certificates: &[Certificate]) -> Result<Self, Error> {
        let slugs: BTreeSet<&str> =
            certificates.iter().map(|certificate| certificate.academy.slug.as_str()).collect();
        let each = slugs.into_iter().take(MOST_ACADEMIES).map(|slug| async move {
            let recognitions = asked.get(&format!("/v1/academies/{slug}/recognitions")).await?;
            Ok::<_, Error>((slug.to_owned(), recognitions))
        });
        Ok(Self(try_join_all(each).await?.into_iter().collect()))
    }

    fn in_words(&self, academy: &Academy) -> Markup {
        let known = self.0.get(&academy.slug).map(|known| known.items.as_slice()).unwrap_or_default();
        html! {
            @if !academy.recognised { (t("listing.academy_unrecognised")) }
            @for voucher in known.iter().filter(|voucher| voucher.in_force) {
                (fill("listing.vouched", "who", &voucher.vouched_by).replace("{day}", day(&voucher.counts_from))) " "
            }
        }
    }
}

/// The certificates of a listing.
pub(super) fn section(certificates: &[Certificate], vouchers: &Vouchers) -> Markup {
    html! {
        section #certificates {
            h2 { (t("listing.certificates")) }
            @if certificates.is_empty() { p { (t("listing.no_certificates")) } }
            @for certificate in certificates { (certificate.render(vouchers)) }
        }
    }
}

impl Certificate {
    fn render(&self, vouchers: &Vouchers) -> Markup {
        let Self { academy, course, .. } = self;
        html! {
            article {
                h3 { a href=(local(&self.page_url)) { (self.title) } }
                p { (if self.counts { html! { span.yes { (t("listing.counts")) "." } } } else { html! { span.no { (t("listing.counts_not")) "." } } }) }
                @if !self.counts { ul { @for lack in &self.lacks { li { (lack.detail) } } } }
                p {
                    (fill("listing.signed", "academy", &academy.name).replace("{day}", day(&self.valid_from))) ". "
                    (vouchers.in_words(academy)) " "
                    a href={ "/academies/" (academy.slug) } { (t("listing.academy")) }
                }
                details {
                    summary { (t("listing.covered")) }
                    (course.render())
                    ul.facts {
                        li { (fill("listing.status", "status", label("certificate-statuses", &self.status).to_lowercase())) }
                        @if let Some(awarded) = &self.awarded_on { li { (fill("listing.awarded", "day", awarded)) } }
                        @if let Some(until) = &self.valid_until { li { (fill("listing.valid_until", "day", day(until))) } }
                    }
                }
            }
        }
    }
}

impl Course {
    fn render(&self) -> Markup {
        html! {
            @if self.online_only { p.no { (t("listing.online_only")) } }
            ul.facts {
                li { (fill("listing.level", "level", label("levels", &self.level).to_lowercase())) }
                @for (mode, hours) in self.hours.iter().filter(|(_, hours)| **hours > 0) {
                    li { (fill("listing.hours", "n", hours).replace("{mode}", &label("delivery-modes", mode).to_lowercase())) }
                }
                li { (fill("listing.models", "n", self.live_models)) }
            }
            @if !self.topics.is_empty() { p { (fill("listing.topics", "list", labels("topics", &self.topics))) "." } }
        }
    }
}
