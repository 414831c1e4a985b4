"""Promises of exactness: hostile texts, numbers, days and instants, by every route into the mirror and back."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext

import pytest

from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.values import Value
from tests.fidelity.conftest import Wide, org_form
from tests.fidelity.corpus import DAY, FIELDS, MOMENT, ZONES, by_field, kept, rows
from tests.sync.bulky import few_by_bulk, push

pytestmark = pytest.mark.long

ROWS = rows()
KEPT = [kept(row) for row in ROWS]
WAYS = pytest.mark.parametrize("bulk", [False, True], ids=["rest", "bulk"])


def unlike(found: Sequence[Mapping[str, object]], wanted: Sequence[Mapping[str, object]]) -> list[tuple[object, ...]]:
    """Give what differs: field, as it is, as it should be, cut short for people."""
    assert len(found) == len(wanted)
    return [
        (name, repr(is_[name])[:60], repr(should[name])[:60])
        for is_, should in zip(found, wanted, strict=True)
        for name in FIELDS
        if (is_[name], type(is_[name])) != (should[name], type(should[name]))
    ]


def test_the_corpus_is_as_large_as_it_says() -> None:
    """There are well over 500 different values, and some of each kind of field."""
    values = {(name[:4], case.sent) for name, cases in by_field().items() for case in cases}
    sizes = Counter(kind for kind, _ in values)
    assert sizes.total() > 1_000 and min(sizes.values()) >= 10


@WAYS
def test_what_the_org_holds_is_what_the_mirror_holds(wide: Wide, bulk: bool) -> None:
    """By REST and by Bulk every value comes in exact, and by the other way after that nothing has changed."""
    ids = wide.make(ROWS)
    assert unlike(wide.held(ids), [org_form(values) for values in KEPT]) == []
    assert wide.pull(bulk=bulk).exit == 0
    assert unlike(wide.mirrored(ids), wide.in_mirror(KEPT)) == []
    again = wide.pull(bulk=not bulk)
    assert (again.exit, again.counts.get("changed", 0)) == (0, 0)
    assert unlike(wide.mirrored(ids), wide.in_mirror(KEPT)) == []


@WAYS
def test_what_the_mirror_holds_goes_back_exact(wide: Wide, bulk: bool) -> None:
    """Values of the mirror written to other records arrive exact, and the pull after that finds nothing to mend."""
    ids = wide.make([{} for _ in ROWS])
    wide.pull(bulk=False)
    changes = tuple(_update(record_id, values) for record_id, values in zip(ids, KEPT, strict=True))
    with few_by_bulk() if bulk else nullcontext():
        outcome = push(wide.shop, changes)
    assert outcome.exit == 0, outcome.problems
    assert unlike(wide.held(ids), [org_form(values) for values in KEPT]) == []
    assert unlike(wide.mirrored(ids), wide.in_mirror(KEPT)) == []
    after = wide.pull(bulk=bulk)
    assert (after.exit, after.counts.get("changed", 0)) == (0, 0)


def _update(record_id: str, values: Mapping[str, Value]) -> Change:
    parts = tuple(FieldChange(name, None, value, ("a test",)) for name, value in values.items() if value is not None)
    return Change(Action.UPDATE, "Lead", record_id, parts)


@WAYS
def test_what_a_file_holds_arrives_exact(wide: Wide, bulk: bool) -> None:
    """Every cell of a file arrives in the org as it is, by calls and by jobs, and is pulled as it is."""
    rows = [{name: case for name, case in row.items() if "\0" not in str(case.sent)} for row in ROWS]
    with few_by_bulk() if bulk else nullcontext():
        ids = wide.load(rows)
    wanted = [kept(row, in_file=True) for row in rows]
    assert unlike(wide.held(ids), [org_form(values) for values in wanted]) == []
    assert wide.pull(bulk=bulk).exit == 0
    assert unlike(wide.mirrored(ids), wide.in_mirror(wanted)) == []


@pytest.fixture(params=ZONES)
def host_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The time zone of this machine, as programs without care would take it."""
    was = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    os.environ |= {"TZ": was} if was is not None else {}
    time.tzset()


def test_days_and_instants_do_not_depend_on_where_the_machine_stands(wide: Wide, host_zone: str) -> None:
    """In six zones of the host, three of them not whole hours off, a day stays that day and an instant that instant."""
    some = [{name: case for name, case in row.items() if name in (DAY, MOMENT)} for row in ROWS]
    some = [row for row in some if row][::4]
    wanted = [kept(row) for row in some]
    theirs, ours = wide.make(some), wide.load(some)
    assert unlike(wide.held(ours), [org_form(values) for values in wanted]) == []
    assert wide.pull(bulk=host_zone == ZONES[0]).exit == 0
    assert unlike(wide.mirrored(theirs + ours), wide.in_mirror(wanted * 2)) == []
