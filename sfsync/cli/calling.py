"""How every command is called: its shared options, the app it works with, and the one way it ends."""

import functools
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from sfsync.app import App, Connect, LocalAccess, StartLocal, Wishes, open_app
from sfsync.cli.amounts import SECONDS
from sfsync.cli.screen import Progress, Show, fail, finish, out
from sfsync.cli.show_plan import show_plan
from sfsync.clock import Clock
from sfsync.errors import SfsyncError
from sfsync.plan.plan import Plan, plan_to_plain
from sfsync.salesforce.port import Org
from sfsync.sync.outcome import WAITING, Outcome

if TYPE_CHECKING:
    from sfsync.app import OrgAccess

_YES = click.Option(["--yes"], is_flag=True, help="Apply without asking.")
_WAIT = click.Option(
    ["--wait"], type=SECONDS, default=30.0, metavar="SECONDS",
    help="How long to wait for another process that writes. Default: 30.",
)  # fmt: skip
CONFIG = click.Option(
    ["--config"], type=click.Path(path_type=Path, dir_okay=False), default=Path("sfsync.toml"),
    help="The settings file. Default: sfsync.toml in the working folder.",
)  # fmt: skip
JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object on stdout.")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command, as the shared options say."""

    command: str
    config: Path
    as_json: bool
    yes: bool
    wait_seconds: float
    seen: set[str] = field(default_factory=set)  # ids of the plans a person was shown

    def run(self, work: Callable[[App], Outcome], show: Show, *, tells_problems: bool = False) -> None:
        """Do the work with the app of the working folder, show its outcome, and end with its exit code.

        `tells_problems`: what is shown names the problems already, so that they are not listed after it.
        """
        progress = Progress(quiet=self.as_json)
        try:
            outcome = replace(work(open_app(self.config, self.wishes(progress))), command=self.command)
        except SfsyncError as error:
            progress.close()
            fail(self.command, error, as_json=self.as_json)
            return
        progress.close()
        finish(outcome, self._with_plan(show), as_json=self.as_json, tells_problems=tells_problems)

    def _with_plan(self, show: Show) -> Show:
        """Show a plan that was not applied before what came of it, where nobody has seen it yet."""

        def show_both(console: Console, outcome: Outcome) -> None:
            plan = outcome.data.get("plan")
            if outcome.state == WAITING and plan and plan["id"] not in self.seen:
                show_plan(console, plan)
            show(console, outcome)

        return show_both

    def wishes(self, progress: Progress) -> Wishes:
        """Give what this call wants beside the command's arguments."""
        wishes = given()
        return replace(
            wishes, approve=self.approve, progress=progress, wait_seconds=self.wait_seconds,
            connect=quietly(wishes.connect),
        )  # fmt: skip

    def approve(self, plan: Plan, production: str | None) -> str | None:
        """Let a plan be applied: with --yes, or by a person at a terminal who has seen it.

        Of a production org a person has to type the name.
        """
        if self.yes:
            return None
        if self.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return "if it is as you want it, say the same with --yes"
        show_plan(out(), plan_to_plain(plan))
        self.seen.add(plan.id)
        if production is not None:
            typed = click.prompt(f"\nThis is a production org. Type its name, {production}, to apply", default="")
            return None if typed.strip() == production else "nothing was applied: that is not the org's name"
        return None if click.confirm("\nApply this?", default=False) else "nothing was applied, as you said"


def quietly(connect: Connect) -> Connect:
    """Give a way to the org of whose log only errors come through: a command tells its outcome by itself."""

    def connected(access: "OrgAccess", clock: Clock) -> Org:
        import structlog  # late: a command that asks no org logs nothing

        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        return connect(access, clock)

    return connected


def approve_all(plan: Plan, production: str | None) -> str | None:
    """Approve every plan; the brakes still hold."""
    return None


def start_local(state_folder: Path) -> LocalAccess:
    """Make sure that the local org of a working folder runs; say so where it had to be started."""
    return local_access(state_folder, lambda url: click.echo(f"· started the local org at {url}", err=True))


def local_access(state_folder: Path, started: Callable[[str], None] = lambda url: None) -> LocalAccess:
    """Make sure that the local org with this state folder runs, and give how to reach it."""
    from sfsync.localorg.process.lifecycle import ensure_running  # late: with a real org it is never needed

    facts = ensure_running(state_folder, started=lambda new: started(new.instance_url))
    return LocalAccess(facts.instance_url, Path(facts.ca_file), facts.client_id, facts.client_secret)


def given(start: StartLocal = start_local) -> Wishes:
    """Give what the program was called with; an ordinary call brings the machine's clock and real orgs."""
    return click.get_current_context().find_object(Wishes) or Wishes(approve_all, start)


def name_of(context: click.Context | None) -> str:
    """Give the words a command is called by, as `outbox list`; "" for the program itself."""
    words: list[str] = []
    while context is not None and context.parent is not None:
        words.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(words)


def command(
    name: str, *, writes: bool = False, applies: bool = False
) -> Callable[[Callable[..., None]], click.Command]:
    """Make a click command whose function gets a `Call` first.

    `writes` adds --wait, for commands that take the writer lease; `applies` adds --yes too.
    """

    def decorate(body: Callable[..., None]) -> click.Command:
        @functools.wraps(body)
        def called(config: Path, as_json: bool, yes: bool = False, wait: float = 30.0, **arguments: Any) -> None:
            body(Call(name_of(click.get_current_context()), config, as_json, yes, wait), **arguments)

        made = click.command(name)(called)
        made.params += [*([_YES] if applies else []), *([_WAIT] if writes or applies else []), CONFIG, JSON]
        return made

    return decorate
