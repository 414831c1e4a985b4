"""What an `Org` promises to everybody above it, held by the client together with the local org, over both mounts."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import requests

from sfsync.clock import SetClock
from sfsync.errors import LoginRefused, OrgRefused, OutcomeUnknown
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import found
from sfsync.localorg.faults import orders as faults
from sfsync.localorg.mounts.certificate import ensure_certificate
from sfsync.localorg.mounts.https import HttpsServer, listen
from sfsync.localorg.mounts.inprocess import InProcessAdapter
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.state import State
from sfsync.localorg.wire import Answer, Request
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.values import Kind, from_plain
from sfsync.salesforce.connect import OrgAccess, connect
from sfsync.salesforce.port import Org, Outcome

NOW = datetime(2026, 11, 24, 12, 30, 20, tzinfo=UTC)
NASTY = [
    "O'Hara",
    "back\\slash",
    "' OR Name != '",
    "Żółć 漢字 🙂",
    'say "x", y',
    "two\nlines",
    "a\\'b",
    "#N/A",
    "=1+1",
    "%_",
]
BY_KEY = "Sfsync_Key__c"


@dataclass
class Live:
    """A local org behind a mount, the client connected to it, and what was asked on the way."""

    org: Org
    access: OrgAccess
    local: LocalOrg
    clock: SetClock
    requests: list[Request]
    again: Callable[[OrgAccess], Org]  # connects anew

    def strike(self, do: object, **when: object) -> None:
        """Order a fault."""
        with self.local.lock, self.local.state.transaction():
            faults.order(self.local.state, [{"id": "f", "when": {"times": 1, **when}, "do": do}])

    def hits(self) -> int:
        """Count how often faults struck."""
        with self.local.lock:
            return sum(fault.hits for fault in faults.listed(self.local.state))


@pytest.fixture(scope="module", params=["in process", "https"])
def living(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One small org for all tests; each makes the records it looks at."""
    clock = SetClock(NOW)
    state = State.open(tmp_path_factory.mktemp("org"))
    org_clock = OrgClock(clock)
    found(state, org_clock, Amounts(leads=60, accounts=5, contacts=6, opportunities=4), 1)
    local = LocalOrg(state, org_clock)
    asked: list[Request] = []

    def answer(one: Request) -> Answer:
        asked.append(one)
        return local.answer(one)

    def access(url: str, ca_file: Path | None) -> OrgAccess:
        client_id, secret = str(state.setting("client_id")), str(state.setting("client_secret"))
        ca = str(ca_file) if ca_file else None
        return OrgAccess(url, "client_credentials", client_id, secret, local=True, ca_file=ca)

    def run(found_access: OrgAccess, transport: requests.adapters.BaseAdapter | None) -> Iterator[Live]:
        def again(wanted: OrgAccess) -> Org:
            return connect(wanted, clock, transport=transport, chance=Random(1))

        yield Live(again(found_access), found_access, local, clock, asked, again)

    if request.param == "in process":
        yield from run(access("https://acme.my.salesforce.com", None), InProcessAdapter(answer, clock))
    else:
        certificate = ensure_certificate(tmp_path_factory.mktemp("certificate"), datetime.now(UTC))  # noqa: TID251
        server = HttpsServer(answer, certificate, listen(0))
        server.start()
        yield from run(access(server.url, certificate.ca), None)
        server.stop()
    state.close()


@pytest.fixture
def live(living: Live) -> Iterator[Live]:
    """The org without faults on order, and its requests forgotten."""
    living.requests.clear()
    yield living
    with living.local.lock, living.local.state.transaction():
        faults.clear(living.local.state)


def ids_of(outcomes: list[Outcome]) -> list[str]:
    assert all(outcome.done and outcome.id for outcome in outcomes), outcomes
    return [str(outcome.id) for outcome in outcomes]


def leads(live: Live, *names: str, **values: str) -> list[str]:
    return ids_of(live.org.create("Lead", [{"LastName": name, "Company": "Promise", **values} for name in names]))


def by_id(ids: list[str], *fields: str) -> Query:
    return Query("Lead", ("Id", *fields), (Condition("Id", Compare.ONE_OF, tuple(ids)),))


