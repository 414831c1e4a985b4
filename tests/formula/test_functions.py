"""Functions of logic, numbers and text give what Salesforce gives."""

from decimal import Decimal

import pytest

from tests.formula.asking import evaluate, failure, problem


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("IF(TRUE, 1, 1/0)", 1),
        ("IF(FALSE, 1/0, 2)", 2),
        ("AND(FALSE, 1/0 = 1)", False),
        ("OR(TRUE, 1/0 = 1)", True),
        ("FALSE && 1/0 = 1", False),
        ("TRUE || 1/0 = 1", True),
        ("AND(TRUE, TRUE, TRUE, TRUE, TRUE)", True),
        ("AND(TRUE, TRUE, TRUE, TRUE, FALSE)", False),
        ("AND(TRUE)", True),
        ("OR(FALSE, FALSE)", False),
        ("IFS(FALSE, 1/0, TRUE, 2, 1/0)", 2),
        ("IFS(FALSE, 1, FALSE, 2, 3)", 3),
        ("IFERROR(1/0, 5)", 5),
        ("IFERROR(1, 1/0)", 1),
        ('CASE("b", "a", 1, "b", 2, 3)', 2),
        ('CASE("B", "a", 1, "b", 2, 3)', 3),
        ('CASE(Name, "", 1, 2)', 1),
        ('CASE(NULL, "", 1, 2)', 2),
        ("CASE(1.0, 1.00, 5, 6)", 5),
        ("CASE(1, 1, NULL, 5)", None),
        ("IN(2, 1, 2)", True),
        ("IN(NULL, NULL, 1)", False),
        ('IN("a", "b", NULL)', False),
        ("1 = 1.00", True),
        ("1 <> 1.00", False),
        ("1 < 2 = TRUE", True),
        ('"Foo" > "FOO"', True),
        ('"a" < "b"', True),
        ("NOT(IsHot) = TRUE", True),
    ],
)
def test_logic(source: str, value: object) -> None:
    """Conditions look no further than they must; CASE and IN compare exactly."""
    assert evaluate(source) == value


def test_case_works_out_all_its_arguments() -> None:
    """An error in a result that is not chosen is an error, as in Salesforce."""
    assert failure("CASE(1, 1, 5, 2, 1/0, 6)") == "Division by zero"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1/3*3 = 1", False),
        ("TEXT(1/3)", "0." + "3" * 39),
        ("2*3^2", 36),
        ("12/2^2", 36),
        ("-2^2", 4),
        ("2^3^2", 64),
        ("2^-1", Decimal("0.5")),
        ("0^0", 1),
        ("2^64", Decimal("18446744073709551600")),
        ("10^-50", 0),
        ("1.1^10", Decimal("2.5937424601")),
        ("ROUND(-2.5, 0)", -3),
        ("ROUND(1.005, 2)", Decimal("1.01")),
        ("ROUND(151, -2)", 200),
        ("ROUND(50, -2)", 0),
        ("ROUND(5, -1)", 0),
        ("ROUND(2.9, 0.9)", 3),
        ("TRUNC(-1.99, 1)", Decimal("-1.9")),
        ("CEILING(-1.5)", -2),
        ("FLOOR(-1.5)", -1),
        ("MCEILING(-1.5)", -1),
        ("MFLOOR(-1.5)", -2),
        ("FLOOR((1/9)*9)", 1),
        ("MOD(-7, 3)", -1),
        ("MOD(7, -3)", 1),
        ("ABS(-1/3) = 1/3", True),
        ("MAX(1, 3, 2)", 3),
        ("MIN(1)", 1),
        ("SQRT(2)", Decimal("1.4142135623730951")),
        ("LOG(1000)", Decimal("2.9999999999999996")),
        ("EXP(0)", 1),
        ("LN(1)", 0),
        ("PI()", Decimal("3.141592653589793")),
        ("ATAN2(0, -1)", Decimal("3.141592653589793")),
        ('VALUE("1e3")', 1000),
        ('VALUE("-.5")', Decimal("-0.5")),
        ('VALUE("5.")', 5),
        ('ISNUMBER("1e3")', True),
        ('ISNUMBER("1,000")', False),
        ('ISNUMBER(" 1")', False),
        ('ISNUMBER("1e99999")', True),
        ("1/3", Decimal("0." + "3" * 32)),
    ],
)
def test_numbers(source: str, value: object) -> None:
    """Decimals of 39 digits, rounded half up; a result has at most 32 digits behind its point."""
    assert evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1/0", "Division by zero"),
        ("MOD(1, 0)", "Division by zero"),
        ("9^0.5", "Out of range argument to POWER() function"),
        ("10^65", "Out of range argument to POWER() function"),
        ("0^-1", "Out of range argument to POWER() function"),
        ("SQRT(-1)", "The result is not a number."),
        ("LN(0)", "The result is not a number."),
        ("ASIN(2)", "The result is not a number."),
        ("EXP(1000)", "The result is not a number."),
        ('VALUE("$5")', "The value '$5' is not a valid number."),
        ('VALUE("1 000")', "The value '1 000' is not a valid number."),
        ('VALUE("1e99999")', "The number is too big"),
    ],
)
def test_what_has_no_number_fails_and_says_why(source: str, reason: str) -> None:
    """Failures are values with a reason, never a crash."""
    assert failure(source) == reason


