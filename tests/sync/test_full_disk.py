"""Promises for a disk that is full: it is told with what to do, nothing is lost, and work goes on once there is room.

SQLite says the same of a database that may not grow as of a full disk; `/dev/full` has no room for any file.
"""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sfsync.errors import FileError, MirrorError, exit_code_of
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.backup import write_backup
from sfsync.mirror.open import Mirror
from sfsync.sync.outcome import Outcome
from sfsync.sync.plan_file import write_page, write_plan
from sfsync.sync.planning import show_plan
from sfsync.sync.run import pull_only, sync
from tests.dataload.loader import Loader, lasting
from tests.shop import Shop, open_shop
from tests.sync.bulky import nothing_is_owed

ROWS = [("LastName", "Company", "Description"), *((f"Lead {number}", "Wool", "x" * 900) for number in range(60))]
NEVER_MET = 10_000  # pages


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of sixty leads with much to decide, in SQLite."""
    with open_shop(tmp_path, Amounts(leads=60, accounts=5, contacts=0, opportunities=0)) as opened:
        yield opened


@contextmanager
def room_for(mirror: Mirror, pages: int) -> Iterator[None]:
    """Let the mirror grow by so many pages and no more."""
    assert mirror.writer is not None

    def limit(most: int | None) -> None:
        assert mirror.writer is not None
        with mirror.writer.connect() as connection:
            count = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {count + pages if most is None else most}")

    limit(None)
    try:
        yield
    finally:
        limit(1_000_000)


def tried(shop: Shop, pages: int, work: Callable[[], Outcome]) -> bool:
    """Do something with so much room; tell whether that was enough, and check what is said where it was not."""
    with room_for(shop.mirror, pages):
        try:
            return work().exit == 0
        except MirrorError as error:
            assert exit_code_of(error) == 2
            assert "is full" in str(error) and "make room and try again" in error.problems[0].next
            return False


def each_room(shop: Shop, work: Callable[[], Outcome]) -> int:
    """Do something with no room, then with more and more until it is done; tell how often that was too little."""
    for failed in range(200):
        if tried(shop, failed * 2, work):
            return failed
    raise AssertionError("it never ended")


@pytest.mark.long
def test_a_sync_on_a_full_disk_goes_on_once_there_is_room(shop: Shop) -> None:
    """However far each try came: mirror and org agree in the end, and nothing is owed or left to change."""
    assert each_room(shop, lambda: sync(shop.context, shop.order())) > 3
    nothing_is_owed(shop)
    again = sync(shop.context, shop.order())
    assert (again.exit, again.counts["planned"]) == (0, 0)
    scores = {row["Id"]: row["Score__c"] for row in shop.rows("SELECT Id, Score__c FROM Lead WHERE IsConverted = 0")}
    with shop.mirror.reading() as books:
        ours = {record.id: record.fields["Score__c"] for record in books.records.records("Lead", ids=list(scores))}
    assert ours == scores and set(scores.values()) != {None}


@pytest.mark.long
def test_an_import_on_a_full_disk_makes_each_row_once(shop: Shop) -> None:
    """It says how it goes on where rows may have been sent, and that sends none of them a second time."""
    loader = Loader(shop)
    before = len(lasting(shop))
    pull_only(shop.context, shop.order(), full=False)
    started: list[int] = []

    def work() -> Outcome:
        with shop.mirror.reading() as books:
            begun = [run.id for run in books.runs.latest(100) if run.command == "import"]
        started[:] = begun[-1:]
        return loader.resume(begun[-1]) if begun else loader.run(ROWS)

    assert each_room(shop, work) > 3
    assert len(lasting(shop)) - before == 60
    loader.accounted(loader.resume(started[0]))
    nothing_is_owed(shop)


def full(place: Path) -> Path:
    """Have no room for a file of that name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to("/dev/full")
    return place


def test_a_plan_there_is_no_room_for_is_told_and_leaves_nothing_behind(shop: Shop) -> None:
    """As JSON and as a page: what was there before stays, no half file does."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    for name, write in (("plan.json", write_plan), ("plan.html", lambda file, plan: write_page(file, plan, "Acme"))):
        file = shop.folder / name
        file.write_text("before")
        part = full(shop.folder / f"{name}.part")
        with pytest.raises(FileError, match="No space left") as told:
            write(file, plan)
        assert told.value.problems[0].next.startswith("make room in ")
        assert file.read_text() == "before" and not part.is_symlink()


def test_results_of_an_import_there_is_no_room_for_are_written_on_resuming(shop: Shop) -> None:
    """The rows are in the org by then; what is to be done is said, and sends none of them again."""
    loader = Loader(shop)
    before = len(lasting(shop))
    part = full(shop.folder / "runs" / f"1-import-{shop.clock.now():%Y%m%dT%H%M%SZ}" / "done.part")
    with pytest.raises(FileError, match="No space left") as told:
        loader.run(ROWS)
    first, last = told.value.problems
    assert first.next.startswith("make room in ") and "sfsync import --resume 1" in last.next
    part.unlink()
    loader.accounted(loader.resume(1))
    assert len(lasting(shop)) - before == 60


def test_a_backup_there_is_no_room_for_is_told_by_its_own_place(shop: Shop) -> None:
    """The disk the mirror lies on has nothing to do with it; nothing is left behind."""
    folder = shop.folder / "elsewhere"
    folder.mkdir()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limit[1]))
    try:
        with pytest.raises((FileError, MirrorError), match=str(folder)):
            write_backup(shop.mirror, folder / "one.backup", shop.clock.now())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert list(folder.iterdir()) == []
