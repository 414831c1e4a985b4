"""How a record stands to a change that is to be made on it."""

from collections.abc import Mapping
from enum import Enum

from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.values import Value, same, to_text

NOT_SEEN = "the record is no longer in the org, or no longer visible"


class Standing(Enum):
    """What a look at the record says of the change."""

    AS_PLANNED = "as planned"  # it holds what the change expects
    ALREADY_SO = "already so"  # it holds what the change wants
    CHANGED = "changed"  # somebody else changed it since
    GONE = "gone"  # it is not to be seen


def check(change: Change, present: Mapping[str, Value] | None) -> tuple[Standing, str]:
    """Hold a change against what its record holds now (None: not to be seen); with words where it must not be made."""
    deleting = change.action is Action.DELETE
    if present is None:
        gone = Standing.ALREADY_SO if deleting else Standing.GONE
        return gone, NOT_SEEN
    unseen = [part.field for part in change.fields if part.field not in present]
    if unseen:
        return Standing.CHANGED, f"{change.sobject} no longer has a field {unseen[0]}, or it is no longer visible"
    if not deleting and all(same(present[part.field], part.after) for part in change.fields):
        return Standing.ALREADY_SO, ""
    for part in change.fields:
        if not expected(part, present[part.field], deleting):
            now, planned = to_text(present[part.field]) or "empty", to_text(part.before) or "empty"
            return Standing.CHANGED, f"{part.field} is {now} in the org, the plan found {planned}"
    return Standing.AS_PLANNED, ""


def expected(part: FieldChange, now: Value, deleting: bool) -> bool:
    """Tell whether a field holds what its part of a change expects to find, or wants, where the record is to stay."""
    return same(now, part.before) or (not deleting and same(now, part.after))
