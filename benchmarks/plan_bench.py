"""Measure planning over leads whose decisions are stored against reading the same fields from the mirror.

    python benchmarks/plan_bench.py [--rows 1000000] [--rounds 3]

reading   one loop over all leads in the mirror, in the fields that the shipped rules read.
planning  a plan by the shipped rules over the same leads: one in fifty differs from what was decided, half of them
          because somebody changed the lead since, half because what was decided was never written.

Each figure is taken in a process of its own, both in turn; medians are shown, and the most memory either held. Making
the mirror, deciding for the first time and reading the rules are in neither.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mirror_bench import FIELDS, row

GOAL = 3.0
MOST_MB = 150
ONE_IN = 50  # leads that differ
MORE = {
    "Grade__c": "string",
    "Sfsync_Why__c": "string",
    "State": "string",
    "Industry": "picklist",
    "Rating": "picklist",
}
ME = "0055e000001abcDAAQ"
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
CHUNK = 20_000  # leads that are made, or decided, at once


def schema() -> Any:
    """Give what an org says of its leads."""
    from sfsync.records.schema import sobject_from_describe

    facts = {"nillable": True, "createable": True, "updateable": True, "length": 255, "precision": 18, "scale": 2}
    fields = [{"name": name, "type": kind, **facts} for name, kind in {**FIELDS, **MORE}.items()]
    owner = next(one for one in fields if one["name"] == "OwnerId")
    owner |= {"referenceTo": ["User", "Group"], "relationshipName": "Owner"}
    named = {"name": "Lead", "createable": True, "updateable": True, "deletable": True, "fields": fields}
    return sobject_from_describe(named)


def opened(folder: Path, *, writable: bool) -> Any:
    """Open the mirror."""
    from sfsync.clock import SetClock
    from sfsync.mirror.open import open_mirror

    return open_mirror(f"sqlite:///{folder}/mirror.db", clock=SetClock(NOW), writable=writable)


def rulebook() -> Any:
    """Read the shipped rules."""
    from sfsync.app.wiring import read_rules

    return read_rules(Path(__file__).parents[1] / "rules", {"Lead": schema()})[0]


def make(folder: Path, rows: int) -> None:
    """Make a mirror of so many leads, all decided, one in fifty of which differs."""
    mirror = opened(folder, writable=True)
    names = [*FIELDS, *MORE]
    with mirror.writing() as books:
        books.schemas.put(schema(), names)
        books.records.shape(schema(), names)
    chance = random.Random(7)
    for first in range(0, rows, CHUNK):
        some = [_typed(row(number, chance)) for number in range(first, min(first + CHUNK, rows))]
        with mirror.writing() as books:
            books.records.take("Lead", names, some, run=1)
    decide_all(mirror)
    mirror.close()


def _typed(texts: Sequence[str]) -> list[object]:
    """Give a line of a CSV as REST would answer it."""
    numbers = {"double": float, "currency": float, "int": int, "boolean": lambda text: text == "true"}
    values: list[object] = [
        None if text == "" else numbers.get(kind, str)(text)  # type: ignore[operator]
        for text, kind in zip(texts, FIELDS.values(), strict=True)
    ]
    return [*values, *(None for _ in MORE)]


def decide_all(mirror: Any) -> None:
    """Decide on all leads and write what was decided, but for some; others are changed by somebody afterwards."""
    from sfsync.mirror.decided import Standing
    from sfsync.mirror.slices import slices
    from sfsync.plan.compare import compare
    from sfsync.rules.decide import Deciding
    from sfsync.rules.fingerprint import fingerprint
    from sfsync.sync.facing import faced, people_of

    book, kind = rulebook(), schema()
    with mirror.reading() as books:
        face = faced(books, book, kind, people_of(books, ME), {}, NOW, UTC)
        by = fingerprint(book, kind, face.facts)
        assert by is not None
        ids = [record.id for record in books.records.records("Lead", ["Id"])]
    deciding = Deciding.begin(book, face.facts)
    for place, some in enumerate(slices(ids, CHUNK)):
        with mirror.writing() as books:
            records = list(faced(books, book, kind, face.facts.people, {}, NOW, UTC).records(some))
            decisions = [deciding.decide(record) for record in records]
            books.decisions.put([one for each in decisions for one in each], run=2, taken=False)
            changes = [compare(record, each, kind) for record, each in zip(records, decisions, strict=True)]
            written = [
                (one.id, one.after()) for number, one in enumerate(changes) if one and (number + place) % (ONE_IN * 2)
            ]
            books.records.settle("Lead", written, run=2, because=[{}] * len(written))
    with mirror.writing() as books:
        books.decided.put("Lead", Standing(by, 3, books.decided.last_line(), ()))
        for some in slices(ids[7 :: ONE_IN * 2], CHUNK):
            rows = [[record_id, 1.0] for record_id in some]
            books.records.take("Lead", ["Id", "Score__c"], rows, run=4)


def read(folder: Path) -> int:
    """Read all leads in the fields that the rules read."""
    book = rulebook()
    mirror = opened(folder, writable=False)
    with mirror.reading() as books:
        needed = [name for name in books.schemas.pulled("Lead") if name in book.fields("Lead") or name == "Id"]
        began = time.perf_counter()
        found = sum(1 for _ in books.records.records("Lead", needed))
        told(time.perf_counter() - began)
    return found


def plan(folder: Path) -> int:
    """Plan by the shipped rules."""
    from sfsync.plan.brakes import Brakes
    from sfsync.sync.propose import propose

    book = rulebook()
    mirror = opened(folder, writable=False)
    with mirror.reading() as books:
        began = time.perf_counter()
        proposal = propose(books, mirror.scratch, book, Brakes(), org_id="00D5e0000000000EAA", me=ME, now=NOW)
        told(time.perf_counter() - began)
    return len(proposal.plan.changes)


def told(seconds: float) -> None:
    """Print what a step took."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "peak_mb": round(peak)}), flush=True)


def step(name: str, folder: Path, rows: int) -> Mapping[str, float]:
    """Do a step in a process of its own; give what it took."""
    asked = [sys.executable, __file__, "--step", name, "--folder", str(folder), "--rows", str(rows)]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip().splitlines()
    figures: dict[str, float] = json.loads(answer[0])
    return {**figures, "found": int(answer[1])}


def main() -> None:
    """Measure, or do one step of it."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--step", choices=["read", "plan"])
    asked.add_argument("--folder", type=Path)
    given = asked.parse_args()
    if given.step:
        print({"read": read, "plan": plan}[given.step](given.folder))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as named:
        folder = Path(named)
        make(folder, given.rows)
        rounds = [(step("read", folder, given.rows), step("plan", folder, given.rows)) for _ in range(given.rounds)]
    reading, planning = (statistics.median(side[place]["seconds"] for side in rounds) for place in (0, 1))
    print(f"{given.rows:,} leads, {rounds[0][1]['found']:,.0f} of them differ")
    print(f"reading   {reading:7.2f} s, at most {max(side[0]['peak_mb'] for side in rounds):,.0f} MB")
    print(
        f"planning  {planning:7.2f} s, at most {max(side[1]['peak_mb'] for side in rounds):,.0f} MB; goal {MOST_MB} MB"
    )
    print(f"ratio     {planning / reading:7.2f}, to reach {GOAL}")


if __name__ == "__main__":
    main()
