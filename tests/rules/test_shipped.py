"""The rules that are shipped: right, safe on any org, and good on the local one."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import Value
from sfsync.rules.check_people import check_people
from sfsync.rules.decide import decide
from sfsync.rules.facts import Facts, People
from sfsync.rules.rulebook import Rulebook, read_rulebook
from tests.rules.conftest import Leads, a_field, an_sobject, user_id

FOLDER = Path(__file__).parents[2] / "rules"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped(schemas: Mapping[str, SObject]) -> Rulebook:
    documents = {file.name: tomllib.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.toml")}
    assert documents
    rulebook, problems = read_rulebook(documents, schemas)
    assert rulebook is not None and problems == []
    return rulebook


def by_topic(decisions: list[Decision]) -> dict[str, Decision]:
    return {decision.topic: decision for decision in decisions}


def test_the_shipped_rules_read_standard_fields_only(shipped: Rulebook) -> None:
    """They work on any org that has the three fields they write."""
    custom = {name for name in shipped.fields("Lead") if name.endswith("__c")}
    assert custom == {"Score__c", "Grade__c", "Sfsync_Why__c"}
    assert not any("." in name for name in shipped.fields("Lead"))


@pytest.mark.long
def test_of_50000_owned_leads_none_is_given_another_owner(shipped: Rulebook, lead: Leads) -> None:
    """On an org whose leads people own, active or not, known or not, old or new, no owner change is planned."""
    owners = [user_id(n) for n in range(50)]
    base = dict(lead().fields)
    countries = ("Spain", "United States", "Japan", "Peru", None)

    def fields(number: int) -> dict[str, Value]:
        return base | {
            "OwnerId": owners[number % 50],
            "Country": countries[number % 5],
            "Title": "Chief Buyer" if number % 2 else None,
            "LastName": "Test" if number % 9 == 0 else "Meier",
            "CreatedDate": NOW - timedelta(days=number % 100),
        }

    records = [Record("Lead", f"00Q{number:012d}AAA", fields(number)) for number in range(50_000)]
    strangers = People({}, {}, user_id(99))
    facts = Facts(strangers, NOW, first_complete_at=NOW - timedelta(days=50))
    decisions, turns = decide(shipped, records, facts)
    topics = Counter(decision.topic for decision in decisions)
    assert topics == {"score": 50_000, "owner": 50_000}
    assert not any(decision.wanted for decision in decisions if decision.topic == "owner")
    assert all(not state["today"] for state in turns.values())
    assert any(decision.wanted for decision in decisions if decision.topic == "score")


def test_in_an_org_without_their_people_nothing_breaks_and_nothing_moves(
    shipped: Rulebook, lead: Leads, people: People
) -> None:
    """Users and queues the org does not have are passed over; the lead stays where it is, and the reasons are kept."""
    strangers = replace(people, users={}, queues={})
    record = lead(CreatedDate=NOW, Country="Spain", Title="CEO", Email="a@firm.example", LeadSource="Web")
    facts = Facts(strangers, NOW, first_complete_at=NOW - timedelta(days=1))
    decision = by_topic(decide(shipped, [record], facts)[0])["owner"]
    assert decision.wanted == {}
    assert "lead_routing/strong, EMEA: nobody of pool emea can take it" in decision.tried
    assert "lead_routing/otherwise: the org has no queue Inbound" in decision.tried
    assert all(problem.warning for problem in check_people(shipped, strangers))


@pytest.mark.parametrize(
    ("country", "title", "target"),
    [
        ("Spain", "CEO", "pool:emea"),
        ("united kingdom", "CEO", "pool:emea"),
        ("United States", "CEO", "pool:americas"),
        ("India", "CEO", "pool:apac"),
        ("Spain", None, "queue:EMEA"),
        ("USA", None, "queue:Americas"),
        ("Japan", None, "queue:APAC"),
        ("Atlantis", "CEO", "queue:Inbound"),
        (None, "CEO", "queue:Inbound"),
    ],
)
def test_strong_leads_go_to_people_and_the_others_to_the_queue_of_their_region(
    shipped: Rulebook, lead: Leads, people: People, country: str | None, title: str | None, target: str
) -> None:
    """What waits in Inbound is spread by country and score."""
    record = lead(Country=country, Title=title, Email="x@firm.example", LeadSource="Web", Phone="1" if title else None)
    decision = by_topic(decide(shipped, [record], Facts(people, NOW))[0])["owner"]
    assert decision.detail["to"] == target
    assert bool(decision.wanted) == (target != "queue:Inbound")


def test_the_best_and_the_worst_are_told_apart(shipped: Rulebook, lead: Leads, people: People) -> None:
    """A chief of a large company who came to us is an A; a test entry has the lowest grade and stays in the queue."""
    best = lead(1, Title="Chief Technology Officer", Email="c@firm.example", Phone="1", LeadSource="Web",
                NumberOfEmployees=5_000, Industry="Technology", Country="Spain")  # fmt: skip
    worst = lead(2, LastName="Test", Email="test@gmail.com", Country="Spain")
    first, second = (by_topic(decide(shipped, [record], Facts(people, NOW))[0]) for record in (best, worst))
    assert (first["score"].wanted["Grade__c"], second["score"].wanted["Grade__c"]) == ("A", "D")
    assert second["owner"].because == ("lead_routing/looks like a test: its owner keeps it",)


def test_a_second_deciding_after_the_first_was_carried_out_wants_nothing(
    shipped: Rulebook, lead: Leads, people: People
) -> None:
    """The rules settle: what they ask for satisfies them."""
    records = [
        lead(n, Country=("Spain", "Canada", None)[n % 3], Title=("CEO", None)[n % 2], Email="x@firm.example")
        for n in range(60)
    ]
    facts = Facts(people, NOW)
    decisions, turns = decide(shipped, records, facts)
    wanted: dict[str, dict[str, Value]] = {}
    for decision in decisions:
        wanted.setdefault(decision.id, {}).update(decision.wanted)
    after = [Record("Lead", record.id, {**record.fields, **wanted[record.id]}) for record in records]
    again, _ = decide(shipped, after, replace(facts, turns=turns))
    assert any(decision.wanted for decision in decisions)
    assert [decision for decision in again if decision.wanted] == []


def test_an_org_without_the_score_field_is_told_so_and_not_written_to(schemas: Mapping[str, SObject]) -> None:
    """The next step is in the message: nothing is guessed."""
    documents = {"lead_scoring.toml": tomllib.loads((FOLDER / "lead_scoring.toml").read_text("utf-8"))}
    fields = [field for name, field in schemas["Lead"].fields.items() if name != "Score__c"]
    rulebook, problems = read_rulebook(documents, {"Lead": an_sobject("Lead", *fields, a_field("Other__c", "string"))})
    assert rulebook is None
    assert [(problem.key_path, problem.message) for problem in problems] == [
        (("write", "score"), "Lead has no field Score__c")
    ]
