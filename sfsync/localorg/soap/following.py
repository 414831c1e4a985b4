"""SOAP calls that find what changed, and what holds a word: getUpdated, getDeleted, search."""

from collections.abc import Mapping

from sfsync.localorg.markup import leaf, tag
from sfsync.localorg.rest import replication
from sfsync.localorg.soap.asked import Asked
from sfsync.localorg.soap.envelope import SoapFault
from sfsync.localorg.soap.records import Writer, with_z
from sfsync.localorg.sosl import run
from sfsync.localorg.sosl.parser import parse


def get_updated(asked: Asked) -> str:
    """List the ids of records changed in a window."""
    found = replication.updated_between(asked.org, asked.sobject(asked.call.value("sObjectType")), _window(asked))
    ids = found["ids"]
    assert isinstance(ids, list)
    return tag("result", *(leaf("ids", one) for one in ids), _time("latestDateCovered", found["latestDateCovered"]))


def get_deleted(asked: Asked) -> str:
    """List the records deleted in a window, and when."""
    found = replication.deleted_between(asked.org, asked.sobject(asked.call.value("sObjectType")), _window(asked))
    records = found["deletedRecords"]
    assert isinstance(records, list)
    listed = [tag("deletedRecords", _time("deletedDate", one["deletedDate"]), leaf("id", one["id"])) for one in records]
    times = [_time(name, found[name]) for name in ("earliestDateAvailable", "latestDateCovered")]
    return tag("result", *listed, *times)


def search(asked: Asked) -> str:
    """Search by SOSL."""
    text = asked.call.value("searchString")
    if not text:
        raise SoapFault("MALFORMED_SEARCH", "A search string has to be specified")
    writer = Writer(asked.org, asked.dialect)
    found = [tag("searchRecords", writer.text("record", one)) for one in run.search(asked.org, parse(text))]
    return tag("result", leaf("queryId", ""), *found)


def _window(asked: Asked) -> Mapping[str, str]:
    return {"start": asked.call.value("startDate"), "end": asked.call.value("endDate")}


def _time(name: str, value: object) -> str:
    return leaf(name, with_z(str(value)))


CALLS = {"getUpdated": get_updated, "getDeleted": get_deleted, "search": search}
