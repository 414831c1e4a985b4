"""Loading exports: what is kept, what is made for them, and that every row is accounted for."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.localorg.control.renewal import found
from sfsync.localorg.load.report import Report
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.sobject import Field
from sfsync.localorg.state import State
from sfsync.localorg.values import to_csv
from tests.localorg.load.conftest import ANA, HEAD, LOADED_AT, NOW, Loader, lead_id

Told = Callable[[Report], list[tuple[str, str, str | None, list[int]]]]
A1, A2, C1 = "001000000000001AAA", "001000000000002AAA", "003000000000001AAA"


def test_ids_owners_links_and_dates_are_kept(loader: Loader) -> None:
    """A set that hangs together is the same in the org; only SystemModstamp is the time of loading."""
    stamps = "CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp"
    when = f"2024-01-02T03:04:05.000+0000,{ANA},2024-02-02T03:04:05.000Z,{ANA},2024-03-03T00:00:00.000Z"
    report = loader(
        {
            "Contact.csv": f"Id,LastName,AccountId,ReportsToId,{stamps}\n{C1},Sato,{A2},{C1},{when}\n",
            "Account.csv": f"Id,Name,ParentId,OwnerId,{stamps}\n{A1},Up,,{ANA},{when}\n{A2},Down,{A1},{ANA},{when}\n",
        }
    )
    assert report.counts()["left_out"] == report.counts()["values_left_out"] == 0
    assert loader.values("ParentId", "Account") == [None, A1]
    row = dict(loader.state.rows("SELECT * FROM Contact")[0])
    assert (row["Id"], row["AccountId"], row["ReportsToId"]) == (C1, A2, C1)
    assert (row["CreatedDate"], row["LastModifiedDate"]) == (
        "2024-01-02T03:04:05.000+0000",
        "2024-02-02T03:04:05.000+0000",
    )
    assert (row["CreatedById"], row["SystemModstamp"]) == (ANA, LOADED_AT)


def test_users_are_made_for_owners_the_org_does_not_know(loader: Loader) -> None:
    """Owners, creators and modifiers that are unknown become users and queues with the same Ids."""
    queue = "00G000000000001EAA"
    report = loader.leads(f"{lead_id(1)},Ito,Acme,{ANA}\n{lead_id(2)},Ito,Acme,{queue}\n{lead_id(3)},Ito,Acme,\n")
    assert (report.users, report.queues) == ([ANA], [queue])
    integration = loader.state.setting("integration_user_id")
    assert loader.values("OwnerId") == [ANA, queue, integration]
    user = loader.state.one("SELECT * FROM User WHERE Id = ?", (ANA,))
    assert user is not None and user["IsActive"] == 1 and "@" in user["Username"]
    opened = loader.state.rows("SELECT SobjectType FROM QueueSobject WHERE QueueId = ?", (queue,))
    assert [row["SobjectType"] for row in opened] == ["Lead"]


def test_users_of_the_set_itself_are_not_made_twice(loader: Loader) -> None:
    """A User export in the set gives the owners their names, in whatever order the files come."""
    report = loader(
        {
            "Lead.csv": f"{HEAD}\n{lead_id(1)},Ito,Acme,{ANA}\n",
            "User.csv": f"Id,Username,LastName,Email,Alias,CommunityNickname,IsActive\n"
            f"{ANA},real@corp.example,Real,real@corp.example,real,real,1\n",
        }
    )
    assert report.users == []
    assert loader.state.rows("SELECT LastName FROM User WHERE Id = ?", (ANA,))[0][0] == "Real"


def test_an_owner_that_cannot_be_one_is_replaced_and_listed(loader: Loader, told: Told) -> None:
    """An owner Id that is none of a user or queue leaves the record with the integration user."""
    report = loader.leads(f"{lead_id(1)},Ito,Acme,{A1}\n{lead_id(2)},Ito,Acme,nobody\n")
    assert loader.values("OwnerId") == [loader.state.setting("integration_user_id")] * 2
    assert told(report) == [
        ("value", "no record id", "OwnerId", [2]),
        ("value", "leads to no Group or User of the org", "OwnerId", [1]),
    ]


def test_unknown_picklist_values_become_values_of_the_org(loader: Loader) -> None:
    """Values the org's picklists lack are added to them; statuses and stages get their describing rows."""
    o1 = "006000000000001AAA"
    report = loader(
        {
            "Lead.csv": f"{HEAD},Status,GeocodeAccuracy\n{lead_id(1)},Ito,Acme,,Warm call,Roof\n",
            "Opportunity.csv": "Id,Name,StageName,CloseDate,IsClosed,IsWon,Probability,ForecastCategory\n"
            f"{o1},Deal,Signed,2024-05-06,1,1,100,Closed\n",
        }
    )
    assert {(one["field"], one["value"]) for one in report.picklist_values} == {
        ("Status", "Warm call"),
        ("GeocodeAccuracy", "Roof"),
        ("StageName", "Signed"),
    }
    field = loader.state.catalog.field("Lead", "Status")
    assert field is not None and field.picklist[-1].value == "Warm call"
    assert "Warm call" in loader.values("ApiName", "LeadStatus")
    stage = loader.state.one("SELECT * FROM OpportunityStage WHERE ApiName = 'Signed'")
    assert stage is not None and (stage["IsWon"], stage["DefaultProbability"]) == (1, 100)


