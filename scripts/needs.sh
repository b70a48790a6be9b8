#!/bin/sh
# Makes sure that what a build needs is there: a Rust toolchain and a C compiler (for SQLite). Installs the
# compiler when it may; names what is missing otherwise.
set -eu

if ! command -v cargo >/dev/null 2>&1; then
    echo "Rust is missing. Install it from https://rustup.rs; rust-toolchain.toml names the version, and rustup fetches it." >&2
    exit 2
fi
if ! command -v cc >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing a C compiler" >&2
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev; } >&2
    else
        echo "A C compiler is missing (SQLite is built from its source): run 'sudo apt-get install gcc libc6-dev'." >&2
        exit 2
    fi
fi
