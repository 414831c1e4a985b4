"""Converting leads to accounts, contacts and opportunities.

Documented (SOAP API guide, convertLead; Apex guide): what is created and what is merged into, that only empty fields of
existing records are filled, whose the new records are, the converted status, the last day of the fiscal quarter as
close date; that new records get the default record type of their owner, and that of who converts offers the converted
status; that the lead's validation rules, which see it converted, and the targets' validation and duplicate rules run,
and their custom fields are required, only where the org demands it, and that duplicates then always block. Seen in
public code: the words for a wrong status and for an owner that is a queue. Assumed: the codes of the other refusals,
the first stage of those that the owner's record type offers, and that the contact has the primary role in the new
opportunity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sfsync.localorg import mail
from sfsync.localorg.context import OrgContext
from sfsync.localorg.fiscal import first_month, quarter_end
from sfsync.localorg.mail import Mail
from sfsync.localorg.saving import (
    activities,
    campaigns,
    history,
    lead_map,
    persons,
    record_types,
    store,
    validation_rules,
    wishes,
)
from sfsync.localorg.saving.draft import Draft, Options
from sfsync.localorg.saving.save import save
from sfsync.localorg.saving.wishes import Wish
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored
from sfsync.localorg.variants import NO_PRIMARY_ROLE, is_on
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

VALIDATED = "validate_converted_leads"  # the setting: "Require Validation for Converted Leads"
_QUEUE = (
    "Converted objects can only be owned by users.  If the lead is not owned by a user, you must specify a user "
    "for the Owner field."
)


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of one lead."""

    lead_id: str | None
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    errors: tuple[Refusal, ...] = ()


class _Refused(Exception):
    """The lead cannot be converted; nothing of it is kept."""

    def __init__(self, errors: Sequence[Refusal]) -> None:
        super().__init__(errors)
        self.errors = tuple(errors)


def convert(org: OrgContext, wish: Wish) -> Converted:
    """Convert one lead, or leave everything as it was and say why not."""
    try:
        with org.state.transaction():
            return _Conversion(wishes.as_the_org(org, wish), wish).done()
    except (_Refused, Refusal) as refused:
        lead_id = to_18(wish.lead_id) if is_id(wish.lead_id) else None
        return Converted(lead_id, errors=refused.errors if isinstance(refused, _Refused) else (refused,))


