"""What can be set while the org runs: how Bulk jobs end, how many calls a day allows, how long sessions live.

Besides, switches for what differs between real orgs.
"""

import re
from collections.abc import Callable, Mapping
from types import NoneType

from sfsync.localorg import currencies, fiscal, persons, usage
from sfsync.localorg.control.body import refused, whole_number
from sfsync.localorg.forms import web_to_lead
from sfsync.localorg.formulas.calculator import PERMISSIONS
from sfsync.localorg.geography import switch
from sfsync.localorg.identity import passwords, sessions
from sfsync.localorg.rest import sobjects
from sfsync.localorg.saving import assignment, auto_response, history, record_types, validation_rules
from sfsync.localorg.saving.convert import VALIDATED
from sfsync.localorg.saving.lead_map import NO_ACCOUNT_SOURCE
from sfsync.localorg.soap.signing import LOGIN_EVER
from sfsync.localorg.state import State
from sfsync.localorg.variants import VARIANTS

BULK_JOBS = "bulk_jobs"
_BULK_FORM = re.compile(r"immediate|polls:\d{1,6}|seconds:\d{1,6}(\.\d{1,3})?")
_NUMBERS = {
    "daily_api_requests": usage.SETTING,
    "session_seconds": sessions.SECONDS_SETTING,
    "concurrent_requests": usage.CONCURRENT_SETTING,
    "long_request_seconds": usage.LONG_SETTING,
    "web_leads_per_day": web_to_lead.DAILY_SETTING,
    "web_leads_waiting": web_to_lead.WAITING_SETTING,
}
SWITCHES = (  # the names under which they are kept too; all are off at first
    passwords.TRUSTED,
    LOGIN_EVER,
    sobjects.DELETED_AS_UNKNOWN,
    NO_ACCOUNT_SOURCE,
    VALIDATED,
    auto_response.ON_REST,
    record_types.UNCHECKED,
    record_types.WITHOUT_DEFAULTS,
    validation_rules.FAILING_PASSES,
    switch.SETTING,
    currencies.SETTING,
    currencies.DATED,
    persons.SETTING,
    "production",
    *VARIANTS,
)
_SHAPES: dict[str, tuple[tuple[type, ...], str]] = {  # what else is data, with the words for what it must be
    history.SETTING: ((dict,), 'fields by sObject, as in {"Lead": ["Status"]}'),
    usage.LIMITS_SETTING: ((dict,), 'numbers by the name of the limit, as in {"DailyBulkV2QueryJobs": 100}'),
    PERMISSIONS: ((list,), "a list of names"),
    assignment.DEFAULT_OWNER: ((str, NoneType), "an id or null"),
    web_to_lead.CREATOR_SETTING: ((str, NoneType), "an id or null"),
}
PRODUCTION = "production"  # on: Organization says that the org is no sandbox


def _be_production(state: State, on: bool) -> None:
    state.run('UPDATE "Organization" SET IsSandbox = ?', (int(not on),))
    state.set_setting(PRODUCTION, on)


TURNS: Mapping[str, Callable[[State, bool], None]] = {  # switches that change more than what is kept of them
    PRODUCTION: _be_production,
    switch.SETTING: switch.turn,
    currencies.SETTING: currencies.turn,
    currencies.DATED: currencies.turn_dated,
    persons.SETTING: persons.turn,
}
KNOWN = (BULK_JOBS, fiscal.SETTING, *_NUMBERS, *SWITCHES, *_SHAPES)


def is_bulk_form(text: str) -> bool:
    """Tell whether a text says how Bulk jobs end: immediate, polls:N or seconds:S."""
    return _BULK_FORM.fullmatch(text) is not None


def change(state: State, wanted: Mapping[str, object]) -> None:
    """Set what is given. Raises Refusal, and sets nothing, where a value makes no sense."""
    kept: dict[str, object] = {}
    for name, value in wanted.items():
        if name in _NUMBERS:
            kept[_NUMBERS[name]] = whole_number(value, name)
        elif name == fiscal.SETTING:
            kept[name] = _month(value, name)
        elif name in SWITCHES:
            kept[name] = _switch(value, name)
        elif name in _SHAPES:
            if not isinstance(value, _SHAPES[name][0]):
                raise refused(f"`{name}` must be {_SHAPES[name][1]}")
            kept[name] = value
        elif isinstance(value, str) and is_bulk_form(value):
            kept[BULK_JOBS] = value
        else:
            raise refused("`bulk_jobs` must be immediate, polls:N or seconds:S")
    for key, value in kept.items():
        _keep(state, key, value)


def _keep(state: State, key: str, value: object) -> None:
    if key == fiscal.SETTING:
        fiscal.begin_with(state, int(str(value)))
    elif key in TURNS:
        TURNS[key](state, value is True)
    else:
        state.set_setting(key, value)


def _switch(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise refused(f"`{name}` must be true or false")
    return value


def _month(value: object, name: str) -> int:
    month = whole_number(value, name, 1)
    if month > 12:
        raise refused(f"`{name}` must be a month, 1 to 12")
    return month


def shown(state: State) -> dict[str, object]:
    """Give what is set."""
    return {
        BULK_JOBS: state.setting(BULK_JOBS) or "immediate",
        "daily_api_requests": usage.limit(state),
        "session_seconds": state.setting(sessions.SECONDS_SETTING) or sessions.DEFAULT_SECONDS,
        "concurrent_requests": usage.concurrent(state)[0],
        "long_request_seconds": usage.concurrent(state)[1],
        fiscal.SETTING: fiscal.first_month(state),
        "web_leads_per_day": web_to_lead.per_day(state),
        "web_leads_waiting": web_to_lead.most_waiting(state),
        **{name: state.setting(name) is True for name in SWITCHES},
        **{name: state.setting(name) for name in _SHAPES},
    }
