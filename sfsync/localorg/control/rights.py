"""Rights on the control plane: `/_org/rights`, `/_org/users`."""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.control.body import an_object, keys_of, refused, text, truth
from sfsync.localorg.identity import sessions
from sfsync.localorg.rights import changing, grants
from sfsync.localorg.rights.changing import RightsProblem
from sfsync.localorg.wire import Answer, Request, json_answer

_HOLDERS = {"profile": "Profile", "permission_set": "PermissionSet"}
_GRANTED = ("all", "objects", "fields", "permissions")


def show(org: OrgContext, request: Request) -> Answer:
    """Give what each profile and permission set grants, and how records are shared."""
    found = []
    for key, kind in _HOLDERS.items():
        for row in org.state.rows(f'SELECT Id, Name FROM "{kind}" ORDER BY Id'):  # noqa: S608 - our own
            found.append({key: row["Name"], **grants.facts_of(org.state, str(row["Id"]), str(row["Name"]))})
    sharing = org.state.setting(grants.SHARING) or {}
    return json_answer(200, {"on": grants.are_on(org.state), "grants": found, "sharing": sharing})


def change(org: OrgContext, request: Request) -> Answer:
    """Set rights: `{"profile" or "permission_set", "all", "objects", ...}`, `{"sharing": {"Lead": "private"}}`."""
    wanted = keys_of(request, *_HOLDERS, *_GRANTED, "sharing", "on")
    granted = [one for one in _GRANTED if one in wanted]
    if granted and not any(one in wanted for one in _HOLDERS):
        raise refused(f"`{granted[0]}` needs a `profile` or a `permission_set` to grant it")
    for name in ("all", "on"):
        truth(wanted.get(name, True), name)
    sharing = an_object(wanted.get("sharing", {}), "sharing")
    try:
        with org.state.transaction():
            if sharing:
                changing.share(org.state, sharing)
            for key, kind in _HOLDERS.items():
                if key in wanted:
                    holder = changing.holder_named(org.state, kind, text(wanted[key], key))
                    changing.grant(org.state, holder, wanted)
            if "on" in wanted:
                (grants.turn_on if wanted["on"] else grants.turn_off)(org.state)
    except RightsProblem as problem:
        raise refused(str(problem)) from None
    return show(org, request)


def change_user(org: OrgContext, request: Request) -> Answer:
    """Change a user: `{"username", "profile", "role", "active", "frozen"}`; inactive and frozen ones lose sessions."""
    wanted = keys_of(request, "username", "profile", "role", "active", "frozen")
    name = text(wanted.get("username"), "username")
    switched = {key: truth(wanted[key], key) for key in ("active", "frozen") if key in wanted}
    row = org.state.one('SELECT Id FROM "User" WHERE Username = ? COLLATE NOCASE', (name,))
    if row is None:
        raise refused(f"the org has no user {name!r}", "NOT_FOUND", 404)
    user_id = str(row["Id"])
    for key, kind in (("profile", "Profile"), ("role", "UserRole")):
        if key in wanted:
            given = None if wanted[key] is None and key == "role" else _named(org, kind, text(wanted[key], key))
            org.state.run(f'UPDATE "User" SET {kind}Id = ? WHERE Id = ?', (given, user_id))  # noqa: S608 - our own
    if "active" in switched:
        changing.activate(org.state, user_id, switched["active"])
    if "frozen" in switched:
        changing.freeze(org.state, user_id, switched["frozen"], org.stamp)
    sql = """SELECT IsActive, ProfileId, (SELECT Name FROM "UserRole" r WHERE r.Id = UserRoleId) AS role
             FROM "User" WHERE Id = ?"""
    shown = org.state.one(sql, (user_id,))
    assert shown is not None
    told = {"username": name, "active": bool(shown["IsActive"]), "profile_id": shown["ProfileId"]}
    told["role"] = shown["role"]
    return json_answer(200, {**told, "user_id": user_id, "frozen": sessions.is_frozen(org.state, user_id)})


def _named(org: OrgContext, kind: str, name: str) -> str:
    try:
        return changing.holder_named(org.state, kind, name)[0]
    except RightsProblem as problem:
        raise refused(str(problem)) from None
