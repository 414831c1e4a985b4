"""The whole loop by commands: what each does, what it prints, what it ends with."""

import pytest

from tests.cli.shell import Shell
from tests.shop import Shop


def test_init_makes_a_folder_and_says_what_is_in_it(shell: Shell) -> None:
    """The files that init names are there, with settings and rules; a second init on the same place changes nothing."""
    before = (shell.folder / "sfsync.toml").read_text()
    told = shell.ask("init", shell.folder)
    assert told.exit == 2 and "is there already" in told.json["problems"][0]["message"]
    assert (shell.folder / "sfsync.toml").read_text() == before
    made = shell.ask("init", shell.folder / "another").json
    assert {name.rsplit("/", 1)[-1] for name in made["files"]} >= {"sfsync.toml", "lead_scoring.toml"}
    assert made["counts"] == {"files": len(made["files"])}


def test_doctor_tells_what_is_next_and_then_that_all_is_well(shell: Shell) -> None:
    """Before the first pull doctor says to pull, exit 0; after it every check is fine."""
    told = shell.ask("doctor").json
    assert told["exit"] == 0 and told["counts"]["warning"] == 1
    assert [one["next"] for one in told["checks"] if one["state"] == "warning"] == ["run `sfsync pull`"]
    shell.run("pull")
    assert {one["state"] for one in shell.ask("doctor").json["checks"]} == {"fine"}
    assert "All is well." in shell.run("doctor").out


def test_doctor_tells_each_problem_once(shell: Shell) -> None:
    """What is wrong stands in the list of checks with its next step, and is not told again below it."""
    told = shell.run("doctor")
    assert told.out.count("nothing is mirrored yet") == 1 and told.err == ""


def test_pull_counts_what_it_saw(shell: Shell) -> None:
    """The first pull sees every record, the second none; each is a run of its own."""
    first = shell.ask("pull").json
    assert (first["run"], first["state"]) == (1, "done")
    assert {one["sobject"]: one["new"] for one in first["pulled"]}["Lead"] == 60
    again = shell.ask("pull").json
    assert (again["run"], again["counts"]["new"], again["counts"]["changed"]) == (2, 0, 0)
    only = shell.ask("pull", "Contact").json
    assert "Lead" not in [one["sobject"] for one in only["pulled"]]
    assert shell.ask("pull", "lead", "--full").json["counts"]["seen"] >= 60


def test_plan_writes_nothing_and_a_kept_plan_can_be_applied(pulled: Shell, shop: Shop) -> None:
    """A plan makes no write call; kept with --out it is applied later, by its own count, and leaves nothing to do."""
    pulled.ask("plan")
    told = pulled.ask("plan", "--out", "plan.json").json
    assert told["run"] is None and told["counts"]["planned"] == len(told["plan"]["changes"]) > 0
    assert shop.calls("PATCH") == []
    done = pulled.ask("apply", "plan.json", "--yes").json
    assert (done["state"], done["counts"]["applied"]) == ("done", told["counts"]["planned"])
    assert pulled.ask("plan").json["counts"]["planned"] == 0
    assert "Nothing to change" in pulled.run("plan").out


def test_plan_and_page_are_two_files(pulled: Shell) -> None:
    """One name for both, however it is written, is wrong usage: the page would take the plan's place."""
    told = pulled.ask("plan", "--out", "plan.json", "--html", "./plan.json").json
    assert told["exit"] == 2 and "a file of its own" in told["problems"][0]["message"]
    assert not (pulled.folder / "plan.json").exists()


def test_a_plan_is_shown_with_fields_rules_and_reasons(pulled: Shell) -> None:
    """A person sees how many changes of which field by which rule, a few of them whole, and the next step."""
    said = pulled.run("plan").out
    for words in ("Lead.Score__c", "lead_scoring/", "(empty) -> ", "because lead_", "next: sfsync apply"):
        assert words in said


def test_sync_does_it_all_in_one_run(shell: Shell) -> None:
    """With --yes one run pulls, plans and applies."""
    told = shell.ask("sync", "--yes").json
    assert (told["run"], told["state"]) == (1, "done")
    assert told["counts"]["seen"] >= 60 and told["counts"]["applied"] > 0


def test_baseline_leaves_nothing_to_plan(pulled: Shell, shop: Shop) -> None:
    """After a baseline the plan is empty, and nothing was written to the org."""
    told = pulled.ask("baseline").json
    assert told["state"] == "done" and told["counts"]["decisions"] > 0
    assert pulled.ask("plan").json["counts"]["planned"] == 0
    assert shop.calls("PATCH") == []
    assert "stay as they are" in pulled.run("baseline").out


