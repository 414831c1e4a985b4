"""`sfsync restore`: a mirror out of its backup."""

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from sfsync.app import restore as put_back
from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts
from sfsync.sync.outcome import Outcome


@command("restore", writes=True)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)
def restore(call: Call, file: Path | None) -> None:
    """Put a backup in the mirror's place, after checking it.

    No daemon may run. The mirror that was there is moved aside. What was still to be sent when the backup was made is
    looked for in the org first, so nothing is sent twice; nothing is sent by this command itself.

    Without FILE, for a mirror in a database server that has put it back already: only the looking is left then.
    """
    call.run(lambda app: put_back(app, file), _show)


def _show(console: Console, outcome: Outcome) -> None:
    show_counts(console, outcome)
    if outcome.data["moved_aside"]:
        console.print(f"  the mirror that was there is now {escape(outcome.data['moved_aside'])}")
    console.print(f"  as it was at {outcome.data['made_at'][:19]} UTC; [dim]next:[/] sfsync pull")
