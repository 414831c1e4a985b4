"""`sfsync blame`: whose hand is in each field of a record."""

from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.records import mirror_only, named, record_given
from sfsync.sync.outcome import Outcome


@command("blame")
@click.argument("record")
@mirror_only
def blame(call: Call, record: str, mirror_only: bool) -> None:
    """Tell who gave each field of a record its value, and when.

    RECORD is given as Lead/00Q... (15 or 18 characters). For each field the run and its reason, the person, or that it
    has been so since the mirror first saw it.
    """

    def work(app: Any) -> Outcome:
        sobject, record_id = record_given(record)
        outcome: Outcome = app.blame(sobject, record_id, ask_org=not mirror_only)
        return outcome

    call.run(work, _show)


def _show(console: Console, outcome: Outcome) -> None:
    data, names = outcome.data, outcome.data["names"]
    console.print(f"[bold]{data['sobject']}/{data['id']}[/]")
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("field", "value", "by", "at", "because"):
        table.add_column(name)
    for one in data["fields"]:
        table.add_row(
            one["field"], escape(named(one["value"], names)), escape(_by(one, names)), (one["at"] or "")[:19],
            escape(_why(one["because"])),
        )  # fmt: skip
    console.print(table)


def _by(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if one["hand"] == "sfsync":
        return f"run {one['run']} ({one['command']})"
    if one["hand"] == "org":
        return names.get(one["by"], one["by"] or "somebody in the org")
    return "as first seen"


def _why(because: Sequence[str]) -> str:
    more = f" and {len(because) - 1} more" if len(because) > 1 else ""
    return f"{because[0]}{more}" if because else ""
