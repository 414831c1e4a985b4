"""Person accounts on the way into the database: which accounts are persons, and the contact that is their other half.

Documented: Account.Name and Contact.AccountId of a person cannot be written; its contact goes with it alone. Seen in
public pages and traces: a last name without a name makes a person, a record type of persons does too; the words.
Assumed: what is told of a person without a last name, and of a contact that is to go by itself.
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.persons import OF_CONTACT, SETTING, halves
from sfsync.localorg.rules.record_types import record_types
from sfsync.localorg.saving import person_turns, store
from sfsync.localorg.saving.draft import Draft, duplicate_value, living
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored


def are_on(org: OrgContext) -> bool:
    """Tell whether the org has person accounts."""
    return org.state.setting(SETTING) is True


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse what a person, or what an account that is none, does not take; give new persons their name."""
    if "ispersonaccount" not in sobject.known:
        return
    of_persons = {one.id for one in record_types(org.state, sobject) if one.person}
    for draft in living(drafts):
        if sobject.name == "Account" and person_turns.turns(draft, of_persons):
            person_turns.turn(org, draft)
            continue
        person = _is_person(sobject, draft, of_persons)
        closed = _closed(sobject, person)
        bad = [one for one in draft.given if one in closed and draft.given[one] is not None]
        if bad:
            text = f"{sobject.name}: bad field names on insert/update call: {', '.join(bad)}"
            draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, tuple(bad))
        elif sobject.name == "Account":
            draft.row["IsPersonAccount"] = int(person)
            if person:
                names = (draft.row["FirstName"], draft.row["LastName"])
                draft.row["Name"] = " ".join(str(one) for one in names if one) or None
                if draft.row["LastName"] is None:
                    draft.refuse(
                        400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ("LastName",)
                    )
    if sobject.name == "Account":
        _unique(org, sobject, drafts)


def _is_person(sobject: SObject, draft: Draft, of_persons: set[str]) -> bool:
    if draft.before is not None:
        return bool(draft.before["IsPersonAccount"])
    return sobject.name == "Account" and draft.given.get("RecordTypeId") in of_persons


def _unique(org: OrgContext, account: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse values that another contact has in a field that is unique there."""
    contact = org.sobject("Contact")
    for field in shape_of(contact).unique:
        name = f"{field.name[:-3]}__pc"
        for draft in living(drafts):
            value = draft.given.get(name)
            if value is None or not draft.row.get("IsPersonAccount"):
                continue
            collation = "" if field.case_sensitive else " COLLATE NOCASE"
            held = store.fetch(org.state, contact, field.name, [value], collation=collation)
            other = next((str(one["Id"]) for one in held if one["Id"] != draft.row["PersonContactId"]), None)
            if other is not None:
                draft.errors.append(duplicate_value(account.known[name.lower()], other))


def _closed(sobject: SObject, person: bool) -> tuple[str, ...]:
    if sobject.name == "Contact":
        return ("AccountId",) if person else ()
    own = (one for one in sobject.known.values() if one.name in OF_CONTACT or one.name.endswith("__pc"))
    return ("Name",) if person else tuple(one.name for one in own)


def pair(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Make the contact of each new person, and keep both halves of persons alike."""
    if "ispersonaccount" not in sobject.known:
        return
    persons = [one for one in drafts if one.row.get("IsPersonAccount")]
    both = halves(org.sobject("Account"))
    if sobject.name == "Account":
        _make(org, [one for one in persons if one.before is None], both)
        contact = org.sobject("Contact")
        changed = [one for one in persons if one.before is not None]
        store.update(
            org.state, contact, {str(one.row["PersonContactId"]): _contact(org, one.row, both) for one in changed}
        )
        parted = [one.before["PersonContactId"] for one in drafts if one.before and one.before["PersonContactId"]]
        alone: dict[str, Stored] = {"IsPersonAccount": 0, "SystemModstamp": org.stamp}
        still = {one.row["PersonContactId"] for one in persons}
        store.update(org.state, contact, {str(one): alone for one in parted if one not in still})
    else:
        back = {other: name for name, other in both.items()}
        accounts = {str(one.row["AccountId"]): _account(org, one.row, back) for one in persons}
        store.update(org.state, org.sobject("Account"), accounts)


def _make(org: OrgContext, persons: Sequence[Draft], both: Mapping[str, str]) -> None:
    if not persons:
        return
    contact = org.sobject("Contact")
    ids = org.state.next_ids(str(contact.key_prefix), len(persons))
    made = dict.fromkeys(("CreatedDate", "LastModifiedDate"), org.stamp)
    by = dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id)
    for draft, contact_id in zip(persons, ids, strict=True):
        draft.row["PersonContactId"] = contact_id
    rows = [
        {**shape_of(contact).defaults, "Id": one.row["PersonContactId"], "AccountId": one.row["Id"]}
        | {**made, **by, **_contact(org, one.row, both)}
        for one in persons
    ]
    store.insert(org.state, contact, rows)
    links: dict[str, store.Row] = {
        str(one.row["Id"]): {"PersonContactId": one.row["PersonContactId"]} for one in persons
    }
    store.update(org.state, org.sobject("Account"), links)


def _contact(org: OrgContext, row: Mapping[str, Stored], both: Mapping[str, str]) -> dict[str, Stored]:
    values = {other: row[name] for name, other in both.items()}
    return {**values, "Name": row["Name"], "IsPersonAccount": 1, "SystemModstamp": org.stamp}


def _account(org: OrgContext, row: Mapping[str, Stored], names: Mapping[str, str]) -> dict[str, Stored]:
    values = {name: row[other] for other, name in names.items()}
    return {**values, "Name": row["Name"], "SystemModstamp": org.stamp}


def contact_of(org: OrgContext, account_id: str) -> str | None:
    """Give the contact that is an account's other half, None where it is no person."""
    if not are_on(org):
        return None
    row = org.state.one('SELECT PersonContactId FROM "Account" WHERE Id = ?', (account_id,))
    return None if row is None or row["PersonContactId"] is None else str(row["PersonContactId"])


def of_lead(lead: Mapping[str, Stored]) -> dict[str, Stored]:
    """Give what a lead has to say for the fields that a person account has beside those of a business."""
    named = {name: lead.get(other) for name, other in OF_CONTACT.items()}
    place = {f"PersonMailing{one}": lead.get(one) for one in ("Street", "City", "State", "PostalCode", "Country")}
    return {name: value for name, value in {**named, **place}.items() if value is not None}
