"""`sfsync serve`: the daemon."""

import json
import sys
from pathlib import Path

import click

from sfsync.app import Wishes, open_app, run_daemon
from sfsync.cli.calling import local_access
from sfsync.cli.screen import Progress, fail
from sfsync.errors import SfsyncError
from sfsync.plan.plan import Plan


@click.command("serve")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), default=Path("sfsync.toml"),
    help="The settings file. Default: sfsync.toml in the working folder.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a failure to start as one JSON object on stdout.")
def serve(config: Path, as_json: bool) -> None:
    """Run the schedules of sfsync.toml until SIGTERM. JSON log lines on stderr, /healthz on the loopback address.

    The first line on stdout is {"address", "pid"}. Plans are applied without asking, within the brakes; with
    [brakes] approve = true they are kept in a file for `sfsync apply` instead.
    """
    try:
        ended = run_daemon(open_app(config, Wishes(_approve, local_access, Progress(quiet=True))), _announce)
    except SfsyncError as error:
        fail("serve", error, as_json=as_json)
        return
    sys.exit(ended)


def _approve(plan: Plan) -> str | None:
    return None


def _announce(facts: dict[str, object]) -> None:
    click.echo(json.dumps(facts))
    sys.stdout.flush()
