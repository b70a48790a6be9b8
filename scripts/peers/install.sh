#!/usr/bin/env bash
# Makes the packages of peers.mjs available in the folder that is named, once for each package-lock.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
into=$1
if cmp -s "$here/package-lock.json" "$into/package-lock.json" && [ -f "$into/installed" ]; then
    exit 0
fi
if ! command -v npm >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
    else
        echo "these checks need Node.js and npm: install Debian's packages nodejs and npm" >&2
        exit 2
    fi
fi
mkdir -p "$into"
rm -rf "$into/installed" "$into/node_modules"
cp "$here/package.json" "$here/package-lock.json" "$into"
cd "$into"
npm ci --no-audit --no-fund --silent >/dev/null
touch installed
