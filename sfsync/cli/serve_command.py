"""`sfsync serve`: the daemon."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import structlog

from sfsync.app import App, MirrorSlots, Service, Settings, open_app
from sfsync.cli.calling import CONFIG, approve_all, given, local_access
from sfsync.cli.screen import Progress, fail
from sfsync.daemon.logging import log_to_stderr
from sfsync.daemon.main import Duties
from sfsync.daemon.main import serve as serve_schedules
from sfsync.daemon.redaction import Redactor
from sfsync.daemon.schedule import Schedule
from sfsync.errors import SettingsError, SfsyncError


@click.command("serve")
def serve(config: Path, as_json: bool) -> None:
    """Run the schedules of sfsync.toml until SIGTERM.

    The first line on stdout is {"address", "pid"}; /healthz answers there. Log lines on stderr are JSON. Plans are
    applied without asking, within the brakes; with [brakes] approve = true they are kept in a file for `sfsync apply`.
    SIGHUP has settings and rules read anew.
    """
    try:
        wishes = replace(given(local_access), approve=approve_all, progress=Progress(quiet=True))
        ended = run_daemon(open_app(config, wishes), _announce)
    except SfsyncError as error:
        fail("serve", error, as_json=as_json)
        return
    sys.exit(ended)


serve.params += [
    CONFIG,
    click.Option(["--json", "as_json"], is_flag=True, help="Print a failure to start as one JSON object on stdout."),
]


def run_daemon(app: App, announce: Callable[[dict[str, object]], None]) -> int:
    """Run the schedules of sfsync.toml until told to end; give the exit code.

    Raises SettingsError where there is nothing to run, LeaseHeld where another daemon has this mirror.
    """
    settings, clock = app.settings, app.wishes.clock
    if not settings.schedules:
        raise SettingsError(f"{settings.file} has no schedules", todo='add [schedule.leads] with run = "sync"')
    redactor = Redactor(app.secrets())
    log_to_stderr(clock, redactor)
    with app.mirror(writable=True) as mirror, mirror.lease("daemon", "serve", 0.0):
        app.hold_rules(mirror)
        service = Service(settings.file, app, mirror)

        def reload() -> list[Schedule]:
            changed = _schedules(service.reload())
            for secret in service.secrets():
                redactor.learn(secret)
            return changed

        ended = serve_schedules(
            _schedules(settings),
            Duties(
                run=lambda schedule: service.run(schedule.run, schedule.sobjects),
                held=lambda schedule: service.held(schedule.name, schedule.run),
                reload=reload,
                alarms=service.alarms,
                reached_at=service.reached_at,
                outbox=service.outbox,
                drain_seconds=service.drain_seconds,
            ),
            clock=clock,
            slots=MirrorSlots(mirror),
            listen=(settings.serve.host, settings.serve.port),
            announce=announce,
        )
    structlog.get_logger("sfsync.daemon").info("daemon stopped", exit=ended)
    return ended


def _schedules(settings: Settings) -> list[Schedule]:
    return [
        Schedule(name, one.run, one.sobjects, one.every_seconds, one.cron, one.zone, one.priority)
        for name, one in settings.schedules.items()
    ]


def _announce(facts: dict[str, object]) -> None:
    click.echo(json.dumps(facts))
    sys.stdout.flush()
