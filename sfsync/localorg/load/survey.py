"""A first look over a file: which sObject its rows are, what each column is, which fields must be made for it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sfsync.localorg.load.reading import Shape, lines, shape_of
from sfsync.localorg.load.sources import Source
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State
from sfsync.records.ids import is_id

_CUSTOM = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*(?:__[A-Za-z0-9_]*[A-Za-z0-9])?__[cC]")
_STRING_CHARACTERS = 255
_TEXTAREA_CHARACTERS = 131_072
_NAME_CHARACTERS = 60
WORKED_OUT = frozenset({"systemmodstamp"})  # the org's own, whatever a file says

KEEP, NEW, SELF, UNKNOWN, TWICE = "keep", "new", "worked out", "unknown", "twice"


@dataclass(slots=True)
class Column:
    """One column of a file."""

    place: int
    name: str  # as in the header
    use: str = UNKNOWN
    field: str = ""  # API name, where it is kept
    filled: int = 0  # cells that hold something
    longest: int = 0  # characters
    example: str = ""


@dataclass(slots=True)
class Survey:
    """What a first look over a file found."""

    source: Source
    shape: Shape
    rows: int
    columns: list[Column]
    sobject: str | None = None  # by name; the org may not have it
    known: SObject | None = None
    id_place: int | None = None


def survey(state: State, source: Source) -> Survey:
    """Look a file over. Raises ValueError with words where it cannot be read at all."""
    shape = shape_of(source)
    columns = [Column(place, name) for place, name in enumerate(shape.header)]
    id_place = next((column.place for column in columns if column.name.lower() == "id"), None)
    prefixes: Counter[str] = Counter()
    rows = 0
    for line in lines(source, shape):
        rows += 1
        if not line.broken:
            _count(columns, line.cells)
            if id_place is not None and is_id(line.cells[id_place].strip()):
                prefixes[line.cells[id_place].strip()[:3]] += 1
    found = Survey(source, shape, rows, columns, id_place=id_place)
    _name_sobject(state, found, prefixes)
    if found.known is not None:
        _use_columns(found, found.known)
    return found


def facts_of_new_field(column: Column) -> dict[str, object]:
    """Give the facts of the text field that a custom column becomes."""
    if column.longest > _STRING_CHARACTERS:
        kind: dict[str, object] = {"type": "textarea", "length": _TEXTAREA_CHARACTERS, "extra": "plaintextarea"}
    else:
        kind = {"type": "string", "length": _STRING_CHARACTERS}
    label = column.field.removesuffix("__c").replace("_", " ").strip()
    return {"name": column.field, "label": label, **kind}


def _count(columns: list[Column], cells: Sequence[str]) -> None:
    for column, cell in zip(columns, cells, strict=False):
        if cell:
            column.filled += 1
            column.example = column.example or cell
            if len(cell) > column.longest:
                column.longest = len(cell)


def _name_sobject(state: State, found: Survey, prefixes: Counter[str]) -> None:
    """Tell the sObject by the prefixes of the Ids; without any that the org knows, by the file's name."""
    by_prefix = [state.catalog.by_prefix(prefix) for prefix, _ in prefixes.most_common()]
    named = _by_name(state, found.source.name)
    if named is not None and (named in by_prefix or not any(by_prefix)):
        known: SObject | None = named if named in by_prefix or not prefixes else None
    else:
        known = by_prefix[0] if by_prefix else None
    found.known = known
    found.sobject = known.name if known else PurePath(found.source.name).stem


def _by_name(state: State, file_name: str) -> SObject | None:
    """Find the sObject a file is named after: `Lead.csv`, `leads_2024.csv`, `export-Account (1).csv`."""
    words = [word.lower() for word in re.split(r"[^A-Za-z]+", PurePath(file_name).stem) if word]
    for sobject in state.catalog:
        if {sobject.name.lower(), sobject.label_plural.lower(), f"{sobject.name.lower()}s"} & set(words):
            return sobject
    return None


def _use_columns(found: Survey, sobject: SObject) -> None:
    labels = Counter(one.label.lower() for one in sobject.fields.values())
    by_label = {one.label.lower(): one for one in sobject.fields.values() if labels[one.label.lower()] == 1}
    taken: set[str] = set()
    for column in found.columns:
        known = sobject.fields.get(column.name.lower()) or by_label.get(column.name.lower())
        if known is not None:
            column.use, column.field = _use(known), known.name
        elif _CUSTOM.fullmatch(column.name) and len(column.name) <= _NAME_CHARACTERS:
            column.use, column.field = NEW, column.name[:-1] + "c"
        else:
            continue
        if column.field.lower() in taken:
            column.use = TWICE
        taken.add(column.field.lower())
    if found.id_place is None:
        found.id_place = next((one.place for one in found.columns if one.field == "Id" and one.use == KEEP), None)


def _use(known: Field) -> str:
    return SELF if not known.stored or known.name.lower() in WORKED_OUT else KEEP
