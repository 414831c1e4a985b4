"""SOAP calls that read records: query, queryAll, queryMore, retrieve."""

import re

from sfsync.localorg.markup import leaf
from sfsync.localorg.rest import rows
from sfsync.localorg.saving import store
from sfsync.localorg.soap.asked import Asked, id_18, malformed_id
from sfsync.localorg.soap.envelope import SoapFault, fault_of
from sfsync.localorg.soap.records import Writer, result
from sfsync.localorg.soql import run
from sfsync.localorg.soql.paging import Result

_DEFAULT_BATCH, _SMALLEST_BATCH = 500, 200  # documented
MOST_RETRIEVED = 2000  # documented


def query(asked: Asked) -> str:
    """Give the first page of living records."""
    return _first(asked, all_rows=False)


def query_all(asked: Asked) -> str:
    """Give the first page of records, deleted ones included."""
    return _first(asked, all_rows=True)


def query_more(asked: Asked) -> str:
    """Give a later page by its locator."""
    batch = _batch(asked) if asked.setting("QueryOptions", "batchSize") else None
    return _page(asked, run.more(asked.org, asked.call.value("queryLocator"), batch))


def retrieve(asked: Asked) -> str:
    """Give records by Id in the order asked, nil for those that are not there."""
    kind = asked.sobject(asked.call.value("sObjectType"))
    fields = rows.chosen(kind, [one for one in re.split(r"[,\s]+", asked.call.value("fieldList")) if one])
    wanted = []
    for text in asked.ids("ids", MOST_RETRIEVED):
        record_id = id_18(text)
        if record_id is None:
            raise fault_of(malformed_id(text))
        wanted.append(record_id)
    if not fields:
        raise SoapFault("MALFORMED_QUERY", "fieldList must name a field")
    found = {key: row for key, row in store.by_id(asked.org.state, kind, wanted).items() if not row.get("IsDeleted")}
    writer = Writer(asked.org, asked.dialect)
    return "".join(
        writer.record("result", rows.record_json(asked.org, kind, found[one], fields))
        if one in found
        else leaf("result", None)
        for one in wanted
    )


def _first(asked: Asked, *, all_rows: bool) -> str:
    text = asked.call.value("queryString")
    if not text:
        raise SoapFault("MALFORMED_QUERY", "A query string has to be specified")
    return _page(asked, run.execute(asked.org, text, all_rows, _batch(asked)))


def _batch(asked: Asked) -> int:
    """Read QueryOptions, held between 200 and 2,000."""
    told = asked.setting("QueryOptions", "batchSize")
    wanted = int(told) if told.isdigit() and len(told) < 10 else _DEFAULT_BATCH
    return max(_SMALLEST_BATCH, min(run.LARGEST_BATCH, wanted))


def _page(asked: Asked, page: Result) -> str:
    writer = Writer(asked.org, asked.dialect)
    records = [writer.text("records", one) for one in page.records]
    return result("result", records, page.total, page.next_page)


CALLS = {"query": query, "queryAll": query_all, "queryMore": query_more, "retrieve": retrieve}
