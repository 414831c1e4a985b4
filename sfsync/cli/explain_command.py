"""`sfsync explain`: why a record is as it is."""

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import shown
from sfsync.errors import UsageError
from sfsync.sync.outcome import Outcome


@command("explain")
@click.argument("record")
def explain(call: Call, record: str) -> None:
    """Tell why a record has its score and owner, and who wrote what.

    RECORD is given as Lead/00Q... (15 or 18 characters). What rules held and which did not, what was written by which
    run, what the org changed, and what is still to be sent; read from the mirror, without the org.
    """

    def work(app: Any) -> Outcome:
        sobject, slash, record_id = record.partition("/")
        if not slash or not record_id:
            raise UsageError(f"{record!r} names no record", todo="give it as Lead/00Q...")
        outcome: Outcome = app.explain(sobject, record_id)
        return outcome

    call.run(work, show_explained)


def show_explained(console: Console, outcome: Outcome) -> None:
    """Show a record's decisions, its history and its entries in the outbox."""
    data = outcome.data
    gone = " [red](deleted)[/]" if data["deleted"] else ""
    name = data["fields"].get("Name") or ""
    console.print(f"[bold]{data['sobject']}/{data['id']}[/] {escape(str(name))}{gone}")
    if not data["decisions"]:
        console.print("No rule has decided anything about it yet; `sfsync plan` shows what rules would do.")
    for decision in data["decisions"]:
        _show_decision(console, decision)
    if data["history"]:
        console.print("\n[bold]history[/], newest first")
    names = data["names"]
    for line in data["history"][:20]:
        by = f"run {line['run']}" if line["origin"] == "sfsync" else names.get(line["by"], line["by"] or "somebody")
        before, after = (shown(names.get(line[side], line[side])) for side in ("before", "after"))
        console.print(
            f"  {line['at'][:19]}  {line['field']}: {escape(before)} -> {escape(after)}  [dim]by {escape(by)}[/]"
        )
    for entry in data["entries"][:5]:
        console.print(f"  [dim]outbox entry {entry['id']}: {entry['state']} {escape(entry['message'])}[/]")


def _show_decision(console: Console, decision: Mapping[str, Any]) -> None:
    wanted = ", ".join(f"{name} = {shown(value)}" for name, value in decision["wanted"].items())
    detail = ", ".join(f"{name} {shown(value)}" for name, value in decision["detail"].items())
    told = f"{detail}; left as it is" if detail else "left as it is"
    run = f"run {decision['run']}"
    if decision["taken_by_baseline"] and wanted:
        wanted, run = f"would be {wanted}", f"left as it is by {run} until a rule or the record changes"
    console.print(f"\n[bold]{decision['topic']}[/]: {escape(wanted or told)} [dim]({run})[/]")
    for line in decision["because"]:
        console.print(f"  [green]+[/] {escape(line)}")
    for line in decision["tried"]:
        console.print(f"  [dim]- {escape(line)}[/]")
