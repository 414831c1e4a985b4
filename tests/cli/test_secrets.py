"""What is kept is kept for its owner only, and no secret leaves by any output."""

import json
import stat
from pathlib import Path

from tests.cli.shell import Shell, Told
from tests.shop import Shop

LOUD = (
    ("doctor",), ("pull",), ("plan", "--out", "plan.json"), ("apply", "plan.json", "--yes"), ("sync", "--yes"),
    ("runs",), ("outbox", "--state", "APPLIED"), ("verify",), ("undo", "2", "--yes"),
)  # fmt: skip


def mode(path: Path) -> int:
    """A path's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_state_is_for_its_owner_only(applied: Shell) -> None:
    """Everything under .sfsync, and a kept plan: folders 0700, files 0600."""
    applied.run("plan", "--out", "plan.json")
    applied.run("import", applied.write("a.csv", "LastName,Company\nIto,Acme\n"), "--sobject", "Lead", "--operation",
                "insert", "--yes")  # fmt: skip
    assert mode(applied.folder / "plan.json") == 0o600
    state = applied.folder / ".sfsync"
    kept = [state, *state.rglob("*")]
    assert len(kept) > 4
    assert {path.name: oct(mode(path)) for path in kept if mode(path) != (0o700 if path.is_dir() else 0o600)} == {}


def test_no_secret_is_in_any_output_or_file(shell: Shell, shop: Shop) -> None:
    """Neither the app's secret nor a session is printed by a command, nor kept in the mirror, a plan or a result."""
    told: list[Told] = []
    for words in LOUD:
        told += [shell.run(*words), shell.ask(*words)]
    with shop.local.state.transaction():
        secret = str(shop.local.state.setting("client_secret"))
        shop.local.state.set_setting("client_secret", "another-secret-word")
    told += [shell.ask("pull"), shell.run("doctor")]
    said = "".join(one.out + one.err for one in told)
    assert len(said) > 10_000 and json.loads(told[-2].out)["exit"] == 5
    files = b"".join(path.read_bytes() for path in shell.folder.rglob("*") if path.is_file())
    org = str(shop.rows("SELECT Id FROM Organization")[0]["Id"])
    for hidden in (secret, f"{org[:15]}!"):  # sessions begin with the org's id and an exclamation mark
        assert hidden not in said
        assert hidden.encode() not in files


def test_a_secret_named_by_settings_is_not_shown_when_it_is_wrong(shell: Shell) -> None:
    """A secret file that others can read, or a variable that is not set, is named without its content."""
    kept = shell.write("key", "hunter2-the-real-secret")
    kept.chmod(0o644)
    shell.edit("sfsync.toml", "local = true", 'url = "https://acme.my.salesforce.com"\nlogin = "client_credentials"\n'
               'client_id = "env:NOT_SET_ANYWHERE"\nclient_secret = "file:key"')  # fmt: skip
    told = shell.ask("pull")
    assert told.json["exit"] in (2, 5) and "hunter2" not in told.out + told.err
    assert "NOT_SET_ANYWHERE" in told.out or "key" in told.out
