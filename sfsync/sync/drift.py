"""What a saved plan was decided from, held against what has become of it since.

The fields that a change writes are looked at again right before it is sent. Here it is about the others, those which
the rules read: a score that was approved for a chief's lead is not given to what is an intern's by now.
"""

from collections.abc import Iterator, Sequence

from sfsync.errors import PlanError, Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.journal import Line
from sfsync.plan.plan import Plan
from sfsync.plan.transport import OWNER
from sfsync.records.change import Change
from sfsync.records.values import Value, same, to_text
from sfsync.rules.rulebook import Rulebook
from sfsync.sync.context import Context, Target
from sfsync.sync.pull import pull
from sfsync.sync.run import RulesFor
from sfsync.sync.sifting import sifted


def without_drifted(
    context: Context, run: int, plan: Plan, targets: Sequence[Target], rules_for: RulesFor
) -> Plan:  # fmt: skip
    """Give a saved plan without the changes whose reasons changed since it was made, told as refused.

    What moved in the org is pulled first, of each sObject that was pulled whole before. Raises PlanError where the
    journal is not the one the plan was decided from, so that nobody can tell.
    """
    if plan.line is None or plan.journal is None:  # kept by an earlier version
        return plan
    with context.mirror.reading() as books:
        if plan.journal != books.decided.journal() or plan.line > books.decided.last_line():
            words = "the mirror was restored, or made anew, since this plan was made, or it is another's"
            raise PlanError(f"{words}: what changed since cannot be told", todo="plan again: `sfsync plan`")
        known = [one for one in targets if one.sobject in plan.tally.sobjects and books.watermarks.get(one.sobject)]
    if known:
        pull(context, known, full=False, run=run)
    with context.mirror.reading() as books:
        line = plan.line
        if books.decided.last_line() == line:
            return plan
        rulebook = rules_for(books.schemas.every())
        return sifted(
            context.mirror.scratch, plan, lambda sobject, some: dict(_drifted(books, rulebook, sobject, some, line))
        )


def _drifted(
    books: Books, rulebook: Rulebook, sobject: str, changes: Sequence[Change], line: int
) -> Iterator[tuple[int, Problem]]:
    """Find changes, all of one sObject, that were decided from what changed after a line: place and problem."""
    scored, owned = rulebook.score_needs(sobject), rulebook.owner_needs(sobject)
    needs = [_needs(change, scored, owned) for change in changes]
    ids = [change.id for change in changes if change.id]  # rules make changes of records that there are
    told = books.journal.of_fields(sobject, ids, sorted(frozenset[str]().union(*needs)))
    later = {place: [one for one in lines if one.id > line] for place, lines in told.items()}
    moved = {place: lines for place, lines in later.items() if lines and not same(lines[0].before, lines[-1].after)}
    for place, (change, names) in enumerate(zip(changes, needs, strict=True)):
        found = (moved[change.id or "", name] for name in sorted(names) if (change.id or "", name) in moved)
        if lines := next(found, None):
            yield place, _problem(change, lines)


def _needs(change: Change, scored: frozenset[str], owned: frozenset[str]) -> frozenset[str]:
    """Give the fields that a change was decided from and does not write itself."""
    written = {part.field for part in change.fields}
    from_owner = owned if OWNER in written else frozenset[str]()
    return (from_owner | (scored if written - {OWNER} else frozenset[str]())) - written


def _problem(change: Change, lines: Sequence[Line]) -> Problem:
    field = lines[0].field
    words = f"{field} is {_said(lines[-1].after)} by now, the plan went by {_said(lines[0].before)}"
    return Problem(words, "plan again: `sfsync plan`", Where(sobject=change.sobject, id=change.id, field=field))


def _said(value: Value) -> str:
    return to_text(value) or "empty"
