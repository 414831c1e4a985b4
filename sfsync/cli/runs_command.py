"""`sfsync runs`: what ran, newest first."""

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import counts_line
from sfsync.sync.outcome import FAILED, WAITING, Outcome


@command("runs")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, metavar="N", help="How many. Default: 20.")
def runs(call: Call, limit: int) -> None:
    """List what ran, newest first."""
    call.run(lambda app: app.runs(limit), _show)


def _show(console: Console, outcome: Outcome) -> None:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("run", "command", "state", "started", "counts"):
        table.add_column(name)
    for run in outcome.data["runs"]:
        table.add_row(str(run["id"]), run["command"], run["state"], run["started_at"][:19], _came(run))
    console.print(table)


def _came(run: Mapping[str, Any]) -> str:
    """Tell what came of a run: its counts; for one that failed, why; for one whose plan waits, both."""
    detail, told = run["detail"], counts_line(run["counts"])
    if run["state"] == FAILED and detail.get("error"):
        return escape(detail["error"])
    if run["state"] == WAITING and detail.get("waits"):
        return f"{told}\n{escape(detail['waits'])}: {escape(detail['next'])}"
    return told
