"""Which field of a lead becomes which field of the account, contact and opportunity it is converted to.

The standard map is documented. Custom fields go as the setting `lead_convert_map` says: {"Account" | "Contact" |
"Opportunity": {lead field: target field}}, the mapping that LeadConvertSettings metadata holds.
"""

from collections.abc import Mapping

from sfsync.localorg.formulas.amounts import CODE
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored

SETTING = "lead_convert_map"
NO_ACCOUNT_SOURCE = "convert_without_account_source"  # the setting; sources differ on whether LeadSource goes there
_PLACE = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
_SAME = {
    "Account": ("AnnualRevenue", "Industry", "NumberOfEmployees", "Rating", "Website", "Phone", "Fax"),
    "Contact": (
        *("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "Fax", "Description"),
        *("DoNotCall", "HasOptedOutOfEmail", "HasOptedOutOfFax", "LeadSource"),
    ),
    "Opportunity": ("LeadSource",),
}
_RENAMED = {
    "Account": {"Company": "Name", "LeadSource": "AccountSource", **{one: f"Billing{one}" for one in _PLACE}},
    "Contact": {one: f"Mailing{one}" for one in _PLACE},
    "Opportunity": {"Company": "Name"},
}


def mapped(state: State, lead: Mapping[str, Stored], target: SObject) -> dict[str, Stored]:
    """Give what a lead has to say for a record of the target, fields without a value left out."""
    pairs = [
        *((one, one) for one in (*_SAME[target.name], CODE)),
        *_RENAMED[target.name].items(),
        *_custom(state, target),
    ]
    without = "AccountSource" if state.setting(NO_ACCOUNT_SOURCE) is True else ""
    found: dict[str, Stored] = {}
    for source, name in pairs:
        field = target.fields.get(name.lower())
        if field is not None and name != without and lead.get(source) is not None:
            found[field.name] = lead[source]
    return found


def _custom(state: State, target: SObject) -> list[tuple[str, str]]:
    kept = state.setting(SETTING)
    named = kept.get(target.name) if isinstance(kept, dict) else None
    return [(str(source), str(name)) for source, name in named.items()] if isinstance(named, dict) else []
