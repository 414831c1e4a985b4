"""What can go wrong with the records and jobs of one request, as saving and loading ask it.

Nothing does unless faults are on order: then the context of a request carries a Trouble that overrides these.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sfsync.localorg.wire import Refusal

Stored = str | int | None


class Written(Protocol):
    """A record on its way into the database."""

    record_id: str | None
    before: Mapping[str, Stored] | None
    row: dict[str, Stored]
    errors: list[Refusal]

    def refuse(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        """Note an error."""


class Trouble:
    """No trouble at all."""

    patient = False  # a write waits for rows that are let go soon: raises Locked
    waited_seconds = 0.0  # that the client has waited in vain

    def saving(self, sobject: str, rows: Sequence[Written], allow_duplicates: bool) -> None:
        """Refuse records that are complete but not yet checked."""

    def deleting(self, sobject: str, row: Mapping[str, Stored]) -> tuple[str, str] | None:
        """Give code and words that refuse the deletion of a record."""

    def found_by_key(self, sobject: str, key: str, ids: Sequence[str]) -> Sequence[str]:
        """Give the ids of records that have a value in a key field, as one who looks for it is told."""
        return ids

    def settle(self) -> None:
        """Do what is left to do when the request is over."""

    def job_is_stuck(self) -> bool:
        """Tell whether a Bulk job makes no progress."""
        return False

    def job_ends(self) -> tuple[str, int] | None:
        """Give the state in which a Bulk job ends early, and the number of rows after which it does."""
        return None
