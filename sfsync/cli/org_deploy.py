"""`sfsync org deploy`: an org's source into the local org."""

import os
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from sfsync.cli.screen import fail, finish
from sfsync.clock import SystemClock
from sfsync.counting import counted
from sfsync.errors import Problem, SfsyncError
from sfsync.localorg.process import lifecycle
from sfsync.localorg.source.gathering import from_paths
from sfsync.sync.outcome import DONE, PARTLY, Outcome

_SOME_LEFT_OUT = 3


@click.command("deploy")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="DIR|FILE...")
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="The state folder. Default: .sfsync/org beside sfsync.toml, else the user's state folder.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def deploy(paths: tuple[Path, ...], state: Path | None, as_json: bool) -> None:
    """Deploy metadata files of an org into it: rules, fields, queues.

    A folder with all that is below it, files, or a zip archive, in source or Metadata API format. Users, queues and
    text fields that rules name are made. What the org cannot take is listed; exit code 3 says that there is some.
    """
    folder = (state or lifecycle.default_folder(Path.cwd(), os.environ)).absolute()
    try:
        outcome = _deployed(folder, paths)
    except SfsyncError as error:
        fail("org deploy", error, as_json=as_json)
        return
    finish(outcome, _show, as_json=as_json)


def _deployed(folder: Path, paths: tuple[Path, ...]) -> Outcome:
    from sfsync.localorg.process.deployment import deploy as deploy_into  # late: the whole org

    report = deploy_into(folder, from_paths(paths), SystemClock())
    problems = tuple(Problem(f"{one['file']}: {one['what']}: {one['reason']}") for one in report["left_out"])
    ended, code = (PARTLY, _SOME_LEFT_OUT) if problems else (DONE, 0)
    return Outcome("org deploy", ended, code, counts=report.pop("counts"), problems=problems, data=report)


def _show(console: Console, outcome: Outcome) -> None:
    taken = ", ".join(f"{number:,} {kind}" for kind, number in outcome.counts.items())
    console.print(f"Taken: {taken or 'nothing'}.")
    made: dict[str, list[str]] = {}
    for one in outcome.data["made"]:
        made.setdefault(one["what"], []).append(one["name"])
    for what, names in made.items():
        listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        console.print(f"[dim]· made because rules name them: {len(names):,} x {what}: {escape(listed)}[/]")
    if outcome.data["ignored_files"]:
        console.print(f"[dim]· passed over: {counted(len(outcome.data['ignored_files']), 'file')} of other kinds[/]")