def test_max_and_min_take_at_most_255_arguments() -> None:
    """The limit is Salesforce's."""
    assert evaluate(f"MAX({','.join(map(str, range(255)))})") == 254
    assert "Expected 255, received 256" in problem(f"MAX({','.join('1' * 256)})")[0]


def test_percent_fields_enter_as_fractions_and_leave_as_displayed() -> None:
    """50 % is 0.5 in a formula; a percent result is shown times a hundred, rounded to its scale."""
    assert evaluate("Discount * 200", {"Discount": Decimal(50)}) == 100
    assert evaluate("1/3", returns="percent") == Decimal("33." + "3" * 32)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('LEFT("abc", 2)', "ab"),
        ('LEFT("abc", 9)', "abc"),
        ('RIGHT("abc", 2)', "bc"),
        ('RIGHT("abc", -1)', None),
        ('MID("abcdef", 2, 3)', "bcd"),
        ('MID("abc", 0, 2)', "ab"),
        ('MID("abc", 4, 2)', None),
        ('MID("abc", 2.9, 1)', "b"),
        ('SUBSTR("123456", 3)', "3456"),
        ('SUBSTR("123456", -4)', "3456"),
        ('SUBSTR("123456", -4, 2)', "34"),
        ('SUBSTR("123456", 0)', "123456"),
        ('SUBSTR("123456", 7)', None),
        ('SUBSTR("123456", -7)', None),
        ('FIND("b", "abcb")', 2),
        ('FIND("b", "abcb", 3)', 4),
        ('FIND("b", "abcb", -5)', 2),
        ('FIND("x", "abc")', 0),
        ('CONTAINS("abc", "b")', True),
        ('CONTAINS("abc", "B")', False),
        ('BEGINS("abc", "ab")', True),
        ('SUBSTITUTE("aaa", "a", "aa")', "aaaaaa"),
        ('SUBSTITUTE("a", "a", "")', None),
        ('TRIM("  a b  ")', "a b"),
        ('TRIM("   ")', None),
        ('UPPER("straße")', "STRASSE"),
        ('UPPER("i", "tr_TR")', "İ"),
        ('LOWER("ÅNGSTRÖM")', "ångström"),
        ('LOWER("I", "tr")', "ı"),
        ('LOWER("I", "trv")', "i"),
        ('INITCAP("O\'NEIL mc-donald 2nd")', "O'Neil Mc-Donald 2nd"),
        ('LPAD("ab", 4)', "  ab"),
        ('LPAD("ab", 5, "xy")', "xyxab"),
        ('LPAD("abc", 2)', "ab"),
        ('RPAD("ab", 5, "xy")', "abxyx"),
        ('RPAD("ab", 0)', None),
        ('LEN("😀")', 2),
        ('LEFT("😀b", 2)', "😀"),
        ('FIND("b", "😀b")', 3),
        ('RIGHT("a😀", 1)', "\ude00"),
        ('REVERSE("abc")', "cba"),
        ('ASCII("€uro")', 8364),
        ("CHR(8364)", "€"),
        ("CHR(0)", None),
        ("CHR(-1)", None),
        ("TEXT(5.50)", "5.5"),
        ("TEXT(-0.0)", "0"),
        ("TEXT(2^64)", "18446744073709551600"),
        ("TEXT(DATE(2026, 1, 2))", "2026-01-02"),
        ("TEXT(NOW())", "2026-03-01 12:30:15Z"),
        ('TEXT(TIMEVALUE("1:2:3.4"))', "01:02:03.004"),
        (r'"a\nb"', r"a\nb"),
        (r'"say \"hi\" \\ there"', r'say "hi" \ there'),
        (r"'it\'s'", r"it\'s"),
    ],
)
def test_text(source: str, value: object) -> None:
    """Matching is letter for letter, lengths count UTF-16 units, empty results are blank."""
    assert evaluate(source) == value


def test_a_text_result_ends_after_1300_characters() -> None:
    """The limit is that of a formula field."""
    assert len(evaluate('LPAD("a", 2000)')) == 1_300


def test_find_with_a_blank_start_fails() -> None:
    """As in Salesforce's engine, where nobody thought of it."""
    assert failure('FIND("a", "abc", Amount)', blanks="blanks")


def test_markup_is_written_as_salesforce_shows_it() -> None:
    """Links and pictures of formula fields come out as HTML, with quotes made safe in attributes."""
    assert evaluate('HYPERLINK("/x?a=\'1\'", "go")') == '<a href="/x?a=&#x27;1&#x27;" target="_blank">go</a>'
    assert evaluate('IMAGE("/i.gif", "red", 10, 20)') == (
        '<img src="/i.gif" alt="red" border="0" style="height:10px; width:20px;"/>'
    )
    assert evaluate('"a" & BR() & "b"') == "a<br>b"
