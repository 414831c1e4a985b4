"""Trouble with the records and jobs of one request."""

from collections.abc import Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults.orders import Fault, chance, values
from sfsync.localorg.state import State
from sfsync.localorg.trouble import Stored, Trouble, Written

LOCKED = ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records")
EVERY = "*"
_TEXTS = {
    "UNABLE_TO_LOCK_ROW": LOCKED[1],
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "This record is refused by a validation rule.",
    "REQUIRED_FIELD_MISSING": "Required fields are missing: [LastName]",
    "STRING_TOO_LONG": "Company: data value too large (max length=255)",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Rating: bad value for restricted picklist field: Tepid",
    "INVALID_CROSS_REFERENCE_KEY": "invalid cross reference id",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "Scoring: execution of BeforeUpdate caused by: System.NullPointerException",
    "DUPLICATE_VALUE": "duplicate value found",
    "UNKNOWN_EXCEPTION": "An unexpected error occurred. Please include this ErrorId if you contact support",
}
_DUPLICATE = "Use one of these records?"


class OrderedTrouble(Trouble):
    """What the faults that struck a request, and the locks that others hold, do to its records."""

    def __init__(self, org: OrgContext, struck: Sequence[Fault], locked: frozenset[str]) -> None:
        self._state: State = org.state
        self._struck = struck
        self._locked = locked
        self._drawn = 0  # records that a chance was drawn for

    def saving(self, sobject: str, rows: Sequence[Written], allow_duplicates: bool) -> None:
        """Refuse records, each on its own."""
        for row in rows:
            refused = self._lock_on(row) or self._partial() or self._duplicate(row, allow_duplicates)
            if refused is not None:
                row.refuse(400, refused[0], refused[1], refused[2])
            self._drawn += 1

    def deleting(self, sobject: str, row: Mapping[str, Stored]) -> tuple[str, str] | None:
        """Refuse the deletion of a record."""
        refused = (*LOCKED, ()) if self._holds(row.values()) or self._by_chance() else self._partial()
        self._drawn += 1
        return None if refused is None else (refused[0], refused[1])

    def found_by_key(self, sobject: str, ids: Sequence[str]) -> Sequence[str]:
        """Give a key two records, or none that are seen yet."""
        for _, kind in values(self._struck, "dup_key"):
            if kind == "race":
                return []
            others = self._state.rows(f'SELECT Id FROM "{sobject}" ORDER BY Id LIMIT 3')  # noqa: S608 - catalog name
            return [*ids, *(str(row["Id"]) for row in others if row["Id"] not in ids)][:2]
        return ids

    def job_is_stuck(self) -> bool:
        """Tell whether a fault holds the job up."""
        return any(what == "stick" for _, what in values(self._struck, "job"))

    def job_ends(self) -> tuple[str, int] | None:
        """Give how, and after how many rows, a fault ends the job."""
        for _, what in values(self._struck, "job"):
            if isinstance(what, dict) and "fail_after_rows" in what:
                return "Failed", int(what["fail_after_rows"])
            if isinstance(what, dict) and "abort_after_rows" in what:
                return "Aborted", int(what["abort_after_rows"])
        return None

    def _lock_on(self, row: Written) -> tuple[str, str, tuple[str, ...]] | None:
        held = [*row.row.values(), *(row.before.values() if row.before else ()), row.record_id]
        return (*LOCKED, ()) if self._holds(held) or self._by_chance() else None

    def _holds(self, values_of_row: object) -> bool:
        assert hasattr(values_of_row, "__iter__")
        return EVERY in self._locked or (bool(self._locked) and not self._locked.isdisjoint(map(str, values_of_row)))

    def _by_chance(self) -> bool:
        """Tell whether a lock that holds by chance holds this record."""
        for fault, asked in values(self._struck, "lock_rows"):
            prob = asked.get("prob") if isinstance(asked, dict) else None
            if prob is not None and chance(fault.seed, fault.id, "lock", fault.hits, self._drawn) < float(prob):
                return True
        return False

    def _partial(self) -> tuple[str, str, tuple[str, ...]] | None:
        for fault, asked in values(self._struck, "partial"):
            assert isinstance(asked, dict)
            if chance(fault.seed, fault.id, "row", fault.hits, self._drawn) < float(asked["prob"]):
                codes = asked.get("codes") or ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
                drawn = chance(fault.seed, fault.id, "code", fault.hits, self._drawn)
                return _told(codes[int(drawn * len(codes))])
        return None

    def _duplicate(self, row: Written, allowed: bool) -> tuple[str, str, tuple[str, ...]] | None:
        for _, kind in values(self._struck, "dup_rule"):
            if row.before is None and not (allowed and kind == "alert"):
                return "DUPLICATES_DETECTED", _DUPLICATE, ()
        return None


def _told(code: object) -> tuple[str, str, tuple[str, ...]]:
    if not isinstance(code, dict):
        return str(code), _TEXTS.get(str(code), f"{code}: refused"), ()
    named = str(code["code"])
    return named, str(code.get("message", _TEXTS.get(named, named))), tuple(map(str, code.get("fields", ())))
