"""Whatever is sent to the SOAP API, it answers with an envelope."""

from xml.sax.saxutils import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.localorg.soap.endpoint import CALLS
from tests.localorg.soap.conftest import Soap

_NAMES = [
    *(
        "sObjects",
        "type",
        "Id",
        "LastName",
        "Company",
        "NumberOfEmployees",
        "Owner",
        "Username",
        "fieldsToNull",
        "nope",
    ),
    *("ids", "iDs", "sObjectType", "fieldList", "queryString", "queryLocator", "externalIDFieldName", "request"),
    *("masterRecord", "recordToMergeIds", "leadConverts", "leadId", "convertedStatus", "accountId", "ownerId"),
    *("nope", "startDate", "endDate", "searchString", "username", "password", "Address", "IsDeleted", "attributes"),
]
_TEXTS = st.sampled_from(
    [
        *("", " ", "Lead", "Id", "Ext_Id__c", "true", "00Q000000000001", "005Lc0000000001IAA", "Qualified", "é" * 300),
        *(
            "SELECT Id FROM Lead",
            "FIND {a} RETURNING Lead",
            "2026-11-24T12:00:00Z",
            "1e400",
            "NaN",
            "'; --",
            "Bad.Name",
        ),
    ]
) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str)
_ELEMENTS = st.recursive(
    st.tuples(st.sampled_from(_NAMES), _TEXTS.map(escape)).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"),
    lambda inner: st.tuples(st.sampled_from(_NAMES), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=8,
)
_hostile = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@_hostile
@given(st.sampled_from(sorted(set(CALLS) - {"logout"})), st.lists(_ELEMENTS, max_size=4), st.sampled_from(["u", "c"]))
def test_any_call_is_answered_or_a_fault(soap: Soap, call: str, elements: list[str], kind: str) -> None:
    """Results with 200, or one fault with 500; the org goes on."""
    told = soap.call(f"<{call}>{''.join(elements)}</{call}>", kind=kind)
    if told.status == 200:
        assert all(one.name == "result" for one in told.results)
    else:
        assert told.fault()[0]
    assert soap.call("<getServerTimestamp/>").status == 200


@_hostile
@given(st.binary(max_size=200))
def test_any_bytes_are_a_fault(soap: Soap, body: bytes) -> None:
    """No envelope, no call."""
    assert soap.post(body).fault()[0] == "soapenv:Client"
