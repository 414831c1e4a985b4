"""Formulas ask a record about its picklists, its id, and what it was before."""

from decimal import Decimal

import pytest

from sfsync.formula import EvalContext, FieldType, FormulaProblem, compile_formula
from tests.formula.asking import FIELDS, NOW, evaluate, failure, problem

RECORD = {"Status": "Open", "Interests": "Cars;Boats", "Amount": Decimal("2.00"), "Name": "a\r\nb"}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('ISPICKVAL(Status, "Open")', True),
        ('ISPICKVAL(Status, "open")', False),
        ('ISPICKVAL(Status, "No such value")', False),
        ('ISPICKVAL(Status, "")', False),
        ('CASE(Status, "New", 1, "Open", 2, 3)', 2),
        ("TEXT(Status)", "Open"),
        ('TEXT(Status) = "Open"', True),
        ('CONTAINS(TEXT(Status), "pe")', True),
        ("ISBLANK(Status)", False),
        ('IN(Status, "New", "Open")', True),
        ('INCLUDES(Interests, "Boats")', True),
        ('INCLUDES(Interests, "Boat")', False),
        ("PICKLISTCOUNT(Interests)", 2),
    ],
)
def test_picklists_are_compared_by_api_name_letter_for_letter(source: str, value: object) -> None:
    """A value the picklist does not have simply is not held."""
    assert evaluate(source, RECORD) == value


def test_blank_picklists_can_be_asked_for() -> None:
    """`ISPICKVAL(f, "")` is Salesforce's way to ask for blank."""
    assert evaluate('ISPICKVAL(Status, "")') is True
    assert evaluate('CASE(Status, "", 1, 2)') == 1
    assert evaluate('INCLUDES(Interests, "Cars")') is False
    assert evaluate('INCLUDES(Interests, "")') is True
    assert evaluate('INCLUDES(Interests, "")', RECORD) is False
    assert evaluate("PICKLISTCOUNT(Interests)") == 0


def test_includes_wants_a_value_the_picklist_has() -> None:
    """Where the values are known, a misspelt one is refused when the formula is read."""
    fields = {"Interests": FieldType(FIELDS["Interests"].type, values=("Cars", "Boats"))}
    compile_formula('INCLUDES(Interests, "Cars")', fields)
    with pytest.raises(FormulaProblem, match="must be a valid value for this multi-select picklist field"):
        compile_formula('INCLUDES(Interests, "cars")', fields)
    compile_formula('INCLUDES(Interests, "")', fields)


def test_ids_are_made_safe_for_case() -> None:
    """15 characters become 18; what is no id fails."""
    assert evaluate('CASESAFEID("00100x000000001")') == evaluate('CASESAFEID(CASESAFEID("00100x000000001"))')
    assert len(evaluate('CASESAFEID("00100x000000001")')) == 18
    assert "not a record id" in failure('CASESAFEID("abc")')


@pytest.mark.parametrize(
    ("source", "prior", "value"),
    [
        ("ISCHANGED(Amount)", {"Amount": Decimal("2")}, False),
        ("ISCHANGED(Amount)", {"Amount": Decimal("3")}, True),
        ("ISCHANGED(Amount)", {}, True),
        ("ISCHANGED(Employees)", {}, False),
        ("ISCHANGED(Name)", {"Name": "a\nb"}, False),
        ("ISCHANGED(Email)", {"Email": ""}, False),
        ("ISCHANGED(Status)", {"Status": "New"}, True),
        ("PRIORVALUE(Amount)", {"Amount": Decimal("3")}, 3),
        ("PRIORVALUE(Amount)", {}, None),
        ('ISPICKVAL(PRIORVALUE(Status), "New")', {"Status": "New"}, True),
        ('ISPICKVAL(PRIORVALUE(Status), "")', {}, True),
        ('INCLUDES(PRIORVALUE(Interests), "Cars")', {"Interests": "Planes"}, False),
        ('CASE(PRIORVALUE(Status), "New", 1, 2)', {"Status": "New"}, 1),
        ("TEXT(PRIORVALUE(Status))", {"Status": "New"}, "New"),
        ('PRIORVALUE(Status) = "New"', {"Status": "New"}, True),
        ("ISNULL(PRIORVALUE(Status))", {}, True),
    ],
)
def test_a_record_that_is_saved_again_knows_what_it_was(source: str, prior: dict[str, object], value: object) -> None:
    """A blank old number is blank, line ends and trailing zeros are no change."""
    assert evaluate(source, RECORD, prior=prior) == value


def test_a_new_record_has_not_changed_and_was_what_it_is() -> None:
    """ISNEW is TRUE, ISCHANGED is FALSE, PRIORVALUE gives the present value, as Salesforce documents it."""
    source = "AND(ISNEW(), NOT(ISCLONE()), NOT(ISCHANGED(Amount)), PRIORVALUE(Amount) = 2)"
    assert evaluate(source, RECORD, is_new=True) is True
    assert evaluate("ISNEW()", RECORD, prior={}) is False
    assert evaluate("ISCLONE()", RECORD, is_new=True, is_clone=True) is True


@pytest.mark.parametrize("function", ["ISCHANGED", "PRIORVALUE"])
def test_only_fields_of_the_record_itself_have_a_past(function: str) -> None:
    """Parents and expressions are refused."""
    assert problem(f"{function}(Owner.Name)")[0] == f"The {function} function cannot reference the Owner.Name field."
    assert problem(f"{function}(Amount + 1)")[0] == f"Incorrect argument type for function '{function}()'. "


def test_a_formula_field_has_a_past_too() -> None:
    """It is worked out over the old values."""
    fields = {"a": FieldType.of("number"), "twice": FieldType.of("number", formula="a * 2")}
    formula = compile_formula("PRIORVALUE(twice)", fields, rule=True)
    assert formula({"a": 5}, EvalContext(now=NOW, prior={"a": 3})) == 6
