//! The code on a certificate, read with the camera or from a photo, in a browser that cannot read codes by itself.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::imageops::{FilterType, crop_imm, resize};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode, Version};
use serde_json::{Value, json};

use super::driver::{Browser, Screen};
use super::{Demo, judge};
use crate::support::pictures::encoded;

/// What every script here can use: `decode`; a canvas of a size, in grey; what is read on a canvas.
const TOOLS: &str = "const { decode } = await import('/script/qr.js');
    const canvas = (width, height) => {
        const made = new OffscreenCanvas(width, height);
        const context = made.getContext('2d', { willReadFrequently: true });
        context.fillStyle = '#b9b4a8';
        context.fillRect(0, 0, width, height);
        return [made, context];
    };
    const pixels = (made) => made.getContext('2d').getImageData(0, 0, made.width, made.height);
    const loaded = async (address) => {
        const picture = new Image();
        picture.src = address;
        await picture.decode();
        return picture;
    };
    let seed = 7;
    const random = () => { seed = (seed * 48271) % 2147483647; return seed / 2147483647; };
    const noisy = (made, much) => {
        const seen = pixels(made);
        for (let at = 0; at < seen.data.length; at += 4) {
            const off = (random() + random() - 1) * much;
            for (let colour = 0; colour < 3; colour += 1) seen.data[at + colour] += off;
        }
        return seen;
    };";

/// Ways in which a camera may see a print, by name: functions of the picture, which answer pixels.
const VIEWS: &str = "{
    plain: (print) => {
        const [made, context] = canvas(print.width, print.height);
        context.drawImage(print, 0, 0);
        return pixels(made);
    },
    half: (print) => {
        const [made, context] = canvas(print.width / 2, print.height / 2);
        context.drawImage(print, 0, 0, made.width, made.height);
        return pixels(made);
    },
    noisy: (print) => {
        const [made, context] = canvas(800, 566);
        context.filter = 'blur(1px)';
        context.drawImage(print, 0, 0, 800, 566);
        return noisy(made, 20);
    },
    dim: (print) => {
        const [made, context] = canvas(900, 640);
        context.drawImage(print, 0, 0, 900, 640);
        const shade = context.createLinearGradient(0, 0, 900, 640);
        shade.addColorStop(0, 'rgb(0 0 0 / 80%)');
        shade.addColorStop(1, 'rgb(0 0 0 / 10%)');
        context.fillStyle = shade;
        context.fillRect(0, 0, 900, 640);
        return noisy(made, 6);
    },
    turned: (print) => {
        const [made, context] = canvas(1100, 1100);
        context.translate(550, 550);
        context.rotate(0.3);
        context.drawImage(print, -500, -353, 1000, 707);
        return pixels(made);
    },
    'upside down': (print) => {
        const [made, context] = canvas(1000, 720);
        context.translate(500, 360);
        context.rotate(3.1);
        context.drawImage(print, -450, -318, 900, 636);
        return pixels(made);
    },
    'from the side': (print) => {
        const [made, context] = canvas(1000, 760);
        context.transform(0.9, 0.16, 0.12, 0.85, 20, 10);
        context.drawImage(print, 0, 0, 950, 671);
        return noisy(made, 12);
    },
    'from below': (print) => {
        // Narrower and lower, line by line, towards the top: close up, where perspective shows.
        const [made, context] = canvas(640, 560);
        for (let y = 0; y < 520; y += 1) {
            const width = 400 + (y * 200) / 520;
            const line = 840 + (240 * 600 * y) / (400 * 520 + 200 * y);
            context.drawImage(print, 100, line, 260, 1, 320 - width / 2, 20 + y, width, 1);
        }
        return noisy(made, 12);
    },
}";

fn run(browser: &Browser, script: &str) -> Value {
    browser.script_later(&format!(
        "const done = arguments[arguments.length - 1];
         (async () => {{ {TOOLS} {script} }})().then(done, (error) => done(String(error.stack)));"
    ))
}

