"""The trials of time, records, setup and values, each seen by a bare client."""

from collections.abc import Mapping, Sequence

import pytest
import requests

from sfsync.localorg.faults.known import orders_of
from tests.localorg.faults.conftest import DATA, LEAD, URL, Bare

ALL = "SELECT Id FROM Lead ORDER BY Id"
LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
CONVERT = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">
<e:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></e:Header><e:Body><convertLead><leadConverts>
<leadId>{lead}</leadId><convertedStatus>Qualified</convertedStatus></leadConverts></convertLead></e:Body></e:Envelope>"""


def code(answer: requests.Response) -> str:
    """Give the code of the first error."""
    return str(answer.json()[0]["errorCode"])


def results(bare: Bare, records: Sequence[Mapping[str, object]], method: str = "POST") -> list[dict[str, object]]:
    """Save records in one call, and give what became of each."""
    body = {"records": [{"attributes": {"type": "Lead"}, **one} for one in records]}
    return list(bare.ask(method, "composite/sobjects", body).json())


def codes(outcomes: list[dict[str, object]]) -> list[str | None]:
    """Give the code of each record that was refused, None for those that were not."""
    return [one["errors"][0]["statusCode"] if one["errors"] else None for one in outcomes]  # type: ignore[index]


def test_f25_thousands_of_records_with_one_stamp(bare: Bare) -> None:
    """All that are there have one SystemModstamp, while LastModifiedDate stays."""
    before = bare.ask("GET", "query", params={"q": "SELECT LastModifiedDate d FROM Lead GROUP BY LastModifiedDate"})
    bare.order("F25")
    bare.ask("GET", "limits")
    assert bare.count("SELECT COUNT() FROM Lead WHERE SystemModstamp = 2026-11-24T12:30:00Z") == 500
    after = bare.ask("GET", "query", params={"q": "SELECT LastModifiedDate d FROM Lead GROUP BY LastModifiedDate"})
    assert before.json() == after.json()


def test_f26_a_late_commit(bare: Bare) -> None:
    """A record is not there until an hour later, then with the stamp of its writing; safe times waited for it."""
    start = "2026-11-24T12:00:00Z"
    bare.machine.advance(120)
    bare.order("F26")
    lead = bare.make(Title="late")
    stamp = "2026-11-24T12:32:00.000+0000"
    bare.machine.advance(600)
    window = {"start": start, "end": "2026-11-24T14:00:00Z"}
    told = bare.ask("GET", "sobjects/Lead/updated", params=window).json()
    assert lead not in told["ids"] and told["latestDateCovered"] == stamp
    assert bare.ask("GET", f"sobjects/Lead/{lead}").status_code == 404
    bare.machine.advance(3000)
    told = bare.ask("GET", "sobjects/Lead/updated", params=window).json()
    assert lead in told["ids"] and told["latestDateCovered"] == "2026-11-24T13:32:00.000+0000"
    assert bare.lead(lead)["SystemModstamp"] == stamp


def test_f26_a_late_change_and_its_lock(bare: Bare) -> None:
    """The old value is seen until the commit, and nobody else can change the record meanwhile."""
    lead = bare.make(Title="old")
    bare.order("F26")
    assert bare.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "new"}).status_code == 204
    assert bare.lead(lead)["Title"] == "old"
    assert code(bare.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "other"})) == "UNABLE_TO_LOCK_ROW"
    bare.machine.advance(3600)
    assert bare.lead(lead)["Title"] == "new"


def test_f27_clocks_that_are_off_or_jump(bare: Bare) -> None:
    """One record is stamped by a server an hour behind; then the org's clock steps back ten minutes and goes on."""
    bare.order("F27")
    stamps = [bare.lead(bare.make())["CreatedDate"] for _ in range(3)]
    assert [str(one)[11:19] for one in stamps] == ["11:30:00", "12:20:00", "12:20:00"]


def test_f28_records_change_while_they_are_paged(bare: Bare) -> None:
    """A record on a later page is changed, one is deleted, one is new, all by somebody else."""
    first = bare.query(ALL)
    later = bare.ids(bare.page(first))
    bare.order("F28", changed=later[0], deleted=later[1])
    again = bare.ids(bare.page(first))
    assert again == [one for one in later if one != later[1]]
    changed = bare.lead(later[0])
    assert changed["Rating"] == "Hot" and changed["LastModifiedById"] != bare.lead(bare.make())["LastModifiedById"]
    assert bare.count() == 501


