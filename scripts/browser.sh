#!/bin/sh
# Makes sure that there is a browser that tests can drive (Debian's chromium and chromium-driver), and axe-core to judge
# pages with, in target/tools/axe. Installs what it may; otherwise names what is missing and fails.
set -eu
cd "$(dirname "$0")/.."

axe=4.14.1
axe_sha256=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c

missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
command -v chromedriver >/dev/null 2>&1 || missing="$missing chromium-driver"
place=target/tools/axe
if [ ! -f "$place/axe.min.js" ]; then
    command -v npm >/dev/null 2>&1 || missing="$missing npm"
fi
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing$(printf ' %s' $missing)" >&2
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >&2
    else
        echo "a browser to test with is missing: run 'sudo apt-get install $missing'" >&2
        exit 1
    fi
fi
[ -f "$place/axe.min.js" ] && exit 0
fresh=$(mktemp -d "${TMPDIR:-/tmp}/stipple-axe.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
(cd "$fresh" && npm pack --silent "axe-core@$axe" && tar xzf "axe-core-$axe.tgz") >&2
echo "$axe_sha256  $fresh/package/axe.min.js" | sha256sum -c - >&2
mkdir -p "$place"
mv "$fresh/package/axe.min.js" "$place/axe.min.js"
