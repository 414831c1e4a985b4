"""`sfsync pull`: org to mirror."""

import click
from rich.console import Console
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_calls, show_counts
from sfsync.sync.outcome import Outcome


@command("pull", writes=True)
@click.argument("sobjects", nargs=-1)
@click.option("--full", is_flag=True, help="Read every record again.")
def pull(call: Call, sobjects: tuple[str, ...], full: bool) -> None:
    """Bring the mirror up to date with the org.

    All sObjects of sfsync.toml, or those named. Only what changed since the last pull is read, unless --full is given.
    """
    call.run(lambda app: app.pull(sobjects, full=full), show_pulled)


def show_pulled(console: Console, outcome: Outcome) -> None:
    """Show what a pull saw, a line an sObject."""
    show_counts(console, outcome)
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("sObject")
    for name in ("seen", "new", "changed", "deleted"):
        table.add_column(name, justify="right")
    for one in outcome.data["pulled"]:
        table.add_row(one["sobject"], *(f"{one[name]:,}" for name in ("seen", "new", "changed", "deleted")))
    console.print(table)
    show_calls(console, outcome)