def test_what_the_org_works_out_is_there_where_a_file_lacks_it(loader: Loader) -> None:
    """An opportunity without its stage's facts and fiscal period gets them; one that has them keeps them."""
    loader(
        {
            "Opportunity.csv": "Id,Name,StageName,CloseDate,Amount\n"
            "006000000000001AAA,Deal,Closed Won,2024-05-06,1200.50\n"
        }
    )
    row = dict(loader.state.rows("SELECT * FROM Opportunity")[0])
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["Amount"]) == (1, 1, 100, 120_050)
    assert (row["Fiscal"], row["ForecastCategory"], row["ExpectedRevenue"]) == ("2024 2", "Closed", 120_050)


def test_custom_columns_become_text_fields(loader: Loader) -> None:
    """Columns that look like custom fields become fields of the org, long ones long, and keep every character."""
    long = "=cmd|' /C calc'!A0 " + "x" * 400
    report = loader.leads(f'{lead_id(1)},Ito,Acme,,Gold,"{long}"\n', f"{HEAD},Tier__c,Notes_2__C")
    assert report.files[0].new_fields == ["Tier__c", "Notes_2__c"]
    assert (loader.values("Tier__c"), loader.values("Notes_2__c")) == (["Gold"], [long])
    field = loader.state.catalog.field("Lead", "notes_2__c")
    assert field is not None and field.custom and field.long_text


def test_columns_that_cannot_be_kept_are_listed_with_their_values_counted(loader: Loader, told: Told) -> None:
    """Unknown standard columns, paths to parents and columns that come twice are listed; empty ones are no loss."""
    report = loader.leads(
        f"{lead_id(1)},Ito,Acme,,AAA,Ana,Ltd,\n{lead_id(2)},Ito,Acme,,BBB,,,\n",
        f"{HEAD},LeadNumber,Owner.Name,company,Nothing",
    )
    assert sorted(told(report), key=str) == [
        ("column", "Lead has no such field", "LeadNumber", []),
        ("column", "Lead has no such field", "Owner.Name", []),
        ("column", "the field is there already", "company", []),
    ]
    assert {group.name: group.count for group in report.groups} == {"LeadNumber": 2, "Owner.Name": 1, "company": 1}


def test_an_sobject_the_org_does_not_have_is_listed_row_by_row(loader: Loader, told: Told) -> None:
    """A Case export does not stop the others; each of its rows is named, and it counts as no refusal."""
    report = loader(
        {
            "Case.csv": "Id,Subject\n500000000000001AAA,Hot\n500000000000002AAA,Cold\n",
            "Lead.csv": f"{HEAD}\n{lead_id(1)},Ito,Acme,\n",
        }
    )
    assert told(report) == [("row", "the org has no sObject Case", None, [1, 2])]
    assert (report.counts()["loaded"], report.counts()["left_out"], report.counts()["refused"]) == (1, 2, 0)


