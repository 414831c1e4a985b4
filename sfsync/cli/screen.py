"""What a person or a program sees of a command: its outcome as text or as one JSON object, its progress on stderr."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from sfsync.counting import counted
from sfsync.errors import Problem, SfsyncError, exit_code_of
from sfsync.plan.pieces import json_pieces
from sfsync.plan.plan import problem_to_plain
from sfsync.sync.outcome import DONE, FAILED, Outcome

_PLAIN_WIDTH = 120  # columns, where there is no terminal

Show = Callable[[Console, Outcome], None]


class Progress:
    """Tells of long work on stderr: one living line on a terminal, a line a step elsewhere."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._open = False

    def step(self, text: str) -> None:
        """Tell that a step begins."""
        self.close()
        if not self._quiet:
            self._console.print(f"[dim]· {escape(text)}[/]")

    def count(self, text: str, done: int, total: int) -> None:
        """Tell how much of a step is done; only on a terminal."""
        if self._quiet or not self._console.is_terminal or total <= 0:
            return
        self._console.print(f"\r[dim]  {escape(text)} {done:,} of {total:,}[/]", end="")
        self._open = True

    def close(self) -> None:
        """End a living line."""
        if self._open:
            self._console.print()
            self._open = False


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Give an outcome as the JSON object every command prints."""
    common = {
        "command": outcome.command,
        "run": outcome.run,
        "state": outcome.state,
        "exit": outcome.exit,
        "counts": dict(outcome.counts),
        "problems": [problem_to_plain(problem) for problem in outcome.problems],
    }
    return {**common, **outcome.data}


def finish(outcome: Outcome, show: Show, *, as_json: bool, tells_problems: bool = False) -> None:
    """Show an outcome and end the program with its exit code; `tells_problems`: what is shown names the problems."""
    if as_json:
        print_json(outcome)
    else:
        show(out(), outcome)
        if not tells_problems:
            show_problems(outcome.problems)
    sys.exit(outcome.exit)


def fail(command: str, error: SfsyncError, *, as_json: bool) -> None:
    """Show an error and end the program with its exit code."""
    outcome = Outcome(command, FAILED, exit_code_of(error), problems=error.problems)
    if as_json:
        print_json(outcome)
    else:
        show_problems(error.problems)
    sys.exit(outcome.exit)


def print_json(outcome: Outcome) -> None:
    """Print an outcome as one JSON object on stdout, long lists as they are made.

    That nobody reads to the end, as in a pipe to `head`, is no failure.
    """
    try:
        sys.stdout.writelines(json_pieces(to_json(outcome)))
        sys.stdout.write("\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()


class _Screen(Console):
    """A console that falls silent, and does not end the program, where nobody reads to the end."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        _let_go_of_stdout()


def _let_go_of_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def out() -> Console:
    """Give the console for stdout: colours on a terminal only, lines never broken elsewhere."""
    console = _Screen(highlight=False, soft_wrap=True)
    return console if console.is_terminal else _Screen(highlight=False, soft_wrap=True, width=_PLAIN_WIDTH)


def show_problems(problems: tuple[Problem, ...], most: int = 12) -> None:
    """List problems on stderr, each with its place and the next step."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for problem in problems[:most]:
        place = str(problem.where)
        console.print(f"[bold red]![/] {escape(f'{place}: ' if place else '')}{escape(problem.message)}")
        if problem.next:
            console.print(f"  [dim]next:[/] {escape(problem.next)}")
    if len(problems) > most:
        console.print(f"  [dim]and {len(problems) - most} more; --json lists them[/]")


def shown(value: object) -> str:
    """Give a value as a person reads it."""
    return "(empty)" if value is None or value == "" else str(value)


def counts_line(counts: Mapping[str, int]) -> str:
    """Give counts as `12 applied, 3 rejected`; those that are nothing are left out."""
    told = [f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items() if number]
    return ", ".join(told) or "nothing"


def show_calls(console: Console, outcome: Outcome) -> None:
    """Show how many API calls a command made and how many are left."""
    api = outcome.data["api"]
    day = f"; {api['used']:,} of {api['allowed']:,} used in 24 hours" if api["used"] is not None else ""
    left = f", {api['left']:,} left for sfsync" if api["left"] is not None else ""
    console.print(f"[dim]{counted(api['calls'], 'API call')}{left}{day}[/]")


def show_counts(console: Console, outcome: Outcome) -> None:
    """Show an outcome as one line: run, state and counts."""
    run = f"run {outcome.run} " if outcome.run else ""
    colour = "green" if outcome.state == DONE else "yellow"
    console.print(f"[bold]{outcome.command}[/] {run}[{colour}]{outcome.state}[/]: {counts_line(outcome.counts)}")
