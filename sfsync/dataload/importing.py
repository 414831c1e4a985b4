"""Importing a file: plan every row first, then carry the plan out, then say of each row what became of it."""

from dataclasses import dataclass
from pathlib import Path

from sfsync.dataload.columns import read_columns
from sfsync.dataload.proposal import RowPlan, plan_rows
from sfsync.dataload.results import write_results
from sfsync.dataload.rows import Table, fingerprint, open_table
from sfsync.errors import FileError, OrgRefused, Problem, UsageError, Where
from sfsync.mirror.entries import EntryState
from sfsync.mirror.runs import Run
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan, plan_to_plain
from sfsync.records.schema import SObject
from sfsync.records.values import Plain, datetime_text
from sfsync.sync.apply import send
from sfsync.sync.context import Context
from sfsync.sync.outcome import DONE, PARTLY, WAITING, Outcome
from sfsync.sync.propose import braked
from sfsync.sync.readback import read_after
from sfsync.sync.run import SHOWN_PROBLEMS, Approve, begin, brake_problem, finish
from sfsync.sync.telling import entry_problem

PREFLIGHT = "SFSYNC_PREFLIGHT"  # a row refused before any call
_EVERY_ENTRY = 10_000_000


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported, and how."""

    path: Path
    sobject: str
    operation: str  # insert, update or upsert
    key: str | None = None  # the external id field of an upsert
    no_key: bool = False  # send creates without Sfsync_Key__c, at the risk of a duplicate after a lost answer


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a plan may be carried out."""

    brakes: Brakes
    approve: Approve
    wait_seconds: float
    folder: Path  # where result files go


def import_file(context: Context, order: ImportOrder, terms: Terms, resumes: int | None = None) -> Outcome:
    """Import a file.

    Raises FileError or UsageError, before anything is written, where file, header or operation are wrong.
    """
    table = open_table(order.path.absolute())
    detail = _detail(order, table) | ({"resumes": resumes} if resumes else {})
    with begin(context, "import", terms.wait_seconds, detail) as run:
        schema = _described(context, order.sobject)
        columns = read_columns(table, schema, order.operation, order.key, keyed=not order.no_key)
        context.progress.step(f"plan: {order.path.name}")
        rows = plan_rows(
            context,
            schema,
            columns,
            order.operation,
            table.rows(),
            f"import of {order.path.name}",
            _salt(context, run, order),
        )
        plan = _plan(context, rows, terms.brakes)
        waiting = _held(run, plan, rows, terms.approve)
        if waiting is not None:
            return finish(context, waiting)
        _stage(context, run, rows)
        return finish(context, _carry_on(context, run, table, terms, plan))


def resume_import(context: Context, resumed: int, terms: Terms) -> Outcome:
    """Go on with an import that was cut short: only what is not settled yet is sent.

    Raises UsageError where there is no such import, FileError where its file is no longer what it was.
    """
    with context.mirror.reading() as books:
        before = books.runs.get(resumed)
    if before is None or before.command != "import":
        raise UsageError(f"run {resumed} is no import", todo="list the runs with `sfsync runs`")
    order = _order(before)
    table = open_table(order.path)
    if fingerprint(order.path) != before.detail["sha256"]:
        raise FileError(f"{order.path} was changed since run {resumed} began", todo="import it as a new file")
    if not before.detail.get("staged"):
        return import_file(context, order, terms, resumed)
    with begin(context, "import", terms.wait_seconds, dict(before.detail) | {"resumes": resumed}) as run:
        outcome = _carry_on(context, resumed, table, terms, None)
        with context.mirror.writing() as books:
            books.runs.finish(run, outcome.state, outcome.counts)
        return finish(context, outcome)


def _detail(order: ImportOrder, table: Table) -> dict[str, Plain]:
    return {
        "file": str(table.path),
        "sha256": fingerprint(table.path),
        "sobject": order.sobject,
        "operation": order.operation,
        "key": order.key,
        "no_key": order.no_key,
    }


def _order(run: Run) -> ImportOrder:
    kept = run.detail
    key = kept.get("key")
    return ImportOrder(
        Path(str(kept["file"])), str(kept["sobject"]), str(kept["operation"]), str(key) if key else None,
        bool(kept.get("no_key")),
    )  # fmt: skip


def _described(context: Context, sobject: str) -> SObject:
    try:
        return context.schema(sobject)
    except OrgRefused as refused:
        raise UsageError(f"the org has no sObject {sobject}", todo="see --sobject") from refused


def _salt(context: Context, run: int, order: ImportOrder) -> str | None:
    """Give what makes this run's keys its own, even if the mirror is later restored and run numbers repeat."""
    if order.no_key:
        return None
    return f"{context.mirror.uid()}:{run}:{datetime_text(context.clock.now())}"


def _plan(context: Context, rows: RowPlan, brakes: Brakes) -> Plan:
    org_id = context.org.identity().org_id
    refused = tuple(Problem(one.message, where=Where(row=one.change.row)) for one in rows.refused)
    looked_at = {change.sobject: 0 for change in rows.changes}
    plan = Plan(org_id, context.clock.now(), tuple(rows.changes), refused, looked_at=looked_at)
    with context.mirror.reading() as books:
        return braked(plan, books, brakes)


def _held(run: int, plan: Plan, rows: RowPlan, approve: Approve) -> Outcome | None:
    """Give the outcome of a plan that must not or shall not be carried out, None where it may."""
    counts = {"rows": len(rows.changes) + len(rows.unchanged) + len(rows.refused), "planned": len(plan.changes)}
    data = {"plan": plan_to_plain(plan)}
    if plan.brakes:
        problems = tuple(brake_problem(over) for over in plan.brakes)
        return Outcome("import", WAITING, 4, run, counts, problems, data)
    todo = approve(plan) if plan.changes else None
    if todo is not None:
        words = Problem("the plan was not applied", todo)
        return Outcome("import", WAITING, 4, run, counts, (words, *plan.refused[:SHOWN_PROBLEMS]), data)
    return None


def _stage(context: Context, run: int, rows: RowPlan) -> None:
    """Put every row into the outbox in one transaction: from here on nothing can be lost."""
    with context.mirror.writing() as books:
        books.outbox.add(run, [*rows.changes, *rows.unchanged])
        for one in rows.refused:
            books.outbox.add_rejected(run, one.change, PREFLIGHT, one.message)
        books.runs.note(run, {"staged": True})


def _carry_on(context: Context, run: int, table: Table, terms: Terms, plan: Plan | None) -> Outcome:
    """Send what is open of a staged import and account for every row."""
    send(context, run)
    read_after(context, run)
    with context.mirror.reading() as books:
        entries = books.outbox.entries(run=run, limit=_EVERY_ENTRY)
    files = write_results(terms.folder / f"{run}-import", table, entries)
    refused = [entry for entry in entries if entry.state.settled and entry.state is not EntryState.APPLIED]
    unchanged = sum(entry.message == "already so" for entry in entries)
    counts = {
        "rows": len(entries),
        "applied": sum(entry.state is EntryState.APPLIED for entry in entries) - unchanged,
        "unchanged": unchanged,
        "rejected": len(refused),
        "open": sum(not entry.state.settled for entry in entries),
    }
    problems = tuple(
        entry_problem(entry) for entry in sorted(refused, key=lambda one: one.change.row or 0)[:SHOWN_PROBLEMS]
    )
    data = {"files": files} | ({"plan": plan_to_plain(plan)} if plan else {})
    state = PARTLY if refused else DONE
    return Outcome("import", state, 3 if refused else 0, run, counts, problems, data)
