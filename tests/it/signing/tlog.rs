//! The mathematics of the log against RFC 6962's published proofs, against a second way to compute the same, and
//! against what must not be read.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use stipple::signing::digest::Digest;
use stipple::signing::keys::SigningKey;
use stipple::signing::tlog::LogError;
use stipple::signing::tlog::note::{
    self, Checkpoint, KeyKind, Note, NoteKey, cosignature_line, signature_line,
};
use stipple::signing::tlog::offline::OfflineProof;
use stipple::signing::tlog::tile::{Edge, Tile, TilePath, WIDTH, Wanted, bundle, subtree, unbundle};
use stipple::signing::tlog::tree::{
    Frontier, check_consistency, check_inclusion, consistency_path, fold, inclusion_path, leaf_hash,
    node_hash, nodes,
};
use zeroize::Zeroizing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|at| leaf_hash(format!("entry {at}").as_bytes())).collect()
}

/// The tree hash exactly as RFC 6962 section 2.1 defines it, by recursion.
fn mth(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of_bytes(&[]),
        [one] => *one,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            node_hash(&mth(&leaves[..half]), &mth(&leaves[half..]))
        }
    }
}

fn hash_of(leaves: &[Digest], range: &std::ops::Range<u64>) -> Digest {
    let (start, end) = (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
    mth(&leaves[start..end])
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Zeroizing::new([seed; 32]))
}

fn files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|kind| kind == "json") {
            out.push(path);
        }
    }
}

fn digest(value: &Value) -> Option<Digest> {
    STANDARD.decode(value.as_str().unwrap_or_default()).ok()?.try_into().ok().map(Digest)
}

/// A published case as the checks take it; `None` where a hash is not even 32 bytes long.
fn published(case: &Value) -> Option<Result<(), LogError>> {
    let proof: Option<Vec<Digest>> = match &case["proof"] {
        Value::Null => Some(Vec::new()),
        proof => proof.as_array()?.iter().map(digest).collect(),
    };
    let number = |name: &str| case[name].as_u64().unwrap_or(0);
    if case.get("leafIdx").is_some() {
        let (leaf, root) = (digest(&case["leafHash"])?, digest(&case["root"])?);
        return Some(check_inclusion(&leaf, number("leafIdx"), number("treeSize"), &proof?, &root));
    }
    let (old, new) = (digest(&case["root1"])?, digest(&case["root2"])?);
    Some(check_consistency(number("size1"), number("size2"), &proof?, &old, &new))
}

#[test]
fn published_proofs_are_judged_as_published() {
    let Some(folder) = super::vectors("merkle") else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let (mut good, mut bad) = (0, 0);
    for path in &paths {
        let case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let refused = case["wantErr"].as_bool().unwrap_or(false);
        let judged = published(&case);
        let passes = judged == Some(Ok(()));
        *(if refused { &mut bad } else { &mut good }) += 1;
        // Where a tree is compared with itself or with the empty one, some cases have roots that are no hashes.
        let any_root = judged.is_none() || case["size1"].as_u64() == Some(0);
        assert!(passes != refused || (any_root && !refused), "{}: {judged:?}\n{case}", path.display());
    }
    assert!(good >= 10 && bad >= 100, "{good} good and {bad} bad cases were found");
}

#[test]
fn roots_and_proofs_agree_with_the_definition_for_every_small_tree() {
    let all = leaves(70);
    let mut frontier = Frontier::default();
    let mut edge = Edge::default();
    for size in 0..=70_usize {
        let root = mth(&all[..size]);
        assert_eq!(frontier.root(), root);
        assert_eq!(edge.root(), root);
        let size = size as u64;
        for index in 0..size {
            let path = inclusion_path(index, size).unwrap();
            let proof: Vec<Digest> = path.iter().map(|range| hash_of(&all, range)).collect();
            let leaf = &all[usize::try_from(index).unwrap()];
            assert_eq!(check_inclusion(leaf, index, size, &proof, &root), Ok(()));
            assert_ne!(check_inclusion(leaf, index + 1, size, &proof, &root), Ok(()));
        }
        for old in 0..=size {
            let old_root = mth(&all[..usize::try_from(old).unwrap()]);
            let path = consistency_path(old, size).unwrap();
            let proof: Vec<Digest> = path.iter().map(|range| hash_of(&all, range)).collect();
            assert_eq!(check_consistency(old, size, &proof, &old_root, &root), Ok(()), "{old} of {size}");
            if old != 0 && old != size {
                assert_eq!(check_consistency(old, size, &proof, &root, &root), Err(LogError::WrongRoot));
            }
        }
        if let Some(leaf) = all.get(usize::try_from(size).unwrap()) {
            frontier.push(*leaf);
            edge.append(*leaf, |_, _| {});
        }
    }
    assert_eq!(inclusion_path(70, 70), None);
    assert_eq!(consistency_path(71, 70), None);
}

