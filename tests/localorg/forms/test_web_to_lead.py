"""Web-to-lead: a lead out of a form, and an answer that never tells."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.localorg import field_ids
from sfsync.localorg.wire import Answer
from tests.localorg.conftest import Org

FORM = {"last_name": "Nowak", "company": "Acme", "retURL": "https://www.example.com/thanks?a=1&b=2"}


def _org_id(org: Org) -> str:
    row = org.state.one('SELECT Id FROM "Organization"')
    assert row is not None
    return str(row["Id"])[:15]


def _post(org: Org, fields: dict[str, str] | list[tuple[str, str]], oid: str | None = None) -> Answer:
    pairs = [("oid", _org_id(org) if oid is None else oid), *(fields.items() if isinstance(fields, dict) else fields)]
    body, query = urlencode(pairs).encode(), {"encoding": "UTF-8"}
    return org.raw("POST", "/servlet/servlet.WebToLead", body, query, {"authorization": ""})


def _leads(org: Org, fields: str = "Id, LastName, Company") -> list[dict[str, Any]]:
    records = org.ask("GET", "query", q=f"SELECT {fields} FROM Lead")["records"]
    assert isinstance(records, list)
    return records


def _failed(answer: Answer) -> bool:
    return answer.status == 200 and "Exception" in answer.headers["Is-Processed"]


def test_a_form_makes_a_lead_and_leads_back(org: Org) -> None:
    """Values go into the fields their form names stand for; the page returns to retURL."""
    more = {
        "first_name": "Ana",
        "URL": "acme.example",
        "zip": "28001",
        "employees": "12",
        "emailOptOut": "1",
        "nonsense": "x",
    }
    answer = _post(org, {**FORM, **more})
    assert answer.status == 200 and isinstance(answer.body, bytes)
    assert b"URL=https://www.example.com/thanks?a=1&amp;b=2" in answer.body
    assert answer.headers["Is-Processed"] == "true"
    (lead,) = _leads(
        org, "FirstName, LastName, Company, Website, PostalCode, NumberOfEmployees, HasOptedOutOfEmail, Status"
    )
    del lead["attributes"]
    assert list(lead.values()) == ["Ana", "Nowak", "Acme", "acme.example", "28001", 12, True, "New"]


def test_custom_fields_come_by_their_id_or_name(org: Org) -> None:
    """As generated forms have them: 15 characters from 00N on; a repeated name is a choice of several."""
    kind = org.state.catalog.sobject("Lead")
    assert kind is not None
    for name, facts in {"Likes__c": {"type": "multipicklist", "length": 255}, "Day__c": {"type": "date"}}.items():
        org.state.add_field("Lead", {"name": name, "label": name, "createable": True, "nillable": True, **facts})
    kind = org.state.catalog.sobject("Lead")
    assert kind is not None
    ids = {name: field_ids.id_of(org.state, kind, kind.fields[name.lower()])[:15] for name in ("Likes__c", "Ext_Id__c")}
    fields = [
        *FORM.items(),
        (ids["Likes__c"], "a"),
        (ids["Likes__c"], "b"),
        (ids["Ext_Id__c"], "key"),
        ("Day__c", "3/9/2026"),
    ]
    assert not _failed(_post(org, fields))
    (lead,) = _leads(org, "Likes__c, Ext_Id__c, Day__c")
    assert (lead["Likes__c"], lead["Ext_Id__c"], lead["Day__c"]) == ("a;b", "key", "2026-03-09")


def test_blank_names_are_made_up_and_wrong_values_make_no_lead(org: Org) -> None:
    """`[not provided]` for last name and company; a bad address, or another org's id, ends without a word."""
    assert not _failed(_post(org, {"email": "ana@example.com", "last_name": " "}))
    assert [(one["LastName"], one["Company"]) for one in _leads(org)] == [("[not provided]", "[not provided]")]
    assert _failed(_post(org, {**FORM, "email": "nonsense"}))
    assert _failed(_post(org, {**FORM, "employees": "many"}))
    assert _failed(_post(org, FORM, oid="00D000000000000"))
    assert len(_leads(org)) == 1
    told: Any = org.ask("GET", "/_org/web-leads")["web_leads"]
    assert [one["state"] for one in told] == ["done", "failed", "failed", "refused"]
    assert told[1]["told"].startswith("INVALID_EMAIL_ADDRESS")


