"""Runs a file of formula cases: a JSON object a line in, a JSON object a line out."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sfsync.cli.formula_values import from_text, to_plain, vtype
from sfsync.formula import Blanks, EvalContext, FieldType, FormulaError, FormulaProblem, compile_formula

Answer = dict[str, object]


def answers(lines: Iterable[str], now: datetime) -> Iterator[Answer]:
    """Answer every case of a file, in order; a line that is no case is answered with an error."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer(line, number, now)


def _answer(line: str, number: int, now: datetime) -> Answer:
    try:
        case = json.loads(line)
    except ValueError:
        return _error(None, f"line {number} is not a JSON object")
    if not isinstance(case, dict) or not isinstance(case.get("formula"), str):
        return _error(None, f"line {number} has no formula")
    try:
        return _evaluate(case, now)
    except FormulaProblem as problem:
        return _error(case.get("id"), str(problem))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return _error(case.get("id"), f"line {number} is not a case: {error}")


def _evaluate(case: Mapping[str, Any], now: datetime) -> Answer:
    fields = {name: _field_type(field) for name, field in (case.get("fields") or {}).items()}
    formula = compile_formula(
        case["formula"],
        fields,
        returns=_type_named(case["return_type"]) if case.get("return_type") else None,
        blanks=Blanks(case.get("blank_mode") or "zeroes"),
        rule=bool(case.get("rule")),
    )
    context = EvalContext(
        now=now,
        zone=ZoneInfo(case.get("user_timezone") or "GMT"),
        is_new=bool(case.get("is_new")),
        is_clone=bool(case.get("is_clone")),
        prior=None if case.get("prior") is None else _record(fields, case["prior"]),
    )
    value = formula(_record(fields, case.get("inputs") or {}), context)
    if isinstance(value, FormulaError):
        return _error(case.get("id"), str(value))
    return {"id": case.get("id"), "status": "ok", "vtype": vtype(value), "value": to_plain(value), "message": None}


def _field_type(field: Mapping[str, Any]) -> FieldType:
    values = field.get("values")
    kind = _type_named(field["type"], scale=field.get("scale"), formula=field.get("formula"))
    return FieldType(kind.type, kind.percent, kind.scale, kind.formula, tuple(values) if values else None)


def _type_named(name: str, *, scale: int | None = None, formula: str | None = None) -> FieldType:
    try:
        return FieldType.of(name, scale=scale, formula=formula)
    except KeyError:
        raise ValueError(f"{name} is no type of field that formulas read") from None


def _record(fields: Mapping[str, FieldType], inputs: Mapping[str, object]) -> dict[str, object]:
    spelled = {name.lower(): name for name in fields}
    named = {spelled[name.lower()]: value for name, value in inputs.items() if name.lower() in spelled}
    return {name: _value(name, fields[name], value) for name, value in named.items()}


def _value(name: str, kind: FieldType, value: object) -> object:
    try:
        return from_text(kind, value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _error(case_id: object, message: str) -> Answer:
    return {"id": case_id, "status": "error", "vtype": "null", "value": None, "message": message}


def write(found: Iterable[Answer], echo: Callable[[str], object]) -> int:
    """Print answers, a line each; gives how many belong to no case."""
    strays = 0
    for answer in found:
        echo(json.dumps(answer))
        strays += answer["id"] is None and answer["status"] == "error"
    return strays
