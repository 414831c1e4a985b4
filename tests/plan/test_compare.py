"""Promises of comparing what is with what is wanted."""

from decimal import Decimal

from sfsync.plan.compare import compare, same_conclusion
from sfsync.records.change import Action, FieldChange
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.schema import SObject

ID = "00Q000000000001EAA"


def decision(topic: str = "score", **wanted: object) -> Decision:
    """Give a decision that wants these values."""
    return Decision("Lead", ID, topic, wanted, ("because of a rule",))  # type: ignore[arg-type]


def test_only_what_differs_is_changed(lead: SObject) -> None:
    """A change holds the fields that differ, with what they were and why; the others are left out."""
    record = Record("Lead", ID, {"Score__c": Decimal(10), "Company": "Acme"})
    change = compare(record, [decision(Score__c=Decimal(25), Company="Acme")], lead)
    assert change is not None and change.action is Action.UPDATE
    assert change.fields == (FieldChange("Score__c", Decimal(10), Decimal(25), ("because of a rule",)),)


def test_what_salesforce_keeps_as_the_same_is_no_change(lead: SObject) -> None:
    """Numbers of another scale, blanks, empty text, the case of e-mail addresses and picklists are no differences."""
    record = Record(
        "Lead", ID, {"Score__c": Decimal("10"), "Company": "Acme", "Email": "a@b.example", "CleanStatus": None}
    )
    wanted = decision(Score__c=Decimal("10.0"), Company=" Acme ", Email="A@B.example", CleanStatus="")
    assert compare(record, [wanted], lead) is None
    matched = Record("Lead", ID, {"CleanStatus": "Matched"})
    assert compare(matched, [decision(CleanStatus=" mATCHED")], lead) is None


def test_members_of_one_pool_are_one_conclusion() -> None:
    """Whose turn it is makes no new decision; another route or another value does."""
    ana = Decision("Lead", ID, "owner", {"OwnerId": "005A"}, (), {"route": "hot", "pool": "emea"})
    ben = Decision("Lead", ID, "owner", {"OwnerId": "005B"}, (), {"route": "hot", "pool": "emea"})
    cold = Decision("Lead", ID, "owner", {"OwnerId": "005B"}, (), {"route": "cold", "pool": "emea"})
    assert same_conclusion(ana, ben)
    assert not same_conclusion(ana, cold)
    assert not same_conclusion(decision(Score__c=1), decision(Score__c=2))
    assert not same_conclusion(decision(Score__c=1), decision(Grade__c=1))
