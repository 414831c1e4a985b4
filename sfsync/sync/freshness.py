"""Bringing the mirror up to date before many changes are held against it, in place of reading each record."""

from collections.abc import Collection, Mapping, Sequence

from sfsync.mirror.entries import Call
from sfsync.records.change import Action, Change
from sfsync.records.values import Value
from sfsync.sync.context import Context, Target
from sfsync.sync.pull import Looked, look, pull
from sfsync.sync.readback import look_at
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


def held(
    context: Context, changes: Sequence[Change], known: bool, also: Sequence[str] = ()
) -> dict[str, Mapping[str, Value] | None]:  # fmt: skip
    """Give what the records of changes, all of one sObject, hold in the fields they name and some more, by id.

    As the mirror has them, where that is known to be up to date, or else the org; None of one that is gone.
    """
    found = _in_mirror(context, changes, also) if known else {}
    unknown = [change for change in changes if change.id not in found]
    if unknown:
        seen = zip(unknown, look_at(context, unknown, also), strict=True)
        found |= {str(change.id): values for change, values in seen}
    return found


def _in_mirror(
    context: Context, changes: Sequence[Change], also: Sequence[str]
) -> dict[str, Mapping[str, Value] | None]:  # fmt: skip
    """Give what the mirror has of records, by id; what is not there is left out."""
    fields = sorted({*also, *(part.field for change in changes for part in change.fields)})
    ids = [str(change.id) for change in changes]
    with context.mirror.reading() as books:
        found = books.records.records(changes[0].sobject, fields, ids=ids, deleted_too=True)
        return {record.id: None if record.deleted else record.fields for record in found}
