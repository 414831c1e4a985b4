"""`sfsync outbox`: entries and dead letters: list, show, revive, cancel."""

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts
from sfsync.sync.outcome import Outcome

_STATES = ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING", "APPLIED", "REJECTED", "SUPERSEDED", "CANCELLED")


@click.group("outbox")
def outbox() -> None:
    """Look at what is to be sent and what was refused; revive or cancel it."""


@command("list")
@click.option("--run", type=int, help="Only this run's.")
@click.option("--state", type=click.Choice(_STATES, case_sensitive=False), multiple=True, help="Only in this state.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, help="How many. Default: 50.")
def list_entries(call: Call, run: int | None, state: tuple[str, ...], limit: int) -> None:
    """List entries, newest first; without --state those that are open, and the dead letters."""
    call.run(lambda app: app.outbox(run, state, limit), _show_list)


@command("show")
@click.argument("entry", type=int)
def show_entry(call: Call, entry: int) -> None:
    """Show one entry whole."""
    call.run(lambda app: app.outbox_entry(entry), _show_entry)


@command("revive", writes=True)
@click.argument("entry", type=int)
def revive(call: Call, entry: int) -> None:
    """Make a new entry of a dead letter; the next `apply` or `sync` of its kind sends it."""
    call.run(lambda app: app.revive(entry), show_counts)


@command("cancel", writes=True)
@click.argument("entries", type=int, nargs=-1, required=True)
def cancel(call: Call, entries: tuple[int, ...]) -> None:
    """Cancel entries that were not sent yet."""
    call.run(lambda app: app.cancel(entries), show_counts)


for one in (list_entries, show_entry, revive, cancel):
    outbox.add_command(one)


def _show_list(console: Console, outcome: Outcome) -> None:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("entry", "run", "state", "record", "what", "why not"):
        table.add_column(name)
    for entry in outcome.data["entries"]:
        change = entry["change"]
        record = f"{change['sobject']}/{change['id'] or 'row ' + str(change['row'])}"
        reason = f"{entry['code']} {entry['message']}".strip()
        table.add_row(str(entry["id"]), str(entry["run"]), entry["state"], record, change["action"], escape(reason))
    if outcome.data["entries"]:
        console.print(table)
    else:
        console.print("Nothing waits, and there are no dead letters.")


def _show_entry(console: Console, outcome: Outcome) -> None:
    entry = outcome.data["entry"]
    change = entry["change"]
    console.print(
        f"[bold]entry {entry['id']}[/] of run {entry['run']}: {entry['state']}, tried {entry['attempts']} times"
    )
    if entry["message"]:
        console.print(f"  {entry['code']} {escape(entry['message'])}")
    console.print(f"  {change['action']} {change['sobject']}/{change['id'] or '(new)'}")
    for part in change["fields"]:
        console.print(f"    {part['field']}: {escape(str(part['before']))} -> {escape(str(part['after']))}")
