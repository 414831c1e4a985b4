"""`sfsync undo`: take a run back."""

import click

from sfsync.cli.amounts import NUMBER
from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts


@command("undo", applies=True)
@click.argument("run", type=NUMBER)
def undo(call: Call, run: int) -> None:
    """Take back what a run wrote, where nobody changed it since.

    RUN is a number of `sfsync runs`. What cannot go back stays and is listed with the reason: a value that somebody
    changed since or that the org no longer takes, a lead that was converted, a record the run created that was changed
    since or that others now hang on. What the org did by itself because of those writes, a mail above all, is not
    undone, nor is a deleted record made again.
    """
    call.run(lambda app: app.undo(run), show_counts)
