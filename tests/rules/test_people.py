"""Finding the people and queues that rules name."""

from collections.abc import Callable
from dataclasses import replace

from sfsync.rules.check_people import check_people
from sfsync.rules.facts import People, Queue
from sfsync.rules.rulebook import Rulebook
from tests.rules.conftest import routing, user_id

Book = Callable[..., Rulebook]


def test_users_are_found_by_username_and_by_an_address_that_one_has(people: People) -> None:
    """Case does not matter; a username goes before an address."""
    by_username, by_address = people.user("ANA@example.com"), people.user("Ana@mail.example")
    assert by_username is by_address is people.users[user_id(0)]
    assert people.user("nobody") is None


def test_an_address_that_several_have_finds_nobody(people: People) -> None:
    """Nobody gets records by mistake for somebody else."""
    twin = replace(people.users[user_id(1)], id=user_id(7), username="ben2@example.com")
    several = replace(people, users={**people.users, twin.id: twin})
    assert several.user("ben@mail.example") is None
    assert several.user("ben2@example.com") is twin


def test_queues_are_found_by_developer_name_and_by_a_label_that_one_has(people: People) -> None:
    """Salesforce keeps developer names of queues unique, labels not."""
    twins = {f"00G{n:012d}AAA": Queue(f"00G{n:012d}AAA", "Support", f"Support_{n}") for n in (10, 11)}
    several = replace(people, queues={**people.queues, **twins})
    assert several.queue("Support") is None
    assert several.queue("support_11") is twins["00G000000000011AAA"]
    assert several.queue("inbound") is several.queues["00G000000000000AAA"]


def test_people_the_org_lacks_are_warned_of_with_what_was_meant(book: Book, people: People) -> None:
    """A foreign org breaks nothing: each missing person or queue is a warning with the place in the file."""
    rulebook = book(
        lead_routing=routing(
            {"name": "a", "to": "user:gail@example.com"},
            {"name": "b", "to": "queue:EMAE"},
            {"name": "c", "to": "pool:p"},
            on=["created", "in_queue:Elsewhere"],
            from_users=["web2lead@example.com"],
            pool={"p": {"members": ["ana@example.com", "ann@example.com"]}},
            otherwise="queue:Inbound",
        )
    )
    problems = check_people(rulebook, people)
    assert [problem.key_path for problem in problems] == [
        ("on", 1),
        ("from_users", 0),
        ("pool", "p", "members", 1),
        ("route", 0, "to"),
        ("route", 1, "to"),
    ]
    assert {(problem.file, problem.warning) for problem in problems} == {("lead_routing.toml", True)}
    assert problems[2].next == "did you mean 'ana@example.com'?"
    assert problems[3].message == "gail@example.com is not active"
    assert problems[4].next == "did you mean 'EMEA'?"
