"""Closures that read a field out of a record, each checking that the value is of the field's type."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sfsync.formula.expression import Run
from sfsync.formula.numbers import CONTEXT, HUNDRED, ZERO, from_python
from sfsync.formula.problems import EvaluationFailed
from sfsync.formula.types import FieldType, Type, Value


def reader(name: str, kind: FieldType, *, zeroes: bool = False) -> Run:
    """Make the closure that reads a field; `zeroes` says that a blank number counts as 0."""
    match kind.type:
        case Type.NUMBER:
            return _number(name, kind.percent, ZERO if zeroes else None)
        case Type.BOOLEAN:
            return _boolean(name)
        case Type.DATE:
            return _instance(name, date)
        case Type.DATETIME:
            return _datetime(name)
        case Type.TIME:
            return _instance(name, time)
        case _:
            return _text(name)


def _wrong(name: str, value: object) -> EvaluationFailed:
    return EvaluationFailed(f"Field {name} holds {value!r}, which is not of its type")


def _text(name: str) -> Run:
    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if value.__class__ is str:
            return value or None
        if value is None:
            return None
        raise _wrong(name, value)

    return run


def _number(name: str, percent: bool, blank: Decimal | None) -> Run:
    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if value.__class__ is Decimal:
            return value
        return blank if value is None else from_python(value)

    def run_percent(record: Any, context: Any) -> Value:
        value = record.get(name)
        return blank if value is None else CONTEXT.divide(from_python(value), HUNDRED)

    return run_percent if percent else run


def _boolean(name: str) -> Run:
    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if value is True or value is False:
            return value
        if value is None:
            return False
        raise _wrong(name, value)

    return run


def _instance(name: str, wanted: type[date] | type[time]) -> Run:
    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if value is None or value.__class__ is wanted:
            return value
        raise _wrong(name, value)

    return run


def _datetime(name: str) -> Run:
    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if value is None or (value.__class__ is datetime and value.tzinfo is UTC):
            return value
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise _wrong(name, value)
        return value.astimezone(UTC)

    return run
