//! Perceptual hashes: what a thief does to a picture hardly moves them, another picture moves half.

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use stipple::cases::{ALIKE, Gazer, Known, Looks};
use uuid::Uuid;

use crate::support::pictures::{encoded, scalp, whole};

fn looks(picture: &RgbImage) -> Looks {
    Looks::of(picture).expect("it has pixels")
}

fn crop(picture: &RgbImage, left: u32, top: u32, share: f64) -> RgbImage {
    let side = |full: u32| whole((f64::from(full) * share).round());
    imageops::crop_imm(picture, left, top, side(picture.width()), side(picture.height())).to_image()
}

#[test]
fn a_picture_is_known_again_after_what_a_thief_does_to_it() {
    for seed in 10..12 {
        let original = scalp(seed, 400, 300);
        let known = looks(&original);
        let jpeg = image::load_from_memory(&encoded(original.clone(), ImageFormat::Jpeg))
            .expect("a picture")
            .to_rgb8();
        let tricks = [
            ("as it is", original.clone()),
            ("compressed anew", jpeg),
            ("scaled", imageops::resize(&original, 200, 150, FilterType::Triangle)),
            ("mirrored", imageops::flip_horizontal(&original)),
            ("upside down", imageops::flip_vertical(&original)),
            ("turned by 180 degrees", imageops::rotate180(&original)),
            ("brighter", imageops::brighten(&original, 25)),
            ("with more contrast", imageops::contrast(&original, 20.0)),
            ("without colour", DynamicImage::from(imageops::grayscale(&original)).to_rgb8()),
            ("cropped by 6 per cent", crop(&original, 12, 9, 0.94)),
            ("cropped by 14 per cent", crop(&original, 28, 21, 0.86)),
            ("cropped at a corner", crop(&original, 0, 0, 0.86)),
            ("cropped and mirrored", imageops::flip_horizontal(&crop(&original, 0, 0, 0.86))),
        ];
        for (trick, picture) in tricks {
            let distance = known.distance(&looks(&picture)).expect("both have a look");
            assert!(distance <= ALIKE, "seed {seed}, {trick}: {distance}");
            let back = looks(&picture).distance(&known).expect("both have a look");
            assert!(back <= ALIKE, "seed {seed}, {trick}, asked the other way round: {back}");
        }
    }
}

#[test]
fn other_pictures_do_not_look_alike() {
    let all: Vec<Looks> = (100..140).map(|seed| looks(&scalp(seed, 160, 120))).collect();
    for (at, one) in all.iter().enumerate() {
        for other in &all[..at] {
            let distance = one.distance(other).expect("both have a look");
            assert!(distance > ALIKE, "two different pictures are {distance} apart");
        }
    }
}

#[test]
fn what_tells_nothing_looks_like_nothing() {
    let flat = looks(&RgbImage::from_pixel(400, 400, Rgb([90, 80, 70])));
    let slope = looks(&RgbImage::from_fn(400, 400, |x, _| Rgb([u8::try_from(x / 2).unwrap_or(255); 3])));
    assert_eq!(flat, Looks::default());
    assert_eq!(slope, Looks::default(), "light from one side is on many pictures");
    assert_eq!(flat.distance(&slope), None);
    let gazer = Gazer::default();
    gazer.learn([Known { seq: 1, photo: Uuid::max(), owner: Uuid::nil(), looks: flat.clone() }]);
    assert!(gazer.is_empty() && gazer.seq() == 1);
    assert!(gazer.alike(&flat, None).is_empty());
}

#[test]
fn looks_are_kept_as_they_are() {
    let one = looks(&scalp(7, 400, 340));
    assert_eq!(one.to_bytes().len(), 56);
    assert_eq!(Looks::from_bytes(&one.to_bytes()), one);
}

