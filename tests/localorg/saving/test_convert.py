"""What a conversion makes of its user, its owner and the org's switch; when an opportunity it makes is to close."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.context import OrgContext
from sfsync.localorg.fiscal import quarter_end
from sfsync.localorg.rights.seeing import seen_by
from sfsync.localorg.saving.convert import Converted, convert
from sfsync.localorg.saving.wishes import Wish
from tests.localorg.conftest import Org, Reply
from tests.localorg.rights.test_rights import Person, ana, rights

__all__ = ["ana"]
Maker = Callable[..., Reply]


def _converted(org: Org, user_id: str = "", **wish: object) -> Converted:
    user = user_id or org.user_id
    asked = OrgContext(
        org.state, org.clock, org.clock.now(), user_id=user, version="59.0", seen=seen_by(org.state, user)
    )
    return convert(asked, Wish(**{"lead_id": org.make("Lead"), "status": "Qualified", **wish}))  # type: ignore[arg-type]


def _code(done: Converted) -> str:
    assert done.account_id is None
    return done.errors[0].code


def test_new_records_get_the_record_type_their_owner_starts_with(org: Org, ana: Person, set_rule: Maker) -> None:
    """That of the owner's profile, whoever converts, with its values; the first stage is the first it offers."""
    stages = ["Closed Won", "Value Proposition"]
    set_rule("process", "Opportunity", "Late", values=stages)
    set_rule("record_type", "Opportunity", "Deal", process="Late", default_for=["Standard User"])
    offers = {"Rating": {"values": ["Hot", "Cold"], "default": "Cold"}}
    set_rule("record_type", "Account", "Shop", picklists=offers, default_for=["Standard User"])
    set_rule("record_type", "Account", "Other", default=True)
    hers, mine = _converted(org, owner_id=ana.user_id), _converted(org)
    for done, names, rating, stage in (
        (hers, ("Shop", "Deal"), "Cold", "Value Proposition"),
        (mine, ("Other", None), None, "Prospecting"),
    ):
        account, deal = org.get("Account", str(done.account_id)), org.get("Opportunity", str(done.opportunity_id))
        assert (account["Rating"], deal["StageName"]) == (rating, stage)
        assert tuple(_type_name(org, one) for one in (account, deal)) == names


def _type_name(org: Org, record: dict[str, object]) -> str | None:
    found = org.state.one('SELECT DeveloperName FROM "RecordType" WHERE Id = ?', (str(record["RecordTypeId"]),))
    return None if found is None else str(found["DeveloperName"])


def test_who_converts_is_offered_the_statuses_of_their_record_type(org: Org, ana: Person, set_rule: Maker) -> None:
    """One that the default record type of the profile does not offer is refused, and taken of somebody else."""
    set_rule("process", "Lead", "Short", values=["New"])
    set_rule("record_type", "Lead", "Retail", process="Short", default_for=["Standard User"])
    assert _code(_converted(org, ana.user_id)) == "INVALID_STATUS"
    assert _converted(org).errors == ()
    told = ana.ask("GET", "sobjects/Lead/describe")["recordTypeInfos"]
    shown = {one["developerName"]: one["defaultRecordTypeMapping"] for one in told}  # type: ignore[attr-defined]
    assert shown == {"Retail": True, "Master": False}