def rows(live: Live, query: Query, *, deleted_too: bool = False) -> list[list[object]]:
    return [row for page in live.org.pages(query, deleted_too=deleted_too) for row in page.rows]


def test_the_org_says_who_it_is(live: Live) -> None:
    """Org, user and address are known after sign-in, and an org that is expected is compared."""
    found_org = live.org.identity()
    assert found_org.org_id.startswith("00D")
    assert len(found_org.org_id) == 18
    assert found_org.instance_url == live.access.url
    assert found_org.username.endswith("@local-org.example.com")
    live.again(replace(live.access, org_id=found_org.org_id[:15]))
    with pytest.raises(OrgRefused, match="not 00Dxx0000001gEREAY"):
        live.again(replace(live.access, org_id="00Dxx0000001gER"))


def test_a_wrong_secret_is_told_with_the_next_step(live: Live) -> None:
    """A login that cannot work says which setting to look at."""
    with pytest.raises(LoginRefused) as caught:
        live.again(replace(live.access, client_secret="wrong")).identity()
    assert "client_secret" in caught.value.problems[0].next


def test_schema_and_names_can_be_read(live: Live) -> None:
    """Describe answers become schemas; what is not there is refused with its code."""
    assert {"Lead", "Account", "Contact", "Opportunity", "User"} <= set(live.org.sobject_names())
    lead = live.org.describe("Lead")
    assert lead.fields[BY_KEY].external_id
    assert lead.fields["Company"].required
    with pytest.raises(OrgRefused) as caught:
        live.org.describe("Nope__c")
    assert caught.value.code == "NOT_FOUND"


def test_usage_and_time_are_known_without_a_call(live: Live) -> None:
    """After any answer it is known how many calls are used; asking costs none."""
    live.org.sobject_names()
    before = live.org.usage()
    live.org.sobject_names()
    after = live.org.usage()
    assert before is not None
    assert after is not None
    assert after.used == before.used + 1
    assert after.allowed >= 15_000


def test_values_come_back_as_they_were_given(live: Live) -> None:
    """Texts of every kind, numbers, days and nulls survive the way there and back, over REST and Bulk alike."""
    ids = leads(live, *NASTY)
    values = {"AnnualRevenue": Decimal("123456789012345"), "NumberOfEmployees": 7, "Title": None, "DoNotCall": True}
    ids_of(live.org.update("Lead", [(one, values) for one in ids]))
    query = by_id(ids, "LastName", *values)
    found_rows = sorted(rows(live, query))
    assert [row[1] for row in found_rows] == NASTY
    kinds = (Kind.NUMBER, Kind.INTEGER, Kind.TEXT, Kind.BOOLEAN)
    for row in found_rows:
        assert [from_plain(kind, value) for kind, value in zip(kinds, row[2:], strict=True)] == list(values.values())
    assert [row[1] for row in sorted(bulk_rows(live, query))] == NASTY
    retrieved = live.org.retrieve("Lead", ids, ["LastName", "DoNotCall"])
    assert retrieved == [{"LastName": name, "DoNotCall": True} for name in NASTY]


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_value_finds_just_the_records_that_hold_it(live: Live, name: str) -> None:
    """Whatever stands in a condition is compared as a value by the org, and is never read as SOQL."""
    (record_id,) = leads(live, f"unique {name}")
    query = Query("Lead", ("Id",), (Condition("LastName", Compare.EQUAL, f"unique {name}"),))
    assert [record_id] in rows(live, query)
    assert live.org.count(query) == len(rows(live, query))
    ids_of(live.org.delete("Lead", [record_id]))


def test_every_kind_of_value_can_be_compared_with(live: Live) -> None:
    """Days, instants, numbers, flags and nulls are conditions that the org understands."""
    (account,) = ids_of(live.org.create("Account", [{"Name": "Promise"}]))
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": date(2026, 12, 31), "Amount": Decimal("12.5")}
    (record_id,) = ids_of(live.org.create("Opportunity", [{**deal, "AccountId": account}]))
    conditions = [
        Condition("CloseDate", Compare.EQUAL, date(2026, 12, 31)),
        Condition("Amount", Compare.AT_MOST, Decimal("12.50")),
        Condition("Amount", Compare.MORE, 12),
        Condition("IsClosed", Compare.EQUAL, False),
        Condition("NextStep", Compare.EQUAL, None),
        Condition("CreatedDate", Compare.AT_LEAST, NOW - timedelta(hours=1)),
        Condition("CreatedDate", Compare.LESS, NOW + timedelta(days=400)),
        Condition("Account.Name", Compare.NOT_EQUAL, "Other"),
        Condition("AccountId", Compare.ONE_OF, (account, None)),
    ]
    query = Query("Opportunity", ("Id", "Account.Name", "Account.Owner.Username"), tuple(conditions), ("Id",), 5)
    (row,) = rows(live, query)
    assert row[:2] == [record_id, "Promise"]
    assert str(row[2]).endswith("example.com")


