//! The public log explained: what is in it, how far it is, who else has seen it, and how to check it oneself.

use maud::{Markup, html};
use serde::Deserialize;

use super::client::Asked;
use super::days::day;
use super::layout;
use super::texts::t;
use crate::platform::problem::Error;

#[derive(Deserialize)]
struct Log {
    origin: String,
    vkey: String,
    prefix: String,
    size: u64,
    checkpoint: Option<String>,
    updated_at: Option<String>,
    waiting: u64,
    frozen: Option<String>,
}

/// The whole page.
pub(super) async fn render(asked: &Asked<'_>, public_url: &str) -> Result<Markup, Error> {
    let log: Log = asked.get("/v1/log").await?;
    let witnesses = log.witnesses();
    let content = html! {
        h1 { (t("log.heading")) }
        p.lead { (t("log.lead")) }
        section #now {
            h2 { (t("log.now")) }
            @if let Some(why) = &log.frozen { p.note { (t("log.frozen")) " " (why) } }
            dl {
                dt { (t("log.size")) } dd data-size=(log.size) { (log.size) }
                @if let Some(at) = &log.updated_at { dt { (t("log.signed")) } dd { time datetime=(at) { (day(at)) ", " (clock(at)) } } }
                dt { (t("log.waiting")) } dd { (log.waiting) }
                dt { (t("log.witnesses")) }
                dd data-witnesses=(witnesses.len()) {
                    @if witnesses.is_empty() { (t("log.no_witness")) }
                    @else { (witnesses.join(", ")) }
                }
            }
        }
        section {
            h2 { (t("log.what")) }
            p { (t("log.what_text")) }
            p { (t("log.private")) }
            p { (t("log.means")) }
            @if witnesses.is_empty() { p.note { (t("log.alone")) } }
        }
        section #check {
            h2 { (t("log.check")) }
            p { (t("log.check_text")) }
            pre tabindex="0" { code { "stipple log audit " (public_url) } }
            p { (t("log.check_again")) }
            dl {
                dt { (t("log.name")) } dd { code { (log.origin) } }
                dt { (t("log.key")) } dd { code { (log.vkey) } }
                dt { (t("log.tiles")) } dd { code { (log.prefix) } }
            }
            @if let Some(checkpoint) = &log.checkpoint {
                details { summary { (t("log.checkpoint")) } pre tabindex="0" { code { (checkpoint) } } }
            }
            p { a href="/docs#read_log" { (t("log.docs")) } }
        }
    };
    Ok(layout::Page::new(t("log.heading")).described(t("log.lead")).render(&content))
}

impl Log {
    /// Who signed the newest checkpoint beside the log itself, by name.
    fn witnesses(&self) -> Vec<&str> {
        let lines = self.checkpoint.iter().flat_map(|note| note.lines());
        let names = lines.filter_map(|line| line.strip_prefix("\u{2014} ")?.split(' ').next());
        names.filter(|name| *name != self.origin).collect()
    }
}

/// The time of day of an instant, to the minute.
fn clock(instant: &str) -> String {
    let time = instant.split('T').nth(1).unwrap_or_default();
    format!("{} UTC", time.get(..5).unwrap_or(time))
}
