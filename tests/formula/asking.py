"""One schema, one record and short ways to ask, for the tests of the formula language."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from sfsync.formula import Blanks, EvalContext, FieldType, FormulaError, FormulaProblem, compile_formula

FIELDS: dict[str, FieldType] = {
    "Name": FieldType.of("string"),
    "Company": FieldType.of("string"),
    "Email": FieldType.of("email"),
    "Status": FieldType.of("picklist"),
    "Interests": FieldType.of("multipicklist"),
    "Amount": FieldType.of("currency"),
    "Employees": FieldType.of("int"),
    "Discount": FieldType.of("percent"),
    "IsHot": FieldType.of("boolean"),
    "Birthdate": FieldType.of("date"),
    "Renewal": FieldType.of("date"),
    "CreatedDate": FieldType.of("datetime"),
    "Modified": FieldType.of("datetime"),
    "Opens": FieldType.of("time"),
    "Owner.Name": FieldType.of("string"),
    "$Score": FieldType.of("number"),
}
NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def evaluate(
    source: str,
    record: Mapping[str, object] | None = None,
    *,
    blanks: str = "zeroes",
    zone: tzinfo = UTC,
    returns: str | None = None,
    fields: Mapping[str, FieldType] | None = None,
    **context: Any,
) -> Any:
    """Evaluate a formula on a record; `context` goes to EvalContext."""
    formula = compile_formula(
        source,
        FIELDS if fields is None else fields,
        returns=FieldType.of(returns) if returns else None,
        blanks=Blanks(blanks),
        rule=True,
    )
    return formula(record or {}, EvalContext(now=NOW, zone=zone, **context))


def failure(source: str, record: Mapping[str, object] | None = None, **more: Any) -> str:
    """Evaluate a formula that fails on a record, and give the reason."""
    outcome = evaluate(source, record, **more)
    assert isinstance(outcome, FormulaError), outcome
    return outcome.message


def problem(source: str, **more: Any) -> tuple[str, int]:
    """Compile a formula that is refused, and give message and column."""
    try:
        evaluate(source, **more)
    except FormulaProblem as refused:
        return refused.message, refused.column
    raise AssertionError(f"{source} was not refused")


def number(text: str) -> Decimal:
    """Give a number."""
    return Decimal(text)
