//! The forms a certificate travels in: what is printed carries the certificate, and whatever carries one is read, as far as
//! it can be trusted and no further.

use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use stipple::certificates::acts::{Act, ActReason};
use stipple::certificates::forms::{self, Brought, FormError, Printed, Sheet};
use stipple::certificates::verdict::Form;
use stipple::platform::clock::Ts;
use stipple::signing::did;
use stipple::signing::digest::Digest;
use stipple::signing::keys::SigningKey;

use poem::http::Method;

use super::outcome;
use crate::support::academy::Academy;
use crate::support::{Client, TestApp};

async fn stored(app: &TestApp) -> (Academy, Value, String) {
    let academy = Academy::recognised(app, "leeds-smp-school").await;
    academy.enrol(app, 1).await;
    let mut award = academy.award(app, "Marian <b>Wright</b> & Söhne ]]>", None);
    award.status = Some(academy.entry().await);
    let signed = academy.sign(&award);
    let number = academy.submit(&signed).await.expect(201).json()["number"].as_str().unwrap().to_owned();
    (academy, signed, number)
}

async fn verify(client: &Client, media_type: &str, bytes: &[u8]) -> Value {
    client.call(Method::POST, "/v1/verify").body(media_type, bytes).await.expect(200).json()
}

#[tokio::test]
async fn every_printed_form_carries_the_signed_bytes_and_verifies() {
    let app = TestApp::new().await;
    let (_, _, number) = stored(&app).await;
    let view = app.anyone().get(&format!("/v1/certificates/{number}")).await.expect(200).json();
    let credential =
        app.anyone().get(&format!("/v1/certificates/{number}/credential")).await.expect(200).bytes;
    for (name, media_type) in [("pdf", "application/pdf"), ("png", "image/png"), ("svg", "image/svg+xml")] {
        let file = app.anyone().get(&format!("/v1/certificates/{number}/{name}")).await.expect(200);
        assert_eq!(file.header("content-type"), Some(media_type));
        assert!(file.header("content-disposition").unwrap().contains(&format!("{number}.{name}")));
        assert!(view[format!("{name}_url")].as_str().unwrap().ends_with(&format!("/{number}/{name}")));
        let bytes = file.bytes;
        let verdict = verify(&app.anyone(), media_type, &bytes).await;
        assert_eq!(
            (verdict["verdict"].as_str(), verdict["form"].as_str()),
            (Some("valid"), Some(name)),
            "{verdict:#}"
        );
        assert_eq!(verdict["certificate"], number.as_str());
        match forms::read(&bytes).expect("it carries one") {
            Brought::Json(_, inside) => assert_eq!(inside.as_ref(), &credential[..], "{name}"),
            other => panic!("{other:?}"),
        }
        // Printed again, it is the same file.
        let again = app.anyone().get(&format!("/v1/certificates/{number}/{name}")).await.expect(200).bytes;
        assert_eq!(again, bytes, "{name}");
    }
    let svg = app.anyone().get(&format!("/v1/certificates/{number}/svg")).await.text();
    assert!(!svg.contains("<b>Wright</b> &") || svg.contains("CDATA"), "user text is markup nowhere");
    let png = app.anyone().get(&format!("/v1/certificates/{number}/png")).await.bytes;
    let picture = image::load_from_memory(&png).expect("others can read the picture");
    assert_eq!((picture.width(), picture.height()), (1684, 1190));
}

