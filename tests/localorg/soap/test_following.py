"""Finding what changed, and searching, through SOAP."""

from tests.localorg.conftest import Org
from tests.localorg.soap.conftest import Soap

WINDOW = "<startDate>2026-11-24T12:00:00.000Z</startDate><endDate>2026-11-24T13:00:00.000Z</endDate>"


def test_changed_and_deleted_records_are_listed(org: Org, soap: Soap) -> None:
    """Ids of what changed; ids and times of what was deleted; how far the list is complete."""
    kept, gone = org.make("Lead"), org.make("Lead")
    org.ask("DELETE", f"sobjects/Lead/{gone}")
    org.clock.advance(120)
    ask = "<{0}><sObjectType>Lead</sObjectType>" + WINDOW + "</{0}>"
    updated, deleted = (soap.call(ask.format(name)).results[0] for name in ("getUpdated", "getDeleted"))
    assert [one.text for one in updated.every("ids")] == [kept]
    assert updated.value("latestDateCovered") == "2026-11-24T12:32:00.000Z"
    records = [(one.value("deletedDate"), one.value("id")) for one in deleted.every("deletedRecords")]
    assert records == [("2026-11-24T12:30:45.000Z", gone)]
    assert [one.name for one in deleted.children] == ["deletedRecords", "earliestDateAvailable", "latestDateCovered"]


def test_a_window_that_is_none_is_a_fault(soap: Soap) -> None:
    """INVALID_REPLICATION_DATE where it ends before it begins, MISSING_ARGUMENT where it is not given."""
    backwards = "<startDate>2026-11-24T13:00:00Z</startDate><endDate>2026-11-24T12:00:00Z</endDate>"
    ask = "<getUpdated><sObjectType>Lead</sObjectType>{}</getUpdated>"
    assert soap.call(ask.format(backwards)).fault()[0] == "sf:INVALID_REPLICATION_DATE"
    assert soap.call(ask.format("")).fault()[0] == "sf:MISSING_ARGUMENT"


def test_words_are_searched_for(org: Org, soap: Soap) -> None:
    """Each find is a record with what was asked of it."""
    org.make("Lead", LastName="Zebra")
    found = soap.call(
        "<search><searchString>FIND {Zebra} IN ALL FIELDS RETURNING Lead(LastName)</searchString></search>"
    )
    records = [one.child("record") for one in found.results[0].every("searchRecords")]
    assert [one.value("LastName") for one in records if one] == ["Zebra"]
    assert soap.call("<search><searchString>FIND</searchString></search>").status == 500
