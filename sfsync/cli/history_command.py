"""`sfsync history`: what a record was and became."""

from itertools import zip_longest
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.records import hand, mirror_only, named, record_given
from sfsync.cli.screen import shown
from sfsync.sync.outcome import Outcome


@command("history")
@click.argument("record")
@mirror_only
@click.option(
    "--at", metavar="TIME", help="What it held then. A time as 2026-11-24T12:00, in UTC if it says no offset."
)
def history(call: Call, record: str, at: str | None, mirror_only: bool) -> None:
    """Tell what became of a record, or what it held at a time.

    RECORD is given as Lead/00Q... (15 or 18 characters). Every change sfsync made or saw, newest first: from what to
    what, when, by which run or person. What happened between two pulls is filled in from the org's field history, where
    it keeps one.
    """

    def work(app: Any) -> Outcome:
        sobject, record_id = record_given(record)
        outcome: Outcome = app.history(sobject, record_id, at, ask_org=not mirror_only)
        return outcome

    call.run(work, _show_then if at is not None else _show)


def _show(console: Console, outcome: Outcome) -> None:
    data, names = outcome.data, outcome.data["names"]
    gone = " [red](deleted)[/]" if data["deleted"] else ""
    console.print(f"[bold]{data['sobject']}/{data['id']}[/]{gone}, known since {(data['known_since'] or 'never')[:19]}")
    if not data["history"]:
        console.print("Nothing about it was ever seen to change.")
    for line, earlier in zip_longest(data["history"], data["history"][1:]):
        before, after = (escape(named(line[side], names)) for side in ("before", "after"))
        what = f"{before} -> {after}" if line["values_kept"] else "changed; the values are not kept"
        seen = "" if line["source"] == "journal" else ", by the org's field history"
        console.print(f"  {line['at'][:19]}  {line['field']}: {what}  [dim]by {escape(hand(line, names))}{seen}[/]")
        if earlier is None or (earlier["at"], earlier["because"]) != (line["at"], line["because"]):
            for reason in line["because"]:  # once for all that they are the reasons of
                console.print(f"      [dim]because {escape(reason)}[/]")


def _show_then(console: Console, outcome: Outcome) -> None:
    data, names = outcome.data, outcome.data["names"]
    console.print(f"[bold]{data['sobject']}/{data['id']}[/] at {data['at'][:19]}Z")
    if not data["there"]:
        console.print("It was deleted then." if data["deleted"] else "It was not there yet.")
    table = Table(box=None, padding=(0, 2), show_header=False)
    for name, value in data["fields"].items():
        table.add_row(name, escape(named(value, names) if isinstance(value, str) else shown(value)))
    if data["fields"]:
        console.print(table)
