"""Kills the service in the middle of committing large sheets and looks at what is left.

Called by scripts/kill-test.sh. What must hold after every kill -9 and restart: a sheet is in wholly or not at
all, counters equal the ledger, the audit chain is whole, nothing acknowledged is lost, a commit taken as a job
finishes by itself, and a retried request has no second effect. The script counts people itself, from the sheets it
wrote, so the board is compared with something the service did not compute.
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from xml.sax.saxutils import escape

LINES = 1_500
NEW_EACH_ROUND = 400
TOWNSHIPS = [("330699001", "东山街道"), ("330699002", "西河镇")]


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def id_number(n):
    """The n-th valid ID number (GB 11643) under an area code that no county has."""
    body = f"330699{19600101 + n // 1000 % 28 + n // 28000 * 10000}{n % 1000:03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(c) * w for c, w in zip(body, weights))
    return body + "10X98765432"[total % 11]


def write_xlsx(path, rows):
    """A workbook with one tab of texts: as little of the format as a reader asks for."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(v)}</t></is></c>' for v in row) + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
        '<sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


def write_county(folder):
    """A county of two townships with an enterprise in each, and nothing else yet."""
    (folder / "attendance").mkdir(parents=True)
    plan = {
        "county": {"code": "330699", "name": "样例县"},
        "title": "样例县培训方案",
        "year": 2020,
        "period": ["2020-01-01", "2020-12-31"],
        "target_roles": ["其他从业人员"],
        "required_minutes": {"offline": 360, "online": 0},
        "pass_mark": 80,
        "due_list": {"frozen_on": "2020-11-01", "source": "台账"},
    }
    (folder / "plan.json").write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
    quotas = "乡镇代码,乡镇（街道）,任务数\n" + "".join(f"{c},{n},1000\n" for c, n in TOWNSHIPS)
    (folder / "quotas.csv").write_text(quotas, "utf-8")
    shops = [["企业名称", "乡镇代码", "行业"]] + [[f"{n}机械厂", c, "工贸"] for c, n in TOWNSHIPS]
    write_xlsx(folder / "enterprises.xlsx", shops)
    columns = ["姓名", "身份证号码", "证书编号", "作业代码", "初领日期", "有效期至", "乡镇代码", "工作单位"]
    number = id_number(0)
    held = ["王零", number, f"T{number}", "1.1", "2018-03-01", "2024-03-01", "330699001", "东山街道机械厂"]
    write_xlsx(folder / "due_list.xlsx", [columns, held])
    (folder / "claims.csv").write_text("\n".join(",".join(row) for row in [columns, held]) + "\n", "utf-8")


