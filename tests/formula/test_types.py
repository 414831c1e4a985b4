"""A formula whose types do not fit is refused before it runs, in Salesforce's words and with the place."""

from decimal import Decimal

import pytest

from sfsync.formula import FieldType, FormulaProblem, Type, compile_formula
from tests.formula.asking import FIELDS, NOW, evaluate, problem


@pytest.mark.parametrize(
    ("source", "message", "column"),
    [
        ('1 + "a"', "Incorrect parameter type for operator '+'. Expected Number, Date, DateTime, received Text", 5),
        ('"a" + 1', "Incorrect parameter type for operator '+'. Expected Text, received Number", 7),
        ('"a" & 1', "Incorrect parameter type for operator '&'. Expected Text, received Number", 7),
        ('2 * "a"', "Incorrect parameter type for operator '*'. Expected Number, received Text", 5),
        ('"a" * 2', "Incorrect parameter type for operator '*'. Expected Number, received Text", 1),
        ('"a" - 2', "Incorrect parameter type for operator '-'. Expected Number, Date, DateTime, received Text", 1),
        (
            "IsHot + 1",
            "Incorrect parameter type for operator '+'. Expected Number, Date, DateTime, received Boolean",
            1,
        ),
        ("1 - TODAY()", "Incorrect parameter type for operator '-'. Expected Number, received Date", 5),
        ("TODAY() + TODAY()", "Incorrect parameter type for operator '+'. Expected Number, received Date", 11),
        ("TODAY() - NOW()", "Incorrect parameter type for operator '-'. Expected Number, Date, received DateTime", 11),
        ("Opens + Opens", "Incorrect argument type for operator '+'. ", 9),
        ('1 = "a"', "Incorrect parameter type for operator '='. Expected Number, received Text", 5),
        ("1 != TRUE", "Incorrect parameter type for operator '<>'. Expected Number, received Boolean", 6),
        ("TODAY() = NOW()", "Incorrect parameter type for operator '='. Expected Date, received DateTime", 11),
        (
            "TRUE < FALSE",
            "Incorrect parameter type for operator '<'. Expected Number, Date, DateTime, received Boolean",
            1,
        ),
        (
            "NULL < TRUE",
            "Incorrect parameter type for operator '<'. Expected Number, Date, DateTime, received Boolean",
            8,
        ),
        ("1 && TRUE", "Incorrect parameter type for function 'and()'. Expected Boolean, received Number", 1),
        ("TRUE || 1", "Incorrect parameter type for function 'or()'. Expected Boolean, received Number", 9),
        ("NOT 1=2", "Incorrect parameter type for function 'NOT()'. Expected Boolean, received Number", 5),
        ("!Amount", "Incorrect parameter type for function 'not()'. Expected Boolean, received Number", 2),
        ('-"a"', "Incorrect parameter type for operator '-'. Expected Number, received Text", 2),
        ("IF(1, 2, 3)", "Incorrect parameter type for function 'IF()'. Expected Boolean, received Number", 4),
        ("IF(NULL, 2, 3)", "Incorrect parameter type for function 'IF()'. Expected Boolean, received Null", 4),
        ('If(TRUE, 2, "x")', "Incorrect parameter type for function 'If()'. Expected Number, received Text", 13),
        ("IF(TRUE, 2)", "Incorrect number of parameters for function 'IF()'. Expected 3, received 2", 1),
        ("1 + LEFT(Name)", "Incorrect number of parameters for function 'LEFT()'. Expected 2, received 1", 5),
        ('FIND("a")', "Incorrect number of parameters for function 'FIND()'. Expected 2, received 1", 1),
        ("CASE(1, 2, 3)", "Incorrect number of parameters for function 'CASE()'. Expected 4, received 3", 1),
        ("CASE(1, 2, 3, 4, 5)", "Incorrect number of parameters for function 'CASE()'. Expected 4, received 5", 1),
        ("IFS(TRUE, 1)", "Incorrect number of parameters for function 'IFS()'. Expected 3, received 2", 1),
        ('CASE(1, "a", 3, 4)', "Incorrect parameter type for function 'CASE()'. Expected Number, received Text", 9),
        ("CASE(IsHot, TRUE, 1, 2)", "Incorrect argument type for function 'CASE()'. ", 1),
        ("CASE(1, 1, TRUE, FALSE)", "Incorrect argument type for function 'CASE()'. ", 1),
        ("ISBLANK(IsHot)", "Incorrect argument type for function 'ISBLANK()'. ", 1),
        ("BLANKVALUE(IsHot, TRUE)", "Incorrect argument type for function 'BLANKVALUE()'. ", 1),
        (
            "TEXT(Name)",
            "Incorrect parameter type for function 'TEXT()'."
            " Expected Number, Date, DateTime, Time, Picklist, received Text",
            6,
        ),
        ("YEAR(NOW())", "Incorrect parameter type for function 'YEAR()'. Expected Date, received DateTime", 6),
        ("DATEVALUE(TODAY())", "Incorrect argument type for function 'DATEVALUE()'. ", 1),
        ("ABS(Name & Company)", "Incorrect parameter type for function 'ABS()'. Expected Number, received Text", 10),
        ("Foo + 1", "Field Foo does not exist. Check spelling.", 1),
        ("TODAY", "Field TODAY does not exist. Check spelling.", 1),
        ("1 + FOO(1)", "Unknown function FOO. Check spelling.", 5),
        ('["a" = 1]', "Syntax error", 1),
    ],
)
def test_types_that_do_not_fit_are_refused(source: str, message: str, column: int) -> None:
    """Message and column are those of Salesforce's engine."""
    assert problem(source) == (message, column)


