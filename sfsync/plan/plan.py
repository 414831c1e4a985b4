"""A plan as a value: what would change and why, what the org would refuse, what it costs, which brakes it is over."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import NoneType
from typing import Any

from sfsync.errors import Problem, Where
from sfsync.plan.brakes import Overrun
from sfsync.plan.conflicts import Conflict
from sfsync.plan.effects import Effect
from sfsync.plan.pieces import Seen
from sfsync.plan.tally import Tally, tally_of
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.manner import Manner, usual_manner
from sfsync.records.schema import SObject
from sfsync.records.values import Kind, datetime_text, from_plain, to_plain

PLAN_VERSION = 1


@dataclass(frozen=True)  # without slots: what is counted of it is kept with it
class Plan:
    """Ordered changes of one org at one time. Its lists may be too long for memory: go through them, some at a time."""

    org_id: str
    made_at: datetime
    changes: Sequence[Change]
    refused: Sequence[Problem] = ()  # pre-flight: what the org would not take; not among the changes
    brakes: tuple[Overrun, ...] = ()
    looked_at: Mapping[str, int] = field(default_factory=dict)  # records considered, by sObject
    left: int = 0  # decisions not acted on, because a baseline or an undo left the record as it was
    conflicts: Sequence[Conflict] = ()  # fields that wait for a person; not among the changes
    sets_off: tuple[Effect, ...] = ()  # what saving the records runs in the org, where it was asked for
    names: Mapping[str, str] = field(default_factory=dict)  # of the users and queues among the values, by id
    manners: Mapping[str, Manner] = field(default_factory=dict)  # how its records are saved, where not as usual
    line: int | None = None  # the journal's last line that it was decided from, where rules made it
    journal: str | None = None  # the name of that journal

    @cached_property
    def id(self) -> str:
        """A short name that is the same for the same changes on the same org."""
        body = hashlib.sha256(f"{self.org_id}\n[".encode())
        for place, change in enumerate(self.changes):
            body.update((", " if place else "").encode())
            body.update(json.dumps(change_to_plain(change), sort_keys=True).encode())
        body.update(b"]")
        return body.hexdigest()[:12]

    @cached_property
    def tally(self) -> Tally:
        """What its changes add up to."""
        return tally_of(self.changes)

    def calls(self) -> int:
        """Estimate the API calls it takes to apply: each kind of change by the way it will go."""
        return self.tally.calls(lambda sobject: self.manners.get(sobject) or usual_manner(sobject))


def change_to_plain(change: Change) -> dict[str, Any]:
    """Give a change as JSON holds it."""
    return {
        "action": change.action.value,
        "sobject": change.sobject,
        "id": change.id,
        "key": change.key,
        "key_field": change.key_field,
        "row": change.row,
        "because": list(change.because),
        "fields": [
            {
                "field": part.field,
                "before": to_plain(part.before),
                "after": to_plain(part.after),
                "because": list(part.because),
            }
            for part in change.fields
        ],
    }


def change_from_plain(plain: Mapping[str, Any], schema: SObject | None) -> Change:
    """Read a change out of JSON; the schema tells what its values are (text where it does not know the field).

    Raises KeyError or ValueError where it is no change.
    """

    def kind(name: str) -> Kind:
        known = schema.find(name) if schema else None
        return known.kind if known else Kind.TEXT

    parts = tuple(
        FieldChange(
            part["field"],
            from_plain(kind(part["field"]), part["before"]),
            from_plain(kind(part["field"]), part["after"]),
            tuple(part.get("because", ())),
        )
        for part in plain["fields"]
    )
    return Change(
        Action(plain["action"]),
        plain["sobject"],
        plain["id"],
        parts,
        tuple(plain.get("because", ())),
        plain.get("key"),
        plain.get("key_field"),
        plain.get("row"),
    )


def plan_to_plain(plan: Plan) -> dict[str, Any]:
    """Give a plan as JSON holds it; its changes, conflicts and refusals are made as they are looked at."""
    return {
        "version": PLAN_VERSION,
        "id": plan.id,
        "org_id": plan.org_id,
        "made_at": datetime_text(plan.made_at),
        "calls": plan.calls(),
        "looked_at": dict(plan.looked_at),
        "left": plan.left,
        "line": plan.line,
        "journal": plan.journal,
        "names": dict(plan.names),
        "by_field": [{"sobject": key[0], "field": key[1], "changes": n} for key, n in plan.tally.fields.most_common()],
        "by_reason": [{"reason": reason, "changes": n} for reason, n in plan.tally.reasons.most_common()],
        "brakes": [
            {"sobject": overrun.sobject, "kind": overrun.kind, "records": overrun.records, "allowed": overrun.allowed}
            for overrun in plan.brakes
        ],
        "sets_off": [
            {"sobject": one.sobject, "kind": one.kind, "name": one.name, "when": one.when} for one in plan.sets_off
        ],
        "conflicts": Seen(plan.conflicts, conflict_to_plain),
        "refused": Seen(plan.refused, problem_to_plain),
        "changes": Seen(plan.changes, change_to_plain),
    }


class PlainPlan(Mapping[str, Any]):
    """A plan as JSON holds it, counted when it is first looked at."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @cached_property
    def _whole(self) -> dict[str, Any]:
        return plan_to_plain(self._plan)

    def __getitem__(self, name: str) -> Any:
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)


def check_version(version: object) -> None:
    """Raise ValueError for a plan of a version that this program does not read."""
    if version != PLAN_VERSION:
        raise ValueError(f"it is of version {version}, this program reads version {PLAN_VERSION}")


def plan_from_plain(plain: Mapping[str, Any], changes: Sequence[Change]) -> Plan:
    """Read a plan out of JSON, its changes apart.

    Raises KeyError, TypeError or ValueError where it is no plan, or its changes are not the ones it was made with.
    """
    check_version(plain["version"])
    plan = Plan(
        org_id=plain["org_id"],
        made_at=datetime.fromisoformat(plain["made_at"]),
        changes=changes,
        brakes=tuple(Overrun(**overrun) for overrun in plain["brakes"]),
        looked_at=plain.get("looked_at", {}),
        left=plain.get("left", 0),
        names=plain.get("names", {}),
        line=plain.get("line"),
        journal=plain.get("journal"),
    )
    if type(plan.line) not in (int, NoneType):
        raise ValueError("its line is no number")
    if plan.id != plain["id"]:
        raise ValueError("its changes were edited after it was made")
    return plan


def conflict_to_plain(conflict: Conflict) -> dict[str, Any]:
    """Give a conflict as JSON holds it."""
    return {
        "sobject": conflict.sobject,
        "id": conflict.id,
        "field": conflict.field,
        "base": to_plain(conflict.base),
        "org": to_plain(conflict.org),
        "ours": to_plain(conflict.ours),
        "because": list(conflict.because),
        "at": datetime_text(conflict.at),
        "by": conflict.by,
        "rounds": conflict.rounds,
    }


def problem_to_plain(problem: Problem) -> dict[str, Any]:
    """Give a problem as JSON holds it; parts of its place that are not known are left out."""
    where = problem.where
    names = Where.__slots__
    place = {name: getattr(where, name) for name in names if getattr(where, name) is not None}
    return {"message": problem.message, "next": problem.next, "where": place}
