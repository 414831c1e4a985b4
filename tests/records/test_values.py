"""Values keep every digit, letter and instant through each form they travel in."""

import json
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.records.values import (
    Kind,
    Value,
    as_kept,
    datetime_text,
    from_plain,
    from_stored,
    from_text,
    kind_of,
    same,
    to_plain,
    to_stored,
    to_text,
)

ZONES = st.timezones() | st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EARLIEST, LATEST = (datetime.combine(day, time()) for day in (date(1700, 1, 1), date(4000, 12, 31)))
MILLISECONDS = st.integers(0, 999).map(lambda number: number * 1000)
INSTANTS = st.builds(
    lambda instant, micro: instant.replace(microsecond=micro),
    st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)),
    MILLISECONDS,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.decimals(
    min_value=Decimal("-1e18"), max_value=Decimal("1e18"), allow_nan=False, allow_infinity=False, places=8
)
TIMES = st.builds(lambda moment, micro: moment.replace(microsecond=micro), st.times(), MILLISECONDS)
VALUES: dict[Kind, st.SearchStrategy[Value]] = {
    Kind.TEXT: TEXTS,
    Kind.ID: st.just("00Q000000000001AAA"),
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: st.integers(-(2**53), 2**53),
    Kind.NUMBER: NUMBERS,
    Kind.DATE: st.dates(date(1700, 1, 1), date(4000, 12, 31)),
    Kind.DATETIME: INSTANTS,
    Kind.TIME: TIMES,
}
TYPED = st.sampled_from(sorted(VALUES, key=lambda kind: kind.name)).flatmap(
    lambda kind: st.tuples(st.just(kind), VALUES[kind] | st.none())
)


@given(TYPED)
def test_json_gives_back_what_it_was_given(typed: tuple[Kind, Value]) -> None:
    """A value written into a plan, the journal or a request and read again is the same, to the last digit."""
    kind, value = typed
    assert from_plain(kind, json.loads(json.dumps(to_plain(value)))) == value


@given(TYPED)
def test_text_gives_back_what_it_was_given(typed: tuple[Kind, Value]) -> None:
    """A value written into a CSV cell and read again is the same."""
    kind, value = typed
    assert from_text(kind, to_text(value)) == value


@given(TYPED)
def test_the_mirror_gives_back_what_it_was_given(typed: tuple[Kind, Value]) -> None:
    """A value stored in a column and read again is the same."""
    kind, value = typed
    assert from_stored(kind, to_stored(kind, value)) == value


@given(INSTANTS, ZONES)
def test_an_instant_is_one_whatever_zone_it_is_told_in(instant: datetime, zone: timezone) -> None:
    """REST's +0000, Bulk's Z and a local offset of the same instant are the same value."""
    told = datetime_text(instant)
    assert told.endswith("Z")
    assert from_text(Kind.DATETIME, told.replace("Z", "+0000")) == instant
    try:
        local = instant.astimezone(zone)
    except OverflowError:
        return
    if local.utcoffset() is not None and local.utcoffset().total_seconds() % 60 == 0:
        assert from_text(Kind.DATETIME, local.isoformat()) == instant


@given(st.dates(), ZONES)
def test_a_date_never_passes_through_a_zone(day: date, zone: timezone) -> None:
    """A date stays the day it says, wherever the machine stands."""
    assert to_text(day) == day.isoformat()
    assert from_text(Kind.DATE, day.isoformat()) == day


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.BOOLEAN, "yes"),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, "Infinity"),
        (Kind.NUMBER, "1,5"),
        (Kind.INTEGER, "1.5"),
        (Kind.DATE, "31.12.2026"),
        (Kind.DATE, "2026-02-30"),
        (Kind.DATETIME, "2026-01-01T00:00:00"),
        (Kind.DATETIME, "yesterday"),
        (Kind.TIME, "25:00"),
    ],
)
def test_text_that_is_no_such_value_is_refused_in_words(kind: Kind, text: str) -> None:
    """Nothing is guessed: a word for a number, a day that is not, a time without zone are errors that show the text."""
    with pytest.raises(ValueError, match="is not|is neither|says no"):
        from_text(kind, text)


