//! Portraits: nothing of the camera's file is left, and nothing that nobody shows stays behind.

use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::pictures::{encoded, with_exif};
use crate::support::{Client, Response, TestApp};

/// A picture with a red left half, as the camera stores it.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) },
    )
}

async fn send(who: &Client, path: &str, kind: &str, bytes: Vec<u8>) -> Response {
    who.call(Method::PUT, path).if_match("*").body(kind, bytes).await
}

fn local(url: &Value) -> String {
    let url = url.as_str().expect("an address");
    url[url.find("/v1/").expect("an address of the API")..].to_owned()
}

fn blobs(app: &TestApp) -> usize {
    std::fs::read_dir(app.config.data_dir.join("blobs/portraits")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_portrait_is_turned_upright_and_loses_what_the_camera_wrote() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    let made = keeper.post("/v1/practitioners", &json!({"name": "Jane Doe"})).await.expect(201).json();
    let path = format!("/v1/practitioners/{}/portrait", made["number"].as_str().expect("a number"));
    let sent = with_exif(&encoded(picture(1200, 900), ImageFormat::Jpeg));
    assert!(sent.windows(12).any(|window| window == b"SecretCamera"), "the picture sent carries metadata");
    let shown = send(&keeper, &path, "image/jpeg", sent).await.expect(200);
    assert_eq!(shown.header("etag"), Some("\"v2\""));
    let portrait = shown.json()["portrait"].clone();
    for (size, side) in [("small", 320), ("large", 800)] {
        let read = app.anyone().get(&local(&portrait[size])).await.expect(200);
        assert_eq!(read.header("content-type"), Some("image/jpeg"));
        assert_eq!(read.header("cache-control"), Some("public, max-age=31536000, immutable"));
        for secret in [&b"Exif"[..], b"SecretCamera", b"taken at home", b"GPS"] {
            let found = read.bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{size} still carries {:?}", String::from_utf8_lossy(secret));
        }
        let upright = image::load_from_memory(&read.bytes).expect("a picture").to_rgb8();
        assert_eq!(upright.dimensions(), (side * 3 / 4, side), "turned, and scaled to fit");
        // Orientation 6 shows the stored left half at the top.
        let top = upright.get_pixel(upright.width() / 2, upright.height() / 4).0;
        assert!(top[0] > 150 && top[2] < 100, "{top:?}");
    }
    let now = app.anyone().get(&path).await.expect(200);
    assert_eq!(now.header("cache-control"), Some("public, no-cache"));
    app.anyone().get(&format!("{path}?size=100")).await.expect(400);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_leaves_nothing() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    let made = keeper.post("/v1/practitioners", &json!({"name": "Jane Doe"})).await.expect(201).json();
    let path = format!("/v1/practitioners/{}/portrait", made["number"].as_str().expect("a number"));
    let jpeg = encoded(picture(300, 300), ImageFormat::Jpeg);
    send(&keeper, &path, "text/html", b"<b>".to_vec()).await.expect(415);
    send(&keeper, &path, "image/png", b"GIF89a not a picture we take".to_vec()).await.expect(415);
    send(&keeper, &path, "image/jpeg", jpeg[..200].to_vec()).await.expect(422);
    send(&keeper, &path, "image/png", encoded(picture(20, 20), ImageFormat::Png)).await.expect(422);
    send(&keeper, &path, "image/jpeg", vec![0; 9 * 1024 * 1024]).await.expect(413);
    // A small file that claims to be enormous.
    let mut bomb = encoded(picture(100, 100), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    send(&keeper, &path, "image/png", bomb).await.expect(422);
    keeper.call(Method::PUT, &path).body("image/jpeg", jpeg.clone()).await.expect(428);
    send(&app.as_new_practitioner().await, &path, "image/jpeg", jpeg.clone()).await.expect(403);
    keeper.call(Method::PUT, &path).if_match("\"v7\"").body("image/jpeg", jpeg).await.expect(412);
    app.anyone().get(&path).await.expect(404);
    assert_eq!(blobs(&app), 0);
}

#[tokio::test]
async fn a_replaced_portrait_is_deleted_and_its_address_leads_to_the_new_one() {
    let app = TestApp::new().await;
    let keeper = app.as_new_practitioner().await;
    let made = keeper.post("/v1/practitioners", &json!({"name": "Jane Doe"})).await.expect(201).json();
    let listing = format!("/v1/practitioners/{}", made["number"].as_str().expect("a number"));
    let path = format!("{listing}/portrait");
    let glass = RgbaImage::from_pixel(200, 200, Rgba([0, 0, 0, 0]));
    let first =
        send(&keeper, &path, "image/png", encoded(glass.clone(), ImageFormat::Png)).await.expect(200).json();
    let read = app.anyone().get(&local(&first["portrait"]["small"])).await.expect(200);
    let corner = image::load_from_memory(&read.bytes).expect("a picture").to_rgb8().get_pixel(100, 100).0;
    assert!(corner.iter().all(|value| *value > 250), "what shows through is white: {corner:?}");

    // The same picture again is another upload; deleting the first must not take it away.
    let second =
        send(&keeper, &path, "image/webp", encoded(glass, ImageFormat::WebP)).await.expect(200).json();
    app.run_jobs().await;
    assert_eq!(blobs(&app), 2);
    app.anyone().get(&local(&second["portrait"]["large"])).await.expect(200);
    let moved = app.anyone().get(&local(&first["portrait"]["large"])).await.expect(302);
    assert_eq!(moved.header("location"), second["portrait"]["large"].as_str());

    let bare = keeper.delete(&path).if_match("\"v3\"").await.expect(200).json();
    assert!(bare.get("portrait").is_none());
    app.run_jobs().await;
    assert_eq!(blobs(&app), 0);

    send(&keeper, &path, "image/jpeg", encoded(picture(300, 200), ImageFormat::Jpeg)).await.expect(200);
    keeper.delete(&format!("{listing}?reason=withdrawn")).if_match("*").await.expect(204);
    app.run_jobs().await;
    assert_eq!(blobs(&app), 0, "who withdraws leaves no picture");
    app.anyone().get(&path).await.expect(410);
}
