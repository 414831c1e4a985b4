"""Promises of validation rules."""

from collections.abc import Callable

import pytest

from tests.localorg.conftest import Org, Reply

Maker = Callable[..., Reply]


def test_a_record_that_a_rule_is_against_is_refused_with_the_rules_words(set_rule: Maker, create: Maker) -> None:
    """At the field the rule names, or at none; all rules that are against it are told."""
    set_rule("validation", "Lead", "No_free_mail", formula='CONTAINS(Email, "@free.")', message="No!", field="email")
    set_rule("validation", "Lead", "Reachable", formula="ISBLANK(Phone)", message="Give a phone.")
    refused = create(Email="a@free.example")
    assert refused.status == 400
    assert refused.body == [
        {"message": "No!", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Email"]},
        {"message": "Give a phone.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []},
    ]
    assert create(Email="a@work.example", Phone="1").status == 201


def test_rules_see_parents_the_user_and_what_was_before(org: Org, set_rule: Maker) -> None:
    """ISCHANGED, PRIORVALUE and ISNEW are about this save; Owner, $User and $Profile are followed."""
    formula = """AND(ISCHANGED(Status), ISPICKVAL(PRIORVALUE(Status), "New"), NOT(ISNEW()),
        Owner:User.Alias = "sync", $User.Alias = "sync", $Profile.Name = "System Administrator")"""
    set_rule("validation", "Lead", "Stay_new", formula=formula, message="It stays new.")
    lead = org.make("Lead")
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Head"}).status == 204
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Status": "Working"}).error()[1] == "It stays new."


def test_a_custom_permission_lets_its_users_pass(org: Org, set_rule: Maker, create: Maker) -> None:
    """The usual way around a rule for integrations."""
    set_rule("validation", "Lead", "Closed", formula="NOT($Permission.Bypass_Rules)", message="Closed.")
    assert create().status == 400
    org.ask("POST", "/_org/settings", {"custom_permissions": ["Bypass_Rules"]})
    assert create().status == 201


def test_a_formula_that_fails_on_a_record_refuses_it_or_lets_it_pass_as_set(
    org: Org, set_rule: Maker, create: Maker
) -> None:
    """Both are thinkable of a real org; refusing is the default."""
    set_rule("validation", "Lead", "Fails", formula="VALUE(Title) > 1", message="Too much.")
    assert create(Title="none").error()[1].startswith('The formula in the "Fails" rule is invalid')
    org.ask("POST", "/_org/settings", {"failing_validation_formula_passes": True})
    assert create(Title="none").status == 201


def test_errors_win_in_the_order_in_which_records_are_saved(org: Org, set_rule: Maker, create: Maker) -> None:
    """Wrong types before missing fields, those before validation rules, before duplicate rules, before uniqueness."""
    set_rule("matching", "Lead", "By_name", items=[{"field": "LastName", "method": "Exact"}])
    set_rule("duplicate", "Lead", "Once", matches=[{"rule": "By_name"}], actionOnInsert="Block")
    create(LastName="Twin", Ext_Id__c="1", Title="ok")
    set_rule("validation", "Lead", "Titled", formula="ISBLANK(Title)", message="Title!")
    twin: dict[str, object] = {"LastName": "Twin", "Ext_Id__c": "1"}
    assert create(**twin, CleanStatus="Nonsense", Company="").error()[0] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert create(**twin, Company="").error()[0] == "REQUIRED_FIELD_MISSING"
    assert create(**twin).error()[0] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert create(**twin, Title="ok").error()[0] == "DUPLICATES_DETECTED"
    assert create(Ext_Id__c="1", Title="ok").error()[0] == "DUPLICATE_VALUE"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"formula": "Nothing__c = 1", "message": "m"}, "Field Nothing__c does not exist"),
        ({"formula": "1 + 1", "message": "m"}, "must be true or false, not Number"),
        ({"formula": "TRUE", "message": ""}, "needs a formula and a message"),
        ({"formula": "TRUE", "message": "m" * 256}, "at most 255 characters"),
        ({"formula": "TRUE", "message": "m", "field": "Nothing"}, "Lead has no field Nothing"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_when_it_is_set(org: Org, rule: dict[str, str], words: str) -> None:
    """With words that say what is wrong; nothing is kept."""
    reply = org.ask("POST", "/_org/rules", {"kind": "validation", "sobject": "Lead", "name": "X", **rule})
    assert reply.status == 400 and words in reply.error()[1]
    assert all(one["kind"] == "assignment" for one in org.ask("GET", "/_org/rules")["rules"])  # type: ignore[attr-defined]


def test_rules_are_listed_switched_off_and_forgotten(org: Org, set_rule: Maker, create: Maker) -> None:
    """An inactive rule refuses nothing; a forgotten one is not listed."""
    set_rule("validation", "Lead", "Never", formula="TRUE", message="Never.")
    assert create().status == 400
    set_rule("validation", "Lead", "Never", formula="TRUE", message="Never.", active=False)
    assert create().status == 201
    assert org.raw("DELETE", "/_org/rules", query={"kind": "validation"}).status == 204
    assert [one["kind"] for one in org.ask("GET", "/_org/rules")["rules"]] == ["assignment"]  # type: ignore[attr-defined]


def test_rules_see_a_number_that_is_not_given_as_blank(org: Org, set_rule: Maker, create: Maker) -> None:
    """Blanks as zeroes is a choice of formula fields alone: ISBLANK holds, and nothing is less than five."""
    field = {"name": "Twice__c", "type": "double", "precision": 9, "scale": 0, "formula": "NumberOfEmployees * 2 + 1"}
    org.ask("POST", "/_org/fields", {"sobject": "Lead", "do": "add", "field": field})
    set_rule("validation", "Lead", "Large", formula="NumberOfEmployees < 5", message="Too small.")
    set_rule("validation", "Lead", "Odd", formula="ISBLANK(Twice__c)", message="A formula field keeps its own way.")
    set_rule("validation", "Opportunity", "Worth", formula="ISBLANK(Amount)", message="Amount!", field="Amount")
    assert create().status == 201
    assert create(NumberOfEmployees=4).error()[1] == "Too small."
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-01"}
    assert org.ask("POST", "sobjects/Opportunity", deal).error()[1] == "Amount!"
    assert org.ask("POST", "sobjects/Opportunity", {**deal, "Amount": 0}).status == 201
