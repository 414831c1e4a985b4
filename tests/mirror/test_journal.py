"""Promises of the journal: values come back as they were, and who had the last hand in a field is known."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from sfsync.mirror.journal import Line
from sfsync.mirror.open import Mirror
from sfsync.records.values import Value
from tests.mirror.leads import ANA, lead_id

AT = datetime(2026, 2, 1, 8, tzinfo=UTC)


def line(number: int, field: str, before: Value, after: Value, run: int = 1, origin: str = "org") -> Line:
    """Make a line that is still to be added."""
    return Line(0, run, AT, "Lead", lead_id(number), field, before, after, origin, ANA, ("why", "not"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "b"),
        (None, "x"),
        (Decimal("0.10"), Decimal("12345678901234567.89")),
        (5, None),
        (False, True),
        (date(2000, 2, 29), date(2026, 1, 1)),
        (AT, AT.replace(microsecond=123000)),
        (time(9, 30), None),
    ],
)
def test_values_come_back_as_they_were(mirror: Mirror, before: Value, after: Value) -> None:
    """Every kind of value keeps its type and its last digit."""
    with mirror.writing() as books:
        books.journal.add([line(1, "F", before, after)])
        found = books.journal.of_record("Lead", lead_id(1))[0]
    assert (found.before, type(found.before)) == (before, type(before))
    assert (found.after, type(found.after)) == (after, type(after))
    assert (found.id, found.by, found.because) == (1, ANA, ("why", "not"))


def test_lines_of_a_record_come_newest_first_and_of_a_run_oldest_first(mirror: Mirror) -> None:
    """A history starts with today; a run is told as it went, wholly or of one origin."""
    with mirror.writing() as books:
        books.journal.add([line(1, "A", 1, 2), line(2, "A", 1, 2), line(1, "B", 1, 2, origin="sfsync")])
        books.journal.add([line(1, "A", 2, 3, run=2)])
        assert [found.id for found in books.journal.of_record("Lead", lead_id(1))] == [4, 3, 1]
        assert [found.id for found in books.journal.of_record("Lead", lead_id(1), limit=1)] == [4]
        assert books.journal.of_record("Account", lead_id(1)) == []
        assert [found.id for found in books.journal.of_run(1)] == [1, 2, 3]
        assert [found.id for found in books.journal.of_run(1, origin="sfsync")] == [3]


def test_the_last_hand_in_each_field_is_known(mirror: Mirror) -> None:
    """For any number of records: the latest line about each field asked for; what never changed is left out."""
    with mirror.writing() as books:
        books.journal.add([line(number, "A", 1, 2) for number in range(600)])
        books.journal.add([line(1, "A", 2, 3, origin="sfsync"), line(1, "B", 1, 2), line(2, "C", 1, 2)])
        found = books.journal.last_hand("Lead", [lead_id(number) for number in range(700)], ["A", "B"])
        assert len(found) == 601
        assert (found[lead_id(1), "A"].origin, found[lead_id(1), "A"].after) == ("sfsync", 3)
        assert found[lead_id(1), "B"].origin == found[lead_id(0), "A"].origin == "org"
        assert books.journal.last_hand("Account", [lead_id(1)], ["A"]) == {}
        assert books.journal.last_hand("Lead", [], ["A"]) == books.journal.last_hand("Lead", [lead_id(1)], []) == {}


def test_what_came_after_a_moment_is_told_in_the_order_it_came(mirror: Mirror) -> None:
    """Of one sObject, the changes later than a moment, none of that moment or before."""
    late = AT.replace(hour=9)
    with mirror.writing() as books:
        books.journal.add([line(1, "A", 1, 2), replace(line(2, "A", 1, 2), at=late), line(1, "B", 1, 2)])
        books.journal.add([replace(line(1, "A", 2, 3), at=late), replace(line(1, "A", 1, 2), at=late, sobject="Case")])
        assert [found.id for found in books.journal.since("Lead", AT)] == [2, 4]
        assert list(books.journal.since("Lead", late)) == []
