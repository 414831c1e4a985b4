"""Classes of characters in brackets: ranges, classes within classes, `&&` for what is in both."""

from typing import Protocol

from sfsync.formula.patterns.classes import Test, negated
from sfsync.formula.patterns.escapes import Reader, read_class

MAX_NESTING = 20
_SKIPPED = frozenset(" \t\n\x0b\f\r")  # under the flag x


class Bracketed(Reader, Protocol):
    """The parser, as far as brackets need it."""

    def take(self, text: str) -> bool:
        """Step over a text where it comes next."""

    def peek(self, count: int = 1) -> str:
        """Give the next characters, fewer at the end."""


def read(reader: Bracketed, nesting: int = 0) -> Test:
    """Read a class from its opening bracket to its closing one."""
    if nesting > MAX_NESTING:
        raise reader.problem("Character class is nested too deeply")
    reader.place += 1
    negate = reader.take("^")
    test = _intersection(reader, nesting)
    reader.place += 1
    return negated(test) if negate else test


def _intersection(reader: Bracketed, nesting: int) -> Test:
    tests = [_union(reader, nesting, first=True)]
    while reader.take("&&"):
        if reader.peek() in ("]", "&"):
            continue
        tests.append(_union(reader, nesting, first=False))
    present = [test for test in tests if test is not None]
    if not present:
        raise reader.problem("Bad class syntax")
    if len(present) == 1:
        return present[0]
    return lambda letter: all(test(letter) for test in present)


def _union(reader: Bracketed, nesting: int, *, first: bool) -> Test | None:
    """Read members up to the closing bracket or `&&`; a closing bracket that comes first is a member."""
    letters: set[str] = set()
    tests: list[Test] = []
    while True:
        if reader.flags.comments and reader.peek() in _SKIPPED:
            reader.place += 1
            continue
        if reader.place >= len(reader.source):
            raise reader.problem("Unclosed character class")
        empty = not letters and not tests
        if reader.peek(2) == "&&" or (reader.peek() == "]" and not (first and empty)):
            break
        if reader.peek() == "[":
            tests.append(read(reader, nesting + 1))
            continue
        _member(reader, letters, tests)
    if letters:
        tests.append(reader.cased(frozenset(letters).__contains__))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda letter: any(test(letter) for test in tests)


def _member(reader: Bracketed, letters: set[str], tests: list[Test]) -> None:
    """Read one member: a character, a range or an escape."""
    test, low = _letter(reader)
    if test is not None:
        tests.append(test)
        return
    if reader.peek() == "-" and reader.peek(2)[1:] not in ("", "]", "["):
        reader.place += 1
        above, high = _letter(reader)
        if above is not None or high < low:
            raise reader.problem("Illegal character range")
        tests.append(reader.cased(_between(low, high)))
        return
    letters.add(low)


def _letter(reader: Bracketed) -> tuple[Test | None, str]:
    if reader.peek() == "\\":
        return read_class(reader)
    letter = reader.peek()
    reader.place += 1
    return None, letter


def _between(low: str, high: str) -> Test:
    return lambda letter: low <= letter <= high
