#!/usr/bin/env bash
# kill -9 in the middle of committing large sheets, on SQLite and on PostgreSQL:
#
#   ROUNDS=50 scripts/kill-test.sh
#
# ROUNDS kills a database (6), SEED repeats a run, ANPEI names a built binary. The throw-away PostgreSQL runs
# without fsync. That is still fair: only our own process is killed, the database server and the kernel live on,
# and what they were given they have. What a power cut leaves is another test's question.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-6}
seed=${SEED:-$RANDOM}
if [ -z "${TEST_DATABASE_URL:-}" ]; then
  exec scripts/with-postgres.sh scripts/kill-test.sh "$@"
fi
if ! command -v psql >/dev/null; then
  echo "kill-test: psql not found; it comes with PostgreSQL's client" >&2
  exit 1
fi
if [ -z "${ANPEI:-}" ]; then
  cargo build --locked --quiet
  ANPEI=${CARGO_TARGET_DIR:-target}/debug/anpei
fi

work=$(mktemp -d)
database=kill_test_$$
address=${TEST_DATABASE_URL%/*}/$database
psql() { command psql --no-psqlrc --quiet "$TEST_DATABASE_URL" "$@"; }

# shellcheck disable=SC2329 # called by the trap
finish() {
  local code=$?
  if [ "$code" -eq 0 ]; then
    rm -rf "$work"
  else
    pg_dump "$address" >"$work/postgres.sql" 2>/dev/null || true
    echo "kill-test: failed; repeat it with SEED=$seed; what it left is in $work" >&2
  fi
  psql -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

psql -c "CREATE DATABASE $database"
# A copy: the tree may be built anew while a long run goes on.
cp "$ANPEI" "$work/anpei"
echo "kill-test: ROUNDS=$rounds SEED=$seed"
for where in sqlite "$address"; do
  folder=$work/${where%%:*}
  mkdir "$folder"
  "${PYTHON:-python3}" scripts/kill_test.py --binary "$work/anpei" --work "$folder" \
    --database "$where" --rounds "$rounds" --seed "$seed"
done
echo "$((rounds * 2)) passed, 0 failed"
