"""Promises of a working folder whose mirror lives in PostgreSQL: every command goes as with a file."""

import pytest
from sqlalchemy.engine import make_url

from tests.cli.shell import Shell
from tests.shop import Shop

pytestmark = [pytest.mark.long, pytest.mark.postgres]


@pytest.fixture
def served(shell: Shell, postgres_url: str) -> Shell:
    """A fresh working folder whose settings lead to a schema of a server, with the password in a file."""
    parsed = make_url(postgres_url)
    url = postgres_url.replace(f":{parsed.password}@", "@") if parsed.password else postgres_url
    told = f'url = "{url}"'
    if parsed.password:
        shell.write("pw", parsed.password).chmod(0o600)
        told += '\npassword = "file:pw"'
    shell.edit("sfsync.toml", 'url = "sqlite:///.sfsync/mirror.db"', told)
    return shell


def test_the_whole_loop_goes_through_a_server(served: Shell) -> None:
    """Pull, apply, undo, verify, explain and doctor, and nothing is left to do; no SQLite file is made."""
    assert served.ask("doctor").json["exit"] in (0, 3)
    assert served.ask("pull").exit == 0
    applied = served.ask("apply", "--yes").json
    assert applied["exit"] == 0 and applied["counts"]["applied"] > 0
    assert served.ask("plan").json["plan"]["changes"] == []
    assert served.ask("verify", "--level", "3").exit == 0
    assert served.ask("undo", applied["run"], "--yes").exit == 0
    assert [run["command"] for run in served.ask("runs").json["runs"]][:2] == ["undo", "apply"]
    assert not list((served.folder / ".sfsync").glob("*.db"))


def test_trouble_with_the_server_is_told_and_no_password_with_it(served: Shell) -> None:
    """A server that is away makes `pull` and `doctor` say so and what to do, without the password."""
    served.write("pw", "swordfish").chmod(0o600)
    text = (served.folder / "sfsync.toml").read_text()
    start = text.index('url = "postgresql://')
    end = text.index("\n", start)
    served.write("sfsync.toml", f'{text[:start]}url = "postgresql://ana@127.0.0.1:1/mirror"{text[end:]}')
    for words in (["pull"], ["doctor"]):
        told = served.run(*words)
        assert told.exit != 0 and "no PostgreSQL server answers" in told.out + told.err
        assert "swordfish" not in told.out + told.err


def test_a_backup_is_left_to_the_server(served: Shell) -> None:
    """The words name the server's own tools."""
    assert served.ask("pull").exit == 0
    told = served.run("backup", served.folder / "mirror.backup")
    assert told.exit == 2 and "pg_dump" in told.out + told.err


def test_what_the_server_put_back_is_looked_for_before_anything_is_sent(
    served: Shell, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`restore` without a file: an open row that was sent after the dump is found by its key, the other goes once."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    assert served.ask("pull").exit == 0
    rows = served.write("leads.csv", "LastName,Company\nIbarra,Talleres Ibarra\nOkafor,Lagos Light\n")
    with monkeypatch.context() as patched:
        patched.setattr("sfsync.dataload.importing.send", interrupted)
        assert served.run("import", rows, "--sobject", "Lead", "--operation", "insert", "--yes").exit == 130
    entries = served.ask("outbox", "list", "--state", "NEW").json["entries"]
    shop.make("Lead", LastName="Ibarra", Company="Talleres Ibarra", Sfsync_Key__c=entries[-1]["change"]["key"])
    before = len(shop.calls("PATCH"))
    told = served.ask("restore").json
    assert (told["exit"], told["counts"]) == (0, {"looked_for": 2, "still_to_send": 1})
    assert len(shop.calls("PATCH")) == before
    assert served.ask("import", "--resume", entries[0]["run"]).json["counts"]["applied"] == 2
    assert len(shop.rows("SELECT Id FROM Lead WHERE Company IN ('Talleres Ibarra', 'Lagos Light')")) == 2
