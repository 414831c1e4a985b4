"""JSON of any length: lists that are made as they are looked at, written piece by piece."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

From = TypeVar("From")
To = TypeVar("To")


class Seen(Sequence[To], Generic[From, To]):
    """A list as it is seen through a function; nothing of it is held."""

    def __init__(self, inner: Sequence[From], through: Callable[[From], To]) -> None:
        self._inner = inner
        self._through = through

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Iterator[To]:
        return map(self._through, self._inner)

    @overload
    def __getitem__(self, place: int) -> To: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[To]: ...
    def __getitem__(self, place: int | slice) -> To | Sequence[To]:
        if isinstance(place, slice):
            return Seen(self._inner[place], self._through)
        return self._through(self._inner[place])


_encoder = json.JSONEncoder(ensure_ascii=False)


def json_pieces(value: object, between: str = "") -> Iterator[str]:
    """Give a value as JSON, in pieces: a list that is no `list` item by item, a mapping key by key.

    `between` stands before each item and key of those, as a line end does; it has to be white space.
    """
    if isinstance(value, (str, list, tuple)) or not isinstance(value, (Mapping, Sequence)):
        yield _encoder.encode(value)
    elif isinstance(value, Mapping):
        yield from _listed("{}", (_keyed(name, one, between) for name, one in value.items()), between)
    else:
        yield from _listed("[]", ([_encoder.encode(one)] for one in value), between)


def _keyed(name: str, value: Any, between: str) -> Iterator[str]:
    yield f"{_encoder.encode(name)}: "
    yield from json_pieces(value, between)


def _listed(brackets: str, items: Iterator[Any], between: str) -> Iterator[str]:
    yield brackets[0]
    before = between
    for pieces in items:
        yield before
        yield from pieces
        before = f",{between or ' '}"
    yield between + brackets[1]
