"""WHERE means what Salesforce means: held against the same rules in plain Python over a generated table."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.soql.printing import write
from sfsync.localorg.soql.tree import (
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
)

Asked = Any
Row = Mapping[str, Any]

_TEXTS = ["alpha", "Alpha", "beta", "BETA", "É", "é", "a%b", "a_b", "a\\b", "it's", "Beta\nline", None]
_KEYS = ["Key", "key", "KEY", "k%y", "k*y", "[k]", None]
_AMOUNTS = [None, -500, -5, 0, 5, 1250, 1251, 10**17]  # in hundredths
_DAYS = [None, "2025-12-31", "2026-02-28", "2026-03-03", "2026-03-04", "2026-03-05", "2026-04-01"]


def _rows() -> Iterator[Row]:
    for number in range(90):
        yield {
            "Name": f"n{number}",
            "NextStep": _TEXTS[number % len(_TEXTS)],
            "Amount": _AMOUNTS[number % len(_AMOUNTS)],
            "LastActivityDate": _DAYS[number % len(_DAYS)],
            "IsPrivate": number % 2,
            "Ext_Id__c": f"{_KEYS[number % len(_KEYS)]}-{number}" if _KEYS[number % len(_KEYS)] else None,
        }


@pytest.fixture(scope="module")
def table(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Asked, list[Row]]]:
    """Give an org with ninety opportunities, and the same rows as plain values."""
    made = request.getfixturevalue("make_org")(tmp_path_factory.mktemp("org"))
    rows = list(_rows())
    made.insert("Opportunity", *rows)
    yield made, rows
    made.context.state.close()


def _compare(operator: str, left: Any, right: Any) -> bool:
    if operator == "=":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _fold(text: str) -> str:
    return text.casefold()


def _like(pattern: str, text: str, fold: bool) -> bool:
    parts = []
    for one in re.findall(r"\\.|.", pattern, re.DOTALL):
        parts.append({"%": ".*", "_": "."}.get(one) or re.escape(one[-1]))
    flags = re.DOTALL | (re.IGNORECASE if fold else 0)
    return re.fullmatch("".join(parts), text, flags) is not None


def _value(literal: Literal) -> Any:
    return {"number": lambda: Decimal(literal.value) * 100, "boolean": lambda: int(literal.value == "true")}.get(
        literal.kind, lambda: literal.value
    )()


def _holds(condition: Condition, row: Row) -> bool:
    """Tell whether a row meets a condition, by the rules as people read them."""
    if isinstance(condition, Joined):
        results = [_holds(one, row) for one in condition.conditions]
        return all(results) if condition.operator == "AND" else any(results)
    if isinstance(condition, Not):
        return not _holds(condition.condition, row)
    assert isinstance(condition, Comparison | Membership) and isinstance(condition.left, Path)
    name = condition.left.names[0]
    if isinstance(condition, Membership):
        found = any(_holds(Comparison(condition.left, "=", one), row) for one in condition.values)
        return found == (condition.operator == "IN")
    return _one_holds(name, condition.operator, condition.right, row[name])


def _one_holds(name: str, operator: str, literal: Literal, left: Any) -> bool:
    folded = name == "NextStep"
    if literal.kind == "null" or literal.value == "" and literal.kind == "string":
        return (not left) == (operator == "=") if name == "IsPrivate" else (left is None) == (operator == "=")
    if left is None:
        return operator == "!="
    if operator == "LIKE":
        return _like(literal.value, left, folded)
    right = _value(literal)
    return _compare(operator, _fold(left) if folded else left, _fold(right) if folded else right)


_EQUALITY = st.sampled_from(["=", "!="])
_ANY_OPERATOR = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_NULL = Literal("null", "null")


def _column(name: str) -> Path:
    return Path((name,))


def _texts(values: list[str | None]) -> st.SearchStrategy[Literal]:
    return st.sampled_from([Literal("string", one) for one in values if one is not None] + [Literal("string", "")])


_NUMBERS = st.sampled_from(
    ["0", "-5", "-0.05", "0.05", "12.5", "12.505", "12.51", "1e15", "99999999999999999999", "-1e30"]
)
_PATTERNS = st.sampled_from(
    ["%", "a%", "%B", "_eta", "a\\%b", "a\\_b", "a_b", "a\\\\b", "é", "%t%", "k_y-%", "k*%", "[k]-%"]
)
_COMPARISONS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Comparison, st.just(_column("NextStep")), _EQUALITY, _texts(_TEXTS) | st.just(_NULL)),
    st.builds(Comparison, st.just(_column("NextStep")), st.sampled_from("<>"), st.just(Literal("string", "Az"))),
    st.builds(Comparison, st.just(_column("Ext_Id__c")), _EQUALITY, _texts(["Key-0", "key-0", "k*y-4"])),
    st.builds(
        Comparison,
        st.sampled_from([_column("NextStep"), _column("Ext_Id__c")]),
        st.just("LIKE"),
        _PATTERNS.map(lambda text: Literal("pattern", text)),
    ),
    st.builds(Comparison, st.just(_column("Amount")), _ANY_OPERATOR, _NUMBERS.map(lambda one: Literal("number", one))),
    st.builds(
        Comparison,
        st.just(_column("LastActivityDate")),
        _ANY_OPERATOR,
        st.sampled_from([Literal("date", one) for one in _DAYS if one]),
    ),
    st.builds(
        Comparison,
        st.just(_column("IsPrivate")),
        _EQUALITY,
        st.sampled_from([Literal("boolean", "true"), Literal("boolean", "false"), _NULL]),
    ),
    st.builds(
        Membership,
        st.just(_column("NextStep")),
        st.sampled_from(["IN", "NOT IN"]),
        st.lists(_texts(_TEXTS) | st.just(_NULL), min_size=1, max_size=4).map(tuple),
    ),
    st.builds(
        Membership,
        st.just(_column("Amount")),
        st.sampled_from(["IN", "NOT IN"]),
        st.lists(_NUMBERS.map(lambda one: Literal("number", one)), min_size=1, max_size=3).map(tuple),
    ),
)
_CONDITIONS = st.recursive(
    _COMPARISONS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(Joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=4).map(tuple))
    ),
    max_leaves=8,
)


@given(_CONDITIONS)
def test_where_finds_the_records_that_meet_it(table: tuple[Asked, list[Row]], condition: Condition) -> None:
    """Case, nulls, wildcards, numbers out of reach, NOT and nesting: the same records as plain Python finds."""
    org, rows = table
    query = Query((Selected(_column("Name")),), Source("Opportunity"), where=condition)
    assert org.column(write(query)) == [row["Name"] for row in rows if _holds(condition, row)]


@given(st.sampled_from(["NextStep", "Amount", "LastActivityDate"]), st.booleans(), st.sampled_from([None, True, False]))
def test_order_puts_nulls_where_asked_and_the_rest_in_order(
    table: tuple[Asked, list[Row]], name: str, descending: bool, nulls_first: bool | None
) -> None:
    """Nulls come first unless asked otherwise; texts are in order without case, accents beside their letters."""
    org, rows = table
    query = Query(
        (Selected(_column("Name")), Selected(_column(name))),
        Source("Opportunity"),
        order_by=(Order(_column(name), descending, nulls_first),),
    )
    values = [one[name] for one in org.records(write(query))]
    assert len(values) == len(rows)
    present = [one for one in values if one is not None]
    nulls = [None] * (len(values) - len(present))
    assert values == (present + nulls if nulls_first is False else nulls + present)
    keys = [one.casefold().replace("é", "e\uffff") if isinstance(one, str) else one for one in present]
    assert keys == sorted(keys, reverse=descending)


def test_long_lists_and_long_chains_are_taken(table: tuple[Asked, list[Row]]) -> None:
    """Thousands of values in a list, and hundreds of conditions in a row, are no trouble."""
    org, _ = table
    names = ", ".join(f"'n{number}'" for number in range(5000))
    assert len(org.column(f"SELECT Name FROM Opportunity WHERE Name IN ({names})")) == 90
    chain = " OR ".join(f"Name = 'N{number}'" for number in range(3000))
    assert len(org.column(f"SELECT Name FROM Opportunity WHERE {chain}")) == 90
    amounts = ", ".join(str(number) for number in range(4000))
    assert org.column(f"SELECT Name FROM Opportunity WHERE Amount IN ({amounts}) LIMIT 1") == ["n3"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Amount < 12.505", [-500, -5, 0, 5, 1250]),
        ("Amount <= 12.505", [-500, -5, 0, 5, 1250]),
        ("Amount > 12.505", [1251, 10**17]),
        ("Amount >= 12.505", [1251, 10**17]),
        ("Amount = 12.505", []),
        ("Amount < -0.055", [-500]),
        ("Amount > 1e30", []),
        ("Amount < 1e30", [-500, -5, 0, 5, 1250, 1251, 10**17]),
        ("Amount > -1e30", [-500, -5, 0, 5, 1250, 1251, 10**17]),
        ("Amount = 1e15", [10**17]),
    ],
)
def test_numbers_between_and_beyond_what_a_field_holds(
    table: tuple[Asked, list[Row]], condition: str, found: list[int]
) -> None:
    """A number with more digits than the field, or out of its reach, still compares as a number."""
    org, rows = table
    expected = [row["Name"] for row in rows if row["Amount"] in found]
    assert org.column(f"SELECT Name FROM Opportunity WHERE {condition}") == expected


def test_ids_are_taken_in_both_lengths(org: Asked) -> None:
    """A 15-character id finds the record as its 18-character form does."""
    (lead,) = org.insert("Lead", {"Name": "A"})
    for written in (lead, lead[:15]):
        assert org.column(f"SELECT Name FROM Lead WHERE Id = '{written}'") == ["A"]
        assert org.column(f"SELECT Name FROM Lead WHERE Id IN ('{written}')") == ["A"]


def test_a_missing_parent_has_null_fields(org: Asked) -> None:
    """Filters on a parent treat a record without one as having nulls, and false for booleans."""
    (acme,) = org.insert("Account", {"Name": "Acme", "Industry": "Banking"})
    org.insert("Contact", {"Name": "With", "AccountId": acme}, {"Name": "Without"})
    assert org.column("SELECT Name FROM Contact WHERE Account.Name = null") == ["Without"]
    assert org.column("SELECT Name FROM Contact WHERE Account.Industry != 'Banking'") == ["Without"]
    assert org.column("SELECT Name FROM Contact WHERE Account.IsDeleted = false ORDER BY Name") == ["With", "Without"]


def test_semi_and_anti_joins(org: Asked) -> None:
    """IN and NOT IN take the records another query names; nulls in it do no harm."""
    acme, other = org.insert("Account", {"Name": "Acme"}, {"Name": "Other"})
    org.insert("Contact", {"Name": "A", "AccountId": acme}, {"Name": "Alone"})
    assert org.column("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact)") == ["Acme"]
    assert org.column("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)") == ["Other"]
    soql = "SELECT Name FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'ac%')"
    assert org.column(soql) == ["A"]
    assert other


def test_picklists_sort_in_the_order_of_their_list(org: Asked) -> None:
    """ORDER BY, MIN and MAX follow the picklist's definition; values it does not have come last."""
    org.insert("Lead", *({"Name": one, "Rating": one} for one in ("Cold", "Warm", "Hot", "Apt")), {"Name": "none"})
    assert org.column("SELECT Rating FROM Lead ORDER BY Rating") == [None, "Hot", "Warm", "Cold", "Apt"]
    (record,) = org.records("SELECT MIN(Rating) low, MAX(Rating) high FROM Lead")
    assert (record["low"], record["high"]) == ("Hot", "Apt")


