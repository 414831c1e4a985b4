"""Promises of tasks and events."""

from typing import Any

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import convert, merge, wishes
from sfsync.localorg.saving.draft import Draft
from tests.localorg.conftest import Org


def _context(org: Org) -> OrgContext:
    return OrgContext(org.state, org.clock, org.clock.now(), user_id=org.user_id, version="59.0")


def _rows(org: Org, soql: str) -> list[dict[str, Any]]:
    found: Any = org.ask("GET", "query", q=soql)["records"]
    return [{key: value for key, value in one.items() if key != "attributes"} for one in found]


def test_a_task_is_closed_by_its_status(org: Org) -> None:
    """Not Started and Normal at first; Completed closes it and tells when."""
    task = org.make("Task", WhoId=org.make("Lead"), Subject="Call")
    made = org.get("Task", task)
    assert (made["Status"], made["Priority"], made["IsClosed"], made["CompletedDateTime"]) == (
        *("Not Started", "Normal"),
        *(False, None),
    )
    org.ask("PATCH", f"sobjects/Task/{task}", {"Status": "Completed", "Priority": "High"})
    done = org.get("Task", task)
    assert (done["IsClosed"], done["IsHighPriority"]) == (True, True)
    assert done["CompletedDateTime"] == "2026-11-24T12:30:45.000+0000"


def test_a_closed_activity_moves_the_stamp_of_whom_it_is_about_and_no_more(org: Org) -> None:
    """LastActivityDate and SystemModstamp move, LastModifiedDate stays: whoever compares values sees no change."""
    lead = org.make("Lead")
    org.clock.advance(60)
    org.make("Task", WhoId=lead, Status="Completed", ActivityDate="2026-11-20")
    org.make("Task", WhoId=lead, ActivityDate="2026-11-21")
    told = org.get("Lead", lead)
    assert (told["LastActivityDate"], told["LastModifiedDate"], told["SystemModstamp"]) == (
        "2026-11-20",
        "2026-11-24T12:30:45.000+0000",
        "2026-11-24T12:31:45.000+0000",
    )


def test_an_activity_belongs_to_the_account_of_what_it_is_about(org: Org) -> None:
    """Of the opportunity, else of the contact; who and what are found by name."""
    account = org.make("Account")
    contact, deal = org.make("Contact", AccountId=account), org.make("Opportunity", AccountId=account)
    org.make("Task", WhoId=contact)
    org.make("Event", WhatId=deal, StartDateTime="2026-11-25T10:00:00Z", DurationInMinutes=30)
    assert _rows(org, "SELECT AccountId FROM Task") == [{"AccountId": account}]
    assert _rows(org, "SELECT AccountId, ActivityDate FROM Event") == [
        {"AccountId": account, "ActivityDate": "2026-11-25"}
    ]
    who = _rows(org, "SELECT Who.Name, Who.Type FROM Task")[0]["Who"]
    assert (who["Name"], who["Type"]) == ("Nowak", "Contact")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["ActivityDateTime", "DurationInMinutes"]),
        ({"DurationInMinutes": 80}, ["ActivityDateTime"]),
        ({"StartDateTime": "2026-11-25T10:00:00Z"}, ["DurationInMinutes"]),
        ({"IsAllDayEvent": True}, ["ActivityDateTime", "DurationInMinutes"]),
    ],
)
def test_an_event_has_a_time_and_a_length(org: Org, given: dict[str, object], missing: list[str]) -> None:
    """Without them it is refused, and told which are missing; a day is enough for one that lasts all day."""
    reply = org.ask("POST", "sobjects/Event", {"Subject": "Call", **given})
    text = f"Required fields are missing: [{', '.join(missing)}]"
    assert (reply.status, *reply.error()) == (400, "REQUIRED_FIELD_MISSING", text)
    assert org.make("Event", IsAllDayEvent=True, ActivityDate="2026-11-25")


def test_the_end_of_an_event_follows_from_its_length_and_its_length_from_its_end(org: Org) -> None:
    """When it is made, and when either is changed."""
    start, fields = "2026-11-25T10:00:00Z", "EndDateTime, DurationInMinutes"
    first = org.make("Event", StartDateTime=start, DurationInMinutes=30)
    second = org.make("Event", ActivityDateTime=start, EndDateTime="2026-11-25T11:30:00Z")
    told = {
        one["Id"]: (one["EndDateTime"][11:16], one["DurationInMinutes"])
        for one in _rows(org, f"SELECT Id, {fields} FROM Event")
    }
    assert told == {first: ("10:30", 30), second: ("11:30", 90)}
    org.ask("PATCH", f"sobjects/Event/{first}", {"DurationInMinutes": 45})
    assert str(org.get("Event", first)["EndDateTime"])[11:16] == "10:45"
    org.ask("PATCH", f"sobjects/Event/{first}", {"EndDateTime": "2026-11-25T12:00:00Z"})
    assert org.get("Event", first)["DurationInMinutes"] == 120


def test_a_lead_stands_alone_in_an_activity(org: Org) -> None:
    """No account, opportunity or campaign beside it."""
    task = {"WhoId": org.make("Lead"), "WhatId": org.make("Account"), "Subject": "Call"}
    assert org.ask("POST", "sobjects/Task", task).error()[0] == "FIELD_INTEGRITY_EXCEPTION"


@pytest.mark.parametrize("kind", ["Task", "Event"])
def test_a_conversion_and_a_merge_hand_activities_over(org: Org, kind: str) -> None:
    """To the contact of the converted lead, and to the winner; with a deleted record they go, and come back with it."""
    winner, loser = org.make("Lead"), org.make("Lead")
    when = {} if kind == "Task" else {"StartDateTime": "2026-11-25T10:00:00Z", "DurationInMinutes": 30}
    activity = org.make(kind, WhoId=loser, Subject="Call", **when)
    context = _context(org)
    assert merge.merge(context, context.sobject("Lead"), Draft({}, winner), [loser]).errors == ()
    assert org.get(kind, activity)["WhoId"] == winner
    done = convert.convert(context, wishes.Wish(winner, "Qualified"))
    told = org.get(kind, activity)
    assert (told["WhoId"], told["AccountId"]) == (done.contact_id, done.account_id)
    org.ask("DELETE", f"sobjects/Contact/{done.contact_id}")
    assert _rows(org, f"SELECT Id FROM {kind}") == []