def test_an_id_that_is_there_already_is_listed(loader: Loader, told: Told) -> None:
    """The record that was first stays as it is, whether it was in the org or earlier in the files."""
    loader.leads(f"{lead_id(1)},First,Acme,\n")
    report = loader.leads(f"{lead_id(1)},Again,Acme,\n{lead_id(2)},Two,Acme,\n{lead_id(2)[:15]},Twice,Acme,\n")
    assert told(report) == [
        ("row", "the Id is in the org already", None, [1]),
        ("row", "the Id is in the files twice", None, [3]),
    ]
    assert loader.values("LastName") == ["First", "Two"]


def test_ids_are_read_in_either_form(loader: Loader) -> None:
    """Fifteen characters become eighteen, in the Id and in links."""
    loader(
        {
            "Account.csv": "Id,Name\n0015e00000AbCdE,Acme\n",
            "Contact.csv": "Id,LastName,AccountId\n0035e00000AbCdE,Ito,0015e00000AbCdE\n",
        }
    )
    assert loader.values("AccountId", "Contact") == loader.values("Id", "Account") == ["0015e00000AbCdEAAV"]


def test_rows_that_cannot_become_records_are_listed(loader: Loader, told: Told) -> None:
    """Bad Ids, Ids of another sObject, empty required fields and broken rows are left out, each with its reason."""
    rows = [
        ",NoId,Acme,",
        "00Q1,Short,Acme,",
        f"{A1},Account,Acme,",
        f"{lead_id(4)},,Acme,",
        f"{lead_id(5)},Few",
        f"{lead_id(6)},Many,Acme,,more",
        f'{lead_id(7)},"Bad"quote,Acme,',
        f"{lead_id(8)},Good,Acme,",
    ]
    report = loader.leads("\n".join(rows) + "\n")
    assert sorted(told(report), key=lambda group: group[3]) == [
        ("row", "the Id is empty", None, [1]),
        ("row", "the Id is no record id", None, [2]),
        ("row", "the Id is none of Lead: those begin with 00Q", None, [3]),
        ("row", "LastName is required and empty", "LastName", [4]),
        ("row", "the row has 2 cells, the header 4", None, [5]),
        ("row", "the row has 5 cells, the header 4", None, [6]),
        ("row", "line 8 cannot be read: ',' expected after '\"'", None, [7]),
    ]
    assert loader.values("LastName") == ["Good"]
    assert (report.counts()["rows"], report.counts()["loaded"]) == (8, 1)


def test_values_that_cannot_be_kept_are_left_out_and_the_record_stays(loader: Loader, told: Told) -> None:
    """Values too long, of the wrong type or out of range, and links that lead nowhere, are listed; the rest is kept."""
    head = f"{HEAD},Title,Email,NumberOfEmployees,ConvertedDate,DoNotCall,ConvertedAccountId,IndividualId"
    report = loader.leads(
        f"{lead_id(1)},Ito,Acme,,{'x' * 129},no mail,many,31.12.2024,maybe,{A1},0PK000000000001AAA\n", head
    )
    assert {(reason, name) for kind, reason, name, rows in told(report) if kind == "value" and rows == [1]} == {
        ("longer than the field", "Title"),
        ("no e-mail address", "Email"),
        ("no int", "NumberOfEmployees"),
        ("no date", "ConvertedDate"),
        ("no true or false", "DoNotCall"),
        ("leads to no Account of the org", "ConvertedAccountId"),
        ("leads to no Individual of the org", "IndividualId"),
    }
    assert (loader.values("LastName"), loader.values("Title"), loader.values("DoNotCall")) == (["Ito"], [None], [0])


def test_a_unique_value_stays_with_the_first_record(loader: Loader, told: Told) -> None:
    """Two records with the same external id: the second is kept without it, and listed."""
    report = loader.leads(
        f"{lead_id(1)},Ito,Acme,,K1\n{lead_id(2)},Ito,Acme,,K1\n{lead_id(3)},Ito,Acme,,K2\n", f"{HEAD},Ext_Id__c"
    )
    assert loader.values("Ext_Id__c") == ["K1", None, "K2"]
    assert told(report) == [("value", "must be unique, and another record has it", "Ext_Id__c", [2])]


