"""`sfsync doctor`: what is wrong or missing, with the next step."""

from rich.console import Console
from rich.markup import escape

from sfsync.cli.calling import Call, command
from sfsync.counting import counted
from sfsync.sync.outcome import Outcome

_SIGNS = {
    "fine": "[green]✓[/]",
    "warning": "[yellow]![/]",
    "alarm": "[bold red]![/]",
    "broken": "[red]✗[/]",
    "skipped": "[dim]-[/]",
}


@command("doctor")
def doctor(call: Call) -> None:
    """Tell what is wrong or missing, with the next step.

    Looks over settings, rules, org, fields, API calls, mirror, people and outbox, and whether a plan waits, pulls stand
    still, do not complete, or bring far more or less than usual: these are alarms, and the exit code is 3. Nothing is
    changed.
    """
    call.run(lambda app: app.doctor(), _show, tells_problems=True)


def _show(console: Console, outcome: Outcome) -> None:
    for check in outcome.data["checks"]:
        console.print(f"{_SIGNS[check['state']]} [bold]{check['name']}[/]: {escape(check['message'])}")
        if check["next"]:
            console.print(f"    [dim]next:[/] {escape(check['next'])}")
    wrong, alarms, warnings = (outcome.counts[state] for state in ("broken", "alarm", "warning"))
    if wrong or alarms or warnings:
        console.print(f"\n{wrong} to mend first, {counted(alarms, 'alarm', 'alarms')}, {warnings} to look at.")
    else:
        console.print("\n[green]All is well.[/]")
