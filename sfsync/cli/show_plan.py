"""A plan for people: how many changes of which field, by which rule, and a few of them whole."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sfsync.cli.records import named
from sfsync.cli.screen import show_counts
from sfsync.counting import counted
from sfsync.sync.outcome import Outcome

_SAMPLES = 3
_LOOKED_AT = 2_000  # changes that samples are taken from
_LONGEST = 60  # characters of a value shown


def show_plan(console: Console, plan: Mapping[str, Any]) -> None:
    """Show a plan given as JSON holds it."""
    total = len(plan["changes"])
    if not total:
        looked = sum(plan["looked_at"].values())
        decisions = counted(plan["left"], "decision")
        left = f", or were left as they are by baseline or undo ({decisions})" if plan["left"] else ""
        console.print(f"Nothing to change: {counted(looked, 'record is', 'records are')} as the rules want them{left}.")
        return
    changing, calls = counted(total, "record"), counted(plan["calls"], "API call")
    console.print(f"[bold]Plan {plan['id']}[/]: {changing} would change, for about {calls}")
    console.print(_counts(plan))
    for line in sets_off(plan):
        console.print(f"[dim]{escape(line)}[/]")
    for change in sample(plan["changes"][:_LOOKED_AT], _SAMPLES):
        _show_change(console, change, plan["names"])
    if total > _SAMPLES:
        console.print(f"\n[dim]... and {total - _SAMPLES:,} more; `--json` gives them all[/]")


def sets_off(plan: Mapping[str, Any]) -> list[str]:
    """Tell what saving runs in the org, a line for each sObject: what is active, and what could not be read."""
    lines = []
    for sobject in dict.fromkeys(one["sobject"] for one in plan["sets_off"]):
        found = [one for one in plan["sets_off"] if one["sobject"] == sobject]
        named_ones = ", ".join(f"{one['kind']} {one['name']} ({one['when']})" for one in found if one["name"])
        unread = ", ".join(one["kind"] for one in found if not one["name"])
        told = f"saving {sobject} sets off: {named_ones or 'nothing that can be read'}"
        lines.append(f"{told}; not readable: {unread}" if unread else told)
    return lines


def sample(changes: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """Give a few changes that tell the most: those of many fields first, and no two of the same fields if possible."""
    ranked = sorted(changes, key=lambda change: -len(change["fields"]))
    first_of_kind = {tuple(part["field"] for part in change["fields"]): change for change in reversed(ranked)}
    chosen = sorted(first_of_kind.values(), key=lambda change: -len(change["fields"]))
    chosen += [change for change in ranked[: most * 2] if change not in chosen]
    return chosen[:most]


def show_planned(console: Console, outcome: Outcome) -> None:
    """Show the outcome of a command that planned: what it planned, then what became of it."""
    show_plan(console, outcome.data["plan"])


def show_applied(console: Console, outcome: Outcome) -> None:
    """Show the outcome of a command that applied, in one line."""
    show_counts(console, outcome)


def _counts(plan: Mapping[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("field", no_wrap=True)
    table.add_column("changes", justify="right")
    table.add_column("because of", no_wrap=True)
    table.add_column("changes", justify="right")
    fields = [(f"{one['sobject']}.{one['field']}", one["changes"]) for one in plan["by_field"]]
    reasons = [(one["reason"], one["changes"]) for one in plan["by_reason"]]
    for place in range(min(max(len(fields), len(reasons)), 12)):
        left = fields[place] if place < len(fields) else ("", "")
        right = reasons[place] if place < len(reasons) else ("", "")
        table.add_row(escape(left[0]), _number(left[1]), escape(right[0]), _number(right[1]))
    return table


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


def _show_change(console: Console, change: Mapping[str, Any], names: Mapping[str, str]) -> None:
    name = change["id"] or (f"row {change['row']}" if change["row"] else "new")
    console.print(f"\n[bold]{change['sobject']}/{name}[/] {change['action']}")
    told: list[str] | None = None
    for part, following in zip_longest(change["fields"], change["fields"][1:]):
        before, after = _short(part["before"], names), _short(part["after"], names)
        console.print(f"  {part['field']}: [red]{escape(before)}[/] -> [green]{escape(after)}[/]")
        told = part["because"] or change["because"]
        if following is None or (following["because"] or change["because"]) != told:
            for reason in told:
                console.print(f"      [dim]because {escape(reason)}[/]")


def _short(value: object, names: Mapping[str, str]) -> str:
    text = named(value, names)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