def test_f29_a_value_changes_and_the_stamp_does_not(bare: Bare) -> None:
    """Rating is another, SystemModstamp the same."""
    lead = bare.make(Rating="Cold")
    before = bare.lead(lead)
    bare.machine.advance(60)
    bare.order("F29", lead=lead)
    bare.ask("GET", "limits")
    assert {**bare.lead(lead), "Rating": "Cold"} == before and bare.lead(lead)["Rating"] == "Hot"


def test_f30_deleted_brought_back_and_changed(bare: Bare) -> None:
    """It goes, and it comes back changed, with the same Id."""
    lead = bare.make()
    bare.order("F30", lead=lead)
    assert bare.ask("GET", f"sobjects/Lead/{lead}").status_code == 404
    assert bare.lead(lead)["Rating"] == "Hot"


def test_f31_records_are_merged(bare: Bare) -> None:
    """The loser is deleted and names its winner; writing it is refused."""
    winner, loser = bare.make(), bare.make()
    bare.order("F31", winner=winner, loser=loser)
    assert code(bare.ask("PATCH", f"sobjects/Lead/{loser}", {"Title": "Dr"})) == "ENTITY_IS_DELETED"
    soql = f"SELECT MasterRecordId FROM Lead WHERE Id = '{loser}'"
    gone = bare.ask("GET", "queryAll", params={"q": soql}).json()["records"][0]
    assert gone["MasterRecordId"] == winner


def test_f32_deleted_for_good(bare: Bare) -> None:
    """Neither queryAll nor getDeleted knows the record."""
    lead = bare.make()
    bare.order("F32", lead=lead)
    assert bare.ask("GET", f"sobjects/Lead/{lead}").status_code == 404
    assert (
        bare.ask("GET", "queryAll", params={"q": f"SELECT Id FROM Lead WHERE Id = '{lead}'"}).json()["totalSize"] == 0
    )
    window = {"start": "2026-11-24T12:00:00Z", "end": "2026-11-24T13:00:00Z"}
    assert bare.ask("GET", "sobjects/Lead/deleted", params=window).json()["deletedRecords"] == []


def test_f33_a_lead_is_converted_while_an_update_waits(bare: Bare) -> None:
    """The update finds a converted lead and is refused."""
    lead = bare.make()
    bare.order("F33", lead=lead)
    refused = bare.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"})
    assert code(refused) == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert bare.lead(lead)["IsConverted"] is True


def test_f34_the_answer_to_a_conversion_is_lost(bare: Bare) -> None:
    """The line is cut, and the lead is converted."""
    made = bare.ask("POST", "sobjects/Lead", LEAD, headers={"Sforce-Auto-Assign": "FALSE"})
    lead = str(made.json()["id"])
    bare.order("F34")
    token = bare.facts["access_token"]
    body = CONVERT.format(token=token, lead=lead).encode()
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    with pytest.raises(LOST):
        bare.session.post(f"{URL}/services/Soap/u/59.0", data=body, headers=headers)
    assert bare.lead(lead)["IsConverted"] is True


def test_f35_ids_of_many_kinds(bare: Bare) -> None:
    """Fifteen characters name the record, their case counts, and eighteen in lower case are no id."""
    lead = bare.make()
    assert bare.ask("GET", f"sobjects/Lead/{lead[:15]}").json()["Id"] == lead
    assert bare.ask("GET", f"sobjects/Lead/{lead[:15].swapcase()}").status_code == 404
    soql = f"SELECT Id FROM Lead WHERE Id = '{lead[:15]}'"
    assert bare.ids(bare.query(soql)) == [lead]
    assert codes(results(bare, [{"Id": "no id", "Title": "x"}], "PATCH")) == ["MALFORMED_ID"]


def test_f36_a_job_that_never_ends_and_results_that_are_gone(bare: Bare) -> None:
    """Fifty looks see it in progress and nothing is written; once it is done its results are 404."""
    bare.order("F36")
    path = bare.job("insert", "Lead", "LastName,Company\nNowak,Acme\n")
    assert {bare.ask("GET", path).json()["state"] for _ in range(49)} == {"InProgress"}
    assert bare.count() == 500
    assert bare.ask("GET", path).json()["state"] == "InProgress"
    assert bare.ask("GET", path).json()["state"] == "JobComplete"
    assert bare.ask("GET", f"{path}/successfulResults").status_code == 404
    assert bare.count() == 501


ROWS = "LastName,Company\n" + "".join(f"Nowak {n},Acme\n" for n in range(8))


