"""`sfsync pause` and `sfsync resume`: the daemon's schedules stand still, and go on."""

import click
from rich.console import Console
from rich.markup import escape

from sfsync.app import pause as pause_schedule
from sfsync.app import resume as resume_schedule
from sfsync.cli.calling import Call, command
from sfsync.sync.outcome import Outcome


@command("pause")
@click.argument("schedule", required=False)
@click.option("--for", "span", metavar="SPAN", help='For how long, as "2h" or "1d". Default: until `sfsync resume`.')
@click.option("--reason", default="", metavar="TEXT", help="Why, for whoever looks at /healthz.")
def pause(call: Call, schedule: str | None, span: str | None, reason: str) -> None:
    """Have the daemon begin nothing: of one schedule, or of all.

    A run under way goes on to its end. What comes due meanwhile is made up for by one run when the pause ends. A daemon
    that is started later keeps to it too; commands by hand do not.
    """
    call.run(lambda app: pause_schedule(app, schedule, span, reason), _show)


@command("resume")
@click.argument("schedule", required=False)
def resume(call: Call, schedule: str | None) -> None:
    """End the pause of one schedule, or every pause."""
    call.run(lambda app: resume_schedule(app, schedule), _show)


def _show(console: Console, outcome: Outcome) -> None:
    for one in outcome.data["pauses"]:
        until = f" until {one['until_at'][:19]} UTC" if one["until_at"] else ""
        reason = f": {one['reason']}" if one["reason"] else ""
        console.print(escape(f"{one['schedule'] or 'every schedule'} is paused{until}{reason}"))
    if not outcome.data["pauses"]:
        console.print("No schedule is paused.")
