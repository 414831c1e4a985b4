"""`sfsync undo`: take a run back."""

import click

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts


@command("undo", writes=True)
@click.argument("run", type=int)
def undo(call: Call, run: int) -> None:
    """Set back what RUN wrote, where nobody changed it since; the rest is listed.

    What the org did by itself because of those writes is not undone, nor is a deleted record made again.
    """
    call.run(lambda app: app.undo(run), show_counts)