#[tokio::test]
async fn a_number_a_link_and_pasted_text_are_verified_and_nothing_else_is_fetched() {
    let app = TestApp::new().await;
    let (_, signed, number) = stored(&app).await;
    let public = &app.config.public_url;
    for (text, form) in [
        (number.clone(), "number"),
        (format!("  {}\n", number.to_lowercase()), "number"),
        (format!("{public}/certificates/{number}"), "link"),
        (format!("{public}/v1/certificates/{number}/verdict?as_of=2026-01-01"), "link"),
        (signed.to_string(), "json"),
    ] {
        let verdict = verify(&app.anyone(), "text/plain", text.as_bytes()).await;
        assert_eq!(
            (verdict["verdict"].as_str(), verdict["form"].as_str()),
            (Some("valid"), Some(form)),
            "{text}"
        );
    }
    for link in [
        format!("https://elsewhere.example/certificates/{number}"),
        format!("{public}.evil.example/certificates/{number}"),
        format!("{public}/v1/academies/{number}"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let refused = app.anyone().call(Method::POST, "/v1/verify").body("text/plain", link).await;
        refused.expect(422).problem("link-not-followed");
    }
}

#[tokio::test]
async fn a_print_of_what_is_no_longer_in_force_says_so() {
    let app = TestApp::new().await;
    let (academy, signed, number) = stored(&app).await;
    let path = format!("/v1/certificates/{number}/svg");
    let before = app.anyone().get(&path).await.expect(200);
    let act = academy.act(&app, &signed, Act::Suspend, ActReason::UnderReview);
    academy.keeper.post(&format!("/v1/certificates/{number}/acts"), &act).await.expect(201);
    let after = app.anyone().get(&path).await.expect(200);
    assert_ne!(before.header("etag"), after.header("etag"));
    // Its text is outlines; the band is the one thing in that red.
    assert!(!before.text().contains("#9c1c1c") && after.text().contains("#9c1c1c"));
    let page = app.anyone().get(&format!("/certificates/{number}")).await.expect(200).text();
    assert!(page.contains("Not valid") && page.contains("set it aside"), "{page}");
}

#[tokio::test]
async fn the_page_behind_the_code_shows_the_verdict_and_escapes_what_people_wrote() {
    let app = TestApp::new().await;
    let (_, _, number) = stored(&app).await;
    let page = app.anyone().get(&format!("/certificates/{number}")).await.expect(200);
    let text = page.text();
    assert!(
        text.contains("data-verdict=\"valid\"") && text.contains("Marian &lt;b&gt;Wright&lt;/b&gt; &amp;")
    );
    assert!(!text.contains("<b>Wright"));
    app.anyone().get("/certificates/CRT-2222-2222-2").await.expect(404);
    app.anyone().get("/certificates/nonsense").await.expect(404);
}

fn sheet(holder: &str) -> Sheet<'_> {
    Sheet {
        holder,
        title: "Foundation",
        criteria: None,
        academy: "North School",
        issuer: "did:web:stipple.example:academies:north",
        trainer: None,
        old_number: None,
        awarded: None,
        signed: Ts::parse("2026-03-01T09:30:00Z").unwrap(),
        valid_until: None,
        number: "CRT-2345-6789-A".to_owned(),
        page: "https://stipple.example/certificates/CRT-2345-6789-A".to_owned(),
        digest: Digest::of_bytes(b""),
        standing: None,
    }
}

#[test]
fn a_name_no_font_has_letters_for_is_refused_and_one_that_is_too_long_is_fitted() {
    let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(4);
    forms::print(&sheet(&long), b"{}", Printed::Svg).expect("it is cut");
    let error = forms::print(&sheet("Marian \u{10fffd}"), b"{}", Printed::Svg).expect_err("nobody has that");
    assert!(error.to_string().contains('\u{10fffd}'));
    forms::print(&sheet("Nguyễn Łukasz Ελένη Ирина"), b"{}", Printed::Svg)
        .expect("Latin, Greek and Cyrillic");
}

/// One PNG chunk.
fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]));
    bytes.extend(chunks.concat());
    bytes.extend(chunk(b"IEND", b""));
    bytes
}

