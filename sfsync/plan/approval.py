"""What may be applied without a person: so many records of an sObject, by the fields that change."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sfsync.records.change import Action, Change

Allowances = Mapping[tuple[str, str], int | None]
"""How many records, by sObject and field in lower case (`create`, `delete`, `*` for every field); None: any number."""


def beyond_allowance(changes: Iterable[Change], allowed: Allowances) -> list[str]:
    """Say what goes beyond what is allowed, a line for each field; empty where all is within."""
    counted = Counter(what for change in changes for what in _kinds(change))
    found = []
    for (sobject, name), records in sorted(counted.items()):
        most = _most(allowed, sobject.lower(), name.lower())
        if most is not None and records > most:
            found.append(f"{sobject}.{name} of {records:,} records, {most:,} allowed")
    return found


def _kinds(change: Change) -> set[tuple[str, str]]:
    if change.action is not Action.UPDATE:
        return {(change.sobject, change.action.value)}
    return {(change.sobject, part.field) for part in change.fields}


def _most(allowed: Allowances, sobject: str, name: str) -> int | None:
    if (sobject, name) in allowed:
        return allowed[sobject, name]
    every = name not in (Action.CREATE.value, Action.DELETE.value)
    return allowed.get((sobject, "*"), 0) if every else 0
