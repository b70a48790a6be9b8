//! Measurements: the figures of ours beside their floors, as ratios of one run.
//!
//! `cargo bench -- search 100000 facets`: the part, how many listings, the classes whose names hold a
//! word.

mod search;

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let part = words.next().unwrap_or_default();
    if "search".contains(&part) {
        let listings = words.next().and_then(|number| number.parse().ok()).unwrap_or(100_000);
        let dir = tempfile::tempdir().expect("a temporary directory");
        search::print(&search::run(dir.path(), listings, &words.next().unwrap_or_default()));
    }
}
