"""The only place where SOQL is written: a `Query` becomes text, its values typed literals, its names checked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote

from sfsync.errors import OrgRefused
from sfsync.records.query import Compare, Condition, DailyQuery, Query
from sfsync.records.values import Value

URI_BYTES = 15_000
"""How long an encoded query may be. URI and headers together may hold 16,384 bytes (Limits quick reference)."""

LITERAL_CHARACTERS = 4_000
"""How long a text in WHERE may be (SOQL reference)."""

GROUPS_AT_ONCE = 2_000
"""How many groups an answer may have: there are no further pages of them (SOQL reference, GROUP BY)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)
_ORDER = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)( ASC| DESC)?", re.ASCII)
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_SPECIAL = re.compile(r"[\\'\x00-\x1f\x7f]")


@lru_cache  # a call names the same fields of each record
def name(text: str) -> str:
    """Give the name of an sObject or field back, if it can be one. Raises OrgRefused."""
    return _checked(_NAME, text, "name of an sObject or field", "INVALID_TYPE")


def path(text: str) -> str:
    """Give a field name or parent path (`Owner.Name`) back, if it can be one. Raises OrgRefused."""
    return _checked(_PATH, text, "field")


def _checked(pattern: re.Pattern[str], text: str, what: str, code: str = "") -> str:
    """Refuse what cannot be a name as the org would refuse a name it does not know."""
    if not pattern.fullmatch(text):
        words = f"{text[:80]!r} is not the {what}, so nothing was sent"
        raise OrgRefused(words, todo="correct it where it comes from", code=code)
    return text


def literal(value: Value) -> str:
    """Write a value as a SOQL literal. Raises OrgRefused for what no literal can hold: NaN, infinity, NUL, no zone."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, Decimal)):
        return _number(Decimal(value))
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    raise _no_literal(f"a {type(value).__name__}")


def _text(text: str) -> str:
    if "\0" in text:
        raise _no_literal("a text with a NUL in it")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _no_literal("a text with half a character in it")
    if len(text) > LITERAL_CHARACTERS:
        raise _no_literal(f"a text of more than {LITERAL_CHARACTERS} characters")
    return "'" + _SPECIAL.sub(_escape, text) + "'"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def _number(number: Decimal) -> str:
    if not number.is_finite():
        raise _no_literal(str(number))
    return format(number, "f")


def _instant(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise _no_literal("a time without its zone")
    at = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{at.isoformat(timespec='milliseconds' if at.microsecond else 'seconds')}Z"


def _no_literal(what: str) -> OrgRefused:
    return OrgRefused(f"{what} cannot be compared with in SOQL, so nothing was sent", todo="correct the value")


def soql(query: Query) -> str:
    """Write a query as SOQL. Raises OrgRefused where a name or value cannot be part of one."""
    if not query.fields:
        raise OrgRefused(f"no field of {query.sobject} is asked for, so nothing was sent")
    return _select(", ".join(path(field) for field in query.fields), query) + _ordered(query)


def by_query_all(query: Query, deleted_too: bool = False) -> tuple[Query, bool]:
    """Give what has to be asked to get archived records too, and whether of queryAll, which shows deleted ones as well.

    (REST guide, QueryAll: archived task and event records are in its answers only.)
    """
    if not query.archived_too or deleted_too:
        return query, deleted_too
    return replace(query, where=(*query.where, Condition("IsDeleted", Compare.EQUAL, False))), True


def count_soql(query: Query) -> str:
    """Write the SOQL that counts what a query would give."""
    return _select("count()", query) + _limited(query)


def daily_soql(query: DailyQuery, since: date | None) -> str:
    """Write the SOQL of a daily question: its first 2,000 days, or those from a day on."""
    at, stamp = path(query.day_of), path(query.latest_of)
    midnight = datetime.combine(since, time(), UTC) if since else None
    where: tuple[Condition, ...] = (Condition(at, Compare.AT_LEAST, midnight),) if midnight else ()
    where += (Condition("IsDeleted", Compare.EQUAL, False),) if query.archived_too else ()
    what = f"DAY_ONLY({at}) day_on, COUNT(Id) records, MAX({stamp}) latest_at"
    days = f"GROUP BY DAY_ONLY({at}) ORDER BY DAY_ONLY({at}) LIMIT {GROUPS_AT_ONCE}"
    return f"{_select(what, Query(query.sobject, (), where))} {days}"


def _select(what: str, query: Query) -> str:
    where = " AND ".join(_condition(condition) for condition in query.where)
    return f"SELECT {what} FROM {name(query.sobject)}" + (f" WHERE {where}" if where else "")  # noqa: S608


def _condition(condition: Condition) -> str:
    compare, value = condition.compare, condition.value
    if compare is Compare.ONE_OF:
        if not isinstance(value, tuple) or not value:
            raise OrgRefused(f"nothing is listed that {condition.field} could be one of, so nothing was sent")
        written = f"({', '.join(literal(one) for one in value)})"
    elif isinstance(value, tuple):
        raise OrgRefused(f"{condition.field} is compared with a list by {compare.value}, so nothing was sent")
    else:
        written = literal(value)
    return f"{path(condition.field)} {compare.value} {written}"


def _ordered(query: Query) -> str:
    for entry in query.order_by:
        match = _ORDER.fullmatch(entry)
        path(match.group(1) if match else entry)
    return (f" ORDER BY {', '.join(query.order_by)}" if query.order_by else "") + _limited(query)


def _limited(query: Query) -> str:
    if query.limit is not None and query.limit < 0:
        raise OrgRefused(f"a limit of {query.limit} records makes no sense, so nothing was sent")
    return "" if query.limit is None else f" LIMIT {int(query.limit)}"


def parts(query: Query, budget: int = URI_BYTES) -> Iterator[Query]:
    """Split a query whose IN list would make its URI too long into several; none where an IN list is empty.

    Raises OrgRefused where the split would change the answer (an order or a limit) or does not help.
    """
    if any(one.compare is Compare.ONE_OF and not one.value for one in query.where):
        return
    if _size(soql(query)) <= budget:
        yield query
        return
    place, listed = _longest_list(query)
    if query.order_by or query.limit is not None or not listed:
        raise _too_long(query)
    bare = _size(soql(_with_list(query, place, listed[:1])))
    for some in _by_size(listed, budget - bare):
        part = _with_list(query, place, some)
        if _size(soql(part)) > budget:
            raise _too_long(query)
        yield part


def _too_long(query: Query) -> OrgRefused:
    return OrgRefused(f"the question about {query.sobject} is too long to be sent", todo="ask for less at once")


def _size(text: str) -> int:
    return len(quote(text, safe=""))


def _longest_list(query: Query) -> tuple[int, tuple[Value, ...]]:
    lists = [(len(one.value), at, one.value) for at, one in enumerate(query.where) if isinstance(one.value, tuple)]
    if not lists:
        return 0, ()
    _, at, values = max(lists, key=lambda found: found[:2])
    return at, values


def _with_list(query: Query, place: int, values: tuple[Value, ...]) -> Query:
    where = list(query.where)
    where[place] = replace(where[place], value=values)
    return replace(query, where=tuple(where))


def _by_size(values: Sequence[Value], room: int) -> Iterator[tuple[Value, ...]]:
    some: list[Value] = []
    used = 0
    for value in values:
        size = _size(literal(value)) + _size(", ")
        if some and used + size > room:
            yield tuple(some)
            some, used = [], 0
        some.append(value)
        used += size
    yield tuple(some)
