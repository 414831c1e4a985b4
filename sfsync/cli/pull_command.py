"""`sfsync pull`: org to mirror."""

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_calls, show_counts
from sfsync.counting import counted
from sfsync.sync.outcome import Outcome

_COUNTS = ("seen", "new", "changed", "deleted")


@command("pull", writes=True)
@click.argument("sobjects", nargs=-1)
@click.option("--full", is_flag=True, help="Read every record again.")
@click.option("--yes", is_flag=True, help="With --full: records that can no longer be seen are gone, however many.")
def pull(call: Call, sobjects: tuple[str, ...], full: bool) -> None:
    """Bring the mirror up to date with the org.

    All sObjects of sfsync.toml, or those named. Only what changed since the last pull is read, unless --full is given.
    What somebody changed in the mirror by hand `sfsync verify --level 3 --heal` puts right, not --full.
    """
    if call.yes and not full:
        raise click.UsageError("--yes goes with --full: only then is every record looked for")
    call.run(lambda app: app.pull(sobjects, full=full, consent=call.yes), show_pulled)


def show_pulled(console: Console, outcome: Outcome) -> None:
    """Show what a pull saw, a line an sObject."""
    show_counts(console, outcome)
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("sObject")
    for name in _COUNTS:
        table.add_column(name, justify="right")
    table.add_column("read by")
    for one in outcome.data["pulled"]:
        table.add_row(one["sobject"], *(f"{one[name]:,}" for name in _COUNTS), _way(one))
    console.print(table)
    for one in outcome.data["pulled"]:
        show_ages(console, one)
    show_calls(console, outcome)


def _way(one: Mapping[str, Any]) -> str:
    """Tell how records came in, what that cost, and what it was thought to cost."""
    calls = f"{counted(one['calls'], 'call')} of about {one['estimated_calls']:,}"
    return f"{one['by']}, {calls}" if one["by"] else ""


def show_ages(console: Console, one: Mapping[str, Any]) -> None:
    """Show how old what formulas and roll-ups give is."""
    for age in one["calculated"]:
        how = "worked out here" if age["by"] == "formula" else "read"
        console.print(f"[dim]{one['sobject']}.{age['field']}: {how} as of {age['as_of'] or 'never'}[/]")
