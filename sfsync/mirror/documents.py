"""Changes, decisions and conflicts as JSON, with every value's kind kept.

Text, flags, whole numbers and null stand for themselves; any other value is a list of its kind and its text, such as
["number", "12.50"].
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sfsync.plan.conflicts import Conflict
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.decision import Decision
from sfsync.records.values import Kind, Stored, Value, from_text, to_text

_KINDS: tuple[tuple[type, Kind], ...] = (  # in this order: a flag is an int, a datetime is a date
    (bool, Kind.BOOLEAN),
    (int, Kind.INTEGER),
    (Decimal, Kind.NUMBER),
    (datetime, Kind.DATETIME),
    (date, Kind.DATE),
    (time, Kind.TIME),
)

_ACTIONS = {action.value: action for action in Action}


def kind_of_value(value: Value) -> Kind:
    """Give the kind a value is of by itself; null is text."""
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), Kind.TEXT)


def value_document(value: Value) -> Any:
    """Give a value's JSON form."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return [kind_of_value(value).value, to_text(value)]


def document_value(document: Any) -> Value:
    """Give the value a JSON form stands for."""
    if isinstance(document, list):
        return from_text(Kind(document[0]), document[1])
    return document  # type: ignore[no-any-return]


def change_document(change: Change) -> dict[str, Any]:
    """Give a change's JSON form."""
    return {
        "action": change.action.value,
        "sobject": change.sobject,
        "id": change.id,
        "fields": [
            [part.field, value_document(part.before), value_document(part.after), list(part.because)]
            for part in change.fields
        ],
        "because": list(change.because),
        "key": change.key,
        "key_field": change.key_field,
        "row": change.row,
    }


def document_change(document: Mapping[str, Any], record_id: str | None) -> Change:
    """Give the change a JSON form stands for, on the record it turned out to be."""
    fields = [
        FieldChange(field, document_value(before), document_value(after), tuple(because))
        for field, before, after, because in document["fields"]
    ]
    return Change(
        _ACTIONS[document["action"]], document["sobject"], record_id, tuple(fields), tuple(document["because"]),
        document["key"], document["key_field"], document["row"],
    )  # fmt: skip


def expected(document: Mapping[str, Any], held: Mapping[str, Stored]) -> dict[str, Value] | None:
    """Give what a change writes, as its JSON form says, where a record holds just what the change expects to find.

    None where it may not, or nothing would change: that takes a closer look. Dates and times come as their text.
    """
    differs = False
    for field, before, after, _ in document["fields"]:
        if field not in held or held[field] != _bare(before):
            return None
        differs = differs or before != after
    return {field: _bare(after) for field, _, after, _ in document["fields"]} if differs else None


def _bare(value: Any) -> Any:
    """Give what a JSON form of a value holds: a number, or the text that stands for it."""
    if isinstance(value, list):
        return Decimal(value[1]) if value[0] == Kind.NUMBER.value else value[1]
    return value


def written_parts(document: Mapping[str, Any]) -> list[tuple[str, Value, Sequence[str]]]:
    """Give what a change's JSON form says is written: fields, what they hold then, and why."""
    whole = document["because"]
    return [(field, document_value(after), because or whole) for field, _, after, because in document["fields"]]


def decision_document(decision: Decision) -> dict[str, Any]:
    """Give the JSON form of what a decision says; whom it is about is kept beside it."""
    return {
        "wanted": {field: value_document(value) for field, value in decision.wanted.items()},
        "because": list(decision.because),
        "detail": dict(decision.detail),
        "tried": list(decision.tried),
    }


def document_decision(sobject: str, record_id: str, topic: str, document: Mapping[str, Any]) -> Decision:
    """Give the decision a JSON form stands for."""
    return Decision(
        sobject=sobject,
        id=record_id,
        topic=topic,
        wanted={field: document_value(value) for field, value in document["wanted"].items()},
        because=tuple(document["because"]),
        detail=document["detail"],
        tried=tuple(document["tried"]),
    )


def conflict_document(conflict: Conflict) -> list[Any]:
    """Give a conflict's JSON form."""
    sides = [value_document(one) for one in (conflict.base, conflict.org, conflict.ours, conflict.at)]
    named = [conflict.sobject, conflict.id, conflict.field]
    return [*named, *sides, list(conflict.because), conflict.by, conflict.rounds]


def document_conflict(document: Sequence[Any]) -> Conflict:
    """Give the conflict a JSON form stands for."""
    sobject, record_id, field, *sides, because, by, rounds = document
    base, org, ours, at = map(document_value, sides)
    assert isinstance(at, datetime)
    return Conflict(sobject, record_id, field, base, org, ours, tuple(because), at, by, rounds)
