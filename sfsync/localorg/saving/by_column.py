"""New records by the thousand, column by column instead of record by record.

It is for sets in which nothing can happen to a record but to be stored: no rule, history, reference, key or default
formula, and no value that anybody could have something against. Whatever else there is, `save` has to do: the
records, the ids and the errors are then the same.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat

from sfsync.localorg.context import OrgContext
from sfsync.localorg.geography.switch import coded
from sfsync.localorg.rules import kept
from sfsync.localorg.saving import computed, defaults, history, store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.saving.picklists import Spelling
from sfsync.localorg.saving.shape import Shape, shape_of
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.values import EMAIL, Stored, WrongType, cast, complaint
from sfsync.localorg.variants import PICKLIST_CASE, STATUS_BY_CONVERSION, is_on

SOBJECTS = ("Lead", "Account")  # whose new records are complete without a look at others
_MOST_KNOWN = 20_000  # cells of a column whose values are remembered

Cells = tuple[str, ...]
Values = Sequence[Stored]


def by_column(org: OrgContext, sobject: SObject, fields: Sequence[Field]) -> "ByColumn | None":
    """Give what inserts rows with these fields, None where more can happen to them than to be stored."""
    if sobject.name not in SOBJECTS or not sobject.createable or _more_happens(org, sobject):
        return None
    shape = shape_of(sobject)
    empty = Draft({})
    computed.complete(org, sobject, [empty])
    given = {one.name for one in fields}
    lacking = [one for one in shape.required if one.name not in given and empty.row[one.name] is None]
    if lacking or not all(_is_plain(shape, one) for one in fields):
        return None
    return ByColumn(org, sobject, fields, empty.row)


def _more_happens(org: OrgContext, sobject: SObject) -> bool:
    """Tell whether saving does more to new records than to store them."""
    state = org.state
    return any(
        (
            org.seen is not None,
            org.trouble is not None,
            state.watch is not None,
            "ispersonaccount" in sobject.known,
            bool(coded(sobject)),
            defaults.has_any(org, sobject),
            kept.has_any(state, sobject.name),  # record types among them
            history.is_kept(org, sobject),
            is_on(state, STATUS_BY_CONVERSION),
        )
    )


def _is_plain(shape: Shape, field: Field) -> bool:
    return field.name in shape.createable and not field.unique and field.type not in ("id", "reference")


class ByColumn:
    """Inserts sets of rows under one header."""

    def __init__(self, org: OrgContext, sobject: SObject, fields: Sequence[Field], empty: store.Row) -> None:
        self._org = org
        self._sobject = sobject
        self._shape = shape_of(sobject)
        self._required = {one.name for one in self._shape.required}
        self._fields = fields
        self._empty = empty  # a new record to which nothing is given
        self._spells = not is_on(org.state, PICKLIST_CASE)
        self._spelling = Spelling(org.state, sobject)
        self._known: dict[str, dict[str, Stored]] = {}

    def insert(self, rows: Sequence[Sequence[str]], null: str) -> list[str] | None:
        """Insert rows and give their ids; None, and nothing is done, where a value needs a closer look.

        An empty cell gives nothing, the cell `null` needs that look.
        """
        given: dict[str, Values] = {}
        for field, cells in zip(self._fields, zip(*rows, strict=True), strict=True):
            values = None if null in cells else self._values(field, cells)
            if values is None or (field.name in self._required and "" in values):
                self._spelling = Spelling(self._org.state, self._sobject)  # who takes the set over may meet values too
                return None
            given[field.name] = values
        ids = self._org.state.next_ids(str(self._sobject.key_prefix), len(rows))
        named = {"Name": _names(given)} if self._shape.person else {}
        rest = {name: value for name, value in self._empty.items() if value and name not in given}
        store.insert_alike(self._org.state, self._sobject, {"Id": ids, **named, **given}, rest)
        self._spelling.remember(lambda name: set(given[name]))
        return ids

    def _values(self, field: Field, cells: Cells) -> Values | None:
        """Give what a column holds, "" for null; None where it cannot be said for all cells at once."""
        if field.name in self._shape.lengths:
            values = self._spelt(field, _texts(cells, field.length))
        elif field.type == "email":
            values = _addresses(cells, field.length)
        else:
            return self._cast(field, cells)
        empty = self._empty[field.name]
        return values if values is None or not empty else [one or empty for one in values]

    def _spelt(self, field: Field, values: Cells | None) -> Cells | None:
        """Spell values of picklists as their lists do; None where several stand in one cell."""
        if values is None or not self._spells or field.name not in self._shape.picklists:
            return values
        if field.type == "multipicklist" and any(";" in one for one in set(values)):
            return None
        found = self._spelling.of(field, dict.fromkeys(filter(None, values)))
        return tuple(found.get(one, one) for one in values) if found else values

    def _cast(self, field: Field, cells: Cells) -> Values | None:
        known = self._known.setdefault(field.name, {})
        if len(known) > _MOST_KNOWN:
            known.clear()
        known[""] = "" if self._empty[field.name] is None else self._empty[field.name]
        for cell in set(cells) - known.keys():
            try:
                value = cast(field, cell)
            except WrongType:
                return None
            if value is None or complaint(field, value) is not None:
                return None
            known[cell] = value
        return [known[cell] for cell in cells]


def _names(given: Mapping[str, Values]) -> Values:
    first, last = given.get("FirstName", repeat(None)), given["LastName"]
    return [f"{one} {other}" if one else other for one, other in zip(first, last, strict=False)]


def _texts(cells: Cells, longest: int) -> Cells | None:
    """Give the texts of cells, None where one is of blanks only, which is a null and not nothing, or too long."""
    values = tuple(map(str.strip, cells))
    if values != cells and values.count("") != cells.count(""):
        return None
    return values if not longest or max(map(len, values)) <= longest else None


def _addresses(cells: Cells, longest: int) -> Cells | None:
    values = _texts(tuple(map(str.lower, cells)), longest)
    return values if values is not None and all(map(EMAIL.fullmatch, filter(None, values))) else None
