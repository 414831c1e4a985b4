"""Answers have the shape of those recorded from real orgs."""

import json
import os
from pathlib import Path

import pytest

from sfsync.localorg.markup import Element
from sfsync.localorg.markup_reading import parse
from tests.localorg.conftest import Org

pytestmark = pytest.mark.real_data


def _real(name: str) -> object:
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA is not set: recorded answers are not part of the project")
    return json.loads((Path(folder) / name).read_text())


def _exchanges(method: str, path: str) -> list[dict[str, object]]:
    """Give the recorded exchanges whose path holds a text."""
    read = [_real(f"recordings/{name}.json") for name in ("cumulusci", "grouparoo_salesforce")]
    return [
        one
        for part in read
        if isinstance(part, list)
        for one in part
        if one["method"] == method and path in one["path"]
    ]


def _shapes(results: list[dict[str, object]]) -> set[tuple[object, ...]]:
    """Give the keys of results, and of their errors."""
    return {(*one, *(key for error in one["errors"] for key in error)) for one in results}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "path", "records"),
    [
        ("POST", "composite/sobjects", [{"LastName": "N", "Company": "C"}, {"Company": "C"}]),
        ("PATCH", "composite/sobjects", [{"Title": "x"}, {"Email": "badone"}]),
        ("PATCH", "composite/sobjects/Lead/Ext_Id__c", [{"Ext_Id__c": "a", "LastName": "N", "Company": "C"}]),
    ],
)
def test_results_of_collections_have_the_recorded_keys(
    org: Org, method: str, path: str, records: list[dict[str, object]]
) -> None:
    """Successes and failures carry exactly the keys real ones carry, in their order."""
    upsert = path.count("/") > 1
    wanted = [one for one in _exchanges(method, "/composite/sobjects") if (str(one["path"]).count("/") > 6) == upsert]
    real: set[tuple[object, ...]] = set()
    for one in wanted:
        if isinstance(one["response_body"], list):
            real |= _shapes(one["response_body"])
    ids = [{"id": org.make("Lead")} if method == "PATCH" and not upsert else {} for _ in records]
    sent = [{"attributes": {"type": "Lead"}, **own, **one} for own, one in zip(ids, records, strict=True)]
    reply = org.ask(method, path, {"records": sent})
    assert isinstance(reply.body, list)
    assert _shapes(reply.body) == real


def test_every_recorded_refusal_of_a_record_is_made_in_the_same_words(org: Org) -> None:
    """Codes, texts and fields of what real orgs refused in these recordings."""
    real = {
        (error["statusCode"], error["message"], tuple(error["fields"]))
        for one in [*_exchanges("POST", "/composite/sobjects"), *_exchanges("PATCH", "/composite/sobjects")]
        if isinstance(one["response_body"], list)
        for result in one["response_body"]
        for error in result["errors"]
    }
    org.state.add_field("Contact", {"name": "email_field__c", "label": "email field", "type": "email", "length": 80})
    org.state.add_field("Account", {"name": "email_field__c", "label": "email_field", "type": "email", "length": 80})
    converted, contact, account = org.make("Lead", IsConverted=True), org.make("Contact"), org.make("Account")
    calls = [
        ("PATCH", {"attributes": {"type": "Lead"}, "id": converted, "Email": "user@example.com"}),
        ("PATCH", {"attributes": {"type": "Contact"}, "id": contact, "email_field__c": "badone"}),
        ("PATCH", {"attributes": {"type": "Account"}, "id": account, "email_field__c": "badone"}),
        ("POST", {"attributes": {"type": "Account"}, "AccountNumber": "x", "Name": None}),
    ]
    ours = set()
    for method, record in calls:
        body = org.ask(method, "composite/sobjects", {"records": [record]}).body
        assert isinstance(body, list)
        ours |= {(error["statusCode"], error["message"], tuple(error["fields"])) for error in body[0]["errors"]}
    assert ours == real


def test_the_version_list_begins_as_a_real_one(org: Org) -> None:
    """Labels, paths and order of all versions the recording knows."""
    real, ours = _real("describe/services_data_versions.json"), org.ask("GET", "/services/data").body
    assert isinstance(real, list) and isinstance(ours, list)
    assert ours[: len(real)] == real


def test_userinfo_and_limits_speak_the_real_keys(org: Org) -> None:
    """Nothing is told under a name a real org does not know."""
    info, limits = org.ask("GET", "/services/oauth2/userinfo").body, org.ask("GET", "limits").body
    real_info, real_limits = _real("describe/oauth2_userinfo.json"), _real("describe/limits_v60.json")
    assert isinstance(info, dict) and isinstance(real_info, dict) and list(info) == list(real_info)
    assert isinstance(limits, dict) and isinstance(real_limits, dict) and set(limits) <= set(real_limits)
    assert {tuple(one) for one in limits.values()} == {tuple(one) for one in real_limits.values()}


def test_soap_answers_tell_what_recorded_ones_tell(org: Org) -> None:
    """A login and a conversion: every element of the answer, in the same order, nil where it is nil there."""
    state, lead_id = org.state, org.make("Lead")
    given = f"{state.setting('password')}{state.setting('security_token')}"
    calls = {
        "login": f"<username>sfsync@local-org.example.com</username><password>{given}</password>",
        "convertLead": f"<leadConverts><leadId>{lead_id}</leadId><convertedStatus>Qualified</convertedStatus>"
        "<doNotCreateOpportunity>true</doNotCreateOpportunity></leadConverts>",
    }
    ours = {name: _outline(parse(_soap(org, name, content))) for name, content in calls.items()}
    recorded = [parse(str(one["response_body"]).encode()) for one in _exchanges("POST", "/services/Soap/u/")]
    assert recorded
    for one in recorded:
        body = one.child("Body")
        assert body is not None
        assert _outline(one) == ours[body.children[0].name.removesuffix("Response")]


def _soap(org: Org, call: str, content: str) -> bytes:
    space, partner = "http://schemas.xmlsoap.org/soap/envelope/", "urn:partner.soap.sforce.com"
    header = f'<SessionHeader xmlns="{partner}"><sessionId>{org.token}</sessionId></SessionHeader>'
    body = f'<{call} xmlns="{partner}">{content}</{call}>'
    envelope = f'<e:Envelope xmlns:e="{space}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>'
    answer = org.raw("POST", "/services/Soap/u/42.0", envelope.encode(), headers={"authorization": ""})
    assert answer.status == 200 and isinstance(answer.body, bytes)
    return answer.body


def _outline(element: Element) -> list[tuple[str, bool]]:
    """Give the names within an element, in order, with whether they are nil."""
    return [(element.name, element.nil), *(part for child in element.children for part in _outline(child))]
