"""`sfsync init`: a working folder, wired to its own local org."""

import shutil
from pathlib import Path

import click
from rich.console import Console

from sfsync.app import starter_files
from sfsync.cli.screen import fail, finish
from sfsync.errors import SfsyncError, UsageError
from sfsync.sync.outcome import Outcome


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def init(folder: Path, as_json: bool) -> None:
    """Make a working folder, wired to a local org of its own.

    DIR gets sfsync.toml, with a word on every part, and the shipped rules, to change as you like.
    """
    try:
        outcome = make_folder(folder)
    except SfsyncError as error:
        fail("init", error, as_json=as_json)
        return
    finish(outcome, _show, as_json=as_json)


def make_folder(folder: Path) -> Outcome:
    """Make a working folder. Raises UsageError where one is there already, or the place cannot be written to."""
    settings = folder / "sfsync.toml"
    if settings.exists():
        raise UsageError(f"{settings} is there already", todo="choose another folder, or remove it first")
    if (folder / "rules").exists():
        raise UsageError(f"{folder / 'rules'} is there already", todo="choose another folder, or remove it first")
    text, rules = starter_files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".sfsync").mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(rules, folder / "rules", ignore=shutil.ignore_patterns("__pycache__"))
        settings.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: {error.strerror or error}", todo="choose another folder"
        ) from error
    made = [str(settings), *sorted(str(path) for path in (folder / "rules").rglob("*") if path.is_file())]
    return Outcome("init", counts={"files": len(made)}, data={"folder": str(folder.resolve()), "files": made})


def _show(console: Console, outcome: Outcome) -> None:
    for path in outcome.data["files"]:
        console.print(f"  {path}")
    console.print(f"\n[dim]next:[/] cd {outcome.data['folder']} && sfsync doctor && sfsync pull && sfsync plan")
