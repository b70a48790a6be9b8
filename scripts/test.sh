#!/bin/sh
# The whole suite on SQLite, then on a private PostgreSQL. The last line is `N passed, N failed`, over
# all runs. Arguments go to the test binary: `scripts/test.sh tidy::` runs what matches.
set -eu
cd "$(dirname "$0")/.."

passed=0
failed=0
log=$(mktemp "${TMPDIR:-/tmp}/stipple-tests.XXXXXX")
trap 'rm -f "$log"' EXIT
finish() {
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] || exit 1
    exit 0
}

# Runs a command that ends in the test binary, and adds what it counted.
suite() {
    { status=0; "$@" 2>&1 || status=$?; echo "suite-status $status"; } | tee "$log" | grep -v '^suite-status ' || true
    status=$(sed -n 's/^suite-status //p' "$log")
    counted=$(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$log" | head -n 1)
    passed=$((passed + $(echo "${counted:-0 0}" | cut -d ' ' -f 1)))
    bad=$(echo "${counted:-0 0}" | cut -d ' ' -f 2)
    # A run that died before it could count is a failure too.
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    failed=$((failed + bad))
}

scripts/needs.sh
if caddy=$(scripts/caddy.sh); then
    PATH=$caddy:$PATH
else
    echo "skipped: deploy/Caddyfile and the composition behind it, because there is no caddy"
fi
if ! scripts/browser.sh; then
    echo "skipped: the pages in a browser, because there is none"
fi
cargo test --test it --no-run || { failed=1; finish; }

echo "== SQLite"
given=${STIPPLE_TEST_POSTGRES_URL:-}
unset STIPPLE_TEST_POSTGRES_URL
suite cargo test --quiet --test it -- "$@"

# Pages are made from what the API answers, so a browser is opened once; the API is tried on both databases.
if [ -n "$given" ]; then
    echo "== PostgreSQL (the one STIPPLE_TEST_POSTGRES_URL names)"
    STIPPLE_TEST_POSTGRES_URL=$given
    export STIPPLE_TEST_POSTGRES_URL
    suite cargo test --quiet --test it -- --skip browser:: "$@"
else
    echo "== PostgreSQL (private, throw-away)"
    suite scripts/with-postgres.sh cargo test --quiet --test it -- --skip browser:: "$@"
fi

if [ -z "${STIPPLE_TEST_MEILISEARCH_URL:-}" ]; then
    echo "skipped: the cases on Meilisearch, because STIPPLE_TEST_MEILISEARCH_URL is not set"
fi
finish
