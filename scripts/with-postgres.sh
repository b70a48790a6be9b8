#!/bin/sh
# Runs a command beside a private PostgreSQL that exists only while the command runs:
#
#     scripts/with-postgres.sh cargo test --test it
#
# The command finds its address in STIPPLE_TEST_POSTGRES_URL. The cluster lives in a temporary folder,
# listens on a unix socket in that folder and nowhere else, and is gone afterwards whatever happens.
# STIPPLE_POSTGRES_BIN names a folder with `initdb` in it when the usual places are not the right ones.
set -eu

say() { printf '%s\n' "with-postgres: $*" >&2; }
die() {
    say "$*"
    exit 2
}

[ $# -gt 0 ] || die "usage: scripts/with-postgres.sh COMMAND [ARGUMENT…]"

# The newest version wins; the PATH comes last because distributions keep initdb out of it.
find_binaries() {
    for dir in "${STIPPLE_POSTGRES_BIN:-/nowhere}" \
        $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV) \
        /usr/local/pgsql/bin "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ] && [ -x "$dir/postgres" ]; then
            printf '%s\n' "$dir"
            return 0
        fi
    done
    return 1
}

install_postgres() {
    command -v apt-get >/dev/null 2>&1 || die "PostgreSQL is missing: install its server (initdb, pg_ctl, postgres)"
    [ "$(id -u)" = 0 ] || die "PostgreSQL is missing: run 'sudo apt-get install postgresql', then this again"
    say "installing PostgreSQL"
    # The package would start a cluster of its own on the machine's port; only the binaries are wanted.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >&2 ||
        die "PostgreSQL cannot be installed: see above"
}

bin=$(find_binaries) || { install_postgres && bin=$(find_binaries); } ||
    die "PostgreSQL is installed, but initdb is in none of the usual places: set STIPPLE_POSTGRES_BIN"

# initdb refuses root, so root hands the cluster to somebody with fewer rights.
owner=
if [ "$(id -u)" = 0 ]; then
    for owner in postgres nobody; do
        if id "$owner" >/dev/null 2>&1; then break; fi
    done
fi
as_owner() {
    if [ -z "$owner" ]; then
        "$@"
    elif command -v setpriv >/dev/null 2>&1; then
        setpriv --reuid="$(id -u "$owner")" --regid="$(id -g "$owner")" --clear-groups "$@"
    else
        runuser -u "$owner" -- "$@"
    fi
}

# A socket's path has about a hundred bytes, and the owner must be able to reach it: hence not TMPDIR.
home=$(mktemp -d /tmp/stipple-postgres.XXXXXX)
server=
clean_up() {
    trap - EXIT HUP INT TERM
    # What runs beside it may have restarted it.
    server=$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null || echo "$server")
    if [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null; then
        tries=0
        while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 50 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        kill -KILL "$server" 2>/dev/null || true
    fi
    rm -rf "$home"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

[ -z "$owner" ] || chown "$owner" "$home"
cd "$home"
as_owner "$bin/initdb" --pgdata="$home/data" --username=stipple --auth=trust --encoding=UTF8 --locale=C \
    --no-sync >"$home/initdb.log" 2>&1 || {
    cat "$home/initdb.log" >&2
    die "initdb failed"
}
# Durability is what a throw-away cluster does not need.
cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$home'
max_connections = 200
shared_buffers = '64MB'
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = '512MB'
autovacuum = off
log_min_messages = warning
CONF
as_owner "$bin/pg_ctl" --pgdata="$home/data" --log="$home/server.log" --wait --silent start || {
    cat "$home/server.log" >&2
    die "the server did not start"
}
server=$(head -n 1 "$home/data/postmaster.pid")
cd "$OLDPWD"

# Should this script be killed outright, somebody must still take the server down.
script=$$
(
    while kill -0 "$script" 2>/dev/null; do sleep 1; done
    if [ -d "$home" ]; then clean_up; fi
) </dev/null >/dev/null 2>&1 &

STIPPLE_TEST_POSTGRES_URL="postgres://stipple@localhost/postgres?host=$home"
export STIPPLE_TEST_POSTGRES_URL
status=0
"$@" || status=$?
exit "$status"
