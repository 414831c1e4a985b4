"""Who gets a record, who keeps it, and why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.rules.decide import TurnStates, decide
from sfsync.rules.facts import Facts, People
from sfsync.rules.rulebook import Rulebook
from tests.rules.conftest import Document, Leads, routing, scoring, user_id

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST_PULL = datetime(2026, 6, 1, tzinfo=UTC)
Book = Callable[..., Rulebook]

ANA, BEN, CARLA, GAIL, ME = (user_id(n) for n in (0, 1, 2, 5, 99))
INBOUND, EMEA = ("00G000000000000AAA", "00G000000000001AAA")
TO_EMEA: dict[str, object] = {"name": "all", "to": "queue:EMEA"}


def routed(rulebook: Rulebook, people: People, *records: Record, **facts: object) -> list[Decision]:
    decisions, _ = decide(rulebook, records, Facts(people, NOW, first_complete_at=FIRST_PULL, **facts))  # type: ignore[arg-type]
    return [decision for decision in decisions if decision.topic == "owner"]


def owner(rulebook: Rulebook, people: People, record: Record, **facts: object) -> object:
    return routed(rulebook, people, record, **facts)[0].wanted.get("OwnerId")


def pool(*members: object, **more: object) -> Document:
    return routing({"name": "all", "to": "pool:emea"}, pool={"emea": {"members": list(members)}}, **more)


# --- who is up for routing ---

owners = st.sampled_from([INBOUND, EMEA, ANA, BEN, CARLA, GAIL, ME, user_id(42)])


@given(
    st.lists(st.tuples(owners, st.integers(0, 300), st.booleans()), min_size=1, max_size=15),
    st.sets(st.sampled_from(["created", "in_queue:Inbound", "in_queue:EMEA"]), min_size=1),
    st.sampled_from(["queue:APAC", "user:ana@example.com", "pool:emea", "keep"]),
)
def test_no_lead_is_ever_taken_out_of_a_persons_hands(
    book: Book, lead: Leads, people: People, leads: list[tuple[str, int, bool]], on: set[str], to: str
) -> None:
    """Whatever the rules, the time and the leads: what a user owns stays theirs unless a rule file lifts that."""
    document = pool("ana@example.com", "ben@example.com", on=sorted(on), otherwise=to)
    document["route"] = [{"name": "all", "to": to}]
    records = [
        lead(n, OwnerId=has, CreatedDate=FIRST_PULL + timedelta(days=day - 150))
        for n, (has, day, _) in enumerate(leads)
    ]
    made_here = frozenset(record.id for record, (_, _, new) in zip(records, leads, strict=True) if new)
    for record, decision in zip(
        records, routed(book(lead_routing=document), people, *records, made_here=made_here), strict=True
    ):
        assert decision.id == record.id
        if str(record.fields["OwnerId"]).startswith("005") and record.fields["OwnerId"] != ME:
            assert not decision.wanted


def test_take_from_people_lifts_the_protection(book: Book, lead: Leads, people: People) -> None:
    """Only the rule file can say that people may lose records."""
    record = lead(OwnerId=BEN, CreatedDate=NOW)
    kept, taken = (book(lead_routing=routing(TO_EMEA, on=["created"], take_from_people=flag)) for flag in (False, True))
    assert (owner(kept, people, record), owner(taken, people, record)) == (None, EMEA)
    assert routed(kept, people, record)[0].because == ("lead_routing: Ben owns it, and nothing is taken from people",)


def test_the_programs_own_user_and_those_in_from_users_hold_nothing_back(
    book: Book, lead: Leads, people: People
) -> None:
    """What an import or an integration owns is not in a person's hands."""
    rulebook = book(lead_routing=routing(TO_EMEA, on=["created"], from_users=["CARLA@example.com"]))
    has = {who: owner(rulebook, people, lead(OwnerId=who, CreatedDate=NOW)) for who in (ME, CARLA, BEN)}
    assert has == {ME: EMEA, CARLA: EMEA, BEN: None}


def test_created_means_after_the_first_pull_or_by_this_run(book: Book, lead: Leads, people: People) -> None:
    """Old leads of an org that is connected for the first time are not new."""
    rulebook = book(lead_routing=routing(TO_EMEA, on=["created"]))
    old, new = lead(1, CreatedDate=FIRST_PULL), lead(2, CreatedDate=FIRST_PULL + timedelta(seconds=1))
    assert [owner(rulebook, people, old), owner(rulebook, people, new)] == [None, EMEA]
    assert owner(rulebook, people, old, made_here=frozenset({old.id})) == EMEA
    facts = Facts(people, NOW, first_complete_at=None)
    assert not decide(rulebook, [new], facts)[0][0].wanted


