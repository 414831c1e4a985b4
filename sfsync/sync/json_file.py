"""A large JSON object in a file, read key by key and, where it holds lists, item by item."""

import json
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any, TextIO

_SPACE = " \t\n\r"
_GOES_ON = ("", ".", "e", "E")  # what stands behind a number that may only be cut short
_AT_LEAST = 1 << 16  # characters read at once


class JsonFile:
    """The object that a file holds. Numbers with a point are `Decimal`."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""  # what was read and not yet taken, from `_at` on
        self._at = 0
        self._passed = 0  # characters that were taken and dropped
        self._decoder = json.JSONDecoder(parse_float=Decimal)

    def members(self, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Give the keys with their values, in the order of the file; of these, which have to be lists, each item.

        Raises ValueError where the file holds no such object, or more than one.
        """
        for _ in self._between("{", "}"):
            key = self._value()
            self._take(":")
            if key not in lists:
                yield key, self._value()
                continue
            for _ in self._between("[", "]"):
                yield key, self._value()
        if self._next():
            raise ValueError(f"there is more behind its end, at character {self._place():,}")

    def _between(self, opening: str, closing: str) -> Iterator[None]:
        """Stand before each item between brackets in turn."""
        self._take(opening)
        if self._next() == closing:
            self._take(closing)
            return
        yield
        while self._next() == ",":
            self._take(",")
            yield
        self._take(closing)

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():  # it may only be cut short
                    continue
                raise ValueError(f"{error.msg}, at character {self._place():,}") from None
            if self._text[end : end + 1] not in _GOES_ON or not self._more():
                self._at = end
                return value

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise ValueError(f"{sign} is missing, at character {self._place():,}")
        self._at += 1

    def _next(self) -> str:
        """Give the next character that is no space, without taking it; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, twice as much as is held; False at the end."""
        self._text = self._text[self._at :]
        self._passed += self._at
        self._at = 0
        read = self._file.read(max(_AT_LEAST, 2 * len(self._text)))
        self._text += read
        return bool(read)

    def _place(self) -> int:
        return self._passed + self._at + 1
