"""Writing: each record has its own outcome, nothing is sent twice, and a doubt is told as a doubt."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from requests.exceptions import ReadTimeout

from sfsync.errors import Next, OrgBusy, OrgError, OrgRefused, OutcomeUnknown, SessionExpired
from sfsync.records.ids import to_18
from sfsync.salesforce.port import Outcome, Refusal
from tests.salesforce.conftest import DATA, EXPIRED, Faked

URL = f"{DATA}/composite/sobjects"
ONE, TWO = to_18("00Q000000000001"), to_18("00Q000000000002")
LOCKED = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "locked", "fields": []}
TOO_LONG = {"statusCode": "STRING_TOO_LONG", "message": "too long", "fields": ["LastName"]}


def taken(record_id: str, **other: object) -> dict[str, object]:
    return {"id": record_id, "success": True, "errors": [], **other}


def refused(*errors: object, **other: object) -> dict[str, object]:
    return {"success": False, "errors": list(errors), **other}


def body(faked: Faked) -> dict[str, object]:
    found = json.loads(faked.asked("/composite/")[0].body or "")
    assert isinstance(found, dict)
    return found


def test_creates_go_out_as_values_of_json_and_come_back_one_by_one(faked: Faked) -> None:
    """Nulls, numbers and times keep their meaning; a refused record does not harm its neighbours."""
    faked.answers.post(URL, json=[taken(ONE), refused(TOO_LONG)])
    values = {
        "LastName": "O'Hara",
        "Company": None,
        "AnnualRevenue": Decimal("12.5"),
        "Seen__c": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "Day__c": date(2026, 1, 2),
        "Flag__c": True,
    }
    outcomes = faked.org.create("Lead", [values, {"LastName": "x" * 90}])
    refusal = Refusal("STRING_TOO_LONG", "too long", ("LastName",), Next.BURY)
    assert outcomes == [Outcome(ONE, (), True), Outcome(None, (refusal,), False)]
    sent = body(faked)
    assert sent["allOrNone"] is False
    assert sent["records"] == [
        {
            "attributes": {"type": "Lead"},
            "LastName": "O'Hara",
            "Company": None,
            "AnnualRevenue": 12.5,
            "Seen__c": "2026-01-02T03:04:05.000Z",
            "Day__c": "2026-01-02",
            "Flag__c": True,
        },
        {"attributes": {"type": "Lead"}, "LastName": "x" * 90},
    ]


def test_updates_keep_their_ids_when_refused(faked: Faked) -> None:
    """A refused update says which record it was, and that a locked one may be taken later."""
    faked.answers.patch(URL, json=[taken(ONE), refused(LOCKED)])
    outcomes = faked.org.update("Lead", [(ONE[:15], {"LastName": "a"}), (TWO, {"LastName": "b"})])
    assert outcomes == [Outcome(ONE), Outcome(TWO, (Refusal("UNABLE_TO_LOCK_ROW", "locked", (), Next.RETRY),))]
    assert [record["id"] for record in body(faked)["records"]] == [ONE, TWO]  # type: ignore[attr-defined]


def test_upserts_carry_the_key_and_say_what_they_made(faked: Faked) -> None:
    """The external id goes where collections read it, and a new record is told from one that was there."""
    faked.answers.patch(f"{URL}/Lead/Sfsync_Key__c", json=[taken(ONE, created=True), taken(TWO, created=False)])
    outcomes = faked.org.upsert("Lead", "Sfsync_Key__c", [("k1", {"LastName": "a"}), ("k2", {"LastName": "b"})])
    assert outcomes == [Outcome(ONE, created=True), Outcome(TWO)]
    keys = [(record["Sfsync_Key__c"], record["LastName"]) for record in body(faked)["records"]]  # type: ignore[attr-defined]
    assert keys == [("k1", "a"), ("k2", "b")]


def test_deletes_name_the_records_in_the_address(faked: Faked) -> None:
    """Two hundred ids fit in one call, and each has its outcome."""
    ids = [to_18(f"00Q{number:012d}") for number in range(200)]
    faked.answers.delete(URL, json=[taken(one) for one in ids])
    assert [outcome.id for outcome in faked.org.delete("Lead", ids)] == ids
    query = parse_qs(urlsplit(str(faked.asked("/composite/")[0].url)).query)
    assert query == {"ids": [",".join(ids)], "allOrNone": ["false"]}


def test_nothing_to_write_makes_no_call(faked: Faked) -> None:
    """An empty list of records costs nothing."""
    assert faked.org.create("Lead", []) == faked.org.update("Lead", []) == faked.org.delete("Lead", []) == []
    assert faked.org.upsert("Lead", "Ext_Id__c", []) == []
    assert faked.asked() == []


@pytest.mark.parametrize(
    ("sobject", "records"),
    [
        ("Lead", [("nonsense", {})]),
        ("Lead", [(ONE, {"Last Name": "x"})]),
        ("Lead/x", [(ONE, {})]),
        ("Lead", [(ONE, {"Amount": Decimal("Infinity")})]),
        ("Lead", [(ONE, {"Amount": Decimal("NaN")})]),
        ("Lead", [(ONE, {})] * 201),
    ],
)
def test_what_cannot_be_right_is_not_sent(
    faked: Faked, sobject: str, records: list[tuple[str, dict[str, object]]]
) -> None:
    """Ids, names and values are checked before anything leaves."""
    with pytest.raises(OrgRefused):
        faked.org.update(sobject, records)  # type: ignore[arg-type]
    assert faked.asked() == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html>maintenance</html>",
        "[",
        "{}",
        "[]",
        json.dumps([taken(ONE)]),  # one is missing
        json.dumps([taken(ONE), taken(TWO), taken(TWO)]),  # one too many
        json.dumps([taken(TWO), taken(ONE)]),  # of other records
        json.dumps([taken(ONE), {"id": TWO}]),
        json.dumps([taken(ONE), {"id": TWO, "success": "true"}]),
        json.dumps([taken(ONE), {"success": True}]),
        json.dumps([taken(ONE), "x"]),
        json.dumps([taken(ONE), taken("nonsense")]),
        json.dumps([taken(ONE), refused("x")]),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_doubt(faked: Faked, answer: str) -> None:
    """Where the org took the call and its answer makes no sense, no record is taken for written, nor for refused."""
    faked.answers.patch(URL, body=answer)
    with pytest.raises(OutcomeUnknown):
        faked.org.update("Lead", [(ONE, {"LastName": "a"}), (TWO, {"LastName": "b"})])
    assert len(faked.asked()) == 1


def test_a_refusal_without_a_reason_is_a_refusal(faked: Faked) -> None:
    """A record the org did not take never counts as taken."""
    faked.answers.patch(URL, json=[refused()])
    (outcome,) = faked.org.update("Lead", [(ONE, {"LastName": "a"})])
    assert not outcome.done


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "INVALID_FIELD", OrgRefused),
        (400, "JSON_PARSER_ERROR", OrgRefused),
        (400, "UNABLE_TO_LOCK_ROW", OrgBusy),
        (503, "SERVER_UNAVAILABLE", OrgBusy),
        (500, "UNKNOWN_EXCEPTION", OutcomeUnknown),
    ],
)
def test_a_refused_call_is_one_error_for_all_its_records(
    faked: Faked, status: int, code: str, error: type[OrgError]
) -> None:
    """What concerns the call as a whole is told once, and surely or not as it is."""
    faked.answers.post(URL, status=status, json=[{"message": "m", "errorCode": code}])
    with pytest.raises(OrgError) as caught:
        faked.org.create("Lead", [{"LastName": "a"}])
    assert type(caught.value) is error


@pytest.mark.parametrize("fault", [ReadTimeout("slow"), ConnectionResetError(104, "reset")])
def test_a_write_is_sent_once_even_by_an_org_that_retries(faked: Faked, fault: Exception) -> None:
    """A lost answer is for the outbox to settle; the retrying wrapper leaves writes alone."""
    faked.answers.post(URL, body=fault)
    with pytest.raises(OutcomeUnknown):
        faked.retrying.create("Lead", [{"LastName": "a"}])
    assert len(faked.asked()) == 1
    assert faked.clock.monotonic() == 0


def test_a_write_is_repeated_once_after_a_renewal_and_then_told(faked: Faked) -> None:
    """An ended session did nothing, so the write goes out again; if that is refused too, the caller hears of it."""
    faked.answers.post(URL, status=401, json=EXPIRED)
    with pytest.raises(SessionExpired):
        faked.org.create("Lead", [{"LastName": "a"}])
    assert len(faked.asked("/composite/")) == 2