def test_values_that_are_kept_otherwise_than_written_are_listed(loader: Loader, told: Told) -> None:
    """Lower-cased e-mail, rounded numbers and cut times are kept and said to be changed."""
    head = f"{HEAD},Email,AnnualRevenue,LastViewedDate,Name"
    report = loader.leads(f"{lead_id(1)},Ito,Acme,,A.Ito@Acme.example,12.5,2024-01-01T00:00:00.750Z,Somebody\n", head)
    assert {(kind, reason, name) for kind, reason, name, _ in told(report)} == {
        ("changed", "written in lower case", "Email"),
        ("changed", "rounded to 0 places", "AnnualRevenue"),
        ("changed", "cut to whole seconds", "LastViewedDate"),
        ("changed", "made of first and last name", "Name"),
    }
    assert (loader.values("Email"), loader.values("AnnualRevenue"), loader.values("Name")) == (
        ["a.ito@acme.example"],
        [13],
        ["Ito"],
    )


def test_a_narrow_export_is_filled_where_the_org_demands_a_value(loader: Loader) -> None:
    """A file without the required columns loads: names are taken apart, other texts are marked as not provided."""
    report = loader({"leads (3).csv": f"Id,Name\n{lead_id(1)},Ana María Ruiz\n"})
    assert [loader.values(name) for name in ("FirstName", "LastName", "Company", "Status")] == [
        ["Ana María"],
        ["Ruiz"],
        ["[not provided]"],
        ["New"],
    ]
    assert report.counts()["values_changed"] == 2


def test_deleted_records_come_deleted(loader: Loader) -> None:
    """A record exported from the recycle bin is in the org's bin."""
    loader.leads(f"{lead_id(1)},Ito,Acme,,true\n", f"{HEAD},IsDeleted")
    assert (loader.values("IsDeleted"), loader.values("_deleted_at")) == ([1], [LOADED_AT])
    assert [row["id"] for row in loader.state.rows("SELECT id FROM _deleted_log")] == [lead_id(1)]


def test_a_set_is_loaded_whole_or_not_at_all(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """If loading breaks off, no record, user, field or picklist value of the set stays."""

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("sfsync.localorg.load.loading.mend_links", broken)
    with pytest.raises(OSError, match="disk full"):
        loader.leads(f"{lead_id(1)},Ito,Acme,{ANA},x,Strange\n", f"{HEAD},Tier__c,Status")
    assert loader.values("Id") == []
    assert loader.state.catalog.field("Lead", "Tier__c") is None
    status = loader.state.catalog.field("Lead", "Status")
    assert status is not None and "Strange" not in [one.value for one in status.picklist]


def test_an_empty_file_and_one_without_ids_are_listed(loader: Loader, told: Told) -> None:
    """A file that holds nothing, or no Id column, is named with the reason."""
    report = loader({"Lead.csv": "", "Account.csv": "Name\nAcme\n"})
    assert told(report) == [
        ("file", "it cannot be read: the file is empty", None, []),
        ("row", "it has no Id column", None, [1]),
    ]
    counts = report.counts()
    assert (counts["files"], counts["files_left_out"], counts["rows"], counts["left_out"]) == (2, 1, 1, 1)


def columns(state: State, name: str) -> list[Field]:
    sobject = state.catalog.sobject(name)
    assert sobject is not None
    return [one for one in sobject.columns if one.name != "SystemModstamp"]


def test_an_orgs_own_export_gives_the_same_org(loader: Loader, tmp_path: Path) -> None:
    """All values of a filled org, exported and loaded into an empty one, are there again, save SystemModstamp."""
    source = State.open(tmp_path / "source")
    found(source, SetClock(NOW), Amounts(60, 10, 20, 15), 7)
    for name in ("Lead", "Account", "Contact", "Opportunity"):
        fields = columns(source, name)
        chosen = ", ".join(f'"{one.name}"' for one in fields)
        with (loader.folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([one.name for one in fields])
            for row in source.stream(f'SELECT {chosen} FROM "{name}"'):
                writer.writerow([to_csv(field, value) for field, value in zip(fields, row, strict=True)])
    report = loader({})
    assert (report.counts()["loaded"], report.groups) == (105, [])
    for name in ("Lead", "Account", "Contact", "Opportunity"):
        fields = columns(source, name)
        sql = f'SELECT {", ".join(one.name for one in fields)} FROM "{name}" ORDER BY Id'
        assert list(loader.state.stream(sql)) == list(source.stream(sql))
    source.close()
