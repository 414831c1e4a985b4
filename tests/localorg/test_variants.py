"""Where real orgs may do one thing or the other, the local org does either; each variant is seen by a bare client."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from sfsync.localorg.variants import VARIANTS
from tests.localorg.faults.conftest import DATA, LEAD, URL, Bare, bare, filled
from tests.localorg.faults.test_time_and_record_trials import CONVERT

__all__ = ["bare", "filled"]
Look = Callable[[Bare], object]


def _csv_with_charset(bare: Bare) -> object:
    job = bare.job("insert", "Lead", "LastName,Company\nNowak,Acme\n")
    return bare.ask("GET", f"{job}/successfulResults").headers["Content-Type"]


def _retry_after(bare: Bare) -> object:
    bare.control("POST", "settings", {"daily_api_requests": 1})
    return [bare.ask("GET", "limits").headers.get("Retry-After") for _ in range(3)][-1]


def _several_matches_conflict(bare: Bare) -> object:
    for _ in range(2):
        bare.make("Contact", LastName="Twin", Email="twin@acme.example")
    return bare.ask("GET", "sobjects/Contact/Email/twin@acme.example").status_code


def _no_access_is_bad_request(bare: Bare) -> object:
    bare.control("POST", "users", {"username": "ana@example.com", "profile": "Standard User"})
    bare.control("POST", "rights", {"sharing": {"Account": "private"}})
    made = bare.make("Account", Name="Acme")
    token = bare.control("POST", "token", {"username": "ana@example.com"}).json()["access_token"]
    asked = {"headers": {"Authorization": f"Bearer {token}"}}
    return bare.ask("PATCH", f"sobjects/Account/{made}", {"Name": "Mine"}, **asked).status_code


def _result_pages_next_record_url(bare: Bare) -> object:
    job = bare.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
    path = f"jobs/query/{job}"
    bare.ask("GET", path)
    return [one for one in bare.ask("GET", f"{path}/resultPages").json() if one.startswith("next")]


def _duplicate_result_spelt_right(bare: Bare) -> object:
    bare.control("POST", "rules", [
        {"kind": "matching", "sobject": "Lead", "name": "Same", "items": [{"field": "Email", "method": "Exact"}]},
        {"kind": "duplicate", "sobject": "Lead", "name": "No", "actionOnInsert": "Block",
         "matches": [{"sobject": "Lead", "rule": "Same"}]},
    ])  # fmt: skip
    bare.make(Email="a@b.example")
    return sorted(bare.ask("POST", "sobjects/Lead", {**LEAD, "Email": "a@b.example"}).json()[0])[:1]


def _unequal_leaves_out_nulls(bare: Bare) -> object:
    for title in ("Weaver", "Dyer", None):
        bare.make(LastName="Nulls", Title=title)
    count = "SELECT COUNT() FROM Lead WHERE LastName = 'Nulls' AND "
    return [bare.count(count + one) for one in ("Title != 'Dyer'", "Title NOT IN ('Dyer')", "Title != null")]


def _bulk_keeps_blanks(bare: Bare) -> object:
    bare.ask("GET", bare.job("insert", "Lead", "LastName,Company,Ext_Id__c\n Nowak ,Acme,blank\n"))
    return bare.ask("GET", "sobjects/Lead/Ext_Id__c/blank").json()["LastName"]


def _converted_status_by_conversion_only(bare: Bare) -> object:
    return bare.ask("PATCH", f"sobjects/Lead/{bare.make()}", {"Status": "Qualified"}).status_code


def _converted(bare: Bare) -> str:
    lead = bare.make()
    owner = {"OwnerId": bare.query("SELECT Id FROM User WHERE IsActive = true").json()["records"][0]["Id"]}
    assert bare.ask("PATCH", f"sobjects/Lead/{lead}", owner, headers={"Sforce-Auto-Assign": "FALSE"}).ok
    body = CONVERT.format(token=bare.facts["access_token"], lead=lead)
    answer = bare.session.post(
        f"{URL}/services/Soap/u/59.0", body, headers={"SOAPAction": '""', "Content-Type": "text/xml"}
    )
    assert "<success>true</success>" in answer.text, answer.text
    return lead


def _converted_leads_editable(bare: Bare) -> object:
    return bare.ask("PATCH", f"sobjects/Lead/{_converted(bare)}", {"Title": "Dr"}).status_code


def _convert_without_primary_role(bare: Bare) -> object:
    lead = _converted(bare)
    opportunity = bare.lead(lead)["ConvertedOpportunityId"]
    soql = f"SELECT IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '{opportunity}'"
    return [one["IsPrimary"] for one in bare.query(soql).json()["records"]]


def _web_lead(bare: Bare) -> object:
    form = {"oid": bare.facts["org_id"], "last_name": "Web", "company": "Acme"}
    bare.session.post(f"{URL}/servlet/servlet.WebToLead", data=form)
    return [one["state"] for one in bare.control("GET", "web-leads").json()["web_leads"]]


def _web_leads_unvalidated(bare: Bare) -> object:
    bare.control(
        "POST", "rules", {"kind": "validation", "sobject": "Lead", "name": "No", "formula": "true", "message": "No."}
    )
    return _web_lead(bare)


def _web_leads_without_required(bare: Bare) -> object:
    field = {"name": "Must__c", "type": "string", "length": 10, "not": "nillable"}
    bare.control("POST", "fields", {"sobject": "Lead", "do": "add", "field": field})
    return _web_lead(bare)


def _probability_beyond_100(bare: Bare) -> object:
    deal = {"Name": "Acme 1", "StageName": "Prospecting", "CloseDate": "2026-12-31", "Probability": 150}
    return bare.ask("POST", "sobjects/Opportunity", deal).status_code


def _deals(bare: Bare) -> str:
    """Make an account that counts its opportunities, and give its id."""
    rollup = {"child": "Opportunity", "reference": "AccountId", "operation": "count"}
    field = {"name": "Deals__c", "type": "double", "precision": 18, "scale": 0, "rollup": rollup}
    bare.control("POST", "fields", {"sobject": "Account", "do": "add", "field": field})
    return bare.make("Account", Name="Acme")


def _deal(bare: Bare, account: str) -> str:
    return bare.make("Opportunity", Name="One", StageName="Prospecting", CloseDate="2026-12-31", AccountId=account)


def _rollups_move_last_modified(bare: Bare) -> object:
    account = _deals(bare)
    bare.machine.advance(60)
    _deal(bare, account)
    row = bare.ask("GET", f"sobjects/Account/{account}").json()
    return bool(row["LastModifiedDate"] == row["SystemModstamp"])


def _deletes_pass_rules_of_parents(bare: Bare) -> object:
    deal = _deal(bare, _deals(bare))
    rule = {"kind": "validation", "sobject": "Account", "name": "Keep", "message": "They stay."}
    bare.control("POST", "rules", {**rule, "formula": "Deals__c < PRIORVALUE(Deals__c)"})
    return bare.ask("DELETE", f"sobjects/Opportunity/{deal}").status_code


def _locks_wait(bare: Bare) -> object:
    account = bare.make("Account", Name="hot")
    bare.control("POST", "faults", {"do": {"lock_rows": {"parent": account, "for": 8}}, "times": 1})
    bare.ask("GET", "limits")
    before = bare.machine.now()
    status = bare.ask("POST", "sobjects/Contact", {"LastName": "Nowak", "AccountId": account}).status_code
    return status, (bare.machine.now() - before).total_seconds()


def _bulk_batches_side_by_side(bare: Bare) -> object:
    bare.control("POST", "settings", {"bulk_batch_rows": 2})
    hot, cold = bare.make("Account", Name="hot"), bare.make("Account", Name="cold")
    rows = "".join(f"Row,{account}\n" for account in (hot, cold, hot, hot, hot))
    job = bare.job("insert", "Contact", f"LastName,AccountId\n{rows}")
    return bare.ask("GET", job).json()["numberRecordsFailed"]


def _etags_of_all_records(bare: Bare) -> object:
    path = f"sobjects/Lead/{bare.make()}"
    stale = bare.ask("PATCH", path, {"Title": "Dr"}, headers={"If-Match": '"old"'}).status_code
    return "ETag" in bare.ask("GET", path).headers, stale


def _dates_heeded_by_accounts_only(bare: Bare) -> object:
    lead, account = bare.make(), bare.make("Account", Name="Acme")
    since = {"headers": {"If-Unmodified-Since": "Tue, 24 Nov 2020 12:00:00 GMT"}}
    return [
        bare.ask("PATCH", path, {"Description": "x"}, **since).status_code
        for path in (f"sobjects/Lead/{lead}", f"sobjects/Account/{account}")
    ]


def _conditional_deletes(bare: Bare) -> object:
    account = bare.make("Account", Name="Acme")
    return bare.ask("DELETE", f"sobjects/Account/{account}", headers={"If-Match": '"old"'}).status_code


def _picklists_keep_case(bare: Bare) -> object:
    return bare.lead(bare.make(Rating="hOT"))["Rating"]


def _references_change_unstamped(bare: Bare) -> object:
    boss = bare.make("Contact", LastName="Boss")
    path = f"sobjects/Contact/{bare.make('Contact', LastName='Report', ReportsToId=boss)}"
    stamps = [bare.ask("GET", path).json()["SystemModstamp"]]
    bare.machine.advance(60)
    bare.ask("DELETE", f"sobjects/Contact/{boss}")
    stamps.append(bare.ask("GET", path).json()["SystemModstamp"])
    bare.machine.advance(60)
    bare.control("POST", "faults", {"do": {"undelete": [boss]}, "times": 1})
    row = bare.ask("GET", path).json()
    assert row["ReportsToId"] == boss
    return len({*stamps, row["SystemModstamp"]})


def _hard_deletes_unlogged(bare: Bare) -> object:
    lead = bare.make()
    bare.ask("GET", bare.job("hardDelete", "Lead", f"Id\n{lead}\n"))
    bare.machine.advance(120)
    window = {"start": bare.later(-600), "end": bare.later(0)}
    return len(bare.ask("GET", "sobjects/Lead/deleted", params=window).json()["deletedRecords"])


def _first_of_rows_named_twice_is_saved(bare: Bare) -> object:
    rows = [{"attributes": {"type": "Lead"}, "id": bare.make()}] * 2
    told = bare.ask("PATCH", "composite/sobjects", {"records": rows}).json()
    keys = [{"attributes": {"type": "Lead"}, **LEAD, "Ext_Id__c": "twice"}] * 2
    told += bare.ask("PATCH", "composite/sobjects/Lead/Ext_Id__c", {"records": keys}).json()
    return [one["success"] for one in told]


def _empty_results_without_header(bare: Bare) -> object:
    asked = {"operation": "query", "query": "SELECT Id FROM Lead WHERE LastName = 'Nobody'"}
    path = f"jobs/query/{bare.ask('POST', 'jobs/query', asked).json()['id']}"
    bare.ask("GET", path)
    return bare.ask("GET", f"{path}/results").text


LOOKS: dict[str, tuple[Look, object, object]] = {  # how it is seen, off, on
    "csv_with_charset": (_csv_with_charset, "text/csv", "text/csv; charset=UTF-8"),
    "retry_after": (_retry_after, None, "5"),
    "several_matches_conflict": (_several_matches_conflict, 300, 409),
    "no_access_is_bad_request": (_no_access_is_bad_request, 403, 400),
    "result_pages_next_record_url": (_result_pages_next_record_url, ["nextRecordsUrl"], ["nextRecordUrl"]),
    "duplicate_result_spelt_right": (_duplicate_result_spelt_right, ["duplicateResut"], ["duplicateResult"]),
    "unequal_leaves_out_nulls": (_unequal_leaves_out_nulls, [2, 2, 2], [1, 1, 2]),
    "bulk_keeps_blanks": (_bulk_keeps_blanks, "Nowak", " Nowak "),
    "converted_status_by_conversion_only": (_converted_status_by_conversion_only, 204, 400),
    "converted_leads_editable": (_converted_leads_editable, 400, 204),
    "convert_without_primary_role": (_convert_without_primary_role, [True], [False]),
    "web_leads_unvalidated": (_web_leads_unvalidated, ["failed"], ["done"]),
    "web_leads_without_required": (_web_leads_without_required, ["failed"], ["done"]),
    "probability_beyond_100": (_probability_beyond_100, 400, 201),
    "rollups_move_last_modified": (_rollups_move_last_modified, False, True),
    "deletes_pass_rules_of_parents": (_deletes_pass_rules_of_parents, 400, 204),
    "locks_wait": (_locks_wait, (400, 0.0), (201, 8.0)),
    "bulk_batches_side_by_side": (_bulk_batches_side_by_side, 0, 2),
    "etags_of_all_records": (_etags_of_all_records, (False, 204), (True, 412)),
    "dates_heeded_by_accounts_only": (_dates_heeded_by_accounts_only, [412, 412], [204, 412]),
    "conditional_deletes": (_conditional_deletes, 204, 412),
    "picklists_keep_case": (_picklists_keep_case, "Hot", "hOT"),
    "references_change_unstamped": (_references_change_unstamped, 3, 1),
    "hard_deletes_unlogged": (_hard_deletes_unlogged, 1, 0),
    "first_of_rows_named_twice_is_saved": (_first_of_rows_named_twice_is_saved, [False] * 4, [True, False] * 2),
    "empty_results_without_header": (_empty_results_without_header, '"Id"\n', ""),
}


def test_every_variant_is_looked_at_and_told() -> None:
    """Each has a test here, and a row among the switches of the reference."""
    assert list(LOOKS) == list(VARIANTS)
    page = (Path(__file__).parents[2] / "docs/reference/local-org-rules.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert {name: told.get(name) for name in VARIANTS} == VARIANTS


@pytest.mark.parametrize("name", LOOKS)
def test_a_variant_does_the_one_or_the_other(bare: Bare, name: str) -> None:
    """Off at first; on by one setting."""
    look, off, on = LOOKS[name]
    bare.control("POST", "snapshots", {"name": "before"})
    assert look(bare) == off
    bare.control("POST", "restore", {"name": "before"})
    bare.facts = bare.control("GET", "facts").json()
    bare.session.headers["Authorization"] = f"Bearer {bare.facts['access_token']}"
    bare.control("POST", "settings", {name: True})
    assert look(bare) == on


def test_what_a_fault_words_stays(bare: Bare) -> None:
    """An answer on order comes with the headers it was ordered with."""
    bare.control("POST", "settings", {"retry_after": True})
    bare.control("POST", "faults", {"do": {"status": 503, "headers": {"Retry-After": "60"}}, "times": 1})
    answer: requests.Response = bare.session.get(f"{DATA}/limits")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
