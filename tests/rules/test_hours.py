"""Pools that are there at certain hours only."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sfsync.rules.decide import decide
from sfsync.rules.facts import Facts, People
from sfsync.rules.rulebook import Rulebook
from tests.rules.conftest import Document, Leads, Reading, routing, user_id

MADRID = {"zone": "Europe/Madrid", "days": "Mon-Fri", "from": "09:00", "to": "18:00"}


def with_hours(hours: object) -> Document:
    pool = {"p": {"members": ["ana@example.com"], "hours": hours}}
    return routing({"name": "all", "to": "pool:p"}, pool=pool, otherwise="queue:EMEA")


@pytest.mark.parametrize(
    ("instant", "there"),
    [
        ("2026-11-24T08:00", True),  # a Tuesday in winter, one hour behind Madrid: 09:00 there
        ("2026-11-24T07:59", False),
        ("2026-11-24T16:59", True),
        ("2026-11-24T17:00", False),
        ("2026-07-07T07:00", True),  # a Tuesday in summer, two hours behind
        ("2026-07-07T16:00", False),
        ("2026-11-28T10:00", False),  # a Saturday
    ],
)
def test_outside_its_hours_a_pool_is_passed_over(
    book: Callable[..., Rulebook], lead: Leads, people: People, instant: str, there: bool
) -> None:
    """Hours are those of the pool's zone, summer time included; the end is no part of them."""
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    decisions, _ = decide(book(lead_routing=with_hours(MADRID)), [lead()], Facts(people, now))
    target = user_id(0) if there else "00G000000000001AAA"
    assert decisions[0].wanted == {"OwnerId": target}
    assert bool(decisions[0].tried) is not there


def test_hours_may_last_until_midnight_and_days_be_listed(
    book: Callable[..., Rulebook], lead: Leads, people: People
) -> None:
    """24:00 is the end of the day; days are single or from one to another."""
    rulebook = book(lead_routing=with_hours({"zone": "UTC", "days": "Mon, Wed-Thu", "from": "00:00", "to": "24:00"}))
    taken = []
    for day in range(23, 30):  # 23 November 2026 is a Monday
        decisions, _ = decide(rulebook, [lead()], Facts(people, datetime(2026, 11, day, 23, 59, 59, tzinfo=UTC)))
        taken.append(decisions[0].wanted["OwnerId"] == user_id(0))
    assert taken == [True, False, True, True, False, False, False]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("zone", "Europe/Madird"),
        ("zone", "../etc/passwd"),
        ("days", "Fri-Mon"),
        ("days", "weekdays"),
        ("from", "9:00"),
        ("from", "24:00"),
        ("to", "25:00"),
        ("to", "08:00"),
        ("until", "18:00"),
    ],
)
def test_hours_that_make_no_sense_are_an_error(read: Reading, key: str, value: str) -> None:
    """Hours are never silently read as others."""
    rulebook, problems = read(lead_routing=with_hours(MADRID | {key: value}))
    assert rulebook is None
    assert [(problem.key_path, bool(problem.next)) for problem in problems] == [(("pool", "p", "hours", key), True)]
