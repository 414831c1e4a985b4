"""Promises about a call that is under way while something else is done."""

from threading import Event

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


def test_one_behind_another_begins_when_that_is_answered() -> None:
    """Not before, and by itself."""
    done: list[str] = []
    may_end = Event()
    first = UnderWay(lambda: may_end.wait(60) and done.append("first")).start()
    second = UnderWay(lambda: done.append("second"), first).start()
    assert done == []
    may_end.set()
    second.answer()
    assert done == ["first", "second"]


def test_one_behind_another_that_went_wrong_is_never_made() -> None:
    """Nor is one behind it."""
    made: list[str] = []

    def ask() -> None:
        raise OutcomeUnknown("lost")

    first = UnderWay(ask).start()
    third = UnderWay(lambda: made.append("third"), UnderWay(lambda: made.append("second"), first).start()).start()
    assert not third.went_well()
    assert made == []


def test_one_that_is_called_off_in_time_is_never_made() -> None:
    """Whoever gives up sends nothing that still waits for its turn."""
    made: list[str] = []
    may_end = Event()
    first = UnderWay(lambda: may_end.wait(60)).start()
    second = UnderWay(lambda: made.append("second"), first).start()
    second.call_off()
    may_end.set()
    assert not second.went_well()
    assert made == []