#[test]
fn pictures_are_unbaked_strictly() {
    let text = |flags: &str| format!("openbadgecredential\0{flags}\0\0{}", r#"{"a":1}"#).into_bytes();
    let good = chunk(b"iTXt", &text("\0\0"));
    assert_eq!(
        forms::read(&png(std::slice::from_ref(&good))),
        Ok(Brought::Json(Form::Png, br#"{"a":1}"#[..].into()))
    );
    assert_eq!(forms::read(&png(&[good.clone(), good.clone()])), Err(FormError::Several("picture")));
    assert_eq!(forms::read(&png(&[])), Err(FormError::Nothing("picture")));
    assert_eq!(forms::read(&png(&[chunk(b"iTXt", &text("\u{1}\0"))])), Err(FormError::Broken("picture")));
    let other = chunk(b"iTXt", b"openbadgecredentials\0\0\0\0\0{}");
    assert_eq!(forms::read(&png(&[other])), Err(FormError::Nothing("picture")));
    let mut wrong_sum = png(std::slice::from_ref(&good));
    let at = wrong_sum.windows(7).position(|window| window == br#"{"a":1}"#).unwrap();
    wrong_sum[at + 5] = b'2';
    assert_eq!(forms::read(&wrong_sum), Err(FormError::Broken("picture")));
    let whole = png(&[good]);
    for cut in 8..whole.len() {
        assert_eq!(forms::read(&whole[..cut]), Err(FormError::Broken("picture")), "cut at {cut}");
    }
    let huge = chunk(b"iTXt", format!("openbadgecredential\0\0\0\0\0{{{}", " ".repeat(70_000)).as_bytes());
    assert_eq!(forms::read(&png(&[huge])), Err(FormError::TooLarge("picture")));
    let words = chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0hello");
    assert_eq!(forms::read(&png(&[words])), Err(FormError::NotACredential("picture")));
}

#[test]
fn drawings_are_read_without_entities_and_with_one_credential() {
    let around = |inside: &str| {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">{inside}</svg>"#
        )
    };
    let one = r#"<openbadges:credential><![CDATA[{"a":1}]]></openbadges:credential>"#;
    assert_eq!(forms::read(around(one).as_bytes()), Ok(Brought::Json(Form::Svg, br#"{"a":1}"#[..].into())));
    assert_eq!(forms::read(around(&one.repeat(2)).as_bytes()), Err(FormError::Several("drawing")));
    assert_eq!(forms::read(around("<g/>").as_bytes()), Err(FormError::Nothing("drawing")));
    let verify = r#"<openbadges:credential verify="eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.AA"/>"#;
    assert!(matches!(forms::read(around(verify).as_bytes()), Ok(Brought::Jwt(Form::Svg, _))));
    let bomb = r#"<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    for broken in [format!("{bomb}{}", around("&b;")), around("<g>"), "<".to_owned(), "<!--".to_owned()] {
        assert_eq!(forms::read(broken.as_bytes()), Err(FormError::Broken("drawing")), "{broken}");
    }
    let elsewhere = r#"<svg xmlns:o="https://elsewhere.example"><o:credential>{}</o:credential></svg>"#;
    assert_eq!(forms::read(elsewhere.as_bytes()), Err(FormError::Nothing("drawing")));
    let deep = format!("{}{}", "<g>".repeat(100_000), "</g>".repeat(100_000));
    assert!(forms::read(deep.as_bytes()).is_err(), "it ends");
}

fn attachment(dictionary: &str, content: &[u8]) -> Vec<u8> {
    [format!("1 0 obj\n<< {dictionary} >>\nstream\n").as_bytes(), content, b"\nendstream\nendobj\n"].concat()
}

#[test]
fn attachments_of_a_pdf_are_found_however_it_was_written() {
    let pdf = |objects: &[Vec<u8>]| [b"%PDF-1.7\n".to_vec(), objects.concat(), b"%%EOF".to_vec()].concat();
    let deflated = |bytes: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let credential = br#"{"a":1}"#;
    let found = Ok(Brought::Json(Form::Pdf, credential[..].into()));
    let plain = attachment("/Length 7 /Type /EmbeddedFile", credential);
    let packed = attachment("/Type/EmbeddedFile/Filter/FlateDecode/Length 9 0 R", &deflated(credential));
    let readme = attachment("/Type /EmbeddedFile /Length 5", b"hello");
    assert_eq!(forms::read(&pdf(&[readme.clone(), plain.clone()])), found);
    assert_eq!(forms::read(&pdf(std::slice::from_ref(&packed))), found);
    // Saved again behind itself, it is one and the same.
    assert_eq!(forms::read(&pdf(&[plain.clone(), packed])), found);
    let another = attachment("/Length 7 /Type /EmbeddedFile", br#"{"a":2}"#);
    assert_eq!(forms::read(&pdf(&[plain, another])), Err(FormError::Several("PDF")));
    assert_eq!(forms::read(&pdf(std::slice::from_ref(&readme))), Err(FormError::Nothing("PDF")));
    let bomb = attachment("/Type /EmbeddedFile /Filter /FlateDecode", &deflated(&vec![b'{'; 50_000_000]));
    assert_eq!(forms::read(&pdf(&[bomb])), Err(FormError::Nothing("PDF")));
    assert_eq!(forms::read(&pdf(&vec![readme; 100])), Err(FormError::Several("PDF")));
    let lying = attachment("/Length 99999999999999999999 /Type /EmbeddedFile", credential);
    assert_eq!(forms::read(&pdf(&[lying])).map(|_| ()), Ok(()), "its end is looked for instead");
}

/// A compact JWS.
fn jws(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

/// A badge of another shape than ours, and the claims Open Badges adds to it.
fn badge(academy: &Academy, app: &TestApp) -> Value {
    let mut document = Value::Object(academy.award(app, "Marian Wright", None).to_credential());
    document["credentialSubject"]["achievement"]["id"] = "https://leeds.example/badges/7".into();
    document.as_object_mut().unwrap().remove("relatedResource");
    document["iss"] = document["issuer"]["id"].clone();
    document["jti"] = document["id"].clone();
    document["nbf"] = 1_700_000_000.into();
    document
}

#[tokio::test]
async fn a_badge_in_a_jwt_is_judged_by_the_issuers_own_key_and_no_other() {
    let app = TestApp::new().await;
    let academy = Academy::recognised(&app, "leeds-smp-school").await;
    let key = &academy.key;
    let method = did::method_id(&academy.did, &key.public());
    let header = json!({"alg": "EdDSA", "typ": "vc+jwt", "kid": method});
    let good = badge(&academy, &app);
    let ask = |text: String| {
        let client = app.anyone();
        async move { verify(&client, "application/vc+jwt", text.as_bytes()).await }
    };
    let verdict = ask(jws(&header, &good, key)).await;
    assert_eq!(
        (verdict["verdict"].as_str(), verdict["form"].as_str()),
        (Some("valid"), Some("jwt")),
        "{verdict:#}"
    );
    let short = json!({"alg": "EdDSA", "kid": format!("#{}", key.public().to_multibase())});
    assert_eq!(ask(jws(&short, &good, key)).await["verdict"], "valid");

    // Signed by somebody else; with a key it brings along; with nothing; in another way.
    let thief = SigningKey::from_seed(&zeroize::Zeroizing::new([9; 32]));
    assert_eq!(ask(jws(&header, &good, &thief)).await["verdict"], "invalid");
    let own = json!({"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}});
    assert_eq!(ask(jws(&own, &good, &thief)).await["verdict"], "cannot_tell");
    let stranger =
        json!({"alg": "EdDSA", "kid": did::method_id(&did::did_key(&thief.public()), &thief.public())});
    assert_eq!(ask(jws(&stranger, &good, &thief)).await["verdict"], "invalid");
    assert_eq!(ask(jws(&json!({"alg": "none", "kid": method}), &good, key)).await["verdict"], "invalid");
    assert_eq!(ask(jws(&json!({"alg": "RS256", "kid": method}), &good, key)).await["verdict"], "cannot_tell");

    // A claim that says something else, an expired signature, one that must be understood, two ways of signing.
    for (name, value) in
        [("iss", json!("did:web:elsewhere.example")), ("jti", json!("urn:uuid:x")), ("nbf", json!("now"))]
    {
        let mut other = good.clone();
        other[name] = value;
        let verdict = ask(jws(&header, &other, key)).await;
        assert_eq!(verdict["verdict"], "invalid", "{name}");
        assert_eq!(outcome(&verdict, "issuer"), "not_checked", "{name}");
    }
    let mut ended = good.clone();
    ended["exp"] = 1_700_000_001.into();
    assert_eq!(outcome(&ask(jws(&header, &ended, key)).await, "period"), "fail");
    let critical = json!({"alg": "EdDSA", "kid": method, "crit": ["b64"], "b64": false});
    assert_eq!(ask(jws(&critical, &good, key)).await["verdict"], "invalid");
    let mut twice = academy.sign(&academy.award(&app, "Marian Wright", None));
    assert_eq!(ask(jws(&header, &twice, key)).await["verdict"], "invalid");

    // A certificate of our shape is never issued so, even by its own academy.
    twice.as_object_mut().unwrap().remove("proof");
    let verdict = ask(jws(&header, &twice, key)).await;
    assert_eq!(
        (verdict["verdict"].as_str(), outcome(&verdict, "integrity")),
        (Some("invalid"), "fail"),
        "{verdict:#}"
    );
}
