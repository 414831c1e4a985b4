"""The files of the checkout, as the house tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One file of the project."""

    path: Path

    @property
    def name(self) -> str:
        """Its path inside the checkout."""
        return str(self.path.relative_to(CHECKOUT))

    @cached_property
    def text(self) -> str:
        """What it holds; what is not UTF-8 is replaced."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree, for Python files."""
        return ast.parse(self.text, self.name)

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node


def files(*folders: str, suffix: str = "") -> list[Source]:
    """The project's files under some folders (none: everywhere): tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *folders]
    listed = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    paths = sorted({CHECKOUT / name for name in listed.split("\0") if name.endswith(suffix) and name})
    return [Source(path) for path in paths if path.is_file()]