@pytest.mark.parametrize(("trial", "state"), [("F37", "Failed"), ("F38", "Aborted")])
def test_f37_f38_a_job_ends_early(bare: Bare, trial: str, state: str) -> None:
    """Three rows are written, the rest is unprocessed, and the sums add up."""
    bare.order(trial)
    path = bare.job("insert", "Lead", ROWS)
    ended = bare.ask("GET", path).json()
    assert (ended["state"], ended["numberRecordsProcessed"]) == (state, 3)
    lines = {name: bare.ask("GET", f"{path}/{name}").text.splitlines() for name in RESULTS}
    assert [len(lines[name]) - 1 for name in RESULTS] == [3, 0, 5]
    assert lines["unprocessedrecords"][1] == '"Nowak 3","Acme"' or lines["unprocessedrecords"][1] == "Nowak 3,Acme"
    assert bare.count() == 503


RESULTS = ("successfulResults", "failedResults", "unprocessedrecords")


def test_f39_results_in_another_order_with_errors_of_many_lines(bare: Bare) -> None:
    """The header is in lower case, the rows in no order, and an error holds quotes and a line end."""
    bare.order("F39")
    path = bare.job("insert", "Lead", ROWS)
    assert bare.ask("GET", path).json()["state"] == "JobComplete"
    good, bad = (bare.ask("GET", f"{path}/{name}").text for name in RESULTS[:2])
    assert good.startswith('"sf__id","sf__created","lastname","company"')
    assert '""no""\nline 2' in bad
    names = [line.split(",")[2] for line in good.splitlines()[1:]]
    assert len(names) > 1 and names not in (sorted(names), sorted(names, reverse=True))


def test_f40_the_line_is_cut_at_each_step_of_a_job(bare: Bare) -> None:
    """The job that was made can be found in the list, filled again, and its results asked for again."""
    bare.order("F40")
    body = {"object": "Lead", "operation": "insert", "lineEnding": "LF"}
    with pytest.raises(LOST):
        bare.ask("POST", "jobs/ingest", body)
    found = bare.ask("GET", "jobs/ingest").json()["records"]
    assert [one["state"] for one in found] == ["Open"]
    path, headers = f"jobs/ingest/{found[0]['id']}", {"Content-Type": "text/csv"}
    with pytest.raises(LOST):
        bare.session.put(f"{DATA}/{path}/batches", data=ROWS.encode(), headers=headers)
    assert bare.session.put(f"{DATA}/{path}/batches", data=ROWS.encode(), headers=headers).status_code == 201
    with pytest.raises(LOST):
        bare.ask("PATCH", path, {"state": "UploadComplete"})
    assert bare.ask("GET", path).json()["state"] == "JobComplete"
    with pytest.raises(LOST):
        bare.ask("GET", f"{path}/successfulResults")
    assert len(bare.ask("GET", f"{path}/successfulResults").text.splitlines()) == 9


def test_f43_locked_records(bare: Bare) -> None:
    """About three in ten are refused, the same ones each time; a lock on a parent holds its children for 30 seconds."""
    account, other = bare.make("Account", Name="hot"), bare.make("Account", Name="cold")
    bare.order("F43", account=account)
    refused = codes(results(bare, [LEAD] * 200))
    assert 40 <= refused.count("UNABLE_TO_LOCK_ROW") <= 80
    bare.control("DELETE", "faults")
    bare.control("POST", "faults", orders_of("F43", {"account": account})[1])
    bare.ask("GET", "limits")
    child = {"LastName": "Nowak", "AccountId": account}
    assert code(bare.ask("POST", "sobjects/Contact", child)) == "UNABLE_TO_LOCK_ROW"
    assert bare.ask("POST", "sobjects/Contact", {**child, "AccountId": other}).status_code == 201
    bare.control("DELETE", "faults")
    bare.machine.advance(30)
    assert bare.ask("POST", "sobjects/Contact", child).status_code == 201


def test_f43_a_write_under_way_locks_its_parent(bare: Bare) -> None:
    """While one client waits for the answer to a contact, another one's contact of the same account is refused."""
    account = bare.make("Account", Name="hot")
    bare.control("POST", "faults", {"do": {"delay_ms": 30_000}, "times": 1})
    child = {"LastName": "Nowak", "AccountId": account}
    with pytest.raises(requests.ReadTimeout):
        bare.ask("POST", "sobjects/Contact", child, timeout=5)
    assert code(bare.ask("POST", "sobjects/Contact", child)) == "UNABLE_TO_LOCK_ROW"
    assert bare.make()
    bare.machine.advance(25)
    assert bare.ask("POST", "sobjects/Contact", child).status_code == 201


