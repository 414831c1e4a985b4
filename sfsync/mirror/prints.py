"""Fingerprints of the raw records a bulk load has brought in, so that the next one passes over what it knows.

A print says one thing: these very bytes of this record are in the mirror already. A record whose print is not known is
compared field by field, so a missing print costs time and nothing else; a print that no longer holds would cost
changes. So each id has at most one print, the last one; and whoever else writes a record voids its print in the same
transaction (`void`).

Prints are kept packed, in ranges of ids of a few thousand records. Of an id's 18 characters the first three (those of
the sObject) and the last three (which follow from the others) are left out. Of the 12 that remain all ids of a range
share the first four, its head; the other eight, the tail, are a number, so that tails in order are numbers in order.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import ne

from sqlalchemy import Connection

from sfsync.mirror.driver import bytes_of, driver

HEAD = 4  # characters of an id that all records of a range share: instance and a reserved one
TAIL = 8
KEY = HEAD + TAIL + 8  # bytes of an id's 12 characters and a print, as XXH3's digest has it: they sort as ids do
RANGE = 4096  # records of a range; at twice as many it is cut in two
SPARSE = 4  # a stretch with so many times more records known than asked for is searched one by one
AHEAD = 8  # ranges that are read at once
OPEN_RANGES = 16  # kept in memory besides those in use
PUT_OFF = b"put off "  # how what was put off is called, in place of where a range starts
FEW = 20  # of so many records one may bring something that is put off
MANY_VOIDED = 100_000  # from here on it is cheaper to start anew

# To find by the key where an sObject's ranges end SQLite reads each of them whole: so it is not to go by the key.
_FIRSTS = "SELECT first FROM _prints WHERE sobject || '' = ?"
_READ = "SELECT first, ids, prints FROM _prints WHERE sobject = ? AND first BETWEEN ? AND ?"
_WRITE = (
    "INSERT INTO _prints VALUES (?, ?, ?, ?)"
    " ON CONFLICT (sobject, first) DO UPDATE SET ids = excluded.ids, prints = excluded.prints"
)


def void(connection: Connection, sobject: str, ids: Sequence[str]) -> None:
    """Say that these records were written by somebody else than a bulk load, so that their prints no longer hold."""
    raw = driver(connection)
    if raw.execute("SELECT 1 FROM _prints WHERE sobject = ? LIMIT 1", (sobject,)).fetchone():
        rows = ((sobject, record_id) for record_id in ids)
        raw.executemany("INSERT INTO _voided VALUES (?, ?) ON CONFLICT DO NOTHING", rows)


class Voided:
    """The records of an sObject whose prints do not hold."""

    def __init__(self, connection: Connection, sobject: str) -> None:
        self._raw = driver(connection)
        self._sobject = sobject
        self._ids: set[bytes] = set()

    def read(self) -> None:
        """Learn which they are; where they are very many, all prints are dropped instead."""
        count = self._raw.execute("SELECT count(*) FROM _voided WHERE sobject = ?", (self._sobject,)).fetchone()[0]
        if count > MANY_VOIDED:
            for table in ("_voided", "_prints"):
                self._raw.execute(f"DELETE FROM {table} WHERE sobject = ?", (self._sobject,))  # noqa: S608 - ours
        rows = self._raw.execute("SELECT record_id FROM _voided WHERE sobject = ?", (self._sobject,))
        self._ids = {record_id[3:15].encode() for (record_id,) in rows}

    def added(self, ids: Sequence[bytes], changed: list[int], fresh: list[int]) -> list[int]:
        """Give the places of the changed among these ids, with those of the voided that are not among the fresh.

        Keys, which begin with an id, do as well as ids.
        """
        if not self._ids:
            return changed
        here = {place for place, id12 in enumerate(ids) if id12[: HEAD + TAIL] in self._ids}
        return sorted({*changed, *here.difference(fresh)})

    def lift(self, ids: Iterable[str]) -> None:
        """Say that the prints of these records hold again: they were just compared."""
        if self._ids:
            rows = ((self._sobject, record_id) for record_id in ids)
            self._raw.executemany("DELETE FROM _voided WHERE sobject = ? AND record_id = ?", rows)


class Prints:
    """The prints of one sObject, for the length of one page of a bulk load."""

    def __init__(self, connection: Connection, sobject: str) -> None:
        self._connection = connection
        self._raw = driver(connection)
        self._sobject = sobject
        self._firsts: list[bytes] = []  # where each range starts, in order: 12 characters
        self._open: dict[bytes, Range] = {}
        self._put_off = 0  # how many pages have put their prints off

    def read(self) -> None:
        """Learn which ranges there are."""
        rows = self._raw.execute(_FIRSTS, (self._sobject,))
        firsts = sorted(first for (first,) in rows)
        self._put_off = sum(first.startswith(PUT_OFF) for first in firsts)
        self._firsts = [first for first in firsts if not first.startswith(PUT_OFF)]
        if any(len(first) != HEAD + TAIL for first in self._firsts):  # packed by an earlier version, in another way
            self.forget()

    def forget(self) -> None:
        """Forget them all."""
        self._raw.execute("DELETE FROM _prints WHERE sobject = ?", (self._sobject,))
        self._firsts, self._open, self._put_off = [], {}, 0

    def any_known(self, ids: Sequence[bytes]) -> bool:
        """Tell whether any of these ids has a print."""
        in_order = sorted(ids)
        return len(self._hold(in_order, _tails(in_order), array("Q", bytes(8 * len(ids))), keep=False)[1]) < len(ids)

    def hold(self, ids: Sequence[bytes], prints: Iterable[int], ordered: bool) -> tuple[list[int], list[int]]:
        """Give the places, in order, of the ids whose print was another and of those without one, and know all now.

        No id may occur twice; `ordered` tells whether they are in order.
        """
        packed = array("Q", prints)
        if ordered:
            return self._hold(ids, _tails(ids), packed)
        keys = [id12 + one.to_bytes(8, "big") for id12, one in zip(ids, packed, strict=True)]
        in_order = sorted(keys)
        changed, fresh = self.hold_keys(in_order)
        return placed(keys, in_order, changed), placed(keys, in_order, fresh)

    def hold_keys(self, keys: Sequence[bytes]) -> tuple[list[int], list[int]]:
        """Do and give the same for ids in order, each with its print: keys (see `KEY`)."""
        return self._hold_keys(keys, keep=True)

    def look(self, keys: Sequence[bytes]) -> tuple[list[int], list[int]]:
        """Give the same for keys of which few bring something: what they bring is put off.

        Keys of a page in no order lie in all ranges, each of which would have to be written for a few prints; they are
        put in together by `settle`. Until then the ones before are known, so no record may be held twice with what it
        held before.
        """
        changed, fresh = self._hold_keys(keys, keep=False)
        brings = sorted([*changed, *fresh])
        if len(brings) * FEW > len(keys):
            self.settle()  # first, since what was put off is older
            self._hold_keys(keys, keep=True)
        elif brings:
            blob = b"".join([keys[place][: HEAD + TAIL] for place in brings])
            _, prints = _unpacked([keys[place] for place in brings])
            first = PUT_OFF + self._put_off.to_bytes(4, "big")
            self._raw.execute("INSERT INTO _prints VALUES (?, ?, ?, ?)", (self._sobject, first, blob, prints.tobytes()))
            self._put_off += 1
        return changed, fresh

    def _hold_keys(self, keys: Sequence[bytes], keep: bool) -> tuple[list[int], list[int]]:
        """Hold keys piece by piece, since each takes several times its own memory."""
        changed: list[int] = []
        fresh: list[int] = []
        for start in range(0, len(keys), RANGE):
            some = keys[start : start + RANGE]
            others, new = self._hold(some, *_unpacked(some), keep)
            changed += [start + place for place in others]
            fresh += [start + place for place in new]
        return changed, fresh

    def settle(self) -> None:
        """Put in what was put off."""
        if not self._put_off:
            return
        where = "FROM _prints WHERE sobject = ? AND first >= ? AND first < ?"
        bounds = (self._sobject, PUT_OFF, PUT_OFF + b"\xff" * 5)
        brought: dict[bytes, int] = {}
        for blob, packed in self._raw.execute(f"SELECT ids, prints {where} ORDER BY first", bounds):
            ids = [blob[start : start + HEAD + TAIL] for start in range(0, len(blob), HEAD + TAIL)]
            brought.update(zip(ids, array("Q", packed), strict=True))
        self._raw.execute(f"DELETE {where}", bounds)
        self._put_off = 0
        in_order = sorted(brought)
        self._hold(in_order, _tails(in_order), array("Q", [brought[id12] for id12 in in_order]))
        self.write()

    def _hold(
        self, ids: Sequence[bytes], tails: "array[int]", prints: "array[int]", keep: bool = True
    ) -> tuple[list[int], list[int]]:
        """Hold ids in order, or keys, which begin with them."""
        changed: list[int] = []
        fresh: list[int] = []
        start = 0
        while start < len(ids):
            first, bound = self._bounds(ids[start][: HEAD + TAIL])
            end = bisect_left(ids, bound, start)
            others, new = self._range(first).hold(tails[start:end], prints[start:end], keep)
            changed += [start + place for place in others]
            fresh += [start + place for place in new]
            in_use = self._cut(first)
            start = end
            if len(self._open) > len(in_use) + OPEN_RANGES:
                self._write([first for first in self._open if first not in in_use])
        return changed, fresh

    def _bounds(self, id12: bytes) -> tuple[bytes, bytes]:
        """Give where the range of an id starts, and what is no longer in it. The first of a head has no lower end."""
        head = id12[:HEAD]
        place = bisect_right(self._firsts, id12) - 1
        if place < 0 or self._firsts[place][:HEAD] != head:
            place += 1
            self._firsts.insert(place, head + bytes(TAIL))
        after = self._firsts[place + 1 : place + 2]
        return self._firsts[place], min([head + b"\xff" * TAIL, *after])

    def _range(self, first: bytes) -> "Range":
        """Give the range that starts there; the next ones, which are mostly wanted next, come with it."""
        if first not in self._open:
            place = bisect_left(self._firsts, first)
            last = self._firsts[place : place + AHEAD][-1]
            rows = bytes_of(self._connection, _READ, (self._sobject, first, last))
            there = {at: Range(ids, prints) for at, ids, prints in rows if not at.startswith(PUT_OFF)}
            self._open = there | self._open
            self._open.setdefault(first, Range(b"", b""))
        return self._open[first]

    def _cut(self, first: bytes) -> list[bytes]:
        """Cut a range that has grown too long; gives the starts of what became of it."""
        firsts = [first]
        while (rest := self._open[firsts[-1]].cut()) is not None:
            firsts.append(first[:HEAD] + rest.first())
            self._open[firsts[-1]] = rest
        if len(firsts) > 1:
            place = bisect_left(self._firsts, first) + 1
            self._firsts[place:place] = firsts[1:]
        return firsts

    def write(self) -> None:
        """Write down what is known by now."""
        self._write(list(self._open))

    def _write(self, firsts: Iterable[bytes]) -> None:
        closed = ((first, self._open.pop(first)) for first in firsts)
        rows = ((self._sobject, first, *one.packed()) for first, one in closed if one.touched)
        self._raw.executemany(_WRITE, rows)


def _tails(ids: Iterable[bytes]) -> "array[int]":
    """Give the tails of ids as numbers."""
    return _numbers(array("Q", b"".join([id12[HEAD:] for id12 in ids])))


def _numbers(packed: "array[int]") -> "array[int]":
    """Read numbers that are written down high byte first."""
    if sys.byteorder == "little":
        packed.byteswap()
    return packed


def _unpacked(keys: Iterable[bytes]) -> tuple["array[int]", "array[int]"]:
    """Give the tails and the prints of keys."""
    words = array("I", b"".join(keys))
    parts = []
    for start in (1, 3):  # in words of four bytes a key is head, tail, tail, print, print
        packed = array("I", bytes(len(words) // 5 * 8))
        packed[::2], packed[1::2] = words[start::5], words[start + 1 :: 5]
        parts.append(_numbers(array("Q", packed.tobytes())))
    return parts[0], parts[1]


def placed(keys: Sequence[bytes], in_order: Sequence[bytes], places: list[int]) -> list[int]:
    """Give where some keys stand among them as they came; `places` tell where they stand among them in order."""
    if not places or len(places) == len(keys):
        return places
    some = {in_order[place] for place in places}
    return [place for place, key in enumerate(keys) if key in some]


class Range:
    """The prints of the records between two ids, packed: tails in order, and prints."""

    def __init__(self, tails: bytes, prints: bytes) -> None:
        self._tails = array("Q", tails)
        self._prints = array("Q", prints)
        self.touched = False  # whether it differs from what is written down

    def first(self) -> bytes:
        """Give the lowest tail in it."""
        return self._tails[0].to_bytes(TAIL, "big")

    def packed(self) -> tuple[bytes, bytes]:
        """Give its tails and prints."""
        return self._tails.tobytes(), self._prints.tobytes()

    def cut(self) -> "Range | None":
        """Keep the first half where there are too many; gives the rest, None where there are not."""
        if len(self._prints) <= 2 * RANGE:
            return None
        rest = Range(self._tails[RANGE:].tobytes(), self._prints[RANGE:].tobytes())
        del self._tails[RANGE:], self._prints[RANGE:]
        self.touched = rest.touched = True
        return rest

    def hold(self, tails: "array[int]", prints: "array[int]", keep: bool = True) -> tuple[list[int], list[int]]:
        """Give the places of the records (tails in order) with another print or none; `keep`: and know them all now.

        Mostly the same records come again, so whole stretches are compared at once; where they do not match they are
        halved until they do. Where few come of many, each is looked up.
        """
        changed: list[int] = []
        gaps: list[tuple[int, int, int]] = []  # where in here stretches of records are to be put in
        stretches = [(0, len(prints), bisect_left(self._tails, tails[0]), bisect_right(self._tails, tails[-1]))]
        while stretches:
            start, end, low, high = stretches.pop()
            if start == end:
                continue
            if low == high:
                gaps.append((low, start, end))
            elif high - low == end - start and self._tails[low:high].tobytes() == tails[start:end].tobytes():
                changed += self._renew(low, prints, start, end, keep)
            elif (end - start) * SPARSE < high - low:
                changed += self._look_up(tails, prints, (start, end), (low, high), gaps, keep)
            elif end - start == 1:
                place = bisect_left(self._tails, tails[start], low, high)
                there = place < high and self._tails[place] == tails[start]
                stretches.append((start, end, place, place + there))
            else:
                middle = (start + end) // 2
                place = bisect_left(self._tails, tails[middle], low, high)
                stretches += [(middle, end, place, high), (start, middle, low, place)]
        if keep:
            self._put_in(tails, prints, gaps)
            self.touched = self.touched or bool(changed or gaps)
        return changed, [place for _, start, end in gaps for place in range(start, end)]

    def _look_up(
        self,
        tails: "array[int]",
        prints: "array[int]",
        asked: tuple[int, int],
        among: tuple[int, int],
        gaps: list[tuple[int, int, int]],
        keep: bool,
    ) -> list[int]:
        """Look up records one by one; notes the gaps, and gives the places of those with another print."""
        changed = []
        known, held, (low, high) = self._tails, self._prints, among
        stride = SPARSE * (high - low) // (asked[1] - asked[0])  # mostly the next one lies within
        for place in range(*asked):
            tail = tails[place]
            near = min(low + stride, high)
            low = bisect_left(known, tail, low, near)
            if low == near:
                low = bisect_left(known, tail, near, high)
            if low == high or known[low] != tail:
                gaps.append((low, place, place + 1))
            elif held[low] != prints[place]:
                changed.append(place)
                if keep:
                    held[low] = prints[place]
        return changed

    def _renew(self, low: int, prints: "array[int]", start: int, end: int, keep: bool) -> list[int]:
        """Compare the prints of a stretch whose ids match, and take over those that differ."""
        old, new = self._prints[low : low + end - start], prints[start:end]
        if old.tobytes() == new.tobytes():
            return []
        if keep:
            self._prints[low : low + end - start] = new
        return list(compress(range(start, end), map(ne, old, new)))

    def _put_in(self, tails: "array[int]", prints: "array[int]", gaps: Sequence[tuple[int, int, int]]) -> None:
        """Put stretches of records where they belong, all at once."""
        if not gaps:
            return
        self._tails = _with(self._tails, tails, gaps)
        self._prints = _with(self._prints, prints, gaps)


def _with(there: "array[int]", new: "array[int]", gaps: Sequence[tuple[int, int, int]]) -> "array[int]":
    made, done = array("Q"), 0
    for low, start, end in gaps:
        made += there[done:low]
        made += new[start:end]
        done = low
    made += there[done:]
    return made
