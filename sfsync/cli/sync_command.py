"""`sfsync sync`: pull, plan and apply in one run."""

import click

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts


@command("sync", applies=True)
@click.argument("sobjects", nargs=-1)
def sync(call: Call, sobjects: tuple[str, ...]) -> None:
    """Pull, plan and apply in one run.

    All sObjects of sfsync.toml, or those named. What a schedule of `sfsync serve` does, by hand.
    """
    call.run(lambda app: app.sync(sobjects), show_counts)
