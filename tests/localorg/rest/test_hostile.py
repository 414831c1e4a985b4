"""Whatever is sent, the org answers as Salesforce would: with an answer."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.localorg.conftest import Org

_FIELDS = [
    *("LastName", "company", "Email", "AnnualRevenue", "NumberOfEmployees", "OwnerId", "Status", "CleanStatus"),
    *("DoNotCall", "Score__c", "Ext_Id__c", "Latitude", "EmailBouncedDate", "ConvertedDate", "Address", "Owner"),
    *("Id", "id", "attributes", "IsDeleted", "MasterRecord", "nope", "", "Name'; --"),
]
_WORDS = [
    "001000000000001",
    "00Q000000000001",
    "2026-02-30",
    "2026-11-24T25:00:00Z",
    "1e400",
    "-0",
    "NaN",
    "a@b.c",
    "é" * 300,
]
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.sampled_from(_WORDS)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["Ext_Id__c", "Username", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_RECORDS = st.dictionaries(st.sampled_from(_FIELDS), _VALUES, max_size=6)
_hostile = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@_hostile
@given(_RECORDS)
def test_any_record_is_saved_or_refused(org: Org, record: dict[str, object]) -> None:
    """Creating and changing with any JSON ends in success or in an error array, and what was saved can be read."""
    body = json.dumps(record).encode()
    created = org.raw("POST", "sobjects/Lead", body)
    lead = org.make("Lead")
    changed = org.raw("PATCH", f"sobjects/Lead/{lead}", body)
    assert created.status in (201, 400) and changed.status in (204, 400)
    assert isinstance(created.body, bytes)
    if created.status == 201:
        org.get("Lead", json.loads(created.body)["id"])
    else:
        assert all(one["errorCode"] and one["message"] for one in json.loads(created.body))
    org.get("Lead", lead)


@_hostile
@given(
    st.recursive(_RECORDS | _SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6),
    st.sampled_from(["POST", "PATCH"]),
)
def test_any_collection_is_answered(org: Org, records: object, method: str) -> None:
    """A collection of anything is 200 with an outcome each, or 400."""
    for path in ("composite/sobjects", "composite/sobjects/Lead/Ext_Id__c", "composite/sobjects/Lead"):
        if isinstance(records, list):
            records = [{"attributes": {"type": "Lead"}, **one} if isinstance(one, dict) else one for one in records]
        reply = org.ask(method, path, {"records": records, "ids": records, "fields": ["Name"]})
        assert reply.status in (200, 400, 404, 405)


@_hostile
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=5),
    st.dictionaries(
        st.sampled_from(["fields", "start", "end", "ids", "sObjects", "_HttpMethod"]), st.text(max_size=25)
    ),
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "X"]),
)
def test_any_path_is_answered(org: Org, parts: list[str], query: dict[str, str], method: str) -> None:
    """Unknown paths and odd queries are refused with a status, never with a crash."""
    path = "sobjects/Lead/" + "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)
    assert 200 <= org.raw(method, path, b"{}", query).status < 500
