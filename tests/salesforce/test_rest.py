"""Reading over REST: no page is believed before it has been counted."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import responses

from sfsync.errors import IncompleteAnswer, OrgRefused, OrgUnreachable
from sfsync.records.ids import to_18
from sfsync.records.query import Compare, Condition, Query
from sfsync.salesforce.port import Deleted, OrgIdentity
from sfsync.salesforce.soql import parts
from tests.salesforce.conftest import DATA, HOST, ORG_ID, USER_ID, Faked

LEADS = Query("Lead", ("Id", "LastName"))


def lead(number: int, **fields: object) -> dict[str, object]:
    record_id = _id(number)
    attributes = {"type": "Lead", "url": f"/services/data/v62.0/sobjects/Lead/{record_id}"}
    return {"attributes": attributes, "Id": record_id, "LastName": f"Name {number}", **fields}


def _id(number: int) -> str:
    return to_18(f"00Q{number:012d}")


def page(numbers: range, total: int, locator: str | None = None, **other: object) -> dict[str, object]:
    body: dict[str, object] = {"totalSize": total, "done": locator is None}
    if locator is not None:
        body["nextRecordsUrl"] = f"/services/data/v62.0/query/{locator}"
    return {**body, "records": [lead(number) for number in numbers], **other}


def test_pages_follow_one_another_to_the_end(faked: Faked) -> None:
    """All records come, in order, with where each next page is."""
    faked.query(page(range(2), 5, "01g-2"))
    faked.more("01g-2", page(range(2, 4), 5, "01g-4"))
    faked.more("01g-4", page(range(4, 5), 5))
    pages = list(faked.org.pages(LEADS))
    assert [row for one in pages for row in one.rows] == [[_id(number), f"Name {number}"] for number in range(5)]
    assert [one.total for one in pages] == [5, 5, 5]
    assert [one.position is None for one in pages] == [False, False, True]


def test_a_query_goes_on_from_a_position_and_still_counts(faked: Faked) -> None:
    """What was cut short goes on at its page, in another process too, and the sum is still held to the total."""
    faked.query(page(range(2), 5, "01g-2"))
    position = next(faked.org.pages(LEADS)).position
    faked.more("01g-2", page(range(2, 5), 5), page(range(2, 4), 5))
    assert [len(one.rows) for one in faked.org.pages(LEADS, position=position)] == [3]
    with pytest.raises(IncompleteAnswer, match="5 records, as the org says, but 4 came") as caught:
        list(faked.org.pages(LEADS, position=position))
    assert "run it again" in caught.value.problems[0].next


@pytest.mark.parametrize("position", ["", "x", "0:2", "0:2:https://evil.example.com/", "0:2:", "a:0:", "-1:0:"])
def test_a_position_that_is_none_is_refused(faked: Faked, position: str) -> None:
    """A damaged resume point asks nothing of anybody."""
    with pytest.raises(OrgRefused, match="no place in an answer"):
        list(faked.org.pages(LEADS, position=position))
    assert faked.asked() == []


@pytest.mark.parametrize(
    "bodies",
    [
        [page(range(2), 3)],  # short
        [page(range(4), 3)],  # long
        [page(range(2), 4, "l"), page(range(2, 3), 4)],  # short in the end
        [page(range(2), 4, "l"), page(range(2, 4), 5)],  # another total
        [page(range(2), 4, "l"), page(range(1, 3), 4)],  # a record again
        [page(range(2), 4, "l"), page(range(2), 4)],  # the page again
        [page(range(2), 9, "l"), page(range(2, 4), 9, "l")],  # a locator again
        [{**page(range(1), 2), "records": [lead(1), lead(1)]}],  # twice in one page
        [page(range(2), 3, "l"), page(range(2, 4), 3, "m")],  # more than the total, and more to come
        [{**page(range(1), 1), "records": [lead(1, attributes={"type": "User", "url": "/u/005"})]}],  # of another kind
    ],
)
def test_pages_that_do_not_add_up_are_not_believed(faked: Faked, bodies: list[dict[str, object]]) -> None:
    """A short, repeated or endless answer is told as incomplete instead of losing or doubling records."""
    faked.query(bodies[0])
    faked.more("l", *bodies[1:])
    with pytest.raises(IncompleteAnswer):
        list(faked.org.pages(LEADS))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>maintenance</html>",
        '{"totalSize":1,"done":true,"records":[',
        "\ufeff{}",
        {"records": []},
        {"totalSize": "1", "done": True, "records": []},
        {"totalSize": 0, "done": "yes", "records": []},
        {"totalSize": 1, "done": False, "records": []},
        {"totalSize": 1, "done": True, "records": [17]},
        {"totalSize": 1, "done": True, "records": [{"Id": "x"}]},
        {"totalSize": 1, "done": True, "records": {"0": {}}},
        page(range(1), 1) | {"records": [{"attributes": {}, "Id": "x"}]},  # a field is missing
    ],
)
def test_an_answer_of_a_wrong_form_is_asked_again_not_a_crash(faked: Faked, body: dict[str, object] | str) -> None:
    """HTML, cut JSON and wrong shapes with a status of 200 are an org out of reach, never a traceback."""
    faked.query(body)
    with pytest.raises(OrgUnreachable):
        list(faked.org.pages(LEADS))


def test_parents_are_flattened_and_a_missing_parent_is_null(faked: Faked) -> None:
    """Values come in the order of the fields, parents' by their path, with every digit, whatever order the org has."""
    query = Query("Lead", ("Owner.Name", "Id", "Owner.Manager.Email", "AnnualRevenue", "lastname"))
    owner = {"attributes": {}, "Name": "Ana", "Manager": None}
    faked.query(
        '{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Lead","url":"/x/00Q000000000001EAA"},'
        '"AnnualRevenue":9007199254740993.17,"LastName":"L","Id":"00Q000000000001EAA",'
        '"Owner":{"attributes":{},"Name":"Ana","Manager":null}}]}',
        {**page(range(1), 1), "records": [lead(1, AnnualRevenue=None, Owner=None)]},
        {**page(range(1), 1), "records": [lead(1, AnnualRevenue=1, Owner={**owner, "Manager": {"Email": "m@x.com"}})]},
    )
    rows = [next(faked.org.pages(query)).rows[0] for _ in range(3)]
    assert rows[0] == ["Ana", "00Q000000000001EAA", None, Decimal("9007199254740993.17"), "L"]
    assert rows[1] == [None, _id(1), None, None, "Name 1"]
    assert rows[2] == ["Ana", _id(1), "m@x.com", 1, "Name 1"]


