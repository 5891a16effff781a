"""Runs Schemathesis against the demo, once as each role and once as nobody.

Called by scripts/schemathesis.sh. The demo is loaded once; every role gets a copy of it and a service of its own, so
that what one role changed or ended is not in the next one's way.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

NOBODY, BROADEST = "nobody", "county_admin"
CONFIG = pathlib.Path("openapi/schemathesis.toml")
HOOKS = pathlib.Path(__file__).with_name("schemathesis_hooks.py").resolve()
SAMPLE = "samples/xinchang_2020"
# The coverage phase tries every bound of every field, some fifty cases an operation whatever the number of examples.
# A short run leaves it to the roles that between them reach everything, a person's own things and nothing.
SHORT, BROAD = 50, (NOBODY, "county_admin", "system_admin", "worker")
AT_ONCE = 2
# Fields of a body, and the dictionary of the committed settings that has values for them.
FIELDS = {
    "id_number": "id_number",
    "item_code": "item_code",
    "starts": "first_instant",
    "check_in": "first_instant",
    "ends": "last_instant",
    "check_out": "last_instant",
    **dict.fromkeys(("day", "from_day", "valid_from", "period_from", "frozen_on"), "first_day"),
    **dict.fromkeys(("to_day", "valid_to", "valid_until", "period_to", "last_day"), "last_day"),
}


def check(holds, what):
    if not holds:
        raise AssertionError(what)


class Service:
    """The service under test over a folder of its own."""

    def __init__(self, binary, data):
        self.binary, self.data, self.process, self.base = binary, data, None, None
        self.env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("ANPEI")}

    def run(self, *arguments):
        command = [self.binary, *arguments, "--data", str(self.data)]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"anpei {arguments[0]}: {done.stdout} {done.stderr}")

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{port}", "--data", str(self.data)]
        # All roles ask from one address, and signing in is one of the things asked a thousand times.
        command += ["--address-limit", "1000000"]
        with open(self.data.with_suffix(".serve.log"), "ab") as log:
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        until = time.monotonic() + 60
        while not self.ready():
            check(time.monotonic() < until, "the service does not become ready")
            time.sleep(0.05)

    def ready(self):
        check(self.process.poll() is None, f"the service does not run; see {self.data}.serve.log")
        try:
            with urllib.request.urlopen(f"{self.base}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def get(self, path, token):
        request = urllib.request.Request(self.base + path, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            return {}

    def sign_in(self, account):
        body = json.dumps({"login": account["login"], "password": account["password"]}).encode()
        request = urllib.request.Request(
            f"{self.base}/v1/accounts/session", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["access_token"]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def real_ids(service, token):
    """Ids of what this account may list, by the name they have in a path, read off whatever the document lists."""
    paths = service.get("/openapi.json", token)["paths"]
    ids, asked = {}, set()
    for _ in range(3):
        for path in sorted(paths):
            above, _, name = path.rpartition("}")[0].rpartition("/{")
            filled = re.sub(r"\{(\w+)\}", lambda part: ids.get(part[1], ["{"])[0], above)
            if not name or "{" in filled or (filled, name) in asked or "get" not in paths.get(above, {}):
                continue
            asked.add((filled, name))
            items = service.get(f"{filled}?limit=20", token).get("items", [])
            found = [item["id"] for item in items if isinstance(item.get("id"), str)]
            if found:
                ids.setdefault(name, found)
    return ids


def config_of(account, ids, path):
    """The committed settings, real ids, and how this account signs in: again whenever its token has run out."""
    text = CONFIG.read_text("utf-8")
    for name, values in sorted(ids.items()):
        text += f"\n[dictionaries.{name}]\nvalues = {json.dumps(values)}\n"
    text += "\n[parameters]\n" + "".join(
        f'"{place}{name}" = {{ dictionary = "{name}", probability = 0.5 }}\n'
        for name in sorted(ids)
        for place in ("path.", "query.", "body.")
    )
    text += "".join(
        f'"body.{field}" = {{ dictionary = "{name}", probability = 0.5 }}\n' for field, name in FIELDS.items()
    )
    if account:
        payload = json.dumps(account["login"]), json.dumps(account["password"])
        text += "\n[auth.dynamic.openapi.Signed]\n"
        text += 'path = "/v1/accounts/session"\nextract_selector = "/access_token"\n'
        text += "payload = { login = %s, password = %s }\n" % payload
    path.write_text(text, "utf-8")


def ask(told, role, accounts, template):
    """One role's run; answers whether nothing failed."""
    data, began = told.work / role, time.monotonic()
    shutil.copytree(template, data)
    service = Service(told.binary, data)
    config, log = told.work / f"{role}.toml", told.work / f"{role}.txt"
    command = [told.schemathesis, "--config-file", str(config), "run", "--no-color"]
    command += ["--max-examples", str(told.examples), "--seed", str(told.seed)]
    if told.examples < SHORT and role not in BROAD:
        command += ["--phases", "examples,fuzzing,stateful"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(told.work / f"{role}.ndjson")]
    try:
        service.start()
        ids = real_ids(service, service.sign_in(accounts[BROADEST]))
        if role != NOBODY:
            ids |= real_ids(service, service.sign_in(accounts[role]))
        config_of(accounts[role], ids, config)
        with open(log, "wb") as out:
            code = subprocess.run(
                [*command, f"{service.base}/openapi.json"],
                stdout=out,
                stderr=out,
                cwd=told.work,
                env=os.environ | {"SCHEMATHESIS_HOOKS": str(HOOKS)},
                check=False,
            ).returncode
        alive = service.process.poll() is None
    finally:
        service.stop()
    text = log.read_text("utf-8")
    cases = re.search(r"(\d+) generated.*", text)
    told_of = cases.group(0) if cases else "no cases"
    check(alive, f"the service died under {role}; see {data}.serve.log")
    print(f"{role:20} {'ok' if code == 0 else 'FAILED':7} {told_of} ({time.monotonic() - began:.0f} s)", flush=True)
    if code:
        print(text, file=sys.stderr)
    return code == 0


def main():
    words = argparse.ArgumentParser()
    for name in ("--binary", "--work", "--schemathesis"):
        words.add_argument(name, required=True)
    words.add_argument("--examples", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("roles", nargs="*", help="only these")
    told = words.parse_args()
    told.work = pathlib.Path(told.work)
    print(f"schemathesis: SCHEMATHESIS_EXAMPLES={told.examples} SEED={told.seed}", flush=True)
    template = told.work / "demo"
    Service(told.binary, template).run("demo", "--from", SAMPLE)
    accounts = {NOBODY: None}
    for account in json.loads((template / "demo-accounts.json").read_text("utf-8")):
        accounts.setdefault(account["role"], account)
    roles = told.roles or list(accounts)
    check(set(roles) <= set(accounts), f"no such role: {sorted(set(roles) - set(accounts))}")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        passed = list(pool.map(lambda role: ask(told, role, accounts, template), roles))
    print(f"{sum(passed)} of {len(roles)} roles passed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as fault:
        print(f"schemathesis: {fault}", file=sys.stderr)
        sys.exit(1)
