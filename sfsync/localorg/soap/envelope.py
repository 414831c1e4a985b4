"""SOAP envelopes of the partner and the enterprise API, and the faults that answer what fails.

Shapes are recorded (login) and documented; clients look for the literal prefix `sf:`, and for `sf:` before
INVALID_SESSION_ID in the fault code, but for none before INVALID_LOGIN (clients' source).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.markup import DECLARATION, XSI, BadMarkup, Element, escaped, leaf, tag
from sfsync.localorg.markup_reading import parse
from sfsync.localorg.wire import Answer, Refusal, Request

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_HEADERS = {"Content-Type": "text/xml; charset=utf-8"}
_PLACE = re.compile(r"ERROR at Row:(\d+):Column:(\d+)")
_KINDS = {
    "INVALID_LOGIN": "LoginFault",
    "LOGIN_MUST_USE_SECURITY_TOKEN": "LoginFault",
    "INVALID_FIELD": "InvalidFieldFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
    "MALFORMED_SEARCH": "MalformedSearchFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "MALFORMED_ID": "InvalidIdFault",
    "INVALID_ID_FIELD": "InvalidIdFault",
}
_WITH_PLACE = frozenset({"InvalidFieldFault", "InvalidSObjectFault", "MalformedQueryFault", "MalformedSearchFault"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """One of the two APIs: `partner` knows sObjects by name, `enterprise` as types of the WSDL."""

    name: str

    @property
    def namespace(self) -> str:
        """Give the namespace of calls and results."""
        return f"urn:{self.name}.soap.sforce.com"

    @property
    def sobjects(self) -> str:
        """Give the namespace of records."""
        return f"urn:sobject.{self.name}.soap.sforce.com"

    @property
    def faults(self) -> str:
        """Give the namespace of faults."""
        return f"urn:fault.{self.name}.soap.sforce.com"


PARTNER, ENTERPRISE = Dialect("partner"), Dialect("enterprise")


@dataclass(frozen=True, slots=True)
class Message:
    """What an envelope holds: headers by name, and the call."""

    headers: Mapping[str, Element]
    call: Element


class SoapFault(Exception):
    """The call as a whole fails: HTTP 500 and a fault. `code` None is a fault of the message itself, with no detail."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read(body: bytes) -> Message:
    """Read an envelope. Raises SoapFault where it is none."""
    try:
        root = parse(body)
    except BadMarkup as error:
        raise SoapFault(None, str(error)) from None
    content = root.child("Body")
    if root.name != "Envelope" or root.namespace != _ENVELOPE or content is None or not content.children:
        raise SoapFault(None, "no SOAP_BODY event found")
    head = root.child("Header")
    return Message({one.name: one for one in head.children} if head else {}, content.children[0])


def session_of(request: Request) -> str:
    """Give the session a SOAP request names, "" where it is none."""
    if not request.path.lower().startswith("/services/soap/"):
        return ""
    try:
        header = read(request.body).headers.get("SessionHeader")
    except SoapFault:
        return ""
    return "" if header is None else header.value("sessionId")


def answer(dialect: Dialect, call: str, content: str, header: str = "") -> Answer:
    """Answer a call; `content` are its results, `header` is what the SOAP header holds."""
    head = tag("soapenv:Header", header) if header else ""
    body = tag("soapenv:Body", tag(f"{call}Response", content) if content else f"<{call}Response/>")
    spaces = f' xmlns:soapenv="{_ENVELOPE}" xmlns="{dialect.namespace}"'
    if "sf:" in content:
        spaces += f' xmlns:sf="{dialect.sobjects}"'
    if "xsd:" in content:
        spaces += ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    spaces += f' xmlns:xsi="{XSI}"'
    return Answer(200, _HEADERS, (DECLARATION + tag("soapenv:Envelope", head, body, attributes=spaces)).encode())


def fault_of(refusal: Refusal) -> SoapFault:
    """Make the fault of what is refused."""
    return SoapFault(refusal.code, refusal.message)


def fault_answer(dialect: Dialect, fault: SoapFault) -> Answer:
    """Answer with a fault."""
    if fault.code is None:
        content = leaf("faultcode", "soapenv:Client") + leaf("faultstring", fault.message)
    else:
        prefix = "" if _KINDS.get(fault.code) == "LoginFault" else "sf:"
        content = leaf("faultcode", prefix + fault.code) + leaf("faultstring", f"{fault.code}: {fault.message}")
        content += tag("detail", _detail(fault.code, fault.message))
    spaces = f' xmlns:soapenv="{_ENVELOPE}" xmlns:sf="{dialect.faults}" xmlns:xsi="{XSI}"'
    body = tag("soapenv:Body", tag("soapenv:Fault", content))
    return Answer(500, _HEADERS, (DECLARATION + tag("soapenv:Envelope", body, attributes=spaces)).encode())


def _detail(code: str, message: str) -> str:
    kind = _KINDS.get(code, "UnexpectedErrorFault")
    content = leaf("sf:exceptionCode", code) + leaf("sf:exceptionMessage", message)
    if kind in _WITH_PLACE:
        place = _PLACE.search(message)
        row, column = place.groups() if place else ("-1", "-1")
        content += leaf("sf:row", row) + leaf("sf:column", column)
    return tag(f"sf:{kind}", content, attributes=f' xsi:type="sf:{escaped(kind)}"')