def test_a_missing_parent_is_null_all_the_way(live: Live) -> None:
    """Below a reference that is empty every value is None."""
    (record_id,) = ids_of(live.org.create("Contact", [{"LastName": "Alone"}]))
    query = Query("Contact", ("Account.Name", "Account.Owner.Name", "Id"), (Condition("Id", Compare.EQUAL, record_id),))
    assert rows(live, query) == [[None, None, record_id]]


def test_long_answers_come_in_pages_that_can_be_gone_on_with(live: Live) -> None:
    """More than two thousand records come in pages; from the position of any of them the rest comes."""
    for start in range(0, 2100, 200):
        names = [f"Paged {number:04d}" for number in range(start, min(start + 200, 2100))]
        leads(live, *names, LeadSource="Paging")
    query = Query("Lead", ("Id", "LastName"), (Condition("LeadSource", Compare.EQUAL, "Paging"),), ("LastName",))
    pages = list(live.org.pages(query))
    assert len(pages) > 1
    assert [row[1] for page in pages for row in page.rows] == [f"Paged {number:04d}" for number in range(2100)]
    rest = list(live.org.pages(query, position=pages[0].position))
    assert [page.rows for page in rest] == [page.rows for page in pages[1:]]
    assert live.org.count(query) == 2100


def test_outcomes_stand_in_the_order_of_the_records(live: Live) -> None:
    """A record that is refused says why and where; its neighbours are taken."""
    good = {"LastName": "Good", "Company": "Promise"}
    outcomes = live.org.create("Lead", [good, {"LastName": "x" * 200, "Company": "P"}, {"Company": "P"}, good])
    assert [outcome.done for outcome in outcomes] == [True, False, False, True]
    assert [outcome.created for outcome in outcomes] == [True, False, False, True]
    assert [outcome.refusals[0].code for outcome in outcomes[1:3]] == ["STRING_TOO_LONG", "REQUIRED_FIELD_MISSING"]
    assert outcomes[1].refusals[0].fields == ("LastName",)


def test_an_upsert_by_key_makes_one_record_however_often_it_is_sent(live: Live) -> None:
    """The same key twice is the same record, and the org says which time it was made."""
    values = {"LastName": "Keyed", "Company": "Promise"}
    (first,) = live.org.upsert("Lead", BY_KEY, [("promise-1", values)])
    (second,) = live.org.upsert("Lead", BY_KEY, [("promise-1", {**values, "Title": "CEO"})])
    assert (first.created, second.created) == (True, False)
    assert first.id == second.id
    assert live.org.retrieve("Lead", [str(first.id)], [BY_KEY, "Title"]) == [{BY_KEY: "promise-1", "Title": "CEO"}]


def test_deleted_records_are_told_in_every_way_there_is(live: Live) -> None:
    """A delete is not seen by a query, seen by one that asks for it, told by the window, and None when read by id."""
    keep, gone = leads(live, "Keep", "Gone")
    since = NOW - timedelta(minutes=5)
    (outcome,) = live.org.delete("Lead", [gone])
    assert outcome == Outcome(gone)
    (again,) = live.org.delete("Lead", [gone])
    assert again.refusals[0].code == "ENTITY_IS_DELETED"
    live.clock.advance(300)
    told = live.org.deleted("Lead", since, NOW + timedelta(minutes=5))
    assert gone in [record_id for record_id, _ in told.ids]
    assert keep not in [record_id for record_id, _ in told.ids]
    assert told.covered_until > since
    assert [row[0] for row in rows(live, by_id([keep, gone]))] == [keep]
    assert sorted(rows(live, by_id([keep, gone], "IsDeleted"), deleted_too=True)) == sorted(
        [[keep, False], [gone, True]]
    )
    assert live.org.retrieve("Lead", [gone, keep], ["Id"]) == [None, {"Id": keep}]


