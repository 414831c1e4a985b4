"""The ids of custom fields (00N...): web forms post values under them, and the Tooling API names fields by them."""

from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State

PREFIX = "00N"


def id_of(state: State, sobject: SObject, field: Field) -> str:
    """Give the 18-character id of a custom field; it gets one when it is first asked for."""
    row = state.one("SELECT id FROM _field_id WHERE sobject = ? AND name = ?", (sobject.name, field.name))
    if row is not None:
        return str(row["id"])
    made = state.next_id(PREFIX)
    state.run("INSERT INTO _field_id VALUES (?, ?, ?)", (made, sobject.name, field.name))
    return made


def field_of(state: State, sobject: SObject, field_id: str) -> Field | None:
    """Find a custom field of an sObject by its id, None where no field has it."""
    for field in sobject.fields.values():
        if field.custom:
            id_of(state, sobject, field)
    sql = "SELECT name FROM _field_id WHERE sobject = ? AND substr(id, 1, 15) = ?"
    row = state.one(sql, (sobject.name, field_id[:15]))
    return None if row is None else sobject.fields.get(str(row["name"]).lower())
