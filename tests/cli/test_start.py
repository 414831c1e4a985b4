"""What a call loads before it does anything."""

import subprocess
import sys

import click
import pytest

from sfsync.cli.main import COMMANDS, cli


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_list_of_commands_says_what_each_command_says_of_itself(name: str) -> None:
    """`sfsync --help` shows the first line of each command's own help, though it loads no command."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None and command.help is not None
    assert COMMANDS[name][1] == command.help.strip().partition("\n")[0]


LOADED = """
import importlib, sys
importlib.import_module(f"sfsync.cli.{sys.argv[1]}")
print(*sys.modules)
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("main", {"rich", "requests", "sqlalchemy", "structlog"}),
        ("rules_command", {"requests", "sqlalchemy", "structlog", "sfsync.localorg"}),
        ("org_command", {"sqlalchemy", "structlog", "sfsync.localorg.chain"}),
        ("runs_command", {"requests", "simple_salesforce", "structlog", "alembic", "sfsync.localorg"}),
    ],
)
def test_commands_start_without_what_they_do_not_need(module: str, without: set[str]) -> None:
    """A command that opens no mirror or asks no org does not wait for what those take."""
    loaded = subprocess.run([sys.executable, "-c", LOADED, module], capture_output=True, text=True, check=True).stdout
    assert without.isdisjoint(loaded.split())
