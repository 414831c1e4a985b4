"""How the daemon stands as numbers, in Prometheus' text format: the same that /healthz tells in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NOT_COMPLETE = ("failed", "interrupted", "waiting")
_SCHEDULES = {
    "run_complete": "Whether the latest run that ended was complete: 0 if it failed, was cut short or its plan waits.",
    "run_state": "The state of the latest run that ended, as a label.",
    "failures": "Runs that failed since one did not.",
    "late_seconds": "How long the next run has been due.",
    "running": "Whether a run is under way.",
    "last_end_seconds": "When the latest run ended, in seconds since 1970.",
}


def metrics_text(told: Mapping[str, Any]) -> str:
    """Write what the health page tells."""
    lines = [
        *_metric("sfsync_well", "Whether nothing fails, is late or raises an alarm.", [({}, told["well"])]),
        *_metric("sfsync_alarms", "Alarms that stand now.", [({}, len(told["alarms"]))]),
        *_metric("sfsync_org_reached_seconds", "When the org last answered a run, in seconds since 1970.", _at(told)),
        *_metric("sfsync_outbox_entries", "Entries of the outbox that are not dealt with, by kind.", _entries(told)),
    ]
    samples: dict[str, list[tuple[Mapping[str, str], float]]] = {name: [] for name in _SCHEDULES}
    for schedule in told["schedules"]:
        for name, labels, value in _of(schedule):
            samples[name].append(({"schedule": schedule["name"], **labels}, value))
    for name, about in _SCHEDULES.items():
        lines += _metric(f"sfsync_schedule_{name}", about, samples[name])
    return "\n".join([*lines, ""])


def _at(told: Mapping[str, Any]) -> list[tuple[Mapping[str, str], float]]:
    reached_at = told["org_reached_at"]
    return [({}, datetime.fromisoformat(reached_at).timestamp())] if reached_at is not None else []


def _entries(told: Mapping[str, Any]) -> list[tuple[Mapping[str, str], float]]:
    return [({"kind": kind}, number) for kind, number in told["outbox"].items()]


def _of(schedule: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str], float]]:
    state, ended = schedule["state"], schedule["last_ended_at"]
    if state is not None:
        yield "run_complete", {}, state not in _NOT_COMPLETE
        yield "run_state", {"state": state}, 1
    yield "failures", {}, schedule["failures"]
    yield "late_seconds", {}, schedule["late_seconds"]
    yield "running", {}, schedule["running"]
    if ended is not None:
        yield "last_end_seconds", {}, datetime.fromisoformat(ended).timestamp()


def _metric(name: str, about: str, samples: Sequence[tuple[Mapping[str, str], float]]) -> list[str]:
    if not samples:
        return []
    return [f"# HELP {name} {about}", f"# TYPE {name} gauge", *(_sample(name, *sample) for sample in samples)]


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{named}}} {float(value):.15g}" if named else f"{name} {float(value):.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
