"""A business account that becomes a person, or a person that becomes a business, by another record type.

Documented (help; SOAP API guide, person account record types): nothing else is changed with it; a business needs one
contact, of the same owner and currency, and neither may be above or below another record. Seen in public traces: the
words. Assumed: the code where a business cannot turn; that what both halves have stays the account's where it says
anything; that a business that was a person has its contact beside it.
"""

from collections.abc import Mapping

from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.amounts import CODE
from sfsync.localorg.persons import SHARED, halves
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.values import Stored

_ALONE = "Cannot specify any additional fields when marrying or separating a Person-Account"
_CANNOT = ("INVALID_PERSON_ACCOUNT_OPERATION", "Account cannot be converted to person-account")


def turns(draft: Draft, of_persons: set[str]) -> bool:
    """Tell whether an account is to become a person, or to be one no longer; given are the record types of persons."""
    if draft.before is None or "RecordTypeId" not in draft.given or "IsPersonAccount" not in draft.before:
        return False
    return (draft.given["RecordTypeId"] in of_persons) != bool(draft.before["IsPersonAccount"])


def turn(org: OrgContext, draft: Draft) -> None:
    """Make the row of an account what it becomes, or refuse it."""
    assert draft.before is not None
    more = tuple(one for one in draft.given if one != "RecordTypeId")
    if more:
        draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", _ALONE, more)
    elif draft.before["IsPersonAccount"]:
        draft.row |= dict.fromkeys(set(halves(org.sobject("Account"))) - {*SHARED}, None)
        draft.row |= {"IsPersonAccount": 0, "PersonContactId": None, "Name": draft.before["Name"]}
    else:
        _marry(org, draft)


def _marry(org: OrgContext, draft: Draft) -> None:
    contact = _only_contact(org, draft.row)
    if contact is None:
        draft.refuse(400, *_CANNOT)
        return
    values: dict[str, Stored] = {name: contact[other] for name, other in halves(org.sobject("Account")).items()}
    values |= {name: draft.row[name] for name in SHARED if draft.row[name] is not None}
    draft.row |= {**values, "IsPersonAccount": 1, "PersonContactId": contact["Id"], "Name": contact["Name"]}


def _only_contact(org: OrgContext, account: Mapping[str, Stored]) -> Mapping[str, Stored] | None:
    """Give the contact with which an account can be one, None where there is none, or something stands against it."""
    kind, contacts = org.sobject("Account"), org.sobject("Contact")
    own = store.fetch(org.state, contacts, "AccountId", [account["Id"]])
    if len(own) != 1 or any(own[0][one] != account[one] for one in ("OwnerId", CODE) if one in account):
        return None
    tied = account["ParentId"] is not None or own[0]["ReportsToId"] is not None
    tied = tied or bool(store.holders(org.state, kind, "ParentId", [account["Id"]]))
    return None if tied or store.holders(org.state, contacts, "ReportsToId", [own[0]["Id"]]) else own[0]