class Service:
    """The service under test, started and killed."""

    def __init__(self, binary, data, env):
        self.binary, self.data, self.env = binary, data, env
        self.process = self.port = self.token = None

    def run(self, *arguments):
        command = [self.binary, *arguments, "--data", str(self.data)]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)

    def start(self, job_lines):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        listen = f"127.0.0.1:{self.port}"
        command = [self.binary, "serve", "--listen", listen, "--data", str(self.data)]
        with open(self.data.parent / "serve.log", "ab") as log:
            self.process = subprocess.Popen(
                [*command, "--job-lines", str(job_lines)], env=self.env, stdout=log, stderr=log
            )
        until = time.monotonic() + 60
        while True:
            check(self.process.poll() is None, "the service does not start; see serve.log")
            check(time.monotonic() < until, "the service does not become ready")
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.02)
        accounts = json.loads((self.data / "demo-accounts.json").read_text("utf-8"))
        officer = next(a for a in accounts if a["role"] == "county_officer")
        login = {"login": officer["login"], "password": officer["password"]}
        self.token = self.ok("POST", "/v1/accounts/session", login)["access_token"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        kind = answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if "json" in kind else text

    def ok(self, method, path, body=None, headers=None):
        status, answer = self.call(method, path, body, headers)
        check(status < 300, f"{method} {path}: {status} {answer}")
        return answer

    def preview(self, plan, name, sheet):
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="plan_id"\r\n\r\n{plan}\r\n'
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + sheet + f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self.ok("POST", "/v1/classes/attendance-uploads", body, kind)

    def upload(self, of):
        return self.ok("GET", f"/v1/classes/attendance-uploads/{of}")

    def commit(self, of, key):
        path = f"/v1/classes/attendance-uploads/{of}/commit"
        return self.call("POST", path, {}, {"Idempotency-Key": key})

    def wait_committed(self, of):
        until = time.monotonic() + 120
        while True:
            state = self.upload(of)["state"]
            if state == "committed":
                return
            check(state == "queued", f"upload {of} is {state} while its job should go on")
            check(time.monotonic() < until, f"the job of upload {of} never ends")
            time.sleep(0.05)


class Model:
    """What the board must show, counted from the sheets."""

    def __init__(self):
        self.people, self.person_times, self.next = set(), 0, 1

    def sheet(self, chance, number):
        """One class: some known people, some new, every fiftieth line with a wrong check digit."""
        known = chance.sample(sorted(self.people), min(len(self.people), LINES - NEW_EACH_ROUND))
        fresh = list(range(self.next, self.next + LINES - len(known)))
        people = known + fresh
        chance.shuffle(people)
        code, township = TOWNSHIPS[number % 2]
        day = f"2020-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
        text = f"{township}安全培训签到表（第{number}期）\n序号,姓名,身份证号码,工作单位,岗位,签到时间,签退时间,考核成绩\n"
        good = []
        for place, person in enumerate(people, 1):
            digits = id_number(person)
            if place % 50 == 0:
                digits = digits[:-1] + ("1" if digits[-1] != "1" else "2")
            else:
                good.append(person)
            text += f"{place},王{chr(0x4E00 + person % 20000)},{digits},{township}机械厂,其他从业人员,"
            text += f"{day} 08:30,{day} 16:30,90\n"
        self.next += len(fresh)
        return text.encode(), good, len(people)

    def add(self, good):
        self.people.update(good)
        self.person_times += len(good)


def compare(service, model, when):
    board = service.ok("GET", "/v1/boards/progress")
    shown = (board["completed"], board["person_times"])
    check(shown == (len(model.people), model.person_times), f"{when}: board {shown}, expected "
          f"{(len(model.people), model.person_times)}")
    doctor = service.run("doctor", "--json")
    check(doctor.returncode == 0, f"{when}: doctor says {doctor.stdout} {doctor.stderr}")


def hand_in(service, model, chance, number, plan):
    sheet, good, lines = model.sheet(chance, number)
    seen = service.preview(plan, f"第{number}期.csv", sheet)
    check((seen["lines"], seen["accepted"]) == (lines, len(good)), f"the preview tells {seen}")
    return seen["id"], good


def calibrate(service, model, chance, plan, job_lines, number):
    """How long a commit takes here, in seconds, so that kills fall all over it."""
    service.start(job_lines)
    upload, good = hand_in(service, model, chance, number, plan)
    began = time.monotonic()
    status, answer = service.commit(upload, uuid.uuid4().hex)
    check(status < 300, f"commit: {status} {answer}")
    service.wait_committed(upload)
    took = time.monotonic() - began
    model.add(good)
    compare(service, model, "calibration")
    service.kill()
    return took


def one_round(service, model, chance, plan, number, job_lines, took):
    service.start(job_lines)
    upload, good = hand_in(service, model, chance, number, plan)
    key, acknowledged = uuid.uuid4().hex, []

    def commit():
        try:
            status, answer = service.commit(upload, key)
            check(status < 300, f"commit: {status} {answer}")
            acknowledged.append(answer["state"])
        except (OSError, http.client.HTTPException):
            pass  # The service was killed under it.

    worker = threading.Thread(target=commit)
    moment = chance.uniform(0, took * 1.25)
    worker.start()
    time.sleep(moment)
    service.kill()
    worker.join()

    service.start(job_lines)
    state = service.upload(upload)["state"]
    if acknowledged:
        check(state in ("queued", "committed"), f"acknowledged as {acknowledged[0]} and now {state}")
    if acknowledged == ["committed"]:
        check(state == "committed", f"an acknowledged commit is lost: {state}")
    if state == "queued":
        service.wait_committed(upload)
        outcome = "finished after the restart"
    elif state == "committed":
        outcome = "committed"
    else:
        check(state == "previewed", f"half-applied: {state}")
        compare(service, model, "rolled back")
        outcome = "rolled back"
        status, answer = service.commit(upload, key)
        check(status < 300, f"commit again: {status} {answer}")
        service.wait_committed(upload)
    model.add(good)
    compare(service, model, outcome)
    status, answer = service.commit(upload, key)
    check(status < 300 and answer["accepted"] == len(good), f"the retry answers {status} {answer}")
    compare(service, model, "after the retry")
    service.kill()
    return moment, acknowledged, outcome


def main():
    words = argparse.ArgumentParser()
    for name in ("--binary", "--work", "--database"):
        words.add_argument(name, required=True)
    words.add_argument("--rounds", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    told = words.parse_args()
    work = pathlib.Path(told.work)
    env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    kind = "SQLite"
    if told.database != "sqlite":
        kind, env["DATABASE_URL"] = "PostgreSQL", told.database
    chance = random.Random(told.seed)
    write_county(work / "county")
    service, model = Service(told.binary, work / "data", env), Model()
    made = service.run("demo", "--from", str(work / "county"), "--json")
    check(made.returncode == 0, f"demo: {made.stdout} {made.stderr}")
    # Small sheets are committed within the request, large ones as a job: both ways are cut.
    ways = [("request", 1_000_000), ("job", 10)]
    number, took, tally = 0, {}, {}
    try:
        service.start(10)
        plan = service.ok("GET", "/v1/plans")["items"][0]["id"]
        service.kill()
        for way, job_lines in ways:
            number += 1
            took[way] = calibrate(service, model, chance, plan, job_lines, number)
        for count in range(told.rounds):
            way, job_lines = ways[count % len(ways)]
            number += 1
            moment, acknowledged, outcome = one_round(
                service, model, chance, plan, number, job_lines, took[way]
            )
            heard = f"acknowledged {acknowledged[0]}" if acknowledged else "no answer"
            print(f"{kind} {count + 1:3} {way:7} killed at {moment * 1000:5.0f} of "
                  f"{took[way] * 1000:5.0f} ms, {heard}: {outcome}", flush=True)
            tally[outcome] = tally.get(outcome, 0) + 1
    finally:
        if service.process and service.process.poll() is None:
            service.kill()
    middle = tally.get("rolled back", 0) + tally.get("finished after the restart", 0)
    check(told.rounds < 20 or middle > told.rounds // 10, f"too few kills fell within a commit: {tally}")
    figures = ", ".join(f"{count} {outcome}" for outcome, count in sorted(tally.items()))
    print(f"{kind}: {told.rounds} kills, {figures}; {len(model.people)} people, "
          f"{model.person_times} person-times, all accounted for")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as fault:
        print(f"kill-test: {fault}", file=sys.stderr)
        sys.exit(1)