#[test]
fn tiles_hold_the_same_tree_and_an_edge_can_be_taken_up_again() {
    let all = leaves(70_000);
    let mut tiles = std::collections::BTreeMap::new();
    let mut edge = Edge::default();
    for (at, leaf) in all.iter().enumerate() {
        edge.append(*leaf, |tile, bytes| assert!(tiles.insert(tile, bytes).is_none()));
        // As after a restart: the edge is made again of the tiles that are not full.
        if at % 9_973 == 0 || at == 255 || at == 65_535 {
            let partial: Vec<Vec<u8>> = edge.partial().iter().map(|(_, bytes)| bytes.to_vec()).collect();
            edge = Edge::new(edge.size(), &partial).unwrap();
        }
    }
    tiles.extend(edge.partial().into_iter().map(|(tile, bytes)| (tile, bytes.to_vec())));
    assert_eq!(edge.root(), mth(&all));
    assert_eq!(tiles.len(), 70_000_usize.div_ceil(256) + 2 + 1);
    for (tile, bytes) in &tiles {
        assert_eq!(bytes.len(), 32 * tile.width_in(70_000), "{tile:?}");
    }
    for range in [0..70_000, 65_536..70_000, 512..768, 69_998..70_000, 0..65_536] {
        let pieces: Vec<Digest> = nodes(range.clone())
            .into_iter()
            .map(|node| {
                let (tile, hashes) = Tile::of(node);
                subtree(&tiles[&tile], hashes).unwrap()
            })
            .collect();
        assert_eq!(fold(&pieces), hash_of(&all, &range), "{range:?}");
    }
}

#[test]
fn a_tile_has_one_address() {
    let of = |level, index, width| TilePath { wanted: Wanted::Hashes(Tile { level, index }), width };
    for (text, path) in [
        ("0/000", of(0, 0, 256)),
        ("0/x001/x234/067", of(0, 1_234_067, 256)),
        ("1/999.p/17", of(1, 999, 17)),
        ("entries/x001/000.p/255", TilePath { wanted: Wanted::Entries(1_000), width: 255 }),
    ] {
        assert_eq!(TilePath::parse(text), Some(path), "{text}");
        assert_eq!(path.path(), text);
    }
    for text in [
        "",
        "0",
        "0/",
        "0/0",
        "0/0000",
        "00/000",
        "0/x000/001",
        "0/001/x002",
        "0/x001",
        "64/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/017",
        "0/000.p/",
        "-1/000",
        "entries",
        "entry/000",
        "0/\u{661}00",
        "0/000/",
        "0/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(TilePath::parse(text), None, "{text}");
    }
}

#[test]
fn a_bundle_is_read_whole_or_not_at_all() {
    let entries: [&[u8]; 3] = [b"one", b"", &vec![7; 65_535]];
    let bytes = bundle(entries).unwrap();
    assert_eq!(unbundle(&bytes, 3).unwrap(), entries);
    assert!(unbundle(&bytes, 2).is_err() && unbundle(&bytes, 4).is_err());
    assert!(unbundle(&bytes[..bytes.len() - 1], 3).is_err());
    assert!(unbundle(&[&bytes[..], &[0]].concat(), 3).is_err());
    assert!(bundle([vec![0; 65_536].as_slice()]).is_err());
}

/// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`.
#[test]
fn the_note_go_documents_is_read_and_its_signature_fits() {
    let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let note = format!(
        "{text}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    let key = NoteKey::parse(vkey).unwrap();
    assert_eq!(key.to_string(), vkey);
    let read = Note::parse(&note).unwrap();
    assert_eq!(read.text(), text);
    assert!(read.is_signed_by(&key));
    assert!(!Note::parse(&note.replace("answer", "solution")).unwrap().is_signed_by(&key));
    for wrong in
        ["PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a+b", "", "x+00000000+AQ=="]
    {
        assert!(NoteKey::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_checkpoint_opens_for_its_own_log_only() {
    let log = key(1);
    let vkey = |name: &str, key: &SigningKey| NoteKey::new(name, KeyKind::Ed25519, key.public()).unwrap();
    let checkpoint = Checkpoint { origin: "stipple.example/log".into(), size: 70, root: mth(&leaves(70)) };
    let note = checkpoint.sign(&log);
    let own = vkey("stipple.example/log", &log);
    assert_eq!(Checkpoint::open(&note, &own).as_ref(), Ok(&checkpoint));
    assert_eq!(Checkpoint::open(&note, &vkey("other.example/log", &log)), Err(LogError::OtherLog));
    assert_eq!(Checkpoint::open(&note, &vkey("stipple.example/log", &key(2))), Err(LogError::Unsigned));
    assert_eq!(Checkpoint::open(&note.replace("\n70\n", "\n71\n"), &own), Err(LogError::Unsigned));
    // A second line of the same key that does not fit spoils the note.
    let twice = format!("{note}{}", signature_line("another text\n", "stipple.example/log", &log));
    assert_eq!(Checkpoint::open(&twice, &own), Err(LogError::Unsigned));
    for (from, to) in [
        ("\n70\n", "\n070\n"),
        ("\n70\n", "\n+70\n"),
        ("\n70\n", "\n18446744073709551615\n"),
        ("\n70\n", "\n"),
    ] {
        let text = checkpoint.text().replace(from, to);
        let note = note::sign(&text, "stipple.example/log", &log);
        assert!(matches!(Checkpoint::open(&note, &own), Err(LogError::Malformed(_))), "{to:?}");
    }
    for broken in ["", "a\n\n", "a\n\nb\n", "a\n\n\u{2014} x AAAA\n", &note[..note.len() - 1]] {
        assert!(Note::parse(broken).is_err(), "{broken:?}");
    }
}

#[test]
fn a_witness_signs_what_it_saw_and_when() {
    let (log, witness) = (key(1), key(3));
    let checkpoint = Checkpoint { origin: "stipple.example/log".into(), size: 9, root: mth(&leaves(9)) };
    let text = checkpoint.text();
    let line = cosignature_line(&text, "witness.example", &witness, 1_790_000_000);
    let note = format!("{}{line}", checkpoint.sign(&log));
    let vkey = NoteKey::new("witness.example", KeyKind::Cosignature, witness.public()).unwrap();
    assert_eq!(NoteKey::parse(&vkey.to_string()).as_ref(), Ok(&vkey));
    let read = Note::parse(&note).unwrap();
    assert_eq!(read.cosigned_by(&vkey), Some(1_790_000_000));
    // The witness's word is no signature of the log's, and the other way round.
    assert!(!read.is_signed_by(&vkey));
    let as_log = NoteKey::new("witness.example", KeyKind::Ed25519, witness.public()).unwrap();
    assert!(!read.is_signed_by(&as_log));
    let other = note.replace("\n9\n", "\n8\n");
    assert_eq!(Note::parse(&other).unwrap().cosigned_by(&vkey), None);
}

#[test]
fn a_proof_file_proves_one_entry_of_one_log() {
    let (log, all) = (key(1), leaves(20));
    let own = NoteKey::new("stipple.example/log", KeyKind::Ed25519, log.public()).unwrap();
    let checkpoint = Checkpoint { origin: "stipple.example/log".into(), size: 20, root: mth(&all) };
    let hashes = inclusion_path(13, 20).unwrap().iter().map(|range| hash_of(&all, range)).collect();
    let proof = OfflineProof {
        extra: Some(b"entry 13".to_vec()),
        index: 13,
        hashes,
        checkpoint: checkpoint.sign(&log),
    };
    let text = proof.to_text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra ZW50cnkgMTM=\nindex 13\n"), "{text}");
    assert_eq!(OfflineProof::parse(&text).as_ref(), Ok(&proof));
    assert_eq!(proof.check(b"entry 13", &own), Ok(checkpoint));
    assert_eq!(proof.check(b"entry 14", &own), Err(LogError::WrongRoot));
    let moved = OfflineProof { index: 12, ..proof.clone() };
    assert_eq!(moved.check(b"entry 13", &own), Err(LogError::WrongRoot));
    for (from, to) in
        [("index 13", "index 013"), ("index 13\n", ""), ("@v1", "@v2"), ("\n\n", "\n"), ("ZW50", "Z!50")]
    {
        assert!(OfflineProof::parse(&text.replacen(from, to, 1)).is_err(), "{from} as {to}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "(c2sp.org/tlog-proof@v1\n)?(index [0-9]{1,3}\n)?[a-zA-Z0-9+/=\u{2014} .\n-]{0,200}") {
        let _ = Note::parse(&text).map(|note| Checkpoint::read(&note).is_ok());
        let _ = OfflineProof::parse(&text);
        let _ = NoteKey::parse(&text);
        let _ = TilePath::parse(&text);
        let _ = unbundle(text.as_bytes(), WIDTH);
    }
}
