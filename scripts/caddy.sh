#!/bin/sh
# Prints the folder in which a `caddy` is that deploy/Caddyfile can be tried with: the machine's own, or Debian's package
# unpacked below target/, since installing it would start it. Fails where there is neither.
set -eu
cd "$(dirname "$0")/.."

if own=$(command -v caddy); then
    dirname "$own"
    exit 0
fi
place=target/tools/caddy
if [ ! -x "$place/usr/bin/caddy" ]; then
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || exit 1
    rm -rf "$place"
    mkdir -p "$place"
    { [ "$(id -u)" != 0 ] || apt-get update -qq; } >&2
    (cd "$place" && apt-get download -qq caddy && dpkg-deb -x caddy_*.deb .) >&2 || exit 1
fi
printf '%s\n' "$PWD/$place/usr/bin"