def bulk_rows(live: Live, query: Query) -> list[list[str]]:
    job = live.org.start_bulk_query(query)
    position, found_rows = None, []
    while not (job := live.org.bulk_query(job.id)).finished:
        live.clock.sleep(1)
    while True:
        with live.org.bulk_page(job.id, position) as page:
            body = b"".join(page.chunks()).decode()
            read = list(csv.reader(io.StringIO(body, newline="")))
            assert len(read) - 1 == page.records
            found_rows.extend(read[1:])
            position = page.position
        if position is None:
            break
    live.org.end_bulk_query(job.id)
    live.org.end_bulk_query(job.id)
    return found_rows


def test_a_bulk_query_gives_what_a_query_gives(live: Live) -> None:
    """Both ways to read give the same records, and a job that was read is gone."""
    query = Query("Account", ("Id", "Name"))
    assert sorted(bulk_rows(live, query)) == sorted(rows(live, query))


def test_a_bulk_query_that_makes_no_sense_is_refused(live: Live) -> None:
    """A field that is not there is told when the job is started."""
    with pytest.raises(OrgRefused) as caught:
        live.org.start_bulk_query(Query("Lead", ("Id", "Nope__c")))
    assert caught.value.code == "INVALID_FIELD"


def test_no_write_ever_runs_an_assignment_rule(live: Live) -> None:
    """Every write carries the header that keeps the org from assigning records; what reads does not need it."""
    (record_id,) = leads(live, "Header")
    live.org.update("Lead", [(record_id, {"Title": "x"})])
    live.org.upsert("Lead", BY_KEY, [("promise-2", {"LastName": "a", "Company": "b"})])
    live.org.retrieve("Lead", [record_id], ["Id"])
    live.org.delete("Lead", [record_id])
    bulk_rows(live, by_id([record_id]))
    carried = [
        (one.method, one.path.rpartition("v62.0")[2], one.headers.get("sforce-auto-assign")) for one in live.requests
    ]
    for method, path, told in carried:
        writes = path.startswith("/composite/sobjects") and (method, path) != ("POST", "/composite/sobjects/Lead")
        assert told == ("FALSE" if writes else None), (method, path)
    assert sum(told == "FALSE" for _, _, told in carried) == 4


def test_a_session_that_ends_is_not_noticed(live: Live) -> None:
    """Between pages, on a write and while a job runs, a new login happens by itself and nothing is done twice."""
    live.strike("expire_session", method="PATCH")
    live.org.upsert("Lead", BY_KEY, [("promise-3", {"LastName": "a", "Company": "b"})])
    live.strike("expire_session", path="^.*/jobs/query/")
    bulk_rows(live, Query("Account", ("Id",)))
    query = Query("Lead", ("Id",), (Condition(BY_KEY, Compare.EQUAL, "promise-3"),))
    live.strike("expire_session", path="^.*/v62.0/query")
    assert live.org.count(query) == 1
    assert live.hits() == 3


@pytest.mark.parametrize("when", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_to_a_write_is_told_as_unknown(live: Live, when: str) -> None:
    """Whether the org did it or not, the caller is told that nobody knows, and finds out by the key."""
    key = f"promise-{when}"
    live.strike(when, method="PATCH")
    with pytest.raises(OutcomeUnknown):
        live.org.upsert("Lead", BY_KEY, [(key, {"LastName": "a", "Company": "b"})])
    assert live.org.count(Query("Lead", ("Id",), (Condition(BY_KEY, Compare.EQUAL, key),))) == (
        when == "drop_after_commit"
    )
    assert sum(one.method == "PATCH" for one in live.requests) == 1


@pytest.mark.parametrize("do", ["drop_before_commit", {"status": 503, "body": "<html>maintenance</html>"}])
def test_a_read_that_fails_is_asked_again(live: Live, do: object) -> None:
    """Whoever reads does not notice a dropped connection or a maintenance page."""
    live.strike(do, path="^.*/v62.0/query")
    assert live.org.count(Query("User", ("Id",))) > 0
    assert live.hits() == 1
