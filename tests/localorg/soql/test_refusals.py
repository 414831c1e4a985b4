"""What Salesforce refuses is refused with its code, status 400 and words."""

from typing import Any

import pytest

Asked = Any  # the fixture `org` of conftest.py

_NO_COLUMN = (
    "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' "
    "after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
)


def test_an_unknown_field_is_shown_where_it_stands(org: Asked) -> None:
    """The message is the excerpt, the caret under the field, its place, and the words."""
    refusal = org.refusal("SELECT Id, Nope FROM Lead")
    expected = (
        f"\nSELECT Id, Nope FROM Lead\n{' ' * 11}^\nERROR at Row:1:Column:12\n{_NO_COLUMN.format('Nope', 'Lead')}"
    )
    assert (refusal.status, refusal.code, refusal.message) == (400, "INVALID_FIELD", expected)


def test_an_unknown_sobject_is_shown_where_it_stands(org: Asked) -> None:
    """The words are the ones clients look for."""
    refusal = org.refusal("select count() from XYZZY")
    assert refusal.code == "INVALID_TYPE"
    assert refusal.message == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not "
        "supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


@pytest.mark.parametrize(
    ("soql", "code", "reason"),
    [
        ("SELECT Account.Nope FROM Contact", "INVALID_FIELD", _NO_COLUMN.format("Nope", "Account")),
        ("SELECT _deleted_at FROM Lead", "MALFORMED_QUERY", "no viable alternative at character '_'"),
        ("SELECT Nope.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Nope' in field path"),
        ("SELECT (SELECT Id FROM Nopes) FROM Account", "INVALID_TYPE", "relationship 'Nopes' in FROM part of query"),
        ("SELECT Id, id FROM Lead", "INVALID_FIELD", "duplicate field selected: id"),
        ("SELECT Id n FROM Lead", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        (
            "SELECT Id FROM Lead WHERE Description = 'x'",
            "INVALID_FIELD",
            "'Description' can not be filtered in a query",
        ),
        ("SELECT Id FROM Lead ORDER BY Description", "MALFORMED_QUERY", "'Description' can not be sorted in a query"),
        ("SELECT Id FROM Lead WHERE Address = 'x'", "INVALID_FIELD", "Address fields can only be filtered"),
        ("SELECT Id FROM Lead WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed in"),
        ("SELECT Id FROM Lead WHERE Score__c = '5'", "INVALID_FIELD", "must be of type double and should not be"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = '5'", "INVALID_FIELD", "must be of type int and should not"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime and should"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD", "must be of type dateTime and"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = 2026-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date"),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD", "must be of type boolean and should not"),
        (
            "SELECT Id FROM Lead WHERE IsConverted > true",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on boolean",
        ),
        ("SELECT Id FROM Lead WHERE Id = 'wonky'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: wonky"),
        ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        ("SELECT Id FROM Lead WHERE Status INCLUDES ('New')", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on"),
        ("SELECT Id FROM Lead WHERE CreatedDate = 2026-02-30T00:00:00Z", "INVALID_FIELD", "Invalid date"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT Name, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT COUNT(Id) FROM Lead LIMIT 1", "MALFORMED_QUERY", "cannot also use LIMIT"),
        ("SELECT SUM(Name) FROM Lead", "MALFORMED_QUERY", "field Name does not support aggregate operator SUM"),
        ("SELECT COUNT(IsConverted) FROM Lead", "MALFORMED_QUERY", "field IsConverted does not support aggregate"),
        ("SELECT Id FROM Lead GROUP BY CreatedDate", "MALFORMED_QUERY", "'CreatedDate' can not be grouped in a query"),
        ("SELECT Id FROM Lead WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT CALENDAR_YEAR(CreatedDate) FROM Lead", "MALFORMED_QUERY", "can only be used in a query with GROUP BY"),
        ("SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account", "MALFORMED_QUERY", "only root queries support"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Account)", "MALFORMED_QUERY", "on the same object type"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)", "MALFORMED_QUERY", "id or reference fields"),
        ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Lead)", "MALFORMED_QUERY", "point to the same"),
        (
            "SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "not allowed with the 'OR' operator",
        ),
        (
            "SELECT Id FROM Account WHERE (Id IN (SELECT AccountId FROM Contact) AND Name != 'x') OR Name = 'y'",
            "MALFORMED_QUERY",
            "only allowed at the top level WHERE expressions and not in nested",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'x' AND (Name = 'y' OR Id NOT IN (SELECT AccountId FROM Contact))",
            "MALFORMED_QUERY",
            "only allowed at the top level WHERE expressions and not in nested",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'x' AND (NOT Id IN (SELECT AccountId FROM Contact))",
            "MALFORMED_QUERY",
            "only allowed at the top level WHERE expressions and not in nested",
        ),
        ("SELECT Id FROM Lead WHERE Name = 'x' AND NOT (Status = 'x')", "MALFORMED_QUERY", "unexpected token: 'NOT'"),
        ("SELECT Id FROM Lead WHERE Name = 'x' OR NOT Rating = 'Hot'", "MALFORMED_QUERY", "unexpected token: 'NOT'"),
        ("SELECT Id FROM Lead WHERE NOT NOT Rating = 'Hot'", "MALFORMED_QUERY", "unexpected token: 'NOT'"),
        (
            "SELECT Who.Type, Who.Name, TYPEOF Who WHEN Lead THEN Company END FROM Task",
            "MALFORMED_QUERY",
            "The relationship 'Who' in TYPEOF is referenced elsewhere too",
        ),
        (
            "SELECT TYPEOF Who WHEN Lead THEN Company END, TYPEOF who WHEN Contact THEN Id END FROM Task",
            "MALFORMED_QUERY",
            "in TYPEOF is referenced elsewhere too",
        ),
        ("SELECT Id FROM Lead WHERE GROUPING(Status) = 1", "MALFORMED_QUERY", "unexpected token: 'GROUPING'"),
        ("SELECT FORMAT(MIN(CloseDate)), Name FROM Opportunity", "MALFORMED_QUERY", "must be grouped or aggregated"),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)",
            "MALFORMED_QUERY",
            "may not use ORDER BY, LIMIT",
        ),
        (
            "SELECT Owner.Manager.Manager.Manager.Manager.Manager.Name FROM Account",
            "MALFORMED_QUERY",
            "Only 5 levels of child to parent relationships",
        ),
    ],
)
def test_a_wrong_query_is_refused_with_its_code(org: Asked, soql: str, code: str, reason: str) -> None:
    """Names, types, operators and clauses that do not go together are refused, each with its own code."""
    refusal = org.refusal(soql)
    assert (refusal.status, refusal.code) == (400, code)
    assert reason in refusal.message


