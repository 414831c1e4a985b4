"""Promises of the typed tables: named as the org names things, growing with it, losing nothing."""

from decimal import Decimal

import pytest

from sfsync.errors import MirrorError
from sfsync.mirror.catalogs import catalog
from sfsync.mirror.driver import driver
from sfsync.mirror.open import Mirror
from tests.mirror.leads import lead_id, schema_of


def test_a_table_is_named_and_typed_as_the_org_says(mirror: Mirror) -> None:
    """Other tools find the sObject's name, the fields' names and sensible types; what is ours starts with `_`."""
    schema = schema_of(
        Id="id", LastName="string", AnnualRevenue="currency", Employees="int", Born="date", Gone="boolean"
    )
    with mirror.writing() as books:
        assert books.records.shape(schema, ["LastName", "AnnualRevenue", "Employees", "Born", "Gone"]) == [
            "Id", "LastName", "AnnualRevenue", "Employees", "Born", "Gone",
        ]  # fmt: skip
    if mirror.writer is not None and mirror.writer.dialect.name == "postgresql":
        assert _columns(mirror) == {
            "Id": "varchar", "LastName": "text", "AnnualRevenue": "numeric", "Employees": "int8", "Born": "date",
            "Gone": "bool", "_deleted": "int2", "_run": "int4",
        }  # fmt: skip
        return
    assert _columns(mirror) == {
        "Id": "CHAR(18)", "LastName": "TEXT", "AnnualRevenue": "", "Employees": "INTEGER", "Born": "DATE",
        "Gone": "BOOLEAN", "_deleted": "BOOLEAN", "_run": "INTEGER",
    }  # fmt: skip


def test_a_new_field_becomes_a_column_and_a_vanished_one_keeps_its_values(mirror: Mirror) -> None:
    """Nothing that was pulled is lost when the org, or what is asked of it, changes."""
    with mirror.writing() as books:
        books.records.shape(schema_of(Id="id", LastName="string", Old__c="string"), ["Id", "LastName", "Old__c"])
        books.records.take("Lead", ["Id", "LastName", "Old__c"], [[lead_id(1), "Ada", "kept"]], run=1)
        wider = schema_of(Id="id", LastName="string", New__c="double")
        assert books.records.shape(wider, ["Id", "LastName", "New__c"]) == ["New__c"]
        assert books.records.shape(wider, ["Id", "LastName", "New__c"]) == []
        books.records.take("Lead", ["Id", "LastName", "New__c"], [[lead_id(1), "Ada", 2.5]], run=2)
        record = books.records.get("Lead", lead_id(1))
    assert record is not None
    assert dict(record.fields) == {"Id": lead_id(1), "LastName": "Ada", "Old__c": "kept", "New__c": Decimal("2.5")}


def test_a_field_whose_type_changes_has_its_values_cast(mirror: Mirror) -> None:
    """When a text becomes a number, what was a number stays one and what was none becomes null."""
    with mirror.writing() as books:
        books.records.shape(schema_of(Id="id", Size__c="string"), ["Size__c"])
        rows = [[lead_id(1), "12.50"], [lead_id(2), "large"], [lead_id(3), None]]
        books.records.take("Lead", ["Id", "Size__c"], rows, run=1)
        assert books.records.shape(schema_of(Id="id", Size__c="double"), ["Size__c"]) == []
        sizes = [record.fields["Size__c"] for record in books.records.records("Lead")]
        assert sizes == [Decimal("12.5"), None, None]
        books.records.shape(schema_of(Id="id", Size__c="string"), ["Size__c"])
        assert [record.fields["Size__c"] for record in books.records.records("Lead")] == ["12.5", None, None]


def test_compound_fields_have_no_column(mirror: Mirror) -> None:
    """Addresses are sums of other fields and are not kept twice."""
    with mirror.writing() as books:
        assert books.records.shape(schema_of(Id="id", Address="address"), ["Id", "Address"]) == ["Id"]


@pytest.mark.parametrize("name", ['x"; DROP TABLE Lead; --', "a b", "", "_deleted", "Owner.Name", "naïve"])
def test_nothing_but_api_names_reaches_sql(mirror: Mirror, name: str) -> None:
    """A name that is no API name is refused, as that of an sObject and as that of a field."""
    with mirror.writing() as books:
        with pytest.raises(MirrorError, match="is not the name"):
            books.records.count(name)
        with pytest.raises(MirrorError, match="is not the name"):
            books.records.shape(schema_of(**{"Id": "id", name: "string"}), ["Id", name])


def test_a_field_the_schema_lacks_is_refused(mirror: Mirror) -> None:
    """No column is made for what the org does not have."""
    with mirror.writing() as books, pytest.raises(MirrorError, match="Lead has no field 'Nme'"):
        books.records.shape(schema_of(Id="id", Name="string"), ["Nme"])


def _columns(mirror: Mirror) -> dict[str, str]:
    with mirror.reading() as books:
        told = catalog(books._connection).columns.replace(" AND attname NOT LIKE '\\_%'", "")
        return dict(driver(books._connection).execute(told, ("Lead",)).fetchall())
