"""What links the loaded rows: unknown owners become users and queues, links that lead nowhere are left out."""

from sfsync.localorg.load.people import stand_in, standard_profile
from sfsync.localorg.load.report import VALUE, Report
from sfsync.localorg.load.writing import LOADED
from sfsync.localorg.saving import store
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State, Stored

_PEOPLE = ("OwnerId", "CreatedById", "LastModifiedById")
_USER, _QUEUE = "005", "00G"


def mend_links(state: State, now: str, report: Report) -> None:
    """Look at every reference of every loaded row: make the people it needs, empty what leads nowhere."""
    loaded = [row["sobject"] for row in state.rows(f"SELECT DISTINCT sobject FROM temp.{LOADED}")]  # noqa: S608
    sobjects = [found for name in loaded if (found := state.catalog.sobject(name)) is not None]
    for sobject in sobjects:
        for field in sobject.columns:
            if field.type == "reference" and field.name in _PEOPLE:
                _make_people(state, now, sobject, field, report)
    for sobject in sobjects:
        for field in sobject.columns:
            if field.type == "reference":
                _empty_dangling(state, sobject, field, report)


def _nowhere(state: State, sobject: SObject, field: Field) -> str:
    """Give the condition under which a loaded row's reference leads nowhere."""
    quoted = f'l."{field.name}"'
    targets = [found.name for name in field.reference_to if (found := state.catalog.sobject(name)) is not None]
    missing = [f'NOT EXISTS (SELECT 1 FROM "{name}" t WHERE t.Id = {quoted})' for name in targets]  # noqa: S608
    return " AND ".join([f"{quoted} IS NOT NULL", *missing])


def _make_people(state: State, now: str, sobject: SObject, field: Field, report: Report) -> None:
    sql = (
        f'SELECT DISTINCT l."{field.name}" AS id FROM "{sobject.name}" l '  # noqa: S608 - names of the catalog
        f"JOIN temp.{LOADED} r ON r.id = l.Id WHERE {_nowhere(state, sobject, field)}"
    )
    for row in state.rows(sql):
        record_id = str(row["id"])
        if record_id.startswith(_USER) and "User" in field.reference_to:
            _make_user(state, now, record_id)
            report.users.append(record_id)
        elif record_id.startswith(_QUEUE) and "Group" in field.reference_to:
            _make_queue(state, now, record_id, sobject.name)
            report.queues.append(record_id)


def _make_user(state: State, now: str, record_id: str) -> None:
    name = f"User {record_id}"
    _insert(state, now, "User", {**stand_in(state, record_id), "LastName": name, "Name": name})


def _make_queue(state: State, now: str, record_id: str, sobject: str) -> None:
    name = f"Queue {record_id}"
    org = state.one("SELECT Id FROM Organization")
    owner = org["Id"] if org else None
    made: dict[str, Stored] = {
        "Id": record_id,
        "Name": name,
        "DeveloperName": name.replace(" ", "_"),
        "Type": "Queue",
        "OwnerId": owner,
    }
    _insert(state, now, "Group", made)
    opened: dict[str, Stored] = {"Id": state.next_id("03g"), "QueueId": record_id, "SobjectType": sobject}
    _insert(state, now, "QueueSobject", opened)


def _insert(state: State, now: str, name: str, values: dict[str, Stored]) -> None:
    sobject = state.catalog.sobject(name)
    assert sobject is not None
    user = str(state.setting("integration_user_id"))
    stamps: dict[str, Stored] = {
        **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now),
        **dict.fromkeys(("CreatedById", "LastModifiedById"), user),
    }
    has = {column: value for column, value in stamps.items() if column.lower() in sobject.fields}
    store.insert(state, sobject, [{**has, **values}])


def _empty_dangling(state: State, sobject: SObject, field: Field, report: Report) -> None:
    """Empty the references that lead nowhere; a record without a living owner goes to the integration user."""
    quoted, joined = f'"{field.name}"', f'"{sobject.name}" l JOIN temp.{LOADED} r ON r.id = l.Id'
    where = _nowhere(state, sobject, field)
    found = state.rows(f"SELECT l.Id, l.{quoted} AS value, r.file, r.row FROM {joined} WHERE {where}")  # noqa: S608
    if not found:
        return
    targets = " or ".join(field.reference_to)
    for row in found:
        report.note(row["file"], VALUE, f"leads to no {targets} of the org", field.name, row["row"], str(row["value"]))
    instead = _instead(state, field)
    update = f'UPDATE "{sobject.name}" SET {quoted} = ? WHERE Id = ?'  # noqa: S608 - names of the catalog
    state.many(update, [(instead, row["Id"]) for row in found])


def _instead(state: State, field: Field) -> Stored:
    if field.nillable:
        return None
    if "Profile" in field.reference_to:
        return standard_profile(state)
    return str(state.setting("integration_user_id"))
