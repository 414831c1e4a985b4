"""Making an org anew: emptied, furnished and filled, while its credentials, clock and settings stay."""

from sfsync.clock import Clock
from sfsync.localorg import bootstrap, usage
from sfsync.localorg.control import clock as org_clock
from sfsync.localorg.control import credentials
from sfsync.localorg.control.settings import BULK_JOBS, SWITCHES
from sfsync.localorg.identity import sessions
from sfsync.localorg.seed.sowing import Amounts, Progress, silent, sow
from sfsync.localorg.state import State

_LIMITS = (usage.SETTING, usage.LIMITS_SETTING, usage.CONCURRENT_SETTING, usage.LONG_SETTING)
_STAYS = (*credentials.KEPT, org_clock.SETTING, BULK_JOBS, sessions.SECONDS_SETTING, *_LIMITS, *SWITCHES)
_AMOUNTS = "amounts"


def found(state: State, clock: Clock, amounts: Amounts, seed: int, progress: Progress = silent) -> None:
    """Fill a state that holds nothing yet."""
    with state.transaction():
        bootstrap.prepare(state, clock, seed)
        sow(state, clock.now(), amounts, seed, progress)
        state.set_setting(_AMOUNTS, [amounts.leads, amounts.accounts, amounts.contacts, amounts.opportunities])


def renew(state: State, clock: Clock, amounts: Amounts, seed: int, progress: Progress = silent) -> None:
    """Forget all records, calls and faults, and fill the org again; all or nothing."""
    with state.transaction():
        stays = {key: value for key in _STAYS if (value := state.setting(key)) is not None}
        drawn = state.rows("SELECT name, last FROM _counter WHERE name LIKE 'secret %'")
        state.reset()
        for counter in drawn:  # or a secret that stays would be made once more, for somebody else
            state.next_number(str(counter["name"]), int(counter["last"]))
        for key, value in stays.items():
            state.set_setting(key, value)
        found(state, clock, amounts, seed, progress)
        for key, value in stays.items():  # the bootstrap has made its own
            state.set_setting(key, value)
        credentials.credentials(state, clock)


def last_amounts(state: State) -> tuple[Amounts, int]:
    """Give the amounts and the seed the org was filled with last."""
    kept, seed = state.setting(_AMOUNTS), state.setting("seed")
    return (Amounts(*kept) if isinstance(kept, list) else Amounts()), (seed if isinstance(seed, int) else 1)


def holds_data(state: State) -> bool:
    """Tell whether the state was filled or prepared before."""
    return state.setting("seed") is not None
