"""Writing to an org: sObject Collections, each record with an outcome of its own (allOrNone false).

Nothing here is sent twice: where the answer is lost or cannot be read, the outcome is unknown, and only a look at the
org can tell. Results are joined to records by position, as Salesforce gives them (REST guide, Collections).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sfsync.errors import OrgRefused, OutcomeUnknown
from sfsync.records.ids import to_18
from sfsync.records.manner import Manner, usual_manner
from sfsync.records.values import Plain, Value, to_plain
from sfsync.salesforce.faults import outcome_unknown, refusal_next
from sfsync.salesforce.port import Outcome, Refusal
from sfsync.salesforce.soql import name
from sfsync.salesforce.wire import Json, Wire, as_list, as_object, as_text

AT_ONCE = 200
"""Records in one collections call (REST guide, Collections)."""

_RESOURCE = "composite/sobjects"


class RestWrites:
    """The writing half of the adapter."""

    def __init__(self, wire: Wire, manners: Mapping[str, Manner]) -> None:
        self._wire = wire
        self._manners = manners

    def manner(self, sobject: str) -> Manner:
        """Say how writes of an sObject are saved."""
        return self._manners.get(sobject) or usual_manner(sobject)

    def create(self, sobject: str, records: Sequence[Mapping[str, Value]]) -> list[Outcome]:
        """Create records, at most 200."""
        bodies = [_body(sobject, values) for values in records]
        return [_created(outcome) for outcome in self._sent("POST", _RESOURCE, sobject, bodies)]

    def update(self, sobject: str, records: Sequence[tuple[str, Mapping[str, Value]]]) -> list[Outcome]:
        """Update records (id and values), at most 200."""
        ids = [checked_id(record_id) for record_id, _ in records]
        bodies = [_body(sobject, values) | {"id": one} for one, (_, values) in zip(ids, records, strict=True)]
        return same_ids(ids, self._sent("PATCH", _RESOURCE, sobject, bodies))

    def upsert(self, sobject: str, key_field: str, records: Sequence[tuple[str, Mapping[str, Value]]]) -> list[Outcome]:
        """Create or update records by an external id (key and values), at most 200."""
        bodies = [_body(sobject, values) | {name(key_field): key} for key, values in records]
        return self._sent("PATCH", f"{_RESOURCE}/{name(sobject)}/{name(key_field)}", sobject, bodies)

    def delete(self, sobject: str, ids: Sequence[str]) -> list[Outcome]:
        """Delete records, at most 200. The sObject is told by the ids themselves."""
        wanted = [checked_id(one) for one in ids]
        check_number(len(wanted))
        if not wanted:
            return []
        answer = self._answered("DELETE", _RESOURCE, {"ids": ",".join(wanted), "allOrNone": "false"}, None)
        return same_ids(wanted, _outcomes(answer, len(wanted)))

    def _sent(self, method: str, resource: str, sobject: str, bodies: list[dict[str, object]]) -> list[Outcome]:
        check_number(len(bodies))
        if not bodies:
            return []
        headers = _headers(self.manner(sobject))
        answer = self._answered(method, resource, {}, {"allOrNone": False, "records": bodies}, headers)
        return _outcomes(answer, len(bodies))

    def _answered(
        self, method: str, resource: str, params: dict[str, str], json: object, headers: dict[str, str] | None = None
    ) -> object:  # fmt: skip
        sent = {} if json is None else {"json": json, "headers": headers or {}}
        try:
            return self._wire.calls.restful(resource, params, method, **sent)
        except (ValueError, TypeError, RecursionError):
            raise _unreadable() from None


def _headers(manner: Manner) -> dict[str, str]:
    """Give the headers that say how records are saved (REST guide, Assignment Rule and Duplicate Rule Header)."""
    headers: dict[str, str] = {}
    if manner.assignment is not None:
        headers["Sforce-Auto-Assign"] = manner.rule_id or "TRUE"
    if manner.doubles:
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    return headers


def check_number(count: int) -> None:
    """Raise OrgRefused where so many records are too many for one call."""
    if count > AT_ONCE:
        raise OrgRefused(f"{count} records are more than the {AT_ONCE} of one call, so nothing was sent")


def checked_id(text: str) -> str:
    """Give an id in 18 characters. Raises OrgRefused where it is none."""
    try:
        return to_18(text)
    except ValueError:
        words = f"{text[:40]!r} is not a record id, so nothing was sent"
        raise OrgRefused(words, todo="correct it where it comes from") from None


def _body(sobject: str, values: Mapping[str, Value]) -> dict[str, object]:
    plain = {name(field): _plain(field, value) for field, value in values.items()}
    return {"attributes": {"type": name(sobject)}, **plain}


def _plain(field: str, value: Value) -> Plain:
    if isinstance(value, Decimal) and not value.is_finite():
        raise OrgRefused(f"{value} is no value for {field}, so nothing was sent")
    return to_plain(value)


def _outcomes(answer: object, expected: int) -> list[Outcome]:
    """Read the results of a collections call. Raises OutcomeUnknown where they are not what was asked for."""
    try:
        results = [_outcome(as_object(entry)) for entry in as_list(answer)]
    except (ValueError, KeyError, TypeError):
        raise _unreadable() from None
    if len(results) != expected:
        raise outcome_unknown(f"{expected} records were sent, the org answered for {len(results)}")
    return results


def _outcome(result: Json) -> Outcome:
    given = result.get("id")
    record_id = to_18(as_text(given)) if given else None
    if result["success"] is True:
        if record_id is None:
            raise ValueError("a record that was taken has no id")
        return Outcome(record_id, created=result.get("created") is True)
    if result["success"] is not False:
        raise TypeError("success is neither true nor false")
    refusals = tuple(_refusal(as_object(error)) for error in as_list(result.get("errors") or []))
    return Outcome(record_id, refusals or (Refusal("", "the org refused it and gave no reason"),))


def _refusal(error: Json) -> Refusal:
    code = as_text(error.get("statusCode") or error.get("errorCode") or "")
    fields = tuple(as_text(field) for field in as_list(error.get("fields") or []))
    return Refusal(code, str(error.get("message") or ""), fields, refusal_next(code))


def _created(outcome: Outcome) -> Outcome:
    """Mark what a create made: only upserts say so themselves."""
    return Outcome(outcome.id, outcome.refusals, created=outcome.done)


def same_ids(ids: Sequence[str], outcomes: list[Outcome]) -> list[Outcome]:
    """Check that the results are of the records sent, and put the id to those that failed.

    Raises OutcomeUnknown where one is of another record: it may be the answer to another call.
    """
    if any(outcome.id not in (None, sent) for sent, outcome in zip(ids, outcomes, strict=True)):
        raise outcome_unknown("the org answered for other records than those that were sent")
    return [Outcome(sent, outcome.refusals) for sent, outcome in zip(ids, outcomes, strict=True)]


def _unreadable() -> OutcomeUnknown:
    return outcome_unknown("the answer to a write cannot be read")
