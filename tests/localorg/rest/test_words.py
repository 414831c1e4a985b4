"""Refusals speak of what was sent, in the words of who sent it."""

import json
import re

import pytest

from tests.localorg.conftest import Org

PYTHON = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|<string>|\(char \d|Traceback|object at 0x|\['")
XML = {"content-type": "application/xml"}
WRONG = [
    ("POST", "jobs/ingest", {}),
    ("POST", "jobs/ingest", {"object": None, "operation": None}),
    ("POST", "jobs/ingest", {"object": ["Lead"], "operation": "insert"}),
    ("POST", "jobs/ingest", {"object": "Lead", "operation": True}),
    ("POST", "jobs/ingest", {"object": "Lead"}),
    ("POST", "jobs/query", {"operation": "query"}),
    ("POST", "jobs/query", {"query": "SELECT Id FROM Lead"}),
    ("POST", "actions/standard/invocableApplyLeadAssignmentRules", {"inputs": [{}]}),
    ("POST", "actions/standard/invocableApplyLeadAssignmentRules", {"inputs": [{"leadId": True}]}),
    ("POST", "composite", {"compositeRequest": [{"url": "/services/data/v59.0/limits", "referenceId": "a"}]}),
    ("PATCH", "composite/sobjects", {"records": [{"attributes": {"type": "Lead"}, "id": True}]}),
    ("PATCH", "composite/sobjects", {"records": [{"attributes": {"type": "Lead"}, "id": None}]}),
    ("POST", "composite/sobjects/Lead", {"ids": [None], "fields": [None]}),
    ("POST", "parameterizedSearch", {"q": "abc", "sobjects": [{}]}),
    ("POST", "actions/standard/emailSimple", {"inputs": [{"emailAddresses": True}]}),
    ("POST", "tooling/sobjects/CustomField", {"FullName": None, "Metadata": None}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRONG)
def test_what_is_missing_or_of_another_type_is_told_as_json_has_it(
    org: Org, method: str, path: str, body: object
) -> None:
    """Never as the language has it that the org is written in."""
    answer = org.raw(method, path, json.dumps(body).encode())
    assert isinstance(answer.body, bytes)
    assert not PYTHON.search(answer.body.decode()), answer.body


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("jobs/ingest", b'{"object":', {}),
        ("jobs/query", b"[1, 2", {}),
        ("sobjects/Lead", b"{'a': 1}", {}),
        ("/services/async/59.0/job", b"<jobInfo", XML),
        ("/services/async/59.0/job", b"<jobInfo/>", XML),
        ("/services/Soap/u/59.0", b"<a><b></a>", {"content-type": "text/xml"}),
    ],
)
def test_a_body_that_cannot_be_read_is_told_by_its_place(
    org: Org, path: str, body: bytes, headers: dict[str, str]
) -> None:
    """By line and column, without what only a programmer of the org would know."""
    answer = org.raw("POST", path, body, headers={"x-sfdc-session": org.token, **headers})
    assert isinstance(answer.body, bytes) and answer.status >= 400
    assert not PYTHON.search(answer.body.decode()), answer.body
