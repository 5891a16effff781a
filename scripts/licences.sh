#!/usr/bin/env bash
# Checks every crate of Cargo.lock against deny.toml: its licence against [licenses] allow, its
# name against [bans] deny, its source against [sources] allow-registry. Where cargo-deny is
# installed it does the work; the checks below need nothing but cargo and Python 3.11.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v cargo-deny >/dev/null 2>&1; then
  exec cargo deny --locked check licenses bans sources
fi

metadata=$(mktemp)
trap 'rm -f "$metadata"' EXIT
cargo metadata --format-version 1 --locked --quiet >"$metadata"

"${PYTHON:-python3}" - deny.toml "$metadata" <<'PY'
import json
import re
import sys

try:
    import tomllib
except ImportError:
    sys.exit("licences: needs Python 3.11 or later, or cargo-deny")

with open(sys.argv[1], "rb") as file:
    deny = tomllib.load(file)
with open(sys.argv[2], "rb") as file:
    packages = json.load(file)["packages"]

allowed = set(deny["licenses"]["allow"])
excepted = {}
for entry in deny["licenses"].get("exceptions", []):
    if set(entry) != {"allow", "crate"} or not re.fullmatch(r"[\w-]+", entry["crate"]):
        sys.exit(f"licences: an exception this script cannot judge, only cargo-deny can: {entry}")
    excepted[entry["crate"]] = set(entry["allow"])
banned = {}
for entry in deny["bans"]["deny"]:
    if isinstance(entry, str):
        entry = {"crate": entry}
    if set(entry) - {"crate", "reason"} or not re.fullmatch(r"[\w-]+", entry["crate"]):
        sys.exit(f"licences: a ban this script cannot judge, only cargo-deny can: {entry}")
    banned[entry["crate"]] = entry.get("reason", "")
registries = {f"registry+{url}" for url in deny["sources"]["allow-registry"]}


def licences_missing(expression):
    """The licences, none of them allowed, that stand in the way; empty when there are none."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    at = 0

    def peek():
        return tokens[at] if at < len(tokens) else None

    def take():
        nonlocal at
        if at == len(tokens):
            raise ValueError
        at += 1
        return tokens[at - 1]

    def any_of():
        sides = [all_of()]
        while peek() == "OR":
            take()
            sides.append(all_of())
        return set() if not all(sides) else set().union(*sides)

    def all_of():
        missing = one()
        while peek() == "AND":
            take()
            missing = missing | one()
        return missing

    def one():
        name = take()
        if name == "(":
            missing = any_of()
            if take() != ")":
                raise ValueError
            return missing
        if name in (")", "AND", "OR", "WITH"):
            raise ValueError
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return set() if name in allowed else {name}

    missing = any_of()
    if at != len(tokens):
        raise ValueError
    return missing


problems = []
for package in packages:
    name = f"{package['name']} {package['version']}"
    if not package["license"]:
        problems.append(f"{name}: names no licence")
    else:
        try:
            missing = licences_missing(package["license"]) - excepted.get(package["name"], set())
        except ValueError:
            problems.append(f"{name}: not a licence expression: {package['license']}")
        else:
            if missing:
                listed = ", ".join(sorted(missing))
                problems.append(f"{name}: {package['license']}: not allowed: {listed}")
    if package["name"] in banned:
        problems.append(f"{name}: banned: {banned[package['name']]}")
    # Only the workspace's own crates have no source.
    if package["source"] is not None and package["source"] not in registries:
        problems.append(f"{name}: from an unknown source: {package['source']}")

for problem in sorted(problems):
    print(f"licences: {problem}", file=sys.stderr)
if problems:
    sys.exit(1)
print(f"licences ok, bans ok, sources ok ({len(packages)} crates, by scripts/licences.sh)")
PY
