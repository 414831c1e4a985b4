"""Dates, points in time and times of day move and compare as in Salesforce."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.formula.asking import evaluate, failure

RECORD = {
    "Birthdate": date(2024, 2, 28),
    "Renewal": date(2024, 3, 1),
    "CreatedDate": datetime(2024, 2, 28, 23, 30, tzinfo=UTC),
    "Modified": datetime(2024, 2, 29, 11, 30, tzinfo=UTC),
    "Opens": time(23, 0),
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("Birthdate + 1", date(2024, 2, 29)),
        ("1 + Birthdate", date(2024, 2, 29)),
        ("Birthdate + 0.5 + 0.5", date(2024, 2, 28)),
        ("Birthdate + (0.5 + 0.5)", date(2024, 2, 29)),
        ("Birthdate - 0.9", date(2024, 2, 28)),
        ("Renewal - Birthdate", 2),
        ("CreatedDate + 0.5", datetime(2024, 2, 29, 11, 30, tzinfo=UTC)),
        ("CreatedDate + 0.000005", datetime(2024, 2, 28, 23, 30, tzinfo=UTC)),
        ("CreatedDate - 1", datetime(2024, 2, 27, 23, 30, tzinfo=UTC)),
        ("Modified - CreatedDate", Decimal("0.5")),
        ("Modified > CreatedDate", True),
        ("Opens + 7200000", time(1, 0)),
        ("Opens - 3600000", time(22, 0)),
        ('TIMEVALUE("01:00:00.000") - TIMEVALUE("02:00:00.000")', 82_800_000),
        ("YEAR(Birthdate) * 10000 + MONTH(Birthdate) * 100 + DAY(Birthdate)", 20_240_228),
        ("WEEKDAY(Birthdate)", 4),
        ("WEEKDAY(DATE(2026, 3, 1))", 1),
        ("DAYOFYEAR(Renewal)", 61),
        ("ISOWEEK(DATE(2021, 1, 3))", 53),
        ("ISOYEAR(DATE(2021, 1, 3))", 2020),
        ("ISOWEEK(Modified)", 9),
        ("HOUR(Opens) + MINUTE(Opens) + SECOND(Opens) + MILLISECOND(Opens)", 23),
        ("ADDMONTHS(DATE(2023, 2, 28), 12)", date(2024, 2, 29)),
        ("ADDMONTHS(DATE(2024, 1, 31), 1)", date(2024, 2, 29)),
        ("ADDMONTHS(DATE(2024, 1, 30), 1)", date(2024, 2, 29)),
        ("ADDMONTHS(DATE(2024, 3, 15), -1.9)", date(2024, 2, 15)),
        ("ADDMONTHS(CreatedDate, 12)", datetime(2025, 2, 28, 23, 30, tzinfo=UTC)),
        ('DATEVALUE("2024-2-9 and more")', date(2024, 2, 9)),
        ('DATETIMEVALUE("2024-02-09 1:2:3 Z")', datetime(2024, 2, 9, 1, 2, 3, tzinfo=UTC)),
        ("DATETIMEVALUE(Birthdate)", datetime(2024, 2, 28, tzinfo=UTC)),
        ("TIMEVALUE(CreatedDate)", time(23, 30)),
        ('TIMEVALUE("1:2:3.4")', time(1, 2, 3, 4_000)),
        ("UNIXTIMESTAMP(DATE(1970, 1, 2))", 86_400),
        ("UNIXTIMESTAMP(Opens)", 82_800),
        ("FROMUNIXTIME(1.5)", datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
        ("FORMATDURATION(100000)", "27:46:40"),
        ("FORMATDURATION(-100000, TRUE)", "1:03:46:40"),
        ("FORMATDURATION(CreatedDate, Modified)", "0:12:00:00"),
        ('FORMATDURATION(TIMEVALUE("01:00:00.000"), Opens)', "22:00:00"),
        ("NOW()", datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)),
        ("TIMENOW()", time(12, 30, 15, 250_000)),
    ],
)
def test_dates_and_times(source: str, value: object) -> None:
    """Days are cut toward zero at each step, points in time move by whole seconds, times wrap past midnight."""
    assert evaluate(source, RECORD) == value


@pytest.mark.parametrize(
    "source",
    [
        "DATE(0, 1, 1)",
        "DATE(2023, 2, 29)",
        "DATE(10000, 1, 1)",
        'DATEVALUE(" 2024-02-09")',
        'DATEVALUE("24-02-09")',
        'DATEVALUE("2024-02-30")',
        'DATEVALUE("2024/02/09")',
        'DATETIMEVALUE("2024-02-09T01:02:03")',
        'DATETIMEVALUE("2024-02-09 24:00:00")',
        'DATETIMEVALUE("2024-02-09")',
        'TIMEVALUE("10:20:30")',
        'TIMEVALUE("10:20:30.000Z")',
        'TIMEVALUE("25:00:00.000")',
        "Opens - 99999999999",
        "DATE(9999, 12, 31) + 1",
        "DATE(1, 1, 1) - 1",
        "DATE(1, 1, 1) + 10^60",
        "NOW() + 10^60",
        "ADDMONTHS(DATE(9999, 12, 1), 1)",
        "FROMUNIXTIME(10^60)",
    ],
)
def test_what_is_no_date_or_time_fails(source: str) -> None:
    """A day that does not exist is a failure of that record, with its reason."""
    assert failure(source, RECORD)


def test_today_and_datevalue_follow_the_users_time_zone() -> None:
    """Half an hour before midnight in London it is tomorrow in Tokyo; times of day stay GMT."""
    tokyo = ZoneInfo("Asia/Tokyo")
    assert evaluate("DATEVALUE(CreatedDate)", RECORD) == date(2024, 2, 28)
    assert evaluate("DATEVALUE(CreatedDate)", RECORD, zone=tokyo) == date(2024, 2, 29)
    assert evaluate("TIMEVALUE(CreatedDate)", RECORD, zone=tokyo) == time(23, 30)
    assert evaluate("TODAY()", zone=ZoneInfo("Pacific/Kiritimati")) == date(2026, 3, 2)


def test_points_in_time_of_any_zone_are_one() -> None:
    """A value handed in with another zone is the same instant."""
    there = datetime(2024, 2, 29, 8, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert evaluate("CreatedDate = DATETIMEVALUE('2024-02-28 23:30:00')", {"CreatedDate": there}) is True


def test_a_point_in_time_without_zone_is_refused() -> None:
    """Nobody guesses a zone."""
    naive = datetime(2024, 2, 29, 8, 30)  # noqa: DTZ001
    assert "CreatedDate" in failure("CreatedDate + 1", {"CreatedDate": naive})