/// The numbers of certificates of the demo that are valid.
fn numbers(demo: &Demo) -> Vec<String> {
    let found = demo.get("/v1/practitioners?limit=2&verified=true");
    let of = |listing: &Value| {
        let number = listing["number"].as_str().expect("a number");
        let list = demo.get(&format!("/v1/practitioners/{number}/certificates?limit=1"));
        list["items"][0]["number"].as_str().map(str::to_owned)
    };
    found["items"].as_array().expect("listings").iter().filter_map(of).collect()
}

/// The certificate as its PNG shows it; without what is baked into the file.
fn print_of(browser: &Browser, number: &str) -> GrayImage {
    let got = run(
        browser,
        &format!(
            "const got = new Uint8Array(await (await fetch('/v1/certificates/{number}/png')).arrayBuffer());
             return btoa(Array.from(got, (byte) => String.fromCharCode(byte)).join(''));"
        ),
    );
    let png = STANDARD.decode(got.as_str().expect("a picture")).expect("base64");
    image::load_from_memory(&png).expect("a PNG").to_luma8()
}

/// What a camera sees of it that is held over the code.
fn close_up(print: &GrayImage) -> GrayImage {
    resize(&crop_imm(print, 40, 790, 480, 360).to_image(), 640, 480, FilterType::Triangle)
}

/// A code on grey.
fn code_on_grey(text: &str) -> GrayImage {
    let code = QrCode::new(text).expect("a code");
    let colours = code.to_colors();
    let modules = u32::try_from(code.width()).expect("a small number");
    GrayImage::from_fn(640, 480, |x, y| {
        let (column, row) = ((x / 8).wrapping_sub(20), (y / 8).wrapping_sub(15));
        let at = usize::try_from(row.wrapping_mul(modules).wrapping_add(column)).expect("an index");
        Luma([if column < modules && row < modules && colours[at] == Color::Dark { 40 } else { 200 }])
    })
}

/// A film of a few frames as Chromium takes one for a camera: YUV4MPEG2, without colour.
fn film(place: &Path, name: &str, frame: &GrayImage) -> PathBuf {
    let head = format!("YUV4MPEG2 W{} H{} F10:1 Ip A1:1 C420jpeg\n", frame.width(), frame.height());
    let mut bytes = head.into_bytes();
    for _ in 0..5 {
        bytes.extend_from_slice(b"FRAME\n");
        bytes.extend_from_slice(frame.as_raw());
        bytes.resize(bytes.len() + frame.as_raw().len() / 2, 128);
    }
    let file = place.join(name);
    std::fs::write(&file, bytes).expect("a file");
    file
}

/// A browser on the page, whose camera shows a film.
fn with_camera(demo: &Demo, screen: Screen, film: &Path) -> Option<Browser> {
    let file = format!("--use-file-for-fake-video-capture={}", film.display());
    let arguments = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", &file];
    let browser = Browser::open_with(screen, demo.address(), &arguments, &json!({}))?;
    browser.go("/verify");
    Some(browser)
}

#[test]
fn codes_on_certificates_are_read_however_they_are_held() {
    let demo = Demo::shared();
    let Some(browser) = Browser::open(Screen::Desktop, demo.address()) else { return };
    browser.go("/verify");
    let numbers = numbers(&demo);
    assert!(numbers.len() > 1, "{numbers:?}");
    let failing = run(
        &browser,
        &format!(
            "const failing = [];
             const views = {VIEWS};
             for (const number of {}) {{
                 for (const form of ['png', 'svg']) {{
                     const print = await loaded(`/v1/certificates/${{number}}/${{form}}`);
                     const [whole, context] = canvas(1684, 1190);
                     context.drawImage(print, 0, 0, 1684, 1190);
                     for (const [name, view] of Object.entries(views)) {{
                         // A camera looks four times in a second, and no two looks are alike. None may read something else.
                         let text;
                         for (let look = 0; look < 4 && !text; look += 1) text = decode(view(whole));
                         if (!text?.endsWith(`/certificates/${{number}}`)) failing.push([name, form, text ?? null]);
                     }}
                 }}
             }}
             return failing;",
            json!(numbers)
        ),
    );
    assert_eq!(failing, json!([]));
}

