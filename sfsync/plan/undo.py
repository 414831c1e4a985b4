"""The way back: what a run wrote, turned into the changes that take it back."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.values import Value

CREATED = "Id"  # the field a journal line of a create names


@dataclass(frozen=True, slots=True)
class Written:
    """One field that a run wrote, as the journal tells it. `CREATED` stands for the record itself."""

    sobject: str
    id: str
    field: str
    before: Value
    after: Value


@dataclass(slots=True)
class _Trace:
    """What one run did to one record."""

    created: bool = False
    fields: dict[str, FieldChange] = field(default_factory=dict)


def reversing(written: Iterable[Written], run: int) -> list[Change]:
    """Give the changes that take a run back, the last written first.

    A field written more than once goes back to what it was before the first time. A created record is deleted.
    """
    traces: dict[tuple[str, str], _Trace] = {}
    for line in written:
        trace = traces.setdefault((line.sobject, line.id), _Trace())
        if line.field == CREATED:
            trace.created = True
            continue
        earlier = trace.fields.get(line.field)
        first = earlier.after if earlier else line.before
        trace.fields[line.field] = FieldChange(line.field, line.after, first)
    because = (f"undo of run {run}",)
    return [_change(sobject, record_id, trace, because) for (sobject, record_id), trace in reversed(traces.items())]


def _change(sobject: str, record_id: str, trace: _Trace, because: tuple[str, ...]) -> Change:
    action = Action.DELETE if trace.created else Action.UPDATE
    return Change(action, sobject, record_id, tuple(trace.fields.values()), because)
