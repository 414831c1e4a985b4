"""Which records a page of a bulk query has brought: each may come once."""

from collections.abc import Sequence
from operator import lt

from sfsync.counting import counted
from sfsync.errors import IncompleteAnswer

ID = 12  # characters of an id that tell records of an sObject apart
_TOGETHER = 1000  # keys that are looked at in one go


class Seen:
    """Notes the records of one page."""

    def __init__(self, sobject: str) -> None:
        self._sobject = sobject
        self._batches: list[list[bytes]] = []
        self._last = b""
        self.in_order = True  # whether all came in the order of their ids

    def note(self, ids: list[bytes]) -> bool:
        """Note the records of a batch; tell whether they came in the order of their ids."""
        ordered = all(map(lt, ids, ids[1:]))
        if not ordered and len(set(ids)) < len(ids):
            raise self._twice(len(ids) - len(set(ids)))
        self.in_order = self.in_order and ordered and self._last < ids[0]
        self._last = ids[-1]
        self._batches.append(ids)
        return ordered

    def check(self) -> None:
        """Raise IncompleteAnswer where a record came twice: then another one is missing."""
        if self.in_order:
            return
        distinct: set[bytes] = set()
        distinct.update(*self._batches)
        twice = sum(map(len, self._batches)) - len(distinct)
        if twice:
            raise self._twice(twice)

    def check_keys(self, keys: Sequence[bytes]) -> None:
        """Raise IncompleteAnswer where two of these begin with the same id; they are all of a page, in order."""
        twice = 0
        for start in range(0, len(keys), _TOGETHER):
            some = keys[start : start + _TOGETHER + 1]
            twice += len(some) - len({key[:ID] for key in some})
        if twice:
            raise self._twice(twice)

    def _twice(self, records: int) -> IncompleteAnswer:
        words = counted(records, "record")
        return IncompleteAnswer(f"a page of {self._sobject} holds {words} twice", todo="pull again")
