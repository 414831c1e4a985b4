"""Several currencies: turning them on and off, and which there are.

Documented (help; Object Reference, CurrencyType, DatedConversionRate and User): every record has a CurrencyIsoCode, a
new one that of its maker's DefaultCurrencyIsoCode; a dated rate counts from its StartDate until the next one's.
Assumed: the first rate of each currency starts before all days, and the last ends after them.
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.formulas.amounts import CODE, RATE_ONE
from sfsync.localorg.sobject import PicklistValue, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored

SETTING = "several_currencies"
DATED = "dated_exchange_rates"  # the setting: rates of the day count for opportunities
CORPORATE = "USD"
USERS_OWN = "DefaultCurrencyIsoCode"  # of a user: the currency of new records, and that convertCurrency() goes by
_FIELDS = (
    *((one, CODE) for one in ("Lead", "Account", "Contact", "Opportunity", "Campaign", "User")),
    ("User", USERS_OWN),
)
FIRST, LAST = "0001-01-01", "9999-12-31"  # before and after all days a rate may have
_AT_FIRST = (("USD", "1", 2), ("EUR", "0.9", 2), ("GBP", "0.8", 2), ("JPY", "150", 0))


def turn(state: State, on: bool) -> None:
    """Turn them on or off; records have the corporate currency at first, and lose what they had when it goes off."""
    if (state.setting(SETTING) is True) == on:
        return
    state.set_setting(SETTING, on)
    state.reread()
    if on:
        _fill(state)
    else:
        turn_dated(state, False)
    for name, field in _FIELDS:
        _add(state, name, field) if on else _remove(state, name, field)


def turn_dated(state: State, on: bool) -> None:
    """Turn dated rates on, and several currencies with them, or off; each currency begins with its present rate."""
    if (state.setting(DATED) is True) == on:
        return
    if on:
        turn(state, True)
    state.set_setting(DATED, on)
    state.reread()
    if on:
        refresh(state)
        _fill_dated(state)
    else:
        state.run('DELETE FROM "DatedConversionRate"')


def refresh(state: State) -> None:
    """Offer the currencies that are active now."""
    values = [PicklistValue(one, one, one == CORPORATE) for one in _active(state)]
    for name, field in (*_FIELDS, ("DatedConversionRate", "IsoCode")):
        if state.catalog.field(name, field) is not None:
            state.set_picklist(name, field, values)


def settle(state: State, sobject: SObject) -> None:
    """Bring what hangs on rates up to date once some of an sObject were saved or deleted."""
    if sobject.name == "CurrencyType":
        refresh(state)
    elif sobject.name == "DatedConversionRate":
        later = """SELECT min(n.StartDate) FROM "DatedConversionRate" n
                   WHERE n.IsoCode = "DatedConversionRate".IsoCode AND n.StartDate > "DatedConversionRate".StartDate"""
        state.run(f'UPDATE "DatedConversionRate" SET NextStartDate = coalesce(({later}), ?)', (LAST,))  # noqa: S608


def of_user(state: State, user_id: str) -> str | None:
    """Give the currency of a user's new records, None where the org has one alone."""
    if state.setting(SETTING) is not True:
        return None
    row = state.one(f'SELECT {USERS_OWN} AS code FROM "User" WHERE Id = ?', (user_id,))  # noqa: S608 - our own name
    return str(row["code"]) if row is not None and row["code"] else CORPORATE


def _active(state: State) -> list[str]:
    rows = state.rows('SELECT IsoCode FROM "CurrencyType" WHERE IsActive = 1 ORDER BY IsCorporate DESC, IsoCode')
    return [str(row["IsoCode"]) for row in rows]


def _fill(state: State) -> None:
    """Make the currencies that an org has at first."""
    organization = state.one('SELECT CreatedDate, CreatedById FROM "Organization"')
    if organization is None or state.one('SELECT 1 FROM "CurrencyType"') is not None:
        return
    at, by = organization["CreatedDate"], organization["CreatedById"]
    sql = """INSERT INTO "CurrencyType" (Id, IsoCode, ConversionRate, DecimalPlaces, IsActive, IsCorporate, CreatedDate,
             CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?6, ?7, ?6)"""
    for code, rate, places in _AT_FIRST:
        scaled = int(float(rate) * RATE_ONE)
        row: Sequence[Stored] = (state.next_id("01L"), code, scaled, places, int(code == CORPORATE), at, by)
        state.run(sql, row)


def _fill_dated(state: State) -> None:
    sql = """INSERT INTO "DatedConversionRate" (Id, IsoCode, StartDate, NextStartDate, ConversionRate, CreatedDate,
             CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp)
             SELECT ?, IsoCode, ?, ?, ConversionRate, CreatedDate, CreatedById, CreatedDate, CreatedById, CreatedDate
             FROM "CurrencyType" WHERE IsoCode = ?"""
    for code in _active(state):
        state.run(sql, (state.next_id("04w"), FIRST, LAST, code))


def _add(state: State, name: str, field: str) -> None:
    facts: Mapping[str, object] = {
        "name": field,
        "label": "Currency ISO Code" if field == CODE else "Default Currency ISO Code",
        "type": "picklist",
        "length": 3,
        "values": _active(state),
        "default": CORPORATE,
        "not": "permissionable",
        "also": "restricted defaulted_on_create",
    }
    state.add_field(name, facts)
    state.run(f'UPDATE "{name}" SET "{field}" = ?', (CORPORATE,))  # noqa: S608 - our own name


def _remove(state: State, name: str, field: str) -> None:
    state.catalog.take_field(name, field, gone=True)
    state.run("DELETE FROM _custom_field WHERE sobject = ? AND name = ?", (name, field))
    state.run(f'ALTER TABLE "{name}" DROP COLUMN "{field}"')
