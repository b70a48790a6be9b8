//! Cursors: they come back from where they were made, unchanged, or not at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use stipple::platform::http::{Binding, CursorKey};

fn list() -> Binding {
    Binding::new("practitioners").with("sort", "distance").with("q", "hair")
}

#[test]
fn a_cursor_opens_where_it_was_made() {
    let key = CursorKey::new("one secret");
    let sealed = key.seal(&list(), &(12.5, "SMP-1", 3_u64)).unwrap();
    let (distance, number, at): (f64, String, u64) = key.open(&list(), &sealed).unwrap();
    assert_eq!((distance, number.as_str(), at), (12.5, "SMP-1", 3));
    assert_eq!(format!("{key:?}"), "CursorKey(secret)");
}

#[test]
fn a_cursor_of_another_list_or_secret_is_refused() {
    let key = CursorKey::new("one secret");
    let sealed = key.seal(&list(), &7_u64).unwrap();
    let others = [
        Binding::new("academies").with("sort", "distance").with("q", "hair"),
        Binding::new("practitioners").with("sort", "distance").with("q", "hairs"),
        Binding::new("practitioners").with("sort", "distance"),
        // The same letters, cut elsewhere.
        Binding::new("practitioners").with("sort", "distanceq").with("", "hair"),
    ];
    for other in others {
        assert_eq!(key.open::<u64>(&other, &sealed).unwrap_err().code().slug, "bad-cursor");
    }
    assert!(CursorKey::new("another secret").open::<u64>(&list(), &sealed).is_err());
    // The right cursor read as the wrong kind of position.
    assert!(key.open::<String>(&list(), &sealed).is_err());
}

#[test]
fn another_version_is_refused_even_with_the_right_shape() {
    let key = CursorKey::new("one secret");
    let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(&list(), &7_u64).unwrap()).unwrap();
    bytes[0] = 2;
    assert!(key.open::<u64>(&list(), &URL_SAFE_NO_PAD.encode(bytes)).is_err());
}

proptest! {
    #[test]
    fn any_other_text_is_refused(text in ".{0,80}") {
        prop_assert!(CursorKey::new("one secret").open::<u64>(&list(), &text).is_err());
    }

    #[test]
    fn any_changed_bit_is_noticed(position in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let key = CursorKey::new("one secret");
        let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(&list(), &position).unwrap()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(key.open::<u64>(&list(), &URL_SAFE_NO_PAD.encode(bytes)).is_err());
    }
}
