"""The `sfsync` command: finds the file of the command asked for, and ends every call in one way."""

import importlib
import json
import logging
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click
import structlog

from sfsync.version import __version__

if TYPE_CHECKING:  # at run time only where a command asks for it: the rest starts quickly
    from sfsync.app import Wishes

COMMANDS = {
    "apply": "apply_command:apply",
    "baseline": "baseline_command:baseline",
    "blame": "blame_command:blame",
    "demo": "demo:demo",
    "diff": "diff_command:diff",
    "doctor": "doctor_command:doctor",
    "explain": "explain_command:explain",
    "formula": "formula_command:formula",
    "history": "history_command:history",
    "import": "import_command:import_",
    "init": "init_command:init",
    "org": "org_command:org",
    "outbox": "outbox_command:outbox",
    "plan": "plan_command:plan",
    "pull": "pull_command:pull",
    "retry": "retry_command:retry",
    "rules": "rules_command:rules",
    "runs": "runs_command:runs",
    "serve": "serve_command:serve",
    "sync": "sync_command:sync",
    "undo": "undo_command:undo",
    "verify": "verify_command:verify",
}
_GROUPS = {"formula", "org", "outbox", "rules"}  # commands of several
_INTERRUPTED = 130
_WRONG_USAGE = 2
_BUG = 1


class _Lazy(click.Group):
    """A group that imports a command's file only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(f"sfsync.cli.{module}"), attribute)
        return found


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sfsync")
def cli() -> None:
    """Keep a local mirror of a Salesforce org, decide by rules, show the plan, apply it, and take it back."""


def main(arguments: Sequence[str] | None = None, wishes: "Wishes | None" = None) -> NoReturn:
    """Run the command line and end the process with a documented exit code.

    `arguments` take the place of the process's own; `wishes` bring another clock or another way to the org.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        ended = cli.main(words, prog_name="sfsync", standalone_mode=False, obj=wishes)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(_WRONG_USAGE)
    except click.ClickException as error:
        _end(words, _WRONG_USAGE, error.format_message(), _help_for(error))
    except (click.exceptions.Abort, KeyboardInterrupt):
        _end(words, _INTERRUPTED, "interrupted", "`sfsync runs` shows how far it came", state="interrupted")
    except OSError as error:
        _end(words, _WRONG_USAGE, _told(error), "check that the place is there, may be written to, and has room left")
    except Exception as error:
        traceback.print_exception(error)
        message = f"this is a bug in sfsync: {type(error).__name__}: {error}"
        _end(words, _BUG, message, "please report it, with the lines on stderr")
    sys.exit(ended if isinstance(ended, int) else 0)


def _help_for(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{context.command_path} --help`" if context else "see `sfsync --help`"


def _told(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _end(words: Sequence[str], exit_code: int, message: str, todo: str, state: str = "failed") -> NoReturn:
    """Tell why the call ended, as every command tells its problems, and end the process."""
    if "--json" in words:
        problem = {"message": message, "next": todo, "where": {}}
        failure: dict[str, object] = {
            "command": _command_of(words), "run": None, "state": state, "exit": exit_code, "counts": {},
            "problems": [problem],
        }  # fmt: skip
        click.echo(json.dumps(failure, ensure_ascii=False))
    else:
        click.echo(f"! {message}\n  next: {todo}", err=True)
    sys.exit(exit_code)


def _command_of(words: Sequence[str]) -> str:
    """Give the name of the command that was called, as `outbox list`; "" where none was. Loads no command's file."""
    if not words or words[0] not in COMMANDS:
        return ""
    parts = words[1:2] if words[0] in _GROUPS else ()
    return " ".join([words[0], *(part for part in parts if not part.startswith("-"))])
