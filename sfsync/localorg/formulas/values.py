"""Between what columns hold and what formulas work on."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sfsync.formula import FormulaError, Value
from sfsync.localorg.sobject import NUMBERS, Field
from sfsync.localorg.values import Stored, stamp


def formula_value(field: Field, stored: Stored) -> Value:
    """Give a column's value as a formula sees it; ids have 15 characters there, as in Salesforce."""
    if field.type == "boolean":
        return bool(stored)
    if stored is None:
        return None
    if isinstance(stored, int):
        return Decimal(stored).scaleb(-field.scale) if field.type in NUMBERS else Decimal(stored)
    if field.type == "date":
        return date.fromisoformat(stored)
    if field.type == "datetime":
        return datetime.strptime(stored[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return stored[:15] if field.type in ("id", "reference") else stored


def stored_value(field: Field, value: Value | FormulaError) -> Stored:
    """Give a formula's result as a column would hold it; a failure shows as nothing."""
    if isinstance(value, FormulaError) or value is None:
        return 0 if field.type == "boolean" else None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        scaled = value.scaleb(field.scale if field.type in NUMBERS else 0)
        return int(scaled.to_integral_value()) if abs(scaled) < 10**18 else None
    if isinstance(value, datetime):
        return stamp(value) if field.type == "datetime" else value.date().isoformat()
    return value.isoformat() if not isinstance(value, str) else value
