"""`sfsync doctor`: what is wrong or missing, with the next step."""

from rich.console import Console
from rich.markup import escape

from sfsync.cli.calling import Call, command
from sfsync.sync.outcome import Outcome

_SIGNS = {"fine": "[green]✓[/]", "warning": "[yellow]![/]", "broken": "[red]✗[/]", "skipped": "[dim]-[/]"}


@command("doctor")
def doctor(call: Call) -> None:
    """Look over settings, rules, org and mirror, and say what to do about what is wrong."""
    call.run(lambda app: app.doctor(), _show)


def _show(console: Console, outcome: Outcome) -> None:
    for check in outcome.data["checks"]:
        console.print(f"{_SIGNS[check['state']]} [bold]{check['name']}[/]: {escape(check['message'])}")
        if check["next"]:
            console.print(f"    [dim]next:[/] {escape(check['next'])}")
    if outcome.exit == 0 and not outcome.problems:
        console.print("\n[green]All is well.[/]")
