//! What to ask and what to look for before booking.

use maud::{Markup, html};

use super::layout;
use super::texts::t;

/// The page.
pub(super) fn render() -> Markup {
    let list = |keys: &[&'static str]| html! { ul { @for key in keys { li { (t(key)) } } } };
    let content = html! {
        h1 { (t("before.heading")) }
        p.lead { (t("before.lead")) }
        section {
            h2 { (t("before.ask")) }
            (list(&["before.ask_1", "before.ask_2", "before.ask_3", "before.ask_4", "before.ask_5", "before.ask_6"]))
        }
        section {
            h2 { (t("before.signs")) }
            (list(&["before.sign_1", "before.sign_2", "before.sign_3", "before.sign_4", "before.sign_5"]))
        }
        section {
            h2 { (t("before.heals")) }
            (list(&["before.heal_1", "before.heal_2", "before.heal_3"]))
            p { strong { (t("before.doctor")) } }
        }
    };
    layout::page(t("before.heading"), &content)
}