/// Codes of many versions and every level, as long as they can be: a name, the text, the modules.
fn codes() -> Vec<Value> {
    let mut codes = Vec::new();
    let endless = || "https://stipple.example/verify?Žofie-Ångström=0123456789&A:B".chars().cycle();
    for version in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 20, 27, 40] {
        for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
            let made = |letters: usize| {
                let text: String = endless().take(letters).collect();
                let code = QrCode::with_version(text.as_bytes(), Version::Normal(version), level).ok()?;
                Some((text, code))
            };
            let (mut fits, mut longer) = (1, 3_000);
            while longer - fits > 1 {
                let middle = usize::midpoint(fits, longer);
                if made(middle).is_some() { fits = middle } else { longer = middle }
            }
            let (text, code) = made(fits).expect("it fits");
            codes.push(case(&format!("{version} {level:?}"), &text, &code));
        }
    }
    for text in ["012345678901234567890123456789", "1", "CRT-7K3F-9Q2M-4", "HTTPS://STIPPLE.EXAMPLE/ 12%"] {
        codes.push(case(text, text, &QrCode::new(text).expect("a code")));
    }
    codes
}

fn case(name: &str, text: &str, code: &QrCode) -> Value {
    let modules: String =
        code.to_colors().iter().map(|colour| char::from(b'0' + u8::from(*colour == Color::Dark))).collect();
    json!({"name": name, "text": text, "side": code.width(), "modules": modules})
}

/// Draws a code with modules of three pixels, and reads it.
const DRAWN: &str = "const drawn = ({ side, modules }) => {
        const [made, context] = canvas(3 * side + 24, 3 * side + 24);
        context.fillStyle = '#fff';
        context.fillRect(0, 0, made.width, made.height);
        context.fillStyle = '#000';
        for (let at = 0; at < modules.length; at += 1) {
            if (modules[at] === '1') context.fillRect(12 + 3 * (at % side), 12 + 3 * Math.floor(at / side), 3, 3);
        }
        return [made, context];
    };";

#[test]
fn versions_levels_and_kinds_of_segment_are_read_and_damage_is_mended() {
    let demo = Demo::shared();
    let Some(browser) = Browser::open(Screen::Desktop, demo.address()) else { return };
    browser.go("/verify");
    let failing = run(
        &browser,
        &format!(
            "{DRAWN} return {}.filter((one) => decode(pixels(drawn(one)[0])) !== one.text).map((one) => one.name);",
            json!(codes())
        ),
    );
    assert_eq!(failing, json!([]));
    // A blot on the data: what the level can mend is read; what it cannot is not read as something else.
    let text = "https://stipple.example/certificates/CRT-7K3F-9Q2M-4";
    let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("a code");
    let read = run(
        &browser,
        &format!(
            "{DRAWN} return [4, 5, 13].map((blot) => {{
                 const [made, context] = drawn({});
                 context.fillRect(12 + 3 * 10, 12 + 3 * 10, 3 * blot, 3 * blot);
                 return decode(pixels(made)) ?? null;
             }});",
            case("", text, &code)
        ),
    );
    assert_eq!(read, json!([text, text, null]));
}

#[test]
fn where_there_is_no_code_none_is_read() {
    let demo = Demo::shared();
    let Some(browser) = Browser::open(Screen::Desktop, demo.address()) else { return };
    browser.go("/verify");
    let code = case("", "nothing", &QrCode::new("nothing").expect("a code"));
    let read = run(
        &browser,
        &format!(
            "{DRAWN}
             const [empty] = canvas(640, 480);
             const [grain] = canvas(640, 480);
             const [tiny] = canvas(5, 5);
             // The three corners are there, and the rest is not.
             const [torn, context] = drawn({code});
             context.fillStyle = '#fff';
             context.fillRect(12 + 3 * 8, 12 + 3 * 8, 300, 300);
             const [text, pen] = canvas(640, 480);
             pen.fillStyle = '#222';
             pen.font = '22px serif';
             for (let y = 30; y < 480; y += 26) pen.fillText('Certificate of training, awarded by the School of Dots.', 10, y);
             return [empty, tiny, torn, text].map(pixels).concat([noisy(grain, 250)]).map((seen) => decode(seen) ?? null);"
        ),
    );
    assert_eq!(read, json!([null, null, null, null, null]));
}

