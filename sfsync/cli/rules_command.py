"""`sfsync rules`: the rule files by themselves."""

from pathlib import Path

import click
from rich.console import Console

from sfsync.app import check_rules
from sfsync.cli.screen import fail, finish
from sfsync.counting import counted
from sfsync.errors import SfsyncError
from sfsync.sync.outcome import Outcome


@click.group("rules")
def rules() -> None:
    """Check the rule files."""


@rules.command("check")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("rules"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def check(folder: Path, as_json: bool) -> None:
    """Check rule files without an org.

    Looks at keys, types, formulas and names used twice in the files of FOLDER (default: rules); `sfsync doctor` also
    holds them against the fields and people of the org.
    """
    try:
        outcome = check_rules(folder)
    except SfsyncError as error:
        fail("rules check", error, as_json=as_json)
        return
    finish(outcome, _show, as_json=as_json)


def _show(console: Console, outcome: Outcome) -> None:
    console.print(f"{counted(outcome.counts['files'], 'rule file is', 'rule files are')} in order.")
