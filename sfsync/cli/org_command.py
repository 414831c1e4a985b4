"""`sfsync org`: the local org, an HTTPS server on this machine that answers as Salesforce does."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.org_deploy import deploy
from sfsync.cli.org_faults import faults
from sfsync.cli.screen import Progress, Show, fail, finish, to_json
from sfsync.clock import SystemClock
from sfsync.counting import counted
from sfsync.errors import Problem, SfsyncError
from sfsync.localorg.facts import Facts
from sfsync.localorg.load.sources import from_paths
from sfsync.localorg.process import asking, lifecycle
from sfsync.localorg.process.logfile import log_to
from sfsync.localorg.process.options import Options
from sfsync.sync.outcome import DONE, INTERRUPTED, PARTLY, Outcome

_CLOCK = SystemClock()
_SECRETS = {
    *("password", "security_token", "client_secret", "access_token", "refresh_token", "sfdx_auth_url"),
}
_SOME_LEFT_OUT, _INTERRUPTED = 3, 130
_LEFT_OUT = {
    "row": ("row is left out", "rows are left out"),
    "value": ("value is left out", "values are left out"),
    "column": ("value of the column is left out", "values of the column are left out"),
}
Body = TypeVar("Body", bound=Callable[..., None])


@click.group("org")
def org() -> None:
    """Run the local org, which answers as Salesforce does."""


def _shared(body: Body) -> Body:
    """Add the options that every command of the group takes."""
    body = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(body)
    return click.option(
        "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        help="The state folder. Default: .sfsync/org beside sfsync.toml, else the user's state folder.",
    )(body)  # fmt: skip


def _amounts(body: Body) -> Body:
    """Add the options that say what the org shall hold."""
    for name in ("opportunities", "contacts", "accounts", "leads"):
        text = f"How many {name}." + (" 0 with nothing else is an empty org." if name == "leads" else "")
        body = click.option(f"--{name}", type=click.IntRange(0, 20_000_000), metavar="N", help=text)(body)
    seed = click.option("--seed", type=click.IntRange(0), metavar="S", help="The same seed gives the same records.")
    return seed(body)


def _folder(state: Path | None) -> Path:
    return (state or lifecycle.default_folder(Path.cwd(), os.environ)).absolute()


def _run(command: str, work: Callable[[Progress], Outcome], show: Show, *, as_json: bool) -> None:
    """Do the work, show its outcome, and end with its exit code."""
    progress = Progress(quiet=as_json)
    try:
        outcome = work(progress)
    except SfsyncError as error:
        progress.close()
        fail(command, error, as_json=as_json)
        return
    progress.close()
    finish(outcome, show, as_json=as_json)


def _bulk_jobs(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from sfsync.localorg.control.settings import is_bulk_form  # late: it knows half of the org

    if value is not None and not is_bulk_form(value):
        raise click.BadParameter("must be immediate, polls:N or seconds:S")
    return value


@org.command("start")
@_shared
@click.option(
    "--port", type=click.IntRange(0, 65_535), metavar="N", help="0 takes any free one. Default: the one it had last."
)
@_amounts
@click.option("--bulk-jobs", callback=_bulk_jobs, metavar="HOW", help="immediate (default), polls:N or seconds:S.")
@click.option("--foreground", is_flag=True, help="Stay, and end with Ctrl-C or SIGTERM.")
def start(state: Path | None, as_json: bool, foreground: bool, **wanted: Any) -> None:
    """Start the org, and print how to reach it.

    Waits until it answers; one that runs already is left as it is. A fresh org holds 2,000 leads, 300 accounts, 600
    contacts and 400 opportunities, unless told otherwise.
    """
    options = Options(_folder(state), **wanted)
    if foreground:
        _run("org start", lambda progress: _stay(options, progress, as_json=as_json), _show_ended, as_json=as_json)
        return

    ran: list[bool] = []

    def work(progress: Progress) -> Outcome:
        return _started(lifecycle.start(options, _CLOCK, progress.count, lambda: ran.append(True)))

    def show(console: Console, outcome: Outcome) -> None:
        if ran:
            console.print("The local org was running already and is left as it is.")
        _show_facts(console, outcome)

    _run("org start", work, show, as_json=as_json)


def _stay(options: Options, progress: Progress, *, as_json: bool) -> Outcome:
    """Run the org in this process until it is told to end."""
    from sfsync.localorg.process.foreground import (  # late: the whole org
        Stopped,
        serve,
        stop_on_signals,
        unless_stopped,
    )

    log_to(sys.stderr)
    stop = threading.Event()
    signal_seen = stop_on_signals(stop)

    def ready(facts: Facts) -> None:
        progress.close()
        _announce(_started(facts), as_json=as_json)

    with suppress(Stopped):
        serve(options, _CLOCK, ready, stop, unless_stopped(stop, progress.count))
    if signal_seen() == signal.SIGINT:
        return Outcome("org start", INTERRUPTED, _INTERRUPTED)
    return Outcome("org start", "stopped")


def _announce(outcome: Outcome, *, as_json: bool) -> None:
    """Print how to reach an org that stays in the foreground."""
    if as_json:
        click.echo(json.dumps(to_json(outcome)))
    else:
        _show_facts(Console(highlight=False, soft_wrap=True), outcome)
    sys.stdout.flush()


def _show_ended(console: Console, outcome: Outcome) -> None:
    console.print(f"The local org has {outcome.state}.")


def _started(facts: Facts) -> Outcome:
    return Outcome("org start", "running", data=facts.shown())


def _show_facts(console: Console, outcome: Outcome) -> None:
    console.print(f"[green]The local org runs[/] at [bold]{outcome.data['instance_url']}[/]")
    for name, value in outcome.data.items():
        if name != "settings":  # many, and mostly as they were: --json tells them
            console.print(f"  [dim]{name.ljust(15)}[/] {escape(str(value))}")


@org.command("status")
@_shared
def status(state: Path | None, as_json: bool) -> None:
    """Tell whether it runs, how to reach it and what it holds."""
    folder = _folder(state)

    def work(progress: Progress) -> Outcome:
        facts = lifecycle.status(folder)
        if facts is None:
            return Outcome("org status", "stopped", data={"state_folder": str(folder)})
        held = asking.demand(facts, "GET", "contents")
        told = {"now": held["now"], "settings": held["settings"]}
        return Outcome("org status", "running", counts=held["counts"], data={**_public(facts), **told})

    _run("org status", work, _show_status, as_json=as_json)


def _public(facts: Facts) -> dict[str, str | int]:
    """Give the facts that are no secrets; `org start` prints those too."""
    return {name: value for name, value in facts.shown().items() if name not in _SECRETS}


def _show_status(console: Console, outcome: Outcome) -> None:
    if outcome.state == "stopped":
        console.print(f"The local org in {outcome.data['state_folder']} does not run.")
        return
    _show_facts(console, outcome)
    console.print(_records(outcome.counts))


def _records(counts: Mapping[str, int]) -> str:
    return "It holds " + ", ".join(f"{number:,} {name}" for name, number in counts.items()) + " records."


@org.command("reset")
@_shared
@_amounts
def reset(state: Path | None, as_json: bool, **wanted: Any) -> None:
    """Make the org anew.

    All records, calls and faults go. It may run or not. Client, password and refresh token stay; the org's id and its
    access tokens are new: a mirror of it is of the org that was, and has to be made anew.
    """
    folder = _folder(state)

    def work(progress: Progress) -> Outcome:
        lifecycle.reset(Options(folder, **wanted), _CLOCK, progress.count)
        facts = lifecycle.running(folder)
        counts = asking.demand(facts, "GET", "contents")["counts"] if facts else {}
        return Outcome("org reset", DONE, counts=counts, data={"state_folder": str(folder)})

    _run("org reset", work, _show_reset, as_json=as_json)


def _show_reset(console: Console, outcome: Outcome) -> None:
    console.print(f"The local org in {outcome.data['state_folder']} is new, and so is its id.")
    console.print("Mirrors of it are of the org that was: make them anew.")
    if outcome.counts:
        console.print(_records(outcome.counts))


@org.command("stop")
@_shared
def stop(state: Path | None, as_json: bool) -> None:
    """Stop the org; what it holds stays on disk.

    Requests that are being answered end first.
    """
    folder = _folder(state)

    def work(progress: Progress) -> Outcome:
        ran = lifecycle.stop(folder, _CLOCK)
        return Outcome("org stop", "stopped", data={"state_folder": str(folder), "was_running": ran})

    def show(console: Console, outcome: Outcome) -> None:
        console.print("The local org has stopped." if outcome.data["was_running"] else "The local org did not run.")

    _run("org stop", work, show, as_json=as_json)


@org.command("load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="DIR|FILE...")
@_shared
def load(paths: tuple[Path, ...], state: Path | None, as_json: bool) -> None:
    """Load CSV exports of an org into it.

    Files, a folder of them, or a zip archive, all in one go. Ids, owners, links and dates are kept. Whatever cannot be
    kept is listed, row by row; --json lists all of it. Exit code 3 says that a file, or rows of an sObject the org
    knows, were left out.
    """
    folder = _folder(state)

    def work(progress: Progress) -> Outcome:
        report = lifecycle.load(folder, from_paths(paths), _CLOCK)
        refused = report["counts"]["refused"] or report["counts"]["files_left_out"]
        counts = report.pop("counts")
        problems = tuple(_problem(group) for group in report["left_out"])
        state, code = (PARTLY, _SOME_LEFT_OUT) if refused else (DONE, 0)
        return Outcome("org load", state, code, counts=counts, problems=problems, data=report)

    _run("org load", work, _show_load, as_json=as_json)


def _problem(group: Mapping[str, Any]) -> Problem:
    rows = ", ".join(str(row) for row in group["rows"][:8]) + (", ..." if len(group["rows"]) > 8 else "")
    named = f"{group['field']}: " if group["field"] else ""
    told = f" (row{'s' * (len(group['rows']) > 1)} {rows})" if rows else ""
    what = "left out" if group["kind"] == "file" else counted(group["count"], *_LEFT_OUT[group["kind"]])
    return Problem(f"{group['file']}: {what}: {named}{group['reason']}{told}")


def _show_load(console: Console, outcome: Outcome) -> None:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("file", "sObject"):
        table.add_column(name)
    for name in ("rows", "loaded", "left out"):
        table.add_column(name, justify="right")
    for one in outcome.data["files"]:
        numbers = (f"{one[name]:,}" for name in ("rows", "loaded", "left_out"))
        table.add_row(escape(one["file"]), escape(one["sobject"] or "?"), *numbers)
    console.print(table)
    counts = outcome.counts
    console.print(
        f"Made for them: {counted(counts['new_users'], 'user')}, {counted(counts['new_queues'], 'queue')}, "
        f"{counted(counts['new_fields'], 'text field')}, {counted(counts['new_picklist_values'], 'picklist value')}."
    )
    for group in outcome.data["changed"]:
        name = f"{group['field']}: " if group["field"] else ""
        changed = counted(group["count"], "value changed", "values changed")
        console.print(f"[dim]· {escape(group['file'])}: {changed}: {name}{group['reason']}[/]")


org.add_command(deploy)
org.add_command(faults)