def test_deleted_records_are_asked_for_where_wanted(faked: Faked) -> None:
    """With `deleted_too` the question goes to the resource that holds the recycle bin too."""
    faked.answers.get(f"{DATA}/queryAll/", json=page(range(1), 1))
    assert len(list(faked.org.pages(LEADS, deleted_too=True))) == 1


def test_a_long_list_is_asked_in_parts_and_goes_on_between_them(faked: Faked) -> None:
    """Lists too long for one URI become several questions; a position leads over from one to the next."""
    names = tuple(f"{number:04d}" + "x" * 60 for number in range(400))
    query = Query("Lead", ("Id", "LastName"), (Condition("LastName", Compare.ONE_OF, names),))
    faked.query(page(range(2), 3, "a-2"), page(range(3, 6), 3), page(range(3, 6), 3))
    faked.more("a-2", page(range(2, 3), 3))
    pages = faked.org.pages(query)
    first, second = next(pages), next(pages)
    assert [row[0] for row in first.rows + second.rows] == [_id(0), _id(1), _id(2)]
    assert second.position is not None
    rest = list(faked.org.pages(query, position=second.position))
    assert [len(one.rows) for one in rest] == [3] * (len(list(parts(query))) - 1) != []
    assert rest[-1].position is None


def test_a_count_is_one_small_call(faked: Faked) -> None:
    """Counting asks for no record, and for nothing where nothing can be found."""
    faked.query({"totalSize": 17, "done": True, "records": []})
    assert faked.org.count(LEADS) == 17
    assert faked.org.count(Query("Lead", ("Id",), (Condition("Id", Compare.ONE_OF, ()),))) == 0
    assert [str(request.url) for request in faked.asked()] == [f"{DATA}/query/?q=SELECT+count%28%29+FROM+Lead"]


def test_who_the_org_is_is_asked_once(faked: Faked) -> None:
    """Two calls tell org, sandbox or not, and user; later questions are answered from memory."""
    organization = {
        "attributes": {"type": "Organization", "url": "/x/1"},
        "Id": ORG_ID,
        "Name": "Acme",
        "IsSandbox": False,
    }
    user = {"attributes": {"type": "User", "url": "/x/2"}, "Id": USER_ID, "Username": "sync@acme.com"}
    faked.query(*({"totalSize": 1, "done": True, "records": [one]} for one in (organization, user)))
    expected = OrgIdentity(ORG_ID, "Acme", False, HOST, USER_ID, "sync@acme.com")
    assert [faked.org.identity() for _ in range(3)] == [expected] * 3
    assert len(faked.asked()) == 2


