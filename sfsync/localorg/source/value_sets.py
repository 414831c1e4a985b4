"""Standard value sets: what picklists offer, with the statuses of leads and the stages of opportunities."""

from sfsync.localorg.markup import Element
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.sobject import PicklistValue
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored

FIELDS = {  # value set to the fields that have it
    "LeadStatus": ("Lead.Status",),
    "OpportunityStage": ("Opportunity.StageName",),
    "LeadSource": ("Lead.LeadSource", "Contact.LeadSource", "Opportunity.LeadSource", "Account.AccountSource"),
    "Industry": ("Lead.Industry", "Account.Industry"),
    "AccountRating": ("Lead.Rating", "Account.Rating"),
    "AccountType": ("Account.Type",),
    "AccountOwnership": ("Account.Ownership",),
    "OpportunityType": ("Opportunity.Type",),
    "Salutation": ("Lead.Salutation", "Contact.Salutation"),
}
_CATEGORY_NAMES = {"BestCase": "Best Case", "Forecast": "Commit", "MostLikely": "Most Likely"}


def take(state: State, name: str, root: Element, now: str) -> None:
    """Make the values of a set those of its fields. Raises RuleProblem for a set the org has not."""
    if name not in FIELDS:
        raise RuleProblem(f"the org has no standard value set {name}")
    listed = [one for one in root.every("standardValue") if one.value("fullName")]
    values = tuple(
        PicklistValue(
            one.value("fullName"),
            one.value("label") or one.value("fullName"),
            one.is_true("default"),
            one.value("isActive").lower() != "false",
        )
        for one in listed
    )
    for field in FIELDS[name]:
        sobject, _, field_name = field.partition(".")
        state.set_picklist(sobject, field_name, values)
    if name == "LeadStatus":
        _replace(state, "LeadStatus", [_status(one, place) for place, one in enumerate(listed, 1)], now)
    elif name == "OpportunityStage":
        _replace(state, "OpportunityStage", [_stage(one, place) for place, one in enumerate(listed, 1)], now)


def _status(one: Element, place: int) -> dict[str, Stored]:
    return {
        **_named(one, place),
        "IsDefault": int(one.is_true("default")),
        "IsConverted": int(one.is_true("converted")),
    }


def _stage(one: Element, place: int) -> dict[str, Stored]:
    category = one.value("forecastCategory") or "Pipeline"
    return {
        **_named(one, place),
        "IsActive": int(one.value("isActive").lower() != "false"),
        "IsClosed": int(one.is_true("closed")),
        "IsWon": int(one.is_true("won")),
        "ForecastCategory": category,
        "ForecastCategoryName": _CATEGORY_NAMES.get(category, category),
        "DefaultProbability": int(one.value("probability") or 0),
        "Description": one.value("description") or None,
    }


def _named(one: Element, place: int) -> dict[str, Stored]:
    name = one.value("fullName")
    return {"ApiName": name, "MasterLabel": one.value("label") or name, "SortOrder": place}


def _replace(state: State, sobject: str, rows: list[dict[str, Stored]], now: str) -> None:
    """Put rows in place of those there; a value that stays keeps its id."""
    known = state.catalog.sobject(sobject)
    assert known is not None
    ids = {row["ApiName"]: row["Id"] for row in state.rows(f'SELECT Id, ApiName FROM "{sobject}"')}  # noqa: S608
    user = str(state.setting("integration_user_id"))
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    state.run(f'DELETE FROM "{sobject}"')  # noqa: S608
    for row in rows:
        record_id = ids.get(row["ApiName"]) or state.next_id("01J")
        whole = {"Id": record_id, **stamps, **dict.fromkeys(("CreatedById", "LastModifiedById"), user), **row}
        kept = {name: value for name, value in whole.items() if name.lower() in known.fields}
        names, marks = ", ".join(f'"{one}"' for one in kept), ", ".join("?" * len(kept))
        state.run(f'INSERT INTO "{sobject}" ({names}) VALUES ({marks})', list(kept.values()))  # noqa: S608
