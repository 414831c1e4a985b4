"""Which field of a lead becomes which field of the account, contact and opportunity it is converted to.

The standard map is documented. Custom fields go as the setting `lead_convert_map` says: {"Account" | "Contact" |
"Opportunity": {lead field: target field}}, the mapping that LeadConvertSettings metadata holds.
"""

from collections.abc import Mapping

from sfsync.localorg.formulas.amounts import CODE
from sfsync.localorg.rules.uses import LEAD_MAP
from sfsync.localorg.sobject import NUMBERS, TEXTS, Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored, WrongType, cast, to_csv

SETTING = LEAD_MAP
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
    known = _lead(state).known
    found: dict[str, Stored] = {}
    for source, name in pairs:
        field, own = target.fields.get(name.lower()), known.get(source.lower())
        if field is None or own is None or name == without or lead.get(own.name) is None:
            continue
        try:
            found[field.name] = cast(field, to_csv(own, lead[own.name]))
        except WrongType:
            continue
    return found


def misfit(state: State, source: str, target: SObject, name: str) -> str:
    """Tell why a field of leads cannot become one of the target, "" where it can: only its own kind, or a text."""
    own, field = _lead(state).known.get(source.lower()), target.known.get(name.lower())
    if own is None or field is None:
        return f"the org has no field {f'Lead.{source}' if own is None else f'{target.name}.{name}'}"
    if not field.createable:
        return f"{target.name}.{field.name} cannot be written"
    if field.type not in TEXTS and _family(field) != _family(own):
        return f"{own.type} cannot become {field.type}"
    return ""


def _family(field: Field) -> object:
    numbers = field.type in NUMBERS or field.type == "int"
    return "number" if numbers else field.reference_to or field.type


def _lead(state: State) -> SObject:
    lead = state.catalog.sobject("Lead")
    assert lead is not None
    return lead


def _custom(state: State, target: SObject) -> list[tuple[str, str]]:
    kept = state.setting(SETTING)
    named = kept.get(target.name) if isinstance(kept, dict) else None
    return [(str(source), str(name)) for source, name in named.items()] if isinstance(named, dict) else []
