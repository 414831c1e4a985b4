"""What goes wrong, one object a failure: the exit code, what is wrong and where, and what to do next."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import requests

from sfsync.app import open_app
from sfsync.cli import main as main_file
from tests.cli.shell import Shell, Told
from tests.shop import Shop


def only_problem(told: Told, exit_code: int, state: str = "failed") -> dict[str, object]:
    """Give the one problem of a call that failed, held to the exit code."""
    found = told.json
    assert (found["exit"], found["state"]) == (exit_code, state), told.out
    assert len(found["problems"]) == 1, found["problems"]
    assert found["problems"][0]["next"], "what to do next is always said"
    return dict(found["problems"][0])


@pytest.mark.parametrize(
    ("words", "name", "said"),
    [
        (("pull", "--nope"), "pull", "No such option '--nope'"),
        (("undo",), "undo", "Missing argument"),
        (("undo", "x"), "undo", "not a valid integer"),
        (("verify", "--level", "9"), "verify", "not in the range"),
        (("runs", "--limit", "0"), "runs", "not in the range"),
        (("outbox", "lst"), "outbox lst", "Did you mean 'list'?"),
        (("outbox", "list", "--state", "lost"), "outbox list", "is not one of"),
        (("apply", "rules"), "apply", "is a directory"),
        (("nope",), "", "No such command 'nope'"),
        (("org", "load", "nowhere"), "org load", "does not exist"),
        (("import", "rows.csv"), "import", "--sobject and --operation are needed"),
        (("explain", "Lead"), "explain", "names no record"),
    ],
)
def test_wrong_usage_is_exit_2(shell: Shell, words: tuple[str, ...], name: str, said: str) -> None:
    """A call that makes no sense says what is wrong with it; nothing is done, and no org is asked."""
    told = shell.ask(*words)
    assert said in str(only_problem(told, 2)["message"])
    assert told.json["command"] == name
    plain = shell.run(*words)
    assert (plain.exit, plain.out) == (2, "") and said in plain.err and "next:" in plain.err


def test_a_missing_settings_file_is_exit_2_and_says_how_to_make_one(shell: Shell) -> None:
    """Outside a working folder a command names the file it looked for, and `sfsync init`."""
    problem = only_problem(shell.ask("pull", "--config", "elsewhere.toml"), 2)
    assert problem["where"] == {"file": "elsewhere.toml"} and "sfsync init" in str(problem["next"])


def test_misspelt_fields_that_settings_name_are_told_where_they_stand(pulled: Shell) -> None:
    """A field to protect, one somebody is to win and one that schedules may write: each has to be there."""
    pulled.edit("sfsync.toml", "# protected = [", 'protected = ["Emial"]\nnever_blank = ["Phone", "Fex"]\n# was = [')
    pulled.edit("sfsync.toml", 'Score__c = "ours"', 'Scor__c = "ours"')
    pulled.edit(
        "sfsync.toml", "[brakes]", "[approve]\nauto = { Lead = { Tilte = true }, Leed = { Title = 5 } }\n\n[brakes]"
    )
    told = pulled.ask("plan").json
    found = {problem["where"]["key"]: (problem["message"], problem["next"]) for problem in told["problems"]}
    assert told["exit"] == 2
    assert found == {
        "sobjects.Lead.protected[0]": ("the org has no field Emial on Lead", "did you mean Email?"),
        "sobjects.Lead.never_blank[1]": ("the org has no field Fex on Lead", "did you mean Fax?"),
        "sobjects.Lead.conflicts.Scor__c": ("the org has no field Scor__c on Lead", "did you mean Score__c?"),
        "approve.auto.Lead.Tilte": ("the org has no field Tilte on Lead", "did you mean Title?"),
        "approve.auto.Leed": (
            "Leed is not among the sObjects of this file",
            "they are Lead, Account, Contact, Opportunity",
        ),
    }
    assert pulled.ask("doctor").json["exit"] == 2


def test_wrong_keys_in_settings_are_told_all_at_once(shell: Shell) -> None:
    """File, line, column, key and what was probably meant, for every wrong key in one go."""
    shell.edit("sfsync.toml", 'every = "60s"', 'every = "60s"\nzon = "UTC"')
    shell.edit("sfsync.toml", "\noverwrites = 500", "\noverwrtes = 500")
    told = shell.ask("sync", "--yes").json
    assert told["exit"] == 2
    lines = (shell.folder / "sfsync.toml").read_text().splitlines()
    for problem, key, meant in zip(told["problems"], ("zon", "overwrtes"), ("zone", "overwrites"), strict=True):
        where = problem["where"]
        assert where["file"] == "sfsync.toml" and lines[where["line"] - 1].startswith(key) and where["column"] == 1
        assert where["key"].endswith(f".{key}") and meant in problem["next"]
    shown = shell.run("plan").err
    assert "sfsync.toml:" in shown and "did you mean zone?" in shown


def test_a_formula_that_does_not_parse_is_told_with_its_column(pulled: Shell) -> None:
    """A rule's formula is wrong at a place of the file, and rules check, plan, sync and doctor all say so."""
    shell = pulled
    shell.edit("rules/lead_scoring.toml", 'CONTAINS(LOWER(Title), "director")', 'CONTAINS(LOWER(Title, "director")')
    lines = (shell.folder / "rules/lead_scoring.toml").read_text().splitlines()
    for words in (("rules", "check"), ("plan",), ("sync", "--yes")):
        problem = shell.ask(*words).json["problems"][0]
        where = problem["where"]
        assert where["file"] == "rules/lead_scoring.toml" and where["key"].endswith(".when")
        assert "director" in lines[where["line"] - 1] and where["column"] > lines[where["line"] - 1].index("CONTAINS")
    assert "broken" in [one["state"] for one in shell.ask("doctor").json["checks"]]


