"""Promises of criteria: a field, an operation, a value."""

from datetime import UTC, datetime

import pytest

from sfsync.formula import EvalContext
from sfsync.localorg.rules.criteria import Criterion
from sfsync.localorg.rules.criteria import test_of as made_of
from sfsync.localorg.sobject import Field

NOW = EvalContext(datetime(2026, 11, 24, 12, tzinfo=UTC))
TEXT, NUMBER = Field("City", "City", "string"), Field("Amount", "Amount", "currency", precision=18, scale=2)
MANY, DAY = Field("Tags__c", "Tags", "multipicklist"), Field("Due__c", "Due", "date")


@pytest.mark.parametrize(
    ("field", "operation", "value", "fits", "does_not"),
    [
        (TEXT, "equals", "Paris, Rome", ["paris", "rome"], ["", "par"]),
        (TEXT, "equals", '"Paris, Texas", Rome', ["paris, texas", "rome"], ["paris"]),
        (TEXT, "equals", "", [""], ["paris"]),
        (TEXT, "notEqual", "Paris,Rome", ["", "oslo"], ["paris", "rome"]),
        (TEXT, "notEqual", "", ["paris"], [""]),
        (TEXT, "contains", "ar,om", ["paris", "rome"], ["oslo", ""]),
        (TEXT, "notContain", "ar,om", ["oslo", ""], ["paris", "rome"]),
        (TEXT, "startsWith", "par", ["paris"], ["rome", ""]),
        (NUMBER, "greaterThan", "9.5", ["10", "9.51"], ["9.5", "9", ""]),
        (NUMBER, "lessOrEqual", "9.5", ["9.5", "-3"], ["10", ""]),
        (NUMBER, "equals", "9.50", ["9.5"], ["9", ""]),
        (MANY, "includes", "a,b", ["a", "b;c"], ["c", "", "ab"]),
        (MANY, "excludes", "a,b", ["c", ""], ["a", "b;c"]),
        (MANY, "equals", "b;a", ["a;b"], ["a", "a;b;c"]),
        (DAY, "equals", "TODAY", ["2026-11-24"], ["2026-11-23", ""]),
        (DAY, "greaterThan", "11/24/2026", ["2026-11-25"], ["2026-11-24", ""]),
        (DAY, "lessThan", "2026-11-24", ["2026-11-23"], ["2026-11-24", ""]),
        (DAY, "equals", "LAST 7 DAYS", ["2026-11-17", "2026-11-24"], ["2026-11-16", "2026-11-25"]),
        (DAY, "equals", "next month", ["2026-12-01", "2026-12-31"], ["2026-11-30", "2027-01-01"]),
        (DAY, "notEqual", "", ["2026-11-24"], [""]),
    ],
)
def test_a_criterion_fits_what_setup_says_it_fits(
    field: Field, operation: str, value: str, fits: list[str], does_not: list[str]
) -> None:
    """Commas mean "or", case means nothing, blank is a value, numbers compare as numbers and days as days."""
    test = made_of(field, Criterion(field.name, operation, value))
    assert [one for one in fits if not test([one], NOW)] == []
    assert [one for one in does_not if test([one], NOW)] == []


def test_an_operation_that_setup_does_not_have_is_refused() -> None:
    """The words list those it has."""
    with pytest.raises(ValueError, match="'like' is not one of equals, notEqual"):
        Criterion.of({"field": "City", "operation": "like", "value": "x"})
