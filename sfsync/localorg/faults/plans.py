"""Fault plans as files: TOML or JSON, with the faults to order and the settings they need.

    [settings]
    bulk_jobs = "polls:3"

    [[faults]]
    id = "lost"
    when = { op = "create", nth = 1 }
    do = "drop_after_commit"

JSON holds the same, or only the list of faults. `trial = "F11"` among the faults stands for the orders of that trial.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sfsync.errors import FileError, UsageError
from sfsync.localorg.faults.known import TRIALS, orders_of

_LIKE_A_TRIAL = re.compile(r"[Ff]\d+")
_KEYS = ("settings", "faults")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one plan asks for."""

    faults: list[object]
    settings: Mapping[str, object] = field(default_factory=dict)


def read(text: str, names: Mapping[str, str]) -> Plan:
    """Read a plan out of a file, or that of a trial such as F11; `names` fills in its `<name>`s.

    Raises FileError and UsageError.
    """
    if text.upper() in TRIALS:
        return Plan(_trial(text.upper(), names))
    if _LIKE_A_TRIAL.fullmatch(text) and not Path(text).exists():
        raise UsageError(f"there is no trial {text}", todo=f"name one of {known()}, or the file of a plan")
    value = _value(Path(text))
    plan = value if isinstance(value, dict) else {"faults": value}
    faults, settings = plan.get("faults", []), plan.get("settings", {})
    unknown = sorted(set(plan) - set(_KEYS))
    if unknown or not isinstance(faults, list) or not isinstance(settings, dict):
        told = f"unknown key {unknown[0]!r}" if unknown else "`faults` must be a list, and `settings` a table"
        raise FileError(f"{text}: {told}", todo=f"a fault plan has {' and '.join(_KEYS)}")
    found = [each for one in faults for each in _orders(text, one, names)]
    return Plan(found, settings)


def known() -> str:
    """Name the trials there are: the first and the last, as they have no gaps."""
    names = sorted(TRIALS)
    return f"{names[0]} to {names[-1]}"


def _value(path: Path) -> object:
    try:
        text = path.read_text("utf-8")
        return json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        todo = "name a file, or a trial such as F11"
        raise FileError(f"{path} cannot be read: {error.strerror}", todo=todo) from None
    except ValueError as error:
        raise FileError(
            f"{path} is no fault plan: {error}", todo="write it as TOML, or as JSON in a .json file"
        ) from None


def _orders(place: str, entry: object, names: Mapping[str, str]) -> list[object]:
    if not isinstance(entry, dict) or "trial" not in entry:
        return [entry]
    trial, given = str(entry["trial"]).upper(), entry.get("with", {})
    if trial not in TRIALS:
        raise FileError(f"{place}: there is no trial {entry['trial']}", todo=f"name one of {known()}")
    if not isinstance(given, dict) or set(entry) - {"trial", "with"}:
        raise FileError(f'{place}: a trial is written {{ trial = "F01", with = {{ lead = "00Q..." }} }}')
    return _trial(trial, {**names, **{str(key): str(value) for key, value in given.items()}})


def _trial(trial: str, names: Mapping[str, str]) -> list[object]:
    try:
        found = orders_of(trial, names)
    except KeyError as missing:
        name = missing.args[0]
        raise UsageError(f"{trial} must be told its <{name}>", todo=f'add --with "{name}=..."') from None
    if not found:
        raise UsageError(f"{trial} needs no order: {TRIALS[trial].told}")
    return found
