//! A query before any engine: whether it may be asked, its words, and why a document has them. What is typed means
//! the same whichever engine answers, because it is read here.

mod agree;
mod check;
mod mark;
mod plan;
mod values;

pub(super) use agree::Word;
pub(super) use check::{ENOUGH, MOST_SORTS, check, check_facet, suggesting};
pub(super) use mark::{Level, Marker, Texts};
pub(super) use plan::{Lexicon, Plan, Unit};
pub(super) use values::typed_values;
