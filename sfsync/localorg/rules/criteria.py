"""One criterion of a rule: a field, an operation and a value, as Setup has them.

A comma in a value means "or", text in double quotes keeps its commas. Texts are compared without case. Fields that
point at other records are compared by those records' names (a queue's, a person's, a record type's) or by id.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sfsync.formula import EvalContext
from sfsync.localorg.rules.relative_days import days_of
from sfsync.localorg.sobject import NUMBERS, Field
from sfsync.localorg.values import Stored, plain

OPERATIONS = (
    *("equals", "notEqual", "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual"),
    *("contains", "notContain", "startsWith", "includes", "excludes"),
)
Test = Callable[[list[str], EvalContext], bool]  # from what the field shows as (text, and an id's name) to yes or no


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion, read but not yet tied to a field."""

    field: str  # "Lead.Country", "Country", "Account.Industry", "User.ProfileId"
    operation: str
    value: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> "Criterion":
        """Read `{"field", "operation"[, "value"]}`. Raises ValueError with words for people."""
        operation = str(facts.get("operation", ""))
        if operation not in OPERATIONS:
            raise ValueError(f"the operation {operation!r} is not one of {', '.join(OPERATIONS)}")
        value = facts.get("value")
        return cls(str(facts.get("field", "")), operation, "" if value is None else str(value))


def split_values(text: str) -> list[str]:
    """Give the values between commas, in lower case; blank where there is none."""
    found = next(csv.reader([text.replace("\n", " ")], skipinitialspace=True), [])
    return [one.strip().lower() for one in found] or [""]


def shown(field: Field, stored: Stored) -> str:
    """Give a value as criteria see it, in lower case; blank for null."""
    if field.type == "boolean":
        return "true" if stored else "false"
    if isinstance(stored, int) and field.type in NUMBERS:
        return plain(stored, field.scale).removesuffix(".0")
    return "" if stored is None else str(stored).lower()


def test_of(field: Field, criterion: Criterion) -> Test:
    """Make the test of a criterion on a field; it is given all the names the value goes by."""
    values = split_values(criterion.value)
    operation = criterion.operation
    if field.type in ("date", "datetime"):
        return _day_test(operation, criterion.value)
    if field.type == "multipicklist" and operation in ("includes", "excludes", "equals", "notEqual"):
        return _choices_test(operation, values)
    if operation in ("notEqual", "notContain", "excludes"):
        opposite = {"notEqual": "equals", "notContain": "contains", "excludes": "includes"}[operation]
        single = _SINGLE[opposite]
        return lambda have, context: not any(single(one, value) for one in have for value in values)
    single = _SINGLE[operation]
    return lambda have, context: any(single(one, value) for one in have for value in values)


def _choices_test(operation: str, values: list[str]) -> Test:
    """Make the test of a multi-select picklist."""
    wanted = {part.strip() for one in values for part in one.split(";")} - {""}
    negated = operation in ("excludes", "notEqual")

    def test(have: list[str], context: EvalContext) -> bool:
        chosen = {part for one in have for part in one.split(";")} - {""}
        holds = chosen == wanted if operation in ("equals", "notEqual") else bool(chosen & wanted)
        return holds is not negated

    return test


def _day_test(operation: str, value: str) -> Test:
    """Make the test of a date; a point in time counts by its day in UTC."""

    def test(have: list[str], context: EvalContext) -> bool:
        if not value.strip() or not have[0]:
            return operation in ("equals", "notEqual") and (value.strip() == have[0]) == (operation == "equals")
        first, last = days_of(value, context.today)
        day = date.fromisoformat(have[0][:10])
        return {
            "equals": first <= day <= last,
            "notEqual": not first <= day <= last,
            "lessThan": day < first,
            "greaterThan": day > last,
            "lessOrEqual": day <= last,
            "greaterOrEqual": day >= first,
        }.get(operation, False)

    return test


def _ordered(have: str, value: str) -> int:
    """Order two values: as numbers where both are, else as text; -1, 0 or 1."""
    try:
        left, right = Decimal(have), Decimal(value)
    except InvalidOperation:
        return (have > value) - (have < value)
    return (left > right) - (left < right)


_SINGLE: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda have, value: have == value or (have != "" and _ordered(have, value) == 0),
    "lessThan": lambda have, value: have != "" and _ordered(have, value) < 0,
    "greaterThan": lambda have, value: have != "" and _ordered(have, value) > 0,
    "lessOrEqual": lambda have, value: have != "" and _ordered(have, value) <= 0,
    "greaterOrEqual": lambda have, value: have != "" and _ordered(have, value) >= 0,
    "contains": lambda have, value: value in have,
    "startsWith": lambda have, value: have.startswith(value),
    "includes": lambda have, value: value in have.split(";"),
}
