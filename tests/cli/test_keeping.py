"""`sfsync backup` and `restore`: nothing is sent before it is known what was; and `pause` and `resume`."""

from pathlib import Path

import pytest

from sfsync.app import open_app
from tests.cli.shell import Shell
from tests.cli.test_failures import only_problem
from tests.shop import Shop

ROWS = "LastName,Company\nIbarra,Talleres Ibarra\nOkafor,Lagos Light\n"


@pytest.fixture
def backed_up(pulled: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A working folder with a backup, made when run 2, an import of two rows, had not sent them yet."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    path = pulled.write("leads.csv", ROWS)
    with monkeypatch.context() as patched:
        patched.setattr("sfsync.dataload.importing.send", interrupted)
        assert pulled.run("import", path, "--sobject", "Lead", "--operation", "insert", "--yes").exit == 130
    told = pulled.ask("backup", "kept.tar").json
    assert (told["exit"], told["state"]) == (0, "done") and told["counts"]["bytes"] > 0
    assert told["file"] == str(Path("kept.tar").absolute())
    return pulled


def writes(shop: Shop) -> int:
    """Count what the org was asked to write: upserts go by PATCH."""
    return len(shop.calls("PATCH"))


def test_what_was_sent_after_the_backup_is_found_and_not_sent_again(backed_up: Shell, shop: Shop) -> None:
    """Restoring looks in the org for each entry that was open, and settles those it finds there; it sends nothing."""
    assert backed_up.ask("import", "--resume", 2).json["counts"]["applied"] == 2
    before = writes(shop)
    assert before > 0
    told = backed_up.ask("restore", "kept.tar").json
    assert (told["exit"], told["counts"]) == (0, {"looked_for": 2, "still_to_send": 0})
    assert Path(told["moved_aside"]).exists()
    assert {one["state"] for one in backed_up.ask("outbox", "list", "--run", 2, "--state", "APPLIED").json["entries"]}
    assert backed_up.ask("import", "--resume", 2).json["counts"]["applied"] == 2
    assert writes(shop) == before
    assert len(shop.rows("SELECT Id FROM Lead WHERE Company = 'Lagos Light'")) == 1


def test_what_was_not_sent_is_still_sent_once(backed_up: Shell, shop: Shop) -> None:
    """What the look does not find waits, and goes out by the import it belongs to."""
    told = backed_up.ask("restore", "kept.tar").json
    assert (told["counts"], writes(shop)) == ({"looked_for": 2, "still_to_send": 2}, 0)
    assert backed_up.ask("import", "--resume", 2).json["counts"]["applied"] == 2
    assert len(shop.rows("SELECT Id FROM Lead WHERE Company = 'Lagos Light'")) == 1
    assert "the mirror that was there is now" in backed_up.run("restore", "kept.tar").out


def test_a_plan_from_before_the_restore_has_to_be_made_anew(backed_up: Shell) -> None:
    """What changed since it was made stood in a journal that is gone; one made after the restore is applied."""
    backed_up.ask("plan", "--out", "old.json")
    backed_up.ask("restore", "kept.tar")
    told = backed_up.ask("apply", "old.json", "--yes").json
    assert (told["exit"], told["problems"][0]["next"]) == (4, "plan again: `sfsync plan`")
    backed_up.ask("plan", "--out", "new.json")
    assert backed_up.ask("apply", "new.json", "--yes").json["exit"] == 0


def test_result_files_outlive_a_restore_after_which_numbers_repeat(backed_up: Shell, shop: Shop) -> None:
    """An import that gets the number of an earlier one writes its own files, and leaves those of that one."""
    files = []
    for name in ("Ibarra", "Okafor"):
        assert backed_up.ask("restore", "kept.tar").json["exit"] == 0
        shop.clock.advance(60)
        path = backed_up.write(f"{name}.csv", f"LastName,Company\n{name},Wool\n")
        told = backed_up.ask("import", path, "--sobject", "Lead", "--operation", "insert", "--yes").json
        files.append((told["run"], Path(told["files"]["done"])))
    (first, one), (second, other) = files
    assert first == second and "Ibarra" in one.read_text() and "Okafor" in other.read_text()


def test_nothing_is_restored_while_a_daemon_runs(backed_up: Shell) -> None:
    """Exit 6, with the holder's name, and the mirror as it was."""
    app = open_app(Path("sfsync.toml"), backed_up.wishes)
    with app.mirror(writable=True) as mirror, mirror.lease("daemon", "serve", 0):
        assert "serve" in str(only_problem(backed_up.ask("restore", "kept.tar"), 6)["message"])
    assert not list(Path(".sfsync").glob("*before*")) and not list(Path(".sfsync").glob("*.restoring"))


def test_a_backup_of_another_org_is_refused(backed_up: Shell) -> None:
    """The settings say which org is meant; a mirror of another one does not take the place of this one's."""
    app = open_app(Path("sfsync.toml"), backed_up.wishes)
    with app.mirror(writable=True) as mirror, mirror.writing() as books:
        books._connection.exec_driver_sql("UPDATE _facts SET value = '00D000000000009AAA' WHERE name = 'org_id'")
    assert backed_up.run("backup", "foreign.tar").exit == 0
    assert "of org 00D000000000009" in str(only_problem(backed_up.ask("restore", "foreign.tar"), 2)["message"])


def test_a_file_that_is_no_backup_is_refused(backed_up: Shell) -> None:
    """What is no backup is said to be none, exit 2; so is none at all where the mirror is a file."""
    assert "no backup is named" in str(only_problem(backed_up.ask("restore"), 2)["message"])
    assert "no backup" in str(only_problem(backed_up.ask("restore", "sfsync.toml"), 2)["message"])


def test_a_pause_is_listed_until_it_ends(pulled: Shell) -> None:
    """Pausing tells what stands still, until when and why; resuming one that is paused with all others is refused."""
    told = pulled.ask("pause", "leads", "--for", "2h", "--reason", "quarter end").json
    assert [(one["schedule"], one["reason"]) for one in told["pauses"]] == [("leads", "quarter end")]
    assert told["pauses"][0]["until_at"][:16] == "2026-11-24T14:30"
    assert "every schedule is paused" in pulled.run("pause").out
    assert "with all others" in str(only_problem(pulled.ask("resume", "leads"), 2)["message"])
    assert pulled.ask("resume").json["counts"] == {"resumed": 2}
    assert "No schedule is paused" in pulled.run("resume").out


@pytest.mark.parametrize(
    ("words", "said"), [(("pause", "lead"), "no [schedule.lead]"), (("pause", "--for", "soon"), "no span of time")]
)
def test_a_pause_that_makes_no_sense_is_refused(pulled: Shell, words: tuple[str, ...], said: str) -> None:
    """A schedule that is not there, and a span that is none."""
    assert said in str(only_problem(pulled.ask(*words), 2)["message"])
