"""Parses a pattern in Java's syntax."""

import re
from dataclasses import dataclass, replace

from sfsync.formula.patterns import brackets, escapes
from sfsync.formula.patterns.classes import LINE_ENDS, Test, folded
from sfsync.formula.patterns.syntax import At, Atomic, Choice, Group, Look, One, Part, PatternProblem, Repeat, Row

MAX_NESTING = 50
MAX_COUNT = 100_000  # of a repetition

_COUNTS = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_FLAGS = re.compile(r"\(\?([idmsuxU]*)(?:-([idmsuxU]*))?([:)])")
_NAME = re.compile(r"\(\?<([A-Za-z][A-Za-z0-9]*)>")
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)|\\.", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9]+(?![*+?{A-Za-z0-9])|[A-Za-z0-9]+(?=[A-Za-z0-9])")
_LOOKS = {"(?=": (True, True), "(?!": (True, False), "(?<=": (False, True), "(?<!": (False, False)}


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags in force: i, d, m, s, u, x and U of Java."""

    fold: bool = False
    unix_lines: bool = False
    multiline: bool = False
    dot_all: bool = False
    unicode_case: bool = False
    comments: bool = False
    unicode_classes: bool = False

    def changed(self, on: str, off: str) -> "Flags":
        """Give the flags with some switched on and some off."""
        names = {
            "i": "fold", "d": "unix_lines", "m": "multiline", "s": "dot_all",
            "u": "unicode_case", "x": "comments", "U": "unicode_classes",
        }  # fmt: skip
        return replace(self, **{names[one]: True for one in on}, **{names[one]: False for one in off})


def _escaped(match: "re.Match[str]") -> str:
    """Write a quoted text with a backslash before all that could mean something; leave other escapes alone."""
    if match[1] is None:
        return match[0]
    return "".join(letter if letter.isalnum() else "\\" + letter for letter in match[1])


class Parser:
    """Reads one pattern from left to right."""

    def __init__(self, source: str) -> None:
        self.source = _QUOTED.sub(_escaped, source)
        self.place = 0
        self.flags = Flags()
        self.groups = 0
        self.names: dict[str, int] = {}
        self._nesting = 0

    def parse(self) -> Part:
        """Read the whole. Raises PatternProblem."""
        part = self._choice()
        if self.place < len(self.source):
            raise self.problem("Unmatched closing ')'")
        return part

    def problem(self, what: str) -> PatternProblem:
        """Say what is wrong at this place."""
        return PatternProblem(f"{what} near index {self.place}")

    def peek(self, count: int = 1) -> str:
        """Give the next characters, fewer at the end."""
        return self.source[self.place : self.place + count]

    def take(self, text: str) -> bool:
        """Step over a text where it comes next."""
        if not self.source.startswith(text, self.place):
            return False
        self.place += len(text)
        return True

    def cased(self, test: Test) -> Test:
        """Give the test of a character or range, in either case where that flag is on; classes have their own case."""
        return folded(test, self.flags.unicode_case) if self.flags.fold else test

    def _choice(self) -> Part:
        options = [self._row()]
        while self.take("|"):
            options.append(self._row())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self) -> Part:
        parts: list[Part] = []
        while self.place < len(self.source) and self.peek() not in ("|", ")"):
            if self._plain(parts) or (self.flags.comments and self._skip_comment()):
                continue
            part = self._atom()
            if part is not None:
                parts.append(self._repeated(part))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _plain(self, parts: list[Part]) -> bool:
        """Read letters that stand for themselves, but for one that is repeated."""
        match = None if self.flags.fold else _PLAIN.match(self.source, self.place)
        if match is None:
            return False
        parts.extend(One(letter.__eq__) for letter in match[0])
        self.place = match.end()
        return True

    def _skip_comment(self) -> bool:
        """Step over white space or a comment, under the flag x."""
        if self.peek() in " \t\n\x0b\f\r":
            self.place += 1
            return True
        if self.peek() != "#":
            return False
        while self.place < len(self.source) and self.peek() not in LINE_ENDS:
            self.place += 1
        return True

    def _atom(self) -> Part | None:
        """Read one atom; None where only flags changed or nothing was quoted."""
        letter = self.peek()
        match letter:
            case "(":
                return self._parenthesis()
            case "[":
                return One(brackets.read(self))
            case "\\":
                return escapes.read(self)
            case "*" | "+" | "?":
                raise self.problem(f"Dangling meta character '{letter}'")
            case "{":
                return Row(())  # Java repeats nothing here, and so takes a second repetition for none
        self.place += 1
        match letter:
            case ".":
                return self._dot()
            case "^":
                return At.LINE_START if self.flags.multiline else At.START
            case "$":
                return At.LINE_END if self.flags.multiline else At.LAST_LINE
        return self.literal(letter)

    def literal(self, letter: str) -> One:
        """Make the part of a character that stands for itself."""
        return One(self.cased(letter.__eq__))

    def _dot(self) -> One:
        if self.flags.dot_all:
            return One(lambda letter: True)
        ends = frozenset("\n") if self.flags.unix_lines else LINE_ENDS
        return One(lambda letter: letter not in ends)

    def _repeated(self, part: Part) -> Part:
        """Read the repetition behind an atom, where there is one."""
        counts = self._counts()
        if counts is None:
            return part
        if self.take("+"):
            return Atomic(Repeat(part, *counts))
        return Repeat(part, *counts, lazy=self.take("?"))

    def _counts(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        sign = self.peek()
        if sign in simple:
            self.place += 1
            return simple[sign]
        if sign != "{":
            return None
        match = _COUNTS.match(self.source, self.place)
        if match is None:
            raise self.problem("Illegal repetition")
        self.place = match.end()
        least = int(match[1][:10])
        most = least if match[2] is None else int(match[3][:10]) if match[3] else None
        if most is not None and most < least:
            raise self.problem("Illegal repetition range")
        if max(least, most or 0) > MAX_COUNT:
            raise self.problem("Repetition is too large")
        return least, most

    def _parenthesis(self) -> Part | None:
        """Read what stands in parentheses."""
        outer = self.flags
        flags = _FLAGS.match(self.source, self.place)
        if flags is not None:
            self.place = flags.end()
            self.flags = outer.changed(flags[1], flags[2] or "")
            if flags[3] == ")":
                return None  # to the end of the group around
            return self._inside(outer)
        for opening in ("(?<=", "(?<!", "(?=", "(?!"):
            if self.take(opening):
                ahead, wanted = _LOOKS[opening]
                return Look(self._inside(outer), ahead, wanted)
        if self.take("(?>"):
            return Atomic(self._inside(outer))
        return self._group(outer)

    def _group(self, outer: Flags) -> Group:
        name = _NAME.match(self.source, self.place)
        if name is None and self.peek(2) == "(?":
            raise self.problem("Unknown inline modifier or group")
        self.groups += 1
        number = self.groups
        if name is not None and self.names.setdefault(name[1], number) != number:
            raise self.problem(f"Named capturing group <{name[1]}> is already defined")
        self.place = name.end() if name else self.place + 1
        return Group(self._inside(outer), number)

    def _inside(self, outer: Flags) -> Part:
        """Read to the closing parenthesis; flags changed inside end there."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self.problem("Pattern is nested too deeply")
        part = self._choice()
        if not self.take(")"):
            raise self.problem("Unclosed group")
        self._nesting -= 1
        self.flags = outer
        return part
