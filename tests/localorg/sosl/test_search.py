"""Searching words in many sObjects at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.sosl import parser, terms
from sfsync.localorg.wire import Refusal
from tests.localorg.conftest import Org

TEXT = "Ana-María O'Brien, Chief Officer of Acme_Corp 42 (ana@acme.example)"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("acme", True),
        ("ACME", True),
        ("acm", False),
        ("acm*", True),
        ("a?me", True),
        ("chief officer", True),
        ("officer chief", True),
        ('"chief officer"', True),
        ('"officer chief"', False),
        ("chief AND officer", True),
        ("chief nobody", False),
        ("chief OR nobody", True),
        ("chief AND NOT nobody", True),
        ("chief AND NOT officer", False),
        ("(nobody OR chief) AND 42", True),
        (r"o\'brien", True),
        ("ana@acme.example", True),
        ("maría", True),
        ("acme*corp", False),
    ],
)
def test_a_search_finds_what_its_words_say(search: str, found: bool) -> None:
    """Words in any order, phrases in order, operators, parentheses, wildcards, accents and punctuation."""
    assert terms.read(search).fits(TEXT) is found


@pytest.mark.parametrize(
    "search", ["", "a", "*", "a*", "chief AND", "AND chief", "(chief", "chief)", "()", "x OR OR y"]
)
def test_a_search_that_makes_no_sense_is_refused(search: str) -> None:
    """One character, operators without terms, parentheses left open."""
    with pytest.raises(Refusal) as caught:
        terms.read(search)
    assert caught.value.status == 400


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_search_breaks_the_org(search: str, text: str) -> None:
    """Any text is either refused or answered, alone and in a whole SOSL statement."""
    for attempt in (lambda: terms.read(search).fits(text), lambda: parser.parse(f"FIND {{{search}}} {text}")):
        try:
            attempt()
        except Refusal as refusal:
            assert refusal.status == 400


@given(st.text(alphabet="abé1 .,-_'", min_size=2, max_size=30))
def test_a_text_is_found_by_its_own_words(text: str) -> None:
    """Every word of two letters and more finds the text it stands in, and so do its first letters with a star."""
    for word in terms.words_of(text):
        if len(word) > 1:
            assert terms.read(word).fits(text)
            assert terms.read(word[:2] + "*").fits(text)
            assert terms.read(word).needed in text.lower()


def _search(org: Org, text: str) -> list[dict[str, Any]]:
    reply = org.ask("GET", "search", q=text)
    assert reply.status == 200, reply.body
    records = reply["searchRecords"]
    assert isinstance(records, list)
    return records


def test_each_sobject_shows_what_is_asked_of_it(org: Org) -> None:
    """Fields, conditions, order and limit stand behind each sObject; deleted records are not found."""
    first = org.make("Lead", LastName="Zorn", Company="Acme Iberia", Title="Boss")
    second = org.make("Lead", LastName="Abel", Company="Acme Polska", Title="Boss")
    org.make("Lead", LastName="Else", Company="Other")
    gone = org.make("Lead", LastName="Gone", Company="Acme")
    org.ask("DELETE", f"sobjects/Lead/{gone}")
    account = org.make("Account", Name="Acme")
    leads = "Lead(Id, Company WHERE Title = 'Boss' ORDER BY LastName)"
    found = _search(org, f"FIND {{acme}} IN ALL FIELDS RETURNING {leads}, Account")
    assert [one["Id"] for one in found] == [second, first, account]
    assert [list(one) for one in found] == [["attributes", "Id", "Company"]] * 2 + [["attributes", "Id"]]
    assert len(_search(org, "FIND {acme} RETURNING Lead(Id LIMIT 1), Account LIMIT 5")) == 2
    assert len(_search(org, "FIND {acme} RETURNING Lead(Id), Account LIMIT 1")) == 1


def test_without_returning_every_kind_of_record_is_found(org: Org) -> None:
    """Only ids are shown then."""
    made = {org.make("Lead", Company="Acme"), org.make("Account", Name="Acme"), org.make("Contact", LastName="Acme")}
    assert {one["Id"] for one in _search(org, "FIND {acme}")} == made


@pytest.mark.parametrize(("group", "hits"), [("ALL", 3), ("NAME", 1), ("EMAIL", 1), ("PHONE", 0), ("SIDEBAR", 1)])
def test_a_group_of_fields_is_searched_alone(org: Org, group: str, hits: int) -> None:
    """Names, e-mail addresses, phones."""
    org.make("Lead", LastName="Findme")
    org.make("Lead", LastName="A", Email="findme@example.com")
    org.make("Lead", LastName="B", Description="please findme")
    assert len(_search(org, f"FIND {{findme}} IN {group} FIELDS RETURNING Lead")) == hits


def test_a_parameterized_search_says_the_same(org: Org) -> None:
    """In the address or as JSON; operators in q are words."""
    lead = org.make("Lead", LastName="Nowak", Company="Acme")
    org.make("Account", Name="Acme")
    got = org.ask(
        "GET", "parameterizedSearch", q="Acme", sobject="Lead", **{"Lead.fields": "Id,LastName", "Lead.limit": "5"}
    )
    assert [(one["Id"], one["LastName"]) for one in got["searchRecords"]] == [(lead, "Nowak")]  # type: ignore[attr-defined]
    body = {"q": "Acme", "in": "NAME", "fields": ["Id"], "sobjects": [{"name": "Lead", "where": "LastName = 'Nowak'"}]}
    posted = org.ask("POST", "parameterizedSearch", {**body, "overallLimit": 1})
    assert [one["Id"] for one in posted["searchRecords"]] == [lead]  # type: ignore[attr-defined]


def test_before_version_37_the_records_are_a_bare_list(org: Org) -> None:
    """As old clients expect."""
    org.make("Account", Name="Acme")
    org.version = "36.0"
    assert isinstance(org.ask("GET", "search", q="FIND {Acme}").body, list)


def test_a_search_without_braces_is_told_so_in_known_words(org: Org) -> None:
    """Clients know this text."""
    told = org.ask("GET", "search", q="FIND acme").error()
    assert told == ("MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces.")


@pytest.mark.parametrize(
    ("text", "code", "excerpt", "at", "reason"),
    [
        (
            "FIND {Zzyzx} RETURNING Lead(foo)",
            "INVALID_FIELD",
            "FIND {Zzyzx} RETURNING Lead(foo)",
            28,
            "No such column 'foo' on entity 'Lead'",
        ),
        (
            "FIND {Zzyzx} RETURNING Account,\n  Lead(Id WHERE foo = 1 LIMIT 2)",
            "INVALID_FIELD",
            "  Lead(Id WHERE foo = 1 LIMIT 2)",
            16,
            "No such column 'foo' on entity 'Lead'",
        ),
        (
            "FIND {name} IN ALL TYPE RETURNING Account(name)",
            "MALFORMED_SEARCH",
            "FIND {name} IN ALL TYPE RETURNING Account(name)",
            18,
            "Malformed search token: TYPE",
        ),
        (
            "FIND {John|jane_gray@uoa.edu} RETURNING Contact",
            "MALFORMED_SEARCH",
            "FIND {John|jane_gray@uoa.edu} RETURNING Contact",
            9,
            "line 1:10 mismatched character '|' expecting '}'",
        ),
        (
            "FIND {Zzyzx} RETURNING Lead(COUNT(Id))",
            "MALFORMED_SEARCH",
            "FIND {Zzyzx} RETURNING Lead(COUNT(Id))",
            27,
            "unexpected token: 'COUNT'",
        ),
        (
            "FIND {Zzyzx} RETURNING Account(Id, (SELECT Id FROM Contacts))",
            "MALFORMED_SEARCH",
            "FIND {Zzyzx} RETURNING Account(Id, (SELECT Id FROM Contacts))",
            34,
            "unexpected token: '('",
        ),
        (
            "FIND {Zzyzx} RETURNING Lead(Id WHERE)",
            "MALFORMED_SEARCH",
            "{Zzyzx} RETURNING Lead(Id WHERE)",
            31,
            "unexpected token: '<EOF>'",
        ),
        (
            "FIND {Zzyzx} RETURNING Nonsense(Id)",
            "INVALID_TYPE",
            "FIND {Zzyzx} RETURNING Nonsense(Id)",
            23,
            "sObject type 'Nonsense' is not supported.",
        ),
    ],
)
def test_what_is_refused_points_into_the_search_as_it_was_written(
    org: Org, text: str, code: str, excerpt: str, at: int, reason: str
) -> None:
    """Its own line, a caret below the place, row and column; nothing of how the org goes about it."""
    org.make("Lead", LastName="Zzyzx", Company="A")
    told, message = org.ask("GET", "search", q=text).error()
    lines = message.split("\n")
    assert (told, lines[1], lines[2]) == (code, excerpt, " " * at + "^")
    assert lines[4].startswith(reason)
    assert "00Q" not in message


def test_a_parameterized_search_is_refused_in_its_own_words(org: Org) -> None:
    """Field and condition as they were given, behind the sObject they are for; brackets do not break out."""
    for name, value in (("Lead.fields", "Id,foo"), ("Lead.where", "foo = 1")):
        told, message = org.ask("GET", "parameterizedSearch", q="Acme", sobject="Lead", **{name: value}).error()
        assert told == "INVALID_FIELD" and "Lead(Id" in message and "SELECT" not in message
    reply = org.ask("GET", "parameterizedSearch", q="Acme", sobject="Lead", **{"Lead.where": "Name='x'), User(Id"})
    assert reply.error()[0] == "MALFORMED_SEARCH"
    many = org.ask("POST", "parameterizedSearch", {"q": "Acme", "sobjects": [{"name": "Lead"}] * 101})
    assert many.error()[0] == "MALFORMED_SEARCH"


def test_conditions_that_say_or_do_not_widen_a_search(org: Org) -> None:
    """What does not hold the words is never shown; an apostrophe or a bracket in a text is part of it."""
    lead = org.make("Lead", LastName="Acme (O'Neill", Company="A")
    org.make("Lead", LastName="Other", Company="B")
    where = r"LastName = 'Other' OR LastName = 'Acme (O\'Neill'"
    assert [one["Id"] for one in _search(org, f"FIND {{acme}} RETURNING Lead(Id WHERE {where}), Account")] == [lead]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING " + ", ".join(["Lead(Id)"] * 101), "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Lead(Id WHERE Name = 'x" + "x" * 100_000 + "')", "MALFORMED_SEARCH"),
        ("SELECT Id FROM Lead", "MALFORMED_SEARCH"),
        ("FIND {x}", "INVALID_SEARCH"),
        ("FIND {acme} IN ODD FIELDS", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Lead(", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Lead()", "MALFORMED_SEARCH"),
        ("FIND {acme} nonsense", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Nonsense", "INVALID_TYPE"),
        ("FIND {acme} RETURNING Lead(Nonsense)", "INVALID_FIELD"),
        ("FIND {acme} RETURNING Lead(Id WHERE Nonsense = 1)", "INVALID_FIELD"),
    ],
)
def test_a_bad_search_is_refused_with_its_code(org: Org, text: str, code: str) -> None:
    """HTTP 400 and an array of one error."""
    reply = org.ask("GET", "search", q=text)
    assert (reply.status, reply.error()[0]) == (400, code)
