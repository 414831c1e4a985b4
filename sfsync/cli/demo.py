"""`sfsync demo`: the whole loop on a local org, told step by step, with a stranger's client in the middle."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.markup import escape
from simple_salesforce.api import Salesforce

from sfsync.app import App, Wishes, open_app
from sfsync.cli.calling import approve_all, local_access, quietly
from sfsync.cli.init_command import make_folder
from sfsync.cli.pull_command import show_pulled
from sfsync.cli.screen import Progress, Show, fail, finish, out, show_counts, show_problems, shown
from sfsync.cli.show_plan import show_planned
from sfsync.cli.verify_command import show_verified
from sfsync.clock import SystemClock
from sfsync.counting import counted
from sfsync.errors import SfsyncError, UsageError
from sfsync.localorg.facts import Facts
from sfsync.localorg.process.lifecycle import ensure_running, stop
from sfsync.sync.names import names_of
from sfsync.sync.outcome import Outcome

_MARK = ".made-by-sfsync-demo"  # in folders this command made, and so may empty
_STRANGER = "ana@example.com"


@click.command("demo")
@click.argument(
    "folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path("sfsync-demo")
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def demo(folder: Path, as_json: bool) -> None:
    """Show the whole loop on a local org, told step by step.

    In DIR (default: sfsync-demo) an org is made, mirrored, scored and routed, changed by somebody else and pulled
    again; then one run is undone, and mirror and org are compared. The folder stays, to play with; a folder that an
    earlier demo made is emptied first.
    """
    console = Console(quiet=True) if as_json else out()
    story = _Story(console, as_json)
    try:
        _make_place(folder)
        outcome = story.tell(folder)
    except SfsyncError as error:
        fail("demo", error, as_json=as_json)
        return
    finish(outcome, _show_end, as_json=as_json)


def _make_place(folder: Path) -> None:
    """Empty a folder an earlier demo made, or make one. Raises UsageError where it holds something else."""
    if (folder / _MARK).exists():
        stop(folder / ".sfsync" / "org", SystemClock())
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty, and no demo made it", todo="name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()


@dataclass(slots=True)
class _Story:
    """The demo, told on a console."""

    console: Console
    quiet: bool
    clock: SystemClock = field(default_factory=SystemClock)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, folder: Path) -> Outcome:
        """Tell it from beginning to end."""
        began = self.clock.monotonic()
        self.head("A working folder, with rules to change as you like", f"sfsync init {folder}")
        self.console.print(f"  {counted(len(make_folder(folder).data['files']), 'file')} in {folder}")
        self.head("A Salesforce org on this machine, over HTTPS", "sfsync org start")
        facts = ensure_running(folder / ".sfsync" / "org")
        self.console.print(
            f"  {facts.instance_url}  [dim](any Salesforce client can use it: `sfsync org start` tells how)[/]"
        )
        try:
            verified = self.loop(open_app(folder / "sfsync.toml", self.wishes()), facts)
        finally:
            stop(folder / ".sfsync" / "org", self.clock)
        seconds = self.clock.monotonic() - began
        data = {"folder": str(folder), "seconds": round(seconds, 1), "steps": self.steps}
        return Outcome("demo", verified.state, verified.exit, None, verified.counts, verified.problems, data)

    def loop(self, app: App, facts: Facts) -> Outcome:
        """Go once around: pull, plan, apply, somebody else's changes, pull, undo, verify."""
        self.step("Org to mirror", "sfsync pull", app.pull, show_pulled)
        self.step("What the rules would change, and why; nothing is written yet", "sfsync plan", app.plan, show_planned)
        applied = self.step(
            "The plan carried out, each change with its outcome", "sfsync apply", app.apply, show_counts
        )
        self.head(f"Meanwhile somebody else is at work: {_STRANGER}, with stock simple-salesforce", "")
        for line in _somebody_else(facts, app):
            self.console.print(f"  {line}")
        self.step(
            "The next pull notices", "sfsync pull", app.pull, lambda console, told: _show_noticed(console, told, app)
        )
        undone = f"Run {applied.run} taken back, but for what somebody changed since"
        self.step(undone, f"sfsync undo {applied.run}", lambda: app.undo(applied.run or 0), _show_undone)
        return self.step(
            "Is the mirror the org? Every field of every record", "sfsync verify --level 3",
            lambda: app.verify(3, heal=False), show_verified,
        )  # fmt: skip

    def wishes(self) -> Wishes:
        """Everything is approved; nobody hears of progress."""
        wishes = Wishes(approve_all, local_access, Progress(quiet=True))
        return replace(wishes, connect=quietly(wishes.connect))

    def head(self, title: str, command: str) -> None:
        """Begin a step."""
        self.console.print(f"\n[bold cyan]{escape(title)}[/]")
        if command:
            self.console.print(f"[dim]$ {escape(command)}[/]")

    def step(self, title: str, command: str, work: Callable[[], Outcome], show: Show) -> Outcome:
        """Tell one command: its words, its outcome, what it could not do."""
        self.head(title, command)
        began = self.clock.monotonic()
        outcome = work()
        show(self.console, outcome)
        if not self.quiet:
            show_problems(outcome.problems, 3)
        seconds = round(self.clock.monotonic() - began, 2)
        self.steps.append(
            {"command": command, "exit": outcome.exit, "seconds": seconds, "counts": dict(outcome.counts)}
        )
        return outcome


