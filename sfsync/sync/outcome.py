"""What a command did, as data: for the screen, for JSON, for the daemon and for the exit code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfsync.errors import Problem

DONE = "done"
PARTLY = "partly"  # done, but some records were refused or left out
WAITING = "waiting"  # something should have been applied and was not
FAILED = "failed"
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One command's result. `exit` follows the documented exit codes."""

    command: str
    state: str = DONE
    exit: int = 0
    run: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)  # the command's own keys, JSON-able
