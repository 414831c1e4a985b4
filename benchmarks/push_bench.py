"""Measure pushing against bare clients, all against one local org over HTTPS, and say it in ratios.

    python benchmarks/push_bench.py [--rows 20000] [--rounds 3]

bulk         so many changed leads, from the plan to the last outcome: staged, held against the mirror, sent by a Bulk
             job, settled with base and journal. Against: simple-salesforce `bulk2.update` of the same rows, its results
             fetched and parsed with `csv`, and the same inserts and updates by plain sqlite3, in one transaction, in a
             copy of the mirror.
books        of that, our own work: all but the waits for the org. Against: those sqlite3 statements.
collections  2,000 changes, looked at before, by collections calls. Against: the same calls by simple-salesforce. The
             local org answers one in a hundredth of a second, less than the same rows take in plain sqlite3.
+150 ms      the same where each answer takes so much longer, as those of the quickest real orgs do.
memory       the peaks of processes that do all of that for a tenth of the rows, and for all: gather the plan, stage,
             send and settle it. It is to be the same, and at most 150 MB.

The time in which the org works at a job is left out of both sides and shown beside. Sides alternate, each in a process
of its own, with other values each time; medians are shown. Imports, signing in, and the pull before are in neither.
"""

import argparse
import csv
import io
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FEW = 2_000
FIELDS = ("Id", "LastName", "Company", "Title", "Phone", "Status", "IsConverted", "SystemModstamp")
SLOWER_MS = 150
GOALS = {"bulk": 1.75, "books": 2.5, "collections": 1.3, f"+{SLOWER_MS} ms": 1.3}
MOST_MB = 150
RUN = 1_000_000  # a run that no mirror of ours has

Figures = dict[str, float]


def wanted(number: int, place: int) -> dict[str, str]:
    """Give what a lead is to hold after a push."""
    return {"Title": f"Chief {number}", "Phone": f"+34 {number % 1000:03d} {place:06d}"}


# --- the bare side ---


def bare_client(facts: Mapping[str, Any]) -> Any:
    """Give a client as a stranger makes one."""
    import requests
    from simple_salesforce.api import Salesforce

    session = requests.Session()
    session.trust_env = False
    session.verify = facts["ca_file"]
    return Salesforce(
        instance_url=facts["instance_url"], session_id=facts["access_token"], session=session, version="62.0"
    )


def bare_bulk(facts: Mapping[str, Any], folder: Path, number: int, rows: int) -> Figures:
    """Push by simple-salesforce, and keep what came of it by plain sqlite3."""
    from simple_salesforce import bulk2

    client, ids = bare_client(facts), leads_in(folder, rows)
    statements = prepared(folder, number, ids)
    job = 0.0
    wait_for_job = bulk2._Bulk2Client.wait_for_job

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal job
        began = time.perf_counter()
        done = wait_for_job(*args, **kwargs)
        job += time.perf_counter() - began
        return done

    bulk2._Bulk2Client.wait_for_job = timed
    began = time.perf_counter()
    records = [{"Id": one, **wanted(number, place)} for place, one in enumerate(ids)]
    (outcome,) = client.bulk2.Lead.update(records=records, wait=0.1)
    taken = client.bulk2.Lead.get_successful_records(outcome["job_id"])
    outcomes = {row["Id"]: row for row in csv.DictReader(io.StringIO(taken, newline=""))}
    failed = client.bulk2.Lead.get_failed_records(outcome["job_id"])
    assert len(list(csv.reader(io.StringIO(failed, newline="")))) == 1
    assert outcomes.keys() == set(ids)
    books = bare_books(folder, statements)
    return {"wall": time.perf_counter() - began - job, "job": job, "books": books, "commits": 1.0}


