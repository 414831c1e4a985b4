"""`sfsync backup`: the mirror into one file."""

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from sfsync.app import backup as back_up
from sfsync.cli.calling import Call, command
from sfsync.sync.outcome import Outcome


@command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(call: Call, file: Path) -> None:
    """Write the mirror into one file, and check it.

    The mirror may be in use meanwhile. It holds records, journal, decisions and outbox, and no secrets; FILE is its
    owner's alone. Settings and rules are files of yours: keep them with your other sources.
    """
    call.run(lambda app: back_up(app, file), _show)


def _show(console: Console, outcome: Outcome) -> None:
    size, file = outcome.counts["bytes"] / 1e6, escape(outcome.data["file"])
    console.print(f"{size:,.1f} MB of the mirror of org {outcome.data['org_id']} are in {file}, read again and whole.")
