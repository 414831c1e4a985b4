"""A criterion compiles once and answers for records."""

from datetime import UTC, datetime
from decimal import Decimal

from sfsync.formula import EvalContext, FieldType, compile_formula

NOW = EvalContext(now=datetime(2026, 3, 1, 12, tzinfo=UTC))
LEAD = {
    "Status": FieldType.of("picklist"),
    "AnnualRevenue": FieldType.of("currency"),
    "Company": FieldType.of("string"),
    "CreatedDate": FieldType.of("datetime"),
}


def test_a_lead_criterion_is_true_for_the_lead_it_describes_and_false_for_others():
    """Picklist, number, text and date conditions work together, and the fields read are named."""
    source = (
        'AND(ISPICKVAL(status, "Open"), AnnualRevenue > 1000000, CONTAINS(LOWER(Company), "inc"),'
        " TODAY() - DATEVALUE(CreatedDate) <= 30)"
    )
    criterion = compile_formula(source, LEAD)
    lead = {
        "Status": "Open",
        "AnnualRevenue": Decimal(2_000_000),
        "Company": "Acme Inc.",
        "CreatedDate": datetime(2026, 2, 20, tzinfo=UTC),
    }
    assert criterion.names == ("Status", "AnnualRevenue", "Company", "CreatedDate")
    assert criterion(lead, NOW) is True
    assert criterion({**lead, "Status": "open"}, NOW) is False
    assert criterion({}, NOW) is False
