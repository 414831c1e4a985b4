"""Kill a working sfsync again and again, while answers get lost and calls come minutes late, and count what went wrong.

    python benchmarks/kill_bench.py [--kills 300] [--leads 2400] [--seed N]

Real commands in a real folder, killed by SIGKILL at random points of their work: imports of new leads, imports of new
titles (by collections calls and by Bulk jobs), and pulls of what others changed. Of the org's answers to writes some
are lost before they count, some after, and some calls come minutes after they were given up. Each command is then
started again, or its import resumed, as a person would. After each round:

lost     a row of a file that is no record, or a title that never came
twice    a row that is two records, or one title journaled twice for one lead
stale    a title that an older call wrote over a newer one
verify   differences between mirror and org, at the end, by `sfsync verify --level 3`
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import requests

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.machines.folder import Folder, open_folder

JOB = 2_000  # rows from which an import goes by a Bulk job
OPEN = ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING")
TROUBLE = [
    {"id": f"{name} {method}", "do": do, "when": {"method": method, "path": path, "prob": prob}}
    for name, do, method, path, prob in (
        ("lost before", "drop_before_commit", "PATCH", "^.*/composite/", 0.15),
        ("lost after", "drop_after_commit", "PATCH", "^.*/composite/", 0.2),
        ("ghost", {"ghost": {"delay": 120}}, "PATCH", "^.*/composite/", 0.2),
        ("lost after", "drop_after_commit", "POST", "^.*/jobs/ingest/?$", 0.25),
        ("lost after", "drop_after_commit", "PUT", "^.*/jobs/ingest/", 0.25),
        ("lost before", "drop_before_commit", "PATCH", "^.*/jobs/ingest/", 0.25),
        ("cut", {"reset_at": 5_000}, "GET", "^.*/successfulResults", 0.3),
        ("busy", {"status": 503, "body": "<html>"}, "GET", "^.*/query", 0.1),
    )
]


class Trial:
    """A folder, and what its org has to hold after all that was asked of it."""

    def __init__(self, folder: Folder, random: Random) -> None:
        self.folder = folder
        self.random = random
        self.number = 0
        self.leads = [one for (one,) in folder.held("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id")]
        self.titles: dict[str, str] = {}  # lead -> the title it was given last
        self.names: list[str] = []  # last names of the leads that were made
        self.wrong: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()

    def round(self) -> None:
        """Do one piece of work, killed on the way, and look at what came of it."""
        self.number += 1
        self.folder.order(*TROUBLE)
        self.random.choice((self.insert, self.retitle, self.retitle, self.pull))()
        self.struck.update(self.folder.struck())
        self.folder.order()
        self.folder.ten_minutes_pass()
        self._finish_imports()
        self._look()

    def insert(self) -> None:
        """Import new leads."""
        names = [f"Row {self.number} {place}" for place in range(self._rows())]
        self.names += names
        self._import("insert", ("LastName", "Company"), [(name, "Wool") for name in names])

    def retitle(self) -> None:
        """Import new titles of leads, twice, the newer while calls of the older may still come."""
        for half in ("a", "b"):
            some = sorted(self.random.sample(self.leads, min(self._rows(), len(self.leads))))
            title = f"Title {self.number}{half}"
            self.titles.update(dict.fromkeys(some, title))
            self._import("update", ("Id", "Title"), [(one, title) for one in some])

    def pull(self) -> None:
        """Pull what others changed meanwhile."""
        changed = self.random.sample(self.leads, 150)
        bodies = [{"attributes": {"type": "Lead"}, "id": one, "Phone": str(self.number)} for one in changed]
        address = f"{self.folder.org['instance_url']}/services/data/v62.0/composite/sobjects"
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.folder.org["ca_file"]
            token = {"Authorization": f"Bearer {self.folder.org['access_token']}", "Sforce-Auto-Assign": "FALSE"}
            self.folder.order()  # others meet no trouble
            session.patch(address, json={"records": bodies}, headers=token, timeout=60).raise_for_status()
        for _ in range(self.random.randrange(2, 6)):
            self._killed(("pull", *self.random.choice(((), ("--full",)))))
        self.folder.run("pull")

    def _rows(self) -> int:
        return self.random.choice((150, 700, 700, JOB))

    def _import(self, operation: str, header: tuple[str, ...], rows: list[tuple[str, str]]) -> None:
        name = f"{operation}-{self.number}-{len(rows)}-{self.random.randrange(1_000_000)}.csv"
        with (self.folder.path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        start = ("import", name, "--sobject", "Lead", "--operation", operation, "--yes")
        for _ in range(self.random.randrange(2, 7)):
            if not self._killed(self._begun(name) or start):
                return
        self.folder.run(*(self._begun(name) or start))

    def _begun(self, name: str) -> tuple[str, ...] | None:
        """Give how the import of a file is gone on with, None where it never began."""
        known = self.folder.held_in_mirror(
            f"SELECT id FROM _runs WHERE command = 'import' AND json_extract(detail, '$.file') LIKE '%/{name}'"  # noqa: S608
            " AND json_extract(detail, '$.resumes') IS NULL"
        )
        return ("import", "--resume", str(known[0][0]), "--yes") if known else None

    def _killed(self, arguments: tuple[str, ...]) -> bool:
        """Start a command and kill it; False where it ended before."""
        runs = self.folder.one("SELECT coalesce(max(id), 0) FROM _runs")
        staged = self.folder.one("SELECT count(*) FROM _outbox")
        at_work = self.random.random() < 0.7 and arguments[0] != "pull" and "--resume" not in arguments

        def begun(folder: Folder) -> bool:
            if at_work:
                return bool(folder.one("SELECT count(*) FROM _outbox") > staged)
            return bool(folder.one("SELECT coalesce(max(id), 0) FROM _runs") > runs)

        return self.folder.killed(arguments, begun, self.random.randrange(8), self.random.uniform(0, 0.1))

    def _finish_imports(self) -> None:
        """Resume whatever is open, oldest first: a row may wait for one of the import before."""
        for (run,) in self.folder.held_in_mirror(
            f"SELECT DISTINCT run FROM _outbox WHERE state IN {OPEN} ORDER BY run"  # noqa: S608 - ours
        ):
            outcome = self.folder.run("import", "--resume", str(run), "--yes")
            if outcome["exit"] != 0:
                print(
                    f"round {self.number}: resuming run {run} ended so: {outcome['counts']} {outcome['problems'][:2]}"
                )

    def _look(self) -> None:
        """Hold the org and the journal against what was asked for."""
        made = Counter(name for (name,) in self.folder.held("SELECT LastName FROM Lead WHERE LastName LIKE 'Row %'"))
        self.wrong["lost"] = sum(made[name] == 0 for name in self.names)
        self.wrong["twice"] = sum(times > 1 for times in made.values())
        held = dict(self.folder.held("SELECT Id, Title FROM Lead"))
        off = [lead for lead, title in self.titles.items() if held[lead] != title]
        older = [lead for lead in off if str(held[lead]).startswith("Title ")]
        self.wrong["stale"] = max(self.wrong["stale"], len(older))
        self.wrong["lost"] += len(off) - len(older)
        doubled = (
            "SELECT count(*) FROM (SELECT 1 FROM _journal WHERE field = 'Title' AND after LIKE 'Title %'"
            " GROUP BY record_id, after HAVING count(*) > 1)"
        )
        self.wrong["twice"] += self.folder.one(doubled)

    def end(self) -> None:
        """Pull, and have mirror and org compared."""
        self.folder.run("pull")
        verified = self.folder.run("verify", "--level", "3")
        self.wrong["verify"] = verified["counts"].get("differences", 1)
        self.wrong["open"] = sum(number for state, number in self.folder.states().items() if state in OPEN)


def main() -> int:
    """Read the arguments, kill, and tell; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--leads", type=int, default=2_400)
    parser.add_argument("--seed", type=int, default=Random().randrange(1 << 32))
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, open_folder(Path(name) / "shop", arguments.leads) as folder:
        settings = folder.path / "sfsync.toml"
        text = settings.read_text(encoding="utf-8").replace("overwrites = 500", "overwrites = 1_000_000")
        settings.write_text(text.replace("overwrites_percent = 20", "overwrites_percent = 100"), encoding="utf-8")
        trial = Trial(folder, Random(arguments.seed))
        while len(folder.kills) < arguments.kills:
            trial.round()
        trial.end()
    inside = sum(any(kill[state] for state in OPEN) for kill in folder.kills)
    calling = sum(bool(kill["SENT"]) for kill in folder.kills)
    took = f"{trial.number} rounds and {time.monotonic() - began:.0f} s"
    print(f"seed {arguments.seed}: {len(folder.kills)} kills in {took}")
    print(f"{inside} of them with changes open, {calling} with a call or a job out")
    print("answers that went wrong:", json.dumps(dict(trial.struck)))
    print("lost {lost}, twice {twice}, stale {stale}, verify {verify}, open {open}".format_map(trial.wrong))
    return 1 if trial.wrong.total() else 0


if __name__ == "__main__":
    sys.exit(main())
