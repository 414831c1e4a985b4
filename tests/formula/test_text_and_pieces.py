"""Merge fields fill text, and a formula can be taken apart."""

from datetime import date
from decimal import Decimal

import pytest

from sfsync.formula import (
    EvalContext,
    FieldTable,
    FormulaError,
    FormulaProblem,
    Type,
    compile_text,
    explain_formula,
)
from tests.formula.asking import FIELDS, NOW

CONTEXT = EvalContext(now=NOW)
LEAD = FieldTable(FIELDS, "Lead")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Dear {!Lead.Name},", "Dear Ana,"),
        ("Dear {!name},", "Dear Ana,"),
        ("{!Lead.Status}: {!Lead.Amount}", "Open: 1.5"),
        ("{!IF(Amount > 1, 'much', \"little\")}", "much"),
        ("[{!Company}]", "[]"),
        ("{!ISBLANK(Company)} {!Birthdate} {!Discount}", "true 2000-02-03 "),
        ("{!ISNULL(Company)} {!NULLVALUE(Company, 'none')}", "true none"),
        ("{!NOW()} {!TIMEVALUE(NOW())}", "2026-03-01 12:30:15Z 12:30:15.250"),
        ("no fields", "no fields"),
        ("", ""),
    ],
)
def test_merge_fields_are_filled_in(template: str, text: str) -> None:
    """Fields may be named with their sObject; picklists stand for their value, blanks for nothing."""
    record = {"Name": "Ana", "Status": "Open", "Amount": Decimal("1.50"), "Birthdate": date(2000, 2, 3)}
    assert compile_text(template, LEAD)(record, CONTEXT) == text


def test_text_tells_which_fields_it_reads() -> None:
    """So that callers know what to fetch before they write mails."""
    assert compile_text("{!Lead.Name} {!IF(ISBLANK(company), Email, Name)}", LEAD).names == ("Name", "Company", "Email")


def test_a_failing_merge_field_gives_the_failure_instead_of_a_broken_text() -> None:
    """No mail says `#Error!`."""
    assert compile_text("a {!1/0} b", LEAD)({}, CONTEXT) == FormulaError("Division by zero")


def test_a_merge_field_that_does_not_exist_is_refused_with_its_place() -> None:
    """The column counts in the whole text."""
    with pytest.raises(FormulaProblem) as refused:
        compile_text("Dear {!Lead.Nme},", LEAD)
    assert (refused.value.message, refused.value.column) == ("Field Lead.Nme does not exist. Check spelling.", 8)


def test_every_piece_of_a_formula_is_shown_with_type_and_value() -> None:
    """Pieces that were not needed are worked out as well, so that one sees what they would have come to."""
    pieces = explain_formula("IF(Amount > 1, 'a', TEXT(1/0))", FIELDS, {"Amount": 2}, CONTEXT)
    assert [(piece.depth, piece.source, piece.type, piece.value) for piece in pieces] == [
        (0, "IF(Amount > 1, 'a', TEXT(1 / 0))", Type.TEXT, "a"),
        (1, "Amount > 1", Type.BOOLEAN, True),
        (2, "Amount", Type.NUMBER, 2),
        (2, "1", Type.NUMBER, 1),
        (1, "'a'", Type.TEXT, "a"),
        (1, "TEXT(1 / 0)", Type.TEXT, FormulaError("Division by zero")),
        (2, "1 / 0", Type.NUMBER, FormulaError("Division by zero")),
        (3, "1", Type.NUMBER, 1),
        (3, "0", Type.NUMBER, 0),
    ]
