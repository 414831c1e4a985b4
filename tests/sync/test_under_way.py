"""Promises about a call that is under way while something else is done."""

import pytest

from sfsync.errors import OutcomeUnknown
from sfsync.sync.under_way import UnderWay


def test_its_answer_is_had_when_it_is_waited_for() -> None:
    """However long the other work took."""
    call = UnderWay(lambda: "done").start()
    assert call.answer() == "done"


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), KeyboardInterrupt()])
def test_its_error_is_raised_where_the_answer_is_waited_for(error: BaseException) -> None:
    """Nothing that goes wrong in it is lost, or told to nobody."""

    def ask() -> None:
        raise error

    call = UnderWay(ask).start()
    with pytest.raises(type(error)):
        call.answer()
