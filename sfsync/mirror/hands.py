"""Writing single records by our own hand: what the org has just taken from us, and what is gone from it."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection

from sfsync.mirror.documents import document_value
from sfsync.mirror.driver import driver, is_postgres, without_nul
from sfsync.mirror.journal import Journal, Origin, Row11
from sfsync.mirror.page import journal_text
from sfsync.mirror.prints import void
from sfsync.mirror.schemas import Schemas
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.records.values import Kind, Stored, Value, as_kept, datetime_text, to_stored

Part = tuple[str, Value, Sequence[str]]  # a field, what it holds now, and why


def settle(
    connection: Connection,
    sobject: str,
    kinds: Mapping[str, Kind],
    writes: Sequence[tuple[str, Sequence[Part]]],
    found: Mapping[str, Mapping[str, Any]],
    *,
    run: int,
    now: str,
) -> None:
    """Write what the org has taken, by record, as it keeps it: base, journal and voided prints.

    `found` tells what records held right before, as values or their JSON forms, as far as that is known: where the
    mirror has something else, somebody changed it unseen, and the journal tells of that first. A field, or a whole
    sObject, that is not mirrored is passed over: nobody knows what it was before.
    """
    if not kinds:
        return
    fields = sorted({name for _, parts in writes for name, _, _ in parts if name in kinds})
    schema = Schemas(connection).get(sobject)
    types = {} if schema is None else {field.name: field.type for field in schema.fields.values()}
    columns = {name: (kinds[name], types.get(name, "string"), kinds[name].value) for name in fields}
    known = _values(connection, sobject, fields, [record_id for record_id, _ in writes])
    written = cache(_reasons)
    nul_free = is_postgres(connection)
    lines: list[Row11] = []
    rows: defaultdict[tuple[str, ...], list[tuple[Stored, ...]]] = defaultdict(list)
    for record_id, parts in writes:
        held, unseen = known.setdefault(record_id, {}), found.get(record_id, {})
        given: list[str] = []
        after: list[Stored] = []
        for name, value, reasons in parts:
            if name not in columns:
                continue
            kind, type_, kind_text = columns[name]
            old, new = held.get(name), _held(kind, as_kept(type_, value))
            new = without_nul(new) if nul_free else new
            given.append(name)
            after.append(new)
            if old == new:
                continue
            about = run, now, sobject, record_id, name, kind_text
            then = unseen.get(name, old)
            if then != old:
                then = _held(kind, as_kept(type_, document_value(then)))
                then = without_nul(then) if nul_free else then
            if then != old:
                lines.append((*about, journal_text(kind, old), journal_text(kind, then), "org", None, None))
            if then != new:
                why = written(tuple(reasons))
                lines.append((*about, journal_text(kind, then), journal_text(kind, new), "sfsync", None, why))
            held[name] = new
        rows[tuple(given)].append((*after, record_id, run))
    for names, some in rows.items():
        driver(connection).executemany(_upsert(sobject, names), some)
    Journal(connection).add_rows(lines)
    void(connection, sobject, [record_id for record_id, _ in writes])


def _held(kind: Kind, value: Value) -> Stored:
    """Give what a column holds; mostly it is text, which stays as it is."""
    return value if value.__class__ is str and kind is Kind.TEXT else to_stored(kind, value)


def _upsert(sobject: str, names: Sequence[str]) -> str:
    written = [*map(quoted, names), '"Id"', "_run"]
    replaced = ", ".join(f"{name} = excluded.{name}" for name in written if name != '"Id"')
    return (
        f"INSERT INTO {quoted(sobject)} ({', '.join(written)}) VALUES ({', '.join('?' * len(written))})"  # noqa: S608 - checked names
        f' ON CONFLICT ("Id") DO UPDATE SET {replaced}'
    )


def _values(
    connection: Connection, sobject: str, fields: Sequence[str], ids: Sequence[str]
) -> dict[str, dict[str, Stored]]:
    named = ", ".join(map(quoted, ["Id", *fields]))
    found: dict[str, dict[str, Stored]] = {}
    for some in slices(ids):
        marks = ", ".join("?" * len(some))
        rows = driver(connection).execute(f'SELECT {named} FROM {quoted(sobject)} WHERE "Id" IN ({marks})', some)  # noqa: S608 - checked names
        found.update((row[0], dict(zip(fields, row[1:], strict=True))) for row in rows)
    return found


def bury(
    connection: Connection,
    sobject: str,
    kinds: Mapping[str, Kind],
    when: Mapping[str, datetime],
    *,
    run: int,
    origin: Origin,
    because: tuple[str, ...],
) -> int:
    """Make tombstones of the records among these that live; gives how many."""
    if not kinds:
        return 0
    living: list[str] = []
    for some in slices(when):
        marks = ", ".join("?" * len(some))
        rows = driver(connection).execute(
            f'SELECT "Id" FROM {quoted(sobject)} WHERE _deleted = 0 AND "Id" IN ({marks})',  # noqa: S608 - checked names
            some,
        )
        living += [row[0] for row in rows]
    too = ', "IsDeleted" = ?' if "IsDeleted" in kinds else ""
    driver(connection).executemany(
        f'UPDATE {quoted(sobject)} SET _deleted = 1, _run = ?{too} WHERE "Id" = ?',  # noqa: S608 - checked names
        [(run, *([1] if too else []), record_id) for record_id in living],
    )
    kind, reason = Kind.BOOLEAN.value, _reasons(because)
    Journal(connection).add_rows(
        (
            run,
            datetime_text(when[record_id]),
            sobject,
            record_id,
            "IsDeleted",
            kind,
            "false",
            "true",
            origin,
            None,
            reason,
        )
        for record_id in living
    )
    void(connection, sobject, living)
    return len(living)


def _reasons(because: tuple[str, ...]) -> str | None:
    return json.dumps(because, ensure_ascii=False) if because else None
