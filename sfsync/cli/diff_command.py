"""`sfsync diff`: mirror, org, an earlier time or a saved plan, compared."""

import click
from rich.console import Console
from rich.markup import escape

from sfsync.cli.calling import Call, command
from sfsync.cli.records import named
from sfsync.counting import counted
from sfsync.sync.outcome import Outcome

_SHOWN = 40  # records


@command("diff")
@click.argument("a")
@click.argument("b")
@click.argument("what", nargs=-1)
def diff(call: Call, a: str, b: str, what: tuple[str, ...]) -> None:
    """Compare mirror, org, an earlier time or a saved plan.

    A and B are each `mirror`, `org`, `mirror@2026-11-24T12:00` (the mirror as it was; UTC if no offset is said) or the
    file of a saved plan, which stands for what it would make of the other side. WHAT is an sObject or a record as
    Lead/00Q...; all that is mirrored if left out. Earlier times are told from the journal, which has no stamps and
    begins with the first pull; a time to come is refused.
    """
    call.run(lambda app: app.diff(a, b, what), _show)


def _show(console: Console, outcome: Outcome) -> None:
    data, counts = outcome.data, outcome.counts
    for one in data["differences"][:_SHOWN]:
        record = f"[bold]{one['sobject']}/{one['id'] or one['key'] or '(new)'}[/]"
        if one["only"]:
            console.print(f"{record} only in {escape(data[one['only']])}")
            continue
        console.print(record)
        for part in one["fields"]:
            left, right = (escape(named(part[side], data["names"])) for side in ("a", "b"))
            console.print(f"  {part['field']}: [red]{left}[/] | [green]{right}[/]")
    total = counts["differing"] + counts["only_a"] + counts["only_b"]
    if total > _SHOWN:
        console.print(f"[dim]... and {total - _SHOWN:,} more; --json lists them[/]")
    if not total:
        console.print(f"[green]No differences[/] in {counted(counts['compared'], 'record')}.")
        return
    sides = f"{counts['only_a']:,} only in {data['a']}, {counts['only_b']:,} only in {data['b']}"
    console.print(f"{counts['differing']:,} of {counts['compared']:,} records differ, {escape(sides)}.")
