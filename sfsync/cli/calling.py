"""How every command is called: its shared options, the app it works with, and the one way it ends."""

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sfsync.app import App, LocalAccess, Wishes, open_app
from sfsync.cli.screen import Progress, Show, fail, finish, out
from sfsync.cli.show_plan import show_plan
from sfsync.errors import SfsyncError
from sfsync.plan.plan import Plan, plan_to_plain
from sfsync.sync.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command, as the shared options say."""

    command: str
    config: Path
    as_json: bool
    yes: bool
    wait_seconds: float

    def run(self, work: Callable[[App], Outcome], show: Show) -> None:
        """Do the work with the app of the working folder, show its outcome, and end with its exit code."""
        progress = Progress(quiet=self.as_json)
        try:
            outcome = work(open_app(self.config, self.wishes(progress)))
        except SfsyncError as error:
            progress.close()
            fail(self.command, error, as_json=self.as_json)
            return
        progress.close()
        finish(outcome, show, as_json=self.as_json)

    def wishes(self, progress: Progress) -> Wishes:
        """Give what this call wants beside the command's arguments."""
        return Wishes(self.approve, start_local, progress, wait_seconds=self.wait_seconds)

    def approve(self, plan: Plan) -> str | None:
        """Let a plan be applied: with --yes, or by a person at a terminal who has seen it."""
        if self.yes:
            return None
        if self.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return "look at the plan with `sfsync plan`, then say --yes"
        show_plan(out(), plan_to_plain(plan))
        return None if click.confirm("\nApply this?", default=False) else "nothing was applied, as you said"


def start_local(state_folder: Path) -> LocalAccess:
    """Make sure that the local org of a working folder runs; say so where it had to be started."""
    return local_access(state_folder, lambda url: click.echo(f"· started the local org at {url}", err=True))


def local_access(state_folder: Path, started: Callable[[str], None] = lambda url: None) -> LocalAccess:
    """Make sure that the local org with this state folder runs, and give how to reach it."""
    from sfsync.localorg.lifecycle import ensure_running  # late: with a real org it is never needed

    facts = ensure_running(state_folder, started=lambda new: started(new.instance_url))
    return LocalAccess(facts.instance_url, Path(facts.ca_file), facts.client_id, facts.client_secret)


def command(name: str, *, writes: bool = False) -> Callable[[Callable[..., None]], click.Command]:
    """Make a click command whose function gets a `Call` first; `writes` adds --yes and --wait."""

    def decorate(body: Callable[..., None]) -> click.Command:
        @functools.wraps(body)
        def called(config: Path, as_json: bool, yes: bool = False, wait: float = 30.0, **arguments: Any) -> None:
            body(Call(name, config, as_json, yes, wait), **arguments)

        options = [
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
            click.option(
                "--config", type=click.Path(path_type=Path, dir_okay=False), default=Path("sfsync.toml"),
                help="The settings file. Default: sfsync.toml in the working folder.",
            ),
        ]  # fmt: skip
        if writes:
            options += [
                click.option("--yes", is_flag=True, help="Apply without asking."),
                click.option(
                    "--wait", type=float, default=30.0, metavar="SECONDS",
                    help="How long to wait for another process that writes. Default: 30.",
                ),
            ]  # fmt: skip
        for option in reversed(options):
            called = option(called)
        return click.command(name)(called)

    return decorate
