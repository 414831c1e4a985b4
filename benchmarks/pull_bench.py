"""Measure pull against a bare floor, both from a local org over HTTPS, and say all in ratios.

    python benchmarks/pull_bench.py [--rows 200000] [--rounds 3] [--order id|any|both]

Floor: the same gzipped pages of a bulk query, fetched with requests, parsed with `csv`, put into a bare SQLite table of
texts, Id as its key, with one `executemany` a page. Floor and pull alternate, each in a process of its own; medians are
shown. The org spools its pages before a job is complete; that time is left out of both and shown beside. Imports and
signing in are in neither.
"""

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

LEAD_FIELDS = (
    "Id", "LastName", "FirstName", "Name", "Title", "Company", "Street", "City", "State", "PostalCode", "Country",
    "Phone", "Email", "LeadSource", "Status", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees", "OwnerId",
    "IsConverted", "CreatedDate", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip
OURS = ("IsDeleted", "LastModifiedById", "MasterRecordId")  # a pull asks for these too, so the floor loads them as well
VERSION = "v62.0"
PAGE = 50_000
CHANGED = 0.02


# --- the org, from outside ---


class Asked:
    """The org as a bare client sees it."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        import requests

        from sfsync.clock import SystemClock

        self.facts = facts
        self.clock = SystemClock()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = facts["ca_file"]
        self.session.headers["Authorization"] = f"Bearer {facts['access_token']}"

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Ask the org; give the answer."""
        answer = self.session.request(
            method, f"{self.facts['instance_url']}/services/data/{VERSION}/{path}", timeout=1800, **sent
        )
        answer.raise_for_status()
        return answer

    def finished_job(self, query: str) -> tuple[str, float]:
        """Have a query job done; give its id and the seconds it took."""
        began = time.perf_counter()
        job = self.ask("POST", "jobs/query", json={"operation": "query", "query": query}).json()["id"]
        while self.ask("GET", f"jobs/query/{job}").json()["state"] != "JobComplete":
            self.clock.sleep(0.1)
        return job, time.perf_counter() - began

    def change(self, ids: list[str], number: int) -> None:
        """Change records: three fields of each, by one ingest job."""
        rows = [f"{one},Chief {number},+34 600 {place:06d},Working" for place, one in enumerate(ids)]
        wanted = {"operation": "update", "object": "Lead", "contentType": "CSV", "lineEnding": "LF"}
        job = self.ask("POST", "jobs/ingest", json=wanted).json()["id"]
        text = "\n".join(["Id,Title,Phone,Status", *rows, ""])
        self.ask("PUT", f"jobs/ingest/{job}/batches", data=text.encode(), headers={"Content-Type": "text/csv"})
        self.ask("PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"})
        while (now := self.ask("GET", f"jobs/ingest/{job}").json())["state"] not in ("JobComplete", "Failed"):
            self.clock.sleep(0.1)
        assert now["numberRecordsFailed"] == 0, now


def shuffle_pages(folder: Path) -> None:
    """Put the records of a finished job's pages into no order, as if the org had found them so."""
    from isal import igzip

    pages, records, header = sorted(folder.glob("page-*.csv.gz")), [], b""
    for page in pages:
        with igzip.open(page, "rb") as file:
            header, _, body = file.read().partition(b"\n")
        records += body.removesuffix(b"\n").split(b'\n"00Q')
        records = [one.removeprefix(b'"00Q') for one in records]
    random.Random(7).shuffle(records)
    rest = iter(records)
    for page in pages:
        with igzip.open(page, "wb", compresslevel=1) as file:
            file.write(header + b"\n")
            file.writelines(b'"00Q' + one + b"\n" for one in islice(rest, PAGE))


# --- the steps, each in a process of its own ---


def floor(facts: Mapping[str, Any], folder: Path, order: str) -> dict[str, float]:
    """Fetch and load the pages the bare way."""
    import csv
    import io
    import sqlite3

    org = Asked(facts)
    fields = (*LEAD_FIELDS, *OURS)
    job, job_seconds = org.finished_job(f"SELECT {', '.join(fields)} FROM Lead")  # noqa: S608
    if order == "any":
        shuffle_pages(Path(facts["state_folder"]) / "jobs" / job)
    began, cpu, records, locator = time.perf_counter(), time.process_time(), 0, ""
    connection = sqlite3.connect(folder / "floor.db")
    connection.execute("PRAGMA journal_mode=WAL")
    columns = ", ".join(f"{name} TEXT" for name in fields)
    connection.execute(f"CREATE TABLE Lead ({columns}, PRIMARY KEY (Id))")
    insert = f"INSERT INTO Lead VALUES ({', '.join('?' * len(fields))})"  # noqa: S608
    while locator != "null":
        place = {"locator": locator} if locator else {}
        page = org.ask("GET", f"jobs/query/{job}/results", params={"maxRecords": str(PAGE), **place})
        rows = list(csv.reader(io.StringIO(page.content.decode(), newline="")))
        records += connection.executemany(insert, rows[1:]).rowcount
        connection.commit()
        locator = page.headers["Sforce-Locator"]
    connection.close()
    figures = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "job": job_seconds}
    org.ask("DELETE", f"jobs/query/{job}")
    return {**figures, "records": records}


