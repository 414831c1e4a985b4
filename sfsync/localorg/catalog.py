"""What sObjects and fields the org has: the shipped facts, plus fields and picklist values added while it runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sfsync.localorg.objects.read import shipped, with_children
from sfsync.localorg.sobject import AUDIT, NUMBERS, PICKLISTS, TEXTS, ChildRelationship, Field, PicklistValue, SObject

__all__ = ["NUMBERS", "PICKLISTS", "TEXTS", "Catalog", "ChildRelationship", "Field", "PicklistValue", "SObject"]


class Catalog:
    """The sObjects of one org, found by name in any case."""

    def __init__(self, sobjects: Mapping[str, SObject], lacks: frozenset[str] = frozenset()) -> None:
        self._sobjects = dict(sobjects)  # by lower-case name
        self.lacks = lacks  # the permissions that the user who sees it so has not
        self.version = 0  # grows with each addition, so that plans made from the catalog can be kept

    @classmethod
    def shipped(cls, without: frozenset[str] = frozenset()) -> "Catalog":
        """Give the catalog of a fresh org, without the sObjects of these (lower-case) names."""
        return cls(shipped(without))

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._sobjects.values())

    def sobject(self, name: str) -> SObject | None:
        """Find an sObject by name, None where the org has none of that name."""
        return self._sobjects.get(name.lower())

    def by_prefix(self, prefix: str) -> SObject | None:
        """Find the sObject whose record ids start with these three characters."""
        return next((one for one in self if one.key_prefix == prefix), None)

    def field(self, sobject: str, name: str) -> Field | None:
        """Find a field by sObject and field name, None where either is unknown."""
        found = self.sobject(sobject)
        return found.fields.get(name.lower()) if found else None

    def add_field(self, sobject: str, added: Field) -> None:
        """Add or replace one field; `State.add_field` also keeps it and makes its column."""
        old = self._sobjects[sobject.lower()]
        key = added.name.lower()
        hidden = {name: one for name, one in old.hidden.items() if name != key}
        self._put(old, {**old.fields, key: added}, hidden)

    def take_field(self, sobject: str, name: str, gone: bool) -> None:
        """Take a field out of clients' sight, or (`gone`) out of the org; one that is not there stays so."""
        old, key = self._sobjects[sobject.lower()], name.lower()
        taken = old.known.get(key)
        if taken is None:
            return
        fields = {one: field for one, field in old.fields.items() if one != key}
        hidden = {one: field for one, field in old.hidden.items() if one != key}
        self._put(old, fields, hidden if gone else {**hidden, key: taken})

    def _put(self, old: SObject, fields: Mapping[str, Field], hidden: Mapping[str, Field]) -> None:
        changed = replace(old, fields=MappingProxyType({**fields}), hidden=MappingProxyType({**hidden}))
        self._sobjects[old.name.lower()] = changed
        self._sobjects = with_children(self._sobjects)
        self.version += 1

    def open_stamps(self) -> None:
        """Let new records bring audit stamps of their own, those that hold an org's data."""
        for sobject in [one for one in self if one.createable and one.undeletable]:
            for field in [one for one in sobject.fields.values() if one.name in AUDIT]:
                self.add_field(sobject.name, replace(field, createable=True))

    def add_picklist_value(self, sobject: str, name: str, value: PicklistValue) -> None:
        """Add a value at the end of a picklist, or replace the one of the same value."""
        old = self._sobjects[sobject.lower()].fields[name.lower()]
        kept = tuple(one for one in old.picklist if one.value != value.value)
        self.add_field(sobject, replace(old, picklist=(*kept, value)))

    def set_picklist(self, sobject: str, name: str, values: Sequence[PicklistValue]) -> None:
        """Put values in place of all that a picklist has."""
        old = self._sobjects[sobject.lower()].fields[name.lower()]
        default = next((one.value for one in values if one.default), None)
        self.add_field(sobject, replace(old, picklist=tuple(values), default_value=default))
