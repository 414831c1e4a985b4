"""Why a record is as it is: what the rules decided and from which facts, and who wrote which value when."""

from typing import Any

from sfsync.audit.naming import record_named
from sfsync.mirror.books import Books
from sfsync.records.values import datetime_text, to_plain
from sfsync.sync.names import names_of
from sfsync.sync.outcome import Outcome
from sfsync.sync.telling import entry_to_plain


def explain(books: Books, sobject: str, record_id: str) -> Outcome:
    """Tell a record's stored decisions with their reasons, its journal, and its entries in the outbox.

    Raises UsageError where the mirror has no such record.
    """
    record = record_named(books, sobject, record_id)
    values = {name: to_plain(value) for name, value in record.fields.items()}
    data: dict[str, Any] = {
        "sobject": record.sobject,
        "id": record.id,
        "deleted": record.deleted,
        "fields": values,
        "decisions": _decisions(books, record.sobject, record.id),
        "history": _history(books, record.sobject, record.id),
        "entries": _entries(books, record.sobject, record.id),
    }
    told = [line[key] for line in data["history"] for key in ("before", "after", "by")]
    return Outcome("explain", data={**data, "names": names_of(books, [*told, *values.values()])})


def _decisions(books: Books, sobject: str, record_id: str) -> list[dict[str, Any]]:
    return [
        {
            "topic": topic,
            "wanted": {name: to_plain(value) for name, value in stored.decision.wanted.items()},
            "because": list(stored.decision.because),
            "tried": list(stored.decision.tried),
            "detail": dict(stored.decision.detail),
            "run": stored.run,
            "at": datetime_text(stored.at),
            "taken_by_baseline": stored.taken,
        }
        for (_, topic), stored in sorted(books.decisions.get(sobject, [record_id]).items())
    ]


def _history(books: Books, sobject: str, record_id: str) -> list[dict[str, Any]]:
    return [
        {
            "at": datetime_text(line.at),
            "run": line.run,
            "field": line.field,
            "before": to_plain(line.before),
            "after": to_plain(line.after),
            "origin": line.origin,
            "by": line.by,
            "because": list(line.because),
        }
        for line in books.journal.of_record(sobject, record_id)
    ]


def _entries(books: Books, sobject: str, record_id: str) -> list[dict[str, Any]]:
    entries = books.outbox.about(sobject, record_id)
    return [entry_to_plain(entry) for entry in entries]
