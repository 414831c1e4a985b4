"""The SQL of amounts in another currency than their record's.

Documented (SOQL reference; help): aggregates are in the corporate currency, convertCurrency() in that of who asks,
roll-ups in that of their record. The rates of CurrencyType are units to one of the corporate currency. With dated
rates those of its close date count for an opportunity in queries; roll-ups and other sObjects go by CurrencyType all
the same. Where the org has one currency alone, nothing is changed.
"""

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.sobject import SObject

CODE = "CurrencyIsoCode"
RATE_ONE = 10**6  # CurrencyType.ConversionRate as its column holds one
DATED = "DatedConversionRate"  # the sObject; there where the org has dated rates
_DAYS = {"Opportunity": "CloseDate"}  # by which day dated rates count


def has_codes(sobject: SObject) -> bool:
    """Tell whether records of an sObject have a currency of their own."""
    return CODE.lower() in sobject.known


def exchanged(catalog: Catalog, sobject: SObject, sql: str, table: str, target: str = "") -> str:
    """Give the SQL of an amount of a record in another currency: that of the code `target` is the SQL of.

    None is the corporate one. `table` is the alias of the record's row.
    """
    if not has_codes(sobject):
        return sql
    to = rate(catalog, sobject, target, table) if target else str(RATE_ONE)
    return _exchanged(sql, rate(catalog, sobject, f'{table}."{CODE}"', table), to)


def in_parents(child: SObject, parent: SObject, sql: str, inner: str, table: str) -> str:
    """Give the SQL of a child's amount in its parent's currency."""
    if not has_codes(child) or not has_codes(parent):
        return sql
    return _exchanged(sql, _static(f'{inner}."{CODE}"'), _static(f'{table}."{CODE}"'))


def rate(catalog: Catalog, sobject: SObject, code: str, table: str) -> str:
    """Give the SQL of the rate of a currency for a record; `code` is the SQL of its code."""
    day = _DAYS.get(sobject.name)
    if day is None or catalog.sobject(DATED) is None:
        return _static(code)
    dated = (
        f'SELECT "ConversionRate" FROM "{DATED}" WHERE "IsoCode" = {code} AND "StartDate" <= {table}."{day}" '  # noqa: S608 - our names
        'ORDER BY "StartDate" DESC LIMIT 1'
    )
    return f"coalesce(({dated}), {_static(code)})"


def _exchanged(sql: str, source: str, target: str) -> str:
    return (
        f"(CASE WHEN {source} = {target} THEN {sql} ELSE CAST(round({sql} * 1.0 * {target} / {source}) AS INTEGER) END)"
    )


def _static(code: str) -> str:
    return f'coalesce((SELECT "ConversionRate" FROM "CurrencyType" WHERE "IsoCode" = {code}), {RATE_ONE})'  # noqa: S608
