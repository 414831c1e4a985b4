"""Scores, grades and their reasons."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.rules.decide import decide
from sfsync.rules.facts import Facts, People
from sfsync.rules.rulebook import Rulebook
from tests.rules.conftest import Leads, scoring

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Book = Callable[..., Rulebook]


def scored(rulebook: Rulebook, record: Record, people: People, **facts: object) -> Decision:
    decisions, _ = decide(rulebook, [record], Facts(people, NOW, **facts))  # type: ignore[arg-type]
    return next(decision for decision in decisions if decision.topic == "score")


@pytest.fixture(scope="module")
def boss_or_web(book: Book) -> Rulebook:
    return book(
        lead_scoring=scoring(
            ("boss", 'CONTAINS(LOWER(Title), "chief")', 30),
            ("web", 'ISPICKVAL(LeadSource, "Web")', 25),
            ("free mail", 'CONTAINS(Email, "@gmail.")', -10),
        )
    )


def test_every_score_tells_which_rules_gave_how_many_points(boss_or_web: Rulebook, lead: Leads, people: People) -> None:
    """Reasons name file, rule and points, and the rules that did not hold are kept too."""
    decision = scored(boss_or_web, lead(Title="Chief Buyer", Email="a@gmail.com"), people)
    assert decision.because == ("lead_scoring/boss: +30", "lead_scoring/free mail: -10")
    assert decision.tried == ("lead_scoring/web: does not hold",)
    assert decision.detail == {"score": 20, "grade": "B"}
    assert decision.wanted == {"Score__c": Decimal(20), "Grade__c": "B"}


def test_a_record_that_fits_no_rule_scores_0_and_says_so(boss_or_web: Rulebook, lead: Leads, people: People) -> None:
    """No rule holding is a result, not a gap."""
    decision = scored(boss_or_web, lead(), people)
    assert (decision.wanted, decision.because) == (
        {"Score__c": Decimal(0), "Grade__c": "C"},
        ("lead_scoring: no rule holds, so 0",),
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(-500, 500)), max_size=12))
def test_the_score_is_the_sum_of_the_points_of_the_rules_that_hold(
    book: Book, lead: Leads, people: People, rules: list[tuple[bool, int]]
) -> None:
    """Whatever the rules, the score is what a person would add up from the reasons."""
    document = scoring(*((f"r{n}", str(holds), points) for n, (holds, points) in enumerate(rules)))
    decision = scored(book(lead_scoring=document), lead(), people)
    expected = sum(points for holds, points in rules if holds)
    assert decision.detail["score"] == expected
    assert decision.detail["grade"] == ("A" if expected >= 50 else "B" if expected >= 20 else "C")
    told = [int(line.rpartition(" ")[2]) for line in decision.because if "/" in line]
    assert sum(told) == expected


def test_what_a_record_holds_already_is_not_asked_for_again(boss_or_web: Rulebook, lead: Leads, people: People) -> None:
    """Once written, a decision wants nothing more: a second plan is empty."""
    first = scored(boss_or_web, lead(Title="Chief"), people)
    again = scored(boss_or_web, lead(Title="Chief", **first.wanted), people)
    assert first.wanted and not again.wanted


def test_a_score_that_hardly_moved_is_kept_and_the_reason_told(book: Book, lead: Leads, people: People) -> None:
    """Where the file says so, small moves are not written; `kept` tells why."""
    rulebook = book(lead_scoring=scoring(("known", "NOT(ISBLANK(Title))", 24), when="by 5"))
    decision = scored(rulebook, lead(Title="x", Score__c=Decimal(22), Grade__c="B"), people)
    assert not decision.wanted
    assert "24 is too near to 22" in str(decision.detail["kept"])


def test_reasons_written_to_the_record_fit_the_field(book: Book, lead: Leads, people: People) -> None:
    """The text for the record is cut to the field's length, so that the org does not refuse the update."""
    document = scoring(*((f"rule number {n}", "TRUE", 3) for n in range(20)))
    document["write"] = {"score": "Score__c", "why": "Sfsync_Why__c"}
    text = scored(book(lead_scoring=document), lead(), people).wanted["Sfsync_Why__c"]
    assert isinstance(text, str)
    assert text.startswith("60 (A): rule number 0 +3; ")
    assert len(text) <= 60
    assert text.endswith("…")


def test_a_formula_that_fails_counts_as_not_holding(book: Book, lead: Leads, people: People) -> None:
    """A division by zero on one record costs that record the points, with the reason, and stops nothing."""
    rulebook = book(lead_scoring=scoring(("odd", "1 / NumberOfEmployees > 0", 5), ("plain", "TRUE", 2)))
    decision = scored(rulebook, lead(NumberOfEmployees=0), people)
    assert decision.detail["score"] == 2
    assert "#Error!" in decision.tried[0]


def test_a_blank_number_is_blank_and_not_0(book: Book, lead: Leads, people: People) -> None:
    """Unknown is not small: a lead of unknown size gets no points for being small."""
    rulebook = book(
        lead_scoring=scoring(("small", "NumberOfEmployees < 10", 5), ("unknown", "ISBLANK(NumberOfEmployees)", 7))
    )
    assert scored(rulebook, lead(), people).detail["score"] == 7


def test_a_record_of_which_a_field_is_not_known_is_not_scored(
    boss_or_web: Rulebook, lead: Leads, people: People
) -> None:
    """A field that was not pulled, or is hidden, is not blank: no score is made of it."""
    known = lead()
    record = Record("Lead", known.id, {name: value for name, value in known.fields.items() if name != "Title"})
    decision = scored(boss_or_web, record, people)
    assert (decision.wanted, decision.because) == ({}, ("lead_scoring: not known here: Title",))


def test_converted_leads_and_tombstones_are_left_alone(boss_or_web: Rulebook, lead: Leads, people: People) -> None:
    """The org refuses changes of converted leads, and deleted ones are gone: neither is asked for."""
    converted = scored(boss_or_web, lead(Title="Chief", IsConverted=True), people)
    assert (converted.wanted, converted.because) == ({}, ("lead_scoring: a converted lead takes no changes",))
    gone = lead(Title="Chief")
    assert decide(boss_or_web, [Record("Lead", gone.id, gone.fields, deleted=True)], Facts(people, NOW))[0] == []


def test_scores_below_the_lowest_grade_have_the_lowest_grade(book: Book, lead: Leads, people: People) -> None:
    """Negative sums are graded too."""
    rulebook = book(lead_scoring=scoring(("bad", "TRUE", -7)))
    assert scored(rulebook, lead(), people).wanted == {"Score__c": Decimal(-7), "Grade__c": "C"}


def test_a_days_end_is_that_of_the_org(book: Book, lead: Leads, people: People) -> None:
    """TODAY() in a rule is the day in the org's zone at the time of the run."""
    rulebook = book(lead_scoring=scoring(("today", "DATEVALUE(CreatedDate) = TODAY()", 5)))
    record = lead(CreatedDate=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert scored(rulebook, record, people).detail["score"] == 0
    assert scored(rulebook, record, people, zone=ZoneInfo("Europe/Madrid")).detail["score"] == 5
