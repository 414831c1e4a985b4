"""Cutting long lists into pieces a statement can take."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import TypeVar

Item = TypeVar("Item")
Kind = TypeVar("Kind")


def slices(items: Iterable[Item], size: int = 500) -> Iterator[list[Item]]:
    """Give the items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def alike(
    items: Iterable[Item], kind_of: Callable[[Item], Kind], size: int = 2_000
) -> Iterator[tuple[Kind, list[Item]]]:  # fmt: skip
    """Give the items in lists of at most `size` that are of one kind and came one after the other, with that kind."""
    for kind, some in groupby(items, kind_of):
        for part in slices(some, size):
            yield kind, part
