"""The decision table of the program: what a record holds, what is wanted of it, and so what has to change."""

from collections.abc import Iterable

from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import same


def compare(record: Record, decisions: Iterable[Decision], schema: SObject) -> Change | None:
    """Give the update that makes the record what its decisions want, or None where it is so already.

    Values are compared as Salesforce keeps them, so that a difference that would vanish on saving is none.
    """
    parts = []
    for decision in decisions:
        for name, wanted in decision.wanted.items():
            field = schema.find(name)
            kept = field.kept(wanted) if field else wanted
            present = record.fields.get(name)
            if not same(present, kept):
                parts.append(FieldChange(name, present, kept, decision.because))
    return Change(Action.UPDATE, record.sobject, record.id, tuple(parts)) if parts else None


def same_conclusion(one: Decision, other: Decision) -> bool:
    """Tell whether two decisions about a record come to the same.

    Two members of one pool count as the same: whose turn it is depends on other records.
    """
    pool = one.detail.get("pool")
    if pool is not None and (pool, one.detail.get("route")) == (other.detail.get("pool"), other.detail.get("route")):
        return True
    return one.wanted.keys() == other.wanted.keys() and all(
        same(value, other.wanted[name]) for name, value in one.wanted.items()
    )
