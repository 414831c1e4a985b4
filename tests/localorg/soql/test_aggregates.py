"""Aggregate queries give groups in Salesforce's shape."""

from typing import Any

import pytest

Asked = Any  # the fixture `org` of conftest.py


@pytest.fixture
def filled(org: Asked) -> Asked:
    """Give an org with five opportunities."""
    rows = [("A", "Prospecting", 1000), ("B", "Prospecting", 250), ("C", "Closed Won", None), ("a", "Closed Won", 5)]
    org.insert(
        "Opportunity", *({"Name": n, "StageName": s, "Amount": a, "CloseDate": "2026-01-15"} for n, s, a in rows)
    )
    org.insert("Opportunity", {"Name": "E", "StageName": None, "Amount": None, "CloseDate": "2025-05-05"})
    return org


def test_groups_are_aggregate_results_without_url(filled: Asked) -> None:
    """Unnamed aggregates are expr0, expr1 and so on; aliases name the others; totalSize counts groups."""
    result = filled.result(
        "SELECT StageName, COUNT(Id), SUM(Amount) total, AVG(Amount) FROM Opportunity GROUP BY StageName"
    )
    assert result.total == 3
    records = filled.records(
        "SELECT StageName, COUNT(Id), SUM(Amount) total, AVG(Amount) FROM Opportunity GROUP BY StageName "
        "HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC, StageName"
    )
    assert records[0] == {
        "attributes": {"type": "AggregateResult"},
        "StageName": "Prospecting",
        "expr0": 2,
        "total": 12.5,
        "expr1": 6.25,
    }
    assert records[1]["total"] == 0.05


def test_aggregates_leave_nulls_out(filled: Asked) -> None:
    """COUNT(field) counts what is there, COUNT_DISTINCT without case, AVG divides by what is there."""
    (record,) = filled.records(
        "SELECT COUNT(Amount) c, COUNT_DISTINCT(Name) d, AVG(Amount) a, MIN(CloseDate) m FROM Opportunity"
    )
    assert (record["c"], record["d"], record["m"]) == (3, 4, "2025-05-05")
    assert record["a"] == pytest.approx(12.55 / 3)


def test_an_empty_table_has_one_row_of_aggregates(org: Asked) -> None:
    """Without GROUP BY there is always one row: zero counts, null sums."""
    (record,) = org.records("SELECT COUNT(Id), SUM(Amount) FROM Opportunity")
    assert (record["expr0"], record["expr1"]) == (0, None)


def test_count_alone_answers_with_a_number(filled: Asked) -> None:
    """`COUNT()` puts its number into totalSize and gives no records; LIMIT caps it."""
    result = filled.result("SELECT COUNT() FROM Opportunity WHERE Amount != null")
    assert (result.total, list(result.records)) == (3, [])
    assert filled.result("SELECT COUNT() FROM Opportunity LIMIT 2").total == 2


def test_grouping_by_a_part_of_a_date(filled: Asked) -> None:
    """Date functions can be grouped by and named."""
    records = filled.records(
        "SELECT CALENDAR_YEAR(CloseDate) y, COUNT(Id) n FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate) "
        "ORDER BY CALENDAR_YEAR(CloseDate)"
    )
    assert [(one["y"], one["n"]) for one in records] == [(2025, 1), (2026, 4)]


def test_rollup_adds_subtotals(filled: Asked) -> None:
    """ROLLUP gives each group, each subtotal and the total; GROUPING tells a subtotal from a null."""
    records = filled.records(
        "SELECT StageName s, GROUPING(StageName) g, COUNT(Id) n FROM Opportunity GROUP BY ROLLUP(StageName)"
    )
    found = {(one["s"], one["g"]): one["n"] for one in records}
    assert found == {("Prospecting", 0): 2, ("Closed Won", 0): 2, (None, 0): 1, (None, 1): 5}


def test_having_and_order_can_ask_for_subtotals(filled: Asked) -> None:
    """GROUPING() in HAVING and ORDER BY; a subtotal's field is null there too, whatever its records hold."""
    rolled = "SELECT StageName s, COUNT(Id) n FROM Opportunity GROUP BY ROLLUP(StageName)"
    total = filled.records(f"{rolled} HAVING GROUPING(StageName) = 1")
    assert [(one["s"], one["n"]) for one in total] == [(None, 5)]
    groups = filled.records(f"{rolled} HAVING GROUPING(StageName) = 0 AND COUNT(Id) > 1")
    assert {one["s"] for one in groups} == {"Prospecting", "Closed Won"}
    ordered = filled.records(f"{rolled} ORDER BY GROUPING(StageName) DESC, COUNT(Id)")
    assert [one["n"] for one in ordered] == [5, 1, 2, 2]
    named = filled.records(f"{rolled} HAVING StageName != null")
    assert {one["s"] for one in named} == {"Prospecting", "Closed Won"}


def test_aggregates_can_be_formatted(org: Asked) -> None:
    """With and without groups, as FORMAT() shows any value; without a name it is expr0."""
    org.insert(
        "Opportunity",
        {"Name": "A", "StageName": "Open", "CloseDate": "2026-03-04", "Amount": 123450},
        {"Name": "B", "StageName": "Open", "CloseDate": "2026-01-02", "Amount": 100},
    )
    (one,) = org.records("SELECT FORMAT(MIN(CloseDate)) d, FORMAT(SUM(Amount)) FROM Opportunity")
    assert (one["d"], one["expr0"]) == ("1/2/2026", "$1,235.50")
    assert one["attributes"] == {"type": "AggregateResult"}
    (one,) = org.records("SELECT StageName, FORMAT(MAX(CloseDate)) d FROM Opportunity GROUP BY StageName")
    assert (one["StageName"], one["d"]) == ("Open", "3/4/2026")


def test_cube_gives_every_combination(filled: Asked) -> None:
    """CUBE over two fields gives groups by both, by each, and by none."""
    records = filled.records(
        "SELECT StageName, CALENDAR_YEAR(CloseDate) y, COUNT(Id) n FROM Opportunity "
        "GROUP BY CUBE(StageName, CALENDAR_YEAR(CloseDate))"
    )
    assert len(records) == 3 + 3 + 2 + 1
    assert max(one["n"] for one in records) == 5


def test_grouping_by_a_parent(org: Asked) -> None:
    """A grouped parent field is named by its last word; records without parent form a group."""
    (acme,) = org.insert("Account", {"Name": "Acme"})
    org.insert("Contact", {"Name": "A", "AccountId": acme}, {"Name": "B", "AccountId": acme}, {"Name": "C"})
    records = org.records("SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name ORDER BY Account.Name")
    assert [(one["Name"], one["n"]) for one in records] == [(None, 1), ("Acme", 2)]


def test_texts_differing_in_case_are_one_group(org: Asked) -> None:
    """Grouping does not look at case."""
    org.insert("Lead", {"Name": "A", "City": "Madrid"}, {"Name": "B", "City": "MADRID"})
    assert org.result("SELECT City, COUNT(Id) FROM Lead GROUP BY City").total == 1


def test_too_many_groups_are_refused(org: Asked) -> None:
    """Groups have no pages: more than 2,000 are refused with what to do."""
    org.insert("Lead", *({"Name": f"n{number}"} for number in range(2001)))
    refusal = org.refusal("SELECT Name, COUNT(Id) FROM Lead GROUP BY Name")
    assert refusal.code == "EXCEEDED_ID_LIMIT"
    assert org.result("SELECT Name, COUNT(Id) FROM Lead GROUP BY Name LIMIT 2000").total == 2000
