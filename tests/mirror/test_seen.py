"""Promises of noting what a page has brought: a record that came twice is told, wherever the two stand."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import IncompleteAnswer
from sfsync.mirror import seen as seen_module
from sfsync.mirror.seen import Seen

KEYS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 255)), max_size=20)


@given(KEYS, st.integers(1, 5))
def test_records_that_came_twice_in_a_page_in_no_order_are_counted(numbers: list[tuple[int, int]], size: int) -> None:
    """Keys in order are looked at piece by piece: none of those with an id twice falls between two pieces."""
    keys = sorted(b"%012d" % number + bytes(7) + bytes([tail]) for number, tail in numbers)
    twice = len(keys) - len({number for number, _ in numbers})
    told = ""
    with patch.object(seen_module, "_TOGETHER", size):
        try:
            Seen("Lead").check_keys(keys)
        except IncompleteAnswer as error:
            told = str(error)
    assert (f"holds {twice} record" in told) if twice else not told