def test_the_switch_decides_on_rules_and_required_fields_of_the_targets(org: Org, set_rule: Maker) -> None:
    """Off: neither a validation rule nor a required custom field stops a conversion; on: each does."""
    field = {"name": "Must__c", "type": "string", "length": 10, "not": "nillable"}
    org.ask("POST", "/_org/fields", {"sobject": "Contact", "do": "add", "field": field})
    set_rule("validation", "Account", "Never", formula='Name = "Never"', message="Never.")
    assert _converted(org, lead_id=org.make("Lead", Company="Never")).errors == ()
    org.ask("POST", "/_org/settings", {"validate_converted_leads": True})
    refused = _converted(org)
    assert (_code(refused), refused.errors[0].fields) == ("REQUIRED_FIELD_MISSING", ("Must__c",))
    assert _code(_converted(org, lead_id=org.make("Lead", Company="Never"))) == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_the_leads_own_rules_see_it_converted(org: Org, set_rule: Maker) -> None:
    """Where the switch is on, a rule about converted leads stops the conversion, and nothing of it is kept."""
    set_rule("validation", "Lead", "Phoned", formula="AND(IsConverted, ISBLANK(Phone))", message="Phone first.")
    assert _converted(org).errors == ()
    org.ask("POST", "/_org/settings", {"validate_converted_leads": True})
    accounts = org.state.rows('SELECT Id FROM "Account"')
    lead = org.make("Lead")
    refused = _converted(org, lead_id=lead)
    assert (_code(refused), refused.errors[0].message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone first.")
    assert org.get("Lead", lead)["IsConverted"] is False
    assert len(org.state.rows('SELECT Id FROM "Account"')) == len(accounts)
    assert _converted(org, lead_id=org.make("Lead", Phone="1")).errors == ()


def test_an_opportunity_closes_with_the_orgs_fiscal_quarter(org: Org) -> None:
    """Where the fiscal year begins with February, quarters end with April, July, October and January."""
    org.ask("POST", "/_org/settings", {"fiscal_year_start": 2})
    done = _converted(org)
    deal = org.get("Opportunity", str(done.opportunity_id))
    assert str(deal["CloseDate"])[5:] in ("01-31", "04-30", "07-31", "10-31")
    assert deal["ContactId"] == done.contact_id


def test_a_conversion_needs_rights_on_all_it_writes(org: Org, ana: Person) -> None:
    """To edit the lead, and to create or edit each of what it becomes, those out of sight included."""
    everything = ["create", "read", "edit"]
    objects = {one: everything for one in ("Lead", "Account", "Contact", "Opportunity")}
    rights(org, profile="Standard User", objects=objects)
    assert _converted(org, ana.user_id).errors == ()
    hidden = org.make("Account")
    for name in ("Lead", "Account", "Contact", "Opportunity"):
        rights(org, profile="Standard User", objects={**objects, name: ["read"]})
        assert _code(_converted(org, ana.user_id)) == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert _converted(org, ana.user_id, without_opportunity=True).errors == ()
    rights(org, profile="Standard User", objects=objects, sharing={"Account": "private"})
    assert _code(_converted(org, ana.user_id, account_id=hidden)) == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_a_conversion_stands_in_the_history_of_its_lead(org: Org) -> None:
    """What became of tracked fields, and that it was converted."""
    org.ask("POST", "/_org/settings", {"history_tracked": {"Lead": ["Status"]}})
    lead = org.make("Lead")
    assert _converted(org, lead_id=lead).errors == ()
    soql = f"SELECT Field, OldValue, NewValue FROM LeadHistory WHERE LeadId = '{lead}' ORDER BY Id"
    rows = org.ask("GET", "query", q=soql)["records"]
    told = [(one["Field"], one["OldValue"], one["NewValue"]) for one in rows]  # type: ignore[attr-defined]
    assert told == [("created", None, None), ("Status", "New", "Qualified"), ("leadConverted", None, None)]


@pytest.mark.parametrize(
    ("today", "first_month", "end"),
    [
        (date(2026, 11, 24), 1, date(2026, 12, 31)),
        (date(2026, 1, 1), 1, date(2026, 3, 31)),
        (date(2026, 3, 31), 1, date(2026, 3, 31)),
        (date(2026, 12, 5), 2, date(2027, 1, 31)),
        (date(2024, 2, 29), 3, date(2024, 2, 29)),
    ],
)
def test_it_closes_on_the_last_day_of_the_fiscal_quarter(today: date, first_month: int, end: date) -> None:
    """Whatever month the fiscal year begins with, across years and leap days."""
    assert quarter_end(today, first_month) == end


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 12))
def test_the_end_lies_ahead_within_a_quarter_and_on_a_months_last_day(today: date, first_month: int) -> None:
    """And the day after it begins another quarter of the fiscal year."""
    end = quarter_end(today, first_month)
    after = end + timedelta(days=1)
    assert timedelta() <= end - today < timedelta(days=92)
    assert after.day == 1 and (after.month - first_month) % 3 == 0
