"""How to start an org, as people and the starting process say it."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sfsync.errors import UsageError
from sfsync.localorg.seed.amounts import Amounts


@dataclass(frozen=True, slots=True)
class Options:
    """How to start an org; None means: as it was, or the default of a fresh one."""

    state: Path
    port: int | None = None  # 0: any
    leads: int | None = None
    accounts: int | None = None
    contacts: int | None = None
    opportunities: int | None = None
    seed: int | None = None
    bulk_jobs: str | None = None

    @property
    def fills(self) -> bool:
        """Tell whether they say what the org shall hold."""
        asked = (self.leads, self.accounts, self.contacts, self.opportunities, self.seed)
        return any(value is not None for value in asked)

    def amounts(self) -> Amounts:
        """Give the amounts to fill a fresh org with; no leads, and nothing else asked for, is an empty org."""
        named = {name: getattr(self, name) for name in ("leads", "accounts", "contacts", "opportunities")}
        usual = Amounts(0, 0, 0, 0) if self.leads == 0 else Amounts()
        return replace(usual, **{name: value for name, value in named.items() if value is not None})


def already_filled(folder: Path) -> UsageError:
    """Give the error of asking a filled org to be filled."""
    todo = "use `sfsync org reset --leads N --seed S` to make it anew"
    return UsageError(f"the local org in {folder} holds data already", todo=todo)


def options_json(options: Options) -> str:
    """Write options as the background program is given them."""
    return json.dumps({**asdict(options), "state": str(options.state)})
