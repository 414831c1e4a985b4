"""What a batch holds: records in CSV, JSON or XML, each read into a draft.

A value of the wrong type is an error of its record, not of the batch. Documented (Bulk API guide): a batch holds at
most 10,000 records and 10,000,000 characters; in CSV an empty cell leaves a field alone and `#N/A` empties it, in JSON
and XML null does; parents are named by a key in an object of their own. Assumed: the words of failed batches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sfsync.localorg.bulk1.jobs import Job
from sfsync.localorg.bulk2 import table
from sfsync.localorg.bulk2.columns import columns_of, draft_of, id_in
from sfsync.localorg.bulk2.table import Unreadable
from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import BadMarkup, Element
from sfsync.localorg.markup_reading import parse
from sfsync.localorg.saving import reading
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.sobject import SObject
from sfsync.localorg.variants import BULK_KEEPS_BLANKS, is_on
from sfsync.localorg.wire import Refusal

MOST_RECORDS, MOST_BYTES = 10_000, 10_000_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """One record of a batch."""

    draft: Draft
    record_id: object  # its Id as given, None where it has none


def records(org: OrgContext, job: Job, request: Path) -> list[Loaded]:
    """Read the records of a batch. Raises Unreadable for one that fails as a whole."""
    kind = org.sobject(job.object)
    if request.stat().st_size > MOST_BYTES:
        raise Unreadable(f"InvalidBatch : The batch is larger than {MOST_BYTES} bytes")
    found = _READERS[job.content](org, kind, request)
    if len(found) > MOST_RECORDS:
        raise Unreadable(f"InvalidBatch : The batch holds more than {MOST_RECORDS} records")
    return found


def _csv(org: OrgContext, kind: SObject, request: Path) -> list[Loaded]:
    rows = table.read(request, ",", _ending(request))
    header = next(rows, None)
    if not isinstance(header, list):
        raise Unreadable("InvalidBatch : Failed to parse CSV. There is no header row")
    columns = columns_of(org.catalog, kind, [one.strip() for one in header])
    found, blanks = [], is_on(org.state, BULK_KEEPS_BLANKS)
    for cells in rows:
        if isinstance(cells, str) or len(cells) != len(columns):
            raise Unreadable("InvalidBatch : Failed to parse CSV. A row has another number of cells than the header")
        found.append(Loaded(draft_of(columns, cells, blanks), id_in(columns, cells)))
    return found


def _ending(request: Path) -> str:
    """Give the line ending of a file: that of its first line."""
    with request.open("rb") as file:
        return "\r\n" if file.readline(table.LONGEST_ROW).endswith(b"\r\n") else "\n"


def _json(org: OrgContext, kind: SObject, request: Path) -> list[Loaded]:
    try:
        listed = reading.parse(request.read_bytes())
    except Refusal as refusal:
        raise Unreadable(f"InvalidBatch : Failed to parse JSON. {refusal.message}") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Unreadable("InvalidBatch : Failed to parse JSON. A batch is a list of objects")
    return [_loaded(org, kind, one) for one in listed]


def _xml(org: OrgContext, kind: SObject, request: Path) -> list[Loaded]:
    try:
        root = parse(request.read_bytes())
    except BadMarkup as error:
        raise Unreadable(f"InvalidBatch : Failed to parse XML. {error}") from None
    if root.name != "sObjects":
        raise Unreadable("InvalidBatch : Failed to parse XML. A batch is an element sObjects")
    return [_loaded(org, kind, _fields(one)) for one in root.every("sObject")]


def _fields(element: Element) -> dict[str, object]:
    """Give the fields of an XML record; a parent is an element that holds an sObject."""
    fields: dict[str, object] = {}
    for one in element.children:
        parent = one.child("sObject")
        if one.name == "type":
            continue
        fields[one.name] = _fields(parent) if parent is not None else None if one.nil else one.text
    return fields


def _loaded(org: OrgContext, kind: SObject, record: Mapping[str, object]) -> Loaded:
    record_id = next((value for name, value in record.items() if name.lower() == "id"), None)
    try:
        return Loaded(reading.read(org.catalog, kind, record), record_id or None)
    except Refusal as refusal:
        if refusal.code == "INVALID_FIELD":
            raise Unreadable(f"InvalidBatch : {refusal.message}") from None
        broken = Draft({})
        broken.refuse(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", refusal.message)
        return Loaded(broken, record_id or None)


_READERS = {"CSV": _csv, "JSON": _json, "XML": _xml}
