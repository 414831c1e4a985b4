"""What the org will refuse, told before any call: each change held against the sObject's describe."""

from datetime import date
from decimal import Decimal

from sfsync.errors import Problem, Where
from sfsync.records.change import Action, Change
from sfsync.records.ids import is_id, prefix
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Kind, Value

FIRST_YEAR, LAST_YEAR = 1700, 4000
"""The years Salesforce can hold a date of (documented; as data loaders enforce it)."""


_PREFIXES = {"User": "005", "Group": "00G", "Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006"}
# key prefixes of standard sObjects, the same in every org (Object Reference)


def preflight(change: Change, schema: SObject) -> list[Problem]:
    """Give what is wrong with a change; empty where the describe has nothing against it.

    Not seen here: what other records hold, validation rules, duplicate rules, triggers, and rights on single records.
    """
    problems = [
        problem
        for part in change.fields
        if change.action is not Action.DELETE
        for problem in _field_problems(change, part.field, part.after, schema)
    ]
    if change.action is Action.CREATE:
        problems += [*_missing(change, schema), *_key_problems(change, schema)]
    allowed, done = _rights(change.action, schema)
    if not allowed:
        words = f"{schema.name} records cannot be {done} by the user sfsync signs in as"
        problems.append(Problem(words, "give that user the right", _where(change)))
    return problems


def _key_problems(change: Change, schema: SObject) -> list[Problem]:
    """Say what is wrong with the key that a record is created by, which stands beside its fields."""
    field = schema.find(change.key_field or "")
    complaint = _value_complaint(field, change.key) if field and change.key else None
    return [Problem(complaint[0], complaint[1], _where(change, change.key_field))] if complaint else []


def _rights(action: Action, schema: SObject) -> tuple[bool, str]:
    """Tell whether the user may do that to records of an sObject, and what it is called."""
    if action is Action.CREATE:
        return schema.createable, "created"
    return (schema.updateable, "changed") if action is Action.UPDATE else (schema.deletable, "deleted")


def _where(change: Change, field: str | None = None) -> Where:
    return Where(sobject=change.sobject, id=change.id, field=field, row=change.row)


def _field_problems(change: Change, name: str, value: Value, schema: SObject) -> list[Problem]:
    field = schema.find(name)
    if field is None:
        near = schema.closest(name)
        todo = f"did you mean {near}?" if near else "see the org's fields with `sfsync doctor`"
        return [Problem(f"{schema.name} has no field {name}", todo, _where(change, name))]
    writeable = field.createable if change.action is Action.CREATE else field.updateable
    if not writeable:
        return [Problem(f"{field.name} cannot be written by this user", "leave it out", _where(change, name))]
    complaint = _value_complaint(field, value)
    return [Problem(complaint[0], complaint[1], _where(change, name))] if complaint else []


def _value_complaint(field: Field, value: Value) -> tuple[str, str] | None:
    """Say what is wrong with a value and what to do, or None."""
    if value is None:
        refused = not field.nillable and field.type != "boolean"
        return (f"{field.name} cannot be empty", "give it a value") if refused else None
    if field.kind is Kind.ID:
        return _id_complaint(field, str(value))
    if field.kind is Kind.TEXT:
        return _text_complaint(field, str(value))
    if field.kind in (Kind.NUMBER, Kind.INTEGER):
        return _number_complaint(field, Decimal(str(value)))
    if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        return f"{field.name} holds the years {FIRST_YEAR} to {LAST_YEAR}, this is {value.year}", "correct the date"
    return None


def _id_complaint(field: Field, text: str) -> tuple[str, str] | None:
    if not is_id(text):
        return f"{text!r} is no record id", "give an id of 15 or 18 characters"
    allowed = [_PREFIXES.get(name) for name in field.reference_to]
    if allowed and None not in allowed and prefix(text) not in allowed:
        return f"{text} is the id of no {' or '.join(field.reference_to)}", "give the id of one"
    return None


def _text_complaint(field: Field, text: str) -> tuple[str, str] | None:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return f"{field.name} holds half a character, which no text can be sent with", "remove what cannot be read"
    if field.length and len(text) > field.length:
        return f"{field.name} holds {field.length} characters, this has {len(text)}", "shorten it"
    if field.restricted and field.picklist:
        chosen = text.split(";") if field.type == "multipicklist" else [text]
        strange = [choice for choice in chosen if choice not in field.picklist]
        if strange:
            allowed = ", ".join(field.picklist[:12])
            return f"{field.name} does not offer {strange[0]!r}", f"choose one of: {allowed}"
    return None


def _number_complaint(field: Field, number: Decimal) -> tuple[str, str] | None:
    if not field.precision:
        return None
    whole_digits = field.precision - field.scale
    if abs(number) >= Decimal(10) ** whole_digits:
        return f"{field.name} holds {whole_digits} digits before the point, {number} has more", "give a smaller number"
    if number != round(number, field.scale):
        return f"{field.name} holds {field.scale} digits after the point, {number} has more", "round it"
    return None


def _missing(change: Change, schema: SObject) -> list[Problem]:
    given = {name.lower() for name, value in change.after().items() if value is not None}
    return [
        Problem(f"{field.name} is required", "give it a value", _where(change, field.name))
        for field in schema.fields.values()
        if field.required and field.name.lower() not in given
    ]
