"""What the org will refuse for what other records hold, as the mirror knows it: told before any call.

Seen here: a value of a unique field that another record holds or another change gives, an owner who is not active, a
lead that was converted. The mirror may be a little behind; what it does not know the org tells.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sfsync.errors import Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.long_lists import Firsts
from sfsync.mirror.scratch import Scratch
from sfsync.plan.converted import ConvertedLeads
from sfsync.plan.policy import Policy
from sfsync.plan.preflight import preflight
from sfsync.records.change import Action, Change
from sfsync.records.ids import prefix
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Value, to_text

USER_PREFIX = "005"  # key prefix of User
_NO_POLICY = Policy()
_MOST_LOOKED_UP = 2_000  # values of a unique field that are looked for in the mirror: more would take too long


class Given:
    """The values of unique fields that rows of a file have given so far, each with the row that gave it first."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._firsts: dict[tuple[str, str], Firsts] = {}
        self._met: Counter[tuple[str, str]] = Counter()

    def meet(self, sobject: str, field: str, values: Sequence[tuple[str, int]]) -> list[int]:
        """Take in values of a field with their rows; gives for each the row that gave it first."""
        firsts = self._firsts.setdefault((sobject, field), self._scratch.firsts())
        self._met[sobject, field] += len(values)
        return firsts.meet(values)

    def few(self, sobject: str, field: str) -> bool:
        """Whether so few values of a field were given that the mirror can be asked for each."""
        return self._met[sobject, field] <= _MOST_LOOKED_UP


def foresee(
    books: Books, schema: SObject, changes: Sequence[Change], policy: Policy = _NO_POLICY, before: Given | None = None
) -> list[list[Problem]]:  # fmt: skip
    """Give for each change, all of one sObject, what the org will refuse of it; empty where nothing is known.

    `before` has what rows that came earlier gave.
    """
    found = [preflight(change, schema) for change in changes]
    converted = () if policy.converted is ConvertedLeads.WRITE else _converted(books, schema, changes)
    for place, problem in (*converted, *_inactive(books, changes)):
        found[place].append(problem)
    for field in schema.fields.values():
        if field.unique:
            for place, problem in _taken(books, schema, field, changes, before):
                found[place].append(problem)
    return found


def _converted(books: Books, schema: SObject, changes: Sequence[Change]) -> Iterable[tuple[int, Problem]]:
    """Find changes of leads that were converted: the org takes none (CANNOT_UPDATE_CONVERTED_LEAD)."""
    if schema.name != "Lead" or "IsConverted" not in books.records.columns("Lead"):
        return
    ids = [change.id for change in changes if change.id and change.action is Action.UPDATE]
    converted = {one.id for one in books.records.records("Lead", ["IsConverted"], ids=ids) if one.fields["IsConverted"]}
    for place, change in enumerate(changes):
        if change.id in converted and change.action is Action.UPDATE:
            todo = "change the contact it became"
            yield place, Problem("the lead was converted, and a converted lead takes no changes", todo, _where(change))


def _inactive(books: Books, changes: Sequence[Change]) -> Iterable[tuple[int, Problem]]:
    """Find changes that give a record to a user who is not active (INACTIVE_OWNER_OR_USER)."""
    owners = {place: str(owner) for place, change in enumerate(changes) if (owner := change.after().get("OwnerId"))}
    people = {owner for owner in owners.values() if prefix(owner) == USER_PREFIX}
    if not people or not {"IsActive", "Name"} <= books.records.columns("User"):
        return
    gone = {
        user.id: user.fields["Name"]
        for user in books.records.records("User", ["IsActive", "Name"], ids=people, deleted_too=True)
        if user.fields["IsActive"] is False
    }
    for place, owner in owners.items():
        if owner in gone:
            words = f"{gone[owner]}, who is to own it, is not active"
            yield place, Problem(words, "choose an active user or a queue", _where(changes[place], "OwnerId"))


def _taken(
    books: Books, schema: SObject, field: Field, changes: Sequence[Change], before: Given | None
) -> Iterable[tuple[int, Problem]]:  # fmt: skip
    """Find values of a unique field that are given twice, or that another record holds (DUPLICATE_VALUE)."""
    given: dict[str, list[int]] = {}
    for place, change in enumerate(changes):
        value = change.key if change.key_field == field.name else change.after().get(field.name)
        if value is not None and change.action is not Action.DELETE:
            given.setdefault(_folded(field, value), []).append(place)
    for places in given.values():
        yield from _twice(field, changes, places[1:], _named(changes[places[0]]))
    few = len(given) <= _MOST_LOOKED_UP
    if before is not None and given:
        came = [(value, changes[places[0]].row or 0) for value, places in given.items()]
        for (value, row), first in zip(came, before.meet(schema.name, field.name, came), strict=True):
            if first != row:
                yield from _twice(field, changes, given[value], f"row {first}")
        few = before.few(schema.name, field.name)
    if not given or not few or field.name not in books.records.columns(schema.name):
        return
    for holder, value in books.records.holders(schema.name, field.name, list(given), fold=not field.case_sensitive):
        place = given[_folded(field, value)][0]
        change = changes[place]
        if change.id != holder and change.key_field != field.name:  # an upsert by it finds its holder
            words = f"{field.name} {_shown(change, field)} is held by {schema.name}/{holder} already"
            yield place, Problem(words, "give another value, or change that record", _where(change, field.name))


def _twice(
    field: Field, changes: Sequence[Change], places: Iterable[int], first: str
) -> Iterable[tuple[int, Problem]]:  # fmt: skip
    for place in places:
        words = f"{field.name} {_shown(changes[place], field)} is given to {first} as well"
        yield place, Problem(words, "give it to one of them", _where(changes[place], field.name))


def _folded(field: Field, value: Value) -> str:
    text = to_text(value)
    return text if field.case_sensitive else text.lower()


def _shown(change: Change, field: Field) -> str:
    return repr(to_text(change.key if change.key_field == field.name else change.after()[field.name]))


def _named(change: Change) -> str:
    return f"{change.sobject}/{change.id}" if change.id else f"row {change.row}"


def _where(change: Change, field: str | None = None) -> Where:
    return Where(sobject=change.sobject, id=change.id, field=field, row=change.row)
