"""Bringing the mirror up to date before many changes are held against it, in place of reading each record."""

from collections.abc import Collection

from sfsync.mirror.entries import Call
from sfsync.records.change import Action
from sfsync.sync.context import Context, Target
from sfsync.sync.pull import Looked, look, pull
from sfsync.sync.under_way import UnderWay


def look_ahead(context: Context, sobject: str) -> UnderWay[Looked]:
    """Begin to look what moved of an sObject, as `brought_up_to_date` will do, while something else is done."""

    def looked() -> Looked:
        target = _mirrored(context, sobject)
        return Looked(frozenset(), context.clock.now(), {}) if target is None else look(context, [target])

    return UnderWay(looked).start()


def brought_up_to_date(
    context: Context, run: int, call: Call, fields: Collection[str], ahead: UnderWay[Looked] | None = None
) -> bool:
    """Pull what moved of an sObject; gives whether the mirror tells how its records stand to changes of these fields.

    It does not where it lacks a field, or never was complete; then nothing is pulled. Creates have no records yet.
    `ahead` is a look that was begun just before. Raises the OrgError that stopped either.
    """
    if call.action is Action.CREATE:
        return False
    target = _mirrored(context, call.sobject)
    if target is None or not set(fields) <= set(target.fields):
        return False
    looked = ahead.answer() if ahead is not None else None
    fitting = looked if looked is not None and call.sobject in looked.sobjects else None
    pull(context, [target], full=False, run=run, looked=fitting)
    return True


def _mirrored(context: Context, sobject: str) -> Target | None:
    """Give an sObject with the fields that are pulled of it; None where the mirror never was complete."""
    with context.mirror.reading() as books:
        complete = books.watermarks.get(sobject) is not None
        return Target(sobject, books.schemas.pulled(sobject)) if complete else None
