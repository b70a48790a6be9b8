//! The fuzz targets on their corpora: what once was worth keeping stays handled. `fuzz/README.md` says how
//! to look for more.

use std::path::Path;

#[path = "../../fuzz/targets.rs"]
mod targets;

#[test]
fn every_corpus_is_replayed() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let mut replayed = 0;
        for entry in std::fs::read_dir(corpora.join(name)).unwrap_or_else(|_| panic!("{name} has a corpus")) {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
            replayed += 1;
        }
        assert!(replayed > 0, "{name} has something to replay");
        let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs"));
        assert!(binary.exists(), "{name} can be run by cargo fuzz");
    }
}
