"""Promises of the three-way comparison: what was last agreed, what the org made of it, what is wanted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sfsync.plan.conflicts import MOST_ROUNDS, Concluded, Seen, Verdict, contest, judge
from sfsync.plan.policy import Policy, Stance
from sfsync.records.change import Action, Change, FieldChange

T0 = datetime(2026, 11, 24, tzinfo=UTC)
VALUES = st.sampled_from([None, "A", "B", "C"])


def seen(*lines: tuple[str | None, str | None, bool]) -> list[Seen]:
    """Give lines of a journal, one a run from 1 on: before, after, whether we did it."""
    return [Seen(a, b, ours, run, T0 + timedelta(hours=run)) for run, (a, b, ours) in enumerate(lines, 1)]


def test_a_field_nobody_else_changed_is_never_contested() -> None:
    """What sfsync wrote last, or nothing that was seen, leaves a field free whatever was concluded."""
    assert contest([], Concluded(1, T0, False)) is None
    assert contest(seen((None, "A", True)), None) is None
    assert contest(seen(("A", "B", False), ("B", "C", True)), Concluded(9, T0, False)) is None


def test_the_base_is_what_we_wrote_last_or_what_stood_when_the_rules_concluded() -> None:
    """After our own write the base is its value; without one, what stood before the first change since concluding."""
    found = contest(seen((None, "A", True), ("A", "B", False), ("B", "C", False)), None)
    assert found is not None and (found.base, found.by_conclusion, found.since.after) == ("A", False, "C")
    found = contest(seen(("A", "B", False), ("B", "C", False)), Concluded(1, T0, False))
    assert found is not None and (found.base, found.by_conclusion) == ("B", True)
    assert contest(seen(("A", "B", False)), Concluded(1, T0, False)) is None
    assert contest(seen(("A", "B", False)), None) is None


def test_a_value_that_is_changed_back_three_times_in_a_row_waits_whoever_is_to_win() -> None:
    """Two rounds are written over; the third change back stops it, also where ours is to win and nobody asks."""
    back = [(None, "A", True), ("A", None, False)]
    part = FieldChange("Score__c", None, "A")
    for stance in (Stance.OURS, Stance.ASK, Stance.NEWEST):
        two, three = (contest(seen(*back * rounds), None) for rounds in (MOST_ROUNDS - 1, MOST_ROUNDS))
        assert judge(part, two, None, stance) is Verdict.WRITE
        assert judge(part, three, None, stance) is Verdict.WAIT


def test_a_person_who_sets_another_value_does_not_count_as_changing_back() -> None:
    """Rounds count only what goes back to the value that ours replaced."""
    found = contest(seen((None, "A", True), ("A", "X", False), ("X", "A", True), ("A", "Y", False)), None)
    assert found is not None and found.rounds == 0


@given(base=VALUES, org=VALUES, ours=VALUES, stance=st.sampled_from(Stance))
def test_who_wins_is_told_by_the_stance_alone(
    base: str | None, org: str | None, ours: str | None, stance: Stance
) -> None:
    """Ours is written unless the org moved the field: then ORG leaves it, ASK waits where all three differ."""
    found = contest(seen((None, base, True), (base, org, False)), None)
    verdict = judge(FieldChange("F", org, ours), found, None, stance)
    moved = base != org
    if not moved or stance in (Stance.OURS, Stance.NEWEST):
        assert verdict is Verdict.WRITE
    elif stance is Stance.ORG:
        assert verdict is Verdict.LEAVE
    else:
        assert verdict is (Verdict.WRITE if base == ours else Verdict.WAIT)


def test_the_newest_is_the_later_of_the_orgs_change_and_our_conclusion() -> None:
    """A change in the org after the same conclusion stays; a conclusion that is new is written."""
    lines = seen((None, "A", True), ("A", "B", False))  # in the org at hour 2
    part = FieldChange("F", "B", "C")
    found = contest(lines, None)
    assert judge(part, found, Concluded(1, T0 + timedelta(hours=1), True), Stance.NEWEST) is Verdict.LEAVE
    assert judge(part, found, Concluded(3, T0 + timedelta(hours=3), True), Stance.NEWEST) is Verdict.WRITE
    assert judge(part, found, Concluded(1, T0 + timedelta(hours=1), False), Stance.NEWEST) is Verdict.WRITE
    anew = Concluded(1, T0 + timedelta(hours=1), False)
    for hours, verdict in ((1, Verdict.LEAVE), (2, Verdict.LEAVE), (3, Verdict.WRITE)):
        assert judge(part, found, anew, Stance.NEWEST, T0 + timedelta(hours=hours)) is verdict


def test_protected_and_never_blank_fields_are_left_out_of_a_change_and_told() -> None:
    """The rest of the change goes on; a change of nothing else is none."""
    policy = Policy(protected=frozenset({"ownerid"}), never_blank=frozenset({"email"}))
    parts = (FieldChange("OwnerId", "a", "b"), FieldChange("Email", "x@y.z", None), FieldChange("Title", "A", None))
    allowed, problems = policy.kept_to(Change(Action.UPDATE, "Lead", "00Q000000000001AAA", parts))
    assert allowed is not None and [part.field for part in allowed.fields] == ["Title"]
    assert [problem.where.field for problem in problems] == ["OwnerId", "Email"]
    nothing, _ = policy.kept_to(Change(Action.UPDATE, "Lead", "00Q000000000001AAA", parts[:2]))
    assert nothing is None
    filled = Change(Action.UPDATE, "Lead", "00Q000000000001AAA", (FieldChange("Email", None, "a@b.c"),))
    assert policy.kept_to(filled) == (filled, [])
