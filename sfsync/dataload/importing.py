"""Importing a file: plan every row first, then carry the plan out, then say of each row what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nsmallest
from itertools import chain, islice
from pathlib import Path

from sfsync.counting import counted
from sfsync.dataload.columns import read_columns
from sfsync.dataload.proposal import Refused, RowPlan, plan_rows
from sfsync.dataload.results import REFUSED, results_of, write_results
from sfsync.dataload.rows import Table, fingerprint, open_table
from sfsync.errors import FileError, MirrorError, OrgRefused, Problem, SfsyncError, UsageError, Where
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.runs import Run
from sfsync.mirror.scratch import as_written
from sfsync.mirror.slices import slices
from sfsync.plan.brakes import Brakes
from sfsync.plan.pieces import Seen
from sfsync.plan.plan import PlainPlan, Plan
from sfsync.plan.policy import Policy
from sfsync.records.change import Action
from sfsync.records.query import Query
from sfsync.records.schema import SObject
from sfsync.records.values import Plain, datetime_text
from sfsync.sync.apply import send
from sfsync.sync.belongings import set_off_by_owners
from sfsync.sync.context import Context
from sfsync.sync.guard import Guard
from sfsync.sync.names import spoken
from sfsync.sync.outcome import DONE, PARTLY, WAITING, Outcome
from sfsync.sync.propose import braked
from sfsync.sync.readback import read_after
from sfsync.sync.run import SHOWN_PROBLEMS, begin, finish, with_manners
from sfsync.sync.sight import is_unknown
from sfsync.sync.staging import ordered, placed
from sfsync.sync.telling import entry_problem

PREFLIGHT = "SFSYNC_PREFLIGHT"  # a row refused before any call


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported, and how."""

    path: Path
    sobject: str
    operation: str  # insert, update or upsert
    key: str | None = None  # the external id field of an upsert
    no_key: bool = False  # send creates without Sfsync_Key__c, at the risk of a duplicate after a lost answer
    remake: bool = False  # make records anew that sfsync made for a key and that are gone


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a plan may be carried out."""

    guard: Guard
    wait_seconds: float
    folder: Path  # where result files go
    policies: Mapping[str, Policy] = field(default_factory=dict)  # by sObject: what is never written, never cleared


def import_file(context: Context, order: ImportOrder, terms: Terms) -> Outcome:
    """Import a file.

    Raises FileError or UsageError, before anything is written, where file, header or operation are wrong, or say what
    the operation does not heed.
    """
    _check_heeded(order)
    table = open_table(order.path.absolute())
    with begin(context, "import", terms.wait_seconds, _detail(order, table)) as run, _tells_how_to_go_on(context, run):
        return finish(context, _from_the_start(context, run, order, table, terms))


def _check_heeded(order: ImportOrder) -> None:
    """Refuse what would be passed over in silence, as a key of an insert, which makes a record of every row."""
    if order.operation == "upsert":
        return
    kept = (order.key or "id").lower() == "id" if order.operation == "update" else order.key is None
    if not kept or order.remake:
        word = "--remake" if kept else "--key"
        words = f"{word} is for upserts: an {order.operation} does not heed it"
        raise UsageError(words, todo=f"leave {word} out, or say --operation upsert")


def resume_import(context: Context, resumed: int, terms: Terms) -> Outcome:
    """Go on with an import that was cut short, by its own run or one that resumed it before.

    It stays one import: only what is not settled yet is sent, and what it comes to is told of its first run. Raises
    UsageError where there is no such import, FileError where its file is no longer what it was.
    """
    with context.mirror.reading() as books:
        first = _first_run(books, resumed)
    order = _order(first)
    table = open_table(order.path)
    if fingerprint(order.path) != first.detail["sha256"]:
        raise FileError(f"{order.path} was changed since run {first.id} began", todo="import it as a new file")
    detail = {**_detail(order, table), "resumes": first.id}
    with begin(context, "import", terms.wait_seconds, detail) as run, _tells_how_to_go_on(context, first.id):
        with context.mirror.reading() as books:  # what it came to while we waited for the lease
            staged = _first_run(books, first.id).detail.get("staged")
        if staged:
            outcome = _carry_on(context, first.id, table, terms, None)
        else:
            outcome = _from_the_start(context, first.id, order, table, terms)
        with context.mirror.writing() as books:
            books.runs.finish(run, outcome.state, outcome.counts)
        return finish(context, outcome)


@contextmanager
def _tells_how_to_go_on(context: Context, run: int) -> Iterator[None]:
    """Have an error that cuts a staged import short say how it goes on: the file again would be a second import."""
    try:
        yield
    except SfsyncError as error:
        with suppress(MirrorError), context.mirror.reading() as books:
            begun = books.runs.get(run)
            if begun is not None and begun.detail.get("staged"):
                words = f"import {run} is not through, and rows of it may have been sent"
                todo = f"`sfsync import --resume {run}` goes on; the file imported again would be a second import"
                error.problems = (*error.problems, Problem(words, todo))
        raise


def _first_run(books: Books, run_id: int) -> Run:
    """Give the run that an import began with. Raises UsageError where it is none."""
    run = books.runs.get(run_id)
    if run is not None and run.detail.get("resumes"):
        run = books.runs.get(int(str(run.detail["resumes"])))
    if run is None or run.command != "import":
        raise UsageError(f"run {run_id} is no import", todo="list the runs with `sfsync runs`")
    return run


def _from_the_start(context: Context, run: int, order: ImportOrder, table: Table, terms: Terms) -> Outcome:
    """Plan every row, have the plan approved, stage it, send it."""
    schema = _described(context, order.sobject)
    columns = read_columns(table, schema, order.operation, order.key, keyed=not order.no_key)
    context.progress.step(f"plan: {order.path.name}")
    because = f"import of {order.path.name}"
    salt = None if order.no_key else _salt(context, run)
    rows = plan_rows(
        context, schema, columns, order.operation, table.rows(), because, salt, terms.policies, order.remake
    )
    plan = _plan(context, rows, terms.guard.brakes)
    if plan.changes:
        found = (set_off_by_owners(context, name, plan.changes) for name in plan.tally.sobjects)
        plan = replace(plan, sets_off=tuple(chain.from_iterable(found)))
    waiting = _held(run, plan, rows, terms.guard)
    if waiting is not None:
        return waiting
    _stage(context, run, rows, order.remake)
    return _carry_on(context, run, table, terms, plan)


def _detail(order: ImportOrder, table: Table) -> dict[str, Plain]:
    return {
        "file": str(table.path),
        "sha256": fingerprint(table.path),
        "sobject": order.sobject,
        "operation": order.operation,
        "key": order.key,
        "no_key": order.no_key,
        "remake": order.remake,
    }


def _order(run: Run) -> ImportOrder:
    kept = run.detail
    key = kept.get("key")
    return ImportOrder(
        Path(str(kept["file"])), str(kept["sobject"]), str(kept["operation"]), str(key) if key else None,
        bool(kept.get("no_key")), bool(kept.get("remake")),
    )  # fmt: skip


def _described(context: Context, sobject: str) -> SObject:
    try:
        return context.org.describe(sobject)
    except OrgRefused as refused:
        if not is_unknown(refused):
            raise
        with context.mirror.reading() as books:
            mirrored = sobject in books.schemas.names()
        if mirrored:
            words = f"the org no longer shows {sobject} to the user sfsync signs in as, so nothing was imported"
            raise UsageError(words, todo="let that user read and change it again, then import the file") from refused
        words = f"the org has no sObject {sobject}, or its user may not see it"
        raise UsageError(words, todo="correct --sobject") from refused


def _salt(context: Context, run: int) -> str:
    """Give what makes a run's keys its own, even if the mirror is later restored and run numbers repeat.

    It is the same whenever the run is resumed.
    """
    with context.mirror.reading() as books:
        return f"{context.mirror.uid()}:{run}:{datetime_text(_started_at(books, run))}"


def _started_at(books: Books, run: int) -> datetime:
    """Give when a run started: with its number it names the run even where a restored mirror counts anew."""
    begun = books.runs.get(run)
    assert begun is not None
    return begun.started_at


def _plan(context: Context, rows: RowPlan, brakes: Brakes) -> Plan:
    plan = Plan(context.org.identity().org_id, context.clock.now(), rows.changes, Seen(rows.refused, _problem))
    looked_at = dict.fromkeys(plan.tally.sobjects, 0)
    plan = replace(plan, looked_at=looked_at)
    with context.mirror.reading() as books:
        unknown = [name for name in looked_at if not books.schemas.pulled(name)]
        counted = {name: context.org.count(Query(name, ("Id",))) for name in unknown}
        return with_manners(context, braked(plan, books, brakes, counted))


def _problem(refused: Refused) -> Problem:
    return Problem(refused.message, where=Where(row=refused.change.row))


def _held(run: int, plan: Plan, rows: RowPlan, guard: Guard) -> Outcome | None:
    """Give the outcome of a plan that must not or shall not be carried out, None where it may."""
    counts = {
        "rows": len(rows.changes) + len(rows.unchanged) + len(rows.refused),
        "planned": len(plan.changes),
        "unchanged": len(rows.unchanged),
        "rejected": len(rows.refused),
    }
    problems = guard.in_the_way(plan, "import")
    if not problems:
        return None
    data = {"plan": PlainPlan(plan)}
    return Outcome("import", WAITING, 4, run, counts, (*problems, *plan.refused[:SHOWN_PROBLEMS]), data)


def _stage(context: Context, run: int, rows: RowPlan, remake: bool) -> None:
    """Put every row into the outbox in one transaction: from here on nothing can be lost."""
    with context.mirror.writing() as books:
        for change in rows.changes if remake else ():
            if change.action is Action.CREATE and change.key and change.key_field:
                books.keys.forget(change.key_field, [change.key])
        scratch = context.mirror.scratch
        if rows.unchanged:
            staged = placed(books, scratch, chain(rows.changes, rows.unchanged))
        else:
            staged = ordered(books, scratch, rows.changes)
        books.outbox.add(run, as_written(staged))
        for one in rows.refused:
            books.outbox.add_rejected(run, one.change, PREFLIGHT, one.message)
        books.runs.note(run, {"staged": True})


def _carry_on(context: Context, run: int, table: Table, terms: Terms, plan: Plan | None) -> Outcome:
    """Send what is open of a staged import, a few first where that is asked for, and account for every row."""
    stopped = _tried(context, run, terms.guard)
    if stopped is None:
        send(context, run)
    read_after(context, run)
    with context.mirror.reading() as books:
        results = results_of(context.mirror.scratch, _as_last_tried(books, run))
        left_out = (one for one in _as_last_tried(books, run, REFUSED) if one.state in REFUSED)
        refused = nsmallest(SHOWN_PROBLEMS, left_out, key=lambda one: one.change.row or 0)
        refusals = spoken(books, [entry_problem(entry) for entry in refused])
        began = _started_at(books, run)
    files = write_results(terms.folder / f"{run}-import-{began:%Y%m%dT%H%M%SZ}", table, results)
    counts = {name: results.counts[name] for name in ("rows", "applied", "unchanged", "rejected", "open")}
    still_open = [stopped or _still_open(run, counts["open"])] if counts["open"] else []
    problems = [*still_open, *refusals]
    data = {"files": files} | ({"plan": PlainPlan(plan)} if plan else {})
    state, code = (WAITING, 4) if counts["open"] else (PARTLY, 3) if counts["rejected"] else (DONE, 0)
    return Outcome("import", state, code, run, counts, tuple(problems[:SHOWN_PROBLEMS]), data)


def _as_last_tried(books: Books, run: int, states: Iterable[EntryState] = tuple(EntryState)) -> Iterator[Entry]:
    """Give a run's entries in some states, each as it was tried last: a dead letter may have been sent again since."""
    for some in slices(books.outbox.each(run, states)):
        refused = [entry for entry in some if entry.state is EntryState.REJECTED]
        later = dict(zip((entry.id for entry in refused), books.outbox.last_tries(refused), strict=True))
        yield from (later.get(entry.id, entry) for entry in some)


def _tried(context: Context, run: int, guard: Guard) -> Problem | None:
    """Send the first few open entries of an import; say why the others are to wait, None where they may be sent."""
    with context.mirror.reading() as books:
        entries = books.outbox.each(run, [state for state in EntryState if not state.settled])
        first = [entry.id for entry in islice(entries, guard.brakes.canary)]
        of = len(first) + sum(1 for _ in entries) if first else 0
    if len(first) == of:
        return None
    send(context, run, last=first[-1])
    with context.mirror.reading() as books:
        tried = [entry for one in first if (entry := books.outbox.get(one)) is not None]
        refused = sum(entry.state is EntryState.REJECTED for entry in tried)
        return guard.stopped(books, len(first), of, refused, run, f"`sfsync import --resume {run}`")


def _still_open(run: int, rows: int) -> Problem:
    return Problem(
        f"{counted(rows, 'row is', 'rows are')} not settled: an earlier change of their record is open, or an answer"
        " was lost that may still come within ten minutes",
        f"see `sfsync outbox`, settle or cancel earlier entries or wait so long, then `sfsync import --resume {run}`",
    )
