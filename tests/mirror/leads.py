"""A small Lead to test with: its schema, and rows of it as REST and as Bulk write them."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from sfsync.clock import SetClock
from sfsync.mirror.driver import driver, is_postgres
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.records.ids import to_18
from sfsync.records.schema import SObject, sobject_from_describe
from sfsync.records.values import datetime_text

TYPES = {
    "Id": "id",
    "IsDeleted": "boolean",
    "MasterRecordId": "reference",
    "LastName": "string",
    "Email": "email",
    "AnnualRevenue": "currency",
    "NumberOfEmployees": "int",
    "Birthday__c": "date",
    "Calls_At__c": "time",
    "LastActivityDate": "date",
    "LastModifiedDate": "datetime",
    "LastModifiedById": "reference",
    "SystemModstamp": "datetime",
}
FIELDS = tuple(TYPES)
ANA = "0055e000001abcDAAQ"


def schema_of(**types: str) -> SObject:
    """Make a Lead schema with fields of these Salesforce types."""
    fields = [
        {"name": name, "type": kind, "nillable": True, "createable": True, "updateable": True}
        for name, kind in types.items()
    ]
    return sobject_from_describe({"name": "Lead", "keyPrefix": "00Q", "fields": fields})


LEAD = schema_of(**TYPES)


def lead_id(number: int) -> str:
    """Give the id of the lead of that number; ids sort as the numbers do."""
    return to_18(f"00Q5e0{number:09d}")


def rest_row(number: int, at: datetime, **values: Any) -> list[object]:
    """Give a lead as REST JSON has it, in the order of FIELDS."""
    stamp = datetime_text(at).replace("Z", "+0000")
    usual: dict[str, Any] = {
        "Id": lead_id(number),
        "IsDeleted": False,
        "LastName": f"Name {number}",
        "LastModifiedDate": stamp,
        "LastModifiedById": ANA,
        "SystemModstamp": stamp,
    }
    return [{**usual, **values}.get(name) for name in FIELDS]


def csv_row(row: Sequence[object]) -> list[str]:
    """Give a REST row as Bulk writes it."""
    return ["" if value is None else _text(value) for value in row]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("+0000", "Z") if str(value).endswith("+0000") else str(value)


def csv_bytes(rows: Sequence[Sequence[object]], fields: Sequence[str] = FIELDS) -> bytes:
    """Give the body of a Bulk result: a header, then REST rows as Bulk writes them, all values quoted."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows(csv_row(row) for row in rows)
    return text.getvalue().encode()


def empty(mirror: Mirror) -> None:
    """Take everything out of a mirror that loads and pages bring."""
    with mirror.writing() as books:
        for table in ("Lead", "_journal", "_prints", "_voided", "_moves"):
            driver(books._connection).execute(f'DELETE FROM "{table}"')


def content(mirror: Mirror) -> tuple[list[Any], list[Any]]:
    """Give the leads as columns hold them, and the journal."""
    with mirror.reading() as books:
        raw = driver(books._connection)
        records = raw.execute('SELECT * FROM "Lead" ORDER BY "Id"').fetchall()
        lines = "SELECT run, at, record_id, field, before, after, by FROM _journal ORDER BY run, record_id, field"
        return records, raw.execute(lines).fetchall()


def sound(mirror: Mirror) -> bool:
    """Tell whether the database finds nothing wrong with itself."""
    with mirror.reading() as books:
        postgres = is_postgres(books._connection)
        return postgres or driver(books._connection).execute("PRAGMA integrity_check").fetchone() == ("ok",)


@contextmanager
def two_mirrors(first: str, second: str, clock: SetClock) -> Iterator[tuple[Mirror, Mirror]]:
    """Open two mirrors with an empty Lead table each, by their URLs."""
    with ExitStack() as opened:
        mirrors = []
        for url in (first, second):
            mirror = open_mirror(url, clock=clock, writable=True)
            opened.callback(mirror.close)
            with mirror.writing() as books:
                books.records.shape(LEAD, FIELDS)
            mirrors.append(mirror)
        yield mirrors[0], mirrors[1]
