"""The lead assignment rule, as REST runs it."""

import pytest

from tests.localorg.conftest import Org


@pytest.fixture
def ruled(org: Org) -> Org:
    """Give the org a rule: hot leads of two countries to Ana, big companies to a queue, nobody else."""
    ana = org.insert("User", LastName="Ana", Username="ana@example.com", IsActive=1)
    queue = org.queue("Lead")
    org.state.set_setting("ana", ana)
    org.state.set_setting("queue", queue)
    entries = [
        {
            "criteria": [
                {"field": "Rating", "operation": "equals", "value": "hot"},
                {"field": "Lead.Country", "operation": "equals", "value": "Spain, Poland"},
            ],
            "owner": ana,
        },
        {"criteria": [{"field": "NumberOfEmployees", "operation": "greaterThan", "value": "900"}], "owner": queue},
    ]
    org.state.set_setting("assignment_rules", {str(org.state.setting("lead_rule_id")): entries})
    return org


def _owner(org: Org, headers: dict[str, str] | None = None, **fields: object) -> object:
    reply = org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", **fields}, headers or {})
    return org.get("Lead", str(reply["id"]))["OwnerId"]


def test_the_rule_runs_unless_told_otherwise(ruled: Org) -> None:
    """Without the header, or with TRUE, the first entry that fits gives the owner; case does not matter."""
    assert _owner(ruled, Rating="HOT", Country="poland") == ruled.state.setting("ana")
    assert _owner(ruled, {"sforce-auto-assign": "TRUE"}, NumberOfEmployees=1000) == ruled.state.setting("queue")
    assert _owner(ruled, Rating="Hot", Country="France") == ruled.user_id


def test_a_rule_that_names_somebody_inactive_refuses_the_lead(ruled: Org) -> None:
    """As an owner who is given does; the lead is not made."""
    ruled.state.run('UPDATE "User" SET IsActive = 0 WHERE Id = ?', (ruled.state.setting("ana"),))
    lead = {"LastName": "N", "Company": "C", "Rating": "Hot", "Country": "Poland"}
    assert ruled.ask("POST", "sobjects/Lead", lead).error()[0] == "INACTIVE_OWNER_OR_USER"


@pytest.mark.parametrize("value", ["FALSE", "false", "False"])
def test_false_in_any_case_leaves_the_owner_alone(ruled: Org, value: str) -> None:
    """`Sforce-Auto-Assign: FALSE` keeps the owner given, or the user who creates."""
    assert _owner(ruled, {"sforce-auto-assign": value}, NumberOfEmployees=1000) == ruled.user_id


def test_an_update_runs_the_rule_too(ruled: Org) -> None:
    """A careless PATCH re-routes a lead, as in a real org."""
    lead = ruled.make("Lead")
    ruled.ask("PATCH", f"sobjects/Lead/{lead}", {"NumberOfEmployees": 1000}, {"sforce-auto-assign": "false"})
    assert ruled.get("Lead", lead)["OwnerId"] == ruled.user_id
    ruled.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"})
    assert ruled.get("Lead", lead)["OwnerId"] == ruled.state.setting("queue")


def test_a_rule_named_by_id_runs_even_if_inactive(ruled: Org) -> None:
    """An 01Q id in the header names the rule; with no active rule nothing runs by itself."""
    rule = str(ruled.state.setting("lead_rule_id"))
    ruled.state.run('UPDATE "AssignmentRule" SET Active = 0')
    assert _owner(ruled, NumberOfEmployees=1000) == ruled.user_id
    assert _owner(ruled, {"sforce-auto-assign": rule[:15]}, NumberOfEmployees=1000) == ruled.state.setting("queue")


def test_an_unknown_rule_is_refused(ruled: Org) -> None:
    """A header that names no rule does not save anything."""
    reply = ruled.ask(
        "POST", "sobjects/Lead", {"LastName": "N", "Company": "C"}, {"sforce-auto-assign": "01Q00000000000x"}
    )
    assert reply.error()[0] == "INVALID_CROSS_REFERENCE_KEY"
    assert ruled.state.rows('SELECT Id FROM "Lead"') == []


def test_a_default_owner_takes_what_no_entry_fits_where_the_org_says_so(ruled: Org) -> None:
    """Both behaviours are on offer: keep the owner, or give it to the default lead owner."""
    ruled.state.set_setting("default_lead_owner", ruled.state.setting("queue"))
    assert _owner(ruled) == ruled.state.setting("queue")


@pytest.mark.parametrize(
    ("operation", "value", "fits"),
    [
        ("equals", "Blue Sky", True),
        ("notEqual", "Blue Sky", False),
        ("contains", "sky,moon", True),
        ("notContain", "sky", False),
        ("startsWith", "blue", True),
        ("lessThan", "c", True),
        ("greaterOrEqual", "c", False),
    ],
)
def test_each_operation_compares_as_setup_does(ruled: Org, operation: str, value: str, fits: bool) -> None:
    """Text is compared without regard to case; a comma means "or"."""
    entry = {
        "criteria": [{"field": "Company", "operation": operation, "value": value}],
        "owner": ruled.state.setting("queue"),
    }
    ruled.state.set_setting("assignment_rules", {str(ruled.state.setting("lead_rule_id")): [entry]})
    assert (_owner(ruled, Company="Blue Sky") == ruled.state.setting("queue")) is fits
