"""Promises of the order in which changes are sent."""

from collections.abc import Callable, Sequence
from random import Random

from sfsync.plan.order import place_of
from sfsync.records.change import Action, Change, FieldChange


def change(sobject: str, name: str, action: Action = Action.UPDATE, **fields: str) -> Change:
    """Give a change of a record with this name as its id."""
    parts = tuple(FieldChange(field, None, value) for field, value in fields.items())
    return Change(action, sobject, name, parts)


def in_order(changes: Sequence[Change], parent_of: Callable[[Change], str | None]) -> list[Change]:
    """Give changes in the order of their places."""
    return sorted(changes, key=lambda one: place_of(one, parent_of(one)))


def test_parents_are_written_before_their_children_and_deleted_after_them() -> None:
    """Accounts come before contacts and opportunities; when deleting it is the other way round."""
    shuffled = [
        change(sobject, f"{sobject} {action.value}", action)
        for action in (Action.DELETE, Action.UPDATE)
        for sobject in ("Opportunity", "Lead", "Account", "Contact")
    ]
    Random(1).shuffle(shuffled)
    ordered = [(one.action.value, one.sobject) for one in in_order(shuffled, lambda one: None)]
    written = [("update", name) for name in ("Account", "Contact", "Opportunity", "Lead")]
    deleted = [("delete", name) for name in ("Lead", "Opportunity", "Contact", "Account")]
    assert ordered == written + deleted


def test_changes_under_one_parent_lie_together() -> None:
    """Whether the parent is in the change or known beforehand, its records are sent side by side."""
    parents = {"c1": "A", "c2": "B", "c3": "A"}
    changes = [change("Contact", "c1"), change("Contact", "c2"), change("Contact", "c3")]
    changes.append(change("Contact", "c4", AccountId="A"))
    assert [one.id for one in in_order(changes, lambda one: parents.get(one.id or ""))] == ["c1", "c3", "c4", "c2"]


def test_changes_that_are_alike_keep_their_order() -> None:
    """Two changes of one record are sent in the order they were planned in."""
    changes = [change("Lead", f"{number}") for number in range(50)]
    assert in_order(changes, lambda one: None) == changes
