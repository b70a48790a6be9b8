#!/usr/bin/env bash
# Lints both OpenAPI documents, generates a typed client from each, and compiles a caller against it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v npm >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
    else
        echo "the contract check needs Node.js and npm: install Debian's packages nodejs and npm" >&2
        exit 2
    fi
fi

cp "$here"/package.json "$here"/package-lock.json "$here"/redocly.yaml "$work"
cd "$work"
npm ci --no-audit --no-fund --silent >/dev/null
export PATH="$work/node_modules/.bin:$PATH" REDOCLY_SUPPRESS_UPDATE_NOTICE=true REDOCLY_TELEMETRY=off
for document in stipple.json stipple-3.0.json; do
    redocly lint --config redocly.yaml "$root/openapi/$document"
    mkdir "$document.client"
    openapi-typescript "$root/openapi/$document" --output "$document.client/schema.d.ts" >/dev/null
    cp "$here/client.ts" "$document.client/client.ts"
    tsc --strict --noEmit --target es2022 --module esnext --moduleResolution bundler --skipLibCheck \
        "$document.client/client.ts"
    echo "$document: linted, client generated and compiled"
done
