"""A criterion is asked of many records at once, and of one, with the same outcome."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sfsync.formula import EvalContext, FormulaError, compile_formula
from tests.formula.asking import FIELDS, NOW

CONTEXT = EvalContext(now=NOW)
CRITERION = (
    'AND(ISPICKVAL(status, "Open"), Amount > 1000000, CONTAINS(LOWER(Company), "inc"),'
    " TODAY() - DATEVALUE(CreatedDate) <= 30)"
)
LEAD = {
    "Status": "Open",
    "Amount": Decimal(2_000_000),
    "Company": "Acme Inc.",
    "CreatedDate": datetime(2026, 2, 20, tzinfo=UTC),
}


def test_a_lead_criterion_holds_for_the_lead_it_describes_and_for_no_other() -> None:
    """Each condition counts, and blanks never satisfy one."""
    criterion = compile_formula(CRITERION, FIELDS)
    others = [
        {**LEAD, "Status": "open"},
        {**LEAD, "Amount": 1_000_000},
        {**LEAD, "Company": "Acme GmbH"},
        {**LEAD, "CreatedDate": NOW - timedelta(days=31)},
        *({key: value for key, value in LEAD.items() if key != left_out} for left_out in LEAD),
        {},
    ]
    assert criterion.select([LEAD, *others, LEAD], CONTEXT) == [LEAD, LEAD]
    assert [criterion(record, CONTEXT) for record in (LEAD, *others)] == [True, *[False] * len(others)]


def test_a_record_on_which_the_criterion_fails_is_left_out_and_the_others_are_not() -> None:
    """One bad record does not spoil a selection; asked by itself it says why."""
    criterion = compile_formula("AND(Amount > 0, 10 / Employees > 1)", FIELDS)
    good, bad = {"Amount": 1, "Employees": 2}, {"Amount": 1, "Employees": 0}
    assert criterion.select([bad, good, bad, good, bad], CONTEXT) == [good, good]
    assert criterion(bad, CONTEXT) == FormulaError("Division by zero")


_RECORDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "Name": st.sampled_from(["", "a", "b", None]),
            "Status": st.sampled_from(["Open", "New", None]),
            "Amount": st.sampled_from([0, 1, Decimal("2.5"), None]),
            "IsHot": st.booleans(),
        },
    ),
    max_size=8,
)
_CONDITIONS = st.sampled_from(
    [
        'Name = "a"',
        '"a" = Name',
        'Name <> "a"',
        'ISPICKVAL(Status, "Open")',
        'ISPICKVAL(Status, "")',
        "Amount > 1",
        "1 / Amount > 0.5",
        "IsHot",
        "NOT(IsHot)",
        "Amount = NULL",
        'AND(Name = "a", IsHot)',
        "OR(IsHot, Amount > 1)",
    ]
)


@given(st.lists(_CONDITIONS, min_size=1, max_size=6), _RECORDS)
def test_selecting_comes_to_the_same_as_asking_one_by_one(
    conditions: list[str], records: list[dict[str, object]]
) -> None:
    """However an AND is put together, the quick ways give what the plain way gives."""
    criterion = compile_formula(f"AND({', '.join(conditions)})", FIELDS)
    one_by_one = [record for record in records if criterion(record, CONTEXT) is True]
    assert criterion.select(records, CONTEXT) == one_by_one
    chained = compile_formula(" && ".join(conditions), FIELDS)
    assert chained.select(records, CONTEXT) == one_by_one
