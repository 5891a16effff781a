"""Kills the service in the middle of committing large sheets and looks at what is left.

Called by scripts/kill-test.sh. What must hold after every kill -9 and restart: a sheet is in wholly or not at
all, counters equal the ledger, the audit chain is whole, nothing acknowledged is lost, a commit taken as a job
finishes by itself, and a retried request has no second effect. The script counts people itself, from the sheets
it wrote, so the board is compared with something the service did not compute.
"""

import argparse
import collections
import datetime
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

LINES = 1_500
NEW_EACH_ROUND = 400
TOWNSHIPS = [("330699001", "东山街道"), ("330699002", "西河镇")]
UPLOADS = "/v1/classes/attendance-uploads"
# Sheets of one size go both ways: what differs is the number of lines from which a commit becomes a job.
WAYS = [("request", 1_000_000), ("job", 10)]


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def wait_until(done, seconds, what):
    until = time.monotonic() + seconds
    while not done():
        check(time.monotonic() < until, what)
        time.sleep(0.02)


def id_number(n):
    """The n-th valid ID number (GB 11643) under an area code that no county has."""
    body = f"330699{19600101 + n // 1000 % 28 + n // 28000 * 10000}{n % 1000:03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(c) * w for c, w in zip(body, weights))
    return body + "10X98765432"[total % 11]


def write_county(folder):
    """A county of two townships with an enterprise in each; files are told by their content, so all is CSV."""
    (folder / "attendance").mkdir(parents=True)
    plan = {
        "county": {"code": "330699", "name": "样例县"},
        "title": "样例县培训方案",
        "year": 2020,
        "period": ["2020-01-01", "2020-12-31"],
        "target_roles": ["其他从业人员"],
        "required_minutes": {"offline": 360, "online": 0},
        "pass_mark": 80,
    }
    (folder / "plan.json").write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
    number = id_number(0)
    held = f"王零,{number},T{number},1.1,2018-03-01,2024-03-01,330699001,东山街道机械厂"
    columns = "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位"
    sheets = {
        "quotas.csv": ["乡镇代码,乡镇（街道）,任务数"] + [f"{c},{n},1000" for c, n in TOWNSHIPS],
        "enterprises.xlsx": ["企业名称,乡镇代码,行业"] + [f"{n}机械厂,{c},工贸" for c, n in TOWNSHIPS],
        "due_list.xlsx": [columns, held],
        "claims.csv": [columns, held],
    }
    for name, rows in sheets.items():
        (folder / name).write_text("\n".join(rows) + "\n", "utf-8")


