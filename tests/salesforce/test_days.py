"""Counting by days: an aggregate answer has no further pages, and none is missed all the same."""

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sfsync.errors import OrgRefused, OrgUnreachable
from sfsync.records.query import DailyQuery, Day
from sfsync.salesforce.soql import daily_soql
from tests.salesforce.conftest import DATA, Faked
from tests.shop import Shop

BY_CREATION = DailyQuery("Lead", "CreatedDate", "SystemModstamp")
FIRST = date(2015, 1, 1)
STAMP = "2026-11-24T12:30:45.000+0000"


def test_more_days_than_one_answer_holds_are_all_told(faked: Faked) -> None:
    """After 2,000 groups it is asked from the day behind the last on; 4,500 days take three calls."""
    days = [FIRST + timedelta(days=number) for number in range(4_500)]

    def answered(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked = parse_qs(urlsplit(str(request.url)).query)["q"][0]
        since = asked.partition("CreatedDate >= ")[2][:10] or str(FIRST)
        some = [day for day in days if str(day) >= since][:2_000]
        groups = [{"attributes": {}, "day_on": str(day), "records": 3, "latest_at": STAMP} for day in some]
        return 200, {}, json.dumps({"totalSize": len(groups), "done": True, "records": groups})

    faked.answers.add_callback("GET", f"{DATA}/query/", callback=answered)
    found = faked.org.days(BY_CREATION)
    assert [day.day_on for day in found] == days
    assert found[0] == Day(FIRST, 3, datetime(2026, 11, 24, 12, 30, 45, tzinfo=UTC))
    assert len(faked.asked()) == faked.org.calls_made() == 3


def test_days_are_what_the_records_say(shop: Shop) -> None:
    """Every day of creation has its number of living records and their newest stamp; the sum is all of them."""
    shop.ask("DELETE", f"sobjects/Lead/{shop.rows('SELECT Id FROM Lead')[0]['Id']}")
    rows = shop.rows(
        "SELECT substr(CreatedDate, 1, 10) AS day_on, count(*) AS records, max(SystemModstamp) AS latest_at"
        " FROM Lead WHERE IsDeleted = 0 GROUP BY 1 ORDER BY 1"
    )
    found = shop.org.days(BY_CREATION)
    assert [(str(day.day_on), day.records) for day in found] == [(row["day_on"], row["records"]) for row in rows]
    told = [day.latest_at.isoformat()[:19] if day.latest_at else None for day in found]
    assert told == [row["latest_at"][:19] for row in rows]


@pytest.mark.parametrize("body", [{"records": [{"day_on": "2026-01-01"}]}, {"records": [{"day_on": None}]}, {}])
def test_an_answer_that_is_none_is_not_believed(faked: Faked, body: dict[str, object]) -> None:
    """A group that lacks its day or count is no answer of Salesforce's."""
    faked.query({"totalSize": 1, "done": True, **body})
    with pytest.raises(OrgUnreachable):
        faked.org.days(BY_CREATION)


@pytest.mark.parametrize("odd", ["Created Date", "CreatedDate) FROM User--", ""])
def test_a_name_that_is_none_never_reaches_the_org(odd: str) -> None:
    """Names are checked before they become part of a question."""
    for query in (DailyQuery(odd, "A", "B"), DailyQuery("Lead", odd, "B"), DailyQuery("Lead", "A", odd)):
        with pytest.raises(OrgRefused):
            daily_soql(query, None)
