//! Measurements: the figures of ours beside their floors, as ratios of one run.

fn main() {}
