"""Promises of taking REST pages in: what differs is written and journaled, and nothing else."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sfsync.clock import SetClock
from sfsync.errors import IncompleteAnswer, MirrorError
from sfsync.mirror.journal import Line
from sfsync.mirror.open import Mirror
from sfsync.mirror.taken import Taken
from tests.mirror.leads import ANA, FIELDS, lead_id, rest_row

EARLY = datetime(2026, 2, 1, 8, tzinfo=UTC)
LATE = EARLY + timedelta(hours=1)


def take(mirror: Mirror, *rows: list[object], run: int = 1) -> Taken:
    """Take rows in, in a transaction of their own."""
    with mirror.writing() as books:
        return books.records.take("Lead", FIELDS, rows, run=run)


def lines(mirror: Mirror, number: int = 1) -> list[tuple[str, Any, Any]]:
    """Give what the journal says of a lead, oldest first: field, before, after."""
    with mirror.reading() as books:
        found = books.journal.of_record("Lead", lead_id(number))
    return [(line.field, line.before, line.after) for line in reversed(found)]


def test_the_first_sight_of_a_record_is_new_and_not_journaled(leads: Mirror) -> None:
    """A first pull fills the mirror and leaves the journal empty."""
    taken = take(leads, rest_row(1, EARLY), rest_row(2, EARLY))
    assert taken == Taken(seen=2, new=2, changed_ids=(lead_id(1), lead_id(2)))
    assert lines(leads) == []


def test_every_value_comes_back_as_what_it_is(leads: Mirror) -> None:
    """Numbers keep their digits, days and times their face, instants their moment, text every letter."""
    take(leads, rest_row(
        1, EARLY, LastName="O'Brien \u2028 \U0001f600\r\n\t\"x\"", AnnualRevenue=Decimal("12345678901234567.89"),
        NumberOfEmployees=2**31 - 1, Birthday__c="1969-07-20", Calls_At__c="09:30:00.000Z",
    ))  # fmt: skip
    with leads.reading() as books:
        record = books.records.get("Lead", lead_id(1))
    assert record is not None
    assert dict(record.fields) == {
        "Id": lead_id(1), "IsDeleted": False, "MasterRecordId": None, "Email": None, "LastActivityDate": None,
        "LastName": "O'Brien \u2028 \U0001f600\r\n\t\"x\"", "AnnualRevenue": Decimal("12345678901234567.89"),
        "NumberOfEmployees": 2**31 - 1, "Birthday__c": date(1969, 7, 20), "Calls_At__c": time(9, 30),
        "LastModifiedDate": EARLY, "LastModifiedById": ANA, "SystemModstamp": EARLY,
    }  # fmt: skip


def test_a_change_is_journaled_field_by_field_with_who_and_when(leads: Mirror, clock: SetClock) -> None:
    """The journal says which field went from what to what, by which user, at the time the org says."""
    take(leads, rest_row(1, EARLY, AnnualRevenue=1000))
    taken = take(leads, rest_row(1, LATE, LastName="Hopper", AnnualRevenue=2000.5), run=7)
    assert taken == Taken(seen=1, changed=1, changed_ids=(lead_id(1),))
    with leads.reading() as books:
        found = list(books.journal.of_run(7))
    usual = {"run": 7, "at": LATE, "sobject": "Lead", "record_id": lead_id(1), "origin": "org", "by": ANA}
    assert found == [
        Line(id=1, field="LastName", before="Name 1", after="Hopper", **usual),
        Line(id=2, field="AnnualRevenue", before=Decimal(1000), after=Decimal("2000.5"), **usual),
    ]


def test_what_differs_while_no_stamp_moved_is_dated_when_it_was_seen(leads: Mirror, clock: SetClock) -> None:
    """Nobody tells when such a value came, nor who gave it: not the one who saved the record long before.

    So too where only a stamp moved that automatic work moves: when is told by it, who is not.
    """
    take(leads, rest_row(1, EARLY), rest_row(2, EARLY))
    seen_at = clock.now()
    saved = "2026-02-01T08:00:00.000+0000"
    take(leads, rest_row(1, EARLY, LastName="Hopper"), rest_row(2, LATE, LastName="Byron", LastModifiedDate=saved))
    with leads.reading() as books:
        found = [line for number in (1, 2) for line in books.journal.of_record("Lead", lead_id(number))]
    assert [(line.after, line.at, line.by) for line in found] == [("Hopper", seen_at, None), ("Byron", LATE, None)]


BEN = "0055e000001abcEAAQ"


def test_what_another_saved_within_the_second_is_theirs(leads: Mirror) -> None:
    """Stamps are whole seconds: two may save a record within one, and the record says who was last."""
    take(leads, rest_row(1, EARLY))
    take(leads, rest_row(1, EARLY, LastName="Hopper", LastModifiedById=BEN))
    with leads.reading() as books:
        (found,) = (line for line in books.journal.of_record("Lead", lead_id(1)) if line.field == "LastName")
    assert (found.after, found.by) == ("Hopper", BEN)


def test_what_did_not_change_is_not_written(leads: Mirror) -> None:
    """The same page again changes nothing, whichever way numbers and instants are spelt."""
    take(leads, rest_row(1, EARLY, AnnualRevenue=1000))
    same = rest_row(1, EARLY, AnnualRevenue="1000.00", LastModifiedDate="2026-02-01T09:00:00.000+0100", Email="")
    assert take(leads, same, run=2) == Taken(seen=1)
    assert lines(leads) == []


def test_stamps_and_views_move_without_a_line_and_without_a_change(leads: Mirror) -> None:
    """A record that was only touched or looked at is no changed record; the mirror still follows its stamp."""
    take(leads, rest_row(1, EARLY))
    assert take(leads, rest_row(1, LATE)) == Taken(seen=1)
    assert lines(leads) == []
    with leads.reading() as books:
        assert list(books.records.stamps("Lead")) == [(lead_id(1), "2026-02-01T09:00:00.000Z")]


def test_new_activity_makes_a_changed_record_but_no_line(leads: Mirror) -> None:
    """A call or mail moves LastActivityDate: rules may look again, the journal stays readable."""
    take(leads, rest_row(1, EARLY))
    assert take(leads, rest_row(1, LATE, LastActivityDate="2026-02-01")).changed_ids == (lead_id(1),)
    assert lines(leads) == []


def test_a_deleted_record_becomes_a_tombstone_and_lives_again_when_undeleted(leads: Mirror) -> None:
    """IsDeleted makes and lifts the tombstone, each with one line; the values stay."""
    take(leads, rest_row(1, EARLY))
    assert take(leads, rest_row(1, LATE, IsDeleted=True)) == Taken(seen=1, deleted=1, changed_ids=(lead_id(1),))
    with leads.reading() as books:
        buried = books.records.get("Lead", lead_id(1))
        assert buried is not None and buried.deleted and buried.fields["LastName"] == "Name 1"
        assert list(books.records.records("Lead")) == []
    assert take(leads, rest_row(1, LATE)) == Taken(seen=1, undeleted=1, changed_ids=(lead_id(1),))
    with leads.reading() as books:
        assert [record.id for record in books.records.records("Lead")] == [lead_id(1)]
    assert lines(leads) == [("IsDeleted", False, True), ("IsDeleted", True, False)]


def test_a_buried_record_that_is_seen_again_lives(leads: Mirror) -> None:
    """A tombstone made without a row (getDeleted) is lifted by a row that says the record is there."""
    take(leads, rest_row(1, EARLY))
    with leads.writing() as books:
        assert books.records.bury("Lead", [(lead_id(1), LATE), (lead_id(2), LATE)], run=2) == 1
        assert books.records.bury("Lead", [(lead_id(1), LATE)], run=2) == 0
    assert take(leads, rest_row(1, EARLY)).undeleted == 1
    assert lines(leads) == [("IsDeleted", False, True), ("IsDeleted", True, False)]


def test_keys_follow_a_merge_and_come_back_with_an_undelete(leads: Mirror) -> None:
    """A key whose record was merged stands for the winner; one whose record is undeleted can be put back on it."""
    with leads.writing() as books:
        books.keys.put("web", "k1", "Lead", lead_id(1))
    take(leads, rest_row(1, EARLY), rest_row(2, EARLY))
    take(leads, rest_row(1, LATE, IsDeleted=True, MasterRecordId=lead_id(2)))
    with leads.writing() as books:
        assert books.keys.find("web", ["k1"]) == {"k1": lead_id(2)}
    take(leads, rest_row(1, LATE))
    with leads.writing() as books:
        books.keys.put("web", "k1", "Lead", lead_id(1))
        assert books.keys.find("web", ["k1"]) == {"k1": lead_id(1)}


def test_of_two_rows_of_one_record_the_later_counts(leads: Mirror) -> None:
    """A page that holds a record twice, as a pull over a moving org may, ends with the later state."""
    taken = take(leads, rest_row(1, EARLY, LastName="First"), rest_row(1, LATE, LastName="Second"))
    assert (taken.seen, taken.new) == (2, 1)
    with leads.reading() as books:
        record = books.records.get("Lead", lead_id(1))
    assert record is not None and record.fields["LastName"] == "Second"


def test_a_narrower_pull_leaves_other_fields_alone(leads: Mirror) -> None:
    """A field that is no longer visible is not null: it keeps what it was."""
    take(leads, rest_row(1, EARLY, Email="a@b.c"))
    with leads.writing() as books:
        taken = books.records.take("Lead", ["Id", "LastName"], [[lead_id(1), "Hopper"]], run=2)
        record = books.records.get("Lead", lead_id(1))
    assert taken.changed == 1
    assert record is not None and (record.fields["Email"], record.fields["LastName"]) == ("a@b.c", "Hopper")


def test_rows_without_a_place_to_go_are_refused(leads: Mirror) -> None:
    """A field without a column, and rows without Id, are mistakes that are told."""
    with leads.writing() as books:
        with pytest.raises(MirrorError, match="no column for Nope"):
            books.records.take("Lead", ["Id", "Nope"], [], run=1)
        with pytest.raises(MirrorError, match="without their Id"):
            books.records.take("Lead", ["LastName"], [], run=1)
        with pytest.raises(MirrorError, match="no column"):
            books.records.take("Account", ["Id"], [], run=1)


def test_a_value_of_another_kind_is_told_with_its_record(leads: Mirror) -> None:
    """An answer that holds text where a number belongs is not believed; the error names record and field."""
    with pytest.raises(IncompleteAnswer, match="AnnualRevenue") as error:
        take(leads, rest_row(1, EARLY), rest_row(2, EARLY, AnnualRevenue="a lot"))
    assert lead_id(2) in str(error.value)
    with leads.reading() as books:
        assert books.records.count("Lead") == 0


def test_pages_add_up() -> None:
    """The counts of pages are sums; of ids the first ten thousand are kept, and it is told when there were more."""
    one = Taken(2, 1, 1, 0, 0, ("a", "b"))
    assert one + Taken(3, 0, 0, 2, 1, ("c",)) == Taken(5, 1, 1, 2, 1, ("a", "b", "c"))
    many = Taken(changed_ids=("x",) * 9_999)
    assert many.all_ids_kept and not (many + one).all_ids_kept
    assert len((many + one).changed_ids) == 10_000
