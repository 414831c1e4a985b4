"""Where each key of a TOML text stands, so that a problem can name line and column.

`tomllib` gives values without positions. This scanner walks a text that tomllib has accepted and remembers, for every
key path it yields, where the key and its value begin. Of text that is not TOML it promises nothing but an end.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sfsync.errors import Where

KeyPath = tuple[str | int, ...]
"""Table and key names, and 0-based places in arrays: ("score", 0, "when")."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")'
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"(?:\d{4}-\d{2}-\d{2} (?=\d{2}:))?[^,\]}\s#]+")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[ \t]*\n\s*|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spot:
    """Offsets into the text: of a key and of its value (in an array both are the element's)."""

    key: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one TOML file's keys."""

    file: str  # as people call it
    text: str  # line ends as "\n"
    spots: Mapping[KeyPath, Spot]
    twice: tuple[tuple[KeyPath, int, int], ...] = ()  # keys given twice: path, first and second offset

    def at(self, path: KeyPath) -> tuple[int, int]:
        """Give line and column (1-based) of a key, or of the nearest key around it that the file holds."""
        spot = self._nearest(path)
        return line_and_column(self.text, spot.key) if spot else (1, 1)

    def inside(self, path: KeyPath, offset: int) -> tuple[int, int]:
        """Give line and column of one character of a text value: `offset` is 0-based in the decoded text."""
        spot = self.spots.get(path)
        if spot is None:
            return self.at(path)
        return line_and_column(self.text, spot.start + _raw_offset(self.text[spot.start : spot.end], offset))

    def where(self, path: KeyPath, offset: int | None = None) -> Where:
        """Give the place of a key, or of one character of its text value, for a problem."""
        line, column = self.at(path) if offset is None else self.inside(path, offset)
        return Where(file=self.file, line=line, column=column, key=dotted(path) or None)

    def _nearest(self, path: KeyPath) -> Spot | None:
        for length in range(len(path), 0, -1):
            spot = self.spots.get(path[:length])
            if spot is not None:
                return spot
        return None


def dotted(path: KeyPath) -> str:
    """Write a key path as people do: `score[0].when`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            spelt = part if _BARE_KEY.fullmatch(part) else f'"{part}"'
            text += f".{spelt}" if text else spelt
    return text


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Give the 1-based line and column of an offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def find_places(text: str, file: str) -> Places:
    """Scan a TOML text; `text` may end its lines with CR LF."""
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.document()
    return Places(file=file, text=scan.text, spots=scan.spots, twice=tuple(scan.twice))


def _raw_offset(raw: str, offset: int) -> int:
    """Give where in a quoted text, as written, the character at `offset` of its value begins."""
    quote = raw[:3] if raw[:3] in ('"""', "'''") else raw[:1]
    position = len(quote)
    if len(quote) == 3 and raw.startswith("\n", position):
        position += 1
    while position < len(raw) - len(quote):
        escape = _ESCAPE.match(raw, position) if quote[0] == '"' else None
        joins_lines = escape is not None and "\n" in escape.group()
        if offset == 0 and not joins_lines:
            break
        position = escape.end() if escape else position + 1
        offset -= 0 if joins_lines else 1
    return position


class _Stuck(Exception):
    """The text is not TOML here."""


class _Scan:
    """One walk over a text, filling `spots`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.spots: dict[KeyPath, Spot] = {}
        self.twice: list[tuple[KeyPath, int, int]] = []
        self._given: dict[KeyPath, int] = {}  # paths given a value or a header of their own
        self._lengths: dict[KeyPath, int] = {}  # arrays of tables, elements so far

    def document(self) -> None:
        """Walk the whole text, as far as it is TOML."""
        table: KeyPath = ()
        try:
            self._skip(_BLANK)
            while self.position < len(self.text):
                table = self._header() if self.text[self.position] == "[" else self._pair(table)
                self._skip(_BLANK)
        except (_Stuck, RecursionError):
            return

    def _header(self) -> KeyPath:
        """Read `[a.b]` or `[[a.b]]`; give the table that follows."""
        many = self.text.startswith("[[", self.position)
        self.position += 2 if many else 1
        path: KeyPath = ()
        names = list(self._names())
        for name, start in names:
            path = self._into_last((*path, name) if path else (name,), start)
        last = path[:-1] if many and path and isinstance(path[-1], int) else path
        start = names[-1][1]
        if many:
            index = self._lengths.get(last, 0)
            self._lengths[last] = index + 1
            path = (*last, index)
            self.spots[path] = Spot(start, start, start)
        else:
            self._give(path, start)
        self._skip(_SPACE)
        self._expect("]]" if many else "]")
        return path

    def _into_last(self, path: KeyPath, start: int) -> KeyPath:
        """Note a table on the way; inside an array of tables go on in its last element."""
        self.spots.setdefault(path, Spot(start, start, start))
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, table: KeyPath) -> KeyPath:
        """Read `a.b = value`; give the table it stands in."""
        path = table
        for name, start in self._names():
            path = (*path, name)
            self.spots.setdefault(path, Spot(start, start, start))
        self._skip(_SPACE)
        self._expect("=")
        self._skip(_SPACE)
        self._give(path, start)
        self._value(path, start)
        return table

    def _give(self, path: KeyPath, start: int) -> None:
        first = self._given.setdefault(path, start)
        if first != start:
            self.twice.append((path, first, start))

    def _names(self) -> Iterator[tuple[str, int]]:
        """Read the parts of a key, each with its offset."""
        while True:
            self._skip(_SPACE)
            start = self.position
            yield self._name(), start
            self._skip(_SPACE)
            if not self.text.startswith(".", self.position):
                return
            self.position += 1

    def _name(self) -> str:
        start = self.position
        if self.text[start : start + 1] in ("'", '"'):
            self._take(_TEXT)
            raw = self.text[start : self.position]
            try:
                return str(tomllib.loads(f"name = {raw}")["name"])
            except tomllib.TOMLDecodeError:
                raise _Stuck from None
        self._take(_BARE_KEY)
        return self.text[start : self.position]

    def _value(self, path: KeyPath, key: int) -> None:
        start = self.position
        opening = self.text[start : start + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._take(_TEXT if opening in ("'", '"') else _SCALAR)
        self.spots[path] = Spot(self.spots[path].key if path in self.spots else key, start, self.position)

    def _array(self, path: KeyPath) -> None:
        index = 0
        self.position += 1
        while not self._closed("]"):
            self._value((*path, index), self.position)
            index += 1
            self._comma("]")

    def _inline_table(self, path: KeyPath) -> None:
        self.position += 1
        while not self._closed("}"):
            self._pair(path)
            self._comma("}")

    def _closed(self, closing: str) -> bool:
        self._skip(_BLANK)
        if not self.text.startswith(closing, self.position):
            return False
        self.position += 1
        return True

    def _comma(self, closing: str) -> None:
        self._skip(_BLANK)
        if not self.text.startswith(closing, self.position):
            self._expect(",")

    def _expect(self, mark: str) -> None:
        if not self.text.startswith(mark, self.position):
            raise _Stuck
        self.position += len(mark)

    def _take(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.position)
        if found is None:
            raise _Stuck
        self.position = found.end()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
