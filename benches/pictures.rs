//! Six renditions of a photo, beside `sharp` on the same file; the memory one photo takes; and one photo compared
//! with all that are known.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use stipple::cases::{BOUNDS, Gazer, Known, Looks};
use stipple::platform::pictures::{Renditions, decode, on_white};
use uuid::Uuid;

use crate::demo::Demos;
use crate::table::{Row, median, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The option of the child that renders once.
pub(crate) const RENDER_ONCE: &str = "--render-once";
const MEGABYTES: f64 = 200.0;
const KNOWN: i64 = 200_000;
const ALIKE: Duration = Duration::from_millis(5);

/// Renditions, memory, and look-alikes.
pub(crate) fn run(options: &Options, _: &mut Demos) -> Measured {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("photo.jpeg");
    std::fs::write(&file, photo(4000, 3000)?)?;
    let mut rows = renditions(options, &file)?;
    rows.push(memory(&file)?);
    rows.push(alike(options)?);
    Ok(rows)
}

/// A picture of so many pixels with soft light and grain, as a camera writes it.
fn photo(width: u32, height: u32) -> Result<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(1);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let light = 120.0 + 70.0 * (u * 5.0).sin() * (v * 4.0).cos() + rng.random_range(-9.0..9.0);
        let dot = if x % 23 < 3 && y % 19 < 3 { 50.0 } else { 0.0 };
        Rgb([light + 30.0, light, light - 25.0].map(|level| byte(level - dot)))
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture)?;
    Ok(bytes)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(level: f64) -> u8 {
    level.clamp(0.0, 255.0) as u8
}

fn render(bytes: &[u8]) -> Result<Renditions> {
    Ok(Renditions::of(on_white(decode(bytes, &BOUNDS)?))?)
}

/// Ours and theirs in turns, each from the file's bytes, each on one thread.
fn renditions(options: &Options, file: &Path) -> Result<Vec<Row>> {
    let rounds = if options.quick { 3 } else { 11 };
    let what = "six renditions of 12 megapixels";
    let bytes = std::fs::read(file)?;
    let ours = || -> Result<Duration> {
        let begun = Instant::now();
        black_box(render(&bytes)?);
        Ok(begun.elapsed())
    };
    let Some(folder) = &options.sharp else {
        let mut times = (0..rounds).map(|_| ours()).collect::<Result<Vec<_>>>()?;
        let row = Row::plain(what, percentile(&mut times, 50));
        return Ok(vec![row.note("not compared: --sharp names no folder where `npm install sharp` was run")]);
    };
    let mut sharp = Sharp::start(folder, file)?;
    ours()?;
    sharp.round()?;
    let (mut own, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (one, other) = (ours()?, sharp.round()?);
        ratios.push(one.as_secs_f64() / other.as_secs_f64());
        own.push(one);
        theirs.push(other);
    }
    let figures = (percentile(&mut own, 50), percentile(&mut theirs, 50));
    let note = format!("beside sharp {}; {} kB of JPEG", sharp.version, bytes.len() / 1000);
    Ok(vec![Row::beside(what, figures, median(ratios), 1.0).note(&note)])
}

/// `sharp` in a process of its own, one round for each line it is sent.
struct Sharp {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    version: String,
}

impl Sharp {
    fn start(folder: &str, file: &Path) -> Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sharp.cjs");
        let mut child = Command::new("node")
            .arg(script)
            .arg(folder)
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node does not start: {error}"))?;
        let to = child.stdin.take().ok_or("no way in")?;
        let from = BufReader::new(child.stdout.take().ok_or("no way out")?);
        let mut sharp = Self { child, to, from, version: String::new() };
        sharp.version = sharp.line()?;
        Ok(sharp)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Err("sharp ended".into());
        }
        Ok(line.trim().to_owned())
    }

    fn round(&mut self) -> Result<Duration> {
        self.to.write_all(b"go\n")?;
        Ok(Duration::from_secs_f64(self.line()?.parse::<f64>()? / 1000.0))
    }
}

impl Drop for Sharp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What this very program takes to render the file once: the most it ever held, less what it held before.
fn memory(file: &Path) -> Result<Row> {
    let child = Command::new(std::env::current_exe()?).arg(RENDER_ONCE).arg(file).output()?;
    let bytes: f64 = String::from_utf8(child.stdout)?.trim().parse()?;
    Ok(Row::megabytes("memory of one photo", bytes / 1e6, MEGABYTES).note("12 megapixels, the file included"))
}

/// In the child that [`memory`] starts: renders once and says how much memory that took.
pub(crate) fn render_once(file: &str) {
    let before = most_resident();
    let rendered = std::fs::read(file).map_err(Into::into).and_then(|bytes| render(&bytes));
    if rendered.is_ok() {
        println!("{}", most_resident().saturating_sub(before));
    }
}

/// The most this process ever held, in bytes.
fn most_resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
}

/// One photo beside all that are known, among them one that looks like it.
fn alike(options: &Options) -> Result<Row> {
    let mut rng = StdRng::seed_from_u64(2);
    let mut looks = || -> Result<Looks> {
        let hashes: Vec<String> = (0..7).map(|_| format!("{:016x}", rng.random::<u64>())).collect();
        Ok(Looks::of_hashes(&hashes)?)
    };
    let gazer = Gazer::default();
    let mut asked = Vec::new();
    for seq in 1..=KNOWN {
        let looks = looks()?;
        if seq % (KNOWN / 100) == 0 {
            asked.push(looks.clone());
        }
        let known =
            Known { seq, photo: Uuid::from_u64_pair(1, seq.cast_unsigned()), owner: Uuid::nil(), looks };
        gazer.learn([known]);
    }
    let mut times = Vec::new();
    for _ in 0..if options.quick { 1 } else { 5 } {
        for looks in &asked {
            let begun = Instant::now();
            let found = gazer.alike(looks, None);
            times.push(begun.elapsed());
            if found.first().is_none_or(|closest| closest.distance != 0) {
                return Err("a photo that is known was not found".into());
            }
        }
    }
    let p99 = percentile(&mut times.clone(), 99);
    let row = Row::within("look-alikes of a photo", percentile(&mut times, 50), ALIKE);
    Ok(row.note(&format!("among {KNOWN}, with flips and crops; p99 {p99:.1?}")))
}
