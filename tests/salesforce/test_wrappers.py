"""What is wrapped around an org: patience with reads, thrift with calls, a note of each."""

from random import Random

import pytest
import structlog

from sfsync.clock import SetClock
from sfsync.errors import (
    BudgetSpent,
    IncompleteAnswer,
    LoginRefused,
    OrgBusy,
    OrgError,
    OrgRefused,
    OrgUnreachable,
    OutcomeUnknown,
    RecordRefused,
    SessionExpired,
)
from sfsync.records.query import Query
from sfsync.salesforce.budget import BudgetedOrg, Share
from sfsync.salesforce.calllog import LoggedOrg
from sfsync.salesforce.port import ApiUsage
from sfsync.salesforce.retrying import ATTEMPTS, RetryingOrg
from tests.salesforce.conftest import DATA, Faked
from tests.salesforce.test_rest import page

LEADS = Query("Lead", ("Id", "LastName"))
HTML = "<html>maintenance</html>"


def test_a_read_is_asked_again_until_the_org_answers(faked: Faked) -> None:
    """Maintenance pages, resets and nonsense pass by themselves; whoever reads does not notice."""
    faked.answers.get(f"{DATA}/sobjects", status=503, body=HTML)
    faked.answers.get(f"{DATA}/sobjects", body=ConnectionResetError(104, "reset"))
    faked.answers.get(f"{DATA}/sobjects", body=HTML)
    faked.answers.get(f"{DATA}/sobjects", json={"sobjects": [{"name": "Lead"}]})
    assert faked.retrying.sobject_names() == ("Lead",)
    assert 0 < faked.clock.monotonic() < 1 + 2 + 4


def test_patience_has_an_end(faked: Faked) -> None:
    """An org that stays away costs six calls and two minutes at most, then the last error is told."""
    faked.answers.get(f"{DATA}/sobjects", status=503, body=HTML)
    with pytest.raises(OrgBusy):
        faked.retrying.sobject_names()
    assert len(faked.asked()) == ATTEMPTS == 6
    assert faked.clock.monotonic() < 1 + 2 + 4 + 8 + 16


def test_waits_are_drawn_anew_for_every_org(faked: Faked, clock: SetClock) -> None:
    """Many daemons that lost one org do not come back all at the same moment."""
    faked.answers.get(f"{DATA}/sobjects", status=503, body=HTML)
    spans = set()
    for seed in range(10):
        before = clock.monotonic()
        with pytest.raises(OrgBusy):
            RetryingOrg(faked.org, clock, Random(seed)).sobject_names()
        spans.add(clock.monotonic() - before)
    assert len(spans) == 10


@pytest.mark.parametrize("error", [OrgRefused, RecordRefused, BudgetSpent, LoginRefused, SessionExpired])
def test_what_will_not_pass_is_not_asked_again(faked: Faked, clock: SetClock, error: type[OrgError]) -> None:
    """No call is burnt on an answer that will be the same."""
    tried = []

    class Refusing(type(faked.org)):  # type: ignore[misc]
        def sobject_names(self) -> tuple[str, ...]:
            tried.append(1)
            raise error("no")

    with pytest.raises(error):
        RetryingOrg(Refusing(None), clock, Random(1)).sobject_names()
    assert tried == [1]


def test_a_query_goes_on_at_the_page_that_failed(faked: Faked) -> None:
    """A fault between pages loses none and starts nothing over, and what was read before is not taken twice."""
    faked.query(page(range(2), 6, "a-2"))
    faked.more("a-2", HTML, page(range(1, 3), 6, "x"), page(range(2, 4), 6, "a-4"))
    faked.more("a-4", ConnectionResetError(104, "reset"), page(range(4, 6), 6))
    rows = [row[1] for one in faked.retrying.pages(LEADS) for row in one.rows]
    assert rows == [f"Name {number}" for number in range(6)]


def test_every_page_has_attempts_of_its_own(faked: Faked) -> None:
    """A long query over a bad line is read to its end, however many faults it meets in all."""
    pages = 5
    for number in range(pages):
        last = number == pages - 1
        body = page(range(number, number + 1), pages, None if last else f"p-{number + 1}")
        faults = [HTML] * (ATTEMPTS - 1)
        if number == 0:
            faked.query(*faults, body)
        else:
            faked.more(f"p-{number}", *faults, body)
    assert sum(len(one.rows) for one in faked.retrying.pages(LEADS)) == pages