#[test]
fn one_among_many_is_found_and_ones_own_are_passed_over() {
    let gazer = Gazer::default();
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.rotate_left(29) ^ state
    };
    let crowd = (1..=20_000).map(|seq| {
        let bytes: Vec<u8> = (0..7).flat_map(|_| random().to_be_bytes()).collect();
        let photo = Uuid::from_u128(u128::try_from(seq).expect("a small number"));
        Known { seq, photo, owner: Uuid::nil(), looks: Looks::from_bytes(&bytes) }
    });
    gazer.learn(crowd.collect::<Vec<_>>());
    let (photo, owner) = (Uuid::max(), Uuid::from_u128(7));
    let wanted = looks(&scalp(7, 400, 340));
    gazer.learn([Known { seq: 20_001, photo, owner, looks: wanted }]);
    let thief = looks(&imageops::flip_horizontal(&scalp(7, 640, 544)));
    let found = gazer.alike(&thief, None);
    assert_eq!(found.first().map(|alike| alike.photo), Some(photo));
    assert!(found.len() < 20, "chance matches are rare: {}", found.len());
    assert!(gazer.alike(&thief, Some(owner)).iter().all(|alike| alike.photo != photo));
    // What is older than what it knows is passed over.
    gazer.learn([Known { seq: 5, photo: Uuid::from_u128(99_999_999), owner, looks: thief.clone() }]);
    assert_eq!(gazer.len(), 20_001);
    gazer.forget(&[photo]);
    assert!(gazer.alike(&thief, None).iter().all(|alike| alike.photo != photo));
}

/// The one way to say which photos look alike that nobody can get wrong.
fn slowly(known: &[(Uuid, Looks)], asked: &Looks) -> Vec<(u32, Uuid)> {
    let mut found: Vec<_> = known
        .iter()
        .filter_map(|(photo, looks)| Some((asked.distance(looks)?, *photo)))
        .filter(|(distance, _)| *distance <= ALIKE)
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn all_are_compared_at_once_as_one_by_one() {
    let mut rng = StdRng::seed_from_u64(7);
    let mut some = |near: Option<u64>| {
        let hashes: Vec<String> = (0..7)
            .map(|_| match near {
                // Up to a dozen bits away: on both sides of the border.
                Some(look) => {
                    (0..rng.random_range(0..13)).fold(look, |look, _| look ^ (1 << rng.random_range(0..64)))
                }
                None => rng.random(),
            })
            .map(|look| format!("{look:016x}"))
            .collect();
        Looks::of_hashes(&hashes).expect("seven hashes")
    };
    let gazer = Gazer::default();
    let mut known = Vec::new();
    // More than two blocks, the last one not full.
    for seq in 1..=300_u64 {
        let near = if seq % 3 == 0 { Some(0x0123_4567_89ab_cdef) } else { None };
        let (photo, looks) = (Uuid::from_u64_pair(1, seq), some(near));
        gazer.learn([Known { seq: seq.cast_signed(), photo, owner: Uuid::nil(), looks: looks.clone() }]);
        known.push((photo, looks));
    }
    let ask = |known: &[(Uuid, Looks)], asked: &Looks| {
        let found: Vec<_> = gazer.alike(asked, None).iter().map(|one| (one.distance, one.photo)).collect();
        let wanted = slowly(known, asked);
        assert_eq!(found, wanted[..wanted.len().min(20)]);
        wanted.len()
    };
    let questions: Vec<Looks> =
        (0..40).map(|at| some((at % 2 == 0).then_some(0x0123_4567_89ab_cdef))).collect();
    let hits: usize = questions.iter().map(|asked| ask(&known, asked)).sum();
    assert!(hits > 100, "{hits}: there is something to get wrong");
    // Some are forgotten, then most, so that the rest move together.
    for kept in [250, 60] {
        let gone: Vec<Uuid> = known.drain(kept..).map(|(photo, _)| photo).collect();
        gazer.forget(&gone);
        assert_eq!(gazer.len(), kept);
        for asked in &questions {
            ask(&known, asked);
        }
    }
}
