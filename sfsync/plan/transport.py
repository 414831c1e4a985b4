"""Which way changes of one kind go to the org: policy says which ways can keep what was asked, cost picks among those.

    way          joins results by    batches                 what it cannot keep
    collections  position            200 records a call      what is to go with a change of owner
    soap         position            200 records a call      more than one old and one new owner in a call
    bulk         a key of the row    10,000 rows a job part  a create without a key; an sObject that Bulk does not take;
                                                          saving doubles; the active assignment rule (one by id it can);
                                                          what is to go with a change of owner

An answer of a Bulk job comes in any order, so a row without a key of its own could never be told what became of it.
Changes of owner by SOAP are picked out of what goes by either of the other two, and sent apart.
"""

from dataclasses import dataclass

from sfsync.counting import counted
from sfsync.records.change import Action, Change
from sfsync.records.manner import ACTIVE, Manner

WRITE_SIZE = 200
"""Records a collections call takes (REST API, sObject Collections)."""

BULK_FROM = 2_000
"""Changes of one kind from which a Bulk job is worth its waits (Salesforce's own rule of thumb; Bulk guide)."""

BULK_CALLS = 9
"""Calls of a job: a look before, create, upload, close, about two looks at it, and three sets of results."""

CHILDREN_BY_OPTION = {
    "TransferContacts": ("Contact",),
    "TransferOwnedOpenOpportunities": ("Opportunity",),
    "TransferOthersOpenOpportunities": ("Opportunity",),
    "TransferOwnedClosedOpportunities": ("Opportunity",),
    "TransferOpenActivities": ("Task", "Event"),
    "TransferNotesAndAttachments": ("Note", "Attachment"),
    "TransferOwnedOpenCases": ("Case",),
    "TransferAllOwnedCases": ("Case",),
    "TransferContracts": ("Contract",),
    "TransferOrders": ("Order",),
}
"""Whose owners an option moves with that of their record (SOAP guide, OwnerChangeOptions)."""

NO_BULK = frozenset({"TaskStatus", "CaseStatus", "PartnerRole", "RecentlyViewed", "AcceptedEventRelation"})
"""sObjects that no Bulk job takes, as public clients list them."""


_PLAIN = Manner()


@dataclass(frozen=True, slots=True)
class Transport:
    """The way that was chosen."""

    bulk: bool  # by a Bulk API 2.0 job; else by collections calls
    calls: int  # API calls, about
    because: str  # for a person


def transport_for(
    action: Action, sobject: str, key_field: str | None, records: int, manner: Manner = _PLAIN
) -> Transport:  # fmt: skip
    """Give the way so many changes of one kind go. `key_field` is the external id a create is sent by."""
    look = action is not Action.CREATE  # one call: at the records, or at what moved since the last pull
    by_rest = -(-records // WRITE_SIZE) + look
    if action is Action.CREATE and key_field is None:
        return Transport(False, by_rest, "creates without a key could not be told apart in a job's results")
    if action is not Action.DELETE and manner.doubles:
        return Transport(False, by_rest, "a Bulk job cannot be told to save what a duplicate rule warns of")
    if action is not Action.DELETE and manner.assignment == ACTIVE:
        return Transport(False, by_rest, "a Bulk job cannot be told to run the active assignment rule, only one by id")
    if sobject in NO_BULK:
        return Transport(False, by_rest, f"the Bulk API does not take {sobject}")
    if records < BULK_FROM or by_rest <= BULK_CALLS:
        return Transport(False, by_rest, f"{counted(records, 'change is', 'changes are')} few")
    return Transport(
        True, BULK_CALLS, f"{records:,} changes would be {by_rest:,} calls, a Bulk job is about {BULK_CALLS}"
    )


OWNER = "OwnerId"


def owners_of(change: Change, manner: Manner) -> tuple[str, str] | None:
    """Give the old and the new owner of a change that only SOAP can make as it is to be; None of any other."""
    if manner.owner_options is None or change.action is not Action.UPDATE:
        return None
    part = next((part for part in change.fields if part.field == OWNER), None)
    return (str(part.before), str(part.after)) if part is not None else None
