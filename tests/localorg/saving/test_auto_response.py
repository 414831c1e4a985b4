"""Promises of assignment and auto-response rules about mail and owners."""

from collections.abc import Callable

from tests.localorg.conftest import Org, Reply

Maker = Callable[..., Reply]


def _mail(org: Org) -> list[dict[str, object]]:
    return list(org.ask("GET", "/_org/mail")["mail"])  # type: ignore[call-overload]


def test_the_first_entry_that_fits_answers_a_new_lead(org: Org, set_rule: Maker, create: Maker) -> None:
    """Where REST is set to ask for it; an update, or a lead without an address, is not answered."""
    hot = {"formula": 'ISPICKVAL(Rating, "Hot")', "template": "Leads/Hot", "senderEmail": "us@acme.example"}
    any_lead = {"criteria": [], "template": "Leads/Thanks", "senderName": "Acme", "senderEmail": "us@acme.example"}
    set_rule("auto_response", "Lead", "Answers", entries=[hot, any_lead])
    create(Email="one@b.example")
    assert _mail(org) == []
    org.ask("POST", "/_org/settings", {"rest_sends_auto_response": True})
    create(Email="two@b.example", Rating="Hot")
    lead = str(create(Email="three@b.example")["id"])
    create()
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Head"})
    told = [(one["to"], one["template"], one["sender"]) for one in _mail(org)]
    assert told == [
        (["two@b.example"], "Leads/Hot", "us@acme.example"),
        (["three@b.example"], "Leads/Thanks", "Acme <us@acme.example>"),
    ]
    assert _mail(org)[1]["record_id"] == lead


def test_mail_of_what_is_not_saved_is_not_sent(org: Org, set_rule: Maker) -> None:
    """All or none: one bad record takes the others' mail back."""
    set_rule("auto_response", "Lead", "Answers", entries=[{"criteria": [], "template": "Leads/Thanks"}])
    org.ask("POST", "/_org/settings", {"rest_sends_auto_response": True})
    good = {"attributes": {"type": "Lead"}, "LastName": "N", "Company": "C", "Email": "a@b.example"}
    org.ask("POST", "composite/sobjects", {"allOrNone": True, "records": [good, {**good, "Email": "none"}]})
    assert _mail(org) == []
    org.ask("POST", "composite/sobjects", {"allOrNone": True, "records": [good, good]})
    assert len(_mail(org)) == 2


def test_an_entry_with_a_template_tells_the_new_owner(org: Org, set_rule: Maker, create: Maker) -> None:
    """The members of a queue where it has no address of its own; REST is set to send it."""
    org.ask("POST", "/_org/settings", {"rest_sends_assignment_mail": True})
    ana = org.insert("User", LastName="Ana", Username="ana@example.com", Email="ana@acme.example", IsActive=1)
    queue = org.queue("Lead")
    org.insert("GroupMember", GroupId=queue, UserOrGroupId=ana)
    entry = {"criteria": [], "queue": "Inbound", "template": "Leads/Assigned", "cc": ["boss@acme.example"]}
    set_rule("assignment", "Lead", "Standard", entries=[entry])
    lead = str(create()["id"])
    assert org.get("Lead", lead)["OwnerId"] == queue
    (letter,) = _mail(org)
    assert (letter["to"], letter["cc"]) == (["ana@acme.example"], ["boss@acme.example"])


def test_entries_follow_filters_formulas_and_the_user_who_saves(org: Org, set_rule: Maker, create: Maker) -> None:
    """Names of users and record types compare as names; an entry without an owner leaves the lead where it is."""
    ana = org.insert("User", Name="Ana Ruiz", LastName="Ruiz", Username="ana@example.com", IsActive=1)
    queue = org.queue("Lead")
    filtered = [
        {"field": "Lead.Country", "operation": "equals", "value": "Spain"},
        {"field": "Lead.Rating", "operation": "equals", "value": "Hot"},
        {"field": "Lead.NumberOfEmployees", "operation": "greaterOrEqual", "value": "900"},
    ]
    entries = [
        {"criteria": filtered, "booleanFilter": "1 AND (2 OR 3)", "user": "ana@example.com"},
        {"formula": 'BEGINS(Company, "Big")', "owner": queue},
        {"criteria": [{"field": "Lead.CreatedById", "operation": "equals", "value": "Integration Sync"}]},
        {"criteria": [], "owner": queue},
    ]
    set_rule("assignment", "Lead", "Standard", entries=entries)

    def owner(**fields: object) -> object:
        return org.get("Lead", str(create(**fields)["id"]))["OwnerId"]

    assert owner(Country="Spain", NumberOfEmployees=1000) == ana
    assert owner(Country="Spain", Company="Big Co") == queue
    assert owner(Country="Spain") == org.user_id


def test_one_assignment_rule_is_active_at_a_time(org: Org, set_rule: Maker) -> None:
    """The one made active last; the others can be named still."""
    set_rule("assignment", "Lead", "Second", entries=[])
    found = org.ask("GET", "query", q="SELECT Name FROM AssignmentRule WHERE Active = true")["records"]
    assert [one["Name"] for one in found] == ["Second"]  # type: ignore[attr-defined]
