"""Numbers that commands are given: every one has a range, and what is outside is refused with exit code 2."""

from typing import Any

import click

_MOST = 2**63 - 1  # as far as a database counts
_LONGEST = 366 * 86400  # seconds


class _Number(click.ParamType[int]):
    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = int(click.INT.convert(value, param, ctx))
        if not 1 <= number <= _MOST:
            self.fail(f"there is no number {value}: they are counted from 1.", param, ctx)
        return number


class _Seconds(click.ParamType[float]):
    name = "float"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(click.FLOAT.convert(value, param, ctx))
        if not 0 <= seconds <= _LONGEST:  # nor is what is no number at all
            self.fail(f"{value} is not from 0 to {_LONGEST:,} seconds.", param, ctx)
        return seconds


NUMBER = _Number()
"""Of a run or an entry."""

SECONDS = _Seconds()
"""How long somebody waits."""
