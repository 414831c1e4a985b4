"""What a record was and became: every change, what it held at a time, and whose hand is in each field."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sfsync.audit.events import Event, event_of, with_paths
from sfsync.audit.field_history import field_history
from sfsync.audit.naming import record_named
from sfsync.errors import OrgError, Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.page import NEVER_JOURNALED
from sfsync.records.record import Record
from sfsync.records.values import Value, datetime_text, to_plain
from sfsync.salesforce.port import Org
from sfsync.sync.names import names_of
from sfsync.sync.outcome import Outcome

AskOrg = Callable[[], Org]  # connects, where it is not connected yet

_ALL = 1_000_000  # lines of the journal about one record


@dataclass(frozen=True, slots=True)
class Past:
    """A record with all that is known of its past."""

    record: Record
    events: tuple[Event, ...]  # newest first
    known_since: datetime | None  # when the mirror held it first; None where it cannot be told
    problems: tuple[Problem, ...] = ()

    @property
    def created_at(self) -> datetime | None:
        """When it was made, where the mirror knows."""
        made = self.record.fields.get("CreatedDate")
        return made if isinstance(made, datetime) else None

    def at(self, moment: datetime) -> tuple[dict[str, Value], bool]:
        """Give the values it held at a moment, and whether it was deleted then."""
        values = {**self.record.fields, "IsDeleted": self.record.deleted}
        settled: set[str] = set()
        for event in self.events:
            if event.at <= moment:
                settled.add(event.field)
            elif event.field in values and event.field not in settled and event.values_kept:
                values[event.field] = event.before
        values["Id"] = self.record.id
        return values, bool(values.pop("IsDeleted"))


def past_of(books: Books, ask: AskOrg | None, sobject: str, record_id: str) -> Past:
    """Gather a record's past: from the journal, and from the org's field history where there is an org to ask.

    An org that cannot be asked is told as a problem. Raises UsageError where the mirror has no such record.
    """
    record = record_named(books, sobject, record_id)
    schema = books.schemas.get(record.sobject)
    lines = books.journal.of_record(record.sobject, record.id, _ALL)
    told: list[Event] = []
    problems: tuple[Problem, ...] = ()
    if ask is not None and schema is not None:
        try:
            told = field_history(ask(), schema, record.id)
        except OrgError as error:
            problems = (_untold(record, error),)
    events = with_paths([event_of(line) for line in reversed(lines)], told)
    made = record.fields.get("CreatedDate")
    since = books.watermarks.first_complete_at(record.sobject)
    if since is not None and isinstance(made, datetime) and made > since:
        seen = [first] if (first := books.runs.first_whole(("pull", "sync"), made)) else []
        since = min([*seen, *(line.at for line in lines[-1:])], default=None)
    return Past(record, tuple(events), since, problems)


def _untold(record: Record, error: OrgError) -> Problem:
    words = f"the path between pulls is missing, for the field history cannot be read: {error.problems[0].message}"
    return Problem(words, error.problems[0].next, Where(sobject=record.sobject, id=record.id))


def history(books: Books, ask: AskOrg | None, sobject: str, record_id: str, moment: datetime | None = None) -> Outcome:
    """Tell every change of a record, newest first; or, with a moment, what it held then."""
    past = past_of(books, ask, sobject, record_id)
    if moment is not None:
        return _at(books, past, moment)
    events = [event.plain() for event in past.events]
    data = {**_head(past), "history": events, "names": names_of(books, _ids(events))}
    return Outcome("history", counts={"changes": len(events)}, problems=past.problems, data=data)


def _head(past: Past) -> dict[str, Any]:
    record, since = past.record, past.known_since
    return {
        "sobject": record.sobject,
        "id": record.id,
        "deleted": record.deleted,
        "created_at": to_plain(past.created_at),
        "known_since": to_plain(since),
    }


def _at(books: Books, past: Past, moment: datetime) -> Outcome:
    values, deleted = past.at(moment)
    there = past.created_at is None or past.created_at <= moment
    certain = past.known_since is not None and past.known_since <= moment
    problems = past.problems
    if there and not certain:
        since = datetime_text(past.known_since) if past.known_since else "the next pull"
        words = f"the mirror knows this record since {since}: what it held before is told as far as field history goes"
        problems += (Problem(words, "", Where(sobject=past.record.sobject, id=past.record.id)),)
    fields = {name: to_plain(value) for name, value in values.items() if name not in NEVER_JOURNALED}
    data = {
        **_head(past),
        "at": datetime_text(moment),
        "there": there and not deleted,
        "certain": certain or not there,
        "deleted": deleted,
        "fields": fields if there else {},
        "names": names_of(books, fields.values()),
    }
    return Outcome("history", problems=problems, data=data)


def _ids(events: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [event[key] for event in events for key in ("before", "after", "by")]


def blame(books: Books, ask: AskOrg | None, sobject: str, record_id: str) -> Outcome:
    """Tell for each field of a record whose hand its value is from: a run's, with its reasons, or a person's."""
    past = past_of(books, ask, sobject, record_id)
    latest: dict[str, Event] = {}
    for event in past.events:
        latest.setdefault(event.field, event)
    commands = {
        run: found.command for run in {e.run for e in latest.values()} if run and (found := books.runs.get(run))
    }
    fields = [
        _blamed(past, name, value, latest.get(name), commands)
        for name, value in past.record.fields.items()
        if name not in NEVER_JOURNALED and name not in ("Id", "IsDeleted")
    ]
    data = {**_head(past), "fields": fields, "names": names_of(books, _people(fields))}
    counts = {hand: sum(one["hand"] == hand for one in fields) for hand in ("sfsync", "org", "first sight")}
    return Outcome("blame", counts=counts, problems=past.problems, data=data)


def _blamed(past: Past, name: str, value: Value, event: Event | None, commands: Mapping[int, str]) -> dict[str, Any]:
    told = {"field": name, "value": to_plain(value)}
    if event is None:  # it was never seen to change
        nobody: dict[str, Any] = {"run": None, "command": None, "because": [], "by": None}
        return {**told, "hand": "first sight", "at": to_plain(past.known_since), **nobody}
    return {
        **told,
        "hand": event.origin,
        "at": datetime_text(event.at),
        "run": event.run,
        "command": commands.get(event.run or 0),
        "because": list(event.because),
        "by": event.by,
    }


def _people(fields: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [one[key] for one in fields for key in ("value", "by")]
