"""Changing rights: what profiles and permission sets grant, who is frozen, how records are shared."""

from collections.abc import Mapping

from sfsync.localorg.rights import grants
from sfsync.localorg.state import State


class RightsProblem(ValueError):
    """A right that cannot be given so; the text is for people."""


def holder_named(state: State, kind: str, name: str) -> tuple[str, str]:
    """Find a profile, permission set or role by its name. Raises RightsProblem."""
    row = state.one(f'SELECT Id, Name FROM "{kind}" WHERE Name = ? COLLATE NOCASE', (name,))  # noqa: S608 - our own
    if row is None:
        raise RightsProblem(f"the org has no {kind} {name!r}")
    return str(row["Id"]), str(row["Name"])


def grant(
    state: State, holder: tuple[str, str], wanted: Mapping[str, object], turn_on: bool = True
) -> dict[str, object]:
    """Change what a holder grants: what is named is replaced, the rest stays. Raises RightsProblem.

    Rights are looked at from then on, unless `turn_on` says otherwise.
    """
    facts = grants.facts_of(state, *holder)
    if "all" in wanted:
        facts["all"] = wanted["all"] is True
    facts["objects"] = {**_dict(facts["objects"]), **_objects(state, wanted.get("objects", {}))}
    facts["fields"] = {**_dict(facts["fields"]), **_fields(state, wanted.get("fields", {}))}
    facts["permissions"] = {**_dict(facts["permissions"]), **_permissions(wanted.get("permissions", {}))}
    facts["record_types"] = {**_dict(facts["record_types"]), **_dict(wanted.get("record_types", {}))}
    grants.keep(state, holder[0], facts, turn_on)
    return facts


def share(state: State, wanted: Mapping[str, object]) -> None:
    """Set how records are shared with those who do not own them, one of `DEFAULTS` each. Raises RightsProblem."""
    kept = state.setting(grants.SHARING)
    for sobject, default in wanted.items():
        found = state.catalog.sobject(sobject)
        orphan = found is None or (default == grants.BY_PARENT and "accountid" not in found.fields)
        if found is None or orphan or "ownerid" not in found.fields or default not in grants.DEFAULTS:
            raise RightsProblem(
                f"{sobject} must be an sObject with owners, and {', '.join(grants.DEFAULTS)} its sharing"
            )
    state.set_setting(grants.SHARING, {**(kept if isinstance(kept, dict) else {}), **wanted})
    grants.turn_on(state)


def freeze(state: State, user_id: str, frozen: bool, now: str) -> None:
    """Freeze or unfreeze a user: a frozen one's sessions end, and nobody signs in as that user."""
    known = state.one('SELECT Id FROM "UserLogin" WHERE UserId = ?', (user_id,))
    if known is None:
        row = (state.next_id("0Yw"), user_id, int(frozen), now)
        state.run('INSERT INTO "UserLogin" (Id, UserId, IsFrozen, LastModifiedDate) VALUES (?, ?, ?, ?)', row)
    else:
        state.run('UPDATE "UserLogin" SET IsFrozen = ? WHERE UserId = ?', (int(frozen), user_id))
    if frozen:
        state.run("DELETE FROM _session WHERE user_id = ?", (user_id,))


def activate(state: State, user_id: str, active: bool) -> None:
    """Make a user active or inactive; an inactive one's sessions end."""
    state.run('UPDATE "User" SET IsActive = ? WHERE Id = ?', (int(active), user_id))
    if not active:
        state.run("DELETE FROM _session WHERE user_id = ?", (user_id,))


def take_away(state: State, user_id: str, wanted: Mapping[str, object]) -> None:
    """Change the rights of one user, as the perm fault says: a profile that grants all grants all but these.

    Raises RightsProblem.
    """
    if "sharing" in wanted:
        asked = _dict(wanted["sharing"])
        share(state, {str(asked["sobject"]): asked["default"]})
    for holder in grants.holders_of(state, user_id):
        facts = grants.facts_of(state, *holder)
        if facts["all"] is True:
            everything = {one.name: list(grants.RIGHTS[:4]) for one in state.catalog if one.createable}
            others = {one: one != "ViewAllData" for one in grants.PERMISSIONS}
            permissions = {**others, **_dict(facts["permissions"])}
            facts = {**facts, "all": False, "objects": everything, "permissions": permissions}
            grants.keep(state, holder[0], facts)
        grant(state, holder, _less(facts, wanted))


def _less(facts: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, object]:
    if "fls" in wanted:
        asked = _dict(wanted["fls"])
        level = "none" if asked.get("read") is False else "read" if asked.get("edit") is False else "edit"
        return {"fields": {str(asked["field"]): level}}
    if "permission" in wanted:
        return {"permissions": {str(wanted["permission"]): False}}
    if "object" not in wanted:
        return {}
    asked = _dict(wanted["object"])
    name = str(asked["sobject"])
    had: set[str] = set()
    for key, rights in _dict(facts["objects"]).items():
        if key.lower() == name.lower() and isinstance(rights, list):
            had = set(map(str, rights))
    for right in grants.RIGHTS:
        if right in asked:
            (had.add if asked[right] else had.discard)(right)
    if asked.get("read") is False:
        had = set()
    return {"objects": {name: sorted(had)}}


def _objects(state: State, wanted: object) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, rights in _dict(wanted).items():
        found = state.catalog.sobject(str(name))
        if found is None or not isinstance(rights, list) or not all(one in grants.RIGHTS for one in rights):
            raise RightsProblem(f"{name} must be an sObject, with a list of {', '.join(grants.RIGHTS)}")
        made[found.name] = rights
    return made


def _fields(state: State, wanted: object) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, level in _dict(wanted).items():
        sobject, _, field = str(name).partition(".")
        found = state.catalog.sobject(sobject)
        if found is None or field.lower() not in found.known or level not in grants.LEVELS:
            raise RightsProblem(f"{name} must be a field such as Lead.Email, with one of {', '.join(grants.LEVELS)}")
        if not found.known[field.lower()].permissionable:
            raise RightsProblem(f"{name} is open to all who see the record: no right to it is given or taken")
        made[f"{found.name}.{found.known[field.lower()].name}"] = level
    return made


def _permissions(wanted: object) -> dict[str, object]:
    given = _dict(wanted)
    unknown = next((one for one in given if one not in grants.PERMISSIONS), None)
    if unknown is not None or not all(isinstance(one, bool) for one in given.values()):
        known = ", ".join(grants.PERMISSIONS)
        raise RightsProblem(f"permissions must be true or false by name, and {unknown!r} is none of {known}")
    return given


def _dict(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RightsProblem("objects, fields and permissions must be objects")
    return value
