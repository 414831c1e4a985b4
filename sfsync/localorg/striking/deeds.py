"""What somebody else does in the org, or an admin in its setup, at the moment a request comes in."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from sfsync.localorg.bulk2 import jobs
from sfsync.localorg.context import OrgContext
from sfsync.localorg.control import schema
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.faults.asked import About
from sfsync.localorg.identity import sessions
from sfsync.localorg.rest.replication import forget_deletes
from sfsync.localorg.rights import changing
from sfsync.localorg.saving import convert, merge, reading, recycle, store, wishes
from sfsync.localorg.saving.draft import Draft, Options, Outcome
from sfsync.localorg.saving.save import save
from sfsync.localorg.soap.envelope import session_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Answer, Refusal, Request
from sfsync.records.ids import is_id, to_18

Deed = Callable[[OrgContext, Request, object], Answer | None]
_STAMPS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")


def somebody(org: OrgContext) -> OrgContext:
    """Give the org as another of its people sees it, with every right."""
    own = str(org.state.setting("integration_user_id"))
    row = org.state.one('SELECT Id FROM "User" WHERE IsActive = 1 AND Id <> ? ORDER BY Id', (own,))
    return replace(org, user_id=own if row is None else str(row["Id"]), version=org.version or "59.0")


def _merge(org: OrgContext, request: Request, value: object) -> Answer | None:
    assert isinstance(value, dict)
    master, losers = str(value["master"]), [_long(one) for one in value["losers"]]
    done = merge.merge(somebody(org), _kind(org, master), Draft({}, _long(master)), losers)
    _fail(done.errors)
    return None


def _delete(org: OrgContext, request: Request, value: object) -> Answer | None:
    for kind, ids in _by_kind(org, value):
        _check(recycle.delete(somebody(org), kind, ids))
    return None


def _undelete(org: OrgContext, request: Request, value: object) -> Answer | None:
    for kind, ids in _by_kind(org, value):
        _check(recycle.undelete(somebody(org), kind, ids))
    return None


def _purge(org: OrgContext, request: Request, value: object) -> Answer | None:
    if value is True:
        for kind in org.catalog:
            if kind.soft_deletes:
                org.state.run(f'DELETE FROM "{kind.name}" WHERE IsDeleted = 1')  # noqa: S608 - a name of the catalog
        for row in org.state.rows("SELECT DISTINCT sobject FROM _deleted_log"):
            forget_deletes(org, str(row["sobject"]))
        org.state.run("DELETE FROM _deleted_log")
        return None
    for kind, ids in _by_kind(org, value):
        _check(recycle.empty(org, kind, ids))
        org.state.many("DELETE FROM _deleted_log WHERE id = ?", [(one,) for one in ids])
        forget_deletes(org, kind.name)
    return None


def _convert(org: OrgContext, request: Request, value: object) -> Answer | None:
    row = org.state.one('SELECT ApiName FROM "LeadStatus" WHERE IsConverted = 1')
    status = "" if row is None else str(row["ApiName"])
    other = somebody(org)
    for _, ids in _by_kind(org, value):
        for one in ids:
            lead = org.state.one('SELECT OwnerId FROM "Lead" WHERE Id = ?', (one,))
            of_queue = lead is not None and not str(lead["OwnerId"]).startswith("005")
            wish = wishes.Wish(one, status, owner_id=other.user_id if of_queue else "")
            _fail(convert.convert(other, wish).errors)
    return None


def _save(org: OrgContext, request: Request, value: object) -> Answer | None:
    assert isinstance(value, dict) and isinstance(value["record"], dict)
    other, kind = somebody(org), org.sobject(str(value["object"]))
    draft = reading.read(org.catalog, kind, value["record"])
    named = next((one for name, one in value["record"].items() if name.lower() == "id"), None)
    draft.record_id = _long(named) if named else None
    before = store.by_id(org.state, kind, [draft.record_id]) if draft.record_id else {}
    _check(save(other, kind, [draft], Options()))
    if value.get("keep_stamp") and before and draft.record_id:
        kept = {name: before[draft.record_id][name] for name in _STAMPS if name in before[draft.record_id]}
        store.update(org.state, kind, {draft.record_id: kept})
    return None


def _same_stamp(org: OrgContext, request: Request, value: object) -> Answer | None:
    assert isinstance(value, dict)
    kind = org.sobject(str(value["object"]))
    alive = "WHERE IsDeleted = 0" if kind.soft_deletes else ""
    some = f'SELECT Id FROM "{kind.name}" {alive} ORDER BY Id LIMIT ?'  # noqa: S608 - a name of the catalog
    flood = f'UPDATE "{kind.name}" SET SystemModstamp = ? WHERE Id IN ({some})'  # noqa: S608
    org.state.run(flood, (org.stamp, int(value["n"])))
    return None


def _clock(org: OrgContext, request: Request, value: object) -> Answer | None:
    if isinstance(value, dict) and "step" in value:
        if not isinstance(org.clock, OrgClock):
            raise Refusal(400, "INVALID_FAULT", "the time of this org is not set here: whoever made it holds its clock")
        org.clock.advance(org.state, float(value["step"]))
    return None


def _schema(org: OrgContext, request: Request, value: object) -> Answer | None:
    assert isinstance(value, dict)
    schema.change(org, value)
    return None


def _perm(org: OrgContext, request: Request, value: object) -> Answer | None:
    """Take rights from the user who asks; a request without a living session takes none."""
    assert isinstance(value, dict)
    try:
        user_id = sessions.user_of(org.state, org.clock, sessions.token_of(request) or session_of(request))
    except Refusal:
        return None
    try:
        changing.take_away(org.state, user_id, value)
    except changing.RightsProblem as problem:
        raise Refusal(400, "INVALID_FAULT", f"what was ordered cannot be done: {problem}") from None
    return None


def _locators(org: OrgContext, request: Request, value: object) -> Answer | None:
    org.state.run("DELETE FROM _locator")
    return None


def _job(org: OrgContext, request: Request, value: object) -> Answer | None:
    """Forget the job that the request names, with its results, as after seven days; other trouble meets it later."""
    record_id = About(request, org.state).job_id
    if value == "expire_results" and record_id:
        for kind in ("ingest", "query"):
            with suppress(Refusal):
                jobs.forget(org.state, jobs.find(org.state, record_id, kind))
    return None


DEEDS: Mapping[str, Deed] = {
    "merge": _merge,
    "delete": _delete,
    "undelete": _undelete,
    "purge_bin": _purge,
    "convert_in_org": _convert,
    "save_in_org": _save,
    "same_stamp": _same_stamp,
    "clock": _clock,
    "schema": _schema,
    "perm": _perm,
    "expire_locators": _locators,
    "job": _job,
}


def _by_kind(org: OrgContext, value: object) -> list[tuple[SObject, list[str]]]:
    ids = [_long(one) for one in (value if isinstance(value, list) else [value])]
    return [(_kind(org, one), [one]) for one in ids]


def _kind(org: OrgContext, record_id: str) -> SObject:
    found = org.catalog.by_prefix(record_id[:3])
    if found is None:
        raise Refusal(400, "INVALID_FAULT", f"{record_id} is no id of this org")
    return found


def _long(record_id: object) -> str:
    text = str(record_id)
    if not is_id(text):
        raise Refusal(400, "INVALID_FAULT", f"{text!r} is no id")
    return to_18(text)


def _check(outcomes: Sequence[Outcome]) -> None:
    _fail([error for one in outcomes for error in one.errors])


def _fail(errors: Sequence[Refusal]) -> None:
    if errors:
        raise Refusal(400, "INVALID_FAULT", f"what was ordered cannot be done: {errors[0]}")
