"""What a name in a formula leads to: a field of the record, of a parent, of the user who asks, or of the org."""

from collections.abc import Iterator
from dataclasses import dataclass

from sfsync.formula import FieldType, Type
from sfsync.localorg.catalog import Catalog, Field, SObject

RECORD, USER, ORGANIZATION, PERMISSION = "record", "$User", "$Organization", "$Permission"
CAMPAIGN = "campaign"  # the one that a lead became a member of last
_GLOBALS = {  # the global's name to where its path starts and what stands before the rest of it
    "$user": (USER, ()),
    "$profile": (USER, ("Profile",)),
    "$userrole": (USER, ("UserRole",)),
    "$organization": (ORGANIZATION, ()),
    "$recordtype": (RECORD, ("RecordType",)),
}
_TYPES = {"long": "number", "address": ""}


@dataclass(frozen=True, slots=True)
class Step:
    """One reference on the way to a parent."""

    reference: str  # the field's name
    targets: tuple[str, ...]  # sObjects the parent may be of, those that have what is asked


@dataclass(frozen=True, slots=True)
class Path:
    """Where the value of a name lies."""

    name: str  # as the catalog spells it
    start: str  # RECORD, USER, ORGANIZATION, PERMISSION or, in criteria of leads, CAMPAIGN
    steps: tuple[Step, ...]
    field: Field


def find_path(catalog: Catalog, sobject: SObject, name: str) -> Path | None:
    """Find what a name written in a formula on an sObject leads to, None where nothing is there."""
    parts = name.split(".")
    head = parts[0].lower()
    if head == "$permission" and len(parts) == 2:
        return Path(f"$Permission.{parts[1]}", PERMISSION, (), Field(parts[1], parts[1], "boolean"))
    if head.startswith("$"):
        start, before = _GLOBALS.get(head, ("", ()))
        owner = {USER: catalog.sobject("User"), ORGANIZATION: catalog.sobject("Organization")}.get(start, sobject)
        found = _walk(catalog, owner, [*before, *parts[1:]]) if start and owner and len(parts) > 1 else None
        return None if found is None else Path(f"{parts[0]}.{found.name}", start, found.steps, found.field)
    found = _walk(catalog, sobject, parts)
    if found is None and len(parts) > 1 and head == sobject.name.lower():
        return _walk(catalog, sobject, parts[1:])
    return found


def _walk(catalog: Catalog, sobject: SObject, parts: list[str]) -> Path | None:
    owners: tuple[SObject, ...] = (sobject,)
    steps: list[Step] = []
    names: list[str] = []
    for part in parts[:-1]:
        relationship, _, kind = part.partition(":")  # `Owner:User.Email` names the kind of parent
        reference = next((one for owner in owners if (one := _reference(owner, relationship))), None)
        if reference is None:
            return None
        owners = tuple(_targets(catalog, reference, kind))
        steps.append(Step(reference.name, tuple(one.name for one in owners)))
        names.append((reference.relationship_name or relationship) + (f":{kind}" if kind else ""))
    having = [one for one in owners if parts[-1].lower() in one.known]
    if not having:
        return None
    if steps:
        steps[-1] = Step(steps[-1].reference, tuple(one.name for one in having))
    field = having[0].known[parts[-1].lower()]
    return Path(".".join([*names, field.name]), RECORD, tuple(steps), field)


def _reference(owner: SObject, relationship: str) -> Field | None:
    wanted = relationship.lower()
    return next((one for one in owner.known.values() if (one.relationship_name or "").lower() == wanted), None)


def _targets(catalog: Catalog, reference: Field, kind: str) -> Iterator[SObject]:
    for name in reference.reference_to:
        found = catalog.sobject(name)
        if found is not None and kind.lower() in ("", name.lower(), "queue" if name == "Group" else ""):
            yield found


class RecordFields:
    """The schema of formulas on an sObject, for the compiler of formulas."""

    def __init__(self, catalog: Catalog, sobject: SObject) -> None:
        self._catalog = catalog
        self._sobject = sobject
        self.paths: dict[str, Path] = {}  # what was found so far, by the catalog's spelling

    def find(self, name: str) -> tuple[str, FieldType] | None:
        """Give a field's own name and type, None where there is none that formulas can read."""
        path = find_path(self._catalog, self._sobject, name)
        kind = None if path is None else type_of(path.field, nested=not path.steps and path.start == RECORD)
        if path is None or kind is None:
            return None
        self.paths[path.name] = path
        return path.name, kind


def type_of(field: Field, nested: bool = False) -> FieldType | None:
    """Give the type a field has in formulas; `nested` lets a formula field be compiled in place."""
    try:
        made = FieldType.of(_TYPES.get(field.type, field.type), scale=field.scale)
    except KeyError:
        return None
    values = tuple(one.value for one in field.picklist) if made.type is Type.MULTIPICKLIST and field.picklist else None
    formula = field.formula if nested else None
    zeroes = None if formula is None else field.blanks != "blanks"
    return FieldType(made.type, made.percent, made.scale, formula, values, zeroes)
