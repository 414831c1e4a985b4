"""Promises of reading records, and of writing down what the org has just taken from us."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sfsync.clock import SetClock
from sfsync.mirror.open import Mirror
from tests.mirror.leads import FIELDS, lead_id, rest_row

EARLY = datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.fixture
def five(leads: Mirror) -> Mirror:
    """A mirror with leads 0 to 4, of which 3 is a tombstone."""
    with leads.writing() as books:
        rows = [rest_row(number, EARLY, AnnualRevenue=number * 1000) for number in (4, 2, 0, 1, 3)]
        books.records.take("Lead", FIELDS, rows, run=1)
        books.records.bury("Lead", [(lead_id(3), EARLY + timedelta(hours=1))], run=1)
    return leads


def test_records_come_in_the_order_of_their_ids_without_tombstones(five: Mirror) -> None:
    """Whatever order they came in; tombstones only when asked for."""
    with five.reading() as books:
        assert [record.id for record in books.records.records("Lead")] == [lead_id(n) for n in (0, 1, 2, 4)]
        every = list(books.records.records("Lead", deleted_too=True))
    assert [record.deleted for record in every] == [False, False, False, True, False]


def test_some_records_and_some_fields_can_be_asked_for(five: Mirror) -> None:
    """Ids in any number and order, twice or unknown; fields as named."""
    wanted = [lead_id(number) for number in (4, 1, 1, 99, 3)]
    with five.reading() as books:
        found = list(books.records.records("Lead", ["AnnualRevenue"], ids=wanted))
        assert [(record.id, dict(record.fields)) for record in found] == [
            (lead_id(1), {"AnnualRevenue": Decimal(1000)}),
            (lead_id(4), {"AnnualRevenue": Decimal(4000)}),
        ]
        many = [lead_id(number) for number in range(2000)]
        assert len(list(books.records.records("Lead", ["Id"], ids=many, deleted_too=True))) == 5


def test_one_record_is_had_by_its_id_even_from_the_grave(five: Mirror) -> None:
    """`get` gives tombstones too, and None for what the mirror never held."""
    with five.reading() as books:
        buried = books.records.get("Lead", lead_id(3))
        assert buried is not None and buried.deleted and buried.fields["IsDeleted"] is True
        assert books.records.get("Lead", lead_id(9)) is None


def test_counts_tell_the_living_from_all(five: Mirror) -> None:
    """Tombstones count only when asked for."""
    with five.reading() as books:
        assert (books.records.count("Lead"), books.records.count("Lead", deleted_too=True)) == (4, 5)


def test_living_records_are_held_against_those_present(five: Mirror) -> None:
    """Those that are missing, and those of no living record; ids may come twice, and who reads may ask as well."""
    present = [lead_id(1), lead_id(1), lead_id(4), lead_id(77)]
    for transaction in (five.reading, five.writing):
        with transaction() as books:
            assert books.records.unmatched("Lead", iter(present)) == ([lead_id(0), lead_id(2)], [lead_id(77)])
            assert books.records.unmatched("Lead", []) == ([lead_id(number) for number in (0, 1, 2, 4)], [])


def test_an_sobject_that_was_never_pulled_is_empty(mirror: Mirror) -> None:
    """Before the first pull there are no records, and asking is no mistake."""
    with mirror.writing() as books:
        assert list(books.records.records("Account")) == list(books.records.stamps("Account")) == []
        assert books.records.get("Account", lead_id(1)) is None
        assert books.records.count("Account") == books.records.bury("Account", [(lead_id(1), None)], run=1) == 0
        assert books.records.unmatched("Account", ["x"]) == ([], ["x"])


def test_what_the_org_took_from_us_is_base_and_journal(five: Mirror, clock: SetClock) -> None:
    """Values and reasons are kept, as done by sfsync, now; a value that was so already makes no line."""
    changes = [
        (lead_id(1), {"LastName": "Hopper", "AnnualRevenue": Decimal("1000.00")}),
        (lead_id(2), {"Email": "Grace@Navy.MIL "}),
    ]
    because = [{"LastName": ("rule 'names'", "she said so")}, {}]
    with five.writing() as books:
        books.records.settle("Lead", changes, run=7, because=because)
    with five.reading() as books:
        lines = list(books.journal.of_run(7, origin="sfsync"))
        assert [(line.record_id, line.field, line.before, line.after, line.because) for line in lines] == [
            (lead_id(1), "LastName", "Name 1", "Hopper", ("rule 'names'", "she said so")),
            (lead_id(2), "Email", None, "grace@navy.mil", ()),
        ]
        assert {(line.at, line.by) for line in lines} == {(clock.now(), None)}
        records = {record.id: record.fields for record in books.records.records("Lead")}
    assert records[lead_id(1)]["LastName"] == "Hopper"
    assert records[lead_id(2)]["Email"] == "grace@navy.mil"


def test_our_own_change_that_comes_back_with_a_pull_is_no_change(five: Mirror) -> None:
    """The echo of a write is known: no line, no changed record."""
    with five.writing() as books:
        books.records.settle("Lead", [(lead_id(1), {"LastName": " Hopper "})], run=2, because=[{}])
        echo = rest_row(1, EARLY + timedelta(hours=2), LastName="Hopper", AnnualRevenue=1000)
        assert books.records.take("Lead", FIELDS, [echo], run=3).changed == 0
        assert list(books.journal.of_run(3)) == []


def test_a_record_we_created_is_there_at_once(leads: Mirror) -> None:
    """A create makes a row of what we know, and the pull that brings the rest does not call it new."""
    with leads.writing() as books:
        books.records.settle(
            "Lead", [(lead_id(8), {"LastName": "Lovelace"})], run=2, because=[{"LastName": ("row 3",)}]
        )
        record = books.records.get("Lead", lead_id(8))
        assert record is not None and record.fields["LastName"] == "Lovelace" and not record.deleted
        line = next(books.journal.of_run(2))
        assert (line.before, line.after, line.because) == (None, "Lovelace", ("row 3",))
        assert list(books.records.stamps("Lead")) == [(lead_id(8), "")]
        taken = books.records.take("Lead", FIELDS, [rest_row(8, EARLY, LastName="Lovelace")], run=3)
        assert taken.new == 0


def test_a_field_that_is_not_mirrored_is_passed_over(five: Mirror) -> None:
    """Nobody knows what it was before, so the journal claims nothing about it."""
    with five.writing() as books:
        books.records.settle("Lead", [(lead_id(1), {"Fax": "123"})], run=2, because=[{}])
        books.records.settle("Case", [(lead_id(1), {"Subject": "123"})], run=2, because=[{}])
        assert list(books.journal.of_run(2)) == []


def test_our_own_delete_is_journaled_as_ours(five: Mirror, clock: SetClock) -> None:
    """Burying what sfsync deleted says so, and when it was not told, it was now."""
    with five.writing() as books:
        assert books.records.bury("Lead", [(lead_id(1), None)], run=2, origin="sfsync", because=("undo of run 1",)) == 1
        line = next(books.journal.of_run(2))
    assert (line.origin, line.field, line.after, line.at) == ("sfsync", "IsDeleted", True, clock.now())
    assert line.because == ("undo of run 1",)


def test_a_burial_is_journaled_at_the_time_the_org_told(five: Mirror) -> None:
    """The line bears the time of the delete, not that of the pull."""
    with five.reading() as books:
        line = books.journal.of_record("Lead", lead_id(3))[0]
    assert (line.field, line.before, line.after, line.at) == ("IsDeleted", False, True, EARLY + timedelta(hours=1))
