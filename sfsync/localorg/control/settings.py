"""What can be set while the org runs: how Bulk jobs end, how many calls a day allows, how long sessions live.

Besides, switches for what differs between real orgs.
"""

import re
from collections.abc import Callable, Mapping

from sfsync.localorg import currencies, fiscal, persons, usage
from sfsync.localorg.bulk2 import beside, jobs
from sfsync.localorg.control.body import refused, truth, whole_number
from sfsync.localorg.control.setting_forms import FORMS
from sfsync.localorg.forms import web_to_lead
from sfsync.localorg.geography import switch
from sfsync.localorg.identity import passwords, sessions
from sfsync.localorg.rest import sobjects
from sfsync.localorg.saving import assignment, auto_response, record_types, recycle, validation_rules
from sfsync.localorg.saving.convert import VALIDATED
from sfsync.localorg.saving.lead_map import NO_ACCOUNT_SOURCE
from sfsync.localorg.soap.signing import LOGIN_EVER
from sfsync.localorg.state import SETS_STAMPS, State
from sfsync.localorg.variants import VARIANTS

BULK_JOBS = "bulk_jobs"
_BULK_FORM = re.compile(r"immediate|polls:\d{1,6}|seconds:\d{1,6}(\.\d{1,3})?")
_NUMBERS = {  # what each is kept under, and its least value
    "daily_api_requests": (usage.SETTING, 0),
    "session_seconds": (sessions.SECONDS_SETTING, 1),
    "login_attempts": (passwords.ATTEMPTS_SETTING, 0),
    "concurrent_requests": (usage.CONCURRENT_SETTING, 0),
    "long_request_seconds": (usage.LONG_SETTING, 0),
    "bulk_batch_rows": (beside.BATCH_SETTING, 1),
    "web_leads_per_day": (web_to_lead.DAILY_SETTING, 0),
    "web_leads_waiting": (web_to_lead.WAITING_SETTING, 0),
    "recycle_bin_days": (recycle.DAYS_SETTING, 1),
    "recycle_bin_records": (recycle.RECORDS_SETTING, 0),
    "bulk_result_days": (jobs.DAYS_SETTING, 1),
}
SWITCHES = (  # the names under which they are kept too; all are off at first
    passwords.TRUSTED,
    LOGIN_EVER,
    sobjects.DELETED_AS_UNKNOWN,
    NO_ACCOUNT_SOURCE,
    VALIDATED,
    auto_response.ON_REST,
    assignment.MAIL_ON_REST,
    record_types.UNCHECKED,
    record_types.WITHOUT_DEFAULTS,
    validation_rules.FAILING_PASSES,
    switch.SETTING,
    currencies.SETTING,
    currencies.DATED,
    persons.SETTING,
    SETS_STAMPS,
    "production",
    *VARIANTS,
)
PRODUCTION = "production"  # on: Organization says that the org is no sandbox


def _be_production(state: State, on: bool) -> None:
    state.run('UPDATE "Organization" SET IsSandbox = ?', (int(not on),))
    state.set_setting(PRODUCTION, on)


def _open_stamps(state: State, on: bool) -> None:
    state.set_setting(SETS_STAMPS, on)
    state.reread()


TURNS: Mapping[str, Callable[[State, bool], None]] = {  # switches that change more than what is kept of them
    PRODUCTION: _be_production,
    switch.SETTING: switch.turn,
    currencies.SETTING: currencies.turn,
    currencies.DATED: currencies.turn_dated,
    persons.SETTING: persons.turn,
    SETS_STAMPS: _open_stamps,
}
KNOWN = (BULK_JOBS, fiscal.SETTING, *_NUMBERS, *SWITCHES, *FORMS)


def is_bulk_form(text: str) -> bool:
    """Tell whether a text says how Bulk jobs end: immediate, polls:N or seconds:S."""
    return _BULK_FORM.fullmatch(text) is not None


def change(state: State, wanted: Mapping[str, object]) -> None:
    """Set what is given. Raises Refusal, and sets nothing, where a value makes no sense."""
    kept: dict[str, object] = {}
    for name, value in wanted.items():
        if name in _NUMBERS:
            key, least = _NUMBERS[name]
            kept[key] = whole_number(value, name, least)
        elif name == fiscal.SETTING:
            kept[name] = whole_number(value, name, 1, 12)
        elif name in SWITCHES:
            kept[name] = truth(value, name)
        elif name in FORMS:
            kept[name] = FORMS[name](state, value, name)
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


def shown(state: State) -> dict[str, object]:
    """Give what is set."""
    return {
        BULK_JOBS: state.setting(BULK_JOBS) or "immediate",
        "daily_api_requests": usage.limit(state),
        "session_seconds": state.setting(sessions.SECONDS_SETTING) or sessions.DEFAULT_SECONDS,
        "login_attempts": passwords.attempts(state),
        "concurrent_requests": usage.concurrent(state)[0],
        "long_request_seconds": usage.concurrent(state)[1],
        "bulk_batch_rows": state.setting(beside.BATCH_SETTING) or beside.BATCH,
        fiscal.SETTING: fiscal.first_month(state),
        "web_leads_per_day": web_to_lead.per_day(state),
        "web_leads_waiting": web_to_lead.most_waiting(state),
        "recycle_bin_days": recycle.bin_days(state),
        "recycle_bin_records": recycle.bin_records(state),
        "bulk_result_days": jobs.result_days(state),
        **{name: state.setting(name) is True for name in SWITCHES},
        **{name: state.setting(name) for name in FORMS},
    }
