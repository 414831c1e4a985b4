"""Record types on the way into the database: the default one, what it makes of picklists, and what it forbids."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights import grants
from sfsync.localorg.rights.grants import Rights
from sfsync.localorg.rules.record_types import MASTER, RecordType, record_types
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored

UNCHECKED = "record_type_values_unchecked"  # the setting; on: restricted picklists take values of any record type
WITHOUT_DEFAULTS = "record_type_defaults_off"  # the setting; on: the API gives records no default of their record type


def default_of(org: OrgContext, sobject: SObject, user_id: str, person: bool = False) -> RecordType | None:
    """Give the record type that a user's new records get: that of the profile, else that of the org.

    A `person` gets one of persons in any case.
    """
    types = [one for one in record_types(org.state, sobject) if one.active and one.person == person]
    sql = 'SELECT p.Name FROM "Profile" p JOIN "User" u ON u.ProfileId = p.Id WHERE u.Id = ?'
    row = org.state.one(sql, (user_id,)) if types else None
    profile = str(row["Name"]).lower() if row is not None else ""
    own = next((one for one in types if profile in one.default_for), None)
    return own or next((one for one in types if one.default or person), None)


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], user_id: str) -> None:
    """Give new records their record type and its defaults; refuse unknown types, and values a type does not offer.

    The default type is that of the user named.
    """
    if "recordtypeid" not in sobject.known:
        return
    types = {one.id: one for one in record_types(org.state, sobject)}
    defaults = {person: default_of(org, sobject, user_id, person) for person in (False, True)}
    without = org.state.setting(WITHOUT_DEFAULTS) is True
    unchecked = org.state.setting(UNCHECKED) is True
    rights = grants.of(org.state, user_id) if types else None
    for draft in living(drafts):
        given = draft.given.get("RecordTypeId")
        named = draft.given.get("LastName") is not None and draft.given.get("Name") is None
        default = defaults[sobject.name == "Account" and named]
        if given == MASTER:
            draft.given["RecordTypeId"] = None
        elif draft.before is None and given is None and default is not None:
            draft.given["RecordTypeId"] = default.id
        elif given is not None and not _may_have(sobject, types.get(str(given)), rights):
            text = f"Record Type ID: this ID value isn't valid for the user: {given}"
            draft.refuse(400, "INVALID_CROSS_REFERENCE_KEY", text, ("RecordTypeId",))
            continue
        found = types.get(str(_now(draft, "RecordTypeId")))
        if found is not None and draft.before is None and not without:
            _give_defaults(draft, found)
        if found is not None and not unchecked:
            _check_offers(sobject, draft, found)


def _may_have(sobject: SObject, record_type: RecordType | None, rights: Rights | None) -> bool:
    """Tell whether a user may give records a record type: one that is active, and that the user is offered."""
    if record_type is None or not record_type.active:
        return False
    return rights is None or rights.offers(sobject.name, record_type.name)


def _now(draft: Draft, name: str) -> Stored:
    return draft.given[name] if name in draft.given else draft.before[name] if draft.before else None


def _give_defaults(draft: Draft, record_type: RecordType) -> None:
    for field, offer in record_type.offers.items():
        if offer.default is not None and field not in draft.given:
            draft.given[field] = offer.default


def _check_offers(sobject: SObject, draft: Draft, record_type: RecordType) -> None:
    for field, offer in record_type.offers.items():
        known = sobject.known[field.lower()]
        value = draft.given.get(field)
        if not known.restricted or value is None or not (draft.changes(field) or draft.changes("RecordTypeId")):
            continue
        bad = next((one for one in str(value).split(";") if one not in offer.values), None)
        if bad is not None:
            text = f"{known.label}: bad value for restricted picklist field: {bad}"
            draft.refuse(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, (known.name,))
