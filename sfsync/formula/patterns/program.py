"""Turns the parts of a pattern into a list of simple instructions."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sfsync.formula.patterns.syntax import (
    At,
    Atomic,
    Back,
    Choice,
    Group,
    Look,
    One,
    Part,
    PatternProblem,
    Repeat,
    Row,
    width,
)

MAX_SIZE = 20_000  # instructions


class Op(IntEnum):
    """What an instruction does."""

    ONE = 0  # take one character that passes the test
    SPLIT = 1  # go on at the first place, later at the second
    JUMP = 2
    AT = 3  # go on where the place is the one asked for
    SAVE = 4  # remember this place as the start or end of a group
    LOOK = 5  # try a part ahead or behind
    ATOMIC = 6  # take the first match of a part
    BACK = 7  # take what a group matched
    DONE = 8  # the part, or the whole, is matched


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with what it needs."""

    op: Op
    value: Any = None  # a test, a place, a number
    goes: int = 0  # where SPLIT and JUMP go, or where the part of LOOK and ATOMIC ends
    other: int = 0  # where SPLIT goes later


def assemble(part: Part, *, references: bool) -> list[Instruction]:
    """Make the instructions of a pattern; groups are remembered only where they are referred to.

    Raises PatternProblem where they are too many.
    """
    assembler = _Assembler(references)
    assembler.add(part)
    assembler.put(Instruction(Op.DONE))
    return assembler.instructions


class _Assembler:
    def __init__(self, references: bool) -> None:
        self.instructions: list[Instruction] = []
        self._references = references

    def put(self, instruction: Instruction) -> int:
        """Add an instruction and give its place."""
        if len(self.instructions) >= MAX_SIZE:
            raise PatternProblem("Pattern is too large")
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def add(self, part: Part) -> None:
        """Add the instructions of a part."""
        match part:
            case One():
                self.put(Instruction(Op.ONE, part.test))
            case Back():
                self.put(Instruction(Op.BACK, part))
            case At():
                self.put(Instruction(Op.AT, part))
            case _:
                self._compound(part)

    def _compound(self, part: Row | Choice | Repeat | Group | Atomic | Look) -> None:
        match part:
            case Row():
                for one in part.parts:
                    self.add(one)
            case Choice():
                self._choice(part.options)
            case Repeat():
                self._repeat(part)
            case Group():
                self._group(part)
            case Atomic():
                self._part(Op.ATOMIC, None, part.part)
            case Look():
                self._look(part)

    def _choice(self, options: tuple[Part, ...]) -> None:
        ends = []
        for option in options[:-1]:
            split = self.put(Instruction(Op.SPLIT))
            self.add(option)
            ends.append(self.put(Instruction(Op.JUMP)))
            self._point(split, split + 1, len(self.instructions))
        self.add(options[-1])
        for end in ends:
            self.instructions[end] = Instruction(Op.JUMP, goes=len(self.instructions))

    def _repeat(self, repeat: Repeat) -> None:
        for _ in range(repeat.least):
            self.add(repeat.part)
        if repeat.most is None:
            split = self.put(Instruction(Op.SPLIT))
            self.add(repeat.part)
            self.put(Instruction(Op.JUMP, goes=split))
            self._split(split, repeat.lazy, len(self.instructions))
            return
        splits = []
        for _ in range(repeat.most - repeat.least):
            splits.append(self.put(Instruction(Op.SPLIT)))
            self.add(repeat.part)
        for split in splits:
            self._split(split, repeat.lazy, len(self.instructions))

    def _split(self, split: int, lazy: bool, end: int) -> None:
        """Let a split go into what is repeated first, or past it first where it is lazy."""
        self._point(split, *((end, split + 1) if lazy else (split + 1, end)))

    def _point(self, split: int, first: int, later: int) -> None:
        self.instructions[split] = Instruction(Op.SPLIT, goes=first, other=later)

    def _group(self, group: Group) -> None:
        if not self._references:
            self.add(group.part)
            return
        self.put(Instruction(Op.SAVE, 2 * group.number))
        self.add(group.part)
        self.put(Instruction(Op.SAVE, 2 * group.number + 1))

    def _look(self, look: Look) -> None:
        widths = width(look.part)
        if not look.ahead and widths[1] is None:
            raise PatternProblem("Look-behind group does not have an obvious maximum length")
        self._part(Op.LOOK, (look, widths), look.part)

    def _part(self, op: Op, value: Any, part: Part) -> None:
        """Add a part that is matched by itself, behind an instruction that knows its end."""
        start = self.put(Instruction(op))
        self.add(part)
        end = self.put(Instruction(Op.DONE))
        self.instructions[start] = Instruction(op, value, goes=end + 1)
