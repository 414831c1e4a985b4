"""Changes of leads that were converted: an org takes none of them, unless its user has the right to and is told to.

What is asked of such a lead can be asked of the contact it became, as far as that has a place for it. Standard fields
go as Salesforce maps them in a conversion (help, Lead Conversion Field Mapping); custom ones by the same name.
"""

from dataclasses import replace
from enum import Enum

from sfsync.records.change import Change
from sfsync.records.schema import SObject

CONVERTED = ("IsConverted", "ConvertedContactId")

_PLACE = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
_SAME = (
    *(
        "FirstName",
        "LastName",
        "Salutation",
        "Title",
        "Email",
        "Phone",
        "MobilePhone",
        "Fax",
        "Description",
        "LeadSource",
    ),
    *("DoNotCall", "HasOptedOutOfEmail", "HasOptedOutOfFax"),
)
_TWINS = {**{name: name for name in _SAME}, **{name: f"Mailing{name}" for name in _PLACE}}


class ConvertedLeads(Enum):
    """What becomes of a change to a lead that was converted."""

    LEAVE = "leave"  # it is refused
    CONTACT = "contact"  # a row of a file is written to the contact instead, by rules nothing
    WRITE = "write"  # it is sent: the user sfsync signs in as has the right to


def as_contact(change: Change, contact_id: str, contact: SObject) -> Change | None:
    """Give the change of the contact that a lead became; None where it has no place for any of it."""
    parts, without = [], []
    for part in change.fields:
        twin = contact.find(part.field if part.field.endswith("__c") else _TWINS.get(part.field, ""))
        if twin is None or not twin.updateable:
            without.append(part.field)
        else:
            parts.append(replace(part, field=twin.name, before=None))
    said = f"its lead {change.id} was converted"
    said += f"; a contact has no place for {', '.join(without)}" if without else ""
    because = (*change.because, said)
    whole = Change(change.action, contact.name, contact_id, tuple(parts), because, row=change.row)
    return whole if parts else None
