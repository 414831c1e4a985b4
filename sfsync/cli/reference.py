"""The reference pages of commands and errors, written from the commands' own help and from the tree of errors.

`python -m sfsync.cli.reference docs/reference` writes them; a test holds the pages against this.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from sfsync import errors
from sfsync.cli.main import cli
from sfsync.errors import STEPS, Next, SfsyncError

_WRITTEN = "<!-- Written by `python -m sfsync.cli.reference docs/reference`: change {source} and write it anew. -->"

_COMMANDS = """\
# Commands

{written}

`sfsync COMMAND --help`, or `-h`, says the same. Every command takes `--json`, which prints [one object](json.md) on
stdout, and ends with one of the [exit codes](exit-codes.md). Results go to stdout, progress and problems to stderr.
"""

_ERRORS = """\
# Errors, by what to do next

{written}

Each kind of error has one next step, which decides alike whether a call is tried again, where an entry of the outbox
goes, and the exit code of a command.

| Next | Means | Tried again | Entry becomes | Exit code |
|---|---|---|---|---|
"""

_MEANINGS = {
    Next.RETRY: "the same again, later",
    Next.LOGIN: "sign in again, then the same again",
    Next.WAIT: "the same again when a known thing has changed: the budget, or the other process",
    Next.BURY: "put this record aside, go on with the others",
    Next.STOP: "a person has to change something first",
}


def commands_page() -> str:
    """Write the page of all commands, with their arguments and options."""
    parts = [_COMMANDS.format(written=_WRITTEN.format(source="the command's file in sfsync/cli"))]
    parts += [_command(context) for context in command_contexts()]
    return "\n".join(parts)


def command_contexts(group: click.Context | None = None) -> Iterator[click.Context]:
    """Give every command that can be called, in order, with its context."""
    above = group or click.Context(cli, info_name="sfsync", **cli.context_settings)
    assert isinstance(above.command, click.Group)
    for name in above.command.list_commands(above):
        found = above.command.get_command(above, name)
        assert found is not None
        context = click.Context(found, info_name=name, parent=above)
        if isinstance(found, click.Group):
            yield from command_contexts(context)
        else:
            yield context


def _command(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {context.command_path}", "", f"```text\n{usage}\n```", "", _prose(command.help or ""), ""]
    records = [param.get_help_record(context) for param in command.params]
    rows = [record for record in records if record and record[1]]
    if rows:
        lines += ["| Option | |", "|---|---|", *(f"| `{_cell(name)}` | {_cell(words)} |" for name, words in rows), ""]
    return "\n".join(lines)


def _prose(text: str) -> str:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def errors_page() -> str:
    """Write the page of errors: what each `next` does, and every kind of error under its own."""
    parts = [_ERRORS.format(written=_WRITTEN.format(source="sfsync/errors.py")).rstrip()]
    for step, done in STEPS.items():
        tried = "yes" if done.retried else "no"
        parts.append(f"| {step.name} | {_MEANINGS[step]} | {tried} | {done.outbox_state} | {done.exit_code} |")
    for step in Next:
        parts += ["", f"## {step.name}: {_MEANINGS[step]}", "", "| Error | Means | Exit code |", "|---|---|---|"]
        parts += [_error(kind) for kind in kinds_of_error() if kind.next is step]
    return "\n".join([*parts, ""])


def kinds_of_error() -> list[type[SfsyncError]]:
    """Give every kind of error that can be raised, in the order of the tree."""
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SfsyncError)]
    return [kind for kind in found if kind is not SfsyncError]


def _error(kind: type[SfsyncError]) -> str:
    code = STEPS[kind.next].exit_code if kind.exit_code is None else kind.exit_code
    return f"| {kind.__name__} | {inspect.getdoc(kind)} | {code} |"


PAGES = {"commands.md": commands_page, "errors.md": errors_page}


def main(folder: str) -> None:
    """Write the pages into a folder."""
    for name, page in PAGES.items():
        (Path(folder) / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
