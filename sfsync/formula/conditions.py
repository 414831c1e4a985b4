"""AND and OR as closures, lazy, in shapes that call as little as they can."""

from collections.abc import Sequence
from typing import Any

from sfsync.formula.expression import Expr, Run


def all_of(conditions: Sequence[Expr]) -> Run:
    """Make a lazy AND; a blank is not true."""
    runs = tuple(condition.run for condition in conditions)
    match runs:
        case (one, two):
            return lambda record, context: (one(record, context) and two(record, context)) is True
        case (one, two, three):
            return lambda record, context: (
                (one(record, context) and two(record, context) and three(record, context)) is True
            )
        case _:
            return _all(runs)


def _all(runs: tuple[Run, ...]) -> Run:
    def run(record: Any, context: Any) -> bool:
        for one in runs:  # noqa: SIM110 - all() over a generator costs twice as much
            if not one(record, context):
                return False
        return True

    return run


def any_of(conditions: Sequence[Expr]) -> Run:
    """Make a lazy OR; a blank is not true."""
    runs = tuple(condition.run for condition in conditions)

    def run(record: Any, context: Any) -> bool:
        for one in runs:  # noqa: SIM110 - any() over a generator costs twice as much
            if one(record, context):
                return True
        return False

    return run
