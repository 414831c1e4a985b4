"""What a saved plan was decided from, held against what has become of it since.

The fields that a change writes are looked at again right before it is sent. Here it is about the others, those which
the rules read: a score that was approved for a chief's lead is not given to what is an intern's by now.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sfsync.errors import Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.journal import Line
from sfsync.mirror.slices import slices
from sfsync.plan.plan import Plan
from sfsync.records.change import Change
from sfsync.records.schema import SObject
from sfsync.records.values import Value, same, to_text
from sfsync.rules.rulebook import Rulebook
from sfsync.sync.context import Context, Target
from sfsync.sync.pull import pull

_AT_ONCE = 500  # changes held in memory


def without_drifted(
    context: Context,
    run: int,
    plan: Plan,
    targets: Sequence[Target],
    rules_for: Callable[[Mapping[str, SObject]], Rulebook],
) -> Plan:
    """Give a saved plan without the changes whose reasons changed since it was made, told as refused.

    What moved in the org is pulled first, of each sObject that was pulled whole before.
    """
    if plan.line is None:  # kept by an earlier version
        return plan
    with context.mirror.reading() as books:
        known = [one for one in targets if one.sobject in plan.tally.sobjects and books.watermarks.get(one.sobject)]
    if known:
        pull(context, known, full=False, run=run)
    scratch = context.mirror.scratch
    kept, refused = scratch.changes(), scratch.problems()
    with context.mirror.reading() as books:
        if books.decided.last_line() == plan.line:
            return plan
        rulebook = rules_for(books.schemas.every())
        refused.add(plan.refused)
        for some in slices(plan.changes, _AT_ONCE):
            found = dict(_drifted(books, rulebook, some, plan.line))
            kept.add(change for change in some if change.id not in found)
            refused.add(found.values())
    return replace(plan, changes=kept.all(), refused=refused.all())


def _drifted(books: Books, rulebook: Rulebook, changes: Sequence[Change], line: int) -> Iterator[tuple[str, Problem]]:
    """Give the ids of records of which something was changed since that their changes were decided from."""
    for sobject in {change.sobject for change in changes}:
        alike = [change for change in changes if change.sobject == sobject]
        ids = [change.id for change in alike if change.id]  # rules make changes of records that there are
        reads = sorted({name for change in alike for name in _needs(rulebook, change)})
        told = books.journal.of_fields(sobject, ids, reads)
        later = {place: [one for one in lines if one.id > line] for place, lines in told.items()}
        moved = {place: lines for place, lines in later.items() if lines and not same(lines[0].before, lines[-1].after)}
        for change in alike:
            places = [(change.id or "", name) for name in _needs(rulebook, change)]
            if lines := next((moved[place] for place in places if place in moved), None):
                yield change.id or "", _problem(change, lines)


def _needs(rulebook: Rulebook, change: Change) -> list[str]:
    """Give the fields that a change was decided from and does not write itself."""
    written = {part.field for part in change.fields}
    needs = rulebook.owner_needs(change.sobject) if "OwnerId" in written else frozenset[str]()
    if written - {"OwnerId"}:
        needs |= rulebook.score_needs(change.sobject)
    return sorted(needs - written)


def _problem(change: Change, lines: Sequence[Line]) -> Problem:
    field = lines[0].field
    words = f"{field} is {_said(lines[-1].after)} by now, the plan went by {_said(lines[0].before)}"
    return Problem(words, "plan again: `sfsync plan`", Where(sobject=change.sobject, id=change.id, field=field))


def _said(value: Value) -> str:
    return to_text(value) or "empty"
