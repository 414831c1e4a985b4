"""Exchange rates on the way into the database: above nothing, and one of a currency for a day (assumed)."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.draft import Draft, duplicate_value, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import outside


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse rates that convert nothing, and a second one of a currency that starts on the same day."""
    if sobject.name not in ("CurrencyType", "DatedConversionRate"):
        return
    rate = sobject.known["conversionrate"]
    seen: set[tuple[object, object]] = set()
    for draft in living(drafts):
        value = draft.row["ConversionRate"]
        if isinstance(value, int) and value <= 0:
            draft.errors.append(outside(rate, value))
        elif sobject.name == "DatedConversionRate" and draft.before is None:
            key = (draft.row["IsoCode"], draft.row["StartDate"])
            sql = 'SELECT Id FROM "DatedConversionRate" WHERE IsoCode = ? AND StartDate = ?'
            held = org.state.one(sql, [str(one) for one in key])
            if held is not None or key in seen:
                told = str(held["Id"]) if held is not None else "another of this call"
                draft.errors.append(duplicate_value(sobject.known["startdate"], told))
            seen.add(key)
