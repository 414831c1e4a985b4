"""`sfsync outbox`: entries and dead letters: list, show, revive, cancel."""

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.amounts import NUMBER
from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts, shown
from sfsync.sync.outcome import Outcome

_STATES = ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING", "APPLIED", "REJECTED", "SUPERSEDED", "CANCELLED")


class ListFirst(click.Group):
    """A group whose `list` may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in where no command is named."""
        named = bool(args) and (not args[0].startswith("-") or args[0] in self.get_help_option_names(ctx))
        return super().parse_args(ctx, args if named else ["list", *args])


@click.group("outbox", cls=ListFirst)
def outbox() -> None:
    """List what is to be sent and what was refused.

    Without a command it lists; dead letters can be revived, entries that were not sent yet cancelled.
    """


@command("list")
@click.option("--run", type=NUMBER, metavar="RUN", help="Only this run's.")
@click.option(
    "--state",
    type=click.Choice(_STATES, case_sensitive=False),
    multiple=True,
    metavar="STATE",
    help=f"Only in this state; may be given more than once. One of {', '.join(_STATES)}.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, metavar="N", help="How many. Default: 50.")
def list_entries(call: Call, run: int | None, state: tuple[str, ...], limit: int) -> None:
    """List entries, newest first.

    Without --state those that are open, and the dead letters.
    """
    call.run(lambda app: app.outbox(run, state, limit), _show_list)


@command("show")
@click.argument("entry", type=NUMBER)
def show_entry(call: Call, entry: int) -> None:
    """Show one entry whole."""
    call.run(lambda app: app.outbox_entry(entry), _show_entry)


@command("revive", writes=True)
@click.argument("entry", type=NUMBER)
@click.option(
    "--set", "mend", multiple=True, metavar="FIELD=VALUE", help="Mend a value first; may be given more than once."
)
def revive(call: Call, entry: int, mend: tuple[str, ...]) -> None:
    """Send a dead letter again, as a new entry that points to it.

    With --set its values are mended first; FIELD= clears one.
    """
    odd = next((one for one in mend if "=" not in one), None)
    if odd is not None:
        raise click.UsageError(f"{odd!r} sets nothing: write FIELD=VALUE")
    values = dict(one.split("=", 1) for one in mend)
    call.run(lambda app: app.revive(entry, values), show_counts)


@command("cancel", writes=True)
@click.argument("entries", type=NUMBER, nargs=-1, required=True)
def cancel(call: Call, entries: tuple[int, ...]) -> None:
    """Cancel entries that were not sent yet, and dead letters."""
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
    times = "once" if entry["attempts"] == 1 else f"{entry['attempts']} times"
    console.print(f"[bold]entry {entry['id']}[/] of run {entry['run']}: {entry['state']}, tried {times}")
    if entry["message"]:
        console.print(f"  {entry['code']} {escape(entry['message'])}")
    if change["row"] is not None:
        console.print(f"  row {change['row']} of {escape(str(outcome.data['file'] or 'its file'))}")
    if not (change["id"] or change["key"] or change["fields"]) and change["action"] != "delete":
        console.print("  it could not be read, so there is nothing to send again: mend it in the file and import that")
        return
    console.print(f"  {change['action']} {change['sobject']}/{change['id'] or '(new)'}")
    for part in change["fields"]:
        console.print(f"    {part['field']}: {escape(shown(part['before']))} -> {escape(shown(part['after']))}")