_ONLY = "fields are only supported in certain functions."
_MISPLACED = f"Field Status is a picklist field. Picklist {_ONLY}"
_MISPLACED_MULTI = f"Field Interests is a multi-select picklist field. Multi-select picklist {_ONLY}"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Status", _MISPLACED),
        ('Status = "Open"', _MISPLACED),
        ('"Open" = Status', _MISPLACED),
        ('Status & ""', _MISPLACED),
        ("LEFT(Status, 1)", _MISPLACED),
        ('IF(TRUE, Status, "x")', _MISPLACED),
        ('CONTAINS(Interests, "a")', _MISPLACED_MULTI),
        ("TEXT(Interests)", _MISPLACED_MULTI),
        ('ISPICKVAL(Interests, "a")', _MISPLACED_MULTI),
    ],
)
def test_a_picklist_may_stand_in_certain_functions_only(source: str, message: str) -> None:
    """Elsewhere the message says so, and nobody compares a picklist by accident."""
    assert problem(source)[0] == message


@pytest.mark.parametrize(
    "source",
    ["ISPICKVAL(Status, Name)", "ISPICKVAL(Status, NULL)", "CASE(Status, Name, 1, 2)", "INCLUDES(Interests, Name)"],
)
def test_a_picklist_is_compared_with_text_in_quotes_only(source: str) -> None:
    """Salesforce knows the values of a picklist at compile time, and so does this."""
    assert "Expected Text Literal" in problem(source)[0]


@pytest.mark.parametrize(
    ("source", "returns", "message"),
    [
        ("1", "Text", "Formula result is data type (Number), incompatible with expected data type (Text)."),
        ("IsHot", "Number", "Formula result is data type (Boolean), incompatible with expected data type (Number)."),
        ("Name", "Boolean", "Formula result is data type (Text), incompatible with expected data type (Boolean)."),
    ],
)
def test_the_result_must_fit_what_is_asked_for(source: str, returns: str, message: str) -> None:
    """A criterion that is no condition is refused when it is read, not when it runs."""
    assert problem(source, returns=returns) == (message, 1)


def test_dates_and_points_in_time_pass_for_each_other_as_results_and_null_for_anything() -> None:
    """As in Setup, where such formula fields exist."""
    for source, returns in (("TODAY()", "DateTime"), ("NOW()", "Date"), ("NULL", "Boolean")):
        compile_formula(source, FIELDS, returns=FieldType.of(returns))


def test_a_formula_tells_its_type_and_the_fields_it_reads() -> None:
    """Names come as the schema spells them, each once, so callers know what to fetch."""
    formula = compile_formula("IF(amount > $score, owner.name, NAME & OWNER.NAME)", FIELDS)
    assert formula.type is Type.TEXT
    assert formula.names == ("Amount", "$Score", "Owner.Name", "Name")


def test_a_formula_field_is_worked_out_in_place_and_names_what_it_reads() -> None:
    """Formula fields need no value in the record; what they read is read."""
    fields = {**FIELDS, "Double": FieldType.of("number", formula="Amount * 2")}
    formula = compile_formula("Double + 1", fields)
    assert formula.names == ("Amount",)


def test_a_problem_within_a_formula_field_names_the_field() -> None:
    """The place is that of the reference, the message says which formula is wrong."""
    fields = {"Bad": FieldType.of("number", formula="1 + Foo"), "Text": FieldType.of("number", formula='"a"')}
    assert problem("1 + Bad", fields=fields) == (
        "Error in referenced formula Bad, Field Foo does not exist. Check spelling.",
        5,
    )
    assert problem("Text", fields=fields)[0] == (
        "Error in referenced formula Text, Formula result is data type (Text), incompatible with expected data type"
        " (Number)."
    )


def test_a_formula_field_gives_a_value_of_its_own_type() -> None:
    """A date out of a point in time, a point in time out of a date, FALSE out of a condition that came to nothing."""
    fields = {
        **FIELDS,
        "Day": FieldType.of("date", formula="CreatedDate"),
        "Instant": FieldType.of("datetime", formula="Birthdate"),
        "Older": FieldType.of("checkbox", formula="Birthdate < Renewal"),
    }
    record = {"CreatedDate": NOW, "Birthdate": NOW.date()}
    assert evaluate("Day - Birthdate", record, fields=fields) == 0
    assert evaluate("NOW() - Instant", record, fields=fields) > Decimal("0.5")
    assert evaluate("NOT(Older)", record, fields=fields) is True


def test_formula_fields_that_go_in_circles_are_refused() -> None:
    """A cycle is found when it is compiled, whether direct or through another field."""
    fields = {
        "A": FieldType.of("number", formula="B + 1"),
        "B": FieldType.of("number", formula="A + 1"),
    }
    with pytest.raises(FormulaProblem, match="directly or indirectly refers to itself"):
        compile_formula("A", fields)


def test_formula_fields_within_each_other_are_bounded() -> None:
    """A tower of formula fields ends in a message, never in a crash."""
    fields = {f"F{n}": FieldType.of("number", formula=f"ABS(ABS(F{n - 1}))") for n in range(1, 200)}
    fields["F0"] = FieldType.of("number")
    with pytest.raises(FormulaProblem, match="nested too deeply"):
        compile_formula("F199", fields)


def test_functions_of_rules_are_refused_elsewhere() -> None:
    """ISNEW and its like mean nothing where no record is being saved."""
    for source in ("ISNEW()", "ISCLONE()", "ISCHANGED(Name)", "PRIORVALUE(Name)"):
        with pytest.raises(FormulaProblem, match="may not be used in this type of formula"):
            compile_formula(source, FIELDS)
