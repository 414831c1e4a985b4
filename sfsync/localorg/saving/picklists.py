"""Values of picklists on the way into the database: written in another case, they become those that are there.

Documented (help; SOAP API guide, picklist fields): values of picklists are compared without case, and what differs in
case alone becomes the value that is there: that of the list, or of the record that first had one not in it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored, cast
from sfsync.localorg.variants import PICKLIST_CASE, is_on


class Spelling:
    """How the values of one sObject's picklists are spelt."""

    def __init__(self, state: State, sobject: SObject) -> None:
        self._state = state
        self._sobject = sobject
        self._met: dict[str, dict[str, str]] = {}  # by field and in lower case: values that no list has
        self._new: dict[str, dict[str, str]] = {}  # those of them that nobody had before

    def of(self, field: Field, values: Iterable[str]) -> Mapping[str, str]:
        """Give those of some values that are spelt otherwise, each with how it is."""
        listed = {one.value for one in field.picklist}
        strange = [one for one in values if one not in listed]
        folded = {one.lower(): one for one in listed} if strange else {}
        found = {}
        for one in strange:
            kept = folded.get(one.lower()) or (one if field.restricted else self._first(field, one))
            if kept != one:
                found[one] = kept
        return found

    def _first(self, field: Field, value: str) -> str:
        """Give how a value that is in no list was spelt when it was first met, which may be now."""
        if field.name not in self._met:
            sql = "SELECT folded, value FROM _met_value WHERE sobject = ? AND field = ?"
            rows = self._state.rows(sql, (self._sobject.name, field.name))
            self._met[field.name] = {row["folded"]: row["value"] for row in rows}
        kept = self._met[field.name].get(value.lower())
        return self._new.setdefault(field.name, {}).setdefault(value.lower(), value) if kept is None else kept

    def remember(self, saved: Callable[[str], Iterable[Stored]]) -> None:
        """Keep how values are spelt that nobody had before; `saved` gives what records just saved have in a field."""
        for name, new in self._new.items():
            held = {one for value in saved(name) if value for one in str(value).lower().split(";")}
            kept = {one: new[one] for one in held & new.keys()}
            self._met[name].update(kept)
            rows = [(self._sobject.name, name, *pair) for pair in sorted(kept.items())]
            self._state.many("INSERT INTO _met_value VALUES (?, ?, ?, ?)", rows)
        self._new = {}


def spell(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> Spelling:
    """Spell the values given as the org does, unless it keeps them as they are written."""
    spelling = Spelling(org.state, sobject)
    fields = shape_of(sobject).picklists
    asked = [one for one in living(drafts) if not fields.keys().isdisjoint(one.given)]
    if asked and not is_on(org.state, PICKLIST_CASE):
        for draft in asked:
            for name in fields.keys() & draft.given.keys():
                value = draft.given[name]
                if isinstance(value, str):
                    draft.given[name] = _spelt(spelling, fields[name], value)
    return spelling


def _spelt(spelling: Spelling, field: Field, value: str) -> Stored:
    if field.type != "multipicklist":
        return spelling.of(field, [value]).get(value, value)
    chosen = value.split(";")
    found = spelling.of(field, chosen)
    return cast(field, ";".join(found.get(one, one) for one in chosen)) if found else value
