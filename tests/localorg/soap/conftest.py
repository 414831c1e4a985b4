"""Asking the SOAP API of an org, as a client with a session does."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pytest

from sfsync.localorg.markup import Element
from sfsync.localorg.markup_reading import parse
from tests.localorg.conftest import Org

SPACES = {"u": "urn:partner.soap.sforce.com", "c": "urn:enterprise.soap.sforce.com"}


@dataclass(frozen=True)
class Told:
    """What was answered."""

    status: int
    text: str  # the body as sent
    results: list[Element]
    header: Element | None

    def fault(self) -> tuple[str, str]:
        """Give fault code and text."""
        found = parse(self.text.encode()).child("Body")
        assert self.status == 500 and found is not None, self.text
        return found.children[0].value("faultcode"), found.children[0].value("faultstring")

    def error(self) -> tuple[str, str]:
        """Give status code and message of the only error of the only result."""
        assert self.status == 200 and len(self.results) == 1, self.text
        errors = list(self.results[0].every("errors"))
        assert len(errors) == 1 and self.results[0].value("success") == "false", self.text
        return errors[0].value("statusCode"), errors[0].value("message")

    def ids(self) -> list[str]:
        """Give the ids of results that all succeeded."""
        assert all(one.value("success") == "true" for one in self.results), self.text
        return [one.value("id") for one in self.results]


class Soap:
    """The SOAP API."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def post(self, envelope: bytes, version: str = "59.0", kind: str = "u", base: str = "") -> Told:
        """Send an envelope."""
        answer = self.org.raw("POST", f"/services/Soap/{kind}/{version}", envelope, headers={"authorization": ""})
        assert isinstance(answer.body, bytes) and answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        root = parse(answer.body)
        body = root.child("Body")
        assert body is not None
        return Told(answer.status, answer.body.decode(), list(body.children[0].every("result")), root.child("Header"))

    def call(
        self, content: str, headers: str = "", version: str = "59.0", kind: str = "u", session: str | None = None
    ) -> Told:
        """Make a call, signed in unless told otherwise; `content` is the call's element."""
        token = self.org.token if session is None else session
        signed = f"<SessionHeader><sessionId>{token}</sessionId></SessionHeader>" if token else ""
        envelope = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<soapenv:Header xmlns="{SPACES[kind]}">{signed}{headers}</soapenv:Header>'
            f'<soapenv:Body xmlns="{SPACES[kind]}">{content}</soapenv:Body></soapenv:Envelope>'
        )
        return self.post(envelope.encode(), version, kind)

    def save(self, call: str, *records: Mapping[str, str], headers: str = "", before: str = "") -> Told:
        """Make a saving call with records of fields; "type" is the sObject."""
        return self.call(f"<{call}>{before}{''.join(map(sobject, records))}</{call}>", headers)

    def query(self, soql: str, call: str = "query", **more: str) -> Element:
        """Give the first page of a query."""
        told = self.call(f"<{call}><queryString>{escape(soql)}</queryString></{call}>", **more)
        assert told.status == 200, told.text
        return told.results[0]


def sobject(record: Mapping[str, str]) -> str:
    """Write a record as partner clients do."""
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in record.items())
    return f"<sObjects>{fields}</sObjects>"


@pytest.fixture
def soap(org: Org) -> Soap:
    """Give the SOAP API of a fresh org."""
    return Soap(org)