def test_the_active_assignment_rule_runs(org: Org) -> None:
    """The lead belongs to whom the rule says, made by the default lead creator."""
    queue, rule = org.queue("Lead"), str(org.state.setting("lead_rule_id"))
    org.state.set_setting("assignment_rules", {rule: [{"criteria": [], "owner": queue}]})
    _post(org, FORM)
    (lead,) = _leads(org, "OwnerId, CreatedById")
    assert (lead["OwnerId"], lead["CreatedById"]) == (queue, org.user_id)


def test_rules_see_the_campaign_that_a_form_names(org: Org) -> None:
    """Criteria of leads may ask for fields of their campaign; a lead that comes otherwise has its newest."""
    queue, fair = org.queue("Lead"), org.make("Campaign", Name="Spring Fair")
    criteria = [{"field": "Campaign.Name", "operation": "contains", "value": "fair"}]
    rule = {"kind": "assignment", "sobject": "Lead", "name": "Standard"}
    entries = [{"criteria": criteria, "owner": queue}]
    assert org.ask("POST", "/_org/rules", {**rule, "entries": entries}).status == 201
    _post(org, {**FORM, "Campaign_ID": fair[:15]})
    _post(org, FORM)
    assert [one["OwnerId"] == queue for one in _leads(org, "OwnerId")] == [True, False]
    lead = org.make("Lead")
    org.make("CampaignMember", CampaignId=fair, LeadId=lead)
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"})
    assert org.get("Lead", lead)["OwnerId"] == queue


def test_forms_over_the_day_s_allowance_wait_for_the_next(org: Org) -> None:
    """None is lost: they become leads when 24 hours have passed."""
    org.ask("POST", "/_org/settings", {"web_leads_per_day": 2})
    for _ in range(3):
        assert not _failed(_post(org, FORM))
    assert len(_leads(org)) == 2
    org.clock.advance(24 * 3600 + 1)
    told: Any = org.ask("GET", "/_org/web-leads")["web_leads"]
    assert [one["state"] for one in told] == ["done"] * 3
    row = org.state.one('SELECT count(*) AS n FROM "Lead"')
    assert row is not None and row["n"] == 3


def test_the_creator_is_told_of_forms_that_wait_and_of_the_first_that_are_refused(org: Org) -> None:
    """By mail, with what the form said; how many may wait is a setting."""
    org.ask("POST", "/_org/settings", {"web_leads_per_day": 0, "web_leads_waiting": 1})
    assert not _failed(_post(org, FORM))
    assert [_failed(_post(org, FORM)) for _ in range(7)] == [True] * 7
    mail: Any = org.ask("GET", "/_org/mail")["mail"]
    assert [one["cause"] for one in mail] == ["web-to-lead waiting", *["web-to-lead refused"] * 5]
    assert "last_name: Nowak" in mail[0]["body"]


def test_debug_mails_what_was_done_to_the_address_asked(org: Org) -> None:
    """With debug=1 and debugEmail, whatever became of the form; to no address that is none, and not without debug."""
    asked = {**FORM, "debug": "1", "debugEmail": "dev@example.com"}
    _post(org, asked)
    _post(org, {**asked, "email": "nonsense"})
    _post(org, {**asked, "debug": ""})
    _post(org, {**asked, "debugEmail": "a, b@example.com"})
    mail: Any = org.ask("GET", "/_org/mail")["mail"]
    assert [one["subject"] for one in mail] == ["Web-to-Lead debug: done", "Web-to-Lead debug: failed"]
    assert mail[0]["to"] == ["dev@example.com"] and "INVALID_EMAIL_ADDRESS" in mail[1]["body"]


