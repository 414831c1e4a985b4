"""Promises of the small books: schemas, watermarks, runs, decisions, keys, turns and slots."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.clock import SetClock
from sfsync.mirror.belongings import Belonging
from sfsync.mirror.open import Mirror
from sfsync.mirror.watermarks import Resume, Watermark
from sfsync.records.decision import Decision
from tests.mirror.leads import FIELDS, LEAD, lead_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_schema_is_kept_whole(mirror: Mirror) -> None:
    """What describe said comes back as it was, with what is pulled; the latest counts; others are not known."""
    with mirror.writing() as books:
        books.schemas.put(LEAD, ["Id"])
        books.schemas.put(LEAD, FIELDS)
        assert books.schemas.get("Lead") == LEAD
        assert list(books.schemas.get("Lead").fields) == list(LEAD.fields)  # type: ignore[union-attr]
        assert books.schemas.pulled("Lead") == FIELDS
        assert books.schemas.names() == ("Lead",)
        assert books.schemas.get("Account") is None and books.schemas.pulled("Account") == ()


def test_a_schema_of_another_version_counts_as_not_known(mirror: Mirror) -> None:
    """After an update that needs more of describe, the org is asked again instead of guessing."""
    with mirror.writing() as books:
        books.schemas.put(LEAD, FIELDS)
        books._connection.exec_driver_sql("UPDATE _schemas SET schema = replace(schema, '\"label\"', '\"caption\"')")
        assert books.schemas.get("Lead") is None
        assert books.schemas.pulled("Lead") == FIELDS


def test_a_watermark_only_moves_forward(mirror: Mirror, clock: SetClock) -> None:
    """An earlier time leaves it; a reset makes the next pull a full one and keeps when the first was complete."""
    with mirror.writing() as books:
        marks = books.watermarks
        assert marks.get("Lead") is marks.first_complete_at("Lead") is None
        marks.set("Lead", NOON, run=1)
        clock.advance(60)
        marks.set("Lead", NOON - HOUR, run=2)
        assert marks.get("Lead") == Watermark("Lead", NOON, 1)
        marks.set("Lead", NOON + HOUR, run=3)
        assert marks.get("Lead") == Watermark("Lead", NOON + HOUR, 3)
        marks.reset("Lead")
        assert marks.get("Lead") is None
        marks.set("Lead", NOON, run=4)
        assert marks.get("Lead") == Watermark("Lead", NOON, 4)
        assert marks.first_complete_at("Lead") == NOON
        assert marks.get("Account") is None


def test_a_pull_that_was_cut_off_goes_on_where_it_was(mirror: Mirror) -> None:
    """The latest resume point is kept until it is forgotten."""
    first = Resume(1, "750x", None, NOON, ("Id", "Name"))
    second = Resume(1, "750x", "MTAw", NOON, ("Id", "Name"))
    with mirror.writing() as books:
        assert books.watermarks.resume("Lead") is None
        books.watermarks.keep("Lead", first)
        books.watermarks.keep("Lead", second)
        assert books.watermarks.resume("Lead") == second
        books.watermarks.forget("Lead")
        assert books.watermarks.resume("Lead") is None


def test_what_runs_counted_is_added_up_over_a_span(mirror: Mirror, clock: SetClock) -> None:
    """Runs of other commands and times are left out, and what a run did not count is nothing."""
    began = clock.now()
    with mirror.writing() as books:
        for command, counts in (
            ("pull", {"new": 5}),
            ("sync", {"new": 1, "changed": 70_000}),
            ("import", {"new": 900}),
        ):
            clock.advance(60)
            books.runs.finish(books.runs.start(command, {}), "waiting" if command == "sync" else "done", counts)
        for until, total in ((60, 5), (180, 70_006), (0, 0)):
            span = (began, began + timedelta(seconds=until))
            assert books.runs.counted_between(("pull", "sync"), ("new", "changed"), *span) == total
        books.runs.note(2, {"calls": 40})
        books.runs.note(3, {"calls": 2, "file": "a.csv"})
        calls = [books.runs.calls_since(began + timedelta(seconds=after)) for after in (0, 120, 121, 181)]
        assert calls == [42, 42, 2, 0]
        assert books.runs.first_since(("sync", "import"), ["done"]) is None
        assert books.runs.first_since(("pull", "sync"), ["done"]) == began + timedelta(seconds=120)


def test_runs_are_numbered_and_told_newest_first(mirror: Mirror, clock: SetClock) -> None:
    """What ran, how it ended and what was noted on the way."""
    with mirror.writing() as books:
        first = books.runs.start("pull", {"sobjects": "Lead"})
        second = books.runs.start("sync", {})
        assert (first, second) == (1, 2)
        books.runs.note(first, {"bulk": True})
        clock.advance(5)
        books.runs.finish(first, "done", {"seen": 7})
        run = books.runs.get(first)
        assert run is not None
        assert (run.state, run.ended_at, run.counts) == ("done", NOON + timedelta(seconds=5), {"seen": 7})
        assert run.detail == {"sobjects": "Lead", "bulk": True}
        assert [found.id for found in books.runs.latest()] == [2, 1]
        assert [found.id for found in books.runs.latest(1)] == [2]
        assert [(found.id, found.state) for found in books.runs.running()] == [(2, "running")]
        assert books.runs.get(9) is None


def test_decisions_are_kept_until_there_are_newer_ones(mirror: Mirror) -> None:
    """One a record and topic, with every value, reason and figure; asked for by sObject and, if wanted, by ids."""
    wanted = {"Score__c": Decimal("80.5"), "On__c": date(2026, 3, 1), "Owner": None}
    decision = Decision("Lead", lead_id(1), "score", wanted, ("rule 'chief'",), {"score": 80.5, "path": ["a"]}, ("b",))
    other = Decision("Lead", lead_id(2), "owner", {}, ())
    with mirror.writing() as books:
        books.decisions.put([Decision("Lead", lead_id(1), "score", {}, ())], run=1, taken=True)
        books.decisions.put([decision, other], run=2, taken=False)
        books.decisions.put([], run=3, taken=False)
        found = books.decisions.get("Lead")
        assert set(found) == {(lead_id(1), "score"), (lead_id(2), "owner")}
        stored = found[lead_id(1), "score"]
        assert (stored.decision, stored.run, stored.at, stored.taken) == (decision, 2, NOON, False)
        assert list(books.decisions.get("Lead", [lead_id(2), lead_id(9)])) == [(lead_id(2), "owner")]
        assert books.decisions.get("Account") == books.decisions.get("Lead", []) == {}


def test_a_key_stands_for_its_record_whatever_becomes_of_it(mirror: Mirror) -> None:
    """Keys of each source are apart; merges are followed in whatever order they are heard of, even by later keys."""
    with mirror.writing() as books:
        books.keys.put("web", "k", "Lead", "A")
        books.keys.put("file", "k", "Lead", "Z")
        books.keys.moved("B", "C")
        books.keys.moved("A", "B")
        assert books.keys.find("web", ["k", "unknown"]) == {"k": "C"}
        assert books.keys.find("file", ["k"]) == {"k": "Z"}
        books.keys.put("web", "late", "Lead", "A")
        assert books.keys.find("web", ["late"]) == {"late": "C"}
        books.keys.put("web", "k", "Account", "Y")
        assert books.keys.find("web", ["k"]) == {"k": "Y"}
        assert len(books.keys.find("web", map(str, range(1200)))) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(merges=st.permutations("BCDEFG").map(lambda ids: list(zip(ids, "ABCDEFG", strict=False))))
def test_merges_never_lead_in_circles(mirror: Mirror, merges: list[tuple[str, str]]) -> None:
    """Whatever is told, following an id ends at one that has not moved, or back where a circle was told."""
    with mirror.writing() as books:
        for old, new in merges:
            books.keys.moved(old, new)
        for old in "ABCDEFG":
            assert books.keys.current(old) in set("ABCDEFG")


def test_turns_are_kept_by_pool(mirror: Mirror) -> None:
    """A rota goes on where it was; a pool never seen starts empty."""
    with mirror.writing() as books:
        books.turns.put("emea", {"last": "ana", "given": {"ana": 3}})
        books.turns.put("emea", {"last": "ben", "given": {"ana": 3, "ben": 1}})
        assert books.turns.get("emea") == {"last": "ben", "given": {"ana": 3, "ben": 1}}
        assert books.turns.get("apac") == {}


def test_a_due_time_is_taken_once(mirror: Mirror) -> None:
    """Whoever comes second is told so; schedules do not disturb each other; an earlier one can still be taken."""
    with mirror.writing() as books:
        assert books.slots.last("leads") is None
        assert books.slots.claim("leads", NOON)
        assert not books.slots.claim("leads", NOON)
        assert books.slots.claim("accounts", NOON)
        assert books.slots.claim("leads", NOON - HOUR)
        assert books.slots.last("leads") == NOON


def test_a_due_time_taken_by_a_clock_that_was_ahead_hides_no_other(mirror: Mirror) -> None:
    """Seen from an instant, what was taken for a later one does not count: missed ones before are made up for."""
    with mirror.writing() as books:
        assert books.slots.claim("leads", NOON) and books.slots.claim("leads", NOON + HOUR)
        assert books.slots.last("leads") == NOON + HOUR
        assert books.slots.last("leads", NOON + HOUR / 2) == NOON
        assert books.slots.last("leads", NOON - HOUR) is None


def test_a_due_time_whose_run_was_cut_short_is_given_back_once(mirror: Mirror) -> None:
    """It can be taken again, or a later one stands for it; cut short twice it counts as run, so that nothing loops."""
    with mirror.writing() as books:
        slots = books.slots
        assert slots.claim("leads", NOON) and slots.claim("accounts", NOON) and slots.claim("verify", NOON)
        slots.end("accounts", NOON)
        assert slots.give_back() == [("leads", NOON), ("verify", NOON)]
        assert slots.last("accounts") == NOON and NOON - HOUR < (slots.last("leads") or NOON) < NOON
        assert slots.claim("leads", NOON, 3) and not slots.claim("leads", NOON)
        assert not slots.claim("accounts", NOON)
        assert slots.last("leads") == NOON and slots.give_back() == []
        assert not slots.claim("leads", NOON) and slots.last("leads") == NOON
        assert slots.claim("verify", NOON + HOUR) and slots.last("verify") == NOON + HOUR


@pytest.mark.parametrize("days", [6, 8])
def test_due_times_are_forgotten_after_a_week(mirror: Mirror, days: int) -> None:
    """A daemon that runs for years keeps a week of them."""
    with mirror.writing() as books:
        for schedule in ("leads", "accounts"):
            books.slots.claim(schedule, NOON)
        books.slots.claim("leads", NOON + timedelta(days=days))
        assert books.slots.claim("leads", NOON) is (days == 8)
        assert not books.slots.claim("accounts", NOON)


def test_a_pause_holds_until_it_ends_or_is_ended(mirror: Mirror, clock: SetClock) -> None:
    """A later pause of the same schedule takes the place of the earlier; those for all come first."""
    with mirror.writing() as books:
        books.pauses.pause("leads", NOON + HOUR, "lunch")
        books.pauses.pause("accounts", None, "")
        books.pauses.pause(None, NOON + HOUR * 2, "quarter end")
        books.pauses.pause("leads", NOON + HOUR * 3, "longer lunch")
        assert [(one.schedule, one.reason) for one in books.pauses.in_force()] == [
            (None, "quarter end"), ("accounts", ""), ("leads", "longer lunch"),
        ]  # fmt: skip
        clock.set(NOON + HOUR * 2)
        assert [one.schedule for one in books.pauses.in_force()] == ["accounts", "leads"]
        assert books.pauses.resume("leads") == 1 and books.pauses.resume("leads") == 0
        books.pauses.resume()
        assert books.pauses.in_force() == []


def test_what_hung_on_a_record_is_kept_as_it_was_first_seen(mirror: Mirror) -> None:
    """Each run has its own; a second look of the same run, after the owner changed, changes nothing."""
    share = Belonging(
        "Account", "001A", "AccountShare", "00rB", {"AccountAccessLevel": "Edit", "UserOrGroupId": "005C"}
    )
    child = Belonging("Account", "001A", "Contact", "003D", {"OwnerId": "005E"})
    with mirror.writing() as books:
        books.belongings.keep(1, [share, child])
        books.belongings.keep(1, [replace(child, fields={"OwnerId": "005F"})])
        books.belongings.keep(2, [])
        assert books.belongings.of_run(1) == [share, child] and books.belongings.of_run(2) == []
