"""Promises under kill -9: however often and wherever real commands die, nothing is lost and nothing is done twice.

Kills fall at random points, by a seed that is printed on failure (SFSYNC_SEED repeats it). Each is placed by what the
command has committed so far, so that it lands inside the work on a slow machine as on a fast one.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from tests.machines.folder import Folder, chance, open_folder

pytestmark = [pytest.mark.long, pytest.mark.kills, pytest.mark.timeout(900)]

KILLS = {"collections": 10, "bulk": 4}  # a job does it all at once, which leaves room for fewer
GROUP = 200  # records in one collections call: what a kill may cause to be repeated
WAYS = {"collections": 1_999, "bulk": 2_000}  # records: one fewer than goes by a Bulk job, and just so many
DROPS = [
    {"id": f"{name} {method}", "do": do, "when": {"method": method, "path": "/services/data", "every": every}}
    for name, do, method, every in (
        ("not arrived", "drop_before_commit", "PATCH", 3),
        ("arrived", "drop_after_commit", "PATCH", 2),
        ("not arrived", "drop_before_commit", "PUT", 2),
        ("arrived", "drop_after_commit", "POST", 3),
        ("not arrived", "drop_before_commit", "POST", 5),
        ("arrived", "drop_after_commit", "GET", 7),
        ("session", "expire_session", "GET", 11),
        ("busy", {"status": 503, "body": "<html>"}, "GET", 13),
    )
]


@pytest.fixture(params=WAYS)
def folder(request: pytest.FixtureRequest, tmp_path: Path, shop_url: str | None) -> Iterator[Folder]:
    """A working folder with an org of 2,000 leads that nobody has scored (or one fewer), pulled once."""
    with open_folder(tmp_path / "shop", WAYS[request.param], shop_url) as opened:
        yield opened


def rows_file(folder: Folder, number: int) -> tuple[str, ...]:
    """Write a file of as many new leads as the org had; give the import's arguments."""
    with (folder.path / f"new{number}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("LastName", "Company"))
        writer.writerows((f"File {number} row {row}", "Wool") for row in range(folder.leads))
    return ("import", f"new{number}.csv", "--sobject", "Lead", "--operation", "insert", "--yes")


def newest_import(folder: Folder) -> int | None:
    """Find the run to resume: the newest that `sfsync runs` would list as an import."""
    newest = folder.one("SELECT max(id) FROM _runs WHERE command = 'import'")
    return int(newest) if newest else None


def check_imported(folder: Folder, files: int) -> None:
    """Every row of the files is one record of the org, by its key and by its content; all else is as it was."""
    made = folder.held("SELECT LastName, Company, Sfsync_Key__c FROM Lead WHERE LastName LIKE 'File %' ORDER BY Id")
    rows = (f"File {number} row {row}" for number in range(files) for row in range(folder.leads))
    assert Counter(name for name, _, _ in made) == Counter(rows)
    assert len({key for _, _, key in made if key}) == files * folder.leads
    assert {company for _, company, _ in made} == {"Wool"}
    assert folder.held("SELECT count(*) FROM Lead") == [((files + 1) * folder.leads,)]
    created = "SELECT count(*), count(DISTINCT record_id) FROM _outbox WHERE action = 'create' AND state = 'APPLIED'"
    assert folder.one(created) == files * folder.leads


def check_synced(folder: Folder) -> None:
    """Every lead was written once and holds what the rules want; none was made or lost."""
    assert folder.held("SELECT count(*), count(Score__c) FROM Lead") == [(folder.leads, folder.leads)]
    assert set(folder.states()) <= {"APPLIED", "SUPERSEDED"}
    written = "SELECT count(DISTINCT record_id) FROM _outbox WHERE state = 'APPLIED'"
    assert folder.one(written) == folder.leads
    twice = """SELECT count(*) FROM (SELECT 1 FROM _journal WHERE origin = 'sfsync'
               GROUP BY record_id, field HAVING count(*) > 1) AS twice"""
    assert folder.one(twice) == 0
    assert folder.run("plan")["counts"]["planned"] == 0


def check_agreed(folder: Folder) -> None:
    """Mirror and org hold the same in every field, and neither a run nor an entry is left open."""
    assert folder.run("pull")["exit"] == 0
    verified = folder.run("verify", "--level", "3")
    assert (verified["exit"], verified["counts"]["differences"]) == (0, 0), verified["problems"][:5]
    assert folder.one("SELECT count(*) FROM _runs WHERE ended_at IS NULL") == 0
    assert set(folder.states()) <= {"APPLIED", "SUPERSEDED"}


def landed(folder: Folder) -> int:
    """Count the kills that fell while there was work in the outbox."""
    assert len(folder.kills) < 3 * KILLS["collections"], "kills do not fall inside the work"
    return sum(map(is_open, folder.kills))


def enough(folder: Folder) -> bool:
    """Tell whether as many kills as wanted fell inside the work, and one while a call was under way (Bulk: any)."""
    by_calls = folder.leads == WAYS["collections"]
    return landed(folder) >= wanted_kills(folder) and (not by_calls or any(kill["SENT"] for kill in folder.kills))


def tell(folder: Folder, seed: int) -> None:
    """Print where the kills fell."""
    calling = sum(bool(kill["SENT"]) for kill in folder.kills)
    print(f"seed {seed}: {len(folder.kills)} kills, {landed(folder)} inside the work, {calling} with a call under way")
    print(f"entries by state after each: {[dict(kill) for kill in folder.kills]}")


def is_open(states: Mapping[str, int]) -> bool:
    """Tell whether there is work in the outbox."""
    return any(states.get(state) for state in ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING"))


def wanted_kills(folder: Folder) -> int:
    """Give how often the work of a folder is to be killed."""
    return next(KILLS[way] for way, records in WAYS.items() if records == folder.leads)


def some_point(folder: Folder, random: Random) -> tuple[int, float]:
    """Choose how many commits to wait once the work has begun, and how many seconds then.

    Where more is done than so many kills should leave, the kill comes early, before another call is through.
    """
    states, kills = folder.states(), wanted_kills(folder)
    done = sum(states.get(name, 0) for name in ("APPLIED", "SENT", "UNKNOWN")) % folder.leads
    if done + GROUP > folder.leads * landed(folder) / (kills + 3):
        return random.randrange(0, 2), random.uniform(0, 0.03)
    return random.randrange(1, 7), random.uniform(0, 0.1)


def under_way(known: int) -> Callable[[Folder], bool]:
    """Tell whether a run after this one has begun."""
    return lambda folder: bool(folder.one(f"SELECT count(*) FROM _runs WHERE id > {known}"))


def staged(known: int) -> Callable[[Folder], bool]:
    """Tell whether a run after this one has put its plan into the outbox."""
    return lambda folder: bool(folder.one(f"SELECT count(*) FROM _outbox WHERE run > {known}"))


def calling(folder: Folder) -> bool:
    """Tell whether a call is under way."""
    return "SENT" in folder.states()


def last_run(folder: Folder) -> int:
    """Give the number of the run that began last."""
    return int(folder.one("SELECT coalesce(max(id), 0) FROM _runs"))


def test_imports_killed_again_and_again_make_every_row_once(folder: Folder) -> None:
    """2,000 creates, killed at 10 random points (4 of Bulk jobs) and resumed each time: each row is one record."""
    random, seed = chance("import")
    files, run, arguments = 1, None, rows_file(folder, 0)
    while not enough(folder):
        known = last_run(folder)
        began = under_way(known) if run is None or random.random() < 0.2 else staged(0)
        in_a_call = run is not None and random.random() < 0.4
        killed = folder.killed(arguments, *((calling, 0, 0.0) if in_a_call else (began, *some_point(folder, random))))
        if not killed or (run is not None and not is_open(folder.states())):  # all rows are in: another file
            run, arguments, files = None, rows_file(folder, files), files + 1
            continue
        if run is None or random.random() < 0.15:
            run = newest_import(folder) or 0
            arguments = ("import", "--resume", str(run), "--yes")
    outcome = folder.run(*arguments)
    assert (outcome["exit"], outcome["counts"]["open"]) == (0, 0), (seed, outcome["problems"][:3])
    assert outcome["counts"]["applied"] == outcome["counts"]["rows"] == folder.leads, f"seed {seed}"
    check_imported(folder, files)
    check_agreed(folder)
    tell(folder, seed)


def test_a_sync_killed_again_and_again_writes_every_record_once(folder: Folder) -> None:
    """2,000 updates, killed at up to 10 random points and started again each time: each record is written once."""
    random, seed = chance("sync")
    while landed(folder) < wanted_kills(folder):
        known = last_run(folder)
        began = under_way(known) if random.random() < 0.15 else staged(known)
        if not folder.killed(("sync", "--yes"), began, *some_point(folder, random)):
            break
    folder.ten_minutes_pass()  # else a lead whose turn went to another owner waits for the call that was cut off
    outcome = folder.run("sync", "--yes")
    assert (outcome["exit"], outcome["counts"]["applied"]) == (0, outcome["counts"]["planned"]), (seed, outcome)
    check_synced(folder)
    check_agreed(folder)
    tell(folder, seed)
    assert landed(folder) >= (1 if folder.leads == WAYS["bulk"] else wanted_kills(folder))  # a job may do it all


def test_dropped_answers_make_nothing_twice_and_lose_nothing(folder: Folder) -> None:
    """Syncs and an import whose calls are lost before or after they count end as if none were."""
    dropped: Counter[str] = Counter()
    for command in (("sync", "--yes"), rows_file(folder, 0), ("sync", "--yes")):
        folder.order(*DROPS)
        outcome = folder.run(*command)
        assert (outcome["exit"], outcome["counts"].get("applied")) == (0, folder.leads), outcome["problems"][:5]
        dropped += Counter(folder.struck())
        folder.order()
        folder.ten_minutes_pass()
    check_imported(folder, 1)
    assert folder.held("SELECT count(*), count(Score__c) FROM Lead") == [(2 * folder.leads, 2 * folder.leads)]
    assert folder.states() == {"APPLIED": 3 * folder.leads}
    assert folder.run("plan")["counts"]["planned"] == 0
    check_agreed(folder)
    assert dropped.total() >= (10 if folder.leads == WAYS["bulk"] else 30), dropped
    print(f"faults that struck: {dict(dropped)}")
