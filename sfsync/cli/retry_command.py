"""`sfsync retry`: again, only what failed."""

import click

from sfsync.cli.amounts import NUMBER
from sfsync.cli.calling import Call, command
from sfsync.cli.show_plan import show_applied


@command("retry", applies=True)
@click.argument("run", type=NUMBER)
def retry(call: Call, run: int) -> None:
    """Send again what a run left rejected, and nothing else.

    RUN is a number of `sfsync runs`. Each change is held against its record first, as any other, and the brakes hold.
    The new entries of the outbox point to the old ones. Mend the cause before.
    """
    call.run(lambda app: app.retry(run), show_applied)
