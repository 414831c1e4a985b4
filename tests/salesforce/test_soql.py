"""SOQL is written in one place, and no value or name can make it say something else."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import OrgRefused
from sfsync.localorg.soql.parser import parse
from sfsync.localorg.soql.tree import Comparison, Literal, Membership, Path
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.values import Value
from sfsync.salesforce.soql import URI_BYTES, _size, count_soql, literal, parts, soql

_READ_BACK = {"\\": "\\", "'": "'", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def read_text(written: str) -> tuple[str, str]:
    """Read one SOQL text literal as the language defines it; give its value and what stands behind it."""
    assert written[0] == "'"
    value, at = "", 1
    while written[at] != "'":
        if written[at] != "\\":
            value, at = value + written[at], at + 1
        elif written[at + 1] == "u":
            value, at = value + chr(int(written[at + 2 : at + 6], 16)), at + 6
        else:
            value, at = value + _READ_BACK[written[at + 1]], at + 2
    return value, written[at + 1 :]


def where(value: Value | tuple[Value, ...], compare: Compare = Compare.EQUAL, field: str = "LastName") -> Query:
    return Query("Lead", ("Id",), (Condition(field, compare, value),))


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300))
def test_a_text_stays_one_literal_whatever_is_in_it(text: str) -> None:
    """Quotes, backslashes, line ends and keywords in a value can neither end it nor change it."""
    start = "SELECT Id FROM Lead WHERE LastName = "
    written = soql(where(text))
    assert written.startswith(start)
    assert read_text(written.removeprefix(start)) == (text, "")
    assert "\n" not in written


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300))
def test_another_reader_of_the_language_finds_the_same_value(text: str) -> None:
    """The local org, which reads SOQL by code of its own, finds one condition with just the value that was meant."""
    found = parse(soql(where(text)))
    assert found.where == Comparison(Path(("LastName",)), "=", Literal("string", text))
    listed = parse(soql(where((text, "b"), Compare.ONE_OF))).where
    assert isinstance(listed, Membership)
    assert [one.value for one in listed.values] == [text, "b"]


@pytest.mark.parametrize(
    "nasty", ["' OR Name != '", "\\' OR 1=1 --", "a\\", "\\u0027", "x'\ny", "O'Hara", "%_", "\x1f\x7f"]
)
def test_known_attacks_stay_values(nasty: str) -> None:
    """What has broken other programs reads back as the value it was."""
    assert read_text(literal(nasty)) == (nasty, "")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (-7, "-7"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("123456789012345678.25"), "123456789012345678.25"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 12, 30, 5, tzinfo=UTC), "2024-02-29T12:30:05Z"),
        (datetime(2024, 2, 29, 12, 30, 5, 120_000, tzinfo=UTC), "2024-02-29T12:30:05.120Z"),
        (datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=2))), "2024-02-29T10:30:00Z"),
        (time(8, 5, 1), "08:05:01.000Z"),
    ],
)
def test_each_kind_of_value_has_its_own_form(value: Value, written: str) -> None:
    """Numbers, days and times stand unquoted, as SOQL wants them, with every digit."""
    assert literal(value) == written


@pytest.mark.parametrize(
    "value",
    ["a\0b", "\ud800", "x" * 4001, Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN"), datetime(2024, 1, 1)],  # noqa: DTZ001
)
def test_what_no_literal_can_hold_is_refused(value: Value) -> None:
    """Nothing is sent that the org would understand as something else, or not at all."""
    with pytest.raises(OrgRefused):
        literal(value)


@pytest.mark.parametrize(
    "bad",
    ["Id FROM User--", "Name), (SELECT Id FROM Contacts", "", "1a", "a b", "Náme", "Owner..Name", "Id\n", "a;b", "_x"],
)
def test_a_name_that_is_none_is_refused(bad: str) -> None:
    """Names out of settings and rules cannot smuggle SOQL in, wherever they stand."""
    for query in (
        Query("Lead", ("Id", bad)),
        Query(bad, ("Id",)),
        Query("Lead", ("Id",), order_by=(bad,)),
        where(1, field=bad),
    ):
        with pytest.raises(OrgRefused):
            soql(query)


def test_a_whole_query_reads_as_written_by_hand() -> None:
    """Fields, conditions, order and limit come in SOQL's own order."""
    query = Query(
        "Lead",
        ("Id", "Owner.Name"),
        (
            Condition("SystemModstamp", Compare.AT_LEAST, datetime(2024, 1, 1, tzinfo=UTC)),
            Condition("Status", Compare.ONE_OF, ("New", None)),
        ),
        ("SystemModstamp", "Id DESC"),
        10,
    )
    assert soql(query) == (
        "SELECT Id, Owner.Name FROM Lead WHERE SystemModstamp >= 2024-01-01T00:00:00Z AND Status IN ('New', null)"
        " ORDER BY SystemModstamp, Id DESC LIMIT 10"
    )
    assert count_soql(where("x")) == "SELECT count() FROM Lead WHERE LastName = 'x'"