def test_f44_a_duplicate_rule_finds_duplicates(bare: Bare) -> None:
    """An alert is passed with allowSave, a block is not; both tell what the record is the same as."""
    bare.order("F44")
    allow = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    refused = bare.ask("POST", "sobjects/Lead", LEAD)
    assert code(refused) == "DUPLICATES_DETECTED"
    found = refused.json()[0]["duplicateResut"]
    match = found["matchResults"][0]["matchRecords"][0]["record"]
    assert found["allowSave"] is True and match["Id"].startswith("00Q")
    assert bare.ask("GET", match["attributes"]["url"].removeprefix("/services/data/v59.0/")).status_code == 200
    assert bare.ask("POST", "sobjects/Lead", LEAD, headers=allow).status_code == 201
    contact = {"LastName": "Nowak"}
    blocked = bare.ask("POST", "sobjects/Contact", contact, headers=allow)
    assert code(blocked) == "DUPLICATES_DETECTED" and blocked.json()[0]["duplicateResut"]["allowSave"] is False


def test_f45_errors_that_stay(bare: Bare) -> None:
    """Half of the records are refused, with each of the codes; one text has ten thousand characters."""
    bare.order("F45")
    outcomes = results(bare, [LEAD] * 200)
    assert len({one for one in codes(outcomes) if one}) == 6
    assert 70 <= sum(1 for one in outcomes if one["success"]) <= 130
    assert max(len(one["errors"][0]["message"]) for one in outcomes if one["errors"]) > 10_000  # type: ignore[index]


def test_f46_a_key_is_on_two_records(bare: Bare) -> None:
    """The upsert answers 300 with two addresses and writes nothing."""
    bare.make(Ext_Id__c="k")
    bare.order("F46")
    answer = bare.ask("PATCH", "sobjects/Lead/Ext_Id__c/k", {"Title": "Dr", **LEAD})
    assert answer.status_code == 300 and len(answer.json()) == 2
    assert bare.count() == 501


def test_f47_two_clients_use_one_key_at_once(bare: Bare) -> None:
    """The key is taken while the upsert runs: DUPLICATE_VALUE; the next one changes the record that is there."""
    bare.order("F47")
    before = bare.count()
    assert code(bare.ask("PATCH", "sobjects/Lead/Ext_Id__c/k", {"Title": "Dr", **LEAD})) == "DUPLICATE_VALUE"
    assert bare.count() == before + 1
    again = bare.ask("PATCH", "sobjects/Lead/Ext_Id__c/k", {"Title": "Dr", **LEAD})
    assert again.json()["created"] is False and bare.count() == before + 1


def test_f47_what_somebody_else_made_stays_where_a_collection_is_undone(bare: Bare) -> None:
    """All or none undoes the caller's records alone."""
    bare.order("F47")
    before = bare.count()
    records = [{"attributes": {"type": "Lead"}, "Ext_Id__c": key, **LEAD} for key in ("k", "l")]
    body = {"allOrNone": True, "records": records}
    told = bare.ask("PATCH", "composite/sobjects/Lead/Ext_Id__c", body).json()
    assert [one["errors"][0]["statusCode"] for one in told] == ["DUPLICATE_VALUE"] * 2
    assert bare.count() == before + 2
    again = bare.ask("PATCH", "composite/sobjects/Lead/Ext_Id__c", body).json()
    assert [one["created"] for one in again] == [False, False]


def _described(bare: Bare) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in bare.ask("GET", "sobjects/Lead/describe").json()["fields"]}


def test_f48_a_field_is_gone(bare: Bare) -> None:
    """Describe had it, the query says INVALID_FIELD, the next describe has it no more."""
    bare.order("F48")
    assert "Score__c" in _described(bare)
    assert code(bare.query("SELECT Id, Score__c FROM Lead")) == "INVALID_FIELD"
    assert "Score__c" not in _described(bare)


def test_f49_a_right_is_taken_away(bare: Bare) -> None:
    """The field is hidden, then the records of others: neither is null nor deleted."""
    bare.order("F49")
    assert code(bare.query("SELECT Id, Email FROM Lead")) == "INVALID_FIELD"
    assert bare.query("SELECT Id FROM Lead").json()["totalSize"] < 500
    assert "Email" not in _described(bare)


def test_f50_a_field_gets_another_type(bare: Bare) -> None:
    """Describe shows the new type and a new field."""
    bare.order("F50")
    fields = _described(bare)
    assert fields["Grade__c"]["type"] == "double" and "Plant__c" in fields