#[test]
fn the_camera_reads_a_certificate_and_shows_its_verdict() {
    let demo = Demo::shared();
    let number = numbers(&demo).swap_remove(0);
    let place = tempfile::tempdir().expect("a folder");
    let Some(plain) = Browser::open(Screen::Desktop, demo.address()) else { return };
    plain.go("/verify");
    let print = print_of(&plain, &number);
    drop(plain);
    let film = film(place.path(), "certificate.y4m", &close_up(&print));
    let Some(browser) = with_camera(&demo, Screen::Phone, &film) else { return };
    assert!(!browser.requests().iter().any(|url| url.ends_with("/script/qr.js")), "only when it is used");
    browser.click("[data-scan] button");
    browser.says("section.verdict h1", "Valid");
    assert!(browser.text("section.verdict").contains(&number), "{}", browser.source());
    judge(&browser, demo.address(), "phone-verify-scanned");
}

#[test]
fn a_code_of_others_is_told_calmly_and_the_camera_goes_on_until_it_is_stopped() {
    let demo = Demo::shared();
    let place = tempfile::tempdir().expect("a folder");
    let film = film(place.path(), "other.y4m", &code_on_grey("https://elsewhere.example/menu"));
    let Some(browser) = with_camera(&demo, Screen::Phone, &film) else { return };
    browser.click("[data-scan] button");
    browser.says("[data-note]", "This code is not one of ours.");
    assert_eq!(browser.script("return document.querySelector('video').hidden"), json!(false));
    assert_eq!(browser.text("[data-scan] button"), "Stop the camera");
    judge(&browser, demo.address(), "phone-verify-other-code");
    browser.click("[data-scan] button");
    assert_eq!(browser.text("[data-scan] button"), "Scan the code with the camera");
    browser.until("document.querySelector('video').srcObject.getTracks().every((track) => track.readyState === 'ended')");
    assert_eq!(browser.script("return document.querySelector('[data-note]').hidden"), json!(true));
}

#[test]
fn without_a_camera_the_form_still_works() {
    let demo = Demo::shared();
    let number = numbers(&demo).swap_remove(0);
    let refused = json!({"profile.managed_default_content_settings.media_stream_camera": 2});
    let fake = ["--use-fake-device-for-media-stream"];
    let cases: [(&[&str], Value, &str); 2] = [
        (&fake, refused, "The camera was not let on. That is fine."),
        (&[], json!({}), "There is no camera that this page can use."),
    ];
    for (arguments, settings, said) in cases {
        let browser = Browser::open_with(Screen::Phone, demo.address(), arguments, &settings);
        let Some(browser) = browser else { return };
        browser.go("/verify");
        browser.click("[data-scan] button");
        browser.says("[data-note]", said);
        browser.type_in("#text", &number);
        browser.click("form.verify button[type='submit']");
        browser.says("section.verdict h1", "Valid");
    }
}

#[test]
fn a_photo_of_a_print_is_checked_by_its_code() {
    let demo = Demo::shared();
    let number = numbers(&demo).swap_remove(0);
    let Some(browser) = Browser::open(Screen::Desktop, demo.address()) else { return };
    browser.go("/verify");
    let print = print_of(&browser, &number);
    let place = tempfile::tempdir().expect("a folder");
    let photo = resize(&image::imageops::rotate90(&print), 1000, 1415, FilterType::Triangle);
    let grey = GrayImage::from_pixel(600, 400, Luma([180]));
    for (name, picture, format, said) in [
        ("photo.jpg", photo, ImageFormat::Jpeg, None),
        ("close.png", close_up(&print), ImageFormat::Png, None),
        (
            "other.png",
            code_on_grey("WIFI:S:guests;;"),
            ImageFormat::Png,
            Some("This code is not one of ours."),
        ),
        ("wall.jpg", grey, ImageFormat::Jpeg, Some("We found no certificate in this picture")),
    ] {
        let file = place.path().join(name);
        std::fs::write(&file, encoded(DynamicImage::ImageLuma8(picture), format)).expect("a file");
        browser.go("/verify");
        browser.choose_file("#file", &file);
        browser.click("form.verify button[type='submit']");
        if let Some(said) = said {
            browser.says("[data-note]", said);
        } else {
            browser.says("section.verdict h1", "Valid");
            assert!(browser.text("section.verdict").contains(&number), "{name}: {}", browser.source());
        }
    }
}