def test_a_new_lead_that_was_given_away_does_not_come_back_by_itself(book: Book, lead: Leads, people: People) -> None:
    """Somebody who moves a lead that the rules had routed, or takes it back by undo, is not overruled."""
    rulebook = book(lead_routing=routing(TO_EMEA, on=["created"]))
    record = lead(CreatedDate=NOW)
    assert owner(rulebook, people, record, last_written={(record.id, "OwnerId"): NOW}) is None


def test_only_the_queues_named_are_emptied(book: Book, lead: Leads, people: People) -> None:
    """A lead in another queue stays there."""
    rulebook = book(lead_routing=routing({"name": "all", "to": "queue:APAC"}))
    assert owner(rulebook, people, lead(OwnerId=INBOUND)) == "00G000000000003AAA"
    assert owner(rulebook, people, lead(OwnerId=EMEA)) is None


def test_converted_leads_and_those_of_unknown_owner_are_left_alone(book: Book, lead: Leads, people: People) -> None:
    """What cannot be changed, or is not known, is not decided."""
    rulebook = book(lead_routing=routing(TO_EMEA))
    assert owner(rulebook, people, lead(IsConverted=True)) is None
    known = lead()
    blind = Record("Lead", known.id, {name: value for name, value in known.fields.items() if name != "OwnerId"})
    assert routed(rulebook, people, blind)[0].because == ("lead_routing: not known here: OwnerId",)


# --- where it goes ---


def test_the_first_route_that_holds_decides(book: Book, lead: Leads, people: People) -> None:
    """Order is priority; the routes before it are told with why they did not hold."""
    rulebook = book(
        lead_routing=routing(
            {"name": "Spain", "when": 'Country = "Spain"', "to": "user:ana@example.com"},
            {
                "name": "bosses",
                "when": 'CONTAINS(Title, "Chief")',
                "to": "user:ben@mail.example",
                "first_touch_minutes": 30,
            },
            {"name": "rest", "when": "TRUE", "to": "queue:EMEA"},
        )
    )
    decision = routed(rulebook, people, lead(Title="Chief", Country="Peru"))[0]
    assert decision.wanted == {"OwnerId": BEN}
    assert decision.because == ("lead_routing/bosses: to Ben",)
    assert decision.tried == ("lead_routing/Spain: does not hold",)
    assert decision.detail == {"route": "bosses", "to": "user:ben@mail.example", "first_touch_minutes": 30}


def test_routes_see_the_score_of_this_run(book: Book, lead: Leads, people: People) -> None:
    """$Score and $Grade are what the rules have just made of the record, not what it held."""
    rulebook = book(
        lead_scoring=scoring(("boss", 'Title = "Chief"', 50)),
        lead_routing=routing({"name": "hot", "when": 'AND($Score >= 50, $Grade = "A")', "to": "queue:EMEA"}),
    )
    assert owner(rulebook, people, lead(Title="Chief", Score__c=0)) == EMEA
    assert owner(rulebook, people, lead(Title="Buyer", Score__c=99)) is None


def test_routes_see_the_present_owner(book: Book, lead: Leads, people: People) -> None:
    """Owner.Name and its like are known from the org's people, as Setup spells them for owners of two kinds too."""
    rulebook = book(
        lead_routing=routing(
            {
                "name": "left behind",
                "when": 'AND(Owner:User.Email = "gail@mail.example", NOT(Owner.IsActive))',
                "to": "queue:EMEA",
            },
            {"name": "waiting", "when": 'Owner:Queue.QueueName = "Inbound"', "to": "queue:APAC"},
            on=["created", "in_queue:Inbound"],
            from_users=["gail@example.com"],
        )
    )
    assert owner(rulebook, people, lead(OwnerId=GAIL, CreatedDate=NOW)) == EMEA
    assert owner(rulebook, people, lead(OwnerId=INBOUND)) == "00G000000000003AAA"


def test_a_target_that_is_not_there_is_passed_over_with_the_reason(book: Book, lead: Leads, people: People) -> None:
    """Somebody who left, or whom this org never had, gets nothing; the next route that holds does."""
    rulebook = book(
        lead_routing=routing(
            {"name": "left", "to": "user:gail@example.com"},
            {"name": "foreign", "to": "user:nobody@example.com"},
            {"name": "no queue", "when": "LEN(LastName) = 0", "to": "queue:Nowhere"},
            {"name": "empty pool", "to": "pool:ghosts"},
            pool={"ghosts": {"members": ["gail@example.com"]}},
            otherwise="queue:EMEA",
        )
    )
    decision = routed(rulebook, people, lead())[0]
    assert decision.wanted == {"OwnerId": EMEA}
    assert decision.because == ("lead_routing/otherwise: to queue EMEA",)
    assert decision.tried == (
        "lead_routing/left: gail@example.com is not active",
        "lead_routing/foreign: the org has no user nobody@example.com",
        "lead_routing/no queue: the org has no queue Nowhere",
        "lead_routing/empty pool: gail@example.com is not active",
        "lead_routing/empty pool: nobody of pool ghosts can take it",
    )