def test_an_answer_that_stays_incomplete_is_told(faked: Faked) -> None:
    """A sum that never fits ends in an error, not in a loop."""
    faked.query(page(range(2), 3))
    with pytest.raises(IncompleteAnswer):
        list(faked.retrying.pages(LEADS))
    assert len(faked.asked()) == ATTEMPTS


def test_the_opening_of_a_bulk_page_is_asked_again_and_what_is_read_is_not(faked: Faked) -> None:
    """A page is opened with patience; one that breaks while it is read is for the reader to throw away."""
    url = f"{DATA}/jobs/query/750000000000001AAA/results"
    headers = {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "null", "Content-Length": "99"}
    faked.answers.get(url, status=503, body=HTML)
    faked.answers.get(url, body=b'"Id"\n', content_type="text/csv", headers=headers)
    with faked.retrying.bulk_page("750000000000001AAA", None) as opened:
        assert opened.records == 1
        with pytest.raises(IncompleteAnswer):
            list(opened.chunks())
    assert len(faked.asked()) == 2


class CountingOrg(BudgetedOrg):
    """A budget over an org whose usage is as told."""

    told: ApiUsage | None = None

    def usage(self) -> ApiUsage | None:
        """Give the usage told."""
        return self.told


def test_a_share_is_kept_to(faked: Faked, clock: SetClock) -> None:
    """A run uses no more calls than it may, pages and chunks counted, and makes none beyond."""
    faked.query(page(range(1), 2, "a"), page(range(1), 2, "a"))
    faked.more("a", page(range(1, 2), 2))
    faked.answers.get(f"{DATA}/sobjects", json={"sobjects": []})
    org = BudgetedOrg(faked.org, Share(calls=3), clock)
    assert len(list(org.pages(LEADS))) == 2
    with pytest.raises(BudgetSpent):
        org.retrieve("Lead", ["00Q000000000001"] * 2001, ["Id"])
    org.sobject_names()
    with pytest.raises(BudgetSpent, match="share of 3"):
        org.sobject_names()
    with pytest.raises(BudgetSpent):
        org.create("Lead", [{"LastName": "a"}])
    assert len(faked.asked()) == 3


def usage(used: int) -> dict[str, str]:
    return {"Sforce-Limit-Info": f"api-usage={used}/1000"}


def test_the_last_calls_of_the_day_are_left_to_others(faked: Faked, clock: SetClock) -> None:
    """Background work stops at the reserve, looks again every quarter of an hour, and goes on by itself."""
    for used in (950, 990, 100, 101):
        faked.answers.get(f"{DATA}/sobjects", json={"sobjects": []}, headers=usage(used))
    org = BudgetedOrg(faked.org, Share(reserve=0.05), clock)
    org.sobject_names()
    for _ in range(5):
        with pytest.raises(BudgetSpent, match="950 of the org's 1,000"):
            org.sobject_names()
    clock.advance(900)
    org.sobject_names()
    with pytest.raises(BudgetSpent, match="990"):
        org.sobject_names()
    clock.advance(900)
    org.sobject_names()
    org.sobject_names()
    assert len(faked.asked()) == 4


def test_a_call_is_noted_without_a_value(faked: Faked, clock: SetClock) -> None:
    """The log says which call, how long, how many records and how it ended, and nothing out of a record."""
    faked.query(page(range(2), 2))
    faked.answers.patch(f"{DATA}/composite/sobjects", body=ConnectionResetError(104, "reset"))
    faked.answers.get(f"{DATA}/sobjects/Lead/describe", status=403, json=[{"errorCode": "X", "message": "Name 1"}])
    with structlog.testing.capture_logs() as logs:
        org = LoggedOrg(faked.org, clock)
        list(org.pages(LEADS))
        with pytest.raises(OutcomeUnknown):
            org.update("Lead", [("00Q000000000001EAA", {"LastName": "Secret"})])
        with pytest.raises(OrgRefused):
            org.describe("Lead")
    common = {"event": "org call", "ms": 0}
    assert logs == [
        {**common, "log_level": "debug", "method": "pages", "records": 2},
        {**common, "log_level": "warning", "method": "update", "error": "OutcomeUnknown", "code": ""},
        {**common, "log_level": "warning", "method": "describe", "error": "OrgRefused", "code": "X"},
    ]


def test_an_unreachable_org_is_worth_another_attempt() -> None:
    """The classes of errors decide what is asked again, nothing else."""
    assert OrgUnreachable.next is OrgBusy.next is IncompleteAnswer.next
