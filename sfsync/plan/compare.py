"""The decision table of the program: what a record holds, what is wanted of it, and so what has to change."""

from collections.abc import Iterable, Mapping

from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import Value, as_kept, same


def compare(record: Record, decisions: Iterable[Decision], schema: SObject) -> Change | None:
    """Give the update that makes the record what its decisions want, or None where it is so already.

    Values are compared as Salesforce keeps them, so that a difference that would vanish on saving is none.
    """
    parts = []
    for decision in decisions:
        for name, wanted in decision.wanted.items():
            field = schema.find(name)
            kept = as_kept(field.type, wanted) if field else wanted
            present = record.fields.get(name)
            if not same(present, kept):
                parts.append(FieldChange(name, present, kept, decision.because))
    return Change(Action.UPDATE, record.sobject, record.id, tuple(parts)) if parts else None


def still_taken(decision: Decision, taken: Mapping[str, Value]) -> bool:
    """Tell whether a decision is the one a baseline took as carried out, so that nothing is to be done for it."""
    return decision.wanted.keys() == taken.keys() and all(same(decision.wanted[name], taken[name]) for name in taken)
