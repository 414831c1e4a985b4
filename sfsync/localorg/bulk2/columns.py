"""What the header of an upload means: fields, parents named by a key, and the record's own Id."""

from collections.abc import Sequence
from dataclasses import dataclass

from sfsync.localorg.bulk2.table import MOST_COLUMNS, Unreadable
from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.saving.draft import Draft, Lookup
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import TEXTS
from sfsync.localorg.values import WrongType, cast

NULL = "#N/A"  # the cell that empties a field; an empty cell leaves it alone


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a field of the record, or a reference with the key that names the parent."""

    field: Field
    parent: str | None = None  # the parent's sObject
    key: Field | None = None  # the parent's field that the cells hold
    plain: bool = False  # any text is a value of it

    def put(self, cell: str, draft: Draft, blanks: bool = False) -> None:
        """Put a cell into a draft; a value of the wrong type is an error of its row. `blanks` around text may stay."""
        if cell == "" or self.field.name == "Id":
            return
        if cell == NULL:
            draft.given[self.field.name] = 0 if self.field.type == "boolean" else None
            return
        read = self.key or self.field
        try:
            value = cast(read, cell)
        except WrongType:
            text = f"{read.label}: value not of required type: {cell}"
            draft.refuse(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", text, (self.field.name,))
            return
        if self.key is None or self.parent is None:
            keep = blanks and self.field.type in ("string", "textarea") and value is not None
            draft.given[self.field.name] = cell if keep else value
        else:
            draft.lookups.append(Lookup(self.field, self.parent, self.key, value))


def draft_of(columns: Sequence[Column], cells: Sequence[str], blanks: bool = False) -> Draft:
    """Make a draft of a row; `blanks` around texts stay if wanted."""
    draft = Draft({})
    for column, cell in zip(columns, cells, strict=True):
        if column.plain and cell and cell != NULL and not blanks:
            draft.given[column.field.name] = cell.strip() or None
        elif cell:
            column.put(cell, draft, blanks)
    return draft


def id_in(columns: Sequence[Column], cells: Sequence[str]) -> str | None:
    """Give the Id of a row, None where it has none."""
    return next((cell or None for one, cell in zip(columns, cells, strict=True) if one.field.name == "Id"), None)


def columns_of(catalog: Catalog, sobject: SObject, header: Sequence[str]) -> list[Column]:
    """Read a header. Raises Unreadable for a name that is no field, and for one given twice."""
    if len(header) > MOST_COLUMNS:
        raise Unreadable(f"InvalidBatch : More than {MOST_COLUMNS} columns")
    columns = [_column(catalog, sobject, name) for name in header]
    fields = [one.field.name for one in columns]
    twice = next((one for one in fields if fields.count(one) > 1), None)
    if twice is not None:
        raise Unreadable(f"InvalidBatch : Duplicate field name found : {twice}")
    return columns


def _column(catalog: Catalog, sobject: SObject, name: str) -> Column:
    kind, _, path = name.rpartition(":")
    relation, dot, key = path.partition(".")
    if dot:
        return _parent_column(catalog, sobject, name, kind, relation, key)
    field = sobject.fields.get(name.lower())
    if field is None or not field.stored:
        raise _unknown(name)
    return Column(field, plain=field.type in TEXTS and field.type not in ("email", "multipicklist"))


def _parent_column(catalog: Catalog, sobject: SObject, name: str, kind: str, relation: str, key: str) -> Column:
    """Read `Rel.Key`, or `Kind:Rel.Key` where the reference can point at several kinds of records."""
    reference = shape_of(sobject).relations.get(relation.lower())
    if reference is None:
        raise _unknown(name)
    several = len(reference.reference_to) > 1
    if several != bool(kind):
        needs = "needs the kind of record in front, as in User:Owner.Username" if several else "takes no kind in front"
        raise Unreadable(f"InvalidBatch : Field name not found : {name} (this relationship {needs})")
    targets = {one.lower(): one for one in reference.reference_to}
    parent = catalog.sobject(targets.get(kind.lower(), "") if several else reference.reference_to[0])
    field = parent.fields.get(key.lower()) if parent else None
    if parent is None or field is None or not (field.external_id or field.id_lookup):
        raise _unknown(name)
    return Column(reference, parent.name, field)


def _unknown(name: str) -> Unreadable:
    return Unreadable(f"InvalidBatch : Field name not found : {name}")
