"""Lists that may be too long for memory: a tuple while they are short, else rows of a file that has no name.

The file lies beside the mirror, 0600, and is gone when nobody holds its list any more, or the process is killed. A
short list costs nothing of all this.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from tempfile import mkstemp
from typing import Generic, TypeVar, overload

from sfsync.mirror.connections import told
from sfsync.mirror.slices import slices

T = TypeVar("T")

SHORT = 2_000
"""Items that a list may have in memory."""


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How items of a kind are written down as text, and read again."""

    write: Callable[[T], str]
    read: Callable[[str], T]


class Gathering(Generic[T]):
    """A list that grows. With a `key` it comes out in the order of that; items whose keys are alike keep theirs."""

    def __init__(self, folder: Path, form: Form[T], key: Callable[[T], str] | None = None) -> None:
        self._folder = folder
        self._form = form
        self._key = key
        self._held: list[tuple[str, T]] = []  # with their keys
        self._laid: _Laid | None = None

    def add(self, items: Iterable[T]) -> None:
        """Put items behind the others."""
        key = self._key
        for some in slices(items, SHORT):
            self._held += [("" if key is None else key(one), one) for one in some]
            if len(self._held) > SHORT:
                self._lay()

    def all(self) -> Sequence[T]:
        """Give what was gathered; nothing is added from then on."""
        if self._laid is None:
            if self._key is not None:
                self._held.sort(key=itemgetter(0))
            return tuple(one for _, one in self._held)
        self._lay()
        self._laid.end()
        return LongList(self._laid, self._form, range(self._laid.count))

    def _lay(self) -> None:
        self._laid = self._laid or _Laid(self._folder)
        write = self._form.write
        self._laid.add([(key, write(one)) for key, one in self._held])
        self._held = []


class _Laid:
    """Texts in a file without a name, in the order they came or of their keys."""

    def __init__(self, folder: Path) -> None:
        self.place = folder
        self.count = 0
        self._ordered = True
        self._last = ""
        with told(folder):
            self.file = nameless(folder)
            self.file.execute("CREATE TABLE texts (place INTEGER PRIMARY KEY, key TEXT, body TEXT)")
        weakref.finalize(self, self.file.close)

    def add(self, rows: Sequence[tuple[str, str]]) -> None:
        """Put texts in, each with its key."""
        for key, _ in rows:
            self._ordered = self._ordered and key >= self._last
            self._last = key
        with told(self.place):
            self.file.executemany("INSERT INTO texts (key, body) VALUES (?, ?)", rows)
        self.count += len(rows)

    def end(self) -> None:
        """Bring the texts into their order."""
        if self._ordered:
            return
        with told(self.place):
            self.file.execute("CREATE TABLE sorted (place INTEGER PRIMARY KEY, key TEXT, body TEXT)")
            self.file.execute("INSERT INTO sorted (key, body) SELECT key, body FROM texts ORDER BY key, place")
            self.file.execute("DROP TABLE texts")
            self.file.execute("ALTER TABLE sorted RENAME TO texts")
        self._ordered = True

    def texts(self, first: int, behind: int) -> Iterator[str]:
        """Give the texts of some places; the first place is 0."""
        with told(self.place):
            asked = "SELECT body FROM texts WHERE place > ? AND place <= ? ORDER BY place"
            for (body,) in self.file.execute(asked, (first, behind)):
                yield body


class LongList(Sequence[T]):
    """A long list, or a part of one."""

    def __init__(self, laid: _Laid, form: Form[T], places: range) -> None:
        self._laid = laid
        self._form = form
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[T]:
        return map(self._form.read, self.written())

    def written(self) -> Iterator[str]:
        """Give the items as they were written down."""
        return self._laid.texts(self._places.start, self._places.stop)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        found = self._places[place]
        if isinstance(found, range):
            return LongList(self._laid, self._form, found)
        return self._form.read(next(self._laid.texts(found, found + 1)))


class Firsts:
    """Which number came first with a text, of however many texts. A few are held, many lie in a file without a name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}
        self._file: sqlite3.Connection | None = None

    def meet(self, given: Sequence[tuple[str, int]]) -> list[int]:
        """Take in texts with their numbers; gives for each the number that came with it first."""
        if self._file is None:
            found = [self._held.setdefault(text, number) for text, number in given]
            if len(self._held) > SHORT:
                self._lay()
            return found
        with told(self._folder):
            self._put(given)
            ask = self._file.execute
            return [ask("SELECT number FROM firsts WHERE text = ?", (text,)).fetchone()[0] for text, _ in given]

    def _lay(self) -> None:
        with told(self._folder):
            self._file = nameless(self._folder, cache_kilobytes=4_000)
            self._file.execute("CREATE TABLE firsts (text TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")
            weakref.finalize(self, self._file.close)
            self._put(list(self._held.items()))
        self._held = {}

    def _put(self, given: Sequence[tuple[str, int]]) -> None:
        assert self._file is not None
        self._file.executemany("INSERT OR IGNORE INTO firsts VALUES (?, ?)", given)


def nameless(folder: Path, cache_kilobytes: int = 500) -> sqlite3.Connection:
    """Open a database in a file that has lost its name already; in the machine's own folder where this is read only."""
    try:
        handle, name = mkstemp(prefix="mirror.scratch.", dir=folder)
    except OSError:
        handle, name = mkstemp(prefix="mirror.scratch.")
    os.close(handle)
    file = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{cache_kilobytes}"):
            file.execute(f"PRAGMA {pragma}").fetchall()
        file.execute("BEGIN EXCLUSIVE")  # never committed: what does not fit the cache goes to the file
    finally:
        os.unlink(name)
    return file