def pulled(facts: Mapping[str, Any], folder: Path, order: str, full: bool) -> dict[str, float]:
    """Pull as sfsync does, everything it ever imports imported."""
    from random import Random

    import sfsync.cli.main
    import sfsync.daemon.main
    from sfsync.clock import SystemClock
    from sfsync.mirror.open import open_mirror
    from sfsync.plan.brakes import Brakes
    from sfsync.salesforce.connect import OrgAccess, connect
    from sfsync.sync import run
    from sfsync.sync.context import Context, Silence, Target

    assert sfsync.cli.main and sfsync.daemon.main
    clock = SystemClock()
    access = OrgAccess(
        url=facts["instance_url"], grant="client_credentials", client_id=facts["client_id"],
        client_secret=facts["client_secret"], local=True, ca_file=facts["ca_file"],
    )  # fmt: skip
    org = connect(access, clock, chance=Random(1))
    org.identity()
    jobs = _Jobs(org, Path(facts["state_folder"]), order)
    url = facts.get("mirror_url") or f"sqlite:///{folder}/mirror.db"
    mirror = open_mirror(url, clock=clock, writable=True, scratch=folder)
    context = Context(jobs.org, mirror, clock, Silence())
    wanted = run.Order((Target("Lead", LEAD_FIELDS),), _no_rules, Brakes(), lambda plan: None)
    began, cpu = time.perf_counter(), time.process_time()
    with _profiled(folder):
        outcome = run.pull_only(context, wanted, full=full)
    wall, used = time.perf_counter() - began - jobs.seconds, time.process_time() - cpu - jobs.cpu
    mirror.close()
    assert outcome.exit == 0, outcome
    lead = next(one for one in outcome.data["pulled"] if one["sobject"] == "Lead")
    figures = {name: float(lead[name]) for name in ("seen", "new", "changed")}
    return {"wall": wall, "cpu": used, "job": jobs.seconds, **figures, "calls": float(jobs.calls)}


class _Jobs:
    """Takes the time of bulk jobs, from their start until they are complete."""

    def __init__(self, org: Any, state: Path, order: str) -> None:
        from sfsync.salesforce.around import AroundOrg

        measure = self

        class Timed(AroundOrg):
            def _read(self, what: str, ask: Any, calls: int = 1) -> Any:
                measure.calls += calls
                began, cpu = time.perf_counter(), time.process_time()
                answer = ask()
                if what == "bulk_query" and answer.finished:
                    shuffled = [sys.executable, __file__, "--shuffle", str(state / "jobs" / answer.id)]
                    subprocess.run(shuffled if order == "any" else ["true"], check=True)
                if what in ("start_bulk_query", "bulk_query"):
                    measure.seconds += time.perf_counter() - began
                    measure.cpu += time.process_time() - cpu
                return answer

        self.seconds = self.cpu = 0.0
        self.calls = 0
        self.org = Timed(org)


def _no_rules(schemas: Any) -> Any:
    raise AssertionError("a pull reads no rules")


@contextmanager
def _profiled(folder: Path) -> Any:
    """Write a profile of the main thread where SFSYNC_PROFILE is set; figures are then not to be trusted."""
    if not os.environ.get("SFSYNC_PROFILE"):
        yield
        return
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.enable()
    yield
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(25)


def one_step(step: str, facts: Mapping[str, Any], folder: Path, order: str) -> None:
    """Do one step and print its figures as JSON: seconds, counts, peak megabytes of this process."""
    figures = floor(facts, folder, order) if step == "floor" else pulled(facts, folder, order, step == "full")
    tell(figures)


def tell(figures: Mapping[str, float]) -> None:
    """Print the figures of one step as JSON, with this process's peak megabytes."""
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({**figures, "rss": peak, "faults": resource.getrusage(resource.RUSAGE_SELF).ru_majflt}))


# --- the rounds ---


