"""Saving a set whole or not at all."""

from collections.abc import Callable

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.draft import Outcome, rolled_back


class _Undo(Exception):
    """Rolls a set back that was to be saved whole or not at all."""


def whole_or_not(org: OrgContext, all_or_none: bool, work: Callable[[], list[Outcome]]) -> list[Outcome]:
    """Do the work; where all or none is asked and something failed, undo it all."""
    outcomes: list[Outcome] = []
    try:
        with org.state.transaction():
            outcomes = work()
            if all_or_none and not all(one.success for one in outcomes):
                raise _Undo
    except _Undo:
        return rolled_back(outcomes)
    return outcomes
