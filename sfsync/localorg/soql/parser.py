"""Read a SOQL text into a tree (tree.py); says nothing yet about whether its names exist."""

from sfsync.localorg.soql.cursor import RESERVED, Cursor
from sfsync.localorg.soql.filters import Filters
from sfsync.localorg.soql.operands import read_operand, read_path, read_selected, read_type_of
from sfsync.localorg.soql.tree import ChildRows, Condition, Item, Operand, Order, Path, Query, Source

_WITH_WORDS = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})


def parse(text: str) -> Query:
    """Read a whole text as one query.

    Raises Refusal MALFORMED_QUERY (or QUERY_TOO_COMPLICATED) with the place of the first token that does not fit.
    """
    cursor = Cursor(text)
    query = read_query(cursor)
    if cursor.now.kind != "end":
        raise cursor.unexpected()
    return query


def read_query(cursor: Cursor) -> Query:
    """Read one query, from SELECT up to what cannot belong to it."""
    at = cursor.needs("SELECT").at
    items = _items(cursor)
    cursor.needs("FROM")
    source = _source(cursor)
    scope = _scope(cursor)
    where = _condition(cursor) if cursor.skips("WHERE") else None
    with_clause = _with(cursor)
    grouping, group_by = _group_by(cursor)
    having = _condition(cursor) if cursor.skips("HAVING") else None
    order_by = _order_by(cursor)
    limit_at = cursor.now.at
    limit = cursor.whole_number() if cursor.skips("LIMIT") else None
    offset_at = cursor.now.at
    offset = cursor.whole_number() if cursor.skips("OFFSET") else None
    for_what, update = _for_and_update(cursor)
    return Query(
        items,
        source,
        scope,
        where,
        with_clause,
        grouping,  # type: ignore[arg-type]
        group_by,
        having,
        order_by,
        limit,
        offset,
        for_what,
        update,
        cursor.skips("ALL", "ROWS"),
        at,
        limit_at,
        offset_at,
    )


def read_part(cursor: Cursor, source: Source) -> Query:
    """Read what a search says of one sObject, up to the end: a query without SELECT, FROM and groups."""
    items = _items(cursor)
    where = _condition(cursor) if cursor.skips("WHERE") else None
    order_by = _order_by(cursor)
    limit = cursor.whole_number() if cursor.skips("LIMIT") else None
    offset = cursor.whole_number() if cursor.skips("OFFSET") else None
    if cursor.now.kind != "end":
        raise cursor.unexpected()
    return Query(items, source, where=where, order_by=order_by, limit=limit, offset=offset)


def _items(cursor: Cursor) -> tuple[Item, ...]:
    items = [_item(cursor)]
    while cursor.skips(","):
        items.append(_item(cursor))
    return tuple(items)


def _item(cursor: Cursor) -> Item:
    if cursor.sees("(", "SELECT"):
        at = cursor.take().at
        cursor.deeper()
        query = read_query(cursor)
        cursor.shallower()
        cursor.needs(")")
        return ChildRows(query, at)
    if cursor.now.upper == "TYPEOF" and cursor.ahead().kind == "word" and cursor.ahead().upper != "FROM":
        return read_type_of(cursor)
    if cursor.now.upper == "FROM":
        raise cursor.unexpected()
    return read_selected(cursor)


def _source(cursor: Cursor) -> Source:
    path = read_path(cursor)
    alias = _source_alias(cursor)
    parents = []
    while cursor.skips(","):
        parent = read_path(cursor)
        cursor.skips("AS")
        parents.append((cursor.name().text, parent))
    return Source(".".join(path.names), alias, tuple(parents), path.at)


def _source_alias(cursor: Cursor) -> str | None:
    if cursor.skips("AS"):
        return cursor.name().text
    if cursor.now.kind == "word" and cursor.now.upper not in RESERVED:
        return cursor.take().text
    return None


def _scope(cursor: Cursor) -> str | None:
    return cursor.name().text if cursor.skips("USING", "SCOPE") else None


def _condition(cursor: Cursor) -> Condition:
    return Filters(cursor, read_query).condition()


def _with(cursor: Cursor) -> str | None:
    if not cursor.skips("WITH"):
        return None
    if cursor.now.upper not in _WITH_WORDS:
        raise cursor.unexpected()
    return cursor.take().upper


def _group_by(cursor: Cursor) -> tuple[str, tuple[Operand, ...]]:
    if not cursor.skips("GROUP", "BY"):
        return "", ()
    for grouping in ("ROLLUP", "CUBE"):
        if cursor.skips(grouping, "("):
            operands = _operands(cursor)
            cursor.needs(")")
            return grouping, operands
    return "", _operands(cursor)


def _operands(cursor: Cursor) -> tuple[Operand, ...]:
    operands = [read_operand(cursor)]
    while cursor.skips(","):
        operands.append(read_operand(cursor))
    return tuple(operands)


def _order_by(cursor: Cursor) -> tuple[Order, ...]:
    if not cursor.skips("ORDER", "BY"):
        return ()
    orders = [_order(cursor)]
    while cursor.skips(","):
        orders.append(_order(cursor))
    return tuple(orders)


def _order(cursor: Cursor) -> Order:
    operand: Path | Operand = read_operand(cursor)
    descending = cursor.skips("DESC")
    if not descending:
        cursor.skips("ASC")
    nulls_first: bool | None = None
    if cursor.skips("NULLS", "FIRST"):
        nulls_first = True
    elif cursor.skips("NULLS", "LAST"):
        nulls_first = False
    return Order(operand, descending, nulls_first)


def _for_and_update(cursor: Cursor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for_what: list[str] = []
    while cursor.now.upper == "FOR" and cursor.ahead().upper in ("VIEW", "REFERENCE", "UPDATE"):
        cursor.take()
        for_what.append(cursor.take().upper)
    update: list[str] = []
    if cursor.skips("UPDATE"):
        while not update or cursor.skips(","):
            if cursor.now.upper not in ("TRACKING", "VIEWSTAT"):
                raise cursor.unexpected()
            update.append(cursor.take().upper)
    return tuple(for_what), tuple(update)
