"""What a run gathers before it writes any of it down: changes, decisions, problems, however many there are."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sfsync.errors import Problem, Where
from sfsync.mirror import tables
from sfsync.mirror.documents import (
    change_document,
    conflict_document,
    decision_document,
    document_change,
    document_conflict,
    document_decision,
)
from sfsync.mirror.long_lists import Firsts, Form, Gathering, LongList
from sfsync.plan.conflicts import Conflict
from sfsync.plan.tally import Counted, Tally
from sfsync.records.change import Change
from sfsync.records.decision import Decision

T = TypeVar("T")

json_text = json.JSONEncoder(separators=(",", ":")).encode
"""How it is written down: in ASCII, which can say half a character too."""


def read_change(text: str) -> Change:
    """Read a change that was written down."""
    document = json.loads(text)
    return document_change(document, document["id"])


def write_change(change: Change) -> str:
    """Write a change down, as the outbox has it."""
    return tables.json_text(change_document(change))


def as_written(changes: Sequence[Change]) -> Iterable[Change | str]:
    """Give changes as they lie: those of a long list as JSON, which the outbox takes as it is."""
    inner = changes.changes if isinstance(changes, Counted) else changes
    return inner.written() if isinstance(inner, LongList) else inner


def _write_decision(one: Decision) -> str:
    return json_text([one.sobject, one.id, one.topic, decision_document(one)])


def _read_decision(text: str) -> Decision:
    return document_decision(*json.loads(text))


def _write_problem(one: Problem) -> str:
    where = {name: found for name in Where.__slots__ if (found := getattr(one.where, name)) is not None}
    return json_text([one.message, one.next, where])


def _read_problem(text: str) -> Problem:
    message, todo, where = json.loads(text)
    return Problem(message, todo, Where(**where))


_CHANGES = Form(write_change, read_change)
_DECISIONS = Form(_write_decision, _read_decision)
_PROBLEMS = Form(_write_problem, _read_problem)
_CONFLICTS: Form[Conflict] = Form(
    lambda one: json_text(conflict_document(one)), lambda text: document_conflict(json.loads(text))
)


class GatheredChanges(Gathering[Change]):
    """Changes, counted as they come."""

    def __init__(self, folder: Path, key: Callable[[Change], str] | None) -> None:
        super().__init__(folder, _CHANGES, key)
        self._tally = Tally()

    def add(self, items: Iterable[Change]) -> None:
        """Put changes behind the others."""
        super().add(self._counted(items))

    def _counted(self, items: Iterable[Change]) -> Iterable[Change]:
        for change in items:
            self._tally.add(change)
            yield change

    def all(self) -> Sequence[Change]:
        """Give what was gathered, with its tally where it is long; nothing is added from then on."""
        found = super().all()
        return found if isinstance(found, tuple) else Counted(found, self._tally)


@dataclass(frozen=True, slots=True)
class Scratch:
    """Makes lists and tables for the time of a run, which a folder holds as far as they are long."""

    folder: Path

    def changes(self, key: Callable[[Change], str] | None = None) -> GatheredChanges:
        """Begin a list of changes, in the order of a key where one is given."""
        return GatheredChanges(self.folder, key)

    def decisions(self) -> Gathering[Decision]:
        """Begin a list of decisions."""
        return Gathering(self.folder, _DECISIONS)

    def problems(self) -> Gathering[Problem]:
        """Begin a list of problems."""
        return Gathering(self.folder, _PROBLEMS)

    def conflicts(self, key: Callable[[Conflict], str] | None = None) -> Gathering[Conflict]:
        """Begin a list of conflicts, in the order of a key where one is given."""
        return Gathering(self.folder, _CONFLICTS, key)

    def of(self, form: Form[T], key: Callable[[T], str] | None = None) -> Gathering[T]:
        """Begin a list of anything that can be written down, in the order of a key where one is given."""
        return Gathering(self.folder, form, key)

    def firsts(self) -> Firsts:
        """Begin a table of texts, each with the number that came with it first."""
        return Firsts(self.folder)