def test_a_form_names_the_record_type(org: Org) -> None:
    """By its 15-character id, as generated forms have it; one that is none makes no lead."""
    org.ask("POST", "/_org/rules", {"kind": "record_type", "sobject": "Lead", "name": "Retail"})
    (made,) = org.ask("GET", "query", q="SELECT Id FROM RecordType")["records"]  # type: ignore[misc]
    assert not _failed(_post(org, {**FORM, "recordType": made["Id"][:15]}))
    assert _failed(_post(org, {**FORM, "recordType": "012000000000001"}))
    assert [one["RecordTypeId"] for one in _leads(org, "RecordTypeId")] == [made["Id"]]


def test_debug_shows_what_was_done(org: Org) -> None:
    """Escaped, so that nothing in the form becomes part of the page."""
    answer = _post(org, {**FORM, "email": "<b>x</b>", "debug": "1"})
    assert isinstance(answer.body, bytes) and b"INVALID_EMAIL_ADDRESS" in answer.body and b"<b>" not in answer.body
    odd = _post(org, {**FORM, "retURL": "javascript:alert(1)"})
    assert isinstance(odd.body, bytes) and b"javascript" not in odd.body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["UTF-8", "ISO-8859-1", "nonsense", "idna", ""]))
def test_any_body_gets_a_page(org: Org, body: bytes, encoding: str) -> None:
    """Whatever is posted, in whatever encoding, the visitor sees HTTP 200."""
    answer = org.raw("POST", "/servlet/servlet.WebToLead", body, {"encoding": encoding})
    assert answer.status == 200


@pytest.mark.real_data
def test_real_forms_make_leads(org: Org) -> None:
    """Field names of forms found on real sites are taken or passed over, none stops the lead."""
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA is not set: forms of real sites are not part of the project")
    forms = json.loads((Path(folder) / "web_to_lead" / "real_forms.json").read_text())
    for form in forms:
        fields = {**form["hidden"], **{name: "ana@example.com" if name == "email" else "x" for name in form["visible"]}}
        fields.pop("oid", None)
        assert not _failed(_post(org, fields)), form
    assert len(_leads(org)) == len(forms)


def test_numbers_come_as_the_org_s_locale_writes_them(org: Org) -> None:
    """Thousands may be parted by commas; commas elsewhere are no number and make no lead."""
    assert not _failed(_post(org, {**FORM, "revenue": "1,234,000.00", "employees": "1,000"}))
    assert _failed(_post(org, {**FORM, "revenue": "1,00"}))
    (lead,) = _leads(org, "AnnualRevenue, NumberOfEmployees")
    assert (lead["AnnualRevenue"], lead["NumberOfEmployees"]) == (1234000, 1000)


@pytest.mark.parametrize(
    ("acts", "blocked", "sets"),
    [
        ({"actionOnInsert": "Allow", "operationsOnInsert": ["report"]}, False, 1),
        ({"actionOnInsert": "Allow", "operationsOnInsert": ["alert", "report"]}, True, 0),
        ({"actionOnInsert": "Block"}, True, 0),
    ],
)
def test_duplicate_rules_block_a_form_where_they_alert_or_block(
    org: Org, acts: dict[str, object], blocked: bool, sets: int
) -> None:
    """Nobody can answer an alert for the visitor; a rule that only reports lets the lead in and writes it down."""
    matching = {"kind": "matching", "name": "By_name", "items": [{"field": "LastName", "method": "Exact"}]}
    once = {"kind": "duplicate", "name": "Once", "matches": [{"rule": "By_name"}], **acts}
    org.ask("POST", "/_org/rules", [{"sobject": "Lead", **one} for one in (matching, once)])
    assert not _failed(_post(org, FORM))
    assert _failed(_post(org, FORM)) is blocked
    found = org.ask("GET", "query", q="SELECT Id FROM DuplicateRecordSet")["records"]
    assert isinstance(found, list) and len(found) == sets
