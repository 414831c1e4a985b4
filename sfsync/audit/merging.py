"""Two streams of rows, both in the order of their ids, held against each other row by row."""

from collections.abc import Iterator, Sequence

from sfsync.mirror.stored import Row
from sfsync.records.values import Kind, Stored, Value, from_stored, same


def paired(left: Iterator[Row], right: Iterator[Row]) -> Iterator[tuple[str, Row | None, Row | None]]:
    """Give each record of either stream once: its id, and its row on the left and on the right, None where it lacks."""
    ours, theirs = next(left, None), next(right, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and str(ours[0]) < str(theirs[0])):
            assert ours is not None
            yield str(ours[0]), ours, None
            ours = next(left, None)
        elif ours is None or str(theirs[0]) < str(ours[0]):
            yield str(theirs[0]), None, theirs
            theirs = next(right, None)
        else:
            yield str(ours[0]), ours, theirs
            ours, theirs = next(left, None), next(right, None)


def unlike(kinds: Sequence[Kind], left: Row, right: Row) -> tuple[int, ...]:
    """Give the places in which two rows of one record stand for different values."""
    if left == right:
        return ()
    return tuple(
        place
        for place, (kind, one, other) in enumerate(zip(kinds, left, right, strict=True))
        if one != other and not same(as_told(kind, one), as_told(kind, other))
    )


def as_told(kind: Kind, stored: Stored) -> Value:
    """Give what a column stands for; what is no value of its kind (somebody wrote it there) as it is."""
    try:
        return from_stored(kind, stored)
    except ValueError:
        return str(stored)
