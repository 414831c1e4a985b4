"""Cutting a query by ids, as `Sforce-Enable-PKChunking` asks: one batch for each run of so many ids.

Documented (Bulk API guide): `true`, or `chunkSize=N`, `parent=X`, `startRow=id` in any order; at most 250,000 records a
chunk, 100,000 where nothing is said; the batch that was added becomes NotProcessed. All records of the sObject count,
whatever the query asks for. `parent` is accepted without effect.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.soql import printing
from sfsync.localorg.soql.parser import parse
from sfsync.localorg.soql.tree import Comparison, Condition, Joined, Literal, Path, Query
from sfsync.localorg.wire import Request

DEFAULT, MOST = 100_000, 250_000
_SIZE = re.compile(r"chunkSize\s*=\s*(\d{1,9})", re.IGNORECASE)


def asked(request: Request) -> int:
    """Give the size of chunks a request asks for, 0 where it asks for none."""
    header = request.headers.get("sforce-enable-pkchunking", "").strip()
    if not header or header.lower().startswith("false"):
        return 0
    found = _SIZE.search(header)
    return min(MOST, max(1, int(found[1]))) if found else DEFAULT


def chunks(org: OrgContext, soql: str, size: int) -> Iterator[str]:
    """Give the query of each chunk. Raises Refusal where the query cannot be read."""
    query = parse(soql)
    kind = org.sobject(query.source.name)
    sql = f"""SELECT Id FROM (SELECT Id, row_number() OVER (ORDER BY Id) AS place FROM {kind.whole})
              WHERE (place - 1) % ? = 0 ORDER BY Id"""  # noqa: S608 (catalog name)
    starts = [str(row["Id"]) for row in org.state.rows(sql, (size,))]
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else None
        yield printing.write(_between(query, start, end))


def _between(query: Query, start: str, end: str | None) -> Query:
    name = f"{query.source.alias}.Id" if query.source.alias else "Id"
    own = Path(tuple(name.split(".")))
    bounds: list[Condition] = [Comparison(own, ">=", Literal("string", start))]
    bounds += [Comparison(own, "<", Literal("string", end))] if end else []
    conditions = ([query.where] if query.where else []) + bounds
    return replace(query, where=conditions[0] if len(conditions) == 1 else Joined("AND", tuple(conditions)))
