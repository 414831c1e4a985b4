"""Querying, retrieving and describing through SOAP."""

import pytest

from sfsync.localorg.markup import Element
from tests.localorg.conftest import Org
from tests.localorg.soap.conftest import Soap


def _records(result: Element) -> list[list[tuple[str, str]]]:
    return [[(one.name, one.text) for one in record.children] for record in result.every("records")]


def test_partner_records_carry_type_and_id_before_what_was_selected(org: Org, soap: Soap) -> None:
    """The Id stands there twice where it was selected and is nil where it was not, as in recorded answers."""
    lead_id = org.make("Lead", Email="A@example.com")
    told = soap.query("SELECT Id, Email, Phone FROM Lead")
    assert [one.name for one in told.children] == ["done", "queryLocator", "records", "size"]
    assert _records(told) == [
        [("type", "Lead"), ("Id", lead_id), ("Id", lead_id), ("Email", "a@example.com"), ("Phone", "")]
    ]
    without = next(soap.query("SELECT Email FROM Lead").every("records"))
    assert [one.name for one in without.children] == ["type", "Id", "Email"] and without.children[1].nil


def test_values_are_written_as_xml_schema_has_them(org: Org, soap: Soap) -> None:
    """Times end in Z, booleans are words, numbers keep their point."""
    org.make("Lead", AnnualRevenue=5, NumberOfEmployees=7, City="Rome")
    fields = "CreatedDate, IsConverted, AnnualRevenue, NumberOfEmployees, Address"
    record = next(soap.query(f"SELECT {fields} FROM Lead").every("records"))
    shown = [one.text for one in record.children[2:6]]
    assert shown == ["2026-11-24T12:30:45.000Z", "false", "5.0", "7"]
    address = record.children[6]
    assert (address.type, address.value("city"), address.value("street")) == ("address", "Rome", "")


def test_parents_and_children_are_records_within_records(org: Org, soap: Soap) -> None:
    """A missing parent and no children are nil."""
    account_id = org.make("Account", Name="A")
    org.make("Contact", LastName="One", AccountId=account_id)
    org.make("Contact", LastName="Two")
    parents = list(soap.query("SELECT Account.Name FROM Contact ORDER BY LastName").every("records"))
    first, second = (one.child("Account") for one in parents)
    assert first is not None and (first.type, first.value("Name")) == ("sObject", "A")
    assert second is not None and second.nil
    org.make("Account", Name="B")
    accounts = list(
        soap.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name").every("records")
    )
    children, none = (one.child("Contacts") for one in accounts)
    assert children is not None and (children.type, children.value("size")) == ("QueryResult", "1")
    assert none is not None and none.nil


def test_groups_are_records_of_typed_values(org: Org, soap: Soap) -> None:
    """AggregateResult, and the count alone has no records."""
    org.make("Lead")
    record = next(soap.query("SELECT Status, count(Id) n FROM Lead GROUP BY Status").every("records"))
    assert [(one.name, one.type, one.text) for one in record.children[2:]] == [
        ("Status", "string", "New"),
        ("n", "int", "1"),
    ]
    counted = soap.query("SELECT count() FROM Lead")
    assert (counted.value("size"), list(counted.every("records"))) == ("1", [])