def test_explain_tells_why_and_who(applied: Shell, shop: Shop) -> None:
    """A scored lead is explained by the rules that held, with its history by run, in either length of its id."""
    lead = shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL LIMIT 1")[0]["Id"]
    told = applied.ask("explain", f"Lead/{lead}").json
    assert told["sobject"] == "Lead" and told["id"] == lead
    score = next(one for one in told["decisions"] if one["topic"] == "score")
    assert score["because"] and all(line.startswith("lead_scoring/") for line in score["because"])
    assert {line["run"] for line in told["history"]} == {2}
    assert applied.run("explain", f"lead/{lead[:15]}").out == applied.run("explain", f"Lead/{lead}").out
    assert "because" not in applied.run("explain", f"Lead/{lead}").err


def test_explain_tells_what_was_taken_back(applied: Shell, shop: Shop) -> None:
    """After an undo the score is told as what it would be, with the run that left it and what would end that."""
    lead = shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL LIMIT 1")[0]["Id"]
    assert "would be" not in applied.run("explain", f"Lead/{lead}").out
    assert applied.run("undo", 2, "--yes").exit == 0
    told = applied.run("explain", f"Lead/{lead}").out
    assert "score: would be Score__c = " in told and "left as it is by run 3 until a rule" in told


def test_undo_takes_a_run_back_but_for_what_somebody_changed(applied: Shell, shop: Shop) -> None:
    """All values are as before; one that somebody changed since stays and is listed, and the exit code is 3."""
    scored = [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")]
    shop.clock.advance(60)
    shop.change("Lead", scored[0], Score__c=99)
    told = applied.ask("undo", 2, "--yes").json
    assert (told["exit"], told["state"]) == (3, "partly")
    assert (told["counts"]["applied"], told["counts"]["rejected"]) == (len(scored), 1)
    assert [(one["where"]["id"], one["where"]["field"]) for one in told["problems"]] == [(scored[0], "Score__c")]
    assert shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL") == [{"Id": scored[0]}]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_verify_agrees_and_says_on_how_many(pulled: Shell, level: int) -> None:
    """At every level a fresh mirror agrees with the org, on all records."""
    told = pulled.ask("verify", "--level", level).json
    assert (told["exit"], told["counts"]["differences"]) == (0, 0)
    assert told["counts"]["records"] == sum(one["mirror"] for one in told["sobjects"]) > 60


def test_verify_finds_a_difference_and_heals_it(pulled: Shell, shop: Shop) -> None:
    """A change since the pull is exit 3; with --heal it is pulled again and the next verify agrees."""
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    shop.clock.advance(60)
    shop.change("Lead", lead, Title="Chief Weaver")
    assert pulled.ask("verify").json["counts"]["differences"] == 1
    assert "records differ" in pulled.run("verify").out or "record differs" in pulled.run("verify").out
    assert pulled.ask("verify", "--heal").json["counts"]["healed"] == 1
    assert pulled.ask("verify", "--level", "3").exit == 0


def test_runs_lists_what_ran_newest_first(applied: Shell) -> None:
    """Every run with its command, state, times and counts; --limit takes the newest."""
    listed = applied.ask("runs").json["runs"]
    assert [(one["id"], one["command"], one["state"]) for one in listed] == [(2, "apply", "done"), (1, "pull", "done")]
    assert set(listed[0]) >= {"id", "command", "state", "started_at", "ended_at", "counts"}
    assert [one["id"] for one in applied.ask("runs", "--limit", "1").json["runs"]] == [2]
    assert "apply" in applied.run("runs").out


def test_serve_refuses_to_start_with_nothing_to_do(shell: Shell) -> None:
    """Without a schedule serve ends at once, exit 2, and says how to add one."""
    shell.edit("sfsync.toml", '[schedule.leads]\nrun = "sync"\nsobjects = ["Lead"]\nevery = "60s"\n', "")
    told = shell.ask("serve").json
    assert told["exit"] == 2 and "[schedule" in told["problems"][0]["next"]


def test_rules_check_needs_no_org(shell: Shell) -> None:
    """The shipped rules are in order, told without a call to any org."""
    assert shell.ask("rules", "check").json["counts"] == {"files": 2}
    assert "in order" in shell.run("rules", "check", "rules").out


def test_formula_eval_shows_the_value_and_its_pieces(shell: Shell) -> None:
    """A formula's value, type and pieces; the common keys are there as everywhere."""
    told = shell.ask("formula", "eval", 'IF(Amount > 10, "big", "small")', "--set", "Amount=12", "--explain").json
    assert (told["value"], told["command"]) == ("big", "formula eval") and told["pieces"]
    assert shell.run("formula", "eval", "1 + 1").out == "2\n"


def test_formula_cases_answers_line_by_line(shell: Shell) -> None:
    """A line of JSON in, a line of JSON out; a line that is no case makes it exit 2."""
    path = shell.write("cases.jsonl", '{"id": 1, "formula": "1 + 1"}\n')
    assert shell.run("formula", "cases", path).exit == 0
    assert shell.run("formula", "cases", shell.write("odd.jsonl", "nothing\n")).exit == 2
