"""One page of a bulk query's results as it comes in: read in pieces, unzipped, and checked that it came whole.

A body that was cut often looks complete to an HTTP library, so the gzip trailer is insisted on here, and whoever counts
the rows compares them with what the page says it holds.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol, cast

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from sfsync.clock import Clock
from sfsync.errors import IncompleteAnswer
from sfsync.salesforce.deadline import deadline
from sfsync.salesforce.faults import unreadable

READ_BYTES = 256 * 1024
"""How much is read off the wire at once: four times as fast as the usual kilobytes."""

CHUNK_BYTES = 256 * 1024
"""How large the pieces handed on are at most, however well they were zipped."""

GZIP = 31  # zlib's number for: a gzip header before, and a trailer with checksum and length after


class Unzipper(Protocol):
    """What zlib and isal both give to unzip a stream."""

    @property
    def eof(self) -> bool:
        """Whether the trailer was reached and is right."""

    @property
    def unused_data(self) -> bytes:
        """What came after the trailer."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given and not used yet, for the limit of the output."""

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Unzip some more."""


def _unzippers() -> tuple[Callable[[], Unzipper], tuple[type[Exception], ...]]:
    """Give what makes an unzipper, and the errors it raises: isal, or the standard library at half its speed."""
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.decompressobj(GZIP), (zlib.error,)
    return lambda: isal_zlib.decompressobj(GZIP), (cast("type[Exception]", isal_zlib.error), zlib.error)


new_unzipper, UNZIP_ERRORS = _unzippers()


class CsvBody:
    """The CSV body of an answer under way."""

    def __init__(self, answer: requests.Response, clock: Clock, seconds: float) -> None:
        if not answer.headers.get("Content-Type", "").lower().startswith("text/csv"):
            raise unreadable("a page of bulk results")
        self._answer = answer
        self._clock = clock
        self._ends_at = clock.monotonic() + seconds

    def chunks(self) -> Iterator[bytes]:
        """Give the CSV bytes, unzipped, piece by piece, cut anywhere."""
        if self._answer.headers.get("Content-Encoding", "identity").lower() == "gzip":
            return unzipped(self._read())
        return self._read()

    def _read(self) -> Iterator[bytes]:
        while True:
            try:
                with deadline(self._clock, self._ends_at) as limit:
                    limit.left()
                    data = self._answer.raw.read(READ_BYTES, decode_content=False)
            except (RequestException, HTTPError, OSError) as error:
                raise _cut(type(error).__name__) from None
            if not data:
                return
            yield data


class CsvPage(CsvBody):
    """A `BulkPage` over an answer under way."""

    def __init__(self, answer: requests.Response, asked: str | None, clock: Clock, seconds: float) -> None:
        super().__init__(answer, clock, seconds)
        self.records, self.position = _told(answer, asked)


def unzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unzip a gzip stream. Raises IncompleteAnswer where it is damaged or ends before its trailer."""
    unzipper = new_unzipper()
    for piece in pieces:
        data = piece
        while data:
            if unzipper.eof:
                unzipper = new_unzipper()
            yield from _drained(unzipper, data)
            data = unzipper.unused_data if unzipper.eof else b""
    if not unzipper.eof:
        raise _cut("the end of the gzip stream is missing")


def _drained(unzipper: Unzipper, data: bytes) -> Iterator[bytes]:
    while True:
        try:
            chunk = unzipper.decompress(data, CHUNK_BYTES)
        except UNZIP_ERRORS:
            raise _cut("the gzip stream is damaged") from None
        if not chunk:
            return
        yield chunk
        if unzipper.eof:
            return
        data = unzipper.unconsumed_tail


def _told(answer: requests.Response, asked: str | None) -> tuple[int, str | None]:
    """Read what the headers tell: how many records the page holds, and where the next one is ("null": nowhere)."""
    records = answer.headers.get("Sforce-NumberOfRecords", "")
    if not records.isdecimal():
        raise IncompleteAnswer("the page of bulk results does not say how many records it holds")
    locator = answer.headers.get("Sforce-Locator") or "null"
    if locator == asked:
        raise IncompleteAnswer("the page of bulk results leads back to itself")
    return int(records), None if locator == "null" else locator


def _cut(why: str) -> IncompleteAnswer:
    return IncompleteAnswer(f"a page of bulk results did not come whole: {why}", todo="the same page is asked again")
