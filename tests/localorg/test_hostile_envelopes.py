"""Whatever is sent to what holds other requests, records or deployments, the org answers in its own way."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.localorg.conftest import Org

CALM = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
DATA, ASYNC = "/services/data/v59.0", "/services/async/59.0"
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12))
WORDS = st.sampled_from(
    [
        "GET",
        "POST",
        "PATCH",
        f"{DATA}/sobjects/Lead",
        f"{DATA}/query?q=SELECT Id FROM Lead",
        f"{DATA}/composite",
        "@{a.id}",
    ]
    + [
        "a",
        "b",
        "v59.0/limits",
        "Lead",
        "Account",
        "insert",
        "query",
        "CSV",
        "JSON",
        "@{a.records[0].Id}",
        "true",
        "Id",
    ]
)
KEYS = st.sampled_from(
    ["compositeRequest", "batchRequests", "graphs", "graphId", "records", "method", "url", "referenceId", "body"]
    + ["httpHeaders", "richInput", "attributes", "type", "allOrNone", "haltOnError", "inputs", "leadId", "emailBody"]
    + ["operation", "object", "contentType", "externalIdFieldName", "state", "concurrencyMode", "FullName", "Metadata"]
    + ["Contacts", "Name", "LastName", "Company", "Id", "q", "sobjects", "fields", "in", "length", "label", "name"]
)
JSON = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
RESOURCES = (
    f"{DATA}/composite",
    f"{DATA}/composite/batch",
    f"{DATA}/composite/graph",
    f"{DATA}/composite/tree/Account",
    f"{DATA}/parameterizedSearch",
    f"{DATA}/actions/standard/emailSimple",
    f"{DATA}/actions/standard/invocableApplyLeadAssignmentRules",
    f"{DATA}/tooling/sobjects/CustomField",
    f"{DATA}/metadata/deployRequest",
    f"{ASYNC}/job",
)


def _refused_well(answer: Any) -> bool:
    """Tell whether an answer is a success, or an error in a shape of Salesforce's."""
    if answer.status < 400:
        return True
    body = json.loads(answer.body)
    one = body[0] if isinstance(body, list) else body
    return answer.status < 500 and bool({"errorCode", "exceptionCode", "errors", "hasErrors"} & set(one))


@CALM
@given(st.sampled_from(RESOURCES), JSON)
def test_any_json_is_answered_as_salesforce_answers(org: Org, path: str, value: object) -> None:
    """A success, or a 4xx with a code, and the org lives on."""
    answer = org.raw("POST", path, json.dumps(value).encode(), headers={"content-type": "application/json"})
    assert _refused_well(answer), (answer.status, answer.body)


@CALM
@given(st.lists(st.fixed_dictionaries({"method": WORDS, "url": WORDS, "referenceId": WORDS, "body": JSON}), max_size=6))
def test_any_series_is_answered_one_by_one(org: Org, subrequests: list[dict[str, object]]) -> None:
    """A series that is taken has an answer for each of its requests, with the ids it gave."""
    reply = org.ask("POST", "composite", {"compositeRequest": subrequests, "allOrNone": len(subrequests) % 2 == 0})
    if reply.status == 200:
        answers: Any = reply["compositeResponse"]
        assert [one["referenceId"] for one in answers] == [one["referenceId"] for one in subrequests]
        assert all(100 < one["httpStatusCode"] < 500 for one in answers)


@CALM
@given(st.sampled_from(["CSV", "JSON", "XML"]), st.sampled_from(["insert", "upsert", "delete", "query"]), st.data())
def test_any_batch_ends_completed_or_failed(org: Org, content: str, operation: str, data: st.DataObject) -> None:
    """Bytes, JSON or rows: the batch tells a state, its job lives on, and what was written is told record by record."""
    form = data.draw(st.one_of(st.binary(max_size=60), JSON.map(lambda one: json.dumps(one).encode()), _ROWS))
    asked = {"operation": operation, "object": "Lead", "contentType": content, "externalIdFieldName": "Ext_Id__c"}
    kinds = {"CSV": "text/csv", "JSON": "application/json", "XML": "application/xml"}
    json_kind = {"content-type": "application/json"}
    made = org.raw("POST", f"{ASYNC}/job", json.dumps(asked).encode(), headers=json_kind)
    job = json.loads(made.body)["id"]  # type: ignore[arg-type]
    added = org.raw("POST", f"{ASYNC}/job/{job}/batch", form, headers={"content-type": kinds[content]})
    assert added.status == 201
    told = json.loads(org.raw("GET", f"{ASYNC}/job/{job}", headers=json_kind).body)  # type: ignore[arg-type]
    assert told["numberBatchesCompleted"] + told["numberBatchesFailed"] == 1


_ROWS = st.lists(st.lists(st.text(alphabet='Aa1,"\n\r #/éN', max_size=6), min_size=2, max_size=3), max_size=4).map(
    lambda rows: "\n".join(["LastName,Company", *(",".join(row) for row in rows)]).encode()
)


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"null", b'"x"', b"1e999"])
def test_bodies_that_are_no_request_are_refused(org: Org, path: str, body: bytes) -> None:
    """Nothing, no text, nesting without end, a value that is none: HTTP 4xx with a code."""
    answer = org.raw("POST", path, body, headers={"content-type": "application/json"})
    assert 400 <= answer.status < 500 and _refused_well(answer)


@CALM
@given(st.text(max_size=80), st.sampled_from(["deploy", "listMetadata", "createMetadata", "readMetadata", "retrieve"]))
def test_any_text_in_a_metadata_call_is_a_result_or_a_fault(org: Org, text: str, call: str) -> None:
    """HTTP 200 or 500, in an envelope."""
    head = f"<SessionHeader><sessionId>{org.token}</sessionId></SessionHeader>"
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    inner = f"<e:Header>{head}</e:Header><e:Body><{call}>{text}</{call}></e:Body>"
    body = f'<e:Envelope xmlns:e="{space}">{inner}</e:Envelope>'
    answer = org.raw("POST", "/services/Soap/m/59.0", body.encode("utf-8", "replace"))
    assert answer.status in (200, 500) and b"Envelope" in bytes(answer.body)  # type: ignore[arg-type]
