"""Promises under kill -9: however often and wherever real commands die, nothing is lost and nothing is done twice.

Kills fall at random points, by a seed that is printed on failure (SFSYNC_SEED repeats it). Each is placed by what the
command has committed so far, so that it lands inside the work on a slow machine as on a fast one.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.machines.folder import Folder, chance, open_folder

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

ROWS = 2_000
KILLS = 30
GROUP = 200  # records in one call: what a kill may cause to be repeated
DROPS = [
    {
        "id": "not arrived",
        "do": "drop_before_commit",
        "when": {"method": "PATCH", "path": "/services/data", "every": 3},
    },
    {"id": "arrived", "do": "drop_after_commit", "when": {"method": "PATCH", "path": "/services/data", "every": 2}},
    {"id": "a look", "do": "drop_before_commit", "when": {"method": "POST", "path": "/services/data", "every": 5}},
    {"id": "a page", "do": "drop_after_commit", "when": {"method": "GET", "path": "/services/data", "every": 7}},
    {"id": "session", "do": "expire_session", "when": {"path": "/services/data", "every": 11}},
    {"id": "busy", "do": {"status": 503, "body": "<html>"}, "when": {"path": "/services/data", "every": 13}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A working folder with an org of 2,000 leads that nobody has scored, pulled once."""
    with open_folder(tmp_path / "shop", ROWS) as opened:
        yield opened


