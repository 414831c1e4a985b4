"""`sfsync plan`: what the rules would change, and why; nothing is written."""

from pathlib import Path

import click
from rich.console import Console

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_calls
from sfsync.cli.show_plan import show_planned
from sfsync.sync.outcome import Outcome


@command("plan")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Keep the plan in a file, for `apply`.")
def plan(call: Call, out: Path | None) -> None:
    """Show what the rules would change, and why; nothing is written.

    Decides from the mirror as it is: `sfsync pull` brings it up to date.
    """

    def show(console: Console, outcome: Outcome) -> None:
        show_planned(console, outcome)
        show_calls(console, outcome)
        if out is not None:
            console.print(f"\nKept in {out}; carry it out with `sfsync apply {out}`.")
        elif outcome.counts["planned"] and not outcome.data["plan"]["brakes"]:
            console.print("\n[dim]next:[/] sfsync apply")

    call.run(lambda app: app.plan(out), show)
