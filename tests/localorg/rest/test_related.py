"""Records by their relationships, and ids that are none."""

from tests.localorg.conftest import Org


def test_a_parent_is_shown_by_the_relationship_that_leads_to_it(org: Org) -> None:
    """As if it were read by its own Id, its owner too; 404 where there is none, or no such relationship."""
    account, contact = org.make("Account", Name="Acme"), org.make("Contact")
    org.ask("PATCH", f"sobjects/Contact/{contact}", {"AccountId": account})
    shown = org.ask("GET", f"sobjects/Contact/{contact}/account", fields="Name")
    assert (shown["Name"], shown["Id"]) == ("Acme", account)
    assert org.ask("GET", f"sobjects/Contact/{contact}/Owner")["Id"] == org.user_id
    assert org.ask("GET", f"sobjects/Account/{account}/Parent").status == 404
    assert org.ask("GET", f"sobjects/Account/{account}/Nothing").status == 404


def test_a_parent_is_changed_and_deleted_by_the_relationship_that_leads_to_it(org: Org) -> None:
    """As by its own Id: 204 without a body; there is none before version 36, nor where the reference is empty."""
    account = org.make("Account", Name="Acme")
    contact, alone = org.make("Contact", AccountId=account), org.make("Contact")
    path = f"sobjects/Contact/{contact}/Account"
    changed = org.ask("PATCH", path, {"Name": "Acme Ltd"})
    assert (changed.status, changed.body) == (204, None)
    assert org.get("Account", account)["Name"] == "Acme Ltd"
    assert org.ask("PATCH", f"sobjects/Contact/{alone}/Account", {"Name": "X"}).status == 404
    org.version = "35.0"
    assert org.ask("GET", path).status == org.ask("PATCH", path, {"Name": "X"}).status == 404
    org.version = "59.0"
    assert org.ask("DELETE", path).status == 204
    assert org.ask("GET", f"sobjects/Account/{account}").error()[0] == "ENTITY_IS_DELETED"


def test_children_are_not_changed_by_a_relationship(org: Org) -> None:
    """They are several; what is no relationship at all is not found."""
    account = org.make("Account")
    assert org.ask("PATCH", f"sobjects/Account/{account}/Contacts", {"LastName": "X"}).status == 405
    assert org.ask("DELETE", f"sobjects/Account/{account}/Contacts").status == 405
    assert org.ask("DELETE", f"sobjects/Account/{account}/Nothing").status == 404


def test_children_are_shown_as_a_query_shows_them(org: Org) -> None:
    """With their number, and the fields asked for or all."""
    account = org.make("Account")
    contact = org.make("Contact", AccountId=account)
    org.make("Contact")
    found = org.ask("GET", f"sobjects/Account/{account}/Contacts", fields="LastName").body
    assert isinstance(found, dict) and (found["totalSize"], found["done"]) == (1, True)
    assert list(found["records"][0]) == ["attributes", "LastName"]
    everything = org.ask("GET", f"sobjects/Account/{account}/Contacts").body
    assert isinstance(everything, dict) and everything["records"][0]["Id"] == contact


def test_what_is_as_long_as_an_id_and_none_is_malformed(org: Org) -> None:
    """A wrong suffix, and an id of another sObject, when a record is to be changed."""
    for wrong in ("00QLc0000000001ZZZ", org.make("Account")):
        reply = org.ask("PATCH", f"sobjects/Lead/{wrong}", {"Title": "x"})
        assert (reply.status, *reply.error()) == (400, "MALFORMED_ID", f"Lead ID: id value of incorrect type: {wrong}")
