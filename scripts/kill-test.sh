#!/usr/bin/env bash
# kill -9 in the middle of committing large sheets, on SQLite and on PostgreSQL:
#
#   ROUNDS=50 scripts/kill-test.sh
#
# ROUNDS kills a database (3), SEED repeats a run, ANPEI names a built binary. The throw-away PostgreSQL runs
# without fsync, which a kill of our own process cannot tell: what it was sent, it has.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-3}
seed=${SEED:-$RANDOM}
if [ -z "${TEST_DATABASE_URL:-}" ]; then
  exec scripts/with-postgres.sh "$0" "$@"
fi
if [ -z "${ANPEI:-}" ]; then
  cargo build --locked --quiet
  ANPEI=${CARGO_TARGET_DIR:-target}/debug/anpei
fi

work=$(mktemp -d)
database=kill_test_$$
psql() { command psql --no-psqlrc --quiet "$TEST_DATABASE_URL" "$@"; }

finish() {
  local code=$?
  psql -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true
  if [ "$code" -eq 0 ]; then
    rm -rf "$work"
  else
    echo "kill-test: failed; SEED=$seed; what it left is in $work" >&2
  fi
  exit "$code"
}
trap finish EXIT

psql -c "CREATE DATABASE $database"
echo "kill-test: ROUNDS=$rounds SEED=$seed"
for address in sqlite "${TEST_DATABASE_URL%/*}/$database"; do
  folder=$work/${address%%:*}
  mkdir "$folder"
  "${PYTHON:-python3}" scripts/kill_test.py --binary "$(realpath "$ANPEI")" --work "$folder" \
    --database "$address" --rounds "$rounds" --seed "$seed"
done
echo "$((rounds * 2)) passed, 0 failed"