def _somebody_else(facts: Facts, app: App) -> list[str]:
    """Change the org as another user, with a client that knows nothing of sfsync; say what was done."""
    token = requests.post(
        f"{facts.control_url}/token", json={"username": _STRANGER}, verify=facts.ca_file, timeout=30
    ).json()
    with requests.Session() as session:
        session.trust_env = False
        session.verify = facts.ca_file
        ana: Any = Salesforce(session_id=token["access_token"], instance_url=facts.instance_url, session=session)
        routed, scored = _examples(app)
        ana.Lead.update(routed, {"OwnerId": token["user_id"]}, headers={"Sforce-Auto-Assign": "FALSE"})
        ana.Lead.update(scored, {"Title": "Chief Information Officer", "Phone": "+34 91 000 00 00"})
        made = ana.Lead.create(
            {"LastName": "Ibarra", "FirstName": "Nerea", "Company": "Talleres Ibarra", "Country": "Spain"}
        )
        gone = ana.query("SELECT Id, Name FROM Lead WHERE Status = 'Unqualified' LIMIT 1")["records"][0]
        ana.Lead.delete(gone["Id"])
    return [
        f"took over Lead/{routed}, which the rules had just routed",
        f"gave Lead/{scored} a new title and phone; the org's assignment rule ran too, as nothing told it not to",
        f"entered Lead/{made['id']}, Nerea Ibarra",
        f"deleted Lead/{gone['Id']}, {escape(gone['Name'])}",
    ]


def _examples(app: App) -> tuple[str, str]:
    """Give a lead that was routed, and another that was not but has a score."""
    with app.books() as books:
        decided = books.decisions.get("Lead")
    routed = [record_id for (record_id, topic), one in decided.items() if topic == "owner" and one.decision.wanted]
    kept = [record_id for (record_id, topic), one in decided.items() if topic == "owner" and not one.decision.wanted]
    return routed[0], kept[0]


def _show_noticed(console: Console, outcome: Outcome, app: App) -> None:
    show_counts(console, outcome)
    with app.books() as books:
        lines = [line for line in books.journal.of_run(outcome.run or 0) if line.sobject == "Lead"][:8]
        names = names_of(books, [value for line in lines for value in (line.before, line.after, line.by)])
    for line in lines:
        before, after = (escape(names.get(str(value), shown(value))) for value in (line.before, line.after))
        change = f"[red]{before}[/] -> [green]{after}[/]"
        by = escape(names.get(line.by or "", "somebody"))
        console.print(f"  Lead/{line.record_id} {line.field}: {change} [dim]by {by}[/]")


def _show_undone(console: Console, outcome: Outcome) -> None:
    show_counts(console, outcome)


def _show_end(console: Console, outcome: Outcome) -> None:
    folder = outcome.data["folder"]
    console.print(f"\n[bold]That took {outcome.data['seconds']} seconds.[/] Now try it yourself:")
    steps = _next_steps(folder)
    width = max(map(len, steps))
    for command, words in steps.items():
        console.print(f"  [cyan]{escape(command.ljust(width))}[/]  [dim]{escape(words)}[/]")


def _next_steps(folder: str) -> Mapping[str, str]:
    return {
        f"cd {folder}": "the working folder; `sfsync` is in .venv/bin of the checkout",
        "sfsync plan": "empty: what was undone stays undone until a rule or a record changes",
        "$EDITOR rules/lead_scoring.toml": "change a rule, in Salesforce's formula language, and plan again",
        "sfsync explain Lead/ID": "why a lead has its score and its owner",
        "sfsync import FILE --sobject Lead --operation insert": "rows of a CSV file, each accounted for",
        "sfsync serve": "the daemon: every minute by itself, /healthz on 127.0.0.1",
        "sfsync doctor": "what is wrong or missing, with the next step",
    }
