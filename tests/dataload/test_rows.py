"""Promises about single rows: one that cannot be loaded is refused by itself, with its number and the reason."""

from pathlib import Path

import pytest

from tests.dataload.loader import Loader, lasting

GOOD = ("Knit", "Wool", "", "", "", "", "")
HEADER = ("LastName", "Company", "CleanStatus", "OwnerId", "AnnualRevenue", "IsUnreadByOwner", "Email")
ROWS = {
    "too long": (("K" * 81, *GOOD[1:]), "LastName holds 80 characters, this has 81"),
    "bad picklist": (("Knit", "Wool", "Unkown", *GOOD[3:]), "CleanStatus does not offer 'Unkown'"),
    "required missing": (("", *GOOD[1:]), "LastName is required"),
    "required cleared": (("#N/A", *GOOD[1:]), "LastName is required"),
    "no id": (("Knit", "Wool", "", "somebody", *GOOD[4:]), "'somebody' is not a record id"),
    "wrong id": (("Knit", "Wool", "", "005000000000001AAB", *GOOD[4:]), "last three characters"),
    "no number": (("Knit", "Wool", "", "", "1,000", "", ""), "'1,000' is not a number"),
    "too large": (("Knit", "Wool", "", "", "1" * 19, "", ""), "digits before the point"),
    "no flag": (("Knit", "Wool", "", "", "", "maybe", ""), "'maybe' is neither true nor false"),
    "short": (("Knit", "Wool"), "it has 2 cells, the header has 7"),
    "long": ((*GOOD, "more"), "it has 8 cells, the header has 7"),
    "blank": (("", " ", "", "", "", "", ""), "every cell is empty"),
}


def test_each_bad_row_is_refused_alone_with_its_reason(loader: Loader) -> None:
    """Between good rows, every kind of bad one is listed under its own number; the good ones are all applied."""
    rows = [HEADER]
    for bad, _ in ROWS.values():
        rows += [GOOD, bad]
    outcome = loader.run(rows)
    assert (outcome.exit, outcome.state, outcome.counts["applied"]) == (3, "partly", len(ROWS))
    loader.accounted(outcome)
    refused = {int(row[0]): row for row in loader.results(outcome, "refused")}
    assert sorted(refused) == [2 * place for place in range(1, len(ROWS) + 1)]
    for place, (bad, words) in enumerate(ROWS.values(), 1):
        number, code, message, *cells = refused[2 * place]
        assert (code, tuple(cells)) == ("SFSYNC_PREFLIGHT", bad)
        assert words in message
    assert [problem.where.row for problem in outcome.problems] == sorted(refused)
    assert len(lasting(loader.shop)) == len(ROWS)


def test_rows_the_org_refuses_are_listed_with_its_own_words(loader: Loader) -> None:
    """What only the org can see, such as a value that is taken, comes back on the row it is about."""
    loader.shop.make("Lead", LastName="Knit", Company="Wool", Ext_Id__c="A1")
    rows = (("LastName", "Company", "Ext_Id__c"), ("Purl", "Wool", "B2"), ("Weave", "Wool", "A1"))
    outcome = loader.run(rows)
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, 1, 1)
    assert loader.results(outcome, "refused")[0][:2] == ["2", "DUPLICATE_VALUE"]
    loader.accounted(outcome)


@pytest.mark.parametrize("twin", ["A1", " A1 "])
def test_two_rows_with_one_key_are_not_both_believed(loader: Loader, twin: str) -> None:
    """The first counts and the second is refused, with the number of the first."""
    rows = (("Ext_Id__c", "LastName", "Company"), ("A1", "Knit", "Wool"), (twin, "Purl", "Wool"))
    outcome = loader.run(rows, "upsert", key="Ext_Id__c")
    assert (outcome.counts["applied"], outcome.counts["rejected"]) == (1, 1)
    assert "row 1 has the same Ext_Id__c" in loader.results(outcome, "refused")[0][2]
    assert [lead["LastName"] for lead in lasting(loader.shop)] == ["Knit"]
    loader.accounted(outcome)


def test_two_ids_of_one_record_are_one_key(loader: Loader) -> None:
    """An id of 15 characters, and one whose letters lost their case, name the same record as the full one."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool")
    rows = (("Id", "LastName"), (lead, "A"), (lead[:15], "B"), (lead.upper(), "C"))
    outcome = loader.run(rows, "update")
    assert (outcome.counts["applied"], outcome.counts["rejected"]) == (1, 2)
    assert lasting(loader.shop)[0]["LastName"] == "A"


def test_a_row_about_a_record_that_is_not_there_says_so(loader: Loader) -> None:
    """Ids of deleted records, of no record, and of another sObject are refused one by one."""
    account = loader.shop.make("Account", Name="Wool")
    gone = loader.shop.make("Lead", LastName="Gone", Company="Wool")
    loader.shop.ask("DELETE", f"sobjects/Lead/{gone}")
    outcome = loader.run((("Id", "LastName"), (account, "A"), (gone, "B"), ("00Q000000000001", "C")), "update")
    assert (outcome.exit, outcome.counts["rejected"]) == (3, 3)
    messages = [row[2] for row in sorted(loader.results(outcome, "refused"), key=lambda row: int(row[0]))]
    assert "of another sObject: ids of Lead begin with 00Q" in messages[0]
    assert all("the org shows no Lead" in message for message in messages[1:])
    loader.accounted(outcome)


def test_result_files_are_for_their_owner_only_and_hold_rows_as_the_file_had_them(loader: Loader) -> None:
    """The folder is 0700, the files 0600; line breaks and quotes in cells come back as they were."""
    cells = ('Kn"it', "Wo\nol")
    outcome = loader.run((("LastName", "Company"), cells, ("", "x")))
    for kind in ("done", "refused"):
        path = outcome.data["files"][kind]
        assert (loader.shop.folder / path).stat().st_mode & 0o777 == 0o600
        assert (loader.shop.folder / path).parent.stat().st_mode & 0o777 == 0o700
    assert tuple(loader.results(outcome, "done")[0][3:]) == cells


def test_refused_rows_that_were_mended_are_imported_as_they_stand(loader: Loader) -> None:
    """`refused.csv` goes in again once its rows are mended: the columns sfsync put in front are passed over."""
    first = loader.run([["LastName", "Company"], ["Knit", "Wool"], ["", "Linen"]])
    assert first.counts["rejected"] == 1
    refused = Path(first.data["files"]["refused"])
    refused.write_text(refused.read_text("utf-8").replace(",Linen", "Weave,Linen"), "utf-8")
    second = loader.run(refused.read_bytes())
    assert (second.exit, second.counts["applied"]) == (0, 1)
    made = loader.shop.rows("SELECT LastName FROM Lead WHERE Company = 'Linen'")
    assert [row["LastName"] for row in made] == ["Weave"]
