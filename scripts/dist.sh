#!/bin/sh
# One release binary in dist/, named for its version and target, with its SHA-256 beside it.
set -eu
cd "$(dirname "$0")/.."
scripts/needs.sh
target=$(rustc -vV | sed -n 's/^host: //p')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# An explicit target directory, so that the binary is where we look whatever CARGO_TARGET_DIR says.
built=${CARGO_TARGET_DIR:-target}
cargo build --profile dist --locked --bin stipple --target-dir "$built"
mkdir -p dist
name=stipple-$version-$target
cp "$built/dist/stipple" "dist/$name"
cd dist
if command -v sha256sum >/dev/null 2>&1; then sha256sum "$name"; else shasum -a 256 "$name"; fi | tee "$name.sha256"
