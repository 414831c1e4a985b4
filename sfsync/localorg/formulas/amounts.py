"""The SQL of amounts in another currency than their record's.

Documented (SOQL reference; help): aggregates are in the corporate currency, roll-ups in that of their record; the rates
of CurrencyType are units to one of the corporate currency. Where the org has one currency alone, nothing is changed.
"""

from sfsync.localorg.sobject import SObject

CODE = "CurrencyIsoCode"
RATE_ONE = 10**6  # CurrencyType.ConversionRate as its column holds one


def corporate(sobject: SObject, sql: str, table: str) -> str:
    """Give the SQL of an amount of a record in the corporate currency; `table` is the alias of the record's row."""
    return _exchanged(sql, _rate(table), str(RATE_ONE)) if CODE.lower() in sobject.fields else sql


def in_parents(child: SObject, parent: SObject, sql: str, inner: str, table: str) -> str:
    """Give the SQL of a child's amount in its parent's currency."""
    if CODE.lower() not in child.known or CODE.lower() not in parent.known:
        return sql
    return _exchanged(sql, _rate(inner), _rate(table))


def _exchanged(sql: str, source: str, target: str) -> str:
    return (
        f"(CASE WHEN {source} = {target} THEN {sql} ELSE CAST(round({sql} * 1.0 * {target} / {source}) AS INTEGER) END)"
    )


def _rate(table: str) -> str:
    rate = f'SELECT "ConversionRate" FROM "CurrencyType" WHERE "IsoCode" = {table}."{CODE}"'  # noqa: S608 - our alias
    return f"coalesce(({rate}), {RATE_ONE})"
