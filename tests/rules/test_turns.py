"""Whose turn it is in a pool."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from sfsync.rules.turns import Member, Turns

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)

pools = st.lists(st.integers(1, 9), min_size=1, max_size=7).map(
    lambda weights: tuple(Member(f"user{n}", weight) for n, weight in enumerate(weights))
)


@given(pools, st.integers(1, 150))
def test_after_any_number_of_records_each_member_is_within_one_of_their_share(
    members: tuple[Member, ...], records: int
) -> None:
    """Round robin by weight is fair at every moment: nobody is a whole record ahead of or behind their share."""
    turns = Turns({}, MONDAY)
    had = dict.fromkeys(members, 0)
    total = sum(member.weight for member in members)
    for nth in range(1, records + 1):
        had[turns.give(members)] += 1
        assert all(abs(had[member] - nth * member.weight / total) < 1 for member in members)


@given(pools, st.integers(0, 60), st.integers(0, 60))
def test_turns_go_on_where_they_stopped(members: tuple[Member, ...], before: int, after: int) -> None:
    """Stopping and starting again gives the same turns as never stopping."""
    unbroken, broken = Turns({}, MONDAY), Turns({}, MONDAY)
    expected = [unbroken.give(members) for _ in range(before + after)]
    got = [broken.give(members) for _ in range(before)]
    again = Turns(broken.state(), MONDAY)
    got += [again.give(members) for _ in range(after)]
    assert got == expected
    assert again.state() == unbroken.state()


def test_a_member_has_had_enough_at_the_cap_and_not_the_next_day() -> None:
    """cap_per_day counts one day of the org, and begins anew on the next."""
    ana = Member("ana", cap_per_day=2)
    turns = Turns({}, MONDAY)
    assert [turns.full(ana), turns.give((ana,)), turns.full(ana), turns.give((ana,)), turns.full(ana)] == [
        False, ana, False, ana, True
    ]  # fmt: skip
    assert Turns(turns.state(), MONDAY).full(ana)
    assert not Turns(turns.state(), TUESDAY).full(ana)


def test_a_member_who_was_away_is_not_flooded_on_coming_back() -> None:
    """Somebody back from leave takes turns like the others, not all that was missed."""
    ana, ben = Member("ana"), Member("ben")
    turns = Turns({}, MONDAY)
    for _ in range(50):
        turns.give((ben,))
    assert {turns.give((ana, ben)), turns.give((ana, ben))} == {ana, ben}


@given(pools, st.integers(0, 500))
def test_the_kept_state_stays_small(members: tuple[Member, ...], records: int) -> None:
    """However many records pass, what is kept never counts beyond one round of the pool."""
    turns = Turns({}, MONDAY)
    for _ in range(records):
        turns.give(members)
    cycles = turns.state()["cycles"]
    assert isinstance(cycles, dict)
    assert all(sum(cycle.values()) < sum(member.weight for member in members) for cycle in cycles.values())


def test_damaged_state_counts_as_none() -> None:
    """State that is not what it should be starts the turns anew instead of stopping the run."""
    turns = Turns({"day": MONDAY.isoformat(), "today": 3, "cycles": ["x"]}, MONDAY)
    assert turns.give((Member("ana"),)) == Member("ana")
