"""What strikes the finished answer: pages, bodies, and the wire it goes out on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults.orders import Fault
from sfsync.localorg.striking import before, bodies, pages
from sfsync.localorg.wire import Answer, Spoil

Change = Callable[[OrgContext, Fault, object, Answer], Answer]


def after(org: OrgContext, struck: Sequence[Fault], answer: Answer) -> Answer:
    """Change the finished answer as the faults say, in the order of the table: pages, then bodies, then the wire."""
    for name, change in _CHANGES.items():
        for fault in struck:
            for verb, value in fault.verbs:
                if verb == name:
                    answer = change(org, fault, value, answer)
    return answer


def _delay(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    return replace(answer, delay_seconds=answer.delay_seconds + int(str(value)) / 1000)


def _drop(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    return replace(answer, drop=True)


def _hang(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    at = str(value)
    return replace(answer, spoil=Spoil(at, stop_at=0 if at == "body" else None, end="hang"))


def _reset(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    return replace(answer, spoil=Spoil(stop_at=int(str(value)), end="reset"))


def _status(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Answer otherwise though all is done, as a proxy does that lost its patience."""
    return before.told(value) if isinstance(value, dict) and value.get("done") else answer


def _slow(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    spoil = answer.spoil or Spoil(end="close")
    return replace(answer, spoil=replace(spoil, bytes_per_second=float(str(value))))


_CHANGES: Mapping[str, Change] = {
    **pages.CHANGES,
    **bodies.CHANGES,
    "status": _status,
    "reset_at": _reset,
    "slow": _slow,
    "hang": _hang,
    "delay_ms": _delay,
    "drop_after_commit": _drop,
}
