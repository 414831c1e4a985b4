"""Faults on order: reading, keeping and counting them. They lie in the state, so they outlive a restart.

A fault is `{"id", "when": {...}, "do", "times", "seed"}`. Every part of `when` may be left out:

    method, path      of the request; a path is a prefix, or a regular expression if it starts with `^`
    host              the request came to
    op                what the request does: query, create, login, ... or the groups write and bulk (see asked.py)
    object, record    the sObject, or the record, that the request names
    job_state         the state of the Bulk job that the request is about
    between           two times of the org's clock
    nth, every, prob  of the requests that fit: that one, each so-many-th, each with that probability

`times` (also in `when`) bounds how often it strikes. `do` is a verb of verbs.py or a list of verbs.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sfsync.localorg.faults import asked, forms, verbs
from sfsync.localorg.faults.asked import About
from sfsync.localorg.faults.verbs import Ordered
from sfsync.localorg.state import State
from sfsync.localorg.wire import Refusal, Request

_WHEN: Mapping[str, forms.Check] = {
    "method": forms.text,
    "path": lambda value: "" if isinstance(value, str) else "a text",
    "host": forms.text,
    "op": forms.words(*asked.OPS, *asked.GROUPS),
    "object": forms.text,
    "record": forms.text,
    "job_state": forms.text,
    "between": forms.pair_of(forms.moment),
    "nth": forms.whole(1, 10**9),
    "every": forms.whole(1, 10**9),
    "prob": forms.number(0, 1),
    "times": forms.whole(1, 10**9),
}
_KEYS = ("id", "when", "do", "times", "seed")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault on order, with what became of it."""

    id: str
    do: object
    when: Mapping[str, object] = field(default_factory=dict)
    seed: int = 1
    seen: int = 0  # requests that fitted
    hits: int = 0  # of them struck
    number: int = 0  # its place among the orders

    @property
    def verbs(self) -> tuple[Ordered, ...]:
        """Give what it does, verb by verb."""
        return verbs.read(self.do)

    def fits(self, about: About, now: datetime) -> bool:
        """Tell whether a request is one of those meant."""
        return all(_FITS[key](value, about, now) for key, value in self.when.items() if key in _FITS)

    def due(self) -> bool:
        """Tell whether the request seen last is to be struck."""
        nth, every, times = (_number(self.when.get(key)) for key in ("nth", "every", "times"))
        if times is not None and self.hits >= times:
            return False
        prob = self.when.get("prob")
        if isinstance(prob, (int, float)) and chance(self.seed, self.id, self.seen) >= prob:
            return False
        if nth is not None:
            return self.seen == nth
        return every is None or self.seen % every == 0

    @property
    def spent(self) -> bool:
        """Tell whether it will strike no more."""
        nth, times = _number(self.when.get("nth")), _number(self.when.get("times"))
        return (times is not None and self.hits >= times) or (nth is not None and self.seen >= nth)

    def shown(self) -> dict[str, object]:
        """Give the fault as JSON."""
        shown = {"id": self.id, "when": dict(self.when), "do": self.do, "seed": self.seed}
        return {**shown, "seen": self.seen, "hits": self.hits}


def chance(*parts: object) -> float:
    """Draw a number from 0 to below 1 that the parts alone decide: the same seed and calls give the same."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def order(state: State, entries: Sequence[object]) -> list[Fault]:
    """Add faults given as JSON. Raises Refusal, and adds none, where one of them makes no sense."""
    seed = state.setting("seed")
    made = [_read(entry, place, seed if isinstance(seed, int) else 1) for place, entry in enumerate(entries, 1)]
    for fault in made:
        state.run("INSERT INTO _fault (value) VALUES (?)", (json.dumps(fault.shown()),))
    return made


def listed(state: State) -> list[Fault]:
    """Give all faults on order, oldest first."""
    rows = state.rows("SELECT number, value FROM _fault ORDER BY number")
    return [Fault(**json.loads(row["value"]), number=row["number"]) for row in rows]


def clear(state: State) -> int:
    """Take all faults back; give how many there were."""
    return state.run("DELETE FROM _fault")


def strike(state: State, request: Request, now: datetime) -> tuple[Fault, ...]:
    """Count a request against the faults on order and give those that strike it."""
    struck, about = [], About(request, state)
    for fault in listed(state):
        if not fault.fits(about, now):
            continue
        counted = replace(fault, seen=fault.seen + 1)
        if counted.due():
            counted = replace(counted, hits=counted.hits + 1)
            struck.append(counted)
        state.run("UPDATE _fault SET value = ? WHERE number = ?", (json.dumps(counted.shown()), counted.number))
    return tuple(struck)


def values(struck: Sequence[Fault], verb: str) -> list[tuple[Fault, object]]:
    """Give the faults among some that do one thing, each with the value it does it with."""
    return [(fault, value) for fault in struck for name, value in fault.verbs if name == verb]


def _path(value: object, about: About, now: datetime) -> bool:
    path = str(value)
    return bool(re.search(path, about.request.path)) if path.startswith("^") else about.request.path.startswith(path)


def _between(value: object, about: About, now: datetime) -> bool:
    assert isinstance(value, list)
    first, last = (datetime.fromisoformat(str(one)) for one in value)
    return first <= now < last


_FITS: Mapping[str, Callable[[object, About, datetime], bool]] = {
    "method": lambda value, about, now: str(value).upper() == about.request.method,
    "path": _path,
    "host": lambda value, about, now: about.request.base_url.lower() == f"https://{value}".lower(),
    "op": lambda value, about, now: about.does(str(value)),
    "object": lambda value, about, now: about.concerns(str(value)),
    "record": lambda value, about, now: about.names(str(value)),
    "job_state": lambda value, about, now: about.job_state.lower() == str(value).lower(),
    "between": _between,
}


def _read(entry: object, place: int, seed: int) -> Fault:
    if not isinstance(entry, dict):
        raise _refused(place, "it must be an object with `when` and `do`")
    unknown = sorted(set(entry) - set(_KEYS))
    if unknown:
        raise _refused(place, f"unknown key {unknown[0]!r}: {', '.join(_KEYS)} are known")
    when = entry.get("when", {})
    if not isinstance(when, dict):
        raise _refused(place, "`when` must be an object")
    when = {**when, **({"times": entry["times"]} if "times" in entry else {})}
    _check_when(when, place)
    if forms.whole(-(2**63), 2**63)(entry.get("seed", seed)):
        raise _refused(place, "`seed` must be a whole number")
    try:
        verbs.read(entry.get("do"))
    except ValueError as problem:
        raise _refused(place, str(problem)) from None
    return Fault(str(entry.get("id", f"fault {place}")), entry["do"], when, int(entry.get("seed", seed)))


def _check_when(when: Mapping[str, object], place: int) -> None:
    for key, value in when.items():
        if key not in _WHEN:
            raise _refused(place, f"unknown key {key!r} in `when`: {', '.join(_WHEN)} are known")
        wanted = _WHEN[key](value)
        if wanted:
            raise _refused(place, f"`{key}` must be {wanted}")
    path = str(when.get("path", ""))
    try:
        re.compile(path if path.startswith("^") else "")
    except re.error as error:
        raise _refused(place, f"`path` is no regular expression: {error}") from None


def _refused(place: int, text: str) -> Refusal:
    return Refusal(400, "INVALID_FAULT", f"fault {place}: {text}")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
