//! What strangers send as pictures: nothing of the file survives, and what is no whole still picture is
//! refused, each for a reason of its own.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use stipple::cases::{BOUNDS, Developed};
use stipple::platform::pictures::{Kind, Room, WIDTHS, look};
use stipple::platform::problem::Error;

use crate::support::pictures::{encoded, scalp, with_exif};

fn code(outcome: Result<impl Sized, Error>) -> &'static str {
    outcome.err().map_or("taken", |error| error.code().slug)
}

fn contains(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

/// PNG chunks that tell where and with what a picture was taken, put behind its head.
fn png_with_words(png: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).expect("a short chunk").to_be_bytes();
        let crc = crc(&[&kind[..], data].concat()).to_be_bytes();
        [&length[..], kind, data, &crc].concat()
    };
    let words = chunk(b"tEXt", b"Comment\0SecretCamera at home");
    let exif = chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0SecretCamera GPS");
    [&png[..33], &words, &exif, &png[33..]].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[test]
fn no_file_that_is_kept_carries_what_the_camera_wrote() {
    let jpeg = with_exif(&encoded(scalp(1, 1700, 900), ImageFormat::Jpeg));
    let png = png_with_words(&encoded(scalp(1, 1700, 900), ImageFormat::Png));
    for (sent, upright) in [(jpeg, (900, 1700)), (png, (1700, 900))] {
        assert!(contains(&sent, b"SecretCamera"), "the file sent carries what must not survive");
        let developed = Developed::of(&sent).expect("a good picture");
        assert_eq!(developed.size, upright, "turned as its EXIF says");
        assert_eq!(developed.renditions.files.len(), 6);
        for file in &developed.renditions.files {
            for secret in
                [&b"Exif"[..], b"EXIF", b"SecretCamera", b"GPS", b"at home", b"ICC", b"XMP ", b"\xff\xfe"]
            {
                // Compressed data may hold any two bytes; a comment's marker is looked for in the head alone.
                let place = if secret.len() == 2 { &file.bytes[..20] } else { &file.bytes[..] };
                assert!(!contains(place, secret), "{} {:?} carries {secret:?}", file.width, file.encoding);
            }
            let read = image::load_from_memory(&file.bytes).expect("a rendition is a picture");
            assert_eq!(read.width(), file.width.min(upright.0), "{:?}", file.encoding);
            let proportion = f64::from(read.height()) / f64::from(read.width());
            let wanted = f64::from(upright.1) / f64::from(upright.0);
            assert!((proportion - wanted).abs() < 0.01, "{proportion} is not {wanted}");
        }
        let placeholder = &developed.renditions.placeholder;
        assert!(
            placeholder.starts_with("data:image/webp;base64,") && placeholder.len() < 600,
            "{placeholder}"
        );
    }
}

#[test]
fn widths_are_never_scaled_up() {
    let developed = Developed::of(&encoded(scalp(3, 400, 330), ImageFormat::Jpeg)).expect("a good picture");
    let mut widths: Vec<(u32, u32)> = developed
        .renditions
        .files
        .iter()
        .map(|file| (file.width, image::load_from_memory(&file.bytes).expect("a picture").width()))
        .collect();
    widths.sort_unstable();
    widths.dedup();
    assert_eq!(widths, [(320, 320), (800, 400), (1600, 400)]);
    assert_eq!(WIDTHS, [320, 800, 1600]);
}

#[test]
fn a_picture_is_what_its_bytes_are() {
    let picture = scalp(2, 400, 340);
    for (format, kind) in
        [(ImageFormat::Jpeg, Kind::Jpeg), (ImageFormat::Png, Kind::Png), (ImageFormat::WebP, Kind::WebP)]
    {
        let bytes = encoded(picture.clone(), format);
        assert_eq!(look(&bytes).expect("a good picture"), kind);
        assert_eq!(code(Developed::of(&bytes)), "taken");
    }
    for other in [&b"GIF89a\x01\x00\x01\x00"[..], b"<html><b>hello", b"%PDF-1.7", b"", b"\xff\xd8"] {
        assert_eq!(code(look(other)), "unsupported-media-type", "{other:?}");
    }
    for brand in [b"heic", b"mif1", b"avif"] {
        let heic = [&b"\0\0\0\x18ftyp"[..], brand, b"\0\0\0\0mif1heic"].concat();
        assert_eq!(code(look(&heic)), "heic-not-taken");
    }
}

