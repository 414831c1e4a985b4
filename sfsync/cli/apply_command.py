"""`sfsync apply`: carry a plan out."""

from pathlib import Path

import click

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts


@command("apply", applies=True)
@click.argument("planfile", required=False, type=click.Path(path_type=Path, dir_okay=False))
def apply(call: Call, planfile: Path | None) -> None:
    """Carry out a plan: PLANFILE, or one made now.

    Shows it and asks first on a terminal; elsewhere --yes is needed. Records that are no longer as the plan found them
    are left alone and listed.
    """
    call.run(lambda app: app.apply(planfile), show_counts)
