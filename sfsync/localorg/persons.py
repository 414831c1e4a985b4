"""Person accounts: turning them on and off, and which fields of an account are those of its contact.

Documented (Object Reference, Account; help): a person account has a name of its own and a contact that is its other
half; both are IsPersonAccount, PersonContactId leads from one to the other. A lead needs no company then, and one
without becomes a person account.
"""

from collections.abc import Mapping

from sfsync.localorg.fields import drop_column
from sfsync.localorg.sobject import Field
from sfsync.localorg.state import State

SETTING = "person_accounts"
OF_CONTACT: Mapping[str, str] = {  # field of the account to that of the contact
    **{one: one for one in ("LastName", "FirstName", "Salutation")},
    **{
        f"Person{one}": one
        for one in (
            *("Email", "Title", "MobilePhone", "HomePhone", "Birthdate", "LeadSource", "Department"),
            *("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry"),
        )
    },
}
SHARED = ("Phone", "Fax", "Description", "OwnerId")  # both halves have them under one name
_READ_ONLY = "createable updateable permissionable"
_IS_PERSON = {"name": "IsPersonAccount", "label": "Is Person Account", "type": "boolean", "not": _READ_ONLY}
_CONTACT = {
    **{"name": "PersonContactId", "label": "Contact ID", "type": "reference", "to": ["Contact"]},
    **{"relationship": "PersonContact", "not": _READ_ONLY},
}
_COMPANY = {"name": "Company", "label": "Company", "type": "string", "length": 255, "not": "permissionable"}


def turn(state: State, on: bool) -> None:
    """Turn them on or off; persons that there are become business accounts when it goes off."""
    if (state.setting(SETTING) is True) == on:
        return
    state.set_setting(SETTING, on)
    if on:
        for sobject, facts in _added(state):
            state.add_field(sobject, facts)
    else:
        _take_away(state)


def _added(state: State) -> list[tuple[str, Mapping[str, object]]]:
    contact = state.catalog.sobject("Contact")
    assert contact is not None
    own = [("Account", _facts(name, contact.known[other.lower()])) for name, other in OF_CONTACT.items()]
    return [("Account", _IS_PERSON), ("Account", _CONTACT), *own, ("Contact", _IS_PERSON), ("Lead", _COMPANY)]


def _facts(name: str, field: Field) -> Mapping[str, object]:
    return {
        "name": name,
        "label": field.label,
        "type": field.type,
        "length": field.length,
        "values": [[one.value, one.label] for one in field.picklist],
    }


def _take_away(state: State) -> None:
    added = [(sobject, str(facts["name"])) for sobject, facts in _added(state)]
    state.many("DELETE FROM _custom_field WHERE sobject = ? AND name = ?", added)
    for sobject, name in added:
        owner = state.catalog.sobject(sobject)
        if owner is not None and (sobject, name) != ("Lead", "Company"):
            drop_column(state, owner, owner.known[name.lower()])
    state.reread()
