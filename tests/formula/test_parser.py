"""Formulas are read as Salesforce reads them."""

from decimal import Decimal

import pytest

from sfsync.formula import FormulaProblem, parse, parse_template, prefix_form
from sfsync.formula.lexer import MAX_LENGTH
from sfsync.formula.parser import MAX_DEPTH
from tests.formula.asking import evaluate, problem


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("1 + 2 * 3", "( + 1 ( * 2 3 ) )"),
        ("2*3^2", "( ^ ( * 2 3 ) 2 )"),
        ("-2^2", "( ^ ( - 2 ) 2 )"),
        ("2^3^2", "( ^ ( ^ 2 3 ) 2 )"),
        ("8 - 4 - 2", "( - ( - 8 4 ) 2 )"),
        ("8 - (4 - 2)", "( - 8 ( - 4 2 ) )"),
        ("a || b && c = d < e", "( or a ( and b ( = c ( < d e ) ) ) )"),
        ("a & b + c", "( + ( & a b ) c )"),
        ("NOT x = y", "( = ( NOT x ) y )"),
        ("n1 =! n2", "( = n1 ( not n2 ) )"),
        ("a == b != c", "( <> ( = a b ) c )"),
        ("-- n", "( - ( - n ) )"),
        ("If(true, Null, 'x')", "( If true Null 'x' )"),
        ("TODAY()", "TODAY"),
        ("Owner:User.Email", "Owner:User.Email"),
        ("/* why */ a /* and\nhow */", "a"),
        ("{!a}+{!IF(b,1,2)}", "( + a ( IF b 1 2 ) )"),
        ("[x = 1, y = 2]", "( map x 1 y 2 )"),
    ],
)
def test_precedence_and_spelling_are_salesforces(source: str, tree: str) -> None:
    """`^` is looser than `*`, unary operators bind tightest, all else goes from left to right."""
    assert prefix_form(parse(source)) == tree


@pytest.mark.parametrize(
    ("source", "message", "column"),
    [
        ("", "Syntax error.  Found 'end of formula'", 1),
        ("  ", "Syntax error.  Found 'end of formula'", 3),
        ("1 +", "Syntax error.  Found 'end of formula'", 4),
        ("IF(1, 2", "Syntax error.  Missing ')'", 8),
        ("(1", "Syntax error.  Missing ')'", 3),
        ("IF(1 2)", "Syntax error.  Missing ')'", 6),
        ("1)", "Syntax error. Extra ')'", 2),
        ("1 2", "Syntax error. Extra '2'", 3),
        ("b1 and b2", "Syntax error. Extra and", 4),
        ("f(,)", "Syntax error.  Found ','", 3),
        (".5", "Syntax error.  Found '.'", 1),
        ("5.", "Syntax error. Extra '.'", 2),
        ("1e5", "Syntax error. Extra e5", 2),
        ("1_000", "Syntax error", 2),
        ("a ? b", "Syntax error", 3),
        ('"open', "Syntax error", 1),
        (r'1 + "\d"', "Syntax error", 5),
        ('"a\nb" = x', "Syntax error", 7),
        ("a /* open", "Syntax error.  Found '*'", 4),
        ("a[1]", "Syntax error.  Found 'a'", 1),
        ("[1 = 2]", "Syntax error.  Found '1'", 2),
        ("[a 2]", "Syntax error.  Missing '='", 4),
        ("[a = 2", "Syntax error.  Missing ']'", 7),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(source: str, message: str, column: int) -> None:
    """The message is Salesforce's, the column counts from 1 over the whole source."""
    with pytest.raises(FormulaProblem) as refused:
        parse(source)
    assert (refused.value.message, refused.value.column) == (message, column)


def test_references_in_parts_are_read_where_they_are_allowed() -> None:
    """Subscripts and dots with spaces are references of templates, not of formulas."""
    assert prefix_form(parse("a .b ['c'] [1]", subscripts=True)) == "( [] ( [] ( [] a b ) 'c' ) 1 )"


def test_a_formula_of_more_than_3900_characters_is_refused() -> None:
    """The limit and its message are Salesforce's."""
    parse("1" * MAX_LENGTH)
    message, _ = problem("1" * (MAX_LENGTH + 1))
    assert message == "Formula is too long (3,901 characters). Maximum length is 3,900 characters"


def test_parentheses_cost_nothing_and_long_chains_are_fine() -> None:
    """A thousand parentheses or a thousand operands are read and worked out; so nobody meets Python's own limits."""
    assert prefix_form(parse("(" * 1_900 + "x" + ")" * 1_900)) == "x"
    assert prefix_form(parse("+".join("1" * 1_900))).count("+") == 1_899


@pytest.mark.parametrize("opening", ["CASE(1,1,", "IN(1,", "IF(TRUE,", "MAX(1,", "IFERROR(", "-(1+", "BLANKVALUE("])
def test_a_formula_as_deep_as_is_allowed_is_worked_out(opening: str) -> None:
    """What is read is also evaluated, whatever it is made of."""
    ending = {"CASE(1,1,": ",1)", "IN(1,": ")", "IF(TRUE,": ",1)", "IFERROR(": ",1)", "BLANKVALUE(": ",1)"}.get(
        opening, ")"
    )
    levels = (MAX_DEPTH - 1) // (2 if opening == "-(1+" else 1)
    inner = "TRUE" if opening == "IN(1," else "1"
    if opening == "IN(1,":
        levels, opening, ending = MAX_DEPTH // 2 - 1, "IN(1,IF(", ",1,1))"
    value = evaluate(opening * levels + inner + ending * levels)
    assert isinstance(value, Decimal | bool)


def test_a_formula_nested_too_deeply_is_refused() -> None:
    """Depth has a limit of its own, with a message instead of a crash."""
    parse("ABS(" * (MAX_DEPTH - 1) + "1" + ")" * (MAX_DEPTH - 1))
    with pytest.raises(FormulaProblem, match="nested too deeply"):
        parse("ABS(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH)
    with pytest.raises(FormulaProblem, match="nested too deeply"):
        parse("-" * 3_000 + "1")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("Dear {!FirstName},", "( template Dear  FirstName , )"),
        ("{!IF(a, '}', \"{!\")}", "( template ( IF a '}' \"{!\" ) )"),
        ("no fields } here", "( template no fields } here )"),
        ("{!/* } */ a}", "( template a )"),
    ],
)
def test_merge_fields_are_found_in_text(source: str, tree: str) -> None:
    """A closing brace within a text or a comment does not end a merge field."""
    assert parse_template(source).prefix_form() == tree


@pytest.mark.parametrize(
    ("source", "message", "column"),
    [
        ("Dear {!a b}", "Syntax error. Extra b", 10),
        ("Dear {!a ", "Syntax error.  Missing '}'", 10),
        ("{! 'a }", "Syntax error.  Missing '", 8),
        ("{! /* a }", "Syntax error.  Missing *", 9),
        ("x {!}", "Syntax error.  Found 'end of formula'", 5),
    ],
)
def test_a_broken_merge_field_is_refused_with_its_place_in_the_text(source: str, message: str, column: int) -> None:
    """The column counts over the whole text, so an editor can point at it."""
    with pytest.raises(FormulaProblem) as refused:
        parse_template(source)
    assert (refused.value.message, refused.value.column) == (message, column)


def test_a_lenient_template_takes_a_broken_merge_field_for_empty_text() -> None:
    """As Salesforce's own templates do when they are shown."""
    template = parse_template("a {!b +( c} d", strict=False)
    assert template.prefix_form() == '( template a  ""  d )'
