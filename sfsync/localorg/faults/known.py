"""The sixty ways to go wrong that every release is held against: one table, from which the reference is written."""

from collections.abc import Mapping

from sfsync.localorg.faults.trial import Trial
from sfsync.localorg.faults.trials_org import ORG
from sfsync.localorg.faults.trials_wire import WIRE

TRIALS: Mapping[str, Trial] = {one.id: one for one in (*WIRE, *ORG)}


def orders_of(trial_id: str, names: Mapping[str, object] | None = None) -> list[object]:
    """Give the orders of a trial, each `<name>` filled in. Raises KeyError where one of them is not given."""
    return [_filled(order, names or {}) for order in TRIALS[trial_id].orders]


def _filled(value: object, names: Mapping[str, object]) -> object:
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    if not isinstance(value, str) or "<" not in value or value.startswith("<html"):
        return value
    before, _, rest = value.partition("<")
    name, _, behind = rest.partition(">")
    return f"{before}{names[name]}{behind}"
