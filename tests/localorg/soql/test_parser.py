"""SOQL is read as Salesforce reads it, and refused with the place of what does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.soql.parser import parse
from sfsync.localorg.soql.printing import write
from sfsync.localorg.soql.tree import (
    AllFields,
    Call,
    ChildRows,
    Comparison,
    Condition,
    Joined,
    Literal,
    Membership,
    Not,
    Order,
    Path,
    Query,
    Selected,
    Source,
    SubqueryMembership,
    TypeOf,
)
from sfsync.localorg.wire import Refusal

_NAMES = st.sampled_from(["Id", "Name", "Account", "Score__c", "Type", "Owner", "count", "fields", "toDay"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map(lambda names: Path(tuple(names)))
_FUNCTIONS = st.sampled_from(["MIN", "MAX", "SUM", "COUNT_DISTINCT", "CALENDAR_YEAR", "TOLABEL", "FORMAT"])
_OPERANDS = _PATHS | st.builds(Call, _FUNCTIONS, _PATHS) | st.just(Call("COUNT", None))
_PATTERN_PARTS = st.sampled_from(["a", "%", "_", "\\%", "\\_", "\\\\", "'", "é", "\n"])
_LITERALS = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda text: Literal("string", text))
    | st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,4})?", fullmatch=True).map(lambda text: Literal("number", text))
    | st.sampled_from([Literal("null", "null"), Literal("boolean", "true"), Literal("boolean", "false")])
    | st.sampled_from([Literal("date", "2026-03-04"), Literal("datetime", "2026-03-04T10:00:00Z")])
    | st.sampled_from([Literal("date literal", "TODAY"), Literal("date literal", "LAST_N_DAYS:7")])
)
_PATTERNS = st.lists(_PATTERN_PARTS, max_size=6).map(lambda parts: Literal("pattern", "".join(parts)))
_SIMPLE: st.SearchStrategy[Condition] = (
    st.builds(Comparison, _OPERANDS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), _LITERALS)
    | st.builds(Comparison, _OPERANDS, st.just("LIKE"), _PATTERNS)
    | st.builds(
        Membership,
        _OPERANDS,
        st.sampled_from(["IN", "NOT IN", "INCLUDES", "EXCLUDES"]),
        st.lists(_LITERALS, min_size=1, max_size=3).map(tuple),
    )
)
_CONDITIONS = st.recursive(
    _SIMPLE,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(Joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
_ALIASES = st.none() | st.sampled_from(["n", "total", "x1"])
_ORDERS = st.builds(Order, _OPERANDS, st.booleans(), st.sampled_from([None, True, False]))
_COUNTS = st.none() | st.integers(0, 2**31)


def _queries(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    items = (
        st.builds(Selected, _OPERANDS, _ALIASES)
        | st.builds(AllFields, st.sampled_from(["ALL", "STANDARD", "CUSTOM"]))
        | st.builds(ChildRows, inner)
        | st.builds(TypeOf, st.just("Owner"), st.just((("User", (Path(("Name",)),)),)), st.none())
    )
    joined = st.builds(SubqueryMembership, _PATHS, st.sampled_from(["IN", "NOT IN"]), inner)
    return st.builds(
        Query,
        st.lists(items, min_size=1, max_size=3).map(tuple),
        st.builds(Source, st.sampled_from(["Lead", "Thing__c"]), _ALIASES),
        scope=st.sampled_from([None, "mine"]),
        where=st.none() | _CONDITIONS | joined,
        with_clause=st.sampled_from([None, "SECURITY_ENFORCED"]),
        group_by=st.lists(_PATHS, max_size=2).map(tuple),
        having=st.none() | _CONDITIONS,
        order_by=st.lists(_ORDERS, max_size=2).map(tuple),
        limit=_COUNTS,
        offset=_COUNTS,
        for_what=st.sampled_from([(), ("VIEW",), ("REFERENCE",), ("UPDATE",)]),
        all_rows=st.booleans(),
    )


_KEYWORDS = ["SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "LIMIT", "NULL", "GROUP", "BY", "ORDER"]
_WORDS = [*_KEYWORDS, "Id", "Lead", "(", ")", "=", "'x'", "1", ",", ".", ":"]
_LEAF = _queries(st.just(Query((Selected(Path(("Id",))),), Source("Contacts"))))


@given(_queries(_LEAF))
def test_a_query_written_out_reads_back_the_same(query: Query) -> None:
    """Whatever the tree of a query, its text is read as that very tree."""
    assert parse(write(query)) == query


@given(st.text(st.sampled_from(list("SELECTFROM Idabc().,'\"\\<>=!%_:-+0123456789TZ\n\té$")), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text crashes the parser: it is a query or a refusal with HTTP status 400."""
    try:
        assert parse(parse_again := write(parse(text))) == parse(text), parse_again
    except Refusal as refusal:
        assert refusal.status == 400