def test_a_formula_by_hand_is_told_with_its_column(shell: Shell) -> None:
    """`formula eval` marks the column, in JSON and under the formula."""
    told = shell.ask("formula", "eval", "1 + ")
    assert told.json["problems"][0]["where"]["column"] >= 4 and told.exit == 2
    assert "^" in shell.run("formula", "eval", "1 + + )").err


def test_a_field_the_org_lacks_is_told_where_it_is_asked_for(shell: Shell) -> None:
    """A field in sfsync.toml, or in a rule, that the org does not have: its line, and the field that was meant."""
    shell.edit("sfsync.toml", '"Rating", "AnnualRevenue"', '"Rating", "AnualRevenue"')
    problem = only_problem(shell.ask("pull"), 2)
    assert "AnualRevenue" in str(problem["message"]) and "AnnualRevenue" in str(problem["next"])
    where = dict(problem["where"])  # type: ignore[call-overload]
    assert '"AnualRevenue"' in (shell.folder / "sfsync.toml").read_text().splitlines()[where["line"] - 1]
    shell.edit("sfsync.toml", '"AnualRevenue"', '"AnnualRevenue"')
    shell.edit("rules/lead_scoring.toml", 'CONTAINS(LOWER(Title), "director")', 'CONTAINS(LOWER(Titel), "director")')
    told = shell.ask("sync", "--yes").json
    assert told["exit"] == 2 and "Titel" in told["problems"][0]["message"]
    assert told["problems"][0]["where"]["file"].endswith("lead_scoring.toml")


