"""Person accounts: turning them on and off, and which fields of an account are those of its contact.

Documented (Object Reference, Account and RecordType; SOAP API guide, person account record types; help): a person
account has a name of its own and a contact that is its other half; both are IsPersonAccount, PersonContactId leads from
one to the other; a custom field of contacts is the account's too, its name ending in __pc; there is one record type of
persons, PersonAccount, at first. A lead needs no company then, and one without becomes a person account.
"""

from collections.abc import Mapping

from sfsync.localorg.catalog import Field, SObject
from sfsync.localorg.fields import drop_column
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.record_types import PERSON_FLAG, RECORD_TYPE, record_types, set_record_type
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
_TYPE = "PersonAccount"  # the developer name of the first record type of persons
_TYPE_FLAG = {"name": PERSON_FLAG, "label": "Is Person Type", "type": "boolean", "not": _READ_ONLY}
_COMPANY = {"name": "Company", "label": "Company", "type": "string", "length": 255, "not": "permissionable"}


def turn(state: State, on: bool) -> None:
    """Turn them on or off; persons that there are become business accounts when it goes off."""
    if (state.setting(SETTING) is True) == on:
        return
    state.set_setting(SETTING, on)
    if on:
        for sobject, facts in _added(state):
            state.add_field(sobject, facts)
        row = state.one('SELECT CreatedDate FROM "Organization"')
        made_at = str(row["CreatedDate"]) if row is not None else ""
        set_record_type(state, "Account", _TYPE, {"label": "Person Account", "person": True}, True, made_at)
        follow(state)
    else:
        _take_away(state)


def follow(state: State) -> None:
    """Give accounts the custom fields that contacts have now, where the org has persons; call it when those change."""
    account, contact = state.catalog.sobject("Account"), state.catalog.sobject("Contact")
    if state.setting(SETTING) is not True or account is None or contact is None:
        return
    own = {f"{name[:-3]}__pc": field for name, field in contact.fields.items() if field.custom}
    for key, name in {key: one.name for key, one in account.known.items() if key.endswith("__pc")}.items():
        if key not in own or _facts(name, own[key]) != _facts(name, account.known[key]):
            _drop(state, "Account", name)
    for key, field in own.items():
        now = state.catalog.sobject("Account")
        if now is None or key in now.known:
            continue
        made = state.add_field("Account", _facts(f"{field.name[:-3]}__pc", field))
        if made.stored:
            sql = f'SELECT c."{field.name}" FROM "Contact" c WHERE c.Id = PersonContactId'  # noqa: S608 - catalog names
            state.run(f'UPDATE "Account" SET "{made.name}" = ({sql}) WHERE IsPersonAccount = 1')  # noqa: S608


def halves(account: SObject) -> dict[str, str]:
    """Give the fields of a person that its contact has too, each with the contact's field."""
    custom = {one.name: f"{one.name[:-4]}__c" for one in account.known.values() if _of_contact(one)}
    return {**OF_CONTACT, **custom, **{one: one for one in SHARED}}


def _of_contact(field: Field) -> bool:
    return field.stored and field.name.endswith("__pc")


def _added(state: State) -> list[tuple[str, Mapping[str, object]]]:
    contact = state.catalog.sobject("Contact")
    assert contact is not None
    own = [("Account", _facts(name, contact.known[other.lower()])) for name, other in OF_CONTACT.items()]
    plain = (("Account", _IS_PERSON), ("Contact", _IS_PERSON), ("Lead", _COMPANY), ("RecordType", _TYPE_FLAG))
    return [*plain, ("Account", _CONTACT), *own]


def _facts(name: str, field: Field) -> Mapping[str, object]:
    """Give the facts of the account's field that is a contact's; a formula field is read over there."""
    facts: dict[str, object] = {
        **{"name": name, "label": field.label, "type": field.type, "length": field.length},
        **{"precision": field.precision, "scale": field.scale, "digits": field.digits, "to": [*field.reference_to]},
        "values": [[one.value, one.label] for one in field.picklist],
        "also": "restricted" if field.restricted else "",
    }
    if field.worked_out or field.auto_number is not None:
        facts["formula"] = f"PersonContact.{field.name.replace('__pc', '__c')}"
    return facts


def _take_away(state: State) -> None:
    account = state.catalog.sobject("Account")
    assert account is not None
    added = [(sobject, str(facts["name"])) for sobject, facts in _added(state)]
    added += [("Account", one.name) for one in account.known.values() if one.name.endswith("__pc")]
    for one in [one for one in record_types(state, account) if one.person]:
        kept.forget(state, RECORD_TYPE, "Account", one.name)
        state.run('DELETE FROM "RecordType" WHERE Id = ?', (one.id,))
        state.run('UPDATE "Account" SET RecordTypeId = NULL WHERE RecordTypeId = ?', (one.id,))
    if not record_types(state, account):
        added.append(("Account", "RecordTypeId"))
    for sobject, name in added:
        _drop(state, sobject, name, column=(sobject, name) != ("Lead", "Company"))
    state.reread()


def _drop(state: State, sobject: str, name: str, column: bool = True) -> None:
    state.run("DELETE FROM _custom_field WHERE sobject = ? AND name = ?", (sobject, name))
    owner = state.catalog.sobject(sobject)
    if column and owner is not None and name.lower() in owner.known:
        if owner.known[name.lower()].stored:
            drop_column(state, owner, owner.known[name.lower()])
        state.catalog.take_field(sobject, name, gone=True)
