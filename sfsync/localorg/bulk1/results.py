"""Results of batches that write, one for each record, in the order of the batch.

Recorded: CSV with the columns Id, Success, Created, Error. Documented (Bulk API guide): the JSON and XML forms.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from sfsync.localorg.bulk1.infos import NAMESPACE
from sfsync.localorg.bulk2 import spool
from sfsync.localorg.bulk2.loading import error_text
from sfsync.localorg.bulk2.table import written
from sfsync.localorg.markup import DECLARATION, XSI, leaf, tag
from sfsync.localorg.saving.draft import Outcome
from sfsync.localorg.wire import Refusal


def write(path: Path, content: str, outcomes: Sequence[Outcome]) -> None:
    """Write the results of a batch as a gzipped file."""
    with spool.written(path) as file:
        for part in _WRITERS[content](outcomes):
            file.write(part.encode())


def _csv(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows = [("Id", "Success", "Created", "Error")]
    for one in outcomes:
        error = " ".join(map(error_text, one.errors))
        record_id = one.record_id if one.success else ""
        rows.append((record_id or "", _word(one.success), _word(one.created), error))
    yield written(rows, ",", "\n")


def _json(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield json.dumps([_result(one) for one in outcomes], ensure_ascii=False)


def _result(one: Outcome) -> dict[str, object]:
    errors = [
        {"message": each.message, "fields": list(each.fields or ()), "statusCode": each.code} for each in one.errors
    ]
    return {"success": one.success, "created": one.created, "id": _shown_id(one), "errors": errors}


def _xml(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield f'{DECLARATION}<results xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">'
    for one in outcomes:
        said = leaf("success", one.success), leaf("created", one.created)
        yield tag("result", *map(_error, one.errors), leaf("id", _shown_id(one)), *said)
    yield "</results>"


def _error(one: Refusal) -> str:
    fields = [leaf("fields", name) for name in one.fields or ()]
    return tag("errors", *fields, leaf("message", one.message), leaf("statusCode", one.code))


def _shown_id(one: Outcome) -> str | None:
    return one.record_id if one.success else None


def _word(value: bool) -> str:
    return "true" if value else "false"


_WRITERS = {"CSV": _csv, "JSON": _json, "XML": _xml}