#[test]
fn what_follows_a_picture_is_refused_unless_cameras_write_it() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = encoded(scalp(2, 400, 340), format);
        let polyglot = [&bytes[..], b"PK\x03\x04 an archive, or <script>"].concat();
        assert_eq!(code(look(&polyglot)), "bytes-after-picture", "{format:?}");
        for cut in [bytes.len() - 1, bytes.len() / 2, 40] {
            assert_eq!(code(look(&bytes[..cut])), "picture-truncated", "{format:?} cut at {cut}");
        }
    }
    let jpeg = encoded(scalp(2, 400, 340), ImageFormat::Jpeg);
    assert_eq!(code(look(&[&jpeg[..], &[0; 64]].concat())), "taken", "padding");
    assert_eq!(
        code(look(&[&jpeg[..], &jpeg[..]].concat())),
        "taken",
        "a preview in the multi-picture format"
    );
    assert_eq!(code(look(&[&jpeg[..], &jpeg[..], b"PK\x03\x04"].concat())), "bytes-after-picture");
    assert_eq!(code(look(&[&jpeg[..], &jpeg[..900]].concat())), "bytes-after-picture", "half a preview");
}

#[test]
fn what_moves_is_refused() {
    let png = encoded(scalp(2, 400, 340), ImageFormat::Png);
    let apng = [&png[..33], b"\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\0\0\0\0", &png[33..]].concat();
    assert_eq!(code(look(&apng)), "animation-refused");
    let webp = encoded(scalp(2, 400, 340), ImageFormat::WebP);
    let extended = [&b"VP8X\x0a\0\0\0\x02\0\0\0"[..], &[0; 6], &webp[12..]].concat();
    let size = u32::try_from(extended.len() + 4).expect("a small file").to_le_bytes();
    let moving = [&b"RIFF"[..], &size, b"WEBP", &extended].concat();
    assert_eq!(code(look(&moving)), "animation-refused");
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    // A small JPEG whose frame claims 60,000 by 60,000 pixels.
    let mut bomb = encoded(scalp(2, 400, 340), ImageFormat::Jpeg);
    let frame = bomb.windows(2).position(|two| two == b"\xff\xc0").expect("a baseline frame");
    bomb[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(code(BOUNDS.cost(&bomb)), "picture-too-large");
    assert_eq!(code(Developed::of(&bomb)), "picture-too-large");
    // A PNG that claims 30,000 by 30,000, its checksum put right.
    let mut bomb = encoded(scalp(2, 400, 340), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let sum = crc(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&sum);
    assert_eq!(code(BOUNDS.cost(&bomb)), "picture-too-large");
    assert_eq!(code(Developed::of(&encoded(scalp(2, 300, 200), ImageFormat::Png))), "picture-too-small");
    let mut broken = encoded(scalp(2, 400, 340), ImageFormat::Png);
    let middle = broken.len() / 2;
    broken[middle..middle + 64].fill(0xaa);
    assert_eq!(code(Developed::of(&broken)), "picture-broken");
}

#[test]
fn what_shows_through_is_white() {
    let glass = RgbaImage::from_pixel(400, 340, Rgba([0, 0, 0, 0]));
    let developed = Developed::of(&encoded(DynamicImage::from(glass), ImageFormat::Png)).expect("a picture");
    assert!(developed.renditions.small.pixels().all(|pixel| pixel.0.iter().all(|value| *value > 250)));
}

#[tokio::test]
async fn pictures_share_the_memory_that_is_set_aside() {
    let room = Room::new(10 * 1024 * 1024, std::time::Duration::from_millis(50));
    let first = room.take(6 * 1024 * 1024).await.expect("there is room");
    let second = room.take(4 * 1024 * 1024).await.expect("there is room beside it");
    assert_eq!(code(room.take(1024 * 1024).await), "unavailable", "all of it is taken");
    drop(second);
    assert_eq!(code(room.take(6 * 1024 * 1024).await), "unavailable", "four are not six");
    drop(first);
    let all = room.take(500 * 1024 * 1024).await.expect("more than there is takes everything, in turn");
    assert_eq!(code(room.take(1).await), "unavailable");
    drop(all);
    drop(room.take(1).await.expect("it is free again"));
}
