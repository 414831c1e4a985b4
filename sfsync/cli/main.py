"""The `sfsync` command: finds the file of the command asked for, and ends every call in one way."""

import importlib
import json
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from sfsync.cli.ending import Told, at_once, stderr_unminded, told_to_end
from sfsync.errors import RUN_NOTE
from sfsync.version import __version__

if TYPE_CHECKING:  # at run time only where a command asks for it: the rest starts quickly
    from sfsync.app import Wishes

COMMANDS = {  # name: where it is, and the first line of its help; so that `sfsync --help` loads none of them
    "apply": ("apply_command:apply", "Carry out a plan: PLANFILE, or one made now."),
    "backup": ("backup_command:backup", "Write the mirror into one file, and check it."),
    "baseline": ("baseline_command:baseline", "Take what the org holds as decided, instead of a first apply."),
    "blame": ("blame_command:blame", "Tell who gave each field of a record its value, and when."),
    "conflicts": ("conflicts_command:conflicts", "List fields that wait for a person, and decide them."),
    "demo": ("demo:demo", "Show the whole loop on a local org, told step by step."),
    "diff": ("diff_command:diff", "Compare mirror, org, an earlier time or a saved plan."),
    "doctor": ("doctor_command:doctor", "Tell what is wrong or missing, with the next step."),
    "explain": ("explain_command:explain", "Tell why a record has its score and owner, and who wrote what."),
    "formula": ("formula_command:formula", "Try out formulas in Salesforce's formula language."),
    "history": ("history_command:history", "Tell what became of a record, or what it held at a time."),
    "import": ("import_command:import_", "Import the rows of a CSV file whose header names fields."),
    "init": ("init_command:init", "Make a working folder, wired to a local org of its own."),
    "org": ("org_command:org", "Run the local org, which answers as Salesforce does."),
    "outbox": ("outbox_command:outbox", "List what is to be sent and what was refused."),
    "pause": ("pause_command:pause", "Have the daemon begin nothing: of one schedule, or of all."),
    "plan": ("plan_command:plan", "Show what the rules would change, and why; nothing is written."),
    "pull": ("pull_command:pull", "Bring the mirror up to date with the org."),
    "restore": ("restore_command:restore", "Put a backup in the mirror's place, after checking it."),
    "resume": ("pause_command:resume", "End the pause of one schedule, or every pause."),
    "retry": ("retry_command:retry", "Send again what a run left rejected, and nothing else."),
    "rules": ("rules_command:rules", "Check the rule files."),
    "runs": ("runs_command:runs", "List what ran, newest first."),
    "serve": ("serve_command:serve", "Run the schedules of sfsync.toml until SIGTERM."),
    "sync": ("sync_command:sync", "Pull, plan and apply in one run."),
    "undo": ("undo_command:undo", "Take back what a run wrote, where nobody changed it since."),
    "verify": ("verify_command:verify", "Compare the mirror with the org."),
}
_GROUPS = {"conflicts", "formula", "org", "outbox", "rules"}  # commands of several
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
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(importlib.import_module(f"sfsync.cli.{module}"), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in sorted(COMMANDS.items())])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sfsync")
def cli() -> None:
    """Keep a local mirror of a Salesforce org, decide by rules, show the plan, apply it, and take it back."""


def main(arguments: Sequence[str] | None = None, wishes: "Wishes | None" = None) -> NoReturn:
    """Run the command line and end the process with a documented exit code.

    `arguments` take the place of the process's own; `wishes` bring another clock or another way to the org.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with stderr_unminded(), told_to_end(), at_once(arguments is None):
        ended = _called(words, wishes)
        sys.exit(ended if isinstance(ended, int) else 0)


def _called(words: Sequence[str], wishes: "Wishes | None") -> object:
    """Run a command; where it fails otherwise than by an error it tells itself, tell it and end the process."""
    try:
        return cli.main(list(words), prog_name="sfsync", standalone_mode=False, obj=wishes)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(_WRONG_USAGE)
    except click.ClickException as error:
        _end(words, _WRONG_USAGE, error.format_message(), _help_for(error))
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        _interrupted(words, "interrupted", error)
    except Told as signal:
        _interrupted(words, f"interrupted by {signal.name}", signal)
    except OSError as error:
        _end(words, _WRONG_USAGE, _told(error), "check that the place is there, may be written to, and has room left")
    except Exception as error:
        traceback.print_exception(error)
        message = f"this is a bug in sfsync: {type(error).__name__}: {error}"
        _end(words, _BUG, message, "please report it, with the lines on stderr")


def _interrupted(words: Sequence[str], message: str, error: BaseException) -> NoReturn:
    """Say how to go on after an interruption, and end the process."""
    run = _run_of(error)
    how = "the same command again goes on"
    if words[:1] == ["import"]:
        how = f"`sfsync import --resume {run or 'RUN'}` goes on"
    todo = f"`sfsync runs` shows how far it came; {how}, and settles first what was under way"
    _end(words, _INTERRUPTED, message, todo, state="interrupted", run=run)


def _run_of(error: BaseException | None) -> int | None:
    """Give the run that an interruption ended; None where it had not begun."""
    while error is not None:
        for note in getattr(error, "__notes__", ()):
            if note.startswith(RUN_NOTE):
                return int(note.removeprefix(RUN_NOTE))
        error = error.__cause__ or error.__context__
    return None


def _help_for(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{context.command_path} --help`" if context else "see `sfsync --help`"


def _told(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _end(
    words: Sequence[str], exit_code: int, message: str, todo: str, state: str = "failed", run: int | None = None
) -> NoReturn:  # fmt: skip
    """Tell why the call ended, as every command tells its problems, and end the process."""
    if "--json" in words:
        problem = {"message": message, "next": todo, "where": {}}
        failure: dict[str, object] = {
            "command": _command_of(words), "run": run, "state": state, "exit": exit_code, "counts": {},
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
