"""Promises of a told path: whatever was pulled when, with the org's field history every step is told once, in order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sfsync.audit.events import Event, with_paths

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 400), st.sampled_from(["ours", "theirs", "theirs, then a pull"])),
    max_size=12,
)


def journal_and_history(steps: list[tuple[str, int, str]]) -> tuple[list[Event], list[Event]]:
    """Play changes of one field: what the journal comes to hold, and what the org's field history does."""
    journal: list[Event] = []
    history: list[Event] = []
    held = seen = "a"
    at, run = NOW, 0
    for value, seconds, how in steps:
        at += timedelta(seconds=seconds)
        if value != held:
            history.append(Event(at, "F", held, value, "org", None, source="field history"))
            if how == "ours":
                if seen != held:  # a run pulls before it writes
                    run += 1
                    journal.append(Event(at - timedelta(seconds=1), "F", seen, held, "org", run))
                run += 1
                journal.append(Event(at, "F", held, value, "sfsync", run, because=("a rule",)))
                seen = value
            held = value
        if how == "theirs, then a pull" and seen != held:
            run += 1
            journal.append(Event(at, "F", seen, held, "org", run))
            seen = held
    return journal, history


@given(STEPS)
def test_every_step_is_told_once_and_in_order(steps: list[tuple[str, int, str]]) -> None:
    """The steps are just those the field went through; ours keep run and reason, none stands twice."""
    journal, history = journal_and_history(steps)
    told = list(reversed(with_paths(journal, history)))
    assert [(event.before, event.after) for event in told] == [(event.before, event.after) for event in history]
    ours = [event for event in journal if event.origin == "sfsync"]
    assert [event for event in told if event.origin == "sfsync"] == ours


@given(STEPS)
def test_without_a_field_history_the_journal_stands_as_it_is(steps: list[tuple[str, int, str]]) -> None:
    """Nothing is added, dropped or put in another order."""
    journal, _ = journal_and_history(steps)
    assert list(reversed(with_paths(journal, []))) == journal


def test_what_only_says_that_it_changed_gives_time_and_hand() -> None:
    """Of a long text the values come from the journal, when and by whom from the field history."""
    seen = Event(NOW, "Description", "old", "new", "org", 3)
    row = Event(NOW - timedelta(hours=1), "Description", None, None, "org", None, "005A", (), False, "field history")
    (told,) = with_paths([seen], [row])
    assert (told.before, told.after, told.at, told.by, told.run) == ("old", "new", row.at, "005A", 3)