@given(st.lists(st.sampled_from(_WORDS)))
def test_any_row_of_words_is_read_or_refused(words: list[str]) -> None:
    """No row of SOQL's own words crashes the parser."""
    try:
        parse(" ".join(words))
    except Refusal as refusal:
        assert refusal.code == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("text", "excerpt", "caret", "place", "reason"),
    [
        ("SELECT Id, FROM Lead LIMIT 10", "SELECT Id, FROM Lead LIMIT 10", 10, "1:Column:11", "'FROM'"),
        ("SELECT Id FROM Lead WHERE", "SELECT Id FROM Lead WHERE", 25, "1:Column:26", "'<EOF>'"),
        ("SELECT Id\nFROM Lead\nWHERE )", "WHERE )", 5, "3:Column:6", "')'"),
        (
            "SELECT LastModifiedById, LastModifiedDate, From Lead",
            "LastModifiedById, LastModifiedDate, From Lead",
            35,
            "1:Column:43",
            "'From'",
        ),
    ],
)
def test_an_unexpected_token_is_shown_with_its_surroundings(
    text: str, excerpt: str, caret: int, place: str, reason: str
) -> None:
    """The message holds the words around the token, a caret, row and column, and the token."""
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert (caught.value.status, caught.value.code) == (400, "MALFORMED_QUERY")
    shown = f"\n{excerpt}\n{' ' * caret}^\nERROR at Row:{place}\nunexpected token: {reason}"
    assert caught.value.message == shown


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("A = 1 AND B = 2 OR C = 3", "unexpected token: 'OR'"),
        ("A = 1 OR B = 2 AND C = 3", "unexpected token: 'AND'"),
        ("NOT A = 1 AND B = 2", "unexpected token: 'AND'"),
        ('A = "x"', "no viable alternative at character '\"'"),
        ("A = 'x", "mismatched character '<EOF>' expecting '''"),
        ("A = 'x\\d'", "Illegal character sequence '\\d' in string literal."),
        ("A = 'x\\%'", "Illegal character sequence '\\%' in string literal."),
        ("A = :name", "Bind variables only allowed in Apex code"),
        ("A IN ()", "unexpected token: ')'"),
        ("A == 1", "unexpected token: '='"),
        ("A LIKE", "unexpected token: '<EOF>'"),
        ("LAST_N_DAYS = LAST_N_DAYS", "unexpected token: '<EOF>'"),
    ],
)
def test_what_soql_does_not_have_is_refused(where: str, reason: str) -> None:
    """Mixed AND and OR, double quotes, stray backslashes and their like are MALFORMED_QUERY."""
    with pytest.raises(Refusal) as caught:
        parse(f"SELECT Id FROM Lead WHERE {where}")
    assert caught.value.code == "MALFORMED_QUERY"
    assert caught.value.message.endswith(reason)


def test_escapes_say_what_salesforce_says() -> None:
    """Quotes, line ends and unicode escapes are read; in LIKE an escaped wildcard stays escaped."""
    query = parse(r"SELECT Id FROM Lead WHERE A = 'it\'s \"a\" \\ \n\t\u00e9' AND B LIKE '50\%\_%'")
    assert isinstance(query.where, Joined)
    first, second = query.where.conditions
    assert isinstance(first, Comparison) and first.right.value == 'it\'s "a" \\ \n\té'
    assert isinstance(second, Comparison) and second.right.value == r"50\%\_%"


def test_nesting_has_an_end() -> None:
    """Thousands of parentheses are refused, not a crash."""
    with pytest.raises(Refusal) as caught:
        parse(f"SELECT Id FROM Lead WHERE {'(' * 5000}A = 1{')' * 5000}")
    assert caught.value.code == "QUERY_TOO_COMPLICATED"


def test_a_string_of_a_filter_holds_4000_characters() -> None:
    """The longest string is taken, one more character is refused."""
    assert parse(f"SELECT Id FROM Lead WHERE Name = '{'x' * 4000}'").where is not None
    with pytest.raises(Refusal):
        parse(f"SELECT Id FROM Lead WHERE Name = '{'x' * 4001}'")
