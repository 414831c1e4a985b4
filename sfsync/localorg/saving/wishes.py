"""How a lead is to be converted, and what cannot be wished for: contradictions, and what its user has no right to.

Documented (SOAP API guide, convertLead): which values exclude or need others; that converting needs the permission
Convert Leads, the right to edit the lead, and to create or edit what it becomes. Assumed: the codes of the refusals.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import permitted
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

LONGEST_NAME = 80  # of an opportunity named by the caller (documented)


@dataclass(frozen=True, slots=True)
class Wish:
    """How one lead is to be converted; "" means not given. Ids are as written."""

    lead_id: str
    status: str
    account_id: str = ""
    contact_id: str = ""
    opportunity_id: str = ""
    opportunity_name: str = ""
    owner_id: str = ""
    without_opportunity: bool = False
    overwrite_lead_source: bool = False
    notify_owner: bool = False


def as_the_org(org: OrgContext, wish: Wish) -> OrgContext:
    """Give the org as it is, once the user is known to have the rights. Raises Refusal."""
    if org.seen is None:
        return org
    if org.lacks("ConvertLeads"):
        raise Refusal(403, *permitted.READ_ONLY, ())
    for name, text in _touched(wish):
        kind = org.seen.sobject(name)
        if kind is None or not (kind.updateable if text else kind.createable):
            raise Refusal(403, *permitted.READ_ONLY, ())
        record_id = to_18(text) if is_id(text) else ""
        refused = permitted.refusals(org, kind, [record_id], kind.writeable).get(record_id)
        if refused is not None:
            raise refused
    return replace(org, seen=None)


def _touched(wish: Wish) -> Iterator[tuple[str, str]]:
    """Give the sObjects a conversion writes, each with the id of the record that is there, "" for a new one."""
    yield "Lead", wish.lead_id or "?"
    yield "Account", wish.account_id
    yield "Contact", wish.contact_id
    if not wish.without_opportunity:
        yield "Opportunity", wish.opportunity_id


def contradiction(wish: Wish) -> Refusal | None:
    """Tell what contradicts itself in a wish, None where nothing does."""
    if wish.contact_id and not wish.account_id:
        return _refusal("MISSING_ARGUMENT", "accountId is required when contactId is given", "accountId")
    if wish.overwrite_lead_source and not wish.contact_id:
        return _refusal("MISSING_ARGUMENT", "contactId is required when overwriteLeadSource is true", "contactId")
    if wish.without_opportunity and (wish.opportunity_id or wish.opportunity_name):
        text = "opportunityId and opportunityName must be empty when doNotCreateOpportunity is true"
        return _refusal("INVALID_ARGUMENT_TYPE", text)
    if wish.opportunity_id and wish.opportunity_name:
        return _refusal("INVALID_ARGUMENT_TYPE", "opportunityId and opportunityName cannot both be given")
    if len(wish.opportunity_name) > LONGEST_NAME:
        text = f"Opportunity Name: data value too large: {wish.opportunity_name} (max length={LONGEST_NAME})"
        return _refusal("STRING_TOO_LONG", text, "opportunityName")
    return None


def _refusal(code: str, text: str, *fields: str) -> Refusal:
    return Refusal(400, code, text, fields)
