"""Runs the instructions of a pattern over a text: back-tracking that never tries the same thing twice."""

from collections.abc import Sequence
from typing import TypeAlias

from sfsync.formula.patterns.classes import LINE_ENDS, is_word
from sfsync.formula.patterns.program import Instruction, Op
from sfsync.formula.patterns.syntax import At, Back, Look

MAX_STEPS = 30_000

Saved: TypeAlias = tuple[int, ...]  # start and end of each group, -1 where it matched nothing


class TooManySteps(Exception):
    """A match took more steps than are allowed."""


class Machine:
    """One match of one pattern against one text. Steps count over all its parts."""

    def __init__(self, instructions: Sequence[Instruction], text: str) -> None:
        self._instructions = instructions
        self._text = text
        self._steps = 0

    def matches(self, saved: Saved) -> bool:
        """Tell whether the pattern matches the whole text. Raises TooManySteps."""
        return self._run(0, 0, saved, len(self._text)) is not None

    def _run(self, start: int, place: int, saved: Saved, end: int | None) -> tuple[int, Saved] | None:
        """Run from an instruction to the end of its part; the match must end at `end` where that is given.

        Gives the place after the first match and the groups saved by then.
        """
        seen: set[tuple[int, int, Saved]] = set()
        waiting = [(start, place, saved)]
        while waiting:
            state = waiting.pop()
            reached = self._follow(state, waiting, seen, end)
            if reached is not None:
                return reached
        return None

    def _follow(
        self,
        state: tuple[int, int, Saved],
        waiting: list[tuple[int, int, Saved]],
        seen: set[tuple[int, int, Saved]],
        end: int | None,
    ) -> tuple[int, Saved] | None:
        """Follow one thread until it fails or is done; what it might have done otherwise goes to `waiting`."""
        instructions, text = self._instructions, self._text
        at, place, saved = state
        while True:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise TooManySteps
            instruction = instructions[at]
            op = instruction.op
            if op == Op.ONE:
                if place >= len(text) or not instruction.value(text[place]):
                    return None
                at, place = at + 1, place + 1
            elif op == Op.SPLIT:
                key = (at, place, saved)
                if key in seen:
                    return None
                seen.add(key)
                waiting.append((instruction.other, place, saved))
                at = instruction.goes
            elif op == Op.JUMP:
                at = instruction.goes
            elif op == Op.DONE:
                return (place, saved) if end is None or place == end else None
            else:
                moved = self._special(at, instruction, place, saved)
                if moved is None:
                    return None
                at, place, saved = moved

    def _special(self, at: int, instruction: Instruction, place: int, saved: Saved) -> tuple[int, int, Saved] | None:
        """Do one of the rarer instructions; None where it fails."""
        match instruction.op:
            case Op.AT:
                return (at + 1, place, saved) if self._is_at(instruction.value, place) else None
            case Op.SAVE:
                number = instruction.value
                return at + 1, place, (*saved[:number], place, *saved[number + 1 :])
            case Op.BACK:
                return self._back(at, instruction.value, place, saved)
            case Op.ATOMIC:
                reached = self._run(at + 1, place, saved, None)
                return None if reached is None else (instruction.goes, *reached)
            case _:
                look, widths = instruction.value
                return self._look(at, instruction.goes, look, widths, place, saved)

    def _look(
        self, at: int, goes: int, look: Look, widths: tuple[int, int], place: int, saved: Saved
    ) -> tuple[int, int, Saved] | None:
        reached = None
        if look.ahead:
            reached = self._run(at + 1, place, saved, None)
        else:
            for behind in range(widths[0], min(widths[1], place) + 1):
                reached = reached or self._run(at + 1, place - behind, saved, place)
        if (reached is not None) is not look.wanted:
            return None
        return goes, place, reached[1] if reached is not None else saved

    def _back(self, at: int, back: Back, place: int, saved: Saved) -> tuple[int, int, Saved] | None:
        if 2 * back.number + 1 >= len(saved):
            return None
        start, end = saved[2 * back.number], saved[2 * back.number + 1]
        if start < 0 or end < start:
            return None
        wanted = self._text[start:end]
        found = self._text[place : place + len(wanted)]
        self._steps += len(wanted)
        same = found.lower() == wanted.lower() if back.fold else found == wanted
        return (at + 1, place + len(wanted), saved) if same else None

    def _is_at(self, wanted: At, place: int) -> bool:
        text = self._text
        match wanted:
            case At.START:
                return place == 0
            case At.END:
                return place == len(text)
            case At.LAST_LINE:
                rest = text[place : place + 3]
                return place == len(text) or rest == "\r\n" or (self._ends_line(place) and len(rest) == 1)
            case At.LINE_START:
                return place == 0 or (place < len(text) and self._starts_line(place))
            case At.LINE_END:
                return place == len(text) or self._ends_line(place)
            case _:
                before = place > 0 and is_word(text[place - 1])
                after = place < len(text) and is_word(text[place])
                return (before is not after) is (wanted is At.BOUNDARY)

    def _starts_line(self, place: int) -> bool:
        between = self._text[place - 1 : place + 1] == "\r\n"
        return self._text[place - 1] in LINE_ENDS and not between

    def _ends_line(self, place: int) -> bool:
        text = self._text
        return text[place] in LINE_ENDS and not (text[place] == "\n" and place > 0 and text[place - 1] == "\r")