def test_semi_joins_go_with_brackets_and_with_and(org: Asked) -> None:
    """OR beside them in brackets is fine, and so are NOT and AND around what is none."""
    org.insert("Account", {"Name": "y"})
    none, either = "Id NOT IN (SELECT AccountId FROM Contact)", "(Name = 'x' OR Name = 'y')"
    for condition in (f"{none} AND {either}", f"({none} AND Name = 'y') AND {either}", f"({none})"):
        assert len(org.records(f"SELECT Id FROM Account WHERE {condition} AND (NOT Name = 'x')")) == 1


def test_hundreds_of_fields_are_shown_and_what_is_too_much_is_refused(org: Asked) -> None:
    """A select list may be as long as any; clauses that no database takes are QUERY_TOO_COMPLICATED, not a crash."""
    org.insert("Lead", {"Name": "A"})
    (record,) = org.records(f"SELECT {', '.join(f'FORMAT(CreatedDate) a{n}' for n in range(1500))} FROM Lead")
    assert len(record) == 1501
    (group,) = org.records(f"SELECT {', '.join(f'COUNT(Id) a{n}' for n in range(1500))} FROM Lead")
    assert group["a1499"] == 1
    for clause in ("ORDER BY", "WHERE IsDeleted = false ORDER BY"):
        refusal = org.refusal(f"SELECT Id FROM Lead {clause} {', '.join(['Name'] * 5000)}")
        assert (refusal.status, refusal.code) == (400, "QUERY_TOO_COMPLICATED")


def test_a_refusal_never_depends_on_records(org: Asked) -> None:
    """A wrong query is wrong in an empty org and in a full one alike."""
    before = org.refusal("SELECT Nope FROM Lead").message
    org.insert("Lead", {"Name": "A"})
    assert org.refusal("SELECT Nope FROM Lead").message == before


@pytest.mark.parametrize("function", ["FORMAT(Status)", "toLabel(Status)"])
def test_a_field_that_is_shown_twice_needs_another_name_once(org: Asked, function: str) -> None:
    """Documented for functions that show a field; with an alias both are there."""
    refusal = org.refusal(f"SELECT Status, {function} FROM Lead")
    assert (refusal.code, refusal.message) == ("INVALID_FIELD", "duplicate field selected: Status")
    org.result(f"SELECT Status, {function} shown FROM Lead")
