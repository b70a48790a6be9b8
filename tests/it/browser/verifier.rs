//! The verifier that pages carry, held to the published test vectors in the browser itself.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::driver::{Browser, Screen};
use crate::signing::vectors;
use crate::support::process::{Server, stipple_in};

/// A browser on a page of the directory, where the modules are.
fn opened() -> Option<(tempfile::TempDir, Server, Browser)> {
    let place = tempfile::tempdir().expect("a folder");
    let server = Server::started(stipple_in(place.path(), &["serve", "--listen", "127.0.0.1:0"]))
        .expect("the service starts");
    let browser = Browser::open(Screen::Desktop, server.address)?;
    browser.go("/verify");
    Some((place, server, browser))
}

/// Runs a function over cases in the page, and answers the names of those it fails.
fn failing(browser: &Browser, imports: &str, cases: &Value, passes: &str) -> Value {
    browser.script_later(&format!(
        "const done = arguments[arguments.length - 1];
         (async () => {{
             {imports}
             const failing = [];
             for (const one of {cases}) if (!(await ({passes})(one))) failing.push(one.name);
             done(failing);
         }})().catch((error) => done(String(error.stack)));"
    ))
}

fn json_of(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a vector")).expect("in JSON")
}

#[test]
fn signatures_are_judged_as_wycheproof_asks_by_both_verifiers() {
    let Some(folder) = vectors("ed25519") else { return };
    let Some((_place, _server, browser)) = opened() else { return };
    let suite = json_of(&folder.join("wycheproof.json"));
    let mut cases = Vec::new();
    for group in suite["testGroups"].as_array().expect("groups") {
        for test in group["tests"].as_array().expect("tests") {
            cases.push(json!({
                "name": test["tcId"], "key": group["publicKey"]["pk"], "sig": test["sig"], "msg": test["msg"],
                "valid": test["result"] == "valid",
            }));
        }
    }
    assert!(cases.len() > 100, "{}", cases.len());
    let check = json_of(&folder.join("speccheck.json"));
    for (at, one) in check.as_array().expect("cases").iter().enumerate() {
        // Only case 3 stands by the strict rules.
        cases.push(json!({
            "name": format!("speccheck {at}"), "key": one["pub_key"], "sig": one["signature"],
            "msg": one["message"], "valid": at == 3,
        }));
    }
    let imports = "const { unhex } = await import('/script/bytes.js'); const { verify } = await import('/script/ed25519.js');";
    for own in [false, true] {
        let passes = format!(
            "async (one) => (await verify(unhex(one.key), unhex(one.sig), unhex(one.msg), {own})) === one.valid"
        );
        assert_eq!(failing(&browser, imports, &json!(cases), &passes), json!([]), "own: {own}");
    }
}

#[test]
fn canonical_json_is_that_of_the_rfc_and_what_has_no_one_meaning_is_refused() {
    let Some(folder) = vectors("jcs") else { return };
    let Some((_place, _server, browser)) = opened() else { return };
    let mut cases = Vec::new();
    for file in fs::read_dir(folder.join("input")).expect("inputs").map(|file| file.expect("a file").path()) {
        let name = file.file_name().expect("a name");
        let canonical = fs::read_to_string(folder.join("output").join(name)).expect("an output");
        let text = fs::read_to_string(&file).expect("an input");
        cases.push(json!({"name": name.to_str(), "text": text, "canonical": canonical.trim_end()}));
    }
    assert_eq!(cases.len(), 6);
    let refused = [
        ("{\"a\":1,\"a\":2}", "duplicate-key"),
        ("9007199254740992", "unsafe-integer"),
        ("1e20", "unsafe-integer"),
        ("1e999", "not-finite"),
        ("01", "bad-number"),
        ("1.", "bad-number"),
        ("\"\\ud800\"", "lone-surrogate"),
        ("{} x", "trailing-data"),
        ("[1,]", "syntax"),
        ("\"\u{1}\"", "control-character"),
        ("{\"a\"", "truncated"),
        ("\u{feff}1", "byte-order-mark"),
    ];
    cases.extend(refused.map(|(text, code)| json!({"name": text, "text": text, "code": code})));
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    cases.push(json!({"name": "33 deep", "text": deep, "code": "too-deep"}));
    let imports = "const { utf8 } = await import('/script/bytes.js'); const { parse, canonical } = await import('/script/json.js');";
    let passes = "(one) => {
        try { return canonical(parse(utf8(one.text))) === one.canonical; }
        catch (error) { return error.code === one.code && one.code !== undefined; }
    }";
    assert_eq!(failing(&browser, imports, &json!(cases), passes), json!([]));
}

/// Every file below a folder.
fn below(folder: &Path, into: &mut Vec<PathBuf>) {
    for file in fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()) {
        if file.is_dir() { below(&file, into) } else { into.push(file) }
    }
}

#[test]
fn proofs_of_inclusion_hold_or_fail_as_published() {
    let Some(folder) = vectors("merkle") else { return };
    let Some((_place, _server, browser)) = opened() else { return };
    let mut files = Vec::new();
    below(&folder.join("inclusion"), &mut files);
    let cases: Vec<Value> = files
        .iter()
        .map(|file| {
            let mut case = json_of(file);
            case["name"] = json!(file.display().to_string());
            // Larger than what a number of the browser holds exactly.
            case["leafIdx"] = json!(case["leafIdx"].to_string());
            case["treeSize"] = json!(case["treeSize"].to_string());
            case
        })
        .collect();
    assert!(cases.len() > 90, "{}", cases.len());
    let imports = "const { hex, unbase64 } = await import('/script/bytes.js'); const { rootOf } = await import('/script/log.js');";
    let passes = "async (one) => {
        let holds = false;
        try {
            const leaf = unbase64(one.leafHash ?? '');
            const root = await rootOf(leaf, BigInt(one.leafIdx), BigInt(one.treeSize), (one.proof ?? []).map(unbase64));
            holds = leaf.length === 32 && hex(root) === hex(unbase64(one.root ?? ''));
        } catch { holds = false; }
        return holds !== one.wantErr;
    }";
    assert_eq!(failing(&browser, imports, &json!(cases), passes), json!([]));
}

#[test]
fn the_published_example_of_eddsa_jcs_2022_verifies_and_nothing_changed_does() {
    let Some(folder) = vectors("eddsa") else { return };
    let Some((_place, _server, browser)) = opened() else { return };
    let signed = json_of(&folder.join("eddsa-jcs-2022/signedJCS.json"));
    let mut changed = signed.clone();
    changed["name"] = json!("Somebody else");
    let mut purpose = signed.clone();
    purpose["proof"]["proofPurpose"] = json!("authentication");
    let mut context = signed.clone();
    context["@context"]
        .as_array_mut()
        .expect("contexts")
        .push(json!("https://w3id.org/security/data-integrity/v2"));
    let cases = json!([
        {"name": "signed", "document": signed, "outcome": "good"},
        {"name": "changed", "document": changed, "outcome": "bad"},
        {"name": "another purpose", "document": purpose, "outcome": "bad"},
        {"name": "a context more", "document": context, "outcome": "bad"},
    ]);
    let imports = "const { publicKey, splitMethod, verifyProofs } = await import('/script/proof.js');";
    let passes = "async (one) => {
        const [result] = await verifyProofs(one.document, (method) => publicKey(splitMethod(method)[1]));
        return result.outcome === one.outcome;
    }";
    assert_eq!(failing(&browser, imports, &cases, passes), json!([]));
}
