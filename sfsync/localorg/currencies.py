"""Several currencies: turning them on and off, and which there are.

Documented (help; Object Reference, CurrencyType and DatedConversionRate): every record has a CurrencyIsoCode. Left out:
dated rates are kept and can be queried, and convert nothing; all users have the corporate currency.
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.formulas.amounts import CODE, RATE_ONE
from sfsync.localorg.sobject import PicklistValue
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored

SETTING = "several_currencies"
WITH_CODE = ("Lead", "Account", "Contact", "Opportunity", "Campaign", "User")
CORPORATE = "USD"
_AT_FIRST = (("USD", "1", 2), ("EUR", "0.9", 2), ("GBP", "0.8", 2), ("JPY", "150", 0))


def turn(state: State, on: bool) -> None:
    """Turn them on or off; records have the corporate currency at first, and lose what they had when it goes off."""
    if (state.setting(SETTING) is True) == on:
        return
    state.set_setting(SETTING, on)
    state.reread()
    if on:
        _fill(state)
    for name in WITH_CODE:
        _add(state, name) if on else _remove(state, name)


def refresh(state: State) -> None:
    """Offer the currencies that are active now."""
    for name in WITH_CODE:
        state.set_picklist(name, CODE, [PicklistValue(one, one, one == CORPORATE) for one in _active(state)])


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


def _add(state: State, name: str) -> None:
    facts: Mapping[str, object] = {
        "name": CODE,
        "label": "Currency ISO Code",
        "type": "picklist",
        "length": 3,
        "values": _active(state),
        "default": CORPORATE,
        "not": "permissionable",
        "also": "restricted defaulted_on_create",
    }
    state.add_field(name, facts)
    state.run(f'UPDATE "{name}" SET "{CODE}" = ?', (CORPORATE,))  # noqa: S608 - our own name


def _remove(state: State, name: str) -> None:
    state.catalog.take_field(name, CODE, gone=True)
    state.run("DELETE FROM _custom_field WHERE sobject = ? AND name = ?", (name, CODE))
    state.run(f'ALTER TABLE "{name}" DROP COLUMN "{CODE}"')
