"""Making an org anew: emptied, furnished and filled, while its credentials, clock and settings stay."""

import hashlib
import secrets

from sfsync.clock import Clock
from sfsync.localorg import bootstrap, credentials, usage
from sfsync.localorg.control import clock as org_clock
from sfsync.localorg.control.settings import BULK_JOBS, SWITCHES, TURNS
from sfsync.localorg.identity import sessions
from sfsync.localorg.seed.amounts import Amounts, Progress, silent
from sfsync.localorg.seed.sowing import sow
from sfsync.localorg.state import ID_NUMBERS, State

_LIMITS = (usage.SETTING, usage.LIMITS_SETTING, usage.CONCURRENT_SETTING, usage.LONG_SETTING)
_STAYS = (
    *credentials.KEPT,
    org_clock.SETTING,
    BULK_JOBS,
    sessions.SECONDS_SETTING,
    *_LIMITS,
    *(one for one in SWITCHES if one not in TURNS),
)
_AMOUNTS = "amounts"


def any_org() -> int:
    """Draw the number that an org's id is made of, so that no two orgs are taken for each other."""
    return secrets.randbelow(ID_NUMBERS)


def found(
    state: State, clock: Clock, amounts: Amounts, seed: int, progress: Progress = silent, org_number: int = 1
) -> None:
    """Fill a state that holds nothing yet; `any_org` draws a number for it."""
    with state.transaction():
        bootstrap.prepare(state, clock, seed, org_number)
        sow(state, clock.now(), amounts, seed, progress)
        state.set_setting(_AMOUNTS, [amounts.leads, amounts.accounts, amounts.contacts, amounts.opportunities])


def renew(state: State, clock: Clock, amounts: Amounts, seed: int, progress: Progress = silent) -> None:
    """Forget all records, calls and faults, and fill the org again, as another org; all or nothing."""
    with state.transaction():
        stays = {key: value for key in _STAYS if (value := state.setting(key)) is not None}
        turned = [one for one in TURNS if state.setting(one) is True]
        number = _next_org(state, clock)
        drawn = state.rows("SELECT name, last FROM _counter WHERE name LIKE 'secret %'")
        state.reset()
        for counter in drawn:  # or a secret that stays would be made once more, for somebody else
            state.next_number(str(counter["name"]), int(counter["last"]))
        for key, value in stays.items():
            state.set_setting(key, value)
        found(state, clock, amounts, seed, progress, number)
        for key, value in stays.items():  # the bootstrap has made its own
            state.set_setting(key, value)
        for name in turned:
            TURNS[name](state, True)
        credentials.rewrite_facts(state, clock)


def _next_org(state: State, clock: Clock) -> int:
    """Give the number of the org that follows this one: the same for the same org at the same time, else another."""
    row = state.one("SELECT Id FROM Organization")
    if row is None:
        return any_org()
    digest = hashlib.blake2b(f"{row['Id']} {clock.now().isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % ID_NUMBERS


def last_amounts(state: State) -> tuple[Amounts, int]:
    """Give the amounts and the seed the org was filled with last."""
    kept, seed = state.setting(_AMOUNTS), state.setting("seed")
    return (Amounts(*kept) if isinstance(kept, list) else Amounts()), (seed if isinstance(seed, int) else 1)


def holds_data(state: State) -> bool:
    """Tell whether the state was filled or prepared before."""
    return state.setting("seed") is not None
