"""Records as SOAP writes and reads them.

Out: partner records carry type and Id first, the Id again where it was selected, and nil for null; enterprise records
are typed by xsi:type and leave null out (documented, seen in clients' tests). In: an sObject's type is its child `type`
or its xsi:type; a nil child says nothing, `fieldsToNull` empties.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal

from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import Element, escaped, leaf, tag
from sfsync.localorg.soap.envelope import PARTNER, Dialect
from sfsync.localorg.sobject import SObject

Json = Mapping[str, object]
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+0000")
_ADDRESS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")


class Writer:
    """Writes records that are given as REST shows them."""

    def __init__(self, org: OrgContext, dialect: Dialect) -> None:
        self._org = org
        self._dialect = dialect

    def text(self, name: str, record: str) -> str:
        """Write a record given as JSON text."""
        return self.record(name, json.loads(record, parse_float=Decimal))

    def record(self, name: str, record: Json) -> str:
        """Write a record under an element name."""
        attributes = record["attributes"]
        assert isinstance(attributes, dict)
        kind = str(attributes["type"])
        values = {key: value for key, value in record.items() if key != "attributes"}
        sobject = self._org.catalog.sobject(kind)
        content = [self._value(key, value, sobject) for key, value in values.items()]
        if self._dialect is not PARTNER:
            return tag(name, *content, attributes=f' xsi:type="sf:{escaped(kind)}"')
        record_id = values.get("Id")
        head = leaf("sf:type", kind) + leaf("sf:Id", None if record_id is None else str(record_id))
        return tag(name, head, *content, attributes=' xsi:type="sf:sObject"')

    def _value(self, key: str, value: object, sobject: SObject | None) -> str:
        name = f"sf:{key}"
        if value is None:
            return leaf(name, None) if self._dialect is PARTNER else ""
        if isinstance(value, dict):
            return self._compound(name, value)
        shown: str | int | bool
        if sobject is None:
            return self._aggregate(name, value)
        shown = value if isinstance(value, (bool, int)) else str(value)
        field = sobject.fields.get(key.lower())
        if field is not None and field.type == "datetime" and isinstance(shown, str):
            shown = with_z(shown)
        return leaf(name, shown)

    def _compound(self, name: str, value: Json) -> str:
        """Write a parent record, children, or an address."""
        if "attributes" in value:
            return self.record(name, value)
        if "records" in value:
            records = value["records"]
            assert isinstance(records, list)
            parts = [self.record("records", one) for one in records]
            more = str(value.get("nextRecordsUrl") or "").rpartition("/")[2]
            return result(name, parts, int(str(value["totalSize"])), more or None)
        parts = [_plain(part, value.get(part)) for part in _ADDRESS]
        return tag(name, *parts, attributes=' xsi:type="address"')

    def _aggregate(self, name: str, value: object) -> str:
        """Write a value of a group with its type, as there is no field that tells it."""
        if isinstance(value, bool):
            return leaf(name, value, ' xsi:type="xsd:boolean"')
        if isinstance(value, int):
            return leaf(name, value, ' xsi:type="xsd:int"')
        if isinstance(value, Decimal):
            return leaf(name, str(value), ' xsi:type="xsd:double"')
        return leaf(name, with_z(str(value)), ' xsi:type="xsd:string"')


def _plain(name: str, value: object) -> str:
    return leaf(name, None if value is None else str(value))


def with_z(text: str) -> str:
    """Write a time as SOAP does: `Z` where REST has `+0000`; other text stays."""
    return _TIME.sub(r"\1Z", text) if _TIME.fullmatch(text) else text


def result(name: str, records: list[str], size: int, locator: str | None) -> str:
    """Write a QueryResult, children in the WSDL's order."""
    content = [leaf("done", locator is None), leaf("queryLocator", locator), *records, leaf("size", size)]
    return tag(name, *content, attributes=' xsi:type="QueryResult"')


def given(element: Element) -> tuple[str, dict[str, object]]:
    """Read an sObject: its type, "" where none is named, and its fields as a JSON body would give them."""
    kind = element.value("type") or element.type
    record: dict[str, object] = {}
    for child in element.children:
        if child.name in ("type", "fieldsToNull") or child.nil:
            continue
        record[child.name] = _nested(child) if child.children else child.text
    for emptied in element.every("fieldsToNull"):
        record[emptied.text.strip()] = None
    return kind, record


def _nested(element: Element) -> dict[str, object]:
    kind, record = given(element)
    return {"attributes": {"type": kind}, **record} if kind else record