@pytest.mark.parametrize(
    ("kind", "plain"),
    [(Kind.NUMBER, True), (Kind.INTEGER, False), (Kind.DATE, 5), (Kind.TEXT, ["a"]), (Kind.NUMBER, {})],
)
def test_json_of_another_kind_is_refused(kind: Kind, plain: object) -> None:
    """A flag is no number and a list no text: an answer of the wrong shape is noticed."""
    with pytest.raises(ValueError, match="is not|is no "):
        from_plain(kind, plain)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (Decimal("1200000.00"), "1200000"),
        (Decimal("0.10"), "0.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00000001"), "-0.00000001"),
        (date(2026, 2, 28), "2026-02-28"),
        (datetime(2024, 7, 11, 21, 22, 6, tzinfo=UTC), "2024-07-11T21:22:06.000Z"),
        (time(9, 30), "09:30:00.000Z"),
    ],
)
def test_values_are_written_as_bulk_csv_writes_them(value: Value, text: str) -> None:
    """Flags in small letters, numbers without needless zeros or exponents, instants with milliseconds and Z."""
    assert to_text(value) == text


@given(st.decimals(-(10**15), 10**15, places=6))
def test_numbers_are_one_by_amount(number: Decimal) -> None:
    """12 and 12.00 are no change, and 12.00000001 is one."""
    assert same(number, number.normalize())
    assert not same(number, number + Decimal("0.00000001"))


def test_empty_text_and_null_are_one() -> None:
    """Salesforce keeps no empty text, so writing one where there is none changes nothing."""
    assert same("", None)
    assert same(None, None)
    assert not same("", "x")


def test_a_flag_is_never_null() -> None:
    """A checkbox that was never set is false, and a flag is no text."""
    assert same(None, False)
    assert not same(None, True)


@pytest.mark.parametrize(
    ("type_", "value", "kept"),
    [
        ("string", "  a b ", "a b"),
        ("string", "   ", None),
        ("email", " Ana@Example.COM", "ana@example.com"),
        ("string", "Ana@Example.COM", "Ana@Example.COM"),
        ("double", Decimal(1), Decimal(1)),
    ],
)
def test_text_is_kept_as_salesforce_keeps_it(type_: str, value: Value, kept: Value) -> None:
    """Trimmed, empty to null, e-mail in lower case: what comes back is what was expected."""
    assert as_kept(type_, value) == kept


def test_instants_are_kept_as_whole_seconds() -> None:
    """What is finer than a second is cut off, as orgs do, so that what was written is what is pulled."""
    instant = datetime(2026, 3, 1, 12, 30, 45, 999_999, tzinfo=UTC)
    assert as_kept("datetime", instant) == instant.replace(microsecond=0)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("picklist", Kind.TEXT),
        ("multipicklist", Kind.TEXT),
        ("email", Kind.TEXT),
        ("reference", Kind.ID),
        ("currency", Kind.NUMBER),
        ("percent", Kind.NUMBER),
        ("int", Kind.INTEGER),
        ("address", Kind.COMPOUND),
        ("something new", Kind.TEXT),
    ],
)
def test_every_salesforce_type_has_a_kind(type_: str, kind: Kind) -> None:
    """A type nobody has heard of is carried as text rather than refused."""
    assert kind_of(type_) is kind


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_out_of_json_keeps_its_digits(number: float) -> None:
    """What JSON gives as a float becomes the decimal that was written, not the nearest binary fraction."""
    value = from_plain(Kind.NUMBER, number)
    assert isinstance(value, Decimal)
    assert math.isclose(float(value), number, rel_tol=0, abs_tol=0)
