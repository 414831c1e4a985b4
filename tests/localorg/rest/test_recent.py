"""Promises of what was lately looked at."""

from sfsync.localorg.identity.sessions import issue_token
from tests.localorg.conftest import Org


def _look(org: Org, record_id: str, clause: str = "VIEW", sobject: str = "Lead") -> None:
    soql = f"SELECT Id FROM {sobject} WHERE Id = '{record_id}' FOR {clause}"
    assert org.ask("GET", "query", q=soql)["totalSize"] == 1


def _ids(items: object) -> list[str]:
    assert isinstance(items, list)
    return [one["Id"] for one in items]


def test_what_a_query_is_for_is_noted(org: Org) -> None:
    """FOR VIEW and FOR REFERENCE move their dates and nothing else; a query for neither moves nothing."""
    lead = org.make("Lead")
    org.ask("GET", "query", q="SELECT Id FROM Lead")
    before = org.get("Lead", lead)
    assert (before["LastViewedDate"], before["LastReferencedDate"]) == (None, None)
    org.clock.advance(60)
    _look(org, lead)
    assert org.get("Lead", lead) == {**before, "LastViewedDate": "2026-11-24T12:31:45.000+0000"}
    _look(org, lead, "REFERENCE")
    assert org.get("Lead", lead)["LastReferencedDate"] == "2026-11-24T12:31:45.000+0000"


def test_recent_items_are_told_newest_first(org: Org) -> None:
    """Of all sObjects, of one, or so many; each once, with its name and address."""
    first, second, account = org.make("Lead", FirstName="Ana"), org.make("Lead"), org.make("Account")
    assert org.ask("GET", "recent").body == []
    for one in (first, second, first):
        _look(org, one)
    _look(org, account, "REFERENCE", "Account")
    assert _ids(org.ask("GET", "recent").body) == [account, first, second]
    assert _ids(org.ask("GET", "recent", limit="2").body) == [account, first]
    told = org.ask("GET", "sobjects/Lead")["recentItems"]
    attributes = {"type": "Lead", "url": f"/services/data/v59.0/sobjects/Lead/{first}"}
    assert told[0] == {"attributes": attributes, "Id": first, "Name": "Ana Nowak"}  # type: ignore[index]
    assert _ids(told) == [first, second]


def test_each_page_that_is_fetched_is_looked_at(org: Org) -> None:
    """Not those that nobody asked for; and no more than 200 records are kept."""
    for number in range(5):
        org.ask("POST", "composite/sobjects", {"records": [
            {"attributes": {"type": "Lead"}, "LastName": f"L{number}-{n}", "Company": "A"} for n in range(100)
        ]})  # fmt: skip
    small = {"sforce-query-options": "batchSize=200"}
    soql = "SELECT Id FROM Lead ORDER BY Id FOR VIEW"
    page = org.ask("GET", "query", headers=small, q=soql)
    ids = _ids(page["records"])
    assert _ids(org.ask("GET", "recent").body) == ids[::-1]
    later = _ids(org.ask("GET", str(page["nextRecordsUrl"]), headers=small)["records"])
    assert _ids(org.ask("GET", "recent").body) == later[::-1]


def test_it_is_forgotten_what_is_deleted_old_or_another_users(org: Org) -> None:
    """Deleted records are left out, 90 days later all are; nobody is told what others looked at."""
    gone, kept = org.make("Lead"), org.make("Lead")
    _look(org, gone)
    _look(org, kept)
    org.ask("DELETE", f"sobjects/Lead/{gone}")
    assert _ids(org.ask("GET", "recent").body) == [kept]
    org.token = issue_token(org.state, org.clock, org.insert("User", Username="ana@example.com", IsActive=1))
    assert org.ask("GET", "recent").body == []
    org.clock.advance(91 * 24 * 3600)
    org.token = issue_token(org.state, org.clock, org.user_id)
    assert org.ask("GET", "recent").body == []


def test_kinds_that_keep_no_such_dates_are_not_recent(org: Org) -> None:
    """The clause is taken and does nothing."""
    task = org.make("Task", Subject="Call")
    _look(org, task, "VIEW", "Task")
    assert org.ask("GET", "recent").body == []