def test_deletes_are_asked_for_by_whole_minutes(faked: Faked) -> None:
    """The window goes out without seconds, and what the org covered is where the next one starts."""
    told = {
        "deletedRecords": [{"id": "00Q000000000001EAA", "deletedDate": "2026-03-02T09:10:11.000+0000"}],
        "earliestDateAvailable": "2026-02-20T00:00:00.000+0000",
        "latestDateCovered": "2026-03-02T09:28:00.000+0000",
    }
    faked.answers.get(
        f"{DATA}/sobjects/Lead/deleted/",
        json=told,
        match=[
            responses.matchers.query_param_matcher(
                {"start": "2026-03-02T08:00:00+00:00", "end": "2026-03-02T09:30:00+00:00"}
            )
        ],
    )
    until = datetime(2026, 3, 2, 9, 30, 59, tzinfo=UTC)
    found = faked.org.deleted("Lead", datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC), until)
    deleted_at = datetime(2026, 3, 2, 9, 10, 11, tzinfo=UTC)
    covered, told_from = datetime(2026, 3, 2, 9, 28, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)
    assert found == Deleted((("00Q000000000001EAA", deleted_at),), covered, told_from)
    assert faked.org.deleted("Lead", until - timedelta(minutes=1), until) == Deleted((), until - timedelta(minutes=1))
    assert len(faked.asked()) == 1


def test_records_are_read_by_id_in_the_order_asked(faked: Faked) -> None:
    """Each id has its record or None, twice where it was asked for twice, and only the fields wanted."""
    faked.answers.post(f"{DATA}/composite/sobjects/Lead", json=[lead(2), None, lead(1)])
    found = faked.org.retrieve("Lead", [_id(2), _id(7), _id(1)[:15], _id(2)], ["LastName"])
    assert found == [{"LastName": "Name 2"}, None, {"LastName": "Name 1"}, {"LastName": "Name 2"}]
    assert faked.org.retrieve("Lead", [], ["LastName"]) == []
    assert len(faked.asked()) == 1


def test_many_ids_are_read_two_thousand_a_call(faked: Faked) -> None:
    """Any number of ids may be asked for; no call asks for more than the org takes."""
    counts = []

    def answer(request: object) -> tuple[int, dict[str, str], str]:
        ids = json.loads(request.body)["ids"]  # type: ignore[attr-defined]
        counts.append(len(ids))
        return 200, {}, json.dumps([{"attributes": {}, "Id": one} for one in ids])

    faked.answers.add_callback("POST", f"{DATA}/composite/sobjects/Lead", callback=answer)
    found = faked.org.retrieve("Lead", [_id(number) for number in range(4001)], ["Id"])
    assert [record and record["Id"] for record in found] == [_id(number) for number in range(4001)]
    assert counts == [2000, 2000, 1]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([lead(1)], IncompleteAnswer),
        ([lead(2), lead(1)], IncompleteAnswer),
        ([lead(1), {"attributes": {}, "Id": _id(2)}], OrgUnreachable),
        ({}, OrgUnreachable),
        ([lead(1), "x"], OrgUnreachable),
    ],
)
def test_an_answer_about_other_records_is_not_believed(faked: Faked, answer: object, error: type[Exception]) -> None:
    """Records are never joined to the wrong ids, whatever the org answers."""
    faked.answers.post(f"{DATA}/composite/sobjects/Lead", json=answer)
    with pytest.raises(error):
        faked.org.retrieve("Lead", [_id(1), _id(2)], ["Id", "LastName"])


def test_describe_of_what_is_no_name_asks_nothing(faked: Faked) -> None:
    """A name out of a file cannot lead to another resource."""
    for name in ("Lead/../User", "Lead?x", "", "Lead/describe"):
        with pytest.raises(OrgRefused):
            faked.org.describe(name)
    assert faked.asked() == []


def test_describe_of_an_sobject_that_is_not_there_is_refused_with_its_code(faked: Faked) -> None:
    """Whoever asks can tell a missing sObject from an org that is out of reach."""
    missing = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    faked.answers.get(f"{DATA}/sobjects/Nope__c/describe", status=404, json=missing)
    with pytest.raises(OrgRefused) as caught:
        faked.org.describe("Nope__c")
    assert caught.value.code == "NOT_FOUND"