class _Conversion:
    """One lead on its way."""

    def __init__(self, org: OrgContext, wish: Wish) -> None:
        self._org = org
        self._wish = wish

    def done(self) -> Converted:
        """Check the wish, make or fill the three records, and mark the lead. Raises _Refused."""
        wish = self._wish
        lead = self._lead()
        contradiction = wishes.contradiction(wish)
        if contradiction is not None:
            raise contradiction
        self._check_status()
        owner_id = self._owner(lead)
        account = self._existing("Account", wish.account_id)
        contact = self._existing("Contact", wish.contact_id)
        opportunity = self._existing("Opportunity", wish.opportunity_id)
        account_id = self._kept("Account", account, lead, {"OwnerId": owner_id, **self._person(lead, account)}, {})
        half = persons.contact_of(self._org, account_id)
        contact = contact if half is None else self._existing("Contact", half)
        if contact is not None and contact["AccountId"] not in (None, account_id):
            raise _refused("INVALID_CROSS_REFERENCE_KEY", "The contact does not belong to the account", "contactId")
        source = {"LeadSource": lead["LeadSource"]} if wish.overwrite_lead_source else {}
        linked: dict[str, Stored] = {"AccountId": account_id}
        contact_id = self._kept("Contact", contact, lead, {"OwnerId": owner_id, **linked}, source)
        opportunity_id = None
        if not wish.without_opportunity:
            new = {"OwnerId": owner_id, **linked, **self._as_opportunity(lead, owner_id)}
            opportunity_id = self._kept("Opportunity", opportunity, lead, new, {})
            primary = opportunity is None and not is_on(self._org.state, NO_PRIMARY_ROLE)
            self._role(opportunity_id, contact_id, primary=primary)
        campaigns.carry_over(self._org, str(lead["Id"]), contact_id)
        activities.carry_over(self._org, str(lead["Id"]), contact_id, account_id)
        self._mark(lead, account_id, contact_id, opportunity_id)
        if wish.notify_owner:
            self._notify(owner_id, contact_id)
        return Converted(str(lead["Id"]), account_id, contact_id, opportunity_id)

    def _lead(self) -> store.Row:
        lead = self._row("Lead", self._wish.lead_id, "leadId")
        if lead["IsConverted"]:
            raise _refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        return lead

    def _row(self, name: str, text: str, what: str) -> store.Row:
        kind = self._org.sobject(name)
        if not is_id(text) or not to_18(text).startswith(kind.key_prefix or ""):
            raise _refused("MALFORMED_ID", f"{kind.label} ID: id value of incorrect type: {text}", what)
        row = store.by_id(self._org.state, kind, [to_18(text)]).get(to_18(text))
        if row is None:
            raise _refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", what)
        if row.get("IsDeleted"):
            raise _refused("ENTITY_IS_DELETED", "entity is deleted", what)
        return row

    def _existing(self, name: str, text: str) -> store.Row | None:
        return self._row(name, text, f"{name.lower()}Id") if text else None

    def _check_status(self) -> None:
        sql = 'SELECT 1 FROM "LeadStatus" WHERE ApiName = ? AND IsConverted = 1'
        offered = self._offered("Lead", "Status", self._org.user_id)
        known = self._org.state.one(sql, (self._wish.status,)) is not None
        if not known or (offered is not None and self._wish.status not in offered):
            raise _refused("INVALID_STATUS", f"invalid convertedStatus: {self._wish.status}")

    def _owner(self, lead: store.Row) -> str:
        """Give the owner of what is created: the user named, else the lead's owner if that is a user."""
        asked = self._wish.owner_id or str(lead["OwnerId"])
        if not is_id(asked) or not to_18(asked).startswith("005"):
            raise _refused("UNKNOWN_EXCEPTION", _QUEUE, "OwnerId")
        return str(self._row("User", asked, "ownerId")["Id"])

    def _kept(
        self,
        name: str,
        existing: store.Row | None,
        lead: store.Row,
        new: dict[str, Stored],
        forced: dict[str, Stored],
    ) -> str:
        """Create a record with what the lead says and `new`, or fill what an existing one has empty; give its Id."""
        kind = self._org.sobject(name)
        said = lead_map.mapped(self._org.state, lead, kind)
        if existing is None:
            draft = Draft(_createable(kind, {**said, **new}))
        else:
            draft = Draft(_filling(kind, existing, {**said, **new}), str(existing["Id"]))
            draft.given.update(forced)
            if not draft.given:
                return str(existing["Id"])
        validated = self._org.state.setting(VALIDATED) is True
        options = Options(
            rules=validated,
            duplicates_block=validated,
            without_required=not validated,
            record_types_of=str(new["OwnerId"]),
        )
        outcome = save(self._org, kind, [draft], options)[0]
        if outcome.errors or outcome.record_id is None:
            raise _Refused(outcome.errors)
        return outcome.record_id

    def _role(self, opportunity_id: str, contact_id: str, *, primary: bool) -> None:
        """Give the contact a role in the opportunity, the primary one in a new one; one it has stays."""
        kind = self._org.sobject("OpportunityContactRole")
        held = store.fetch(self._org.state, kind, "OpportunityId", [opportunity_id])
        if any(one["ContactId"] == contact_id for one in held):
            return
        given: dict[str, Stored] = {"OpportunityId": opportunity_id, "ContactId": contact_id, "IsPrimary": int(primary)}
        outcome = save(self._org, kind, [Draft(given)], Options(rules=False))[0]
        if outcome.errors:
            raise _Refused(outcome.errors)

    def _person(self, lead: store.Row, account: store.Row | None) -> dict[str, Stored]:
        """Give what makes a person of the new account, where the org has persons and the lead has no company."""
        business = lead["Company"] or account is not None or not persons.are_on(self._org)
        return {} if business else persons.of_lead(lead)

    def _as_opportunity(self, lead: store.Row, owner_id: str) -> dict[str, Stored]:
        asked = self._wish.opportunity_name or (None if lead["Company"] else lead["Name"])
        named: dict[str, Stored] = {"Name": asked} if asked else {}
        named["CampaignId"] = campaigns.newest(self._org, str(lead["Id"]))
        rows = self._org.state.rows('SELECT ApiName FROM "OpportunityStage" WHERE IsActive = 1 ORDER BY SortOrder')
        offered = self._offered("Opportunity", "StageName", owner_id)
        stages = [str(row["ApiName"]) for row in rows if offered is None or row["ApiName"] in offered]
        first = stages[0] if stages else None
        closing = quarter_end(self._today(), first_month(self._org.state))
        return {**named, "StageName": first, "CloseDate": closing.isoformat()}

    def _offered(self, name: str, field: str, user_id: str) -> tuple[str, ...] | None:
        """Give the values of a picklist that a user's default record type offers, None where it offers all."""
        default = record_types.default_of(self._org, self._org.sobject(name), user_id)
        offer = default.offers.get(field) if default is not None else None
        return None if offer is None else offer.values

    def _today(self) -> date:
        """Give the day it is where the user is."""
        row = self._org.state.one('SELECT TimeZoneSidKey FROM "User" WHERE Id = ?', (self._org.user_id,))
        zone = str(row["TimeZoneSidKey"]) if row is not None and row["TimeZoneSidKey"] else "UTC"
        return self._org.now.astimezone(ZoneInfo(zone)).date()

    def _mark(self, lead: store.Row, account_id: str, contact_id: str, opportunity_id: str | None) -> None:
        """Make the lead a converted one; nobody can change it from now on."""
        now: dict[str, Stored] = {
            "IsConverted": 1,
            "Status": self._wish.status,
            "ConvertedDate": self._today().isoformat(),
            "ConvertedAccountId": account_id,
            "ConvertedContactId": contact_id,
            "ConvertedOpportunityId": opportunity_id,
            "IsUnreadByOwner": 0,
            "LastModifiedDate": self._org.stamp,
            "LastModifiedById": self._org.user_id,
            "SystemModstamp": self._org.stamp,
        }
        kind, lead_id = self._org.sobject("Lead"), str(lead["Id"])
        draft = Draft({}, lead_id, before=lead, row={**lead, **now})
        if self._org.state.setting(VALIDATED) is True:
            validation_rules.check(self._org, kind, [draft])
        if draft.errors:
            raise _Refused(draft.errors)
        store.update(self._org.state, kind, {lead_id: now})
        history.track(self._org, kind, [draft])
        history.note(self._org, kind, lead_id, "leadConverted")

    def _notify(self, owner_id: str, contact_id: str) -> None:
        """Write to the owner of what was made; the words are the local org's own."""
        row = self._org.state.one('SELECT Email FROM "User" WHERE Id = ?', (owner_id,))
        if row is not None and row["Email"]:
            text = "A lead was converted and its records are yours."
            told = Mail("", [str(row["Email"])], "Converted lead", text, record_id=contact_id, cause="convertLead")
            mail.send(self._org, told)


def _createable(kind: SObject, values: dict[str, Stored]) -> dict[str, Stored]:
    return {name: value for name, value in values.items() if kind.fields[name.lower()].createable}


def _filling(kind: SObject, existing: store.Row, values: dict[str, Stored]) -> dict[str, Stored]:
    """Give what fills empty fields; a boolean is never empty."""
    return {
        name: value
        for name, value in values.items()
        if existing[name] is None and value is not None and kind.fields[name.lower()].updateable
    }


def _refused(code: str, text: str, *fields: str) -> _Refused:
    return _Refused([Refusal(400, code, text, fields)])
