"""The page of what the local org does is whole, current and true."""

import logging
from pathlib import Path

import pytest

from sfsync.localorg.coverage.behaviour import BEHAVIOURS
from sfsync.localorg.coverage.endpoints import CALLS, GROUPS
from sfsync.localorg.coverage.known import Standing
from sfsync.localorg.coverage.missing import MISSING
from sfsync.localorg.coverage.reference import NAME, endpoints, page
from sfsync.localorg.metadata.soap import CALLS as METADATA_CALLS
from sfsync.localorg.soap.endpoint import CALLS as SOAP_CALLS
from tests.localorg.conftest import Org

EVERYTHING = [one for table in (GROUPS, CALLS, BEHAVIOURS) for group in table.values() for one in group]
REQUESTS = [request for one in MISSING for request in one.requests]


def test_the_page_is_what_the_code_says() -> None:
    """Write it anew with the command that stands at its head."""
    assert Path("docs/reference", NAME).read_text(encoding="utf-8") == page()


def test_every_endpoint_and_call_is_told_once() -> None:
    """None is forgotten, none is told that is not there."""
    told = [one.says for group in GROUPS.values() for one in group]
    assert sorted(told) == sorted(endpoints())
    assert [sorted(one.says for one in group) for group in CALLS.values()] == [
        sorted(SOAP_CALLS),
        sorted(METADATA_CALLS),
    ]


def test_whatever_is_known_has_a_source() -> None:
    """Only what is assumed has none."""
    assert [one.says for one in EVERYTHING if (one.source == "") is not (one.standing is Standing.ASSUMED)] == []


@pytest.mark.parametrize("request_line", REQUESTS)
def test_what_is_missing_is_answered_as_the_unknown_and_logged(
    org: Org, request_line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """404 and NOT_FOUND, and a line that says what was asked for."""
    method, path = request_line.split()
    caplog.set_level(logging.INFO, "sfsync.localorg")
    reply = org.ask(method, path.replace("~", "/services/data/v59.0"))
    assert (reply.status, reply.error()[0]) == (404, "NOT_FOUND")
    assert any(one.getMessage().startswith("not here: ") for one in caplog.records)


def test_a_soap_call_that_is_missing_is_logged_too(org: Org, caplog: pytest.LogCaptureFixture) -> None:
    """By its name."""
    caplog.set_level(logging.INFO, "sfsync.localorg")
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    call = '<describeTabs xmlns="urn:partner.soap.sforce.com"/>'
    body = f'<e:Envelope xmlns:e="{space}"><e:Body>{call}</e:Body></e:Envelope>'
    assert org.raw("POST", "/services/Soap/u/59.0", body.encode()).status == 500
    assert [one.getMessage() for one in caplog.records] == ["not here: SOAP call describeTabs"]
