"""A pattern ready to be matched."""

from collections.abc import Sequence
from functools import lru_cache

from sfsync.formula.patterns.classes import LINE_ENDS
from sfsync.formula.patterns.machine import Machine
from sfsync.formula.patterns.parser import Parser
from sfsync.formula.patterns.program import Instruction, Op, assemble
from sfsync.formula.patterns.syntax import One, Part, PatternProblem, Repeat, Row

MAX_LENGTH = 4_000  # characters of a pattern, more than a formula can hold


class Pattern:
    """A compiled pattern."""

    def __init__(self, instructions: Sequence[Instruction], saved: tuple[int, ...]) -> None:
        self._instructions = instructions
        self._saved = saved

    def matches(self, text: str) -> bool:
        """Tell whether it matches the whole text. Raises TooManySteps where that takes too long."""
        return Machine(self._instructions, text).matches(self._saved)


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """Compile a pattern in Java's syntax. Raises PatternProblem."""
    if len(source) > MAX_LENGTH:
        raise PatternProblem("Pattern is too long")
    parser = Parser(source)
    return _assembled(parser.parse(), parser.groups)


def _assembled(part: Part, groups: int = 0) -> Pattern:
    instructions = assemble(part, references=False)
    if not any(instruction.op is Op.BACK for instruction in instructions):
        return Pattern(instructions, ())
    return Pattern(assemble(part, references=True), (-1,) * (2 * groups + 2))


@lru_cache(maxsize=256)
def compile_like(source: str) -> Pattern:
    """Compile a pattern of LIKE: `%` is any run within a line, `_` one character, a backslash takes their meaning.

    Raises PatternProblem where it is too long.
    """
    if len(source) > MAX_LENGTH:
        raise PatternProblem("Pattern is too long")
    parts: list[Part] = []
    escaped = False
    for letter in source:
        if escaped and letter not in "%_":
            parts.append(One("\\".__eq__))
        if letter == "\\" and not escaped:
            escaped = True
            continue
        if escaped or letter not in "%_":
            parts.append(One(letter.__eq__))
        else:
            parts.append(Repeat(_IN_LINE, 0, None) if letter == "%" else _IN_LINE)
        escaped = False
    if escaped:
        parts.append(One("\\".__eq__))
    return _assembled(Row(tuple(parts)))


_IN_LINE = One(lambda letter: letter not in LINE_ENDS)
