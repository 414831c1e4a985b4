"""The sixty ways to go wrong that every release is held against: one table, from which the reference is written."""

import re
from collections.abc import Mapping

from sfsync.localorg.faults.trial import Trial
from sfsync.localorg.faults.trials_client import CLIENT
from sfsync.localorg.faults.trials_org import ORG
from sfsync.localorg.faults.trials_wire import WIRE

TRIALS: Mapping[str, Trial] = {one.id: one for one in (*WIRE, *ORG, *CLIENT)}


_NAME = re.compile(r"<(?!/?html)([a-z ]+)>")


def orders_of(trial_id: str, names: Mapping[str, object] | None = None) -> list[object]:
    """Give the orders of a trial, each `<name>` filled in. Raises KeyError where one of them is not given."""
    return [_filled(order, names or {}) for order in TRIALS[trial_id].orders]


def _filled(value: object, names: Mapping[str, object]) -> object:
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    return _NAME.sub(lambda found: str(names[found[1]]), value) if isinstance(value, str) else value
