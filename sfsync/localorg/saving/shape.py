"""What saving needs to know of an sObject, worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sfsync.localorg.sobject import TEXTS, Field, SObject
from sfsync.localorg.values import Stored


@dataclass(frozen=True, slots=True)
class Shape:
    """Fields of an sObject by their part in saving."""

    required: tuple[Field, ...]  # a record cannot be without them
    references: tuple[Field, ...]
    unique: tuple[Field, ...]
    picklists: Mapping[str, Field]  # those with a list, by name
    createable: frozenset[str]
    updateable: frozenset[str]
    lengths: Mapping[str, int]  # of the texts of which nothing but the length can be wrong
    relations: Mapping[str, Field]  # reference fields by lower-case relationship name
    defaults: Mapping[str, Stored]  # a new record, complete, before anything is given
    person: bool  # Name is put together from FirstName and LastName
    owned: bool
    created_stamps: tuple[str, ...]
    modified_stamps: tuple[str, ...]


@lru_cache(maxsize=256)
def shape_of(sobject: SObject) -> Shape:
    """Give the shape of an sObject."""
    fields = sobject.columns
    names = {one.name for one in fields}
    name_field = sobject.fields.get("name")
    owner = sobject.fields.get("ownerid")
    return Shape(
        required=tuple(one for one in fields if not one.nillable and one.createable and one.type != "boolean"),
        references=tuple(one for one in fields if one.type == "reference"),
        unique=tuple(one for one in fields if one.unique),
        picklists={one.name: one for one in fields if one.picklist},
        createable=frozenset(one.name for one in fields if one.createable),
        updateable=frozenset(one.name for one in fields if one.updateable),
        lengths={one.name: one.length for one in fields if _only_length_counts(one)},
        relations={one.relationship_name.lower(): one for one in fields if one.relationship_name},
        defaults={one.name: _default(one) for one in fields},
        person=name_field is not None and name_field.extra == "personname",
        owned=owner is not None and owner.createable,
        created_stamps=tuple(one for one in ("CreatedDate", "CreatedById") if one in names),
        modified_stamps=tuple(
            one for one in ("LastModifiedDate", "LastModifiedById", "SystemModstamp") if one in names
        ),
    )


def _only_length_counts(field: Field) -> bool:
    return field.type in TEXTS and field.type != "email" and not field.restricted


def _default(field: Field) -> Stored:
    if field.type == "boolean":
        return int(field.default_value is True)
    return field.default_value if isinstance(field.default_value, str) else None
