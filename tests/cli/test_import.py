"""`sfsync import` and `sfsync outbox`: every row accounted for, what was refused kept until somebody deals with it."""

import csv
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.shop import Shop

GOOD = "LastName,Company,Email\nIbarra,Talleres Ibarra,nerea@ibarra.example\nOkafor,Lagos Light,ada@lagos.example\n"
ONE_BAD = GOOD + ",No Name Ltd,info@noname.example\n"
INSERT = ("--sobject", "Lead", "--operation", "insert")


def test_an_import_plans_first_and_then_creates_each_row_once(pulled: Shell, shop: Shop) -> None:
    """Without --yes nothing is created, exit 4; with it each row becomes one record, and the result file names it."""
    path = pulled.write("leads.csv", GOOD)
    waiting = pulled.ask("import", path, *INSERT).json
    assert (waiting["exit"], waiting["state"], waiting["counts"]["planned"]) == (4, "waiting", 2)
    assert shop.rows("SELECT Id FROM Lead WHERE Company = 'Lagos Light'") == []
    done = pulled.ask("import", path, *INSERT, "--yes").json
    assert (done["exit"], done["counts"]["rows"], done["counts"]["applied"]) == (0, 2, 2)
    assert len(shop.rows("SELECT Id FROM Lead WHERE Company = 'Lagos Light'")) == 1
    with Path(done["files"]["done"]).open(newline="") as stream:
        assert [row["LastName"] for row in csv.DictReader(stream)] == ["Ibarra", "Okafor"]


def test_a_person_sees_the_plan_and_the_result_files(pulled: Shell) -> None:
    """In words: the changes planned, then the counts and where the result files are."""
    path = pulled.write("leads.csv", GOOD)
    assert "Lead.LastName" in pulled.run("import", path, *INSERT).out
    assert "done: " in pulled.run("import", path, *INSERT, "--yes").out


def test_a_plan_that_waits_is_shown_once_and_what_it_needs_is_said(pulled: Shell) -> None:
    """On a terminal a person has seen it before the question, elsewhere it comes before the words; so for an undo."""
    path = pulled.write("leads.csv", GOOD)
    for told in (pulled.run("import", path, *INSERT), pulled.type("import", path, *INSERT, answer="n")):
        assert told.exit == 4 and told.out.count("records would change") == 1
    made = pulled.ask("import", path, *INSERT, "--yes").json["run"]
    told = pulled.run("undo", made)
    assert told.exit == 4 and "delete" in told.out and "--yes" in told.err and "sfsync plan" not in told.err


def test_a_resumed_import_is_the_one_that_was_begun(pulled: Shell) -> None:
    """Another file or operation beside --resume is wrong usage, and not passed over."""
    told = pulled.ask("import", pulled.write("leads.csv", GOOD), "--resume", 1).json
    assert told["exit"] == 2 and "as that import began" in told["problems"][0]["message"]


def test_a_refused_row_is_a_dead_letter_until_it_is_dealt_with(pulled: Shell) -> None:
    """Exit 3; the row is listed with its number and reason, shown by the outbox, and may be revived."""
    told = pulled.ask("import", pulled.write("leads.csv", ONE_BAD), *INSERT, "--yes").json
    assert (told["exit"], told["counts"]["applied"], told["counts"]["rejected"]) == (3, 2, 1)
    assert [problem["where"]["row"] for problem in told["problems"]] == [3]
    dead = pulled.ask("outbox").json["entries"]
    assert [(one["state"], one["change"]["row"]) for one in dead] == [("REJECTED", 3)]
    entry = pulled.ask("outbox", "show", dead[0]["id"]).json
    assert entry["command"] == "outbox show" and "LastName" in entry["entry"]["message"]
    shown = pulled.run("outbox", "show", dead[0]["id"]).out
    assert "REJECTED" in shown and f"row 3 of {entry['file']}" in shown and entry["file"].endswith("leads.csv")
    revived = pulled.ask("outbox", "revive", dead[0]["id"]).json
    assert (revived["command"], revived["exit"]) == ("outbox revive", 3)
    assert [one["revives"] for one in pulled.ask("outbox").json["entries"]] == [dead[0]["id"]]


def test_a_row_that_could_not_be_read_is_to_be_mended_in_its_file(pulled: Shell) -> None:
    """The outbox shows it by file and row, and does not tell of a change that there never was."""
    path = pulled.write("leads.csv", "Id,AnnualRevenue\n00QLc0000000001MAA,much\n")
    assert pulled.run("import", path, "--sobject", "Lead", "--operation", "update", "--yes").exit == 3
    [dead] = pulled.ask("outbox").json["entries"]
    shown = pulled.run("outbox", "show", dead["id"]).out
    assert "row 1 of " in shown and "leads.csv" in shown and "mend it in the file" in shown and "(new)" not in shown


