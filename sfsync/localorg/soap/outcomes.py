"""What became of a record, as SOAP tells it: children in the WSDL's order."""

from collections.abc import Iterable

from sfsync.localorg.markup import leaf, tag
from sfsync.localorg.saving.draft import Outcome
from sfsync.localorg.saving.duplicates import DuplicateFound
from sfsync.localorg.soap.asked import Asked
from sfsync.localorg.soap.records import Writer
from sfsync.localorg.wire import Refusal


def result_xml(asked: Asked, outcome: Outcome, *, tells_created: bool = False) -> str:
    """Write the result of one record."""
    created = leaf("created", outcome.created and outcome.success) if tells_created else ""
    record_id = leaf("id", outcome.record_id)
    return tag("result", created, errors_xml(asked, outcome.errors), record_id, leaf("success", outcome.success))


def errors_xml(asked: Asked, errors: Iterable[Refusal]) -> str:
    """Write the errors of one record; a duplicate tells what it is one of (documented: DuplicateError)."""
    return "".join(_error(asked, one) for one in errors)


def _error(asked: Asked, error: Refusal) -> str:
    told = [*(leaf("fields", one) for one in error.fields or ()), leaf("message", error.message)]
    told.append(leaf("statusCode", error.code))
    if not isinstance(error, DuplicateFound):
        return tag("errors", *told)
    duplicate = _plain(asked, "duplicateResult", error.result)
    return tag("errors", *told, duplicate, attributes=' xsi:type="DuplicateError"')


def _plain(asked: Asked, name: str, value: object) -> str:
    """Write a JSON value as elements, lists as repeated ones and records as records."""
    if isinstance(value, list):
        return "".join(_plain(asked, name, one) for one in value)
    if isinstance(value, dict) and "attributes" in value:
        return Writer(asked.org, asked.dialect).record(name, value)
    if isinstance(value, dict):
        return tag(name, *(_plain(asked, key, one) for key, one in value.items()))
    return leaf(name, value if value is None or isinstance(value, (bool, int)) else str(value))
