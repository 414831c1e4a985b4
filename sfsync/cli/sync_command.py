"""`sfsync sync`: pull, plan and apply in one run."""

import click

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts


@command("sync", writes=True)
@click.argument("sobjects", nargs=-1)
def sync(call: Call, sobjects: tuple[str, ...]) -> None:
    """Pull what changed, decide, and apply the plan."""
    call.run(lambda app: app.sync(sobjects), show_counts)
