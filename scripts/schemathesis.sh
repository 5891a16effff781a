#!/usr/bin/env bash
# Asks every operation of the running demo by Schemathesis, as each role and as nobody:
#
#   SCHEMATHESIS_EXAMPLES=200 scripts/schemathesis.sh [ROLE…]
#
# SCHEMATHESIS_EXAMPLES bounds the cases of an operation and phase (8), SEED tells other cases (1; SEED=$RANDOM), ANPEI names a built
# binary, SCHEMATHESIS an installed program (`make schemathesis` brings its own). What is asked, and the few
# narrowed checks with their reasons, stands in openapi/schemathesis.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${ANPEI:-}" ]; then
  cargo build --locked --quiet
  ANPEI=${CARGO_TARGET_DIR:-target}/debug/anpei
fi
work=$(mktemp -d)

# shellcheck disable=SC2329 # called by the trap
finish() {
  local code=$?
  if [ "$code" -eq 0 ]; then
    rm -rf "$work"
  else
    echo "schemathesis: failed; what it said of each role and the service's logs are in $work" >&2
  fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A copy: the tree may be built anew while a long run goes on.
cp "$ANPEI" "$work/anpei"
"${PYTHON:-python3}" scripts/schemathesis_roles.py --binary "$work/anpei" --work "$work" \
  --schemathesis "${SCHEMATHESIS:-schemathesis}" --examples "${SCHEMATHESIS_EXAMPLES:-8}" \
  --seed "${SEED:-1}" "$@"
