"""Regular expressions mean what they mean in Java, and none takes long."""

import pytest

from sfsync.formula.patterns import PatternProblem, TooManySteps, compile_like, compile_pattern
from tests.formula.asking import evaluate, failure, problem


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"^[0-9]{3}-[0-9]{4}$", "867-5309", True),
        (r"[0-9]{3}", "1234", False),
        (r"[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}", "john.doe@example.co.uk", True),
        (r"(?=.*\d)(?=.*[a-z]).{8,}", "abcdefg1", True),
        (r"(?=.*\d)(?=.*[a-z]).{8,}", "abcdefgh", False),
        (r"(a|ab)(c|bcd)(d*)", "abcd", True),
        (r"^a$|^b$", "b", True),
        (r"a.b", "a\nb", False),
        (r"(?s)a.b", "a\nb", True),
        (r"abc$", "abc\n", False),
        ("abc$\n", "abc\n", True),
        (r"(?m)a$\nb", "a\nb", True),
        (r"\bfoo\b.*", "foo bar", True),
        (r"(?i)abc", "ABC", True),
        (r"(?i:a)b", "AB", False),
        (r"(?i)é", "É", False),
        (r"(?iu)é", "É", True),
        (r"(?i)[^a]", "A", False),
        (r"(?i)\p{Lu}", "a", True),
        (r"\d+", "١٢", False),
        (r"(?U)\d+", "١٢", True),
        (r"\p{Lu}\p{Ll}+", "Ärger", True),
        (r"\p{Alpha}", "ä", False),
        (r"\p{IsGreek}+", "αβγ", True),
        (r"\p{InGreek}+", "αβγ", True),
        (r"\p{L}\P{L}", "a1", True),
        (r"[a-z&&[^aeiou]]+", "xyz", True),
        (r"[a-z&&[^aeiou]]+", "xyza", False),
        (r"[a-c[x-z]]+", "axz", True),
        (r"[]a-]+", "]a-", True),
        (r"[\d-]+", "1-2", True),
        (r"(\w)\1+", "aaa", True),
        (r"(\w)\1+", "aab", False),
        (r"(?<y>\d{4})-\k<y>", "2020-2020", True),
        (r"(a)?b\1", "b", False),
        (r"a++a", "aaa", False),
        (r"(?>a*)ab", "aaab", False),
        (r"a*?b", "aaab", True),
        (r".*(?<=foo)bar", "xfoobar", True),
        (r".*(?<!foo)bar", "xfoobar", False),
        (r"\Qa.b\E+", "a.bbb", True),
        (r"\x41\u0042\x{43}\0104\t", "ABCD\t", True),
        (r"(?x) a b # both", "ab", True),
        (r"\R\h\v", "\r\n\t\n", True),
        (r"a{2}{3}", "aa", True),
        (r"a|b|", "", True),
        (r"\uD83D\uDE00", "😀", True),
    ],
)
def test_patterns_match_as_in_java(pattern: str, text: str, matches: bool) -> None:
    """The whole text has to match; classes, flags, groups and look-around are Java's."""
    assert compile_pattern(pattern).matches(text) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "[",
        "^[",
        "(",
        ")",
        "*a",
        "a**",
        r"\q",
        "\\",
        "a{2,1}",
        "a{x}",
        r"\p{Foo}",
        "[b-a]",
        "(?<=(ab)+)",
        "(?z)",
        "[&&]",
    ],
)
def test_what_java_refuses_is_refused(pattern: str) -> None:
    """With a reason, at once."""
    with pytest.raises(PatternProblem):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a+)+b", "a" * 1_300),
        (r"(a|a)*b", "a" * 1_300),
        (r"((((a*)*)*)*)*b", "a" * 1_300),
        (r"(.*)*x", "a" * 1_300),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 1_300),
        (r"(x+x+)+y", "x" * 1_300),
    ],
)
def test_patterns_that_ruin_other_engines_are_simply_answered(pattern: str, text: str) -> None:
    """Nothing is tried twice, so these come to FALSE without further ado."""
    assert compile_pattern(pattern).matches(text) is False


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("a?" * 1_000 + "a" * 1_000, "a" * 1_000), (".*" * 600 + "b", "a" * 1_300), (r"(\w*)*(\w*)\1\2x", "a" * 1_300)],
)
def test_a_match_that_takes_too_long_is_given_up(pattern: str, text: str) -> None:
    """After a fixed number of steps, whatever the machine."""
    with pytest.raises(TooManySteps):
        compile_pattern(pattern).matches(text)


@pytest.mark.parametrize("pattern", ["(" * 500 + "a" + ")" * 500, "a{2147483647}", "(a{60000}){60000}", "[" * 500])
def test_a_pattern_that_is_too_large_is_refused(pattern: str) -> None:
    """Before it costs memory or stack."""
    with pytest.raises(PatternProblem):
        compile_pattern(pattern)


def test_a_bad_pattern_in_quotes_is_refused_when_the_formula_is_read() -> None:
    """A pattern out of a field can only fail when it is used."""
    message, column = problem('REGEX(Name, "^[")')
    assert message == "Incorrect parameter for function 'REGEX()'. Unclosed character class near index 2"
    assert column == 13
    assert "Unclosed character class" in failure("REGEX(Company, Name)", {"Name": "["})


def test_regex_takes_backslashes_twice_and_blank_for_empty() -> None:
    """As one writes it in Setup."""
    assert evaluate(r'REGEX("12", "\\d+")') is True
    assert evaluate('REGEX(Name, "")') is True
    assert evaluate("REGEX(Name, Company)", {"Name": "abc", "Company": "a.c"}) is True


def test_a_pattern_that_takes_too_long_fails_and_is_not_caught() -> None:
    """IFERROR would only let a formula spend the same again."""
    source = f'IFERROR(REGEX(Name, "{".*" * 600}b"), TRUE)'
    assert failure(source, {"Name": "a" * 1_300}).startswith("Regular expression runtime exceeded for: .*")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a%", "abc", True),
        ("%b_", "abc", True),
        ("%b", "abc", False),
        (r"100\%", "100%", True),
        (r"100\%", "1000", False),
        (r"a\_c", "abc", False),
        (r"a\b", r"a\b", True),
        ("a.c", "abc", False),
        ("A%", "abc", False),
        ("", "", True),
        ("%", "a\nb", False),
    ],
)
def test_like_knows_two_wildcards_and_a_backslash(pattern: str, text: str, matches: bool) -> None:
    """All else stands for itself."""
    assert compile_like(pattern).matches(text) is matches