@pytest.mark.parametrize("to", ["keep", "queue:Inbound"])
def test_keeping_and_staying_change_nothing(book: Book, lead: Leads, people: People, to: str) -> None:
    """A route can say that a record stays where it is; nothing is written then."""
    decision = routed(book(lead_routing=routing({"name": "stay", "to": to})), people, lead())[0]
    assert (decision.wanted, decision.detail["route"]) == ({}, "stay")


def test_no_route_and_no_otherwise_is_told(book: Book, lead: Leads, people: People) -> None:
    """A record nobody wants stays, with the reason."""
    rulebook = book(lead_routing=routing({"name": "never", "when": "FALSE", "to": "keep"}))
    assert routed(rulebook, people, lead())[0].because == ("lead_routing: no route holds",)


# --- pools ---


def test_members_take_turns_by_weight(book: Book, lead: Leads, people: People) -> None:
    """A weight of 2 gets twice as many, spread evenly."""
    rulebook = book(lead_routing=pool("ana@example.com", {"user": "ben@example.com", "weight": 2}))
    decisions = routed(rulebook, people, *(lead(n) for n in range(6)))
    assert [decision.detail["member"] for decision in decisions].count("ben@example.com") == 4
    assert decisions[0].because == ("lead_routing/all: to Ben, whose turn it is in pool emea",)


def test_a_member_with_enough_for_the_day_is_passed_over(book: Book, lead: Leads, people: People) -> None:
    """cap_per_day holds over all runs of a day, and what is beyond all caps goes on to the next route."""
    rulebook = book(lead_routing=pool({"user": "ana@example.com", "cap_per_day": 2}, otherwise="queue:EMEA"))
    facts = Facts(people, NOW)
    first, turns = decide(rulebook, [lead(1)], facts)
    later, _ = decide(rulebook, [lead(2), lead(3)], replace(facts, turns=turns))
    assert [decision.wanted["OwnerId"] for decision in (*first, *later)] == [ANA, ANA, EMEA]
    assert "ana@example.com has had 2 today" in later[1].tried[0]
    tomorrow, _ = decide(rulebook, [lead(4)], replace(facts, turns=turns, now=NOW + timedelta(days=1)))
    assert tomorrow[0].wanted["OwnerId"] == ANA


def test_a_member_who_has_the_record_keeps_it(book: Book, lead: Leads, people: People) -> None:
    """A pool does not hand a record from one of its members to another."""
    rulebook = book(lead_routing=pool("ana@example.com", "ben@example.com", on=["created"], take_from_people=True))
    decision = routed(rulebook, people, lead(OwnerId=BEN, CreatedDate=NOW))[0]
    assert (decision.wanted, decision.detail["member"]) == ({}, "ben@example.com")


@given(st.lists(st.integers(0, 40), unique=True, max_size=25), st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_decisions_in_any_order(
    book: Book, lead: Leads, people: People, numbers: list[int], chance: object
) -> None:
    """Deciding is repeatable: neither the order in which records come nor an earlier deciding changes the outcome."""
    rulebook = book(
        lead_scoring=scoring(("web", 'ISPICKVAL(LeadSource, "Web")', 25)),
        lead_routing=pool("ana@example.com", {"user": "ben@example.com", "weight": 3}, "carla@example.com"),
    )
    records = [lead(n, LeadSource="Web" if n % 3 else None) for n in numbers]
    shuffled = list(records)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    facts = Facts(people, NOW)
    assert decide(rulebook, records, facts) == decide(rulebook, shuffled, facts) == decide(rulebook, records, facts)


@given(st.lists(st.integers(0, 30), max_size=6))
def test_routing_in_several_runs_gives_the_turns_of_one(
    book: Book, lead: Leads, people: People, sizes: list[int]
) -> None:
    """Fairness does not depend on how the day's leads fall into runs."""
    rulebook = book(lead_routing=pool("ana@example.com", {"user": "ben@example.com", "weight": 3}, "carla@example.com"))
    records = [lead(n) for n in range(sum(sizes))]
    whole, at_once = decide(rulebook, records, Facts(people, NOW))
    turns: TurnStates = {}
    parts: list[Decision] = []
    for size in sizes:
        taken = records[len(parts) : len(parts) + size]
        decisions, turns = decide(rulebook, taken, Facts(people, NOW, turns=turns))
        parts += decisions
    assert parts == whole
    assert not sizes or turns == at_once
