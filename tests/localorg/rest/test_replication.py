"""What changed in a window of time."""

import pytest

from tests.localorg.conftest import Org

START, END = "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z"


def test_updated_lists_living_records_of_the_window(org: Org) -> None:
    """Created and changed ones, not deleted ones, by SystemModstamp."""
    lead, gone = org.make("Lead"), org.make("Lead")
    org.ask("DELETE", f"sobjects/Lead/{gone}")
    reply = org.ask("GET", "sobjects/Lead/updated", start=START, end=END)
    assert reply["ids"] == [lead]
    later = org.ask("GET", "sobjects/Lead/updated", start="2026-11-24T12:31:00Z", end=END)
    assert later["ids"] == []


def test_deleted_lists_what_went_and_when(org: Org) -> None:
    """Cascaded deletes too; an undeleted or living record is not in it."""
    account = org.make("Account")
    contact = org.make("Contact", AccountId=account)
    org.ask("DELETE", f"sobjects/Account/{account}")
    reply = org.ask("GET", "sobjects/Contact/deleted/", start=START, end=END)
    assert reply["deletedRecords"] == [{"id": contact, "deletedDate": "2026-11-24T12:30:45.000+0000"}]
    assert reply["earliestDateAvailable"] == "2026-11-09T12:30:00.000+0000"


def test_nothing_falls_between_two_windows(org: Org) -> None:
    """The next window starts at latestDateCovered: a change in the running minute is in it, whenever it is asked."""
    seen: list[object] = []
    start = "2026-11-24T12:30:00+00:00"
    for _ in range(4):
        org.make("Lead")
        reply = org.ask("GET", "sobjects/Lead/updated", start=start, end="2026-11-24T14:00:00.000Z")
        assert isinstance(reply["ids"], list)
        seen += reply["ids"]
        start = str(reply["latestDateCovered"])
        org.make("Lead")
        org.clock.advance(61)
    reply = org.ask("GET", "sobjects/Lead/updated", start=start, end="2026-11-24T14:00:00+0000")
    assert isinstance(reply["ids"], list)
    assert len({*seen, *reply["ids"]}) == 8


@pytest.mark.parametrize(
    ("resource", "start", "end", "code"),
    [
        ("updated", "2026-10-01T00:00:00Z", END, "INVALID_REPLICATION_DATE"),
        ("deleted", "2026-11-01T00:00:00Z", END, "INVALID_REPLICATION_DATE"),
        ("updated", "2026-11-24T12:00:10Z", "2026-11-24T12:00:50Z", "INVALID_REPLICATION_DATE"),
        ("updated", "soon", END, "MALFORMED_QUERY"),
    ],
)
def test_a_window_that_is_none_is_refused(org: Org, resource: str, start: str, end: str, code: str) -> None:
    """Too far back (30 and 15 days), under a minute once seconds are cut off, or no time at all."""
    reply = org.ask("GET", f"sobjects/Lead/{resource}", start=start, end=end)
    assert (reply.status, reply.error()[0]) == (400, code)


def test_a_window_needs_both_ends(org: Org) -> None:
    """A missing end is named."""
    assert org.ask("GET", "sobjects/Lead/updated", start=START).error() == (
        "MISSING_ARGUMENT",
        "The end parameter is required",
    )


def test_an_offset_whose_plus_was_not_escaped_is_understood(org: Org) -> None:
    """`+01:00` that arrives as ` 01:00` is still that zone."""
    lead = org.make("Lead")
    reply = org.ask("GET", "sobjects/Lead/updated", start="2026-11-24T13:00:00 01:00", end="2026-11-24T14:00:00 0100")
    assert reply["ids"] == [lead]


def test_record_counts_leave_out_what_has_none(org: Org) -> None:
    """Only sObjects with living records are listed."""
    org.make("Lead"), org.make("Lead")
    gone = org.make("Account")
    org.ask("DELETE", f"sobjects/Account/{gone}")
    reply = org.ask("GET", "limits/recordCount", sObjects="Lead,Account,Nope")
    assert reply.body == {"sObjects": [{"count": 2, "name": "Lead"}]}
