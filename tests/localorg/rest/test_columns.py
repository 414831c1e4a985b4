"""`columns=true`: what a query would show, told instead of its records."""

from typing import Any

from tests.localorg.conftest import Org


def columns(org: Org, soql: str) -> dict[str, Any]:
    """Ask what a query would show."""
    reply = org.ask("GET", "query", q=soql, columns="true")
    assert reply.status == 200 and isinstance(reply.body, dict), reply.body
    return reply.body


def names(columns: list[dict[str, Any]]) -> list[Any]:
    """Give the names of columns, nested ones as pairs."""
    return [(one["columnName"], names(one["joinColumns"])) if one["joinColumns"] else one["columnName"]
            for one in columns]  # fmt: skip


def test_fields_parents_and_children_are_told_apart(org: Org) -> None:
    """A parent has columns of its own, children do too and are marked as many; nothing is told of the records."""
    told = columns(org, "SELECT Id, Owner.Name, (SELECT LastName FROM Contacts) FROM Account")
    assert names(told["columnMetadata"]) == ["Id", ("Owner", ["Name"]), ("Contacts", ["LastName"])]
    assert [one["aggregate"] for one in told["columnMetadata"]] == [False, False, True]
    assert (told["entityName"], told["keyPrefix"], told["idSelected"], told["groupBy"]) == (
        "Account", "001", True, False)  # fmt: skip
    assert "records" not in told


def test_types_are_told(org: Org) -> None:
    """Each field says whether it is a number, a text or a boolean, and whether it can be written."""
    told = {one["columnName"]: one for one in columns(
        org, "SELECT NumberOfEmployees, Email, IsConverted, Score__c FROM Lead")["columnMetadata"]}  # fmt: skip
    assert [told[name]["apexType"] for name in ("NumberOfEmployees", "Email", "IsConverted")] == [
        "Integer", "String", "Boolean"]  # fmt: skip
    assert (told["NumberOfEmployees"]["numberType"], told["IsConverted"]["updatable"]) == (True, False)
    assert (told["Score__c"]["custom"], told["Email"]["custom"]) == (True, False)


def test_functions_are_told_by_name(org: Org) -> None:
    """The result of a function is marked as one and shows its alias or else which; what is grouped by is not."""
    told = columns(org, "SELECT Status, COUNT(Id), MAX(CreatedDate) newest, SUM(NumberOfEmployees) FROM Lead "
                        "GROUP BY Status")  # fmt: skip
    shown = [(one["columnName"], one["displayName"], one["aggregate"]) for one in told["columnMetadata"]]
    assert shown == [("Status", "Status", False), ("expr0", "count", True), ("newest", "newest", True),
                     ("expr1", "sum", True)]  # fmt: skip
    assert told["groupBy"] is True
    assert columns(org, "SELECT COUNT() FROM Lead")["columnMetadata"] == []


def test_a_wrong_query_is_refused_as_ever(org: Org) -> None:
    """Unknown fields, in the list or in a filter, are refused with the code of the query itself."""
    for soql in ("SELECT Nope FROM Lead", "SELECT Id FROM Lead WHERE Nope = 1"):
        reply = org.ask("GET", "query", q=soql, columns="true")
        assert (reply.status, reply.error()[0]) == (400, "INVALID_FIELD")
