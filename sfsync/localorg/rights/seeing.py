"""The catalog as one user sees it: sObjects and fields without rights are not there, rows of others are left out.

Everything that describes, queries or writes goes by the catalog, so that it goes by the rights too.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.objects.read import with_children
from sfsync.localorg.rights import details, grants, shares
from sfsync.localorg.rights.grants import Rights
from sfsync.localorg.rights.members import groups_of
from sfsync.localorg.sobject import AUDIT, Field
from sfsync.localorg.state import State
from sfsync.localorg.wire import Refusal

_MOST_KEPT = 64
_KEPT: OrderedDict[tuple[object, ...], Catalog | None] = OrderedDict()


def seen_by(state: State, user_id: str) -> Catalog | None:
    """Give the catalog as a user sees it, None for one who sees it as it is."""
    changed = state.setting(grants.SETTING)
    if changed is None:
        return None
    holders = grants.holders_of(state, user_id)
    key = (state.catalog, state.catalog.version, str(changed), user_id, holders)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.popitem(last=False)
        rights = grants.of_user(state, holders)
        _KEPT[key] = None if rights.everything and not rights.lacking else _catalog(state, rights, user_id)
    return _KEPT[key]


def demand_api(org: OrgContext) -> None:
    """Refuse users without the permission to use the API. Raises Refusal API_DISABLED_FOR_ORG."""
    if org.lacks("ApiEnabled"):
        raise Refusal(403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or user type")


def governed(sobject: SObject) -> bool:
    """Tell whether rights are given on an sObject: those that hold an org's data, save what goes with other data."""
    return ((sobject.undeletable and sobject.createable) or sobject.custom) and sobject.name not in details.ACTIVITIES


def _catalog(state: State, rights: Rights, user_id: str) -> Catalog:
    if rights.everything:
        return Catalog({one.name.lower(): _stamped(one, rights) for one in state.catalog}, rights.lacking)
    sharing = grants.default_sharing(state)
    found: dict[str, SObject] = {}
    for sobject in state.catalog:
        key = sobject.name.lower()
        if governed(sobject) and "read" in rights.on(sobject.name):
            found[key] = _seen(state, sobject, rights, user_id, sharing.get(key, "public"))
    for sobject in state.catalog:
        seen = None if governed(sobject) else _unruled(sobject, found, user_id, rights.lacking)
        if seen is not None:
            found[sobject.name.lower()] = seen
    listed = {one.name.lower(): found[one.name.lower()] for one in state.catalog if one.name.lower() in found}
    return Catalog(with_children(listed), rights.lacking)


def _unruled(sobject: SObject, found: Mapping[str, SObject], user_id: str, lacking: frozenset[str]) -> SObject | None:
    """Give an sObject that no right is given on as the user sees it, None where it is not there."""
    if sobject.name in details.ABOUT:
        return details.detail(sobject, found.get(details.ABOUT[sobject.name][1].lower()))
    if sobject.name in details.ACTIVITIES:
        return details.activity(sobject, found, user_id)
    return details.furniture(sobject, user_id, lacking)


def _stamped(sobject: SObject, rights: Rights) -> SObject:
    """Give an sObject whose audit stamps nobody sets who has not the permission."""
    if "CreateAuditFields" not in rights.lacking:
        return sobject
    closed = {key: replace(one, createable=False) for key, one in sobject.fields.items() if one.name in AUDIT}
    return replace(sobject, fields=MappingProxyType({**sobject.fields, **closed})) if closed else sobject


def _seen(state: State, sobject: SObject, rights: Rights, user_id: str, sharing: str) -> SObject:
    on = rights.on(sobject.name)
    sobject = _stamped(sobject, rights)
    mine = _condition(state, sobject, user_id, sharing, shares.DELETE)
    fields: dict[str, Field] = {}
    hidden = dict(sobject.hidden)
    for key, field in sobject.fields.items():
        level = rights.level(sobject.name, field.name) if field.permissionable else "edit"
        if level == "none":
            hidden[key] = field
        elif level == "read":
            fields[key] = replace(field, createable=False, updateable=False)
        else:
            fields[key] = field
    return replace(
        sobject,
        fields=MappingProxyType(fields),
        hidden=MappingProxyType(hidden),
        createable=sobject.createable and "create" in on,
        updateable=sobject.updateable and "edit" in on,
        deletable=sobject.deletable and "delete" in on,
        undeletable=sobject.undeletable and "delete" in on,
        visible="" if "view_all" in on else _condition(state, sobject, user_id, sharing, shares.READ),
        writeable="" if "modify_all" in on else _condition(state, sobject, user_id, sharing, shares.WRITE),
        removable="" if "modify_all" in on else mine,
        givable="" if "modify_all" in on or _gives_any(sobject, rights, sharing) else mine,
    )


def _gives_any(sobject: SObject, rights: Rights, sharing: str) -> bool:
    """Tell whether a user may give away whatever record of an sObject the user may change.

    Documented (help): leads that everybody may change everybody may transfer; else the permissions say it.
    """
    named = {"TransferAnyEntity", *(("TransferAnyLead",) if sobject.name == "Lead" else ())}
    return (sobject.name == "Lead" and sharing == "public") or bool(named - rights.lacking)


def _condition(state: State, sobject: SObject, user_id: str, sharing: str, levels: Sequence[str]) -> str:
    """Give the SQL condition of the rows that are open to a user by one of some levels; "" is all.

    Documented (help, organization-wide sharing): what everybody may change only its owner, and those above, may delete.
    """
    open_to_all = (sharing == "public" and levels != shares.DELETE) or (sharing == "read" and levels == shares.READ)
    if "ownerid" not in sobject.fields or open_to_all:
        return ""
    defaults = grants.default_sharing(state)
    mine = f'"OwnerId" IN ({groups_of(user_id)})'
    if sharing != grants.BY_PARENT:
        implied = shares.implied(sobject.name, user_id, levels, defaults)
        return _any_of(mine, shares.opened_to(sobject.name, user_id, levels), *implied)
    account = state.catalog.sobject("Account")
    above = (
        _condition(state, account, user_id, defaults.get("account", "public"), levels) if account is not None else ""
    )
    inside = f'SELECT "Id" FROM "Account" WHERE {above}' if above else 'SELECT "Id" FROM "Account"'  # noqa: S608
    return _any_of(f'"AccountId" IN ({inside})', f'"AccountId" IS NULL AND {mine}')


def _any_of(*conditions: str) -> str:
    return f"({' OR '.join(one for one in conditions if one)})"
