"""A change says what it is, and how it is taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.records.change import Action, Change, FieldChange

PARTS = st.lists(
    st.builds(FieldChange, st.sampled_from(["A", "B", "C"]), st.text() | st.none(), st.text() | st.none()),
    unique_by=lambda part: part.field,
)


@given(PARTS)
def test_taking_an_update_back_twice_is_doing_it(parts: list[FieldChange]) -> None:
    """The way back leads from what was wanted to what was there, and its own way back is the change again."""
    change = Change(Action.UPDATE, "Lead", "00Q000000000001AAA", tuple(parts))
    back = change.reversed()
    assert (back.before(), back.after()) == (change.after(), change.before())
    assert back.reversed() == change


def test_a_create_is_taken_back_by_a_delete() -> None:
    """What was made is deleted, and the delete knows the values it expects to find."""
    made = Change(Action.CREATE, "Lead", "00Q000000000001AAA", (FieldChange("LastName", None, "Ng"),))
    back = made.reversed()
    assert back.action is Action.DELETE
    assert back.before() == {"LastName": "Ng"}


def test_a_delete_is_not_taken_back_by_making_a_new_record() -> None:
    """A record that is gone has to be undeleted in the org, with its id; a new one would be another record."""
    gone = Change(Action.DELETE, "Lead", "00Q000000000001AAA", ())
    with pytest.raises(ValueError, match="delete"):
        gone.reversed()