def test_chosen_values_of_a_multi_select_picklist(org: Asked) -> None:
    """INCLUDES finds any of the values, several joined by a semicolon together; EXCLUDES the others, nulls too."""
    org.context.state.add_field(
        "Lead", {"name": "Topics__c", "type": "multipicklist", "length": 255, "values": ["A", "B", "C"]}
    )
    org.insert("Lead", *({"Name": one or "none", "Topics__c": one} for one in ("A;B", "B;C", "C", None)))
    assert org.column("SELECT Name FROM Lead WHERE Topics__c INCLUDES ('A', 'c')") == ["A;B", "B;C", "C"]
    assert org.column("SELECT Name FROM Lead WHERE Topics__c INCLUDES ('A;B')") == ["A;B"]
    assert org.column("SELECT Name FROM Lead WHERE Topics__c EXCLUDES ('B')") == ["C", "none"]


def test_date_literals_follow_the_users_time_zone(org: Asked) -> None:
    """TODAY begins at the user's midnight, not at that of UTC."""
    update = 'UPDATE "User" SET "TimeZoneSidKey" = ? WHERE "Id" = ?'
    org.context.state.run(update, ("America/Los_Angeles", org.user_id))
    late = org.later(datetime(2026, 3, 5, 3, 0, tzinfo=UTC))  # 19:00 on the 4th in Los Angeles
    org.insert("Lead", {"Name": "A", "CreatedDate": "2026-03-04T09:00:00.000+0000"})
    org.insert("Lead", {"Name": "B", "CreatedDate": "2026-03-04T07:00:00.000+0000"})
    assert late.column("SELECT Name FROM Lead WHERE CreatedDate = TODAY") == ["A"]
    assert late.column("SELECT Name FROM Lead WHERE CreatedDate < TODAY") == ["B"]
    assert late.column("SELECT Name FROM Lead WHERE HOUR_IN_DAY(convertTimezone(CreatedDate)) = 23") == ["B"]
    assert late.column("SELECT Name FROM Lead WHERE HOUR_IN_DAY(CreatedDate) = 7") == ["B"]
