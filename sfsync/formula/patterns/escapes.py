"""What stands behind a backslash in a pattern."""

import re
from typing import Protocol

from sfsync.formula.patterns.classes import ESCAPES, UNICODE_ESCAPES, Test, cased_name, named, negated
from sfsync.formula.patterns.syntax import At, Atomic, Back, Choice, One, Part, PatternProblem, Repeat, Row

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_PLACES = {
    "b": At.BOUNDARY, "B": At.NO_BOUNDARY, "A": At.START, "G": At.START, "Z": At.LAST_LINE, "z": At.END,
}  # fmt: skip
_CODE = re.compile(
    r"0([0-3]?[0-7]{1,2}) | x([0-9A-Fa-f]{2}) | x\{([0-9A-Fa-f]{1,8})\} | u([0-9A-Fa-f]{4}) | c(.)",
    re.VERBOSE | re.DOTALL,
)
_PROPERTY = re.compile(r"[pP](?:\{([^}]*)\}|(.))", re.DOTALL)
_REFERENCE = re.compile(r"k<([A-Za-z][A-Za-z0-9]*)>")


class Flagged(Protocol):
    """The flags that matter here."""

    @property
    def fold(self) -> bool:
        """Whether case does not matter."""

    @property
    def comments(self) -> bool:
        """Whether white space means nothing."""

    @property
    def unicode_classes(self) -> bool:
        """Whether classes go beyond ASCII."""


class Reader(Protocol):
    """The parser, as far as an escape needs it."""

    source: str
    place: int
    groups: int
    names: dict[str, int]

    @property
    def flags(self) -> Flagged:
        """The flags in force."""

    def problem(self, what: str) -> PatternProblem:
        """Say what is wrong at this place."""

    def cased(self, test: Test) -> Test:
        """Give the test of a character or range, in either case where that flag is on."""

    def literal(self, letter: str) -> One:
        """Make the part of a character that stands for itself."""


def read(reader: Reader) -> Part:
    """Read an escape outside brackets."""
    letter = reader.source[reader.place + 1 : reader.place + 2]
    if letter in _PLACES:
        reader.place += 2
        return _PLACES[letter]
    match letter:
        case "R" | "X":
            reader.place += 2
            return _LINE_BREAK if letter == "R" else _CLUSTER
        case "k":
            return _named_reference(reader)
        case _ if letter in "123456789" and letter:
            return _numbered_reference(reader)
    test, literal = read_class(reader)
    return One(test) if test is not None else reader.literal(literal)


_LINE_BREAK = Choice((
    Row((One("\r".__eq__), One("\n".__eq__))),
    One(ESCAPES["v"]),
))  # fmt: skip


def _is_mark(letter: str) -> bool:
    test = named("M")
    return test is not None and test(letter)


_CLUSTER = Choice((_LINE_BREAK, Atomic(Row((One(lambda letter: True), Repeat(One(_is_mark), 0, None))))))


def _named_reference(reader: Reader) -> Back:
    match = _REFERENCE.match(reader.source, reader.place + 1)
    if match is None or match[1] not in reader.names:
        raise reader.problem("Named capturing group does not exist")
    reader.place = match.end()
    return Back(reader.names[match[1]], reader.flags.fold)


def _numbered_reference(reader: Reader) -> Back:
    """Read the number of a group: as many digits as make a group that there is."""
    end = reader.place + 2
    while reader.source[end : end + 1].isdecimal() and int(reader.source[reader.place + 1 : end + 1]) <= reader.groups:
        end += 1
    number = int(reader.source[reader.place + 1 : end])
    reader.place = end
    return Back(number, reader.flags.fold)


def read_class(reader: Reader) -> tuple[Test | None, str]:
    """Read an escape that stands for one character: a class of characters, or one by itself."""
    start = reader.place + 1
    letter = reader.source[start : start + 1]
    if not letter:
        raise reader.problem("Unexpected internal error: a backslash at the end")
    escapes = UNICODE_ESCAPES if reader.flags.unicode_classes else ESCAPES
    if letter.lower() in escapes:
        reader.place += 2
        test = escapes[letter.lower()]
        return (negated(test) if letter.isupper() else test), ""
    if letter in "pP":
        return _property(reader, start), ""
    return None, _single(reader, start, letter)


def _property(reader: Reader, start: int) -> Test:
    match = _PROPERTY.match(reader.source, start)
    if match is None:
        raise reader.problem("Unclosed character family")
    name = match[1] if match[1] is not None else match[2]
    negate = reader.source[start] == "P"
    test = named(cased_name(name) if reader.flags.fold else name)
    if test is None:
        raise reader.problem(f"Unknown character property name {{{name}}}")
    reader.place = match.end()
    return negated(test) if negate else test


def _single(reader: Reader, start: int, letter: str) -> str:
    """Read an escape for one character."""
    code = _CODE.match(reader.source, start)
    if code is not None:
        return _by_code(reader, code)
    reader.place += 2
    if letter in _CONTROLS:
        return _CONTROLS[letter]
    if letter.isascii() and letter.isalnum():
        reader.place -= 2
        raise reader.problem("Illegal/unsupported escape sequence")
    return letter


def _by_code(reader: Reader, code: "re.Match[str]") -> str:
    """Give the character of a code: octal, hexadecimal, UTF-16 or control."""
    reader.place = code.end()
    octal, two, braced, four, control = code.groups()
    if control is not None:
        return chr(ord(control) ^ 64)
    if octal is not None:
        return chr(int(octal, 8))
    number = int(two or braced or four, 16)
    if number > 0x10FFFF:
        raise reader.problem("Hexadecimal codepoint is too big")
    if four is not None and 0xD800 <= number < 0xDC00:
        return _pair(reader, number)
    return chr(number)


def _pair(reader: Reader, high: int) -> str:
    """Join the two halves of a character that UTF-16 writes as two."""
    match = re.compile(r"\\u([dD][c-fC-F][0-9A-Fa-f]{2})").match(reader.source, reader.place)
    if match is None:
        return chr(high)
    reader.place = match.end()
    return chr(0x10000 + ((high - 0xD800) << 10) + int(match[1], 16) - 0xDC00)
