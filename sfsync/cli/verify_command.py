"""`sfsync verify`: is the mirror the org."""

import click
from rich.console import Console
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.counting import counted
from sfsync.sync.outcome import Outcome

_COLUMNS = ("org", "mirror", "differences")


@command("verify", writes=True)
@click.option(
    "--level",
    type=click.IntRange(1, 3),
    default=2,
    help="1 counts and newest stamps by day of creation, 2 the stamp of every record (default), 3 every field.",
)
@click.option("--heal", is_flag=True, help="Pull again what differs.")
@click.argument("sobjects", nargs=-1)
def verify(call: Call, level: int, heal: bool, sobjects: tuple[str, ...]) -> None:
    """Compare the mirror with the org.

    All sObjects of sfsync.toml, or those named; the people who can own records always.
    By counts and newest stamps of each day of creation, by every record's stamp, or by every field; the API calls are
    estimated before and counted after. Exit code 3 where they differ.
    """
    call.run(lambda app: app.verify(level, sobjects, heal=heal), show_verified)


def show_verified(console: Console, outcome: Outcome) -> None:
    """Show what was compared and what differs, a line an sObject."""
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("sObject")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    for one in outcome.data["sobjects"]:
        table.add_row(one["sobject"], *("-" if one[name] is None else f"{one[name]:,}" for name in _COLUMNS))
    console.print(table)
    different, healed = outcome.counts["differences"], outcome.counts["healed"]
    if not different:
        agree = "[yellow]What could be compared agrees[/]" if outcome.exit else "[green]Mirror and org agree[/]"
        console.print(f"{agree} on {counted(outcome.counts['records'], 'record')}.")
    else:
        again = f", {healed:,} pulled again" if healed else ""
        console.print(f"[yellow]{counted(different, 'record differs', 'records differ')}[/]{again}.")
    estimate = sum(one["estimated_calls"] for one in outcome.data["sobjects"])
    console.print(
        f"[dim]{counted(outcome.counts['calls'], 'API call')} to compare; about {estimate:,} were expected[/]"
    )