@pytest.mark.parametrize(
    "query",
    [
        Query("Lead", ()),
        where((), Compare.ONE_OF),
        where("a", Compare.ONE_OF),
        where(("a",)),
        Query("Lead", ("Id",), limit=-1),
        Query("Lead", ("Id",), order_by=("Id; DROP",)),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: Query) -> None:
    """A question that cannot be asked is told here, not guessed at."""
    with pytest.raises(OrgRefused):
        soql(query)


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60), max_size=400))
def test_a_long_list_is_asked_in_parts_that_fit_and_lose_nothing(values: list[str]) -> None:
    """However long a list is, each part fits in a URI, and together they ask for just the values given, in order."""
    asked = list(parts(where(tuple(values), Compare.ONE_OF), budget=1500))
    assert [one for part in asked for one in _listed(part)] == values
    assert all(_size(soql(part)) <= 1500 for part in asked)


def _listed(part: Query) -> tuple[Value, ...]:
    value = part.where[0].value
    assert isinstance(value, tuple)
    return value


def test_an_empty_list_asks_nothing() -> None:
    """No record is one of none, so no call is made."""
    assert list(parts(where((), Compare.ONE_OF))) == []


def test_a_thousand_ids_make_uris_that_salesforce_takes() -> None:
    """URI and headers together stay under the 16,384 bytes that Salesforce reads."""
    ids = tuple(f"00Q{number:012d}AAA" for number in range(1000))
    asked = list(parts(where(ids, Compare.ONE_OF, "Id")))
    assert 1 < len(asked) < 4
    assert max(_size(soql(part)) for part in asked) <= URI_BYTES < 16_000


def test_a_list_is_not_split_where_that_would_change_the_answer() -> None:
    """An order or a limit holds for the whole answer, so a question too long for one URI is refused."""
    query = where(tuple(f"x{number}" for number in range(5000)), Compare.ONE_OF)
    for changed in (
        Query("Lead", ("Id",), query.where, ("Id",)),
        Query("Lead", ("Id",), query.where, limit=5),
        Query("Lead", tuple(f"Field{number}__c" for number in range(5000))),
    ):
        with pytest.raises(OrgRefused, match="too long"):
            list(parts(changed))


def test_one_value_too_long_for_a_uri_is_refused() -> None:
    """A part that cannot fit is refused rather than sent and cut."""
    values = ("a", "é" * 3900)
    with pytest.raises(OrgRefused, match="too long"):
        list(parts(where(values, Compare.ONE_OF)))


def test_control_characters_are_written_as_escapes() -> None:
    """The text of a query holds no raw control character, so that logs and proxies cannot be confused by it."""
    assert not re.search(r"[\x00-\x1f\x7f]", literal("".join(map(chr, range(1, 128)))))
