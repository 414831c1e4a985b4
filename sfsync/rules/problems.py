"""What can be wrong with rule files, as data: the reader of the files knows at which line a key path stands."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value in a TOML document, as in `("score", 0, "when")`."""


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing that is wrong in a rule file, or, as a warning, one that can hardly be meant."""

    file: str  # name of the rule file, as it was handed in
    key_path: KeyPath
    message: str
    next: str = ""  # what to do about it
    column: int | None = None  # 1-based place inside a formula
    warning: bool = False  # the rules work all the same


def errors_among(problems: Iterable[RuleProblem]) -> list[RuleProblem]:
    """Give the problems that keep the rules from being used."""
    return [problem for problem in problems if not problem.warning]


def meant(written: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Say which of the known words was probably meant; where none is near, say `otherwise`, or list them all."""
    words = sorted(known)
    by_lower = {word.lower(): word for word in words}
    near = difflib.get_close_matches(written.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean {by_lower[near[0]]!r}?"
    if otherwise is None and words:
        return f"use one of: {', '.join(words)}"
    return otherwise or ""
