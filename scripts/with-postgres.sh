#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL cluster of its own:
#
#   scripts/with-postgres.sh cargo test --workspace
#
# The command finds the cluster in TEST_DATABASE_URL (a superuser's address, so it may
# CREATE DATABASE) and its exit code is the script's own. The cluster is stopped and removed
# whatever happens to the command. When TEST_DATABASE_URL is already set, nothing is started.
set -euo pipefail

if [ "$#" -eq 0 ]; then
  echo "usage: scripts/with-postgres.sh CMD [ARG…]" >&2
  exit 2
fi
if [ -n "${TEST_DATABASE_URL:-}" ]; then
  exec "$@"
fi

say() { printf 'with-postgres: %s\n' "$*" >&2; }

# PostgreSQL refuses to run as root.
pg_user=
if [ "$(id -u)" -eq 0 ]; then
  for name in postgres nobody; do
    if id -u "$name" >/dev/null 2>&1; then
      pg_user=$name
      break
    fi
  done
  if [ -z "$pg_user" ]; then
    say "no unprivileged account (postgres, nobody) to run PostgreSQL as"
    exit 1
  fi
fi

# From / because the unprivileged account may not be able to enter the present folder.
as_pg() (
  cd /
  if [ -z "$pg_user" ]; then
    exec "$@"
  elif command -v runuser >/dev/null 2>&1; then
    exec runuser -u "$pg_user" -- "$@"
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    exec su -s /bin/sh -c 'exec "$@"' -- "$pg_user" sh "$@"
  fi
)

# Prints the first folder whose server programs the account can run; newest version first
# where several stand side by side.
find_bindir() {
  local dir tool candidates=()
  if tool=$(command -v initdb); then
    candidates+=("$(dirname "$tool")")
  fi
  if tool=$(pg_config --bindir 2>/dev/null); then
    candidates+=("$tool")
  fi
  while IFS= read -r dir; do
    candidates+=("$dir")
  done < <(
    for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
      /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
      version=${dir//[!0-9]/}
      [ ! -d "$dir" ] || printf '%s\t%s\n' "${version:-0}" "$dir"
    done | sort -rn | cut -f2
  )
  for dir in ${candidates[@]+"${candidates[@]}"}; do
    if [ -x "$dir/pg_ctl" ] && [ -x "$dir/postgres" ] &&
      as_pg "$dir/initdb" --version >/dev/null 2>&1; then
      printf '%s\n' "$dir"
      return 0
    fi
  done
  return 1
}

if ! bindir=$(find_bindir); then
  say "找不到 PostgreSQL 服务端程序，请先安装 / PostgreSQL server not found, install it first:" \
    "apt-get install postgresql  |  brew install postgresql"
  exit 1
fi

base=${TMPDIR:-/tmp}
if ! as_pg test -x "$base"; then
  base=/tmp
fi
root=$(mktemp -d "${base%/}/anpei-pg.XXXXXX")
watchdog=

remove_cluster() {
  if [ -f "$root/data/postmaster.pid" ]; then
    as_pg "$bindir/pg_ctl" -D "$root/data" -m immediate -w -t 30 stop >/dev/null 2>&1 || true
  fi
  rm -rf "$root"
}

# shellcheck disable=SC2329 # called by the trap
finish() {
  local code=$?
  trap '' HUP INT TERM
  if [ -n "$watchdog" ]; then
    kill -KILL "$watchdog" 2>/dev/null || true
    wait "$watchdog" 2>/dev/null || true
  fi
  remove_cluster
  exit "$code"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  say "$1"
  tail -n 20 "$root/log" >&2 2>/dev/null || true
  exit 1
}

mkdir "$root/socket"
: >"$root/log"
if [ -n "$pg_user" ]; then
  chown -R "$pg_user" "$root"
fi

as_pg "$bindir/initdb" -D "$root/data" -U anpei --auth=trust -E UTF8 --locale=C --no-sync \
  >"$root/log" 2>&1 || fail "initdb failed"

# Nothing here outlives the run, so durability is switched off. Never do this to a cluster that
# holds data.
cat >>"$root/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$root/socket'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
log_timezone = 'UTC'
CONF

# A port is free when nobody answers on it; another process may still take it before the server
# does, hence the attempts.
port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
  try=$((20000 + RANDOM % 12000))
  if (exec 3<>"/dev/tcp/127.0.0.1/$try") 2>/dev/null; then
    continue
  fi
  if as_pg "$bindir/pg_ctl" -D "$root/data" -l "$root/log" -o "-p $try" -w -t 60 start \
    >/dev/null 2>&1; then
    port=$try
    break
  fi
done
[ -n "$port" ] || fail "PostgreSQL did not start"

# A trap cannot run after SIGKILL: this process notices that the script is gone and tidies up.
main=$$
(
  trap '' HUP INT TERM
  trap - EXIT
  while kill -0 "$main" 2>/dev/null; do sleep 2; done
  remove_cluster
) </dev/null >/dev/null 2>&1 &
watchdog=$!

say "$(as_pg "$bindir/postgres" --version), 127.0.0.1:$port"
export TEST_DATABASE_URL="postgres://anpei:anpei@127.0.0.1:$port/postgres"
code=0
"$@" || code=$?
exit "$code"