class Bench:
    """One org, measured round by round."""

    def __init__(self, folder: Path, facts: Mapping[str, Any], rows: int) -> None:
        self.folder = folder
        self.facts = facts
        self.rows = rows
        self.figures: dict[str, list[dict[str, float]]] = {}
        self.changes = time.time_ns()  # a number that no earlier change of this org has used

    def round(self, order: str) -> None:
        """Floor, first pull; then 2 % change, and a full, an incremental and an idle pull each see what they can."""
        work = self.folder / "work"
        work.mkdir()
        self.step("floor", work, order)
        assert self.step("first", work, order)["new"] == self.rows
        copy = self.folder / "copy"
        shutil.copytree(work, copy)
        self.change()
        changed = int(self.rows * CHANGED)
        for step, place in (("full", work), ("changes", copy)):
            found = self.step(step, place, order)["changed"]
            assert found == changed, f"{step}: {found} of {changed} changes were found"
        self.step("idle", work, order)
        for used in (work, copy):
            shutil.rmtree(used)

    def step(self, step: str, folder: Path, order: str) -> dict[str, float]:
        """Do one step in a process of its own."""
        return self.took(step, Path(__file__), folder, order)

    def took(self, step: str, script: Path, folder: Path, order: str) -> dict[str, float]:
        """Have a script do a step, and keep its figures."""
        command = [sys.executable, str(script), "--step", step, "--folder", str(folder), "--order", order]
        done = subprocess.run(command, input=json.dumps(self.facts), stdout=subprocess.PIPE, text=True, check=True)
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        self.figures.setdefault(f"{step} {order}", []).append(figures)
        return figures

    def change(self) -> None:
        """Change 2 % of the leads, others in each round."""
        self.changes += 1
        org = Asked(self.facts)
        job, _ = org.finished_job("SELECT Id FROM Lead WHERE IsConverted = FALSE")
        ids, locator = [], ""
        while locator != "null":
            page = org.ask("GET", f"jobs/query/{job}/results", params={"locator": locator} if locator else {})
            ids += [line.strip('"') for line in page.text.split()[1:]]
            locator = page.headers["Sforce-Locator"]
        org.change(random.Random(self.changes).sample(ids, int(self.rows * CHANGED)), self.changes)

    def show(self) -> None:
        """Print medians, and ratios to the floor of the same order."""
        print(f"{self.rows:,} leads x {len(LEAD_FIELDS) + len(OURS)} fields; x is against the floor of that order")
        heads = (("wall s", 8), ("x", 6), ("cpu s", 8), ("x", 6), ("job s", 7), ("total s", 8), ("MB", 5), ("calls", 6))
        print(" " * 14, *(f"{head:>{width}}" for head, width in heads))
        for name, taken in self.figures.items():
            at = {what: statistics.median(one[what] for one in taken) for what in taken[0]}
            base = {what: statistics.median(one[what] for one in self.figures[f"floor {name.split()[1]}"])
                    for what in ("wall", "cpu")}  # fmt: skip
            print(
                f"{name:14} {at['wall']:8.2f} {at['wall'] / base['wall']:6.2f} {at['cpu']:8.2f}"
                f" {at['cpu'] / base['cpu']:6.2f} {at['job']:7.2f} {at['wall'] + at['job']:8.2f} {at['rss']:5.0f}"
                f" {at.get('calls', 0):6.0f}"
            )


def measure(rows: int, rounds: int, orders: list[str], state: Path | None) -> None:
    """Fill an org, measure, and stop it again."""
    from sfsync.clock import SystemClock
    from sfsync.localorg.process.foreground import Options
    from sfsync.localorg.process.lifecycle import start, stop

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = state or folder / "org"
        fresh = not (place / "org.db").exists()
        clock = SystemClock()
        amounts = {"leads": rows, "accounts": 100, "contacts": 0, "opportunities": 0} if fresh else {}
        facts = start(Options(place, **amounts), clock)  # type: ignore[arg-type]
        try:
            bench = Bench(folder, facts.shown(), rows)
            for order in orders:
                for _ in range(rounds):
                    bench.round(order)
            bench.show()
        finally:
            if state is None:
                stop(place, clock)


def main() -> None:
    """Read the arguments and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--order", choices=("id", "any", "both"), default="both", help="of the records in the pages")
    parser.add_argument("--state", type=Path, help="an org with that many leads, which is left running")
    parser.add_argument("--step", choices=("floor", "first", "full", "changes", "idle"), help=argparse.SUPPRESS)
    parser.add_argument("--shuffle", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.shuffle:
        shuffle_pages(arguments.shuffle)
    elif arguments.step:
        one_step(arguments.step, json.load(sys.stdin), arguments.folder, arguments.order)
    else:
        orders = ["id", "any"] if arguments.order == "both" else [arguments.order]
        measure(arguments.rows, arguments.rounds, orders, arguments.state)


if __name__ == "__main__":
    main()
