//! Measurements of the running process, read by Prometheus in its text format (version 0.0.4).
//!
//! A counter, gauge or histogram is made once and kept by whoever counts with it; counting is one
//! atomic addition. Names and help texts are written where the thing is counted.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of request durations, in seconds.
pub const LATENCY_BUCKETS: &[f64] =
    &[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// All measurements of a process. Clones share them.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Mutex<BTreeMap<&'static str, Family>>>);

struct Family {
    help: &'static str,
    kind: &'static str,
    series: BTreeMap<String, Series>,
}

enum Series {
    Counter(Counter),
    Gauge(Gauge),
    Read(Box<dyn Fn() -> f64 + Send + Sync>),
    Histogram(Histogram),
}

/// A number that only grows.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Adds one.
    pub fn add_one(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// What it stands at.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Moves it by `by`.
    pub fn add(&self, by: i64) {
        self.0.fetch_add(by, Relaxed);
    }

    /// Puts it at `value`.
    pub fn set(&self, value: i64) {
        self.0.store(value, Relaxed);
    }

    /// What it stands at.
    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// How often durations fell under each bound.
#[derive(Clone, Debug)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug)]
struct Buckets {
    bounds: &'static [f64],
    counts: Box<[AtomicU64]>,
    micros: AtomicU64,
}

impl Histogram {
    fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Buckets { bounds, counts, micros: AtomicU64::new(0) }))
    }

    /// Counts one duration.
    pub fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let at = self.0.bounds.partition_point(|bound| *bound < seconds);
        self.0.counts[at].fetch_add(1, Relaxed);
        self.0.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }
}

impl Metrics {
    /// Nothing measured yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The counter of this name and these labels, made at first use.
    pub fn counter(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Counter {
        let made = self.series(name, help, "counter", labels, || Series::Counter(Counter::default()));
        made(|series| if let Series::Counter(counter) = series { Some(counter.clone()) } else { None })
            .unwrap_or_default()
    }

    /// The gauge of this name and these labels, made at first use.
    pub fn gauge(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Gauge {
        let made = self.series(name, help, "gauge", labels, || Series::Gauge(Gauge::default()));
        made(|series| if let Series::Gauge(gauge) = series { Some(gauge.clone()) } else { None })
            .unwrap_or_default()
    }

    /// The histogram of this name and these labels, made at first use.
    pub fn histogram(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Histogram {
        let new = || Series::Histogram(Histogram::new(LATENCY_BUCKETS));
        let made = self.series(name, help, "histogram", labels, new);
        made(|series| if let Series::Histogram(histogram) = series { Some(histogram.clone()) } else { None })
            .unwrap_or_else(|| Histogram::new(LATENCY_BUCKETS))
    }

    /// A gauge that is asked for its value when it is read.
    pub fn read(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
        value: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let family =
            families.entry(name).or_insert_with(|| Family { help, kind: "gauge", series: BTreeMap::new() });
        family.series.insert(label_text(labels), Series::Read(Box::new(value)));
    }

    /// Finds or makes a series; what comes back picks the handle out of it. A name that is already of
    /// another kind keeps its kind, and the caller counts into a handle nobody reads.
    fn series<T>(
        &self,
        name: &'static str,
        help: &'static str,
        kind: &'static str,
        labels: &[(&str, &str)],
        new: impl FnOnce() -> Series,
    ) -> impl FnOnce(fn(&Series) -> Option<T>) -> Option<T> {
        let labels = label_text(labels);
        move |pick| {
            let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let family =
                families.entry(name).or_insert_with(|| Family { help, kind, series: BTreeMap::new() });
            debug_assert_eq!(family.kind, kind, "{name} is measured as two kinds");
            pick(family.series.entry(labels).or_insert_with(new))
        }
    }

    /// Everything, in the text format.
    pub fn render(&self) -> String {
        let families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        for (name, family) in families.iter() {
            let _ = writeln!(out, "# HELP {name} {}\n# TYPE {name} {}", family.help, family.kind);
            for (labels, series) in &family.series {
                match series {
                    Series::Counter(counter) => line(&mut out, name, labels, counter.get()),
                    Series::Gauge(gauge) => line(&mut out, name, labels, gauge.get()),
                    Series::Read(read) => line(&mut out, name, labels, read()),
                    Series::Histogram(histogram) => render_histogram(&mut out, name, labels, &histogram.0),
                }
            }
        }
        out
    }

    /// Measures the process itself: memory and open files, where the system says.
    pub fn measure_process(&self) {
        let help = "Memory held by the process, in bytes";
        self.read("process_resident_memory_bytes", help, &[], || resident_bytes().unwrap_or(f64::NAN));
        let help = "Files and sockets held open";
        self.read("process_open_fds", help, &[], || {
            std::fs::read_dir("/proc/self/fd")
                .map_or(f64::NAN, |files| f64::from(u32::try_from(files.count()).unwrap_or(u32::MAX)))
        });
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Memory the process holds, where the system says.
pub fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024.0)
}

fn label_text(labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(text, "{}{name}=\"{value}\"", if text.is_empty() { "" } else { "," });
    }
    text
}

fn line(out: &mut String, name: &str, labels: &str, value: impl fmt::Display) {
    let _ = match labels {
        "" => writeln!(out, "{name} {value}"),
        labels => writeln!(out, "{name}{{{labels}}} {value}"),
    };
}

fn render_histogram(out: &mut String, name: &str, labels: &str, buckets: &Buckets) {
    let comma = if labels.is_empty() { "" } else { "," };
    let mut sum = 0;
    for (at, count) in buckets.counts.iter().enumerate() {
        sum += count.load(Relaxed);
        let _ = match buckets.bounds.get(at) {
            Some(bound) => writeln!(out, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {sum}"),
            None => writeln!(out, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {sum}"),
        };
    }
    #[expect(clippy::cast_precision_loss, reason = "a sum of microseconds, read as seconds")]
    let seconds = buckets.micros.load(Relaxed) as f64 / 1_000_000.0;
    line(out, &format!("{name}_sum"), labels, seconds);
    line(out, &format!("{name}_count"), labels, sum);
}