def rows_file(folder: Folder) -> list[str]:
    """Write a file of new leads; give the import's arguments."""
    with (folder.path / "new.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("LastName", "Company"))
        writer.writerows((f"Row {number}", "Wool") for number in range(ROWS))
    return ["import", "new.csv", "--sobject", "Lead", "--operation", "insert", "--yes"]


def newest_import(folder: Folder) -> int | None:
    """Find the run to resume, as a person would: in what `sfsync runs` lists."""
    imports = [run["id"] for run in folder.run("runs")["runs"] if run["command"] == "import"]
    return imports[0] if imports else None


def check_imported(folder: Folder) -> None:
    """Every row of the file is one record of the org, by its key and by its content; all else is as it was."""
    made = folder.held("SELECT LastName, Company, Sfsync_Key__c FROM Lead WHERE LastName LIKE 'Row %' ORDER BY Id")
    assert Counter(name for name, _, _ in made) == Counter(f"Row {number}" for number in range(ROWS))
    assert len({key for _, _, key in made if key}) == ROWS
    assert {company for _, company, _ in made} == {"Wool"}
    assert folder.held("SELECT count(*) FROM Lead") == [(2 * ROWS,)]
    assert folder.states() == {"APPLIED": ROWS}
    assert folder.one("SELECT count(DISTINCT json_extract(change, '$.row')) FROM _outbox") == ROWS


def check_synced(folder: Folder) -> None:
    """Every lead was written once and holds what the rules want; none was made or lost."""
    assert folder.held("SELECT count(*), count(Score__c) FROM Lead") == [(ROWS, ROWS)]
    assert set(folder.states()) <= {"APPLIED", "SUPERSEDED"}
    written = "SELECT count(DISTINCT record_id) FROM _outbox WHERE state = 'APPLIED'"
    assert folder.one(written) == ROWS
    twice = """SELECT count(*) FROM (SELECT 1 FROM _journal WHERE origin = 'sfsync'
               GROUP BY record_id, field HAVING count(*) > 1)"""
    assert folder.one(twice) == 0
    assert folder.run("plan")["counts"]["planned"] == 0


def check_agreed(folder: Folder) -> None:
    """Mirror and org hold the same in every field, and no run is left open."""
    assert folder.run("pull")["exit"] == 0
    verified = folder.run("verify", "--level", "3")
    assert (verified["exit"], verified["counts"]["differences"]) == (0, 0), verified["problems"][:5]
    assert folder.one("SELECT count(*) FROM _runs WHERE ended_at IS NULL") == 0


def check_landed(kills: list[Counter[str]], seed: int) -> None:
    """Most kills fell while there was work in the outbox, some of them with a call under way."""
    open_states = ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING")
    inside = [kill for kill in kills if any(kill[state] for state in open_states)]
    calling = [kill for kill in kills if kill["SENT"]]
    told = f"seed {seed}; entries by state after each kill: {[dict(kill) for kill in kills]}"
    assert len(kills) >= KILLS and len(inside) >= KILLS * 2 // 3 and len(calling) >= 3, told
    print(f"{len(kills)} kills, {len(inside)} inside the work, {len(calling)} with a call under way; {told}")


def some_point(folder: Folder, random: Random) -> tuple[int, float]:
    """Choose how many commits to wait once the work has begun, and how many seconds then.

    Where more is done than so many kills should leave, the kill comes early, before another call is through.
    """
    states = folder.states()
    done = sum(states.get(name, 0) for name in ("APPLIED", "SENT", "UNKNOWN"))
    if done + GROUP > ROWS * len(folder.kills) / (KILLS + 3):
        return random.randrange(0, 2), random.uniform(0, 0.03)
    return random.randrange(1, 7), random.uniform(0, 0.1)


def under_way(known: int) -> Callable[[Folder], bool]:
    """Tell whether a run after this one has begun."""
    return lambda folder: bool(folder.one(f"SELECT count(*) FROM _runs WHERE id > {known}"))


def staged(known: int) -> Callable[[Folder], bool]:
    """Tell whether a run after this one has put its plan into the outbox."""
    return lambda folder: bool(folder.one(f"SELECT count(*) FROM _outbox WHERE run > {known}"))


def last_run(folder: Folder) -> int:
    """Give the number of the run that began last."""
    return int(folder.one("SELECT coalesce(max(id), 0) FROM _runs"))


def test_an_import_killed_thirty_times_makes_every_row_once(folder: Folder) -> None:
    """2,000 creates, killed at 30 random points and resumed each time: each row is one record, and one outcome."""
    random, seed = chance("import")
    start, run = rows_file(folder), None
    while len(folder.kills) < KILLS:
        resume = ["import", "--resume", str(run), "--yes"] if run else start
        known = last_run(folder)
        began = under_way(known) if run is None or random.random() < 0.2 else staged(0)
        ended = not folder.killed(tuple(resume), began, *some_point(folder, random))
        assert not ended, f"seed {seed}: it was done after {len(folder.kills)} kills"
        if run is None or random.random() < 0.25:
            run = newest_import(folder)
    outcome = folder.run("import", "--resume", str(run), "--yes")
    assert (outcome["exit"], outcome["counts"]["rows"], outcome["counts"]["open"]) == (0, ROWS, 0), f"seed {seed}"
    assert outcome["counts"]["applied"] == ROWS, f"seed {seed}"
    check_imported(folder)
    check_agreed(folder)
    check_landed(folder.kills, seed)


def test_a_sync_killed_thirty_times_writes_every_record_once(folder: Folder) -> None:
    """2,000 updates, killed at 30 random points and started again each time: each record is written once."""
    random, seed = chance("sync")
    while len(folder.kills) < KILLS:
        known = last_run(folder)
        began = under_way(known) if random.random() < 0.15 else staged(known)
        ended = not folder.killed(("sync", "--yes"), began, *some_point(folder, random))
        assert not ended, f"seed {seed}: it was done after {len(folder.kills)} kills"
    outcome = folder.run("sync", "--yes")
    assert (outcome["exit"], outcome["counts"]["applied"]) == (0, outcome["counts"]["planned"]), f"seed {seed}"
    check_synced(folder)
    check_agreed(folder)
    check_landed(folder.kills, seed)


def test_dropped_answers_make_nothing_twice_and_lose_nothing(folder: Folder) -> None:
    """An import of 2,000 and a sync of 4,000 whose calls are lost before or after they count end as if none were."""
    folder.order(*DROPS)
    imported = folder.run(*rows_file(folder))
    assert (imported["exit"], imported["counts"].get("applied")) == (0, ROWS), imported["problems"][:5]
    dropped = Counter(folder.struck())
    folder.order()
    check_imported(folder)
    folder.order(*DROPS)
    synced = folder.run("sync", "--yes")
    assert (synced["exit"], synced["counts"].get("applied")) == (0, 2 * ROWS), synced["problems"][:5]
    dropped += Counter(folder.struck())
    folder.order()
    assert folder.held("SELECT count(*), count(Score__c) FROM Lead") == [(2 * ROWS, 2 * ROWS)]
    assert folder.states() == {"APPLIED": 3 * ROWS}
    check_agreed(folder)
    assert folder.run("plan")["counts"]["planned"] == 0
    assert dropped["arrived"] >= 10 and dropped["not arrived"] >= 5 and dropped.total() >= 30, dropped
    print(f"faults that struck: {dict(dropped)}")
