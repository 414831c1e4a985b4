"""Blanks behave as in Salesforce, in both of its modes."""

from datetime import date
from decimal import Decimal

import pytest

from sfsync.formula import FieldType
from tests.formula.asking import evaluate, failure

BOTH = ("zeroes", "blanks")


@pytest.mark.parametrize(
    ("source", "zeroes", "blanks"),
    [
        ("Amount", 0, None),
        ("Amount + 1", 1, None),
        ("Amount * 2 ^ 3", 0, None),
        ("-Amount", 0, None),
        ("Discount", 0, None),
        ("MAX(Amount, 2)", 2, None),
        ("MIN(Amount, 2)", 0, None),
        ("ABS(Amount)", 0, None),
        ("ISBLANK(Amount)", False, True),
        ("ISNULL(Amount)", False, True),
        ("BLANKVALUE(Amount, 5)", 0, 5),
        ("NULLVALUE(Amount, 5)", 0, 5),
        ("Amount = 0", True, False),
        ("Amount <> 0", False, False),
        ("NOT(Amount <> 0)", True, False),
        ("Amount < 1", True, False),
        ("TEXT(Amount)", "0", None),
        ("YEAR(Birthdate)", None, None),
        ("YEAR(Birthdate) + 1", None, None),
        ("VALUE(Name)", None, None),
        ("CASE(Amount, 0, 1, 2)", 1, 2),
        ("CASE(Amount, NULL, 1, 2)", 2, 2),
    ],
)
def test_a_blank_number_field_is_zero_or_blank_as_the_formula_is_set(
    source: str, zeroes: object, blanks: object
) -> None:
    """Only references to number fields count as zero; blank dates, texts and results stay blank."""
    assert evaluate(source, blanks="zeroes") == zeroes
    assert evaluate(source, blanks="blanks") == blanks


@pytest.mark.parametrize("blanks", BOTH)
@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"x" & Name', "x"),
        ('Name + "x"', "x"),
        ("Name & Company", None),
        ('"x" & NULL', "x"),
        ('"x" + NULL', None),
        ("5 - NULL", None),
        ('Name = ""', True),
        ('"" = ""', True),
        ('NULL = ""', True),
        ("NULL = NULL", False),
        ('Name <> "x"', True),
        ('Name < "x"', False),
        ('NOT(Name < "x")', False),
        ("Birthdate <> Renewal", False),
        ("NOT(Birthdate <> Renewal)", False),
        ("Birthdate = NULL", False),
        ("LEN(Name)", 0),
        ("LEFT(Name, 2)", None),
        ('LEFT("abc", 0)', None),
        ('ISBLANK("")', True),
        ('ISBLANK(" ")', False),
        ("ISBLANK(Name)", True),
        ("ISNULL(Name)", False),
        ("ISNULL(Birthdate)", True),
        ("ISBLANK(Status)", True),
        ("ISNULL(Status)", True),
        ("ISBLANK(Interests)", True),
        ('BLANKVALUE(Name, "x")', "x"),
        ('NULLVALUE(Name, "x")', None),
        ('BLANKVALUE("", "x")', None),
        ("IsHot", False),
        ("IF(Birthdate > Renewal, 1, 2)", 2),
        ("AND(TRUE, Birthdate > Renewal)", False),
        ("OR(Birthdate > Renewal, TRUE)", True),
        ("TEXT(Status)", None),
        ('TEXT(Status) = ""', True),
        ('CONTAINS(Name, "x")', False),
        ('CONTAINS("x", Name)', True),
        ('NOT(CONTAINS(Name, "x"))', False),
        ('BEGINS("x", Name)', True),
        ('FIND(Name, "x")', 0),
        ("DATE(2026, MONTH(Birthdate), 1)", None),
        ("ADDMONTHS(Birthdate, 1)", None),
        ('SUBSTITUTE("abc", "b", Name)', "ac"),
        ('SUBSTITUTE("abc", Name, "x")', None),
    ],
)
def test_blank_texts_and_dates_are_alike_in_both_modes(source: str, value: object, blanks: str) -> None:
    """Empty text and NULL are one; comparing with a blank date is neither true nor false."""
    assert evaluate(source, {"Name": ""}, blanks=blanks) == value


def test_a_blank_date_or_text_is_substituted_by_a_value() -> None:
    """BLANKVALUE gives the substitute for a blank of any type but Boolean."""
    day = date(2026, 1, 2)
    assert evaluate("BLANKVALUE(Birthdate, Renewal)", {"Renewal": day}) == day
    assert evaluate("NULLVALUE(Birthdate, Renewal)", {"Renewal": day}) == day


def test_a_blank_number_formula_field_counts_as_zero_too() -> None:
    """`y = YEAR(d)` is blank for a blank date, and `y + 1` is 1 where blanks are zeroes."""
    fields = {"d": FieldType.of("date"), "y": FieldType.of("number", formula="YEAR(d)")}
    assert evaluate("y + 1", fields=fields) == 1
    assert evaluate("y + 1", fields=fields, blanks="blanks") is None


def test_dividing_by_a_blank_is_an_error_only_where_it_is_zero() -> None:
    """In blanks mode the quotient is blank, and a substitute helps; as zero it is a division by zero."""
    assert evaluate("BLANKVALUE(1 / Amount, 5)", blanks="blanks") == 5
    assert failure("BLANKVALUE(1 / Amount, 5)") == "Division by zero"


def test_missing_names_and_none_and_empty_text_are_one_blank() -> None:
    """Callers need not fill in what a record does not have."""
    for record in ({}, {"Name": None}, {"Name": ""}):
        assert evaluate("ISBLANK(Name)", record) is True


def test_a_value_of_the_wrong_kind_fails_with_the_fields_name() -> None:
    """A caller's mistake is told, not guessed at."""
    assert "Field Birthdate holds" in failure("YEAR(Birthdate)", {"Birthdate": "2026-01-01"})
    assert "Field Name holds" in failure("LEN(Name)", {"Name": 5})
    assert "Field IsHot holds" in failure("IF(IsHot, 1, 2)", {"IsHot": "true"})
    assert "not a valid number" in failure("Amount + 1", {"Amount": "12"})
    assert "not a valid number" in failure("Amount + 1", {"Amount": float("nan")})


def test_whole_numbers_and_floats_are_taken_by_their_digits() -> None:
    """0.1 as a float is 0.1, not its binary neighbour."""
    assert evaluate("Amount * 3", {"Amount": 0.1}) == Decimal("0.3")
    assert evaluate("Amount * 3", {"Amount": 7}) == 21
