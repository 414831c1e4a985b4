"""Settings that are more than a number or a switch: what each must look like, and what it may name."""

from collections.abc import Callable, Mapping

from sfsync.localorg import usage
from sfsync.localorg.control.body import an_object, refused, whole_number
from sfsync.localorg.forms import web_to_lead
from sfsync.localorg.formulas.calculator import PERMISSIONS
from sfsync.localorg.rest.limits import NAMED
from sfsync.localorg.saving import assignment, history
from sfsync.localorg.state import State
from sfsync.records.ids import is_id, to_18

Check = Callable[[State, object, str], object]  # gives what is kept; raises Refusal


def _limits(state: State, value: object, name: str) -> object:
    limits = an_object(value, name)
    unknown = sorted(set(limits) - NAMED)
    if unknown:
        raise refused(f"`{name}` has no limit {unknown[0]!r}: {', '.join(sorted(NAMED))} are known")
    return {key: whole_number(one, f"{name}.{key}") for key, one in limits.items()}


def _history(state: State, value: object, name: str) -> object:
    tracked = an_object(value, name)
    for sobject, fields in tracked.items():
        kind = state.catalog.sobject(sobject)
        if kind is None or kind.name not in history.KEPT_IN:
            raise refused(f"`{name}`: {sobject!r} is none of {', '.join(history.KEPT_IN)}")
        for field in fields if isinstance(fields, list) else [None]:
            if not isinstance(field, str) or field.lower() not in kind.known:
                raise refused(f"`{name}`: {kind.name} has no field {field!r}; it must be a list of its fields")
    return {str(key): one for key, one in tracked.items()}


def _names(state: State, value: object, name: str) -> object:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise refused(f"`{name}` must be a list of names")
    return value


def _owner(*kinds: str) -> Check:
    """Take null, or the id of a record of one of some sObjects."""

    def check(state: State, value: object, name: str) -> object:
        if value is None:
            return None
        record_id = to_18(value) if isinstance(value, str) and is_id(value) else ""
        for kind in kinds:
            if state.one(f'SELECT 1 FROM "{kind}" WHERE Id = ?', (record_id,)) is not None:  # noqa: S608 - our own
                return record_id
        raise refused(f"`{name}` must be the id of a {' or '.join(kinds)} of this org, or null")

    return check


FORMS: Mapping[str, Check] = {
    history.SETTING: _history,
    usage.LIMITS_SETTING: _limits,
    PERMISSIONS: _names,
    assignment.DEFAULT_OWNER: _owner("User", "Group"),
    web_to_lead.CREATOR_SETTING: _owner("User"),
}
