"""Which error wins where a record has several: the same whatever way it comes in."""

import re
from collections.abc import Callable, Mapping
from itertools import combinations
from xml.sax.saxutils import escape

import pytest

from tests.localorg.conftest import Org, Reply
from tests.localorg.saving.conftest import Setting

Way = Callable[[Org, Mapping[str, object]], list[str]]
BASE = {"LastName": "Zorn", "Title": "Dr", "FirstName": "Ana"}
ERRORS: dict[str, tuple[int, Mapping[str, object]]] = {  # code to its place in the order, and what brings it about
    "INVALID_FIELD_FOR_INSERT_UPDATE": (0, {"Name": "x"}),  # a field that nobody can write
    "INVALID_FIELD": (1, {"Account": {"Ext_Id__c": "none"}}),  # a parent by a key that nobody has
    "INVALID_EMAIL_ADDRESS": (2, {"Email": "nope"}),
    "STRING_TOO_LONG": (2, {"Phone": "1" * 41}),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (2, {"CleanStatus": "Shiny"}),
    "MALFORMED_ID": (3, {"ReportsToId": "zzz"}),
    "INVALID_CROSS_REFERENCE_KEY": (4, {"ReportsToId": "003000000000001"}),
    "UNABLE_TO_LOCK_ROW": (5, {"AccountId": "<locked>"}),
    "REQUIRED_FIELD_MISSING": (6, {"LastName": None}),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (7, {"Title": None}),
    "DUPLICATES_DETECTED": (8, {"FirstName": "Twin"}),
    "DUPLICATE_VALUE": (9, {"Ext_Id__c": "taken"}),
}


def _codes(reply: Reply) -> list[str]:
    assert isinstance(reply.body, list), reply.body
    return [str(one["errorCode"]) for one in reply.body]


def _rest(org: Org, record: Mapping[str, object]) -> list[str]:
    return _codes(org.ask("POST", "sobjects/Contact", dict(record)))


def _collections(org: Org, record: Mapping[str, object]) -> list[str]:
    asked = {"records": [{"attributes": {"type": "Contact"}, **record}]}
    told = org.ask("POST", "composite/sobjects", asked).body
    return [str(one["statusCode"]) for one in told[0]["errors"]]  # type: ignore[index]


def _tree(org: Org, record: Mapping[str, object]) -> list[str]:
    named = {"attributes": {"type": "Contact", "referenceId": "one"}, **record}
    told = org.ask("POST", "composite/tree/Contact", {"records": [named]})["results"]
    return [str(one["statusCode"]) for one in told[0]["errors"]]  # type: ignore[index]


def _composite(org: Org, record: Mapping[str, object]) -> list[str]:
    url = "/services/data/v59.0/sobjects/Contact"
    asked = {"method": "POST", "url": url, "referenceId": "one", "body": dict(record)}
    graph = {"graphs": [{"graphId": "1", "compositeRequest": [asked]}]}
    (told,) = org.ask("POST", "composite/graph", graph)["graphs"]  # type: ignore[misc]
    return [str(one["errorCode"]) for one in told["graphResponse"]["compositeResponse"][0]["body"]]


def _bulk(org: Org, record: Mapping[str, object]) -> list[str]:
    """Give the only error that a load tells of a row."""
    asked = {"object": "Contact", "operation": "insert", "lineEnding": "LF"}
    path = f"jobs/ingest/{org.ask('POST', 'jobs/ingest', asked)['id']}"
    parent = {"Account.Ext_Id__c": "none"} if isinstance(record.get("Account"), dict) else {}
    cells = {name: value for name, value in record.items() if name != "Account"} | parent
    rows = [",".join(cells), ",".join("" if one is None else str(one) for one in cells.values())]
    org.raw("PUT", f"{path}/batches", ("\n".join(rows) + "\n").encode(), headers={"content-type": "text/csv"})
    org.ask("PATCH", path, {"state": "UploadComplete"})
    told = org.raw("GET", f"{path}/failedResults").body
    text = told.decode() if isinstance(told, bytes) else told.read_text("utf-8")
    return [text.split("\n")[1].split(",")[1].split(":")[0].strip('"')]


def _soap(org: Org, record: Mapping[str, object]) -> list[str]:
    fields = {name: escape(str(value)) for name, value in record.items() if value is not None and name != "Account"}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    if "Account" in record:
        inner += "<Account><type>Account</type><Ext_Id__c>none</Ext_Id__c></Account>"
    body = f"<p:create><p:sObjects><type>Contact</type>{inner}</p:sObjects></p:create>"
    spaces = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com"'
    header = f"<s:Header><p:SessionHeader><p:sessionId>{org.token}</p:sessionId></p:SessionHeader></s:Header>"
    sent = f"<s:Envelope {spaces}>{header}<s:Body>{body}</s:Body></s:Envelope>".encode()
    told = org.raw("POST", "/services/Soap/u/59.0", sent, headers={"content-type": "text/xml", "soapaction": '""'}).body
    assert isinstance(told, bytes)
    return re.findall(r"<statusCode>(\w+)</statusCode>", told.decode())


WAYS: Mapping[str, Way] = {
    **{"REST": _rest, "collections": _collections, "tree": _tree, "graph": _composite},
    **{"Bulk": _bulk, "SOAP": _soap},
}


@pytest.fixture
def strict(org: Org, set_rule: Setting) -> Org:
    """An org in which everything that can be against a contact is."""
    set_rule("matching", "Contact", "By_name", items=[{"field": "FirstName", "method": "Exact"}])
    set_rule("duplicate", "Contact", "Once", matches=[{"rule": "By_name"}], actionOnInsert="Block")
    org.make("Contact", **{**BASE, "FirstName": "Twin", "Ext_Id__c": "taken"})
    set_rule("validation", "Contact", "Titled", formula="ISBLANK(Title)", message="Title!")
    return org


@pytest.mark.parametrize("way", WAYS)
def test_of_two_errors_the_earlier_step_wins(strict: Org, way: str) -> None:
    """Each pair of them, by each way a record can come in; errors of one step are told together."""
    account = strict.make("Account")
    strict.ask("POST", "/_org/faults", {"do": {"lock_rows": {"parent": account, "for": 600}}, "times": 1})
    strict.ask("GET", "limits")
    for one, other in combinations(ERRORS, 2):
        (first, given), (second, more) = ERRORS[one], ERRORS[other]
        if set(given) & set(more) or "Account" in given and "AccountId" in more:
            continue  # they are about the same field
        record = {**BASE, **given, **more}
        locked = {name: account for name, value in record.items() if value == "<locked>"}
        wanted = [one, other] if first == second else [one]
        told = WAYS[way](strict, {**record, **locked})
        assert told == (wanted[:1] if way == "Bulk" else wanted), (one, other)
