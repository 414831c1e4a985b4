"""`sfsync conflicts`: fields that both sides changed, side by side, and who is to win."""

import click
from rich.console import Console
from rich.markup import escape

from sfsync.cli.calling import Call, command
from sfsync.cli.outbox_command import ListFirst
from sfsync.cli.records import named, record_given
from sfsync.cli.screen import show_counts
from sfsync.sync.outcome import Outcome


@click.group("conflicts", cls=ListFirst)
def conflicts() -> None:
    """List fields that wait for a person, and decide them.

    A field waits where somebody changed it in the org since it was last agreed and the rules want something else too,
    or where something else has changed it back three times. Without a command it lists.
    """


@command("list")
def list_conflicts(call: Call) -> None:
    """List what waits: as agreed, as in the org, and as wanted."""
    call.run(lambda app: app.conflicts(), _show_list)


@command("take", applies=True)
@click.argument("side", type=click.Choice(["org", "ours"]))
@click.argument("records", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Decide all that wait.")
def take(call: Call, side: str, records: tuple[str, ...], every: bool) -> None:
    """Decide for one side.

    `org` leaves what is there, `ours` writes what the rules want.

    RECORDS are given as Lead/00Q... Fields of one conclusion, as score and grade, go together. What was left to the org
    stays so until the rules come to another conclusion.
    """
    if bool(records) == every:
        raise click.UsageError("say which: name records as Lead/00Q..., or say --all")
    call.run(lambda app: app.take(side, [record_given(record) for record in records]), show_counts)


for one in (list_conflicts, take):
    conflicts.add_command(one)


def _show_list(console: Console, outcome: Outcome) -> None:
    names = outcome.data["names"]
    if not outcome.data["conflicts"]:
        console.print("No field waits for a person.")
        return
    for conflict in outcome.data["conflicts"]:
        base, org, ours = (escape(named(conflict[side], names)) for side in ("base", "org", "ours"))
        by = f" by {escape(named(conflict['by'], names))}" if conflict["by"] else ""
        console.print(f"[bold]{conflict['sobject']}/{conflict['id']}[/] {conflict['field']}")
        console.print(f"  agreed: {base}   in the org: [red]{org}[/]   ours: [green]{ours}[/]")
        console.print(f"      [dim]in the org since {conflict['at']}{by}{_rounds(conflict['rounds'])}[/]")
        for reason in conflict["because"]:
            console.print(f"      [dim]ours because {escape(reason)}[/]")
    console.print("\n[dim]next:[/] sfsync conflicts take org Lead/ID, or sfsync conflicts take ours Lead/ID --yes")


def _rounds(rounds: int) -> str:
    return f", changed back {rounds} times" if rounds else ""
