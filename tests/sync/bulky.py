"""What tests of pushes by Bulk jobs share: few records that go by jobs as many would, and looks at what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import TypeVar
from unittest.mock import patch

from sfsync.plan import transport
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.values import Value
from sfsync.salesforce.around import AroundOrg
from sfsync.sync import bulk_jobs, filling
from sfsync.sync.context import Context, Target
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal
from sfsync.sync.run import begin, carry_out, finish, pull_only
from tests.shop import TARGETS, Shop, yes

OPEN = ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING")


@contextmanager
def few_by_bulk(from_records: int = 2, group: int = 7) -> Iterator[None]:
    """Let a job be worth its while from a few records on, and be settled a few at a time."""
    with (
        patch.object(transport, "BULK_FROM", from_records),
        patch.object(transport, "BULK_CALLS", 0),
        patch.object(filling, "GROUP", group),
        patch.object(bulk_jobs, "GROUP", group),
    ):
        yield


@contextmanager
def pushed_in_bulk(shop: Shop, targets: tuple[Target, ...] = TARGETS) -> Iterator[Shop]:
    """Give a shop that is pulled, and whose changes go by Bulk jobs from two on."""
    pull_only(shop.context, shop.order(targets=targets), full=False)
    with few_by_bulk():
        yield shop


def leads(shop: Shop) -> list[str]:
    """Give the ids of the living leads that can be changed."""
    wanted = "SELECT Id FROM Lead WHERE IsDeleted = 0 AND IsConverted = 0 ORDER BY Id"
    return [str(row["Id"]) for row in shop.rows(wanted)]


def updates(shop: Shop, field: str, *values: Value) -> tuple[Change, ...]:
    """Give changes of every lead, from what the org holds to these values in turn."""
    return tuple(
        Change(Action.UPDATE, "Lead", one, (FieldChange(field, held(shop, one, field), value, ("because",)),))
        for one, value in zip(leads(shop), cycle(values), strict=False)
    )


def held(shop: Shop, lead: str, field: str) -> Value:
    """Give what the org holds in a field of a lead."""
    value: Value = shop.rows(f"SELECT {field} FROM Lead WHERE Id = ?", lead)[0][field]
    return value


def push(shop: Shop, changes: tuple[Change, ...], context: Context | None = None) -> Outcome:
    """Carry changes out in a run of their own."""
    context = context or shop.context
    with begin(context, "apply", 0.0) as run:
        plan = Plan(context.org.identity().org_id, context.clock.now(), changes)
        return finish(context, carry_out(context, "apply", run, Proposal(plan, ()), Guard(Brakes(), yes)))


def states(shop: Shop) -> dict[str, int]:
    """Count the entries of the outbox by state."""
    with shop.mirror.reading() as books:
        return books.outbox.counts()


def nothing_is_owed(shop: Shop) -> None:
    """Check that every entry is settled and every job has ended."""
    assert not set(states(shop)) & set(OPEN)
    with shop.mirror.reading() as books:
        assert books.jobs.open() == []


def written_once(shop: Shop, field: str, ids: list[str]) -> None:
    """Check that the journal tells of one change of ours for each record."""
    with shop.mirror.reading() as books:
        for one in ids:
            lines = [line for line in books.journal.of_record("Lead", one) if line.field == field]
            assert [line.origin for line in lines] == ["sfsync"], (one, lines)


T = TypeVar("T")


class Meddling(AroundOrg):
    """Lets something happen in the org just before some question is asked, once."""

    def __init__(self, shop: Shop, before: str, happen: Callable[[], object]) -> None:
        super().__init__(shop.org)
        self._before = before
        self._happen: Callable[[], object] | None = happen

    def _write(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        if what == self._before and self._happen is not None:
            happen, self._happen = self._happen, None
            happen()
        return ask()

    _read = _write
