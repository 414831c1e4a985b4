"""Trouble with the records and jobs of one request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sfsync.localorg import locking
from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults.orders import Fault, chance, values
from sfsync.localorg.rules.duplicates import make_duplicate_rule
from sfsync.localorg.saving.duplicates import DuplicateFound
from sfsync.localorg.sobject import SObject
from sfsync.localorg.striking.racing import Racer
from sfsync.localorg.trouble import Stored, Trouble, Written

EVERY = "*"
_TEXTS = {
    locking.LOCKED: locking.WORDS,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "This record is refused by a validation rule.",
    "REQUIRED_FIELD_MISSING": "Required fields are missing: [LastName]",
    "STRING_TOO_LONG": "Company: data value too large (max length=255)",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Rating: bad value for restricted picklist field: Tepid",
    "INVALID_CROSS_REFERENCE_KEY": "invalid cross reference id",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "Scoring: execution of BeforeUpdate caused by: System.NullPointerException",
    "DUPLICATE_VALUE": "duplicate value found",
    "UNKNOWN_EXCEPTION": "An unexpected error occurred. Please include this ErrorId if you contact support",
}


class OrderedTrouble(Trouble):
    """What the faults that struck a request, and the locks that others hold, do to its records."""

    def __init__(self, org: OrgContext, struck: Sequence[Fault], locked: Mapping[str, datetime]) -> None:
        self._org = org
        self._state = org.state
        self._struck = struck
        self._locked = locked
        self._racer = Racer(org)
        self._drawn = 0  # records that a chance was drawn for

    def saving(self, sobject: str, rows: Sequence[Written], allow_duplicates: bool) -> None:
        """Refuse records, each on its own."""
        for row in rows:
            refused = self._lock_on(row) or self._partial()
            self._racer.overtake(sobject, row)
            if refused is not None:
                row.refuse(400, refused[0], refused[1], refused[2])
            elif self._is_duplicate(row, allow_duplicates):
                row.errors.append(self._duplicate(sobject))
            self._drawn += 1

    def deleting(self, sobject: str, row: Mapping[str, Stored]) -> tuple[str, str] | None:
        """Refuse the deletion of a record."""
        refused = self._lock_among(list(row.values()), row["Id"]) or self._partial()
        self._drawn += 1
        return None if refused is None else (refused[0], refused[1])

    def found_by_key(self, sobject: str, key: str, ids: Sequence[str]) -> Sequence[str]:
        """Give a key two records, or none that are seen yet: those there are, or one that somebody makes now."""
        for _, kind in values(self._struck, "dup_key"):
            if kind == "race":
                self._racer.looked(sobject, key)
                return []
            others = self._state.rows(f'SELECT Id FROM "{sobject}" ORDER BY Id LIMIT 3')  # noqa: S608 - catalog name
            return [*ids, *(str(row["Id"]) for row in others if row["Id"] not in ids)][:2]
        return ids

    def settle(self) -> None:
        """Leave what somebody else made, whatever became of the request."""
        self._racer.settle()

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
        return self._lock_among(held, row.record_id)

    def _lock_among(self, held: Sequence[Stored], record_id: Stored) -> tuple[str, str, tuple[str, ...]] | None:
        """Refuse a record where it or a parent, whose ids are among its values, is locked.

        Raises Locked where that is to be waited for.
        """
        met = [one for one in dict.fromkeys(map(str, held)) if one in self._locked] if self._locked else []
        met += [EVERY] if EVERY in self._locked else []
        if not met and not self._by_chance(held):
            return None
        if self.patient and met:
            left = max((self._locked[one] - self._org.now).total_seconds() for one in met)
            if 0 < left <= locking.WAIT_SECONDS:
                raise locking.Locked(left)
            self.waited_seconds = locking.WAIT_SECONDS
        own = [str(record_id)] if record_id is not None else []
        return locking.LOCKED, locking.words([one for one in met if one != EVERY] or own), ()

    def _by_chance(self, held: Sequence[Stored]) -> bool:
        """Tell whether a lock that holds by chance holds this record."""
        for fault, asked in values(self._struck, "lock_rows"):
            assert isinstance(asked, dict)
            prob, parent = asked.get("prob"), asked.get("parent")
            if prob is None or (parent is not None and parent not in held):
                continue
            if chance(fault.seed, fault.id, "lock", fault.hits, self._drawn) < float(prob):
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

    def _is_duplicate(self, row: Written, allowed: bool) -> bool:
        kinds = [kind for _, kind in values(self._struck, "dup_rule")]
        return row.before is None and ("block" in kinds or ("alert" in kinds and not allowed))

    def _duplicate(self, sobject: str) -> DuplicateFound:
        """Give the refusal of a duplicate, with the oldest record of its kind as what it is the same as."""
        blocks = any(kind == "block" for _, kind in values(self._struck, "dup_rule"))
        action = {"actionOnInsert": "Block"} if blocks else {"operationsOnInsert": ["alert"]}
        kind, catalog = replace(self._org, seen=None).sobject(sobject), self._state.catalog
        facts = {**action, "matches": [{"sobject": kind.name, "rule": "Ordered_Matching_Rule"}]}
        row = self._state.one(f'SELECT Id FROM "{kind.name}" WHERE IsDeleted = 0 ORDER BY Id')  # noqa: S608
        records = [] if row is None else [self._match(kind, str(row["Id"]))]
        found: dict[str, object] = {"entityType": kind.name, "errors": [], "matchEngine": "FuzzyMatchEngine"}
        found |= {"matchRecords": records, "rule": "Ordered_Matching_Rule", "size": len(records), "success": True}
        rule = make_duplicate_rule(catalog, kind, "Ordered_Rule", facts)
        return DuplicateFound(rule, kind, not blocks, [found])

    def _match(self, kind: SObject, record_id: str) -> dict[str, object]:
        attributes = {"type": kind.name, "url": self._org.record_url(kind, record_id)}
        record = {"attributes": attributes, "Id": record_id}
        return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}


def _told(code: object) -> tuple[str, str, tuple[str, ...]]:
    if not isinstance(code, dict):
        return str(code), _TEXTS.get(str(code), f"{code}: refused"), ()
    named = str(code["code"])
    return named, str(code.get("message", _TEXTS.get(named, named))), tuple(map(str, code.get("fields", ())))
