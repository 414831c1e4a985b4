"""What came with a later API version is not there in an earlier one."""

import pytest

from tests.localorg.conftest import Org

GATES = [
    ("POST", "jobs/ingest", 41),
    ("GET", "jobs/ingest", 41),
    ("POST", "jobs/query", 47),
    ("GET", "jobs/query", 47),
    ("POST", "composite/sobjects", 42),
    ("PATCH", "composite/sobjects/Lead/Ext_Id__c", 46),
    ("POST", "composite", 38),
    ("POST", "composite/graph", 50),
    ("GET", "limits/recordCount", 40),
    ("GET", "parameterizedSearch", 36),
    ("POST", "sobjects/Lead/Id", 37),
]


@pytest.mark.parametrize(("method", "path", "since"), GATES)
def test_a_resource_exists_from_its_version_on(org: Org, method: str, path: str, since: int) -> None:
    """The version before knows nothing under that method; its own version answers for itself."""
    body = b"" if method == "GET" else b"{}"
    org.version = f"{since - 1}.0"
    before = org.raw(method, path, body)
    org.version = f"{since}.0"
    after = org.raw(method, path, body)
    assert (before.status, before.body) != (after.status, after.body)
    assert before.status in (404, 405)


def test_the_lists_of_resources_name_what_there_is(org: Org) -> None:
    """Of a version, and of its composite family."""

    def listed(version: str, path: str) -> set[str]:
        org.version = version
        body = org.ask("GET", path).body
        assert isinstance(body, dict)
        return set(body)

    assert listed("59.0", "") - listed("38.0", "") == {"jobs"}
    assert listed("38.0", "composite") == {"tree", "batch"}
    assert listed("59.0", "composite") == {"tree", "batch", "sobjects", "graph"}


@pytest.mark.parametrize(
    ("soql", "since"),
    [
        ("SELECT FIELDS(STANDARD) FROM Lead", 51),
        ("SELECT TYPEOF Owner WHEN User THEN Username END FROM Lead", 46),
        ("SELECT Id, (SELECT FIELDS(STANDARD) FROM Contacts) FROM Account", 51),
    ],
)
def test_parts_of_soql_exist_from_their_version_on(org: Org, soql: str, since: int) -> None:
    """The version before refuses the query as it refuses any word it does not expect."""
    org.version = f"{since - 1}.0"
    code, message = org.ask("GET", "query", q=soql).error()
    assert code == "MALFORMED_QUERY" and "unexpected token" in message
    org.version = f"{since}.0"
    assert org.ask("GET", "query", q=soql).status == 200