def test_pages_follow_each_other_by_their_locators(org: Org, soap: Soap) -> None:
    """QueryOptions says how long they are; the last one is done and has no locator."""
    for number in range(450):
        org.insert("Lead", LastName=f"L{number:03}", Company="A", OwnerId=org.user_id)
    options = "<QueryOptions><batchSize>200</batchSize></QueryOptions>"
    page = soap.query("SELECT LastName FROM Lead ORDER BY LastName", headers=options)
    names: list[str] = []
    sizes = []
    while True:
        records = list(page.every("records"))
        names += [one.value("LastName") for one in records]
        sizes.append(len(records))
        assert page.value("size") == "450"
        if page.value("done") == "true":
            break
        locator = page.value("queryLocator")
        page = soap.call(f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>").results[0]
    assert sizes == [200, 200, 50] and names == [f"L{number:03}" for number in range(450)]
    locator = page.child("queryLocator")
    assert locator is not None and locator.nil


def test_children_come_in_pages_of_their_own(org: Org, soap: Soap) -> None:
    """A QueryResult inside a record is not done, and its locator is for queryMore."""
    account = org.make("Account", Name="Big")
    bodies = [{"attributes": {"type": "Contact"}, "LastName": f"N{n:03}", "AccountId": account} for n in range(200)]
    for some in (bodies, [{**one, "FirstName": "Too"} for one in bodies[:50]]):
        assert org.ask("POST", "composite/sobjects", {"records": some}).status == 200
    header = "<QueryOptions><batchSize>200</batchSize></QueryOptions>"
    soql = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY FirstName, LastName) FROM Account"
    page = soap.query(soql, headers=header)
    record = next(page.every("records"))
    contacts = record.child("Contacts")
    assert contacts is not None and page.value("done") == "true"
    assert (contacts.value("size"), contacts.value("done")) == ("250", "false")
    locator = contacts.value("queryLocator")
    more = soap.call(f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>").results[0]
    assert (more.value("size"), more.value("done"), len([*more.every("records")])) == ("250", "true", 51)
    assert next(more.every("records")).value("type") == "Contact"


def test_query_all_sees_deleted_records(org: Org, soap: Soap) -> None:
    """And query does not."""
    lead_id = org.make("Lead")
    org.ask("DELETE", f"sobjects/Lead/{lead_id}")
    sizes = [soap.query("SELECT Id FROM Lead", call).value("size") for call in ("query", "queryAll")]
    assert sizes == ["0", "1"]


@pytest.mark.parametrize(
    ("soql", "kind"),
    [
        ("SELECT Nope FROM Lead", "InvalidFieldFault"),
        ("SELECT Id FROM Nope", "InvalidSObjectFault"),
        ("SELECT FROM Lead", "MalformedQueryFault"),
        ("", "MalformedQueryFault"),
    ],
)
def test_a_query_that_is_refused_is_a_fault_of_its_kind(soap: Soap, soql: str, kind: str) -> None:
    """With the place where it is wrong."""
    told = soap.call(f"<query><queryString>{soql}</queryString></query>")
    assert told.status == 500 and f'<sf:{kind} xsi:type="sf:{kind}">' in told.text and "<sf:row>" in told.text


def test_an_unknown_locator_is_a_fault(soap: Soap) -> None:
    """INVALID_QUERY_LOCATOR."""
    told = soap.call("<queryMore><queryLocator>01gLc000000000099-500</queryLocator></queryMore>")
    assert told.fault()[0] == "sf:INVALID_QUERY_LOCATOR"


def test_enterprise_records_are_typed_and_leave_null_out(org: Org, soap: Soap) -> None:
    """No type, no Id unless selected, no empty element."""
    org.make("Lead")
    told = soap.query("SELECT LastName, Phone FROM Lead", kind="c")
    record = next(told.every("records"))
    assert record.type == "Lead" and [(one.name, one.text) for one in record.children] == [("LastName", "Nowak")]


def test_records_are_retrieved_in_the_order_asked(org: Org, soap: Soap) -> None:
    """Those that are not there are nil; a wrong field or id is a fault."""
    one, two = org.make("Lead", LastName="One"), org.make("Lead", LastName="Two")
    missing = "00QLc0000000999"
    ids = "".join(f"<ids>{each}</ids>" for each in (two, missing, one))
    ask = "<retrieve><fieldList>{}</fieldList><sObjectType>lead</sObjectType>{}</retrieve>"
    told = soap.call(ask.format("Id, LastName", ids))
    assert [record.value("LastName") for record in told.results] == ["Two", "", "One"] and told.results[1].nil
    assert soap.call(ask.format("Nope", ids)).fault()[0] == "sf:INVALID_FIELD"
    assert soap.call(ask.format("Id", "<ids>x</ids>")).fault()[0] == "sf:MALFORMED_ID"


def test_describes_say_what_rest_says(org: Org, soap: Soap) -> None:
    """The same fields with the same flags, as elements; several in one call, and the list of all."""
    ask = "<describeSObjects><sObjectType>Lead</sObjectType><sObjectType>Account</sObjectType></describeSObjects>"
    lead, account = soap.call(ask).results
    assert (lead.value("name"), account.value("keyPrefix")) == ("Lead", "001")
    told = org.ask("GET", "sobjects/Lead/describe")["fields"]
    assert isinstance(told, list)
    shown = {one.value("name"): one for one in lead.every("fields")}
    assert list(shown) == [one["name"] for one in told]
    for field in told:
        for key in ("createable", "nillable", "unique", "externalId", "calculated"):
            assert shown[field["name"]].value(key) == str(field[key]).lower()
        assert shown[field["name"]].value("type") == field["type"]
    values = [one.value("value") for one in shown["Rating"].every("picklistValues")]
    assert values == ["Hot", "Warm", "Cold"]
    listed = soap.call("<describeGlobal/>").results[0]
    assert {"Lead", "Account"} <= {one.value("name") for one in listed.every("sobjects")}
    assert (
        soap.call("<describeSObject><sObjectType>Nope</sObjectType></describeSObject>").fault()[0] == "sf:INVALID_TYPE"
    )
