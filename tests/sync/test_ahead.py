"""Promises of pages fetched ahead: whole or not at all, a few at a time, and nothing left behind."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from sfsync.errors import MirrorError
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.part import PartPlan
from sfsync.salesforce.port import BulkPage
from sfsync.sync import ahead
from tests.shop import Shop, open_shop
from tests.sync.conftest import always, small_pages
from tests.sync.pulling import agree, happen, ids, pull

pytestmark = pytest.mark.long


@pytest.fixture
def bulky(tmp_path: Path) -> Iterator[Shop]:
    """A shop of 450 leads that come by bulk jobs, in three pages."""
    amounts = Amounts(leads=450, accounts=0, contacts=0, opportunities=0)
    with open_shop(tmp_path, amounts) as shop, small_pages(shop), always("Bulk API 2.0"):
        yield shop


def left(shop: Shop) -> list[str]:
    """Give what lies beside the mirror and is not its own."""
    return [path.name for path in shop.mirror.path.parent.iterdir() if ".pages-" in path.name]


def test_a_first_pull_goes_by_parts_and_leaves_no_file(bulky: Shop) -> None:
    """Each page is made a part of the table; files are gone when the pull is over."""
    with patch.object(PartPlan, "make", autospec=True, side_effect=PartPlan.make) as made:
        pull(bulky)
    assert made.call_count == 3 + 2  # a page of users, one of groups
    assert left(bulky) == []
    agree(bulky)


def test_a_page_of_an_unusual_kind_goes_row_by_row(bulky: Shop) -> None:
    """A NUL, which SQLite's CSV reader would cut a text at, comes through."""
    lead = ids(bulky)[7]
    with bulky.local.state.transaction():
        bulky.local.state.run("UPDATE Lead SET Title = ? WHERE Id = ?", ("a\0b", lead))
    with patch.object(PartPlan, "make", autospec=True, side_effect=PartPlan.make) as made:
        pull(bulky)
    assert made.call_count == 2 + 2
    record = bulky.books().records.get("Lead", lead)
    assert record is not None and record.fields["Title"] == "a\0b"


def test_without_the_reader_of_csv_every_page_goes_row_by_row(bulky: Shop) -> None:
    """Where apsw is not there a pull is slower, and the same."""
    with patch("sfsync.mirror.part.HAS_READER", False):
        pull(bulky)
    agree(bulky)


def test_what_a_killed_process_left_is_tidied_away(bulky: Shop) -> None:
    """Files of a process that is no more go at the next pull; those of one that lives stay."""
    folder, name = bulky.mirror.path.parent, bulky.mirror.path.name
    for process in (2**22 + 1, os.getpid()):  # no process has so high a number
        made = folder / f".{name}.pages-{process}-abc"
        made.mkdir()
        (made / "0.csv").write_text("secret")
    pull(bulky)
    assert left(bulky) == [f".{name}.pages-{os.getpid()}-abc"]


def test_the_next_page_is_asked_for_while_one_still_comes(bulky: Shop) -> None:
    """Once there is a mirror: the body of the first page is held back until the second has been opened."""
    pull(bulky)
    opened, second = ahead._Fetching._opened, Event()
    bring = ahead._Fetching._bring

    def notes(self: ahead._Fetching, *asked: Any) -> BulkPage | None:
        page = opened(self, *asked)
        if asked[1] == 1:
            second.set()
        return page

    def waits(self: ahead._Fetching, page: BulkPage, number: int, coming: ahead.Coming) -> None:
        assert number > 0 or page.position is None or second.wait(10)
        bring(self, page, number, coming)

    with patch.object(ahead._Fetching, "_opened", notes), patch.object(ahead._Fetching, "_bring", waits):
        pull(bulky, full=True)
    assert second.is_set()
    agree(bulky)


def test_a_full_disk_ends_the_pull_and_the_next_goes_on(bulky: Shop) -> None:
    """The error says where room is needed; no watermark has moved, no half page was taken in."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    opened = ahead._opened
    with (
        patch.object(ahead, "_opened", side_effect=lambda file: _fails(full) if file.name == "1.csv" else opened(file)),
        pytest.raises(MirrorError, match="No space left"),
    ):
        pull(bulky)
    assert bulky.books().watermarks.get("Lead") is None
    assert bulky.books().records.count("Lead") == 200
    pull(bulky)
    agree(bulky)
    assert left(bulky) == []


def _fails(error: OSError) -> object:
    raise error


def test_the_gate_is_free_while_pages_are_fetched(bulky: Shop) -> None:
    """Somebody else can write to the mirror while a page comes in."""
    pull(bulky)
    happen(bulky, {"same_stamp": {"n": 450, "object": "Lead"}})
    fetched = ahead._Fetching._fetched

    def writes_too(self: ahead._Fetching, opened: BulkPage, number: int) -> ahead.Fetched:
        page = fetched(self, opened, number)
        with bulky.mirror.writing() as books:
            books.turns.put(f"pool {number}", {"next": number})
        return page

    bulky.clock.advance(600)
    with patch.object(ahead._Fetching, "_fetched", writes_too):
        pull(bulky)
    assert bulky.books().turns.get("pool 2") == {"next": 2}
    agree(bulky)
