"""Bringing the mirror up to date before many changes are held against it, in place of reading each record."""

from collections.abc import Collection

from sfsync.mirror.entries import Call
from sfsync.records.change import Action
from sfsync.sync.context import Context, Target
from sfsync.sync.pull import pull


def brought_up_to_date(context: Context, run: int, call: Call, fields: Collection[str]) -> bool:
    """Pull what moved of an sObject; gives whether the mirror tells how its records stand to changes of these fields.

    It does not where it lacks a field, or never was complete; then nothing is pulled. Creates have no records yet.
    """
    if call.action is Action.CREATE:
        return False
    with context.mirror.reading() as books:
        pulled = books.schemas.pulled(call.sobject)
        complete = books.watermarks.get(call.sobject) is not None
    if not complete or not set(fields) <= set(pulled):
        return False
    pull(context, [Target(call.sobject, pulled)], full=False, run=run)
    return True
