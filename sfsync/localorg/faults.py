"""Faults on order: which requests to strike, and how. They lie in the state, so they outlive a restart.

A fault is `{"id", "when": {"method", "path", "nth", "every", "times"}, "do"}`; every part of `when` may be left out.
`path` is a prefix, or a regular expression if it starts with `^`. Of the requests that fit, `nth` strikes that one,
`every` each so-many-th, neither all of them; `times` bounds how often. `do` is one of

    "drop_before_commit"    nothing is done, and no answer comes
    "drop_after_commit"     it is done, and no answer comes
    "expire_session"        the request's session ends before it is looked at
    {"status": 503, "body": "...", "headers": {...}}    nothing is done, and this is the answer
    {"delay_ms": 200}       the answer comes late
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sfsync.localorg.state import State
from sfsync.localorg.wire import JSON, Answer, Refusal, Request

WORDS = ("drop_before_commit", "drop_after_commit", "expire_session")
_WHEN = {"method": str, "path": str, "nth": int, "every": int, "times": int}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault on order, with what became of it."""

    id: str
    do: str | Mapping[str, object]
    when: Mapping[str, object] = field(default_factory=dict)
    seen: int = 0  # requests that fitted
    hits: int = 0  # of them struck

    def fits(self, request: Request) -> bool:
        """Tell whether a request is one of those meant."""
        method, path = self.when.get("method"), str(self.when.get("path", ""))
        if method is not None and str(method).upper() != request.method:
            return False
        return bool(re.search(path, request.path)) if path.startswith("^") else request.path.startswith(path)

    def due(self) -> bool:
        """Tell whether the request seen last is to be struck."""
        nth, every, times = (_number(self.when.get(key)) for key in ("nth", "every", "times"))
        if times is not None and self.hits >= times:
            return False
        if nth is not None:
            return self.seen == nth
        return every is None or self.seen % every == 0

    def shown(self) -> dict[str, object]:
        """Give the fault as JSON."""
        return {"id": self.id, "when": dict(self.when), "do": self.do, "seen": self.seen, "hits": self.hits}


def order(state: State, entries: Sequence[object]) -> list[Fault]:
    """Add faults given as JSON. Raises Refusal, and adds none, where one of them makes no sense."""
    made = [_read(entry, place) for place, entry in enumerate(entries, 1)]
    for fault in made:
        state.run("INSERT INTO _fault (value) VALUES (?)", (json.dumps(fault.shown()),))
    return made


def listed(state: State) -> list[Fault]:
    """Give all faults on order, oldest first."""
    return [fault for _, fault in _kept(state)]


def clear(state: State) -> int:
    """Take all faults back; give how many there were."""
    return state.run("DELETE FROM _fault")


def strike(state: State, request: Request) -> tuple[Fault, ...]:
    """Count a request against the faults on order and give those that strike it."""
    struck = []
    for number, fault in _kept(state):
        if not fault.fits(request):
            continue
        counted = replace(fault, seen=fault.seen + 1)
        if counted.due():
            counted = replace(counted, hits=counted.hits + 1)
            struck.append(counted)
        state.run("UPDATE _fault SET value = ? WHERE number = ?", (json.dumps(counted.shown()), number))
    return tuple(struck)


def before(struck: Sequence[Fault]) -> Answer | None:
    """Give the answer that takes the place of the org's own, None where the org shall answer."""
    for fault in struck:
        if fault.do == "drop_before_commit":
            return Answer(503, {}, b"", drop=True)
        if isinstance(fault.do, Mapping) and "status" in fault.do:
            return _told(fault.do)
    return None


def after(struck: Sequence[Fault], answer: Answer) -> Answer:
    """Change the finished answer as the faults say."""
    dropped = answer.drop or any(fault.do == "drop_after_commit" for fault in struck)
    delays = [_number(fault.do.get("delay_ms")) or 0 for fault in struck if isinstance(fault.do, Mapping)]
    return replace(answer, drop=dropped, delay_seconds=answer.delay_seconds + sum(delays) / 1000)


def _kept(state: State) -> list[tuple[int, Fault]]:
    rows = state.rows("SELECT number, value FROM _fault ORDER BY number")
    return [(row["number"], Fault(**json.loads(row["value"]))) for row in rows]


def _told(do: Mapping[str, object]) -> Answer:
    body, headers = do.get("body", ""), do.get("headers", {})
    sent = {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    if not isinstance(body, str):
        sent = {"Content-Type": JSON, **sent}
        body = json.dumps(body)
    return Answer(_number(do["status"]) or 500, sent, body.encode())


def _read(entry: object, place: int) -> Fault:
    if not isinstance(entry, dict):
        raise _refused(place, "it must be an object with `when` and `do`")
    unknown = sorted(set(entry) - {"id", "when", "do"})
    if unknown:
        raise _refused(place, f"unknown key {unknown[0]!r}: id, when and do are known")
    when = entry.get("when", {})
    return Fault(str(entry.get("id", f"fault {place}")), _do(entry.get("do"), place), _when(when, place))


def _when(when: object, place: int) -> Mapping[str, object]:
    if not isinstance(when, dict):
        raise _refused(place, "`when` must be an object")
    for key, value in when.items():
        kind = _WHEN.get(key)
        if kind is None:
            raise _refused(place, f"unknown key {key!r} in `when`: {', '.join(_WHEN)} are known")
        if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, int) and value < 1):
            raise _refused(place, f"`{key}` must be {'a text' if kind is str else 'a whole number from 1'}")
    path = str(when.get("path", ""))
    try:
        re.compile(path if path.startswith("^") else "")
    except re.error as error:
        raise _refused(place, f"`path` is no regular expression: {error}") from None
    return when


def _do(do: object, place: int) -> str | Mapping[str, object]:
    if isinstance(do, str) and do in WORDS:
        return do
    known = {"status", "body", "headers"} if isinstance(do, dict) and "status" in do else {"delay_ms"}
    if not isinstance(do, dict) or not do or set(do) - known:
        raise _refused(place, f"`do` must be one of {', '.join(WORDS)}, or hold `status` or `delay_ms`")
    number = do.get("status", do.get("delay_ms"))
    low, high = (200, 599) if "status" in do else (0, 600_000)
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
        raise _refused(place, "`status` goes from 200 to 599, `delay_ms` from 0 to 600000")
    if not isinstance(do.get("headers", {}), dict):
        raise _refused(place, "`headers` must be an object")
    return do


def _refused(place: int, text: str) -> Refusal:
    return Refusal(400, "INVALID_FAULT", f"fault {place}: {text}")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
