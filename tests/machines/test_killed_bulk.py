"""Promises of Bulk jobs under kill -9: however often and wherever a real command dies, each row is written once.

Kills fall at random points of the work, by a seed that is printed on failure (SFSYNC_SEED repeats it).
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.machines.folder import Folder, allow_all_overwrites, chance, open_folder
from tests.machines.test_killed_processes import check_agreed, newest_import

pytestmark = [pytest.mark.long, pytest.mark.kills, pytest.mark.timeout(1200)]

ROWS = 2_400  # enough for a job to be worth its while
ROUNDS = 8  # of two kills each
TROUBLE = [
    {"id": "create", "do": "drop_after_commit", "when": {"method": "POST", "path": "^.*/jobs/ingest/?$", "every": 4}},
    {"id": "upload", "do": "drop_after_commit", "when": {"method": "PUT", "path": "/services/data", "every": 4}},
    {"id": "close", "do": "drop_before_commit", "when": {"method": "PATCH", "path": "/services/data", "every": 3}},
    {"id": "ended", "do": {"job": {"fail_after_rows": 900}}, "when": {"path": "^.*/jobs/ingest/", "every": 15}},
    {"id": "results", "do": {"reset_at": 5_000}, "when": {"path": "^.*/successfulResults", "every": 3}},
]


@pytest.fixture
def folder(tmp_path: Path, shop_url: str | None) -> Iterator[Folder]:
    """A working folder with an org of 2,400 leads, pulled once, whose brakes allow to overwrite all of them."""
    with open_folder(tmp_path / "shop", ROWS, shop_url) as opened:
        allow_all_overwrites(opened.path)
        yield opened


def titles_file(folder: Folder, ids: list[str], title: str) -> tuple[str, ...]:
    """Write a file that gives every lead a title; give the import's arguments."""
    with (folder.path / f"{title}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Id", "Title"))
        writer.writerows((one, title) for one in ids)
    return ("import", f"{title}.csv", "--sobject", "Lead", "--operation", "update", "--yes")


def a_job_was_begun(known: int) -> Callable[[Folder], bool]:
    """Tell whether a job after this one has been written down."""
    return lambda folder: bool(folder.one(f"SELECT count(*) FROM _jobs WHERE id > {known}"))


def a_job_is_out(folder: Folder) -> bool:
    """Tell whether rows are with a job of the org, so that their outcome is not known."""
    return "SENT" in folder.states()


def at_once(folder: Folder) -> bool:
    """Wait for nothing."""
    return True


def test_imports_by_jobs_killed_again_and_again_write_each_row_once(folder: Folder) -> None:
    """Eight imports of 2,400 updates, each killed and resumed, with answers lost and jobs that fail midway."""
    random, seed = chance("bulk")
    ids = [one for (one,) in folder.held("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id")]
    folder.order(*TROUBLE)
    for number in range(ROUNDS):
        title, before = f"Round{number}", newest_import(folder)
        start = titles_file(folder, ids, title)

        def command(start: tuple[str, ...] = start, before: int | None = before) -> tuple[str, ...]:
            run = newest_import(folder)
            return start if run == before else ("import", "--resume", str(run), "--yes")

        begun = a_job_was_begun(folder.one("SELECT coalesce(max(id), 0) FROM _jobs"))
        folder.killed(start, begun if random.random() < 0.8 else at_once, random.randrange(5), random.uniform(0, 0.1))
        if number % 2:
            folder.killed(command(), a_job_is_out, 0, random.uniform(0, 0.1))
        else:
            folder.killed(command(), at_once, random.randrange(1, 9), random.uniform(0, 0.1))
        outcome = folder.run(*command())
        counts = outcome["counts"]
        assert (outcome["exit"], counts["applied"] + counts["unchanged"]) == (0, len(ids)), f"seed {seed}: {outcome}"
        assert folder.held("SELECT DISTINCT Title FROM Lead WHERE IsConverted = 0") == [(title,)], f"seed {seed}"
        told = f"SELECT count(*), count(DISTINCT record_id) FROM _journal WHERE field = 'Title' AND after = '{title}'"
        assert folder.held_in_mirror(told) == [(len(ids), len(ids))], f"seed {seed}, {title}"
        folder.ten_minutes_pass()
    struck = folder.struck()
    folder.order()
    check_quiet(folder, seed)
    inside = [kill for kill in folder.kills if any(kill[name] for name in ("NEW", "CLAIMED", "SENT", "UNKNOWN"))]
    sent = [kill for kill in folder.kills if kill["SENT"]]
    assert len(folder.kills) >= 12 and len(inside) >= 4 and sent, f"seed {seed}: {folder.kills}"
    print(f"seed {seed}: {len(folder.kills)} kills, {len(inside)} inside, {len(sent)} with a job out; faults {struck}")


def check_quiet(folder: Folder, seed: int) -> None:
    """Nothing is open any more, neither here nor in the org, and both hold the same."""
    assert folder.one("SELECT count(*) FROM _jobs WHERE ended_at IS NULL") == 0, f"seed {seed}"
    jobs = [state for (state,) in folder.held("SELECT state FROM _job WHERE kind = 'ingest'")]
    assert len(jobs) >= ROUNDS and "Open" not in jobs, f"seed {seed}: {jobs}"
    assert set(folder.states()) == {"APPLIED"}, f"seed {seed}: {folder.states()}"
    check_agreed(folder)
