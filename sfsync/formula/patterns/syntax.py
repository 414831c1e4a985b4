"""The parts of a pattern, and what can be wrong with one."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from sfsync.formula.patterns.classes import Test


class PatternProblem(Exception):
    """A pattern that Java's syntax does not allow, or that is too large."""


class At(Enum):
    """A place that is asked for."""

    START = "start of the text"
    END = "end of the text"
    LAST_LINE = "end of the text, or before its last line end"
    LINE_START = "start of a line"
    LINE_END = "end of a line"
    BOUNDARY = "a word starts or ends"
    NO_BOUNDARY = "no word starts or ends"


@dataclass(frozen=True, slots=True)
class One:
    """One character."""

    test: Test


@dataclass(frozen=True, slots=True)
class Row:
    """One part after the other."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts, the earlier ones first."""

    options: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part over and over."""

    part: "Part"
    least: int
    most: int | None
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A part that can be referred to."""

    part: "Part"
    number: int


@dataclass(frozen=True, slots=True)
class Atomic:
    """A part of which only the first way to match counts."""

    part: "Part"


@dataclass(frozen=True, slots=True)
class Look:
    """A part that must, or must not, match ahead or behind."""

    part: "Part"
    ahead: bool
    wanted: bool


@dataclass(frozen=True, slots=True)
class Back:
    """The text that a group matched."""

    number: int
    fold: bool


Part: TypeAlias = One | Row | Choice | Repeat | Group | Atomic | Look | Back | At


LONGEST = 1_000_000  # characters, more than any text


def width(part: Part) -> tuple[int, int | None]:
    """Give the least and the most characters a part can take, None for no end."""
    match part:
        case One():
            return 1, 1
        case Row():
            widths = [width(one) for one in part.parts]
            ends = [most for _, most in widths if most is not None]
            return sum(least for least, _ in widths), sum(ends) if len(ends) == len(widths) else None
        case Choice():
            widths = [width(one) for one in part.options]
            ends = [most for _, most in widths if most is not None]
            return min(least for least, _ in widths), max(ends) if len(ends) == len(widths) else None
        case Repeat(part=One(), most=None):
            return part.least, LONGEST  # Java lets a single character go on for ever, and nothing longer
        case Repeat():
            least, most = width(part.part)
            return least * part.least, None if most is None or part.most is None else most * part.most
        case Group() | Atomic():
            return width(part.part)
        case Back():
            return 0, None
        case _:
            return 0, 0
