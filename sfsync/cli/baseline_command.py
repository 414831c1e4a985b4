"""`sfsync baseline`: instead of a first apply."""

from rich.console import Console

from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts
from sfsync.counting import counted
from sfsync.sync.outcome import Outcome


@command("baseline", writes=True)
def baseline(call: Call) -> None:
    """Take what the org holds as decided, instead of a first apply.

    Nothing is written to the org. A plan right after it is empty; later plans hold only what changed since.
    """
    call.run(lambda app: app.baseline(), _show)


def _show(console: Console, outcome: Outcome) -> None:
    show_counts(console, outcome)
    differing = "records differ from them and stay as they are"
    console.print(
        f"{counted(outcome.counts['decisions'], 'decision is', 'decisions are')} taken as carried out; "
        f"{counted(outcome.counts['differing'], 'record differs from them and stays as it is', differing)}."
    )
