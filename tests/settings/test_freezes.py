"""Freezes: when they hold, by the clock on the wall, and what is wrong with them is told at its place."""

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sfsync.errors import SettingsError
from sfsync.settings.freezes import EVERY_DAY, Freeze, read_days
from sfsync.settings.read import read_settings

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = Freeze(time(22), time(6), read_days("fri"), MADRID)  # Friday evening to Saturday morning
OFFICE = Freeze(time(9), time(18), read_days("mon-wed, fri"), MADRID)
YEAR_END = Freeze(
    datetime.fromisoformat("2026-12-30 18:00"), datetime.fromisoformat("2027-01-02 08:00"), EVERY_DAY, MADRID
)


@pytest.mark.parametrize(
    ("freeze", "local", "holds"),
    [
        (OFFICE, "2026-03-02 09:00", True),
        (OFFICE, "2026-03-02 08:59", False),
        (OFFICE, "2026-03-02 18:00", False),
        (OFFICE, "2026-03-05 12:00", False),  # a Thursday
        (NIGHT, "2026-03-06 23:00", True),
        (NIGHT, "2026-03-07 05:59", True),
        (NIGHT, "2026-03-07 22:30", False),
        (NIGHT, "2026-03-06 05:00", False),
        (YEAR_END, "2026-12-30 17:59", False),
        (YEAR_END, "2027-01-01 12:00", True),
        (YEAR_END, "2027-01-02 08:00", False),
    ],
)
def test_it_holds_from_its_start_to_its_end_by_the_clock_on_the_wall(freeze: Freeze, local: str, holds: bool) -> None:
    """Days are those it begins on; one that ends before it begins runs over midnight; the end is not part of it."""
    assert freeze.covers(datetime.fromisoformat(local).replace(tzinfo=MADRID).astimezone(UTC)) is holds


@pytest.mark.parametrize(
    ("starts", "ends", "instants"),
    [  # whether it holds, by instants of UTC around the change of the clock
        (time(22), time(2, 30), {"2026-10-25 00:45": True, "2026-10-25 01:29": True, "2026-10-25 01:30": False}),
        (time(2, 30), time(5), {"2026-10-25 00:29": False, "2026-10-25 00:30": True, "2026-10-25 01:15": True}),
        (time(2, 15), time(2, 45), {"2026-03-29 01:14": False, "2026-03-29 01:15": True, "2026-03-29 01:45": False}),
        (time(22), time(2, 30), {"2026-03-29 00:59": True, "2026-03-29 01:29": True, "2026-03-29 01:30": False}),
    ],
)
def test_it_holds_without_a_break_where_the_clock_is_moved(starts: time, ends: time, instants: dict[str, bool]) -> None:
    """Of a time that comes twice the first begins it and the second ends it; one that is left out counts too."""
    freeze = Freeze(starts, ends, EVERY_DAY, MADRID)
    for instant, holds in instants.items():
        assert freeze.covers(datetime.fromisoformat(instant).replace(tzinfo=UTC)) is holds, instant


@pytest.mark.parametrize(
    ("lines", "said", "line"),
    [
        ('from = "18:00"', "to is missing", 5),
        ('from = "18:00"\nto = "2026-12-24 18:00"', "the other has none", 7),
        ('from = "2026-12-24 18:00"\nto = "2026-12-24 17:00"', "before it begins", 7),
        ('from = "2026-12-24 18:00"\nto = "2026-12-25 17:00"\ndays = "mon"', "every week", 8),
        ('from = "25:00"\nto = "26:00"', "is no time", 6),
        ('from = "2026-02-30 10:00"\nto = "18:00"', "is no time", 6),
        ('from = "10:00"\nto = "18:00"\ndays = "fri-mon"', "neither a day", 8),
    ],
)
def test_a_freeze_that_makes_no_sense_is_told(tmp_path: Path, lines: str, said: str, line: int) -> None:
    """What is wrong, and its line."""
    (tmp_path / "sfsync.toml").write_text(f"[org]\nlocal = true\n\n\n[freeze.x]\n{lines}\n")
    with pytest.raises(SettingsError, match=said) as caught:
        read_settings(tmp_path / "sfsync.toml")
    assert caught.value.problems[0].where.line == line
