"""Reading a JSON body into a draft: names to fields, values to what columns hold."""

import re
from collections.abc import Mapping
from decimal import Decimal
from json import JSONDecodeError, dumps, loads

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.saving.draft import Draft, Lookup
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.values import WrongType, cast, parser_error
from sfsync.localorg.wire import Refusal


def parse(body: bytes) -> object:
    """Read a JSON body; fractions come as Decimal. Raises Refusal JSON_PARSER_ERROR."""
    try:
        read = loads(body, parse_float=Decimal, parse_constant=_no_constant)
        if b"\\u" in body:
            dumps(read, ensure_ascii=False, default=str).encode()  # half a surrogate pair is no text
        return read
    except JSONDecodeError as error:
        place = f"[line:{error.lineno}, column:{error.colno}]"
        raise Refusal(400, "JSON_PARSER_ERROR", f"{_unexpected(error)} at {place}") from None
    except (ValueError, RecursionError):
        raise Refusal(400, "JSON_PARSER_ERROR", "The HTTP entity body is not valid JSON") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _unexpected(error: JSONDecodeError) -> str:
    if error.pos >= len(error.doc):
        return "Unexpected end-of-input: was expecting a value"
    found = error.doc[error.pos]
    return f"Unexpected character ('{found}' (code {ord(found)})): was {error.msg[0].lower()}{error.msg[1:]}"


def parse_record(body: bytes) -> dict[str, object]:
    """Read the JSON object of one record. Raises Refusal JSON_PARSER_ERROR."""
    if not body.strip():
        raise Refusal(
            400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body."
        )
    read = parse(body)
    if not isinstance(read, dict):
        raise Refusal(400, "JSON_PARSER_ERROR", "The HTTP entity body must be one JSON object")
    return read


def read(catalog: Catalog, sobject: SObject, record: Mapping[str, object], source: bytes = b"") -> Draft:
    """Make a draft of a JSON record; `attributes` is passed over, `Id` is left to the caller.

    `source` is the body, to say where in it a wrong value stands. Raises Refusal INVALID_FIELD for an unknown name
    and JSON_PARSER_ERROR for a value of the wrong type: both refuse the whole request.
    """
    draft = Draft({})
    for name, value in record.items():
        field = sobject.fields.get(name.lower())
        if field is not None and field.name != "Id":
            draft.given[field.name] = _cast(field, value, source)
        elif field is None and name != "attributes":
            draft.lookups.append(_lookup(catalog, sobject, name, value, source))
    return draft


def no_such_column(sobject: SObject, name: str) -> Refusal:
    """Give the refusal of a field name the sObject does not have."""
    return Refusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")


def is_readable(field: Field, value: object) -> bool:
    """Tell whether a value can be read as a field's type."""
    try:
        cast(field, value)
    except WrongType:
        return False
    return True


def _cast(field: Field, value: object, source: bytes) -> str | int | None:
    if not field.stored:
        return None
    try:
        return cast(field, value)
    except WrongType as error:
        raise parser_error(error, _place(field.name, value, source)) from None


def _lookup(catalog: Catalog, sobject: SObject, name: str, value: object, source: bytes) -> Lookup:
    """Read a parent given by its external id."""
    reference = shape_of(sobject).relations.get(name.lower())
    if reference is None or not isinstance(value, dict):
        raise no_such_column(sobject, name)
    keys = [one for one in value if one != "attributes"]
    parent = catalog.sobject(_parent_named(reference, value))
    if parent is None or len(keys) != 1:
        raise no_such_column(sobject, name)
    key = parent.fields.get(keys[0].lower())
    if key is None:
        raise no_such_column(parent, keys[0])
    if not (key.external_id or key.id_lookup):
        text = f"Field name provided, {key.name} is not an External ID or indexed field for {parent.name}"
        raise Refusal(400, "INVALID_FIELD", text)
    return Lookup(reference, parent.name, key, _cast(key, value[keys[0]], source))


def _parent_named(reference: Field, value: Mapping[str, object]) -> str:
    """Give the parent's sObject: as `attributes.type` says, else the first the field may point to that is a record."""
    attributes = value.get("attributes")
    if isinstance(attributes, dict) and isinstance(attributes.get("type"), str):
        return str(attributes["type"])
    return "User" if "User" in reference.reference_to else next(iter(reference.reference_to), "")


def _place(name: str, value: object, source: bytes) -> str:
    """Say where in the body a field's value begins; line 1, column 1 where it cannot be found."""
    text = source.decode("utf-8", "replace")
    found = re.search(re.escape(dumps(name)) + r"\s*:\s*", text, re.IGNORECASE)
    if found is None:
        return "[line:1, column:1]"
    line = text.count("\n", 0, found.end()) + 1
    return f"[line:{line}, column:{found.end() - (text.rfind(chr(10), 0, found.end()) + 1) + 1}]"
