"""The `sfsync` command: finds the file of the command asked for, and ends every call in one way."""

import importlib
import json
import logging
import sys
import traceback
from typing import NoReturn

import click
import structlog

from sfsync.version import __version__

COMMANDS = {
    "apply": "apply_command:apply",
    "baseline": "baseline_command:baseline",
    "demo": "demo:demo",
    "doctor": "doctor_command:doctor",
    "explain": "explain_command:explain",
    "formula": "formula_command:formula",
    "import": "import_command:import_",
    "init": "init_command:init",
    "org": "org_command:org",
    "outbox": "outbox_command:outbox",
    "plan": "plan_command:plan",
    "pull": "pull_command:pull",
    "rules": "rules_command:rules",
    "runs": "runs_command:runs",
    "serve": "serve_command:serve",
    "sync": "sync_command:sync",
    "undo": "undo_command:undo",
    "verify": "verify_command:verify",
}
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


def main() -> NoReturn:
    """Run the command line and end the process with a documented exit code."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        ended = cli.main(prog_name="sfsync", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(_INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        _wrong_usage(error)
    except Exception as error:
        _bug(error)
    sys.exit(ended if isinstance(ended, int) else 0)


def _wrong_usage(error: click.ClickException) -> NoReturn:
    if "--json" in sys.argv:
        _print_failure(_WRONG_USAGE, error.format_message(), "see `sfsync --help`")
    else:
        error.show()
    sys.exit(_WRONG_USAGE)


def _bug(error: Exception) -> NoReturn:
    """Tell of a fault in the program itself; the traceback goes to stderr, it may be needed to mend it."""
    message = f"this is a bug in sfsync: {type(error).__name__}: {error}"
    if "--json" in sys.argv:
        _print_failure(_BUG, message, "please report it, with the lines on stderr")
    traceback.print_exception(error)
    click.echo(f"! {message}\n  next: please report it, with the lines above", err=True)
    sys.exit(_BUG)


def _print_failure(exit_code: int, message: str, todo: str) -> None:
    command = next((word for word in sys.argv[1:] if word in COMMANDS), "")
    problem = {"message": message, "next": todo, "where": {}}
    failure: dict[str, object] = {
        "command": command, "run": None, "state": "failed", "exit": exit_code, "counts": {}, "problems": [problem],
    }  # fmt: skip
    click.echo(json.dumps(failure, ensure_ascii=False))
