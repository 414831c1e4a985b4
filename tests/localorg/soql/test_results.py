"""Records come back in the shape Salesforce gives them."""

from typing import Any

Asked = Any  # the fixture `org` of conftest.py


def test_a_record_starts_with_its_attributes_and_keeps_the_order_of_the_query(org: Asked) -> None:
    """Attributes come first, with a url although Id was not asked for; names are spelled as describe spells them."""
    (lead,) = org.insert("Lead", {"LastName": "Ruiz", "Company": "Acme", "Email": "ana@example.com"})
    (record,) = org.records("select email, COMPANY from lead")
    assert list(record) == ["attributes", "Email", "Company"]
    assert record["attributes"] == {"type": "Lead", "url": f"/services/data/v59.0/sobjects/Lead/{lead}"}


def test_values_have_their_json_types(org: Asked) -> None:
    """Numbers with a scale show a point, integers none; booleans, nulls, dates and texts are what they are."""
    text = 'quote " back \\ tab \t line \n é 𝄞 \x01'
    org.insert("Account", {"Name": text, "AnnualRevenue": 123456789012345678, "NumberOfEmployees": 7})
    org.insert("Opportunity", {"Name": "O", "Amount": -5, "CloseDate": "2026-03-04", "Probability": 10, "IsWon": 1})
    (account,) = org.records("SELECT Name, AnnualRevenue, NumberOfEmployees, Industry, IsDeleted FROM Account")
    assert account["Name"] == text
    assert org.result("SELECT AnnualRevenue FROM Account").records[0].endswith(":123456789012345678.0}")
    assert (account["NumberOfEmployees"], account["Industry"], account["IsDeleted"]) == (7, None, False)
    (opportunity,) = org.records("SELECT Amount, Probability, CloseDate, IsWon, CreatedDate FROM Opportunity")
    assert list(opportunity.values())[1:] == [-0.05, 10.0, "2026-03-04", True, "2026-03-04T10:30:00.000+0000"]


def test_parents_are_nested_and_missing_ones_are_null(org: Asked) -> None:
    """A parent is an object with its own attributes, through several levels; no parent is null."""
    (account,) = org.insert("Account", {"Name": "Acme"})
    org.insert("Contact", {"Name": "With", "AccountId": account}, {"Name": "Without"})
    with_parent, without = org.records("SELECT Name, Account.Name, Account.Owner.Email FROM Contact ORDER BY Name")
    assert with_parent["Account"]["Name"] == "Acme"
    assert with_parent["Account"]["attributes"]["url"].endswith(f"/Account/{account}")
    assert with_parent["Account"]["Owner"]["attributes"]["type"] == "User"
    assert without["Account"] is None


def test_children_are_a_query_result_and_none_are_null(org: Asked) -> None:
    """A subquery gives totalSize, done and records under the relationship's name, or null."""
    acme, empty = org.insert("Account", {"Name": "Acme"}, {"Name": "Empty"})
    org.insert("Contact", {"Name": "B", "AccountId": acme}, {"Name": "A", "AccountId": acme})
    first, second = org.records(
        "SELECT Name, (SELECT Name FROM Contacts WHERE Name != 'C' ORDER BY Name LIMIT 5) FROM Account ORDER BY Name"
    )
    children = first["Contacts"]
    assert (children["totalSize"], children["done"]) == (2, True)
    assert [one["Name"] for one in children["records"]] == ["A", "B"]
    assert children["records"][0]["attributes"]["type"] == "Contact"
    assert second["Contacts"] is None
    assert empty


def test_children_of_children_came_with_version_58(org: Asked) -> None:
    """From 58.0 on a subquery may hold a subquery; before, it is refused."""
    (acme,) = org.insert("Account", {"Name": "Acme"})
    boss = {
        "name": "Boss__c",
        "type": "reference",
        "to": ["Contact"],
        "relationship": "Boss__r",
        "children": "Staff__r",
    }
    org.context.state.add_field("Contact", boss)
    (contact,) = org.insert("Contact", {"Name": "A", "AccountId": acme})
    org.insert("Contact", {"Name": "B", "Boss__c": contact})
    soql = "SELECT Name, (SELECT Name, (SELECT Name, Boss__r.Name FROM Staff__r) FROM Contacts) FROM Account"
    (record,) = org.records(soql)
    assert record["Contacts"]["records"][0]["Staff__r"]["records"][0]["Boss__r"]["Name"] == "A"
    assert org.at("57.0").refusal(soql).code == "MALFORMED_QUERY"


def test_an_owner_is_a_user_or_a_queue(org: Asked) -> None:
    """Owner.Name and Owner.Type work for both kinds; TYPEOF asks each for its own fields."""
    (queue,) = org.insert("Group", {"Name": "Inbound", "Type": "Queue", "DeveloperName": "Inbound_Leads"})
    org.insert("Lead", {"Name": "A"}, {"Name": "B", "OwnerId": queue})
    mine, queued = org.records("SELECT Name, Owner.Name, Owner.Type FROM Lead ORDER BY Name")
    assert (mine["Owner"]["Type"], queued["Owner"]["Type"]) == ("User", "Queue")
    assert queued["Owner"]["Name"] == "Inbound"
    assert queued["Owner"]["attributes"]["url"].endswith(f"/Group/{queue}")
    assert org.column("SELECT Name FROM Lead WHERE Owner.Type = 'Queue'") == ["B"]
    kinds = org.records(
        "SELECT TYPEOF Owner WHEN User THEN Username WHEN Group THEN DeveloperName END FROM Lead ORDER BY Name"
    )
    assert kinds[0]["Owner"]["attributes"]["type"] == "User" and "Username" in kinds[0]["Owner"]
    assert kinds[1]["Owner"]["DeveloperName"] == "Inbound_Leads"


