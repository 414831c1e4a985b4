"""Batches that query: the result as one gzipped file of CSV, JSON or XML.

Recorded: times in JSON are milliseconds since 1970, parents are nested, TYPEOF is taken. Documented (clients' source):
CSV without records is one line of words; in XML a record's Id stands twice, and null is xsi:nil. Assumed: dates in JSON
are milliseconds too, of their midnight in UTC.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sfsync.localorg.bulk1.infos import NAMESPACE
from sfsync.localorg.bulk1.jobs import Job
from sfsync.localorg.bulk2 import spool
from sfsync.localorg.bulk2.table import Unreadable
from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import DECLARATION, XSI, escaped
from sfsync.localorg.soql import run
from sfsync.localorg.soql.exporting import NotInBulk
from sfsync.localorg.soql.shape import Kinds, Member, Parent, Value
from sfsync.localorg.values import instant
from sfsync.localorg.wire import Refusal

NOTHING = "Records not found for this query"

Record = dict[str, object]


def write(org: OrgContext, job: Job, soql: str, path: Path) -> int:
    """Run a query, write its result, and give the number of records. Raises Unreadable where it is refused."""
    writer = {"CSV": _csv, "JSON": _json, "XML": _xml}[job.content]
    try:
        with spool.written(path) as file:
            count = 0
            for text, records in writer(org, soql, job.operation == "queryAll"):
                file.write(text.encode())
                count += records
    except NotInBulk as refusal:
        raise Unreadable(refusal.state_message) from None
    except Refusal as refusal:
        text = f"InvalidBatch : Failed to process query: {refusal.code}: {refusal.message}"
        raise Unreadable(text) from None
    return count


Written = Iterator[tuple[str, int]]  # a piece of the file, and how many records it holds


def _csv(org: OrgContext, soql: str, all_rows: bool) -> Written:
    found = run.export(org, soql, all_rows, ",", "\n")
    header = ",".join(f'"{name}"' for name in found.header) + "\n"
    nothing = True
    for row in found.lines:
        if nothing:
            yield header, 0
        nothing = False
        yield str(row[0]), 1
    if nothing:
        yield NOTHING, 0


def _json(org: OrgContext, soql: str, all_rows: bool) -> Written:
    yield "[", 0
    comma = ""
    for record, members in run.objects(org, soql, all_rows):
        yield comma + json.dumps(_in_milliseconds(record, members), ensure_ascii=False), 1
        comma = ", "
    yield "]", 0


def _in_milliseconds(record: Record, members: Sequence[Member]) -> Record:
    """Give a record with its times as numbers."""
    changed = dict(record)
    for one in members:
        value = record.get(one.key)
        if isinstance(one, Value) and one.expression.type in ("date", "datetime") and isinstance(value, str):
            changed[one.key] = _milliseconds(value)
        elif isinstance(value, dict) and isinstance(one, Parent):
            changed[one.key] = _in_milliseconds(value, one.members)
        elif isinstance(value, dict) and isinstance(one, Kinds):
            changed[one.key] = _in_milliseconds(value, _of_kind(one, value))
    return changed


def _of_kind(kinds: Kinds, record: Record) -> Sequence[Member]:
    """Give the members of a record whose kind is told by its attributes."""
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    variants = zip(kinds.node.variants, kinds.members, strict=True)
    return next((members for (sobject, _), members in variants if sobject.name == name), ())


def _milliseconds(text: str) -> int:
    if len(text) > 10:
        return int(instant(text).timestamp() * 1000)
    day = date.fromisoformat(text)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _xml(org: OrgContext, soql: str, all_rows: bool) -> Written:
    yield f'{DECLARATION}<queryResult xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">', 0
    for record, _ in run.objects(org, soql, all_rows):
        yield _record("records", record), 1
    yield "</queryResult>", 0


def _record(name: str, record: Record) -> str:
    attributes = record.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, dict) else ""
    fields = [_leaf(key, value) for key, value in record.items() if key != "attributes"]
    head = f"<type>{escaped(str(kind))}</type>{_leaf('Id', record.get('Id'))}"
    return f'<{name} xsi:type="sObject">{head}{"".join(fields)}</{name}>'


def _leaf(key: str, value: object) -> str:
    if isinstance(value, dict):
        return _record(key, value)
    if value is None:
        return f'<{key} xsi:nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value).replace(".000+0000", ".000Z")
    return f"<{key}>{escaped(text)}</{key}>"
