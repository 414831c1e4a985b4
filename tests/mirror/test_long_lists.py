"""Promises of lists that may be too long for memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.errors import Problem, Where
from sfsync.mirror import long_lists
from sfsync.mirror.long_lists import Firsts, Form, Gathering
from sfsync.mirror.scratch import Scratch
from sfsync.plan.tally import Counted, Tally, tally_of
from sfsync.records.change import Action, Change, FieldChange

TEXTS: Form[str] = Form(str, str)
ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def soon_long(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three items are many."""
    monkeypatch.setattr(long_lists, "SHORT", 3)
    yield


@ANY
@given(pages=st.lists(st.lists(st.text("ab\n\0é", max_size=4), max_size=6)), sorts=st.booleans(), cut=st.slices(12))
def test_a_long_list_is_what_a_short_one_would_be(
    tmp_path: Path, pages: list[list[str]], sorts: bool, cut: slice
) -> None:
    """Order, length, any item and any part are those of a list in memory; what is alike by the key keeps its order."""
    gathering = Gathering(tmp_path, TEXTS, (lambda text: text[:1]) if sorts else None)
    for page in pages:
        gathering.add(page)
    came = [text for page in pages for text in page]
    wanted = sorted(came, key=lambda text: text[:1]) if sorts else came
    found = gathering.all()
    assert list(found) == list(found) == wanted and len(found) == len(wanted)
    assert [found[place] for place in range(-len(wanted), len(wanted))] == wanted * 2
    if cut.step in (None, 1):
        assert list(found[cut]) == wanted[cut] and len(found[cut]) == len(wanted[cut])
    assert isinstance(found, tuple) == (len(wanted) <= 3)


@ANY
@given(pages=st.lists(st.lists(st.text("abé", max_size=3), max_size=5)))
def test_who_was_first_is_known_of_however_many(tmp_path: Path, pages: list[list[str]]) -> None:
    """A text is told with the number it came with first, whether it lies in memory or not."""
    firsts, known, number = Firsts(tmp_path), dict[str, int](), 0
    for page in pages:
        given = [(text, number + place) for place, text in enumerate(page)]
        number += len(page)
        assert firsts.meet(given) == [known.setdefault(text, one) for text, one in given]


def test_what_lies_on_the_disk_has_no_name_there(tmp_path: Path) -> None:
    """Nobody else can open it, and nothing is left of it even where the process is killed."""
    gathering = Gathering(tmp_path, TEXTS)
    gathering.add(map(str, range(50_000)))
    found = gathering.all()
    assert list(tmp_path.iterdir()) == []
    assert not isinstance(found, tuple) and found[49_999] == "49999"


def test_a_list_can_be_long_where_the_folder_takes_no_files(tmp_path: Path) -> None:
    """A mirror that may only be read is planned over all the same: the list lies in the machine's own folder then."""
    gathering = Gathering(tmp_path / "nowhere", TEXTS)
    gathering.add(map(str, range(10)))
    assert list(gathering.all()) == list(map(str, range(10)))


def test_changes_that_lie_on_the_disk_are_counted_already(tmp_path: Path) -> None:
    """Sums of a long plan are those of its changes, and take no second look at them."""
    parts = (FieldChange("OwnerId", "005000000000001AAA", "00G000000000002AAA", ("route: big",)),)
    changes = [Change(Action.UPDATE, "Lead", f"00Q{place:015d}", parts) for place in range(9)]
    gathering = Scratch(tmp_path).changes()
    gathering.add(changes)
    found = gathering.all()
    assert isinstance(found, Counted) and tally_of(found) == Tally.of(changes) and list(found) == changes
    assert found.tally.people == {"005000000000001AAA", "00G000000000002AAA"}


def test_problems_come_back_whole_even_with_half_a_character(tmp_path: Path) -> None:
    """Words, next step and place are as they were, whatever a value held."""
    problems = [Problem(f"{place} \ud800", "mend it", Where(sobject="Lead", row=place)) for place in range(9)]
    gathering = Scratch(tmp_path).problems()
    gathering.add(problems)
    assert list(gathering.all()) == problems