def test_a_compound_address_is_an_object(org: Asked) -> None:
    """An address shows all its parts in lower camel case, or null where all are empty."""
    org.insert("Lead", {"Name": "A", "City": "Madrid", "Latitude": 40 * 10**15 + 5 * 10**14}, {"Name": "B"})
    with_city, without = org.records("SELECT Address FROM Lead ORDER BY Name")
    assert with_city["Address"]["city"] == "Madrid"
    assert with_city["Address"]["latitude"] == 40.5
    assert with_city["Address"]["street"] is None
    assert without["Address"] is None


def test_fields_stands_for_many(org: Asked) -> None:
    """FIELDS(CUSTOM) gives the custom fields only, FIELDS(ALL) all; both need a LIMIT, or ids, of at most 200."""
    org.insert("Lead", {"Name": "A"})
    (record,) = org.records("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 200")
    assert all(name.endswith("__c") for name in record if name != "attributes")
    (everything,) = org.records("SELECT FIELDS(ALL) FROM Lead LIMIT 1")
    assert len(everything) == len(org.context.catalog.sobject("Lead").fields) + 1
    assert not [name for name in everything if name.startswith("_")]
    reason = "The SOQL FIELDS function must have a LIMIT of at most 200"
    assert org.refusal("SELECT FIELDS(ALL) FROM Lead LIMIT 201").message == reason
    lead = org.column("SELECT Id FROM Lead")[0]
    many = ", ".join(f"'{lead}'" for _ in range(200))
    for where in (f"Id = '{lead}'", f"Name != 'x' AND Lead.Id IN ({many})"):
        assert len(org.records(f"SELECT FIELDS(ALL) FROM Lead WHERE {where}")) == 1
    for where in (f"Id IN ({many}, '{lead}')", f"Id NOT IN ('{lead}')", f"Id = '{lead}' OR Name = 'x'", "Id != null"):
        assert org.refusal(f"SELECT FIELDS(ALL) FROM Lead WHERE {where}").message == reason
    assert org.records("SELECT FIELDS(STANDARD) FROM Lead")
    assert org.refusal("SELECT Id, FIELDS(ALL) FROM Lead LIMIT 1").message == "duplicate field selected: Id"


def test_deleted_records_are_seen_by_query_all_only(org: Asked) -> None:
    """A record in the recycle bin is left out, as record, child and in counts, unless all rows are asked for."""
    (acme,) = org.insert("Account", {"Name": "Acme"})
    org.insert("Contact", {"Name": "Live", "AccountId": acme}, {"Name": "Gone", "AccountId": acme, "IsDeleted": 1})
    assert org.column("SELECT Name FROM Contact") == ["Live"]
    assert sorted(org.column("SELECT Name FROM Contact", all_rows=True)) == ["Gone", "Live"]
    assert org.refusal("SELECT Name FROM Contact ALL ROWS").message == "ALL ROWS not allowed in this context"
    assert org.result("SELECT COUNT() FROM Contact").total == 1
    (record,) = org.records("SELECT (SELECT Name FROM Contacts) FROM Account", all_rows=True)
    assert record["Contacts"]["totalSize"] == 2


def test_aliases_stand_for_the_sobject_and_its_parents(org: Asked) -> None:
    """`FROM Contact c, c.Account a` lets paths start with c and a; the sObject's own name may lead a path too."""
    (acme,) = org.insert("Account", {"Name": "Acme"})
    org.insert("Contact", {"Name": "A", "AccountId": acme}, {"Name": "B"})
    assert org.column("SELECT c.Name FROM Contact c, c.Account a WHERE a.Name = 'Acme'") == ["A"]
    assert org.column("SELECT Contact.Name FROM Contact WHERE Contact.Account.Name = null") == ["B"]


def test_values_can_be_asked_for_as_people_see_them(org: Asked) -> None:
    """toLabel gives a picklist's label, FORMAT writes numbers and times for the user's locale."""
    org.insert("Lead", {"Name": "A", "CleanStatus": "Matched", "AnnualRevenue": 1234567})
    (record,) = org.records("SELECT toLabel(CleanStatus), FORMAT(AnnualRevenue) shown, FORMAT(CreatedDate) FROM Lead")
    assert (record["CleanStatus"], record["shown"]) == ("In Sync", "$1,234,567")
    assert record["CreatedDate"] == "3/4/2026, 10:30 AM"


def test_scopes_narrow_a_query(org: Asked) -> None:
    """`USING SCOPE mine` gives what the user owns; a scope the sObject does not have is refused."""
    (queue,) = org.insert("Group", {"Name": "Inbound", "Type": "Queue"})
    org.insert("Lead", {"Name": "Mine"}, {"Name": "Queued", "OwnerId": queue})
    assert org.column("SELECT Name FROM Lead USING SCOPE mine") == ["Mine"]
    assert org.column("SELECT Name FROM Lead USING SCOPE queue_owned") == ["Queued"]
    assert len(org.column("SELECT Name FROM Lead USING SCOPE everything")) == 2
    assert org.refusal("SELECT Name FROM Lead USING SCOPE nonsense").code == "INVALID_QUERY_SCOPE"
