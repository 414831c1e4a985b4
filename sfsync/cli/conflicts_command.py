"""`sfsync conflicts`: fields that both sides changed, side by side, and who is to win."""

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.outbox_command import ListFirst
from sfsync.cli.records import named, record_given
from sfsync.cli.screen import show_counts
from sfsync.errors import UsageError
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
        raise UsageError("say which conflicts", todo="name records as Lead/00Q..., or say --all")
    named_ones = [record_given(record) for record in records]
    call.run(lambda app: app.take(side, named_ones), show_counts)


for one in (list_conflicts, take):
    conflicts.add_command(one)


def _show_list(console: Console, outcome: Outcome) -> None:
    names = outcome.data["names"]
    if not outcome.data["conflicts"]:
        console.print("No field waits for a person.")
        return
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("record", "field", "agreed", "in the org", "ours", "since", "by", "because"):
        table.add_column(name)
    for conflict in outcome.data["conflicts"]:
        sides = (escape(named(conflict[side], names)) for side in ("base", "org", "ours"))
        why = "; ".join(conflict["because"])
        if conflict["rounds"]:
            why = f"changed back {conflict['rounds']} times; {why}"
        by = named(conflict["by"], names) if conflict["by"] else ""
        record = f"{conflict['sobject']}/{conflict['id']}"
        table.add_row(record, conflict["field"], *sides, conflict["at"], escape(by), escape(why))
    console.print(table)
    console.print("\n[dim]next:[/] sfsync conflicts take org Lead/ID, or sfsync conflicts take ours Lead/ID --yes")