def prepared(folder: Path, number: int, ids: list[str]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Give what a push writes into its books as plain statements: entries in four states, base and journal."""
    now = "2026-11-24T12:30:45.000Z"
    held = dict(_asked(folder, "SELECT Id, json_array(Title, Phone) FROM Lead"))
    first = 1 + int(_asked(folder, "SELECT coalesce(max(id), 0) FROM _outbox")[0][0])
    entries, settled, base, lines = [], [], [], []
    for place, one in enumerate(ids):
        before, after = json.loads(held[one]), wanted(number, place)
        fields = [[name, old, after[name], [REASON]] for name, old in zip(after, before, strict=True)]
        change = {"action": "update", "sobject": "Lead", "id": one, "fields": fields, "because": [], "key": None,
                  "key_field": None, "row": None}  # fmt: skip
        entries.append((first + place, RUN, one, one, json.dumps(change)))
        settled.append((now, first + place))
        base.append((*after.values(), RUN, one))
        lines += [(RUN, now, one, name, old, new, json.dumps(why)) for name, old, new, why in fields]
    return [
        ("INSERT INTO _outbox (id, run, state, action, sobject, record_id, about, change, attempts, code, message)"
         " VALUES (?, ?, 'NEW', 'update', 'Lead', ?, ?, ?, 0, '', '')", entries),
        ("UPDATE _outbox SET state = 'CLAIMED' WHERE run = ?", [(RUN,)]),
        ("UPDATE _outbox SET state = 'SENT', sent_at = ?, attempts = 1, job = 1 WHERE run = ?", [(now, RUN)]),
        ("UPDATE _outbox SET state = 'APPLIED', settled_at = ? WHERE id = ?", settled),
        ("UPDATE Lead SET Title = ?, Phone = ?, _run = ? WHERE Id = ?", base),
        ("INSERT INTO _journal (run, at, sobject, record_id, field, kind, before, after, origin, because)"
         " VALUES (?, ?, 'Lead', ?, ?, 'text', ?, ?, 'sfsync', ?)", lines),
        ("INSERT OR IGNORE INTO _voided VALUES ('Lead', ?)", [(one,) for one in ids]),
    ]  # fmt: skip


REASON = "push_bench: two fields of every lead"


def bare_books(folder: Path, statements: list[tuple[str, list[tuple[Any, ...]]]]) -> float:
    """Write statements into a copy of the mirror in one transaction; give the seconds."""
    began = time.perf_counter()
    connection = sqlite3.connect(folder / "copy.db", isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    for statement, rows in statements:
        connection.executemany(statement, rows)
    connection.execute("COMMIT")
    connection.close()
    return time.perf_counter() - began


def bare_collections(facts: Mapping[str, Any], folder: Path, number: int, rows: int) -> Figures:
    """Write few changes by bare collections calls."""
    client, ids = bare_client(facts), leads_in(folder, rows)
    began = time.perf_counter()
    for start in range(0, len(ids), 200):
        bodies = [
            {"attributes": {"type": "Lead"}, "id": one, **wanted(number, start + place)}
            for place, one in enumerate(ids[start : start + 200])
        ]
        answers = client.restful("composite/sobjects", method="PATCH", json={"allOrNone": False, "records": bodies})
        assert all(answer["success"] for answer in answers), answers
    return {"wall": time.perf_counter() - began, "job": 0.0}


# --- our side ---


def ours(facts: Mapping[str, Any], folder: Path, number: int, rows: int) -> Figures:
    """Pull, then push a plan of so many changes as `sfsync apply` does."""
    import sfsync.cli.main
    from sfsync.plan.brakes import Brakes
    from sfsync.sync import apply, run
    from sfsync.sync.context import Target
    from sfsync.sync.readback import read_after

    assert sfsync.cli.main
    waits, context = _surroundings(facts, folder)
    mirror = context.mirror
    order = run.Order((Target("Lead", FIELDS),), _no_rules, Brakes(), lambda plan: None)
    assert run.pull_only(context, order, full=False).exit == 0
    proposal = _proposal(context, rows, number)
    commits = Commits(mirror)
    with run.begin(context, "apply", 30.0) as run_id:
        waits.reset()
        commits.reset()
        began = time.perf_counter()
        ahead = run.stage(context, run_id, proposal, run.to_send(context, proposal))
        apply.send(context, run_id, ahead=ahead)
        wall = time.perf_counter() - began - waits.job
        figures = {"wall": wall, "job": waits.job, "books": wall - waits.seconds, "commits": float(commits.made)}
        figures["calls"] = float(waits.calls)
        began = time.perf_counter()
        read_after(context, run_id)
        figures["after"] = time.perf_counter() - began
    with mirror.reading() as books:
        assert books.outbox.counts(run_id) == {"APPLIED": rows}, books.outbox.counts(run_id)
    mirror.close()
    return figures


def _surroundings(facts: Mapping[str, Any], folder: Path) -> Any:
    """Give the waits for the org, and the context of a run."""
    from random import Random

    from sfsync.clock import SystemClock
    from sfsync.mirror.open import open_mirror
    from sfsync.salesforce.connect import OrgAccess, connect
    from sfsync.sync.context import Context, Silence

    clock = SystemClock()
    access = OrgAccess(
        url=facts["instance_url"], grant="client_credentials", client_id=facts["client_id"],
        client_secret=facts["client_secret"], local=True, ca_file=facts["ca_file"],
    )  # fmt: skip
    waits = Waits(connect(access, clock, chance=Random(1)))
    waits.org.identity()
    mirror = open_mirror(f"sqlite:///{folder}/mirror.db", clock=clock, writable=True)
    return waits, Context(waits.org, mirror, clock, Silence())


def _no_rules(schemas: Any) -> Any:
    raise AssertionError("a push reads no rules")


def _proposal(context: Any, rows: int, number: int) -> Any:
    """Plan changes of so many leads, as a rule's plan is gathered."""
    from itertools import islice

    from sfsync.plan.plan import Plan
    from sfsync.records.change import Action, Change, FieldChange
    from sfsync.sync.propose import Proposal

    changes = context.mirror.scratch.changes()
    with context.mirror.reading() as books:
        leads = books.records.records("Lead", ["Title", "Phone", "IsConverted"])
        changes.add(
            Change(Action.UPDATE, "Lead", one.id, tuple(
                FieldChange(name, one.fields[name], value, (REASON,)) for name, value in wanted(number, place).items()
            ))
            for place, one in enumerate(islice((one for one in leads if one.fields["IsConverted"] is False), rows))
        )  # fmt: skip
    return Proposal(Plan(context.org.identity().org_id, context.clock.now(), changes.all()))


class Waits:
    """Takes the time of calls to an org: of those that look at a job, and of all others."""

    def __init__(self, org: Any) -> None:
        from sfsync.salesforce.around import AroundOrg

        waits = self

        class Timed(AroundOrg):
            def _write(self, what: str, ask: Any, calls: int = 1) -> Any:
                began = time.perf_counter()
                try:
                    return ask()
                finally:
                    spent = time.perf_counter() - began
                    waits.calls += calls
                    if what in ("ingest", "bulk_query", "start_bulk_query"):
                        waits.job += spent
                    else:
                        waits.seconds += spent

            _read = _write

        self.reset()
        self.org = Timed(org)

    def reset(self) -> None:
        """Begin anew."""
        self.seconds = self.job = 0.0
        self.calls = 0


class Commits:
    """Counts the durable transactions of a mirror."""

    def __init__(self, mirror: Any) -> None:
        from sqlalchemy import event

        self.reset()

        @event.listens_for(mirror.writer, "commit")
        def _committed(connection: Any) -> None:
            raw = connection.connection.driver_connection
            self.made += raw.execute("PRAGMA synchronous").fetchone()[0] == 2

    def reset(self) -> None:
        """Begin anew."""
        self.made = 0


# --- the rounds ---


def _asked(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{folder}/mirror.db?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def leads_in(folder: Path, rows: int) -> list[str]:
    """Give the ids of so many leads that can be changed."""
    sql = f"SELECT Id FROM Lead WHERE IsConverted = 0 AND _deleted = 0 ORDER BY Id LIMIT {int(rows)}"  # noqa: S608
    return [one for (one,) in _asked(folder, sql)]


STEPS = {
    "bare bulk": bare_bulk,
    "bare collections": bare_collections,
    f"bare +{SLOWER_MS} ms": bare_collections,
    "ours bulk": ours,
    "ours collections": ours,
    f"ours +{SLOWER_MS} ms": ours,
    "memory": ours,
}


def one_step(step: str, facts: Mapping[str, Any], folder: Path, number: int, rows: int) -> None:
    """Do one step and print its figures as JSON, with the peak megabytes of its process."""
    figures = STEPS[step](facts, folder, number, rows)
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({**figures, "rss": peak}))


class Bench:
    """One org and its mirror, measured round by round."""

    def __init__(self, folder: Path, facts: Mapping[str, Any], rows: int) -> None:
        self.folder = folder
        self.facts = facts
        self.rows = {"bulk": rows, "collections": min(FEW - 1, rows), f"+{SLOWER_MS} ms": min(FEW - 1, rows)}
        self.figures: dict[str, list[Figures]] = {}
        self.number = time.time_ns() // 1_000_000 % 100_000

    def first_pull(self) -> None:
        """Make the mirror."""
        self._do("ours collections", 1)
        self.figures.clear()

    def round(self, kind: str) -> None:
        """Push once by each side."""
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"copy.db{suffix}").unlink(missing_ok=True)
        connection = sqlite3.connect(self.folder / "mirror.db")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copy(self.folder / "mirror.db", self.folder / "copy.db")
        slower = {"id": "slower", "do": {"delay_ms": SLOWER_MS}, "when": {"method": "PATCH"}}
        self._control("DELETE", "faults")
        if kind.startswith("+"):
            self._control("POST", "faults", [slower])
        for side in ("bare", "ours"):
            self._do(f"{side} {kind}", self.rows[kind])

    def memory(self, rows: int) -> None:
        """Push so many changes once more, for what that takes."""
        self._do("memory", rows)

    def _do(self, step: str, rows: int) -> None:
        self.number += 1
        self._control("POST", "clock", {"advance": 120})  # so that no pull brings again what the push before it wrote
        command = [sys.executable, __file__, "--step", step, "--folder", str(self.folder), "--rows", str(rows)]
        done = subprocess.run(
            [*command, "--number", str(self.number)], input=json.dumps(self.facts), stdout=subprocess.PIPE, text=True,
            check=True,
        )  # fmt: skip
        self.figures.setdefault(step, []).append(json.loads(done.stdout.splitlines()[-1]))

    def _control(self, method: str, path: str, body: object = None) -> None:
        """Ask the org's control plane."""
        import requests

        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.facts["ca_file"]
            session.request(method, f"{self.facts['control_url']}/{path}", json=body, timeout=60).raise_for_status()

    def show(self) -> None:
        """Print the medians of both sides, their ratios, and what was aimed at."""
        print(f"{'':12} {'changes':>8} {'bare s':>8} {'ours s':>8} {'x':>6} {'goal':>6} {'job s':>7} {'MB':>5}")
        for name, goal in GOALS.items():
            kind, what = ("bulk", "books") if name == "books" else (name, "wall")
            bare, our = self._median(f"bare {kind}", what), self._median(f"ours {kind}", what)
            job, peak = self._median(f"ours {kind}", "job"), self._median(f"ours {kind}", "rss")
            print(
                f"{name:12} {self.rows[kind]:8,} {bare:8.2f} {our:8.2f} {our / bare:6.2f} {goal:6.2f} {job:7.2f}"
                f" {peak:5.0f}"
            )
        commits, calls, after = (self._median("ours bulk", what) for what in ("commits", "calls", "after"))
        small, large = (one["rss"] for one in self.figures["memory"])
        print(
            f"memory: {small:.0f} MB for {self.rows['bulk'] // 10:,} changes, {large:.0f} MB for all; goal {MOST_MB} MB"
        )
        print(
            f"bulk took {commits:.0f} durable commits and {calls:.0f} calls; reading all of it again took {after:.2f} s"
        )

    def _median(self, step: str, what: str) -> float:
        return statistics.median(one[what] for one in self.figures[step])


@contextmanager
def local_org(folder: Path, leads: int) -> Iterator[Mapping[str, Any]]:
    """Run a local org with so many leads that can be changed, and some more."""
    from sfsync.clock import SystemClock
    from sfsync.localorg.process.foreground import Options
    from sfsync.localorg.process.lifecycle import start, stop

    clock = SystemClock()
    options = Options(folder / "org", leads=leads * 5 // 4 + 100, accounts=100, contacts=0, opportunities=0)
    facts = start(options, clock)
    try:
        yield facts.shown()
    finally:
        stop(folder / "org", clock)


def measure(rows: int, rounds: int) -> None:
    """Fill an org, measure, and stop it again."""
    with tempfile.TemporaryDirectory() as name, local_org(Path(name), rows) as facts:
        bench = Bench(Path(name), facts, rows)
        bench.first_pull()
        for kind in bench.rows:
            for _ in range(rounds):
                bench.round(kind)
        bench.memory(rows // 10)
        bench.memory(rows)
        bench.show()


def main() -> None:
    """Read the arguments and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        one_step(arguments.step, json.load(sys.stdin), arguments.folder, arguments.number, arguments.rows)
    else:
        measure(arguments.rows, arguments.rounds)


if __name__ == "__main__":
    main()
