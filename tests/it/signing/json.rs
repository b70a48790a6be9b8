//! Strict JSON, canonical JSON and content hashes.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use stipple::signing::digest::Digest;
use stipple::signing::jcs;
use stipple::signing::json::{self, Limits, Members, Tree};

const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 32 };

fn refused(text: impl AsRef<[u8]>) -> (&'static str, String) {
    let error = json::parse(text.as_ref(), LIMITS).expect_err("this text must be refused");
    (error.code(), error.pointer().to_owned())
}

fn canonical(value: &Value) -> String {
    String::from_utf8(jcs::to_vec(value).expect("safe integers")).expect("UTF-8")
}

#[test]
fn what_has_no_single_meaning_is_refused_with_its_place() {
    let cases: &[(&str, &str, &str)] = &[
        (r#"{"a":1,"a":1}"#, "duplicate-key", "/a"),
        (r#"{"a":{"b/c":[0,{"k":1,"\u006b":2}]}}"#, "duplicate-key", "/a/b~1c/1/k"),
        (r"[9007199254740992]", "unsafe-integer", "/0"),
        ("-9007199254740992", "unsafe-integer", ""),
        ("99999999999999999999999", "unsafe-integer", ""),
        ("9007199254740993.0", "unsafe-integer", ""),
        ("9.1e20", "unsafe-integer", ""),
        (r#"{"x":[1e400]}"#, "not-finite", "/x/0"),
        (r#"{"x":"\ud800"}"#, "lone-surrogate", "/x"),
        (r#""\udc00\ud800""#, "lone-surrogate", ""),
        (r#""\ud800A""#, "lone-surrogate", ""),
        (r#""\ud800\u0041""#, "lone-surrogate", ""),
        ("{} {}", "trailing-data", ""),
        ("1 x", "trailing-data", ""),
        ("", "truncated", ""),
        ("{\"a\":", "truncated", "/a"),
        ("[1,2", "truncated", ""),
        ("[1,]", "syntax", "/1"),
        ("{\"a\":1,}", "syntax", ""),
        ("{a:1}", "syntax", ""),
        ("nul", "truncated", ""),
        ("nulL", "syntax", ""),
        ("NaN", "syntax", ""),
        ("01", "bad-number", ""),
        ("-", "bad-number", ""),
        ("1.", "bad-number", ""),
        ("1e+", "bad-number", ""),
        ("+1", "bad-number", ""),
        (".5", "bad-number", ""),
        ("\"a\u{1}\"", "control-character", ""),
        ("\"a\nb\"", "control-character", ""),
        (r#""\x41""#, "bad-escape", ""),
        (r#""\u00g1""#, "bad-escape", ""),
        ("\u{feff}{}", "byte-order-mark", ""),
        ("// no\n1", "syntax", ""),
        ("'a'", "syntax", ""),
    ];
    for (text, code, pointer) in cases {
        assert_eq!(refused(text), (*code, (*pointer).to_owned()), "{text}");
    }
    assert_eq!(refused(b"\"\xff\""), ("not-utf8", String::new()));
    assert_eq!(refused(b"\"\xed\xa0\x80\""), ("not-utf8", String::new()));
}

#[test]
fn an_error_names_line_and_column_in_characters() {
    let error = json::parse("{\n  \"é\": [1,\n  ü]\n}".as_bytes(), LIMITS).expect_err("not JSON");
    assert_eq!((error.line(), error.column(), error.pointer()), (3, 3, "/é/1"));
    assert_eq!(error.to_string(), "this is not JSON, at /é/1 (line 3, column 3)");
}

#[test]
fn depth_and_size_have_a_limit_that_is_exact() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(json::parse(nested(32).as_bytes(), LIMITS).is_ok());
    assert_eq!(refused(nested(33)).0, "too-deep");
    assert_eq!(refused("[".repeat(100_000)).0, "too-deep");
    let siblings = format!("[{}]", vec!["[[]]"; 50].join(","));
    assert!(json::parse(siblings.as_bytes(), LIMITS).is_ok());
    let small = Limits { bytes: 4, depth: 32 };
    assert!(json::parse(b"[12]", small).is_ok());
    assert_eq!(json::parse(b"[123]", small).expect_err("too large").code(), "too-large");
}

#[test]
fn what_json_allows_is_read() {
    let text = r#" { "a" : [ 1 , -2.5e-3 , true , false , null , "\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude02" ] , "" : {} , "n": -0 } "#;
    let value = json::parse(text.as_bytes(), LIMITS).expect("JSON");
    let expected = json!({"a": [1, -0.0025, true, false, null, "\"\\/\u{8}\u{c}\n\r\tAé😂"], "": {}, "n": 0});
    assert_eq!(value, expected);
    let edge = json::parse(b"[9007199254740991,-9007199254740991,1E30]", LIMITS).expect("JSON");
    assert_eq!(canonical(&edge), "[9007199254740991,-9007199254740991,1e+30]");
}

#[test]
fn rfc_8785_vectors() {
    let Some(folder) = super::vectors("jcs") else { return };
    let mut ran = 0;
    for entry in std::fs::read_dir(folder.join("input")).expect("inputs") {
        let path = entry.expect("entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("name").to_owned();
        let value = json::parse(&std::fs::read(&path).expect("input"), LIMITS).expect("JSON");
        let hex = std::fs::read_to_string(folder.join(format!("outhex/{name}.txt"))).expect("hex");
        let expected: Vec<u8> =
            hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hex")).collect();
        assert_eq!(jcs::to_vec(&value).expect("canonical"), expected, "{name}");
        let output = std::fs::read(folder.join(format!("output/{name}.json"))).expect("output");
        assert_eq!(output, expected, "{name}");
        ran += 1;
    }
    assert_eq!(ran, 6);
}

/// The number samples of RFC 8785 appendix B, by their bits.
#[test]
fn numbers_are_written_as_ecmascript_writes_them() {
    let samples: &[(u64, &str)] = &[
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];
    for (bits, expected) in samples {
        let number = serde_json::Number::from_f64(f64::from_bits(*bits)).expect("finite");
        assert_eq!(canonical(&Value::Number(number)), *expected);
    }
    assert!(jcs::to_vec(&json!(9_007_199_254_740_993_u64)).is_err());
    assert!(jcs::to_vec(&json!(i64::MIN)).is_err());
    assert!(jcs::to_vec(&json!(u64::MAX)).is_err());
}

#[test]
fn an_edit_leaves_out_and_replaces_at_the_top_level_only() {
    let value = json!({"a": {"proof": 1}, "proof": 2, "z": 3, "@context": 4});
    let members = Members::of(value.as_object().expect("object"));
    let write = |edit| {
        let mut out = b"x".to_vec();
        jcs::write_object(&members, edit, &mut out).expect("canonical");
        String::from_utf8(out).expect("UTF-8")
    };
    let by = Tree::Array(vec![Tree::Number(0.into())]);
    let omit = jcs::Edit { omit: Some("proof"), replace: Some(("@context", &by)) };
    assert_eq!(write(omit), r#"x{"@context":[0],"a":{"proof":1},"z":3}"#);
    let first = jcs::Edit { omit: Some("@context"), replace: None };
    assert_eq!(write(first), r#"x{"a":{"proof":1},"proof":2,"z":3}"#);
}

/// The text without what is to be cut.
fn cut(text: &json::Text<'_>) -> Option<Vec<u8>> {
    let (text, cut) = text.canonical()?;
    Some([&text[..cut.start], &text[cut.end..]].concat())
}

#[test]
fn a_text_that_is_its_own_canonical_form_is_known_for_one() {
    let read = |text: &'static str| json::read(text.as_bytes(), LIMITS, "proof").expect("JSON");
    for (text, without) in [
        (r#"{"a":1,"proof":{"proof":2},"z":[]}"#, r#"{"a":1,"z":[]}"#),
        (r#"{"proof":[1,2],"z":0}"#, r#"{"z":0}"#),
        (r#"{"a":"\"\\\n","proof":true}"#, r#"{"a":"\"\\\n"}"#),
        (r#"{"proof":null}"#, "{}"),
        (r#"{"a":{"proof":1}}"#, r#"{"a":{"proof":1}}"#),
        (r#"[{"proof":1}]"#, r#"[{"proof":1}]"#),
        (
            "{\"\u{20ac}\":1,\"\u{10000}\":-5,\"\u{fb33}\":null}",
            "{\"\u{20ac}\":1,\"\u{10000}\":-5,\"\u{fb33}\":null}",
        ),
    ] {
        assert_eq!(cut(&read(text)).map(String::from_utf8), Some(Ok(without.to_owned())), "{text}");
    }
    for text in [
        r#"{"a": 1}"#,
        "{}\n",
        r#"{"b":1,"a":2}"#,
        r#"["\/"]"#,
        r#"["\u0041"]"#,
        "[-0]",
        "[1.0]",
        "[1e2]",
        "{\"\u{fb33}\":1,\"\u{10000}\":1}",
    ] {
        assert!(read(text).canonical().is_none(), "{text}");
    }
}

#[test]
fn digests_have_one_form_each_way() {
    let digest = Digest::of_json(&json!({"b": 1, "a": 2})).expect("canonical");
    assert_eq!(digest, Digest::of_bytes(br#"{"a":2,"b":1}"#));
    assert_eq!(digest.to_string().len(), 64);
    assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
    assert_eq!(Digest::from_hex(&digest.to_string().to_uppercase()), None);
    assert_eq!(Digest::from_multibase(&digest.to_multibase()), Some(digest));
    let z = format!("z{}", bs58::encode([&[0x12, 0x20][..], &digest.0].concat()).into_string());
    assert_eq!(Digest::from_multibase(&z), Some(digest));
    for wrong in ["", "u", "uEiA", "QmAAAA", &digest.to_string(), &digest.to_multibase()[1..]] {
        assert_eq!(Digest::from_multibase(wrong), None, "{wrong}");
    }
    // The multihash of the empty string, as published by the multihash project.
    assert_eq!(Digest::of_bytes(b"").to_multibase(), "uEiDjsMRCmPwcFJr79MiZb7kkJ65B5GSbk0yklZkbeFK4VQ");
}

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |x| serde_json::Number::from_f64(x).map(Value::Number)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_form_is_a_fixed_point(value in any_value()) {
        let first = jcs::to_vec(&value).expect("safe integers");
        prop_assert_eq!(Tree::of(&value).to_value(), value.clone());
        prop_assert_eq!(Tree::of(&value).into_owned().into_value(), value.clone());
        // A double in memory may be a whole number beyond 2^53, which is written without a point
        // and not read back: no document can hold it.
        if let Ok(read) = json::parse(&first, LIMITS) {
            prop_assert_eq!(jcs::to_vec(&read).expect("safe integers"), first);
        } else {
            prop_assert!(json::parse(&first, LIMITS).expect_err("err").code() == "unsafe-integer");
        }
    }

    #[test]
    fn layout_and_member_order_do_not_change_the_form(value in any_value()) {
        let pretty = serde_json::to_vec_pretty(&value).expect("JSON");
        if let Ok(read) = json::parse(&pretty, LIMITS) {
            prop_assert_eq!(jcs::to_vec(&read).expect("canonical"), jcs::to_vec(&value).expect("canonical"));
        }
    }

    #[test]
    fn names_are_ordered_by_utf_16(a in any::<String>(), b in any::<String>()) {
        let (left, right): (Vec<u16>, Vec<u16>) = (a.encode_utf16().collect(), b.encode_utf16().collect());
        prop_assert_eq!(jcs::order(&a, &b), left.cmp(&right));
    }

    #[test]
    fn names_at_the_seam_are_ordered_by_utf_16(
        a in "[\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}z]{0,4}",
        b in "[\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}z]{0,4}",
    ) {
        let (left, right): (Vec<u16>, Vec<u16>) = (a.encode_utf16().collect(), b.encode_utf16().collect());
        prop_assert_eq!(jcs::order(&a, &b), left.cmp(&right));
    }

    #[test]
    fn the_reader_agrees_with_serde_json(text in "[\\[\\]{}\":,0-9eE.\\-+ a\\\\untrfls]{0,24}") {
        // Ours refuses more, and never reads something else.
        if let Ok(ours) = json::parse(text.as_bytes(), LIMITS) {
            let theirs: Value = serde_json::from_str(&text).expect("ours accepts no more than theirs");
            prop_assert_eq!(jcs::to_vec(&ours).expect("canonical"), jcs::to_vec(&theirs).expect("canonical"));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = json::parse(&bytes, LIMITS);
    }
}