class Service:
    """The service under test, started and killed."""

    def __init__(self, binary, data, database):
        self.binary, self.data, self.database = binary, data, database
        self.env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("ANPEI")}
        if database:
            self.env["DATABASE_URL"] = database
        self.process = self.port = self.token = None

    def run(self, *arguments):
        command = [self.binary, *arguments, "--json", "--data", str(self.data)]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"anpei {arguments[0]}: {done.stdout} {done.stderr}")
        return json.loads(done.stdout)

    def start(self, job_lines):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data)]
        command += ["--job-lines", str(job_lines)]
        with open(self.data.parent / "serve.log", "ab") as log:
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        wait_until(self.ready, 60, "the service does not become ready")
        accounts = json.loads((self.data / "demo-accounts.json").read_text("utf-8"))
        officer = next(a for a in accounts if a["role"] == "county_officer")
        login = {"login": officer["login"], "password": officer["password"]}
        self.token = self.ok("POST", "/v1/accounts/session", login)["access_token"]

    def ready(self):
        check(self.process.poll() is None, "the service does not start; see serve.log")
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def kill(self):
        """Kills; answers whether a transaction was writing and which connections PostgreSQL is left with.

        Frozen first, so that the moment looked at is the moment of death.
        """
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)
        left = self.connections()
        writing = any(left.values()) if self.database else self.write_locked()
        at = time.time()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return writing, left, at

    def write_locked(self):
        probe = sqlite3.connect(self.data / "anpei.db", timeout=0, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
            return False
        except sqlite3.OperationalError as busy:
            check("locked" in str(busy), f"the database cannot be probed: {busy}")
            return True
        finally:
            probe.close()

    def connections(self):
        """Process id of each connection PostgreSQL holds, and whether its transaction has written."""
        if not self.database:
            return {}
        sql = "SELECT pid, backend_xid IS NOT NULL FROM pg_stat_activity \
            WHERE datname = current_database() AND pid <> pg_backend_pid()"
        command = ["psql", "--no-psqlrc", "-AtF", " ", self.database, "-c", sql]
        rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
        return {pid: writes == "t" for pid, writes in (row.split() for row in rows if row)}

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

    def pages(self, path, **wanted):
        items, cursor = [], ""
        while cursor is not None:
            words = urllib.parse.urlencode({"limit": 200, **wanted, **({"cursor": cursor} if cursor else {})})
            page = self.ok("GET", f"{path}?{words}")
            items += page["items"]
            cursor = page.get("next_cursor")
        return items

    def preview(self, plan, name, sheet):
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="plan_id"\r\n\r\n{plan}\r\n'
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + sheet + f"\r\n--{edge}--\r\n".encode()
        return self.ok("POST", UPLOADS, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def upload(self, of):
        return self.ok("GET", f"{UPLOADS}/{of}")

    def job(self, of):
        return self.ok("GET", f"/v1/jobs/{self.upload(of)['job_id']}")

    def commit(self, of, key):
        return self.ok("POST", f"{UPLOADS}/{of}/commit", {}, {"Idempotency-Key": key})

    def settled(self, of):
        """Committed, and its job, if there is one, over; in any state but the way there it never will be."""
        upload = self.upload(of)
        check(upload["state"] in ("queued", "committed"), f"upload {of} is {upload['state']}, not going on")
        job = self.job(of)["state"] if "job_id" in upload else "done"
        check(job != "failed", f"the job of upload {of} failed")
        return upload["state"] == "committed" and job == "done"

    def wait_committed(self, of):
        wait_until(lambda: self.settled(of), 120, f"the commit of upload {of} never ends")


class Test:
    """A database put through its rounds, and what it must hold, counted from the sheets."""

    def __init__(self, service, chance):
        self.service, self.chance = service, chance
        self.people, self.classes, self.next = set(), [], 1
        self.took, self.tally = {}, collections.Counter()
        service.start(10)
        self.plan = service.ok("GET", "/v1/plans")["items"][0]["id"]
        service.kill()

    def sheet(self):
        """One class: some known people, some new, every fiftieth line with a wrong check digit."""
        number = len(self.classes) + 1
        known = self.chance.sample(sorted(self.people), min(len(self.people), LINES - NEW_EACH_ROUND))
        fresh = list(range(self.next, self.next + LINES - len(known)))
        self.next += len(fresh)
        people = known + fresh
        self.chance.shuffle(people)
        _, township = TOWNSHIPS[number % 2]
        day = f"2020-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
        text = f"{township}安全培训签到表（第{number}期）\n"
        text += "序号,姓名,身份证号码,工作单位,岗位,签到时间,签退时间,考核成绩\n"
        good = []
        for place, person in enumerate(people, 1):
            digits = id_number(person)
            if place % 50 == 0:
                digits = digits[:-1] + ("1" if digits[-1] != "1" else "2")
            else:
                good.append(person)
            text += f"{place},王{chr(0x4E00 + person % 20000)},{digits},{township}机械厂,其他从业人员,"
            text += f"{day} 08:30,{day} 16:30,90\n"
        return f"第{number}期.csv", text.encode(), good

    def hand_in(self):
        name, sheet, good = self.sheet()
        seen = self.service.preview(self.plan, name, sheet)
        counts = seen["lines"], seen["accepted"], seen["refused"]
        check(counts == (LINES, len(good), LINES - len(good)), f"the preview tells {seen}")
        return seen["id"], good

    def committed(self, good):
        self.people.update(good)
        self.classes.append(len(good))

    def compare(self, when, upload=None):
        """Holds the county against the count of the script, and the service's counters against its ledger."""
        board = self.service.ok("GET", "/v1/boards/progress")
        shown, expected = (board["completed"], board["person_times"]), (len(self.people), sum(self.classes))
        check(shown == expected, f"{when}: the board shows {shown}, expected {expected}")
        classes = self.service.pages("/v1/classes/sessions")
        check(len(classes) == len(self.classes), f"{when}: {len(classes)} classes, not {len(self.classes)}")
        if upload:
            newest = max(classes, key=lambda held: held["id"])["id"]
            marks = len(self.service.pages(f"/v1/classes/sessions/{newest}/marks"))
            counts = upload["accepted"], upload["refused"], marks
            good = self.classes[-1]
            check(counts == (good, LINES - good, good), f"{when}: accepted, refused, marks {counts}")
        doctor = self.service.run("doctor")
        check(doctor["ok"], f"{when}: doctor says {doctor}")

    def absent(self, good):
        """A sheet that is not in has left none of its new people behind."""
        fresh = [person for person in good if person not in self.people]
        for person in (fresh[0], fresh[len(fresh) // 2], fresh[-1]):
            check(not self.service.pages("/v1/people", q=id_number(person)), "half-applied: a new person is in")

    def calibrate(self, way, job_lines):
        """How long a commit takes here, in seconds, so that kills fall all over it."""
        self.service.start(job_lines)
        upload, good = self.hand_in()
        self.timed_commit(way, upload, uuid.uuid4().hex)
        self.committed(good)
        self.compare("calibration", self.service.upload(upload))
        self.service.kill()

    def timed_commit(self, way, upload, key):
        """Commits undisturbed, and takes the measure anew: commits grow slower as the county grows."""
        began = time.monotonic()
        self.service.commit(upload, key)
        self.service.wait_committed(upload)
        took = time.monotonic() - began
        growth = took / self.took.get(way, took)
        self.took = {other: before * growth for other, before in self.took.items()}
        self.took[way] = took

    def cut(self, upload, key, moment, wait_for_job):
        """Commits on a thread and kills: at the moment, or as soon as there is an answer when it is None."""
        answers, refusals, began = [], [], time.monotonic()

        def commit():
            try:
                answers.append(self.service.commit(upload, key)["state"])
            except (OSError, http.client.HTTPException):
                pass  # The service was killed under it.
            except AssertionError as refusal:
                refusals.append(refusal)

        worker = threading.Thread(target=commit)
        worker.start()
        if moment is None:
            worker.join()
            if wait_for_job and answers:
                self.service.wait_committed(upload)
                answers.append("committed")
        else:
            time.sleep(moment)
        took = time.monotonic() - began
        killed = self.service.kill()
        worker.join()
        check(not refusals, f"the commit is refused: {refusals}")
        return answers[-1] if answers else None, took, killed

    def round(self, count):
        """One sheet, one kill (sometimes a second while the restart mends the first), one reckoning."""
        way, job_lines = WAYS[count % 2]
        service, chance = self.service, self.chance
        service.start(job_lines)
        upload, good = self.hand_in()
        key = uuid.uuid4().hex
        # Every fifth kill follows the answer at once, when it is easiest to have promised too much.
        moment = None if count % 5 == 2 else chance.uniform(0, self.took[way] * 1.1)
        again, wait_for_job = chance.random() < 0.25, way == "job" and chance.random() < 0.5
        answer, took, (writing, left, at) = self.cut(upload, key, moment, wait_for_job)

        service.start(job_lines)
        # PostgreSQL may still be busy with the last statement of the dead.
        wait_until(lambda: not left.keys() & service.connections().keys(), 60, "a dead connection lives on")
        seen = service.upload(upload)
        state, stamp = seen["state"], seen.get("committed_at")
        if answer:
            check(state in ("queued", "committed"), f"acknowledged as {answer} and now {state}")
            check(answer == "queued" or state == "committed", f"an acknowledged commit is lost: {state}")
        check(state in ("previewed", "queued", "committed"), f"neither done nor undone: {state}")
        if stamp and datetime.datetime.fromisoformat(stamp).timestamp() < at:
            outcome, where = "committed", "middle" if writing else "after"
        else:
            outcome, where = "rolled back", "middle" if writing else "before"
        if state == "previewed":
            self.compare("rolled back")
            self.absent(good)
            self.timed_commit(way, upload, key)
        elif outcome == "rolled back":
            outcome = "finished by its job"
            if again:
                # A job that nobody had begun at the first kill is begun once only, and may be over before it is seen.
                wait_until(
                    lambda: service.job(upload)["attempts"] > 1 or service.settled(upload),
                    60,
                    "the job is not taken up",
                )
                time.sleep(chance.uniform(0, self.took[way]))
                service.kill()
                service.start(job_lines)
                outcome += ", killed twice"
            service.wait_committed(upload)
        else:
            service.wait_committed(upload)
        self.committed(good)
        self.compare(outcome, service.upload(upload))
        for retry in (key, uuid.uuid4().hex):
            check(service.commit(upload, retry)["accepted"] == len(good), "a retry answers otherwise")
        self.compare("after the retries", service.upload(upload))
        service.kill()
        self.tally.update([where, f"{way} {where}"] + ["acknowledged", f"{way} acknowledged"] * bool(answer))
        heard = f"answered {answer}" if answer else "no answer"
        times = f"{took * 1000:5.0f} of {self.took[way] * 1000:5.0f} ms"
        return f"{way:7} killed at {times}, {where:6} {heard:18} {outcome}"

    def finish(self, rounds):
        """Nobody is missing or left over, nothing hangs; and a long run's kills fell where they prove something."""
        self.service.start(10)
        regions = self.service.ok("GET", "/v1/boards/progress")["regions"]
        posts = [len(self.service.pages("/v1/people", region_id=region["id"])) for region in regions]
        # One more: the person of the due list.
        check(sum(posts) == len(self.people) + 1, f"{posts} people have a post, {len(self.people)} were on sheets")
        uploads = self.service.pages(UPLOADS)
        check(len(uploads) == len(self.classes), f"{len(uploads)} uploads, not {len(self.classes)}")
        check(all(self.service.settled(upload["id"]) for upload in uploads), "a commit or a job hangs")
        self.service.kill()
        if rounds >= 20:
            for way, _ in WAYS:
                for needed in (f"{way} middle", f"{way} acknowledged"):
                    check(self.tally[needed], f"hollow: no kill of {rounds} was '{needed}': {self.tally}")


def main():
    words = argparse.ArgumentParser()
    for name in ("--binary", "--work", "--database"):
        words.add_argument(name, required=True)
    words.add_argument("--rounds", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    told = words.parse_args()
    work, began = pathlib.Path(told.work), time.monotonic()
    kind, database = ("SQLite", None) if told.database == "sqlite" else ("PostgreSQL", told.database)
    write_county(work / "county")
    service = Service(told.binary, work / "data", database)
    try:
        service.run("demo", "--from", str(work / "county"))
        test = Test(service, random.Random(told.seed))
        for way in WAYS:
            test.calibrate(*way)
        for count in range(told.rounds):
            print(f"{kind} {count + 1:3} {test.round(count)}", flush=True)
        test.finish(told.rounds)
    finally:
        if service.process and service.process.poll() is None:
            service.process.kill()
    tally, took = test.tally, time.monotonic() - began
    kills = ", ".join(f"{tally[where]} {where}" for where in ("before", "middle", "after"))
    people = f"{len(test.people)} people and {sum(test.classes)} person-times, all accounted for"
    print(f"{kind}: {told.rounds} kills ({kills}), {tally['acknowledged']} acknowledged; {people}; {took:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as fault:
        print(f"kill-test: {fault}", file=sys.stderr)
        sys.exit(1)