def test_an_org_that_cannot_be_reached_is_exit_5(pulled: Shell, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no way to the org a command ends with 5 and says what to look at; what needs no org still works."""

    def dead(*_: object, **__: object) -> None:
        raise requests.ConnectionError("connection refused")

    monkeypatch.setattr("sfsync.localorg.mounts.inprocess.InProcessAdapter.send", dead)
    for words in (("pull",), ("sync", "--yes"), ("verify",)):
        assert only_problem(pulled.ask(*words), 5)["next"]
    assert pulled.ask("doctor").json["exit"] == 5
    assert pulled.ask("runs").exit == 0 and pulled.ask("outbox").exit == 0


def test_a_login_that_is_refused_is_exit_5(shell: Shell, shop: Shop) -> None:
    """An org that does not let the app in is told as such, and doctor skips what needs the org."""
    with shop.local.state.transaction():
        shop.local.state.set_setting("client_secret", "another")
    assert only_problem(shell.ask("pull"), 5)
    checks = {one["name"]: one["state"] for one in shell.ask("doctor").json["checks"]}
    assert (checks["settings"], checks["org"], checks["fields"]) == ("fine", "broken", "skipped")


def test_doctor_tells_what_is_wrong_with_rules_once(shell: Shell) -> None:
    """A rule that does not parse, or reads a field the org lacks, is one finding; what hangs on it waits for that."""
    rules = "rules/lead_scoring.toml"
    text = (shell.folder / rules).read_text()
    for spoilt, check, waiting in (
        ("Titel__c", "rule fields", {"people"}),
        ("AND(", "rules", {"rule fields", "people"}),
    ):
        (shell.folder / rules).write_text(f'{text}\n[[score]]\nname = "x"\npoints = 1\nwhen = "{spoilt}"\n')
        found = [one for one in shell.ask("doctor").json["checks"] if one["state"] in ("broken", "skipped")]
        assert [one["name"] for one in found if one["state"] == "broken"] == [check]
        assert {one["name"] for one in found} == {check, *waiting}
        assert all("first mend rule" in one["message"] for one in found if one["state"] == "skipped")


def test_a_mirror_of_another_org_is_exit_2(shell: Shell) -> None:
    """A mirror is never mixed with a second org: what asks the org refuses it, and names both orgs."""
    with open_app(shell.folder / "sfsync.toml", shell.wishes).mirror(writable=True) as mirror:
        mirror.belong_to("00D000000000009AAA")
    for words in (
        ("pull",),
        ("plan",),
        ("apply", "--yes"),
        ("verify",),
        ("verify", "--heal"),
        ("diff", "mirror", "org"),
    ):
        assert "of org 00D000000000009AAA" in str(only_problem(shell.ask(*words), 2)["message"]), words
    assert shell.ask("doctor").exit == 2


def test_a_plan_over_the_brake_is_exit_4(applied: Shell, shop: Shop) -> None:
    """Where more would be overwritten than the brakes allow nothing is applied, and what to do is said."""
    scored = [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")]
    shop.clock.advance(60)
    for lead in scored:
        shop.change("Lead", lead, Score__c=1, Grade__c="D")
    shell_writes = len(shop.calls("PATCH"))
    told = applied.ask("sync", "--yes").json
    assert (told["exit"], told["state"]) == (4, "waiting")
    assert any("brake" in problem["message"] or "brakes" in problem["next"] for problem in told["problems"])
    assert len(shop.calls("PATCH")) == shell_writes


def test_no_approval_off_a_terminal_is_exit_4(pulled: Shell, shop: Shop) -> None:
    """Without --yes and without a terminal nothing is applied; the plan is shown, and the words say what to do."""
    for words in (("apply",), ("sync",)):
        assert "--yes" in str(only_problem(pulled.ask(*words), 4, "waiting")["next"])
        assert "because lead_" in pulled.run(*words).out
    assert shop.calls("PATCH") == []


def test_a_person_at_a_terminal_is_asked(pulled: Shell) -> None:
    """The plan is shown, then applied on yes; on no nothing is applied and the exit code is 4."""
    refused = pulled.type("apply", answer="n")
    assert refused.exit == 4 and "Apply this?" in refused.out and "because lead_" in refused.out
    agreed = pulled.type("apply", answer="y")
    assert agreed.exit == 0 and "applied" in agreed.out


def test_a_held_lease_is_exit_6_and_names_the_holder(pulled: Shell) -> None:
    """While another process writes, a command waits as long as --wait says, then names who holds the lease."""
    app = open_app(pulled.folder / "sfsync.toml", pulled.wishes)
    with app.mirror(writable=True) as mirror, mirror.lease("writer", "a long import", 0.0):
        problem = only_problem(pulled.ask("pull", "--wait", "0"), 6)
        assert "a long import" in str(problem["message"])
        assert pulled.ask("plan").exit == 0, "commands that only read take no lease"


def test_refused_drift_is_exit_3(pulled: Shell, shop: Shop) -> None:
    """A kept plan leaves records alone that somebody changed since, lists them, and applies the others."""
    changes = pulled.ask("plan", "--out", "plan.json").json["plan"]["changes"]
    drifted = next(one["id"] for one in changes if any(part["field"] == "OwnerId" for part in one["fields"]))
    shop.clock.advance(60)
    shop.change("Lead", drifted, OwnerId=shop.user_id)
    told = pulled.ask("apply", "plan.json", "--yes").json
    assert (told["exit"], told["state"], told["counts"]["applied"]) == (3, "partly", len(changes) - 1)
    assert [problem["where"]["id"] for problem in told["problems"]] == [drifted]


@pytest.mark.parametrize("content", ["", "x", "{}", "[]", '{"version": 9}'])
def test_a_file_that_is_no_plan_is_exit_2(pulled: Shell, content: str) -> None:
    """Whatever a plan file holds, it is a plan or it is refused with the way to make one."""
    path = pulled.write("odd.json", content)
    assert "sfsync plan --out" in str(only_problem(pulled.ask("apply", path, "--yes"), 2)["next"])


@pytest.mark.parametrize("words", [("plan",), ("runs",), ("outbox",), ("explain", "Lead/00Q000000000001AAA")])
def test_before_the_first_pull_reading_commands_say_so(shell: Shell, words: tuple[str, ...]) -> None:
    """Without a mirror there is nothing to read: exit 2, and pull is the next step."""
    assert "sfsync pull" in str(only_problem(shell.ask(*words), 2)["next"])


def test_an_interruption_is_told_and_exit_130(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with 130, with one object where JSON was asked for."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sfsync.cli.calling.open_app", interrupted)
    told = shell.ask("pull")
    assert (told.json["exit"], told.json["state"]) == (130, "interrupted")
    assert shell.run("pull").exit == 130


def test_a_place_that_cannot_be_written_is_exit_2(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine refuses is told with the file, not as a fault of the program."""

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "sfsync.toml")

    monkeypatch.setattr("sfsync.cli.calling.open_app", refused)
    assert only_problem(shell.ask("pull"), 2)["message"] == "sfsync.toml: Permission denied"


def test_a_fault_of_the_program_is_exit_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A bug is called a bug; stdout still holds one object, the lines to report are on stderr."""
    monkeypatch.setitem(main_file.COMMANDS, "runs", ("no_such_file:runs", ""))
    with pytest.raises(SystemExit) as end:
        main_file.main(["runs", "--json"])
    printed = capsys.readouterr()
    assert end.value.code == 1 and "Traceback" in printed.err
    assert json.loads(printed.out)["exit"] == 1


def test_a_reader_that_goes_away_is_no_failure(pulled: Shell, tmp_path: Path) -> None:
    """`sfsync runs | head` ends with the exit code of the command, and without noise."""

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return sink.fileno()

    with (tmp_path / "sink").open("w") as sink, redirect_stdout(Gone()), pytest.raises(SystemExit) as end:
        main_file.main(["runs", "--json"], pulled.wishes)
    assert end.value.code == 0
