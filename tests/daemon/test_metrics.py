"""Promises of /metrics: a run that is not complete can be seen by any monitoring that reads Prometheus' format."""

from datetime import UTC, datetime, timedelta

from sfsync.daemon.metrics import metrics_text
from sfsync.daemon.schedule import Schedule
from sfsync.daemon.standing import Standings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def told(state: str | None, error: str | None = None, alarms: tuple[str, ...] = ()) -> dict[str, float]:
    """Give the metrics of a daemon whose one schedule ended in a state a minute ago, by name with labels."""
    standings = Standings([Schedule(name='le"ads', run="pull", sobjects=("Lead",), every_seconds=60)], NOW)
    if state is not None:
        standings.begin('le"ads', NOW, NOW)
        standings.end('le"ads', state, error, NOW)
    schedules = standings.told(NOW + timedelta(seconds=60))
    text = metrics_text({
        "well": not alarms, "alarms": alarms, "schedules": schedules, "org_reached_at": "2026-11-24T12:00:00Z",
        "outbox": {"open": 2, "dead_letters": 1},
    })  # fmt: skip
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_run_that_is_not_complete_says_so() -> None:
    """Failed, cut short or not: one number, and the state as a label; before the first run there is none."""
    label = '{schedule="le\\"ads"}'
    assert told("done")[f"sfsync_schedule_run_complete{label}"] == 1
    for state in ("failed", "interrupted"):
        found = told(state, "it broke")
        assert found[f"sfsync_schedule_run_complete{label}"] == 0
        assert found[f"sfsync_schedule_failures{label}"] == 1
        assert found[f'sfsync_schedule_run_state{{schedule="le\\"ads",state="{state}"}}'] == 1
    waiting = told("waiting")
    assert (waiting[f"sfsync_schedule_run_complete{label}"], waiting[f"sfsync_schedule_failures{label}"]) == (0, 0)
    assert not any("run_complete" in name for name in told(None))


def test_alarms_and_ends_are_numbers() -> None:
    """How many alarms stand, whether all is well, when a run ended and the org last answered, what is left to do."""
    found = told("done", alarms=("a watermark stands still",))
    assert (found["sfsync_well"], found["sfsync_alarms"]) == (0, 1)
    assert found["sfsync_org_reached_seconds"] == NOW.timestamp()
    assert found['sfsync_outbox_entries{kind="dead_letters"}'] == 1
    assert found['sfsync_schedule_last_end_seconds{schedule="le\\"ads"}'] == NOW.timestamp()