@pytest.mark.parametrize("name", ["Lead'", "Lead X", "Leed"])
def test_a_name_of_no_sobject_is_wrong_usage(pulled: Shell, name: str) -> None:
    """Whether the org could have such a name or not: exit 2, and nothing is written."""
    told = pulled.ask("import", pulled.write("leads.csv", GOOD), "--sobject", name, *INSERT[2:], "--yes").json
    assert (told["exit"], told["problems"][0]["next"]) == (2, "correct --sobject")


def test_the_outbox_by_itself_is_a_list(pulled: Shell) -> None:
    """`outbox` lists as `outbox list` does, with its options; --state and --run choose."""
    pulled.run("import", pulled.write("leads.csv", GOOD), *INSERT, "--yes")
    assert (
        pulled.run("outbox").out
        == pulled.run("outbox", "list").out
        == "Nothing waits, and there are no dead letters.\n"
    )
    assert len(pulled.ask("outbox", "--state", "applied").json["entries"]) == 2
    assert pulled.ask("outbox", "list", "--state", "APPLIED", "--run", "1").json["entries"] == []
    assert "Usage: sfsync outbox" in pulled.run("outbox", "--help").out


def test_only_what_can_be_is_cancelled_or_revived(pulled: Shell) -> None:
    """An entry that is settled, or is not there, is refused with exit 2 and the way to look at it."""
    pulled.run("import", pulled.write("leads.csv", GOOD), *INSERT, "--yes")
    entry = pulled.ask("outbox", "--state", "applied").json["entries"][0]["id"]
    for words in (("cancel", entry), ("cancel", 99), ("revive", entry), ("revive", 99), ("show", 99)):
        told = pulled.ask("outbox", *words).json
        assert told["exit"] == 2 and told["command"] == f"outbox {words[0]}", words


def test_an_upsert_goes_by_its_key(pulled: Shell, shop: Shop) -> None:
    """Twice the same file with a key makes each record once."""
    path = pulled.write("leads.csv", "Ext_Id__c,LastName,Company\na1,Ito,Acme\na2,Sato,Acme\n")
    for _ in range(2):
        told = pulled.ask("import", path, "--sobject", "Lead", "--operation", "upsert", "--key", "Ext_Id__c", "--yes")
        assert told.json["exit"] == 0
    assert len(shop.rows("SELECT Id FROM Lead WHERE Ext_Id__c IN ('a1', 'a2')")) == 2


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        ("LastName,Company,Nope\na,b,c\n", INSERT, "Nope"),
        ("LastName,LastName\na,b\n", INSERT, "LastName"),
        ("", INSERT, ""),
        ("LastName,Company\nM\xfcller,b\n".encode("latin-1"), INSERT, "UTF-8"),
        (GOOD, ("--sobject", "Leed", "--operation", "insert"), "Leed"),
        (GOOD, ("--sobject", "Lead", "--operation", "delete"), "delete"),
        (GOOD, ("--sobject", "Lead", "--operation", "update"), "Id"),
        (GOOD, ("--sobject", "Lead", "--operation", "upsert"), "Id"),
        (GOOD, ("--sobject", "Lead", "--operation", "upsert", "--key", "Email"), "Email"),
    ],
)
def test_a_file_that_cannot_be_imported_is_exit_2(
    pulled: Shell, shop: Shop, content: str | bytes, words: tuple[str, ...], said: str
) -> None:
    """A wrong header, encoding, sObject, operation or key is told before anything is planned or sent."""
    told = pulled.ask("import", pulled.write("rows.csv", content), *words, "--yes").json
    assert (told["exit"], told["state"]) == (2, "failed"), told
    assert said in str(told["problems"])
    assert shop.calls("POST", "sobjects") == [] and pulled.ask("outbox").json["entries"] == []


def test_a_file_that_is_not_there_is_exit_2(pulled: Shell) -> None:
    """The path is named."""
    assert "lost.csv" in str(pulled.ask("import", "lost.csv", *INSERT).json["problems"])
    assert pulled.ask("import", "lost.csv", *INSERT).exit == 2


@pytest.mark.parametrize("run", [1, 99])
def test_only_an_import_can_be_resumed(pulled: Shell, run: int) -> None:
    """--resume of another run, or of none, is refused and `sfsync runs` named."""
    told = pulled.ask("import", "--resume", run, "--yes").json
    assert told["exit"] == 2 and "sfsync runs" in told["problems"][0]["next"]
