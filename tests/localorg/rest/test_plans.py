"""Promises of query plans."""

import pytest

from tests.localorg.conftest import Org


def _plans(org: Org, soql: str) -> list[tuple[str, list[str], int, float]]:
    plans = org.ask("GET", "query", explain=soql)["plans"]
    keys = ("leadingOperationType", "fields", "cardinality", "relativeCost")
    return [tuple(one[key] for key in keys) for one in plans]  # type: ignore[misc,attr-defined]


@pytest.fixture
def leads(org: Org) -> Org:
    """Twenty leads, of which ten have a key, and one is deleted besides."""
    for number in range(10):
        org.make("Lead", Ext_Id__c=f"X{number}", FirstName="Ana", Rating="Hot")
        org.make("Lead", Email=f"a{number}@example.com")
    org.ask("DELETE", f"sobjects/Lead/{org.make('Lead')}")
    return org


def test_a_plan_has_the_keys_of_a_real_one(leads: Org) -> None:
    """In their order, with notes of what no index helps with."""
    reply = leads.ask("GET", "query", explain="SELECT Name FROM Lead WHERE Rating = 'Hot' AND Ext_Id__c = 'X1' LIMIT 1")
    first = reply["plans"][0]  # type: ignore[index]
    unindexed = "Not considering filter for optimization because unindexed"
    assert list(first.items()) == [
        ("cardinality", 1),
        ("fields", ["Ext_Id__c"]),
        ("leadingOperationType", "Index"),
        ("notes", [
            {"description": unindexed, "fields": [one], "tableEnumOrId": "Lead"} for one in ("Rating", "IsDeleted")
        ]),
        ("relativeCost", 0.5),
        ("sobjectCardinality", 20),
        ("sobjectType", "Lead"),
    ]  # fmt: skip


def test_the_cheapest_plan_is_told_first(leads: Org) -> None:
    """An index that finds too many costs more than a scan, a custom one sooner than a standard one."""
    scan = ("TableScan", [], 20, 3.333)
    assert _plans(leads, "SELECT Id FROM Lead") == [scan]
    assert _plans(leads, "SELECT Id FROM Lead WHERE Email LIKE 'a1%'") == [
        ("Index", ["Email"], 1, 0.167),
        ("TableScan", [], 1, 3.333),
    ]
    assert _plans(leads, "SELECT Id FROM Lead l WHERE l.Ext_Id__c > 'A' AND CreatedDate = TODAY ORDER BY Name") == [
        ("Index", ["CreatedDate"], 20, 3.333),
        ("TableScan", [], 10, 3.333),
        ("Index", ["Ext_Id__c"], 10, 5.0),
    ]


@pytest.mark.parametrize(
    "where",
    [
        "Rating = 'Hot'",
        "Email LIKE '%1@example.com'",
        "Email != 'a'",
        "Email = null",
        "Email NOT IN ('a')",
        "Email = 'a' OR Ext_Id__c = 'b'",
        "NOT Email = 'a'",
        "Owner.Name = 'x'",
    ],
)
def test_what_no_index_can_find_is_scanned_for(leads: Org, where: str) -> None:
    """Negations, ends of words, null, alternatives, values of parents."""
    (plan,) = _plans(leads, f"SELECT Id FROM Lead WHERE {where}")
    assert plan[0] == "TableScan"


def test_nothing_is_looked_at_or_counted_as_viewed(leads: Org) -> None:
    """A plan is no query."""
    _plans(leads, "SELECT Id FROM Lead WHERE OwnerId IN ('005000000000001AAA') FOR VIEW")
    assert leads.ask("GET", "recent").body == []


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Nope FROM Lead", "INVALID_FIELD"),
    ],
)
def test_what_is_wrong_with_a_query_is_wrong_with_its_plan(org: Org, soql: str, code: str) -> None:
    """In the same words."""
    told = org.ask("GET", "query", explain=soql)
    assert told.status == 400 and told.error() == org.ask("GET", "query", q=soql).error()
    assert told.error()[0] == code
