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
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the plan as one page, for whoever approves.",
)
@click.option(
    "--sets-off/--no-sets-off",
    default=None,
    help="Ask the org what saving those records runs there (five calls an sObject). Default: unless --json.",
)
def plan(call: Call, out: Path | None, html: Path | None, sets_off: bool | None) -> None:
    """Show what the rules would change, and why; nothing is written.

    Decides from the mirror as it is: `sfsync pull` brings it up to date.
    """

    if out is not None and html is not None and out.resolve() == html.resolve():
        raise click.UsageError(f"--out and --html both name {out}: give the page a file of its own")

    def show(console: Console, outcome: Outcome) -> None:
        show_planned(console, outcome)
        show_calls(console, outcome)
        if html is not None:
            console.print(f"\nAs a page: {html}")
        if out is not None:
            console.print(f"\nKept in {out}; carry it out with `sfsync apply {out}`.")
        elif outcome.counts["planned"] and not outcome.data["plan"]["brakes"]:
            console.print("\n[dim]next:[/] sfsync apply")

    asked = sets_off if sets_off is not None else not call.as_json or html is not None
    call.run(lambda app: app.plan(out, html, sets_off=asked), show)
